"""A run as two files that PyTorch reads without chainrule: a Python module to read, and its weights beside it."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportMissingImports=false

import inspect
import re
import sys
from keyword import iskeyword
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING, Any

from chainrule.errors import FileError
from chainrule.interop.masks import mask_name
from chainrule.interop.packages import need
from chainrule.interop.torch_table import comment, table_code
from chainrule.training.checkpoint import write_file

if TYPE_CHECKING:
    from chainrule.runs.run import Run

_TEXT = '''"""{name}: a neural network that chainrule trained, for PyTorch. It needs torch and safetensors.

    from {name} import load
    network = load()  # with the weights in {name}.safetensors, beside this file{raw}
"""

{words}

{imports}

import torch
from safetensors.torch import load_file
from torch import nn
{definitions}

def build():
    """Return the network with PyTorch's own first weights."""
    return {network}


def load(weights=Path(__file__).with_suffix(".safetensors")):
    """Return the network with its weights, ready to predict."""
    network = build().to(torch.{dtype})
    network.load_state_dict(load_file(weights))
    return network.eval()
{table}'''
_RAW = """

    from {name} import predict
    predict(rows)  # rows of raw columns, each a dict: the answers"""
_IMPORTS = {
    "collections.abc": ("Mapping", "Sequence"),
    "contextlib": ("suppress",),
    "datetime": ("date", "datetime", "time", "timedelta"),
    "pathlib": ("Path",),
    "typing": ("Any",),
    "zoneinfo": ("ZoneInfo",),
}
"""What the parts of a file may need of Python."""


def run_to_torch(run: "Run", path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a run as a Python module and a safetensors file; see :meth:`chainrule.Run.to_torch`.

    >>> import tempfile
    >>> import chainrule as cr
    >>> line = cr.Network([cr.Dense(1)]).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    >>> run = cr.fit(line, [[0.0], [1.0]], [1.0, 3.0], epochs=0)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = run_to_torch(run, f"{folder}/line.py")
    ...     sorted(each.name for each in file.parent.iterdir())
    ['line.py', 'line.safetensors']
    """
    need("torch")
    from safetensors.torch import save

    code = Path(path)
    weights = code.with_suffix(".safetensors")
    name = module_name(code.stem)
    if code.suffix != ".py" or code.stem != name:
        raise FileError(
            f"{code}: Python imports a file by its name: letters, digits and underscores that are no word or module of "
            f"its own, and .py at the end. Call it {name}.py.",
            path=code,
        )
    for file in (code, weights):
        if file.exists() and not overwrite:
            raise FileError(
                f"{file} is there already and is left as it is. Choose another name, or pass overwrite=True.", path=file
            )
    module = run.network.to_torch(dtype=str(run.dtype), masked=run.masked)
    text = _code(run, module, code.stem)
    write_file(weights, save(module.state_dict()))
    write_file(code, text.encode())
    return code


def module_name(name: str) -> str:
    """A name that Python can import a file by, and that hides no module which the file needs.

    >>> [module_name(name) for name in ("price", "price-2", "2024", "class", "torch")]
    ['price', 'price_2', 'run_2024', 'run_class', 'run_torch']
    """
    plain = "".join(letter if f"_{letter}".isidentifier() else "_" for letter in name)
    taken = not plain.isidentifier() or iskeyword(plain) or plain in {"torch", "safetensors", *sys.stdlib_module_names}
    return f"run_{plain}" if taken else plain


def _code(run: "Run", module: Any, name: str) -> str:
    from chainrule.interop import torch_modules

    kinds = dict.fromkeys(type(each) for each in module.modules() if type(each).__module__ == torch_modules.__name__)
    table = None if run.table is None else table_code(run.table, run.network.input_names, str(run.dtype))
    parts = [*kinds, *(() if table is None else table.functions)]
    definitions = "".join(f"\n\n{_source(part)}" for part in parts)
    return _TEXT.format(
        name=name,
        raw="" if table is None else _RAW.format(name=name),
        words="\n".join(map(comment, _words(run))),
        imports=_imports(definitions),
        definitions=definitions,
        network=_written(module).replace("\n", "\n    "),
        dtype=run.dtype,
        table="" if table is None else f"\n{table.code}",
    )


def _source(part: Any) -> str:
    """A class or function as it is written here; its examples stay here."""
    return re.sub(r"\s+>>> .*?(?=\"\"\")", "", inspect.getsource(part), count=1, flags=re.DOTALL)


def _imports(code: str) -> str:
    """The lines that import what code needs of Python."""
    code += "Path"
    lines = [
        f"from {module} import {', '.join(used)}"
        for module, names in _IMPORTS.items()
        if (used := [name for name in names if re.search(rf"\b{name}\b", code)])
    ]
    return "\n".join([*(["import math"] if "math." in code else []), *lines])


def _written(module: Any) -> str:
    """The call that makes a module. PyTorch shows its own modules as they are made; containers are opened."""
    from torch import nn

    from chainrule.interop import torch_modules as ours

    match module:
        case nn.Sequential():
            return f"nn.Sequential(\n{_lines(_written(each) for each in module)})"
        case ours.Graph():
            steps = _lines(f"{name!r}: {_written(each)}" for name, each in zip(module.names, module.steps, strict=True))
            sources = _lines(f"{name!r}: {each!r}" for name, each in zip(module.names, module.sources, strict=True))
            parts = [f"{{\n{steps}}}", f"{{\n{sources}}}", repr(list(module.inputs))]
            return f"Graph(\n{_lines(parts)})"
        case ours.Reshaped():
            return f"Reshaped({module.shape!r})"
        case ours.Moved():
            return f"Moved({_written(module.module)}, {module.before}, {module.after})"
        case ours.LSTMOutput():
            return f"LSTMOutput({_written(module.lstm)}, every_step={module.every_step})"
        case ours.Concatenated():
            return f"Concatenated({module.axis})"
        case ours.Sum() | ours.OnlyReal():
            return f"{type(module).__name__}()"
        case _:
            return f"nn.{module!r}"


def _lines(parts: Any) -> str:
    return "".join(f"{indent(part, '    ')},\n" for part in parts)


def _words(run: "Run") -> list[str]:
    """What goes in and what comes out."""
    shapes = run.network.input_shapes or {}
    output = run.network.shapes(shapes)[run.network.nodes[-1].name]
    lines = ["It takes, in this order:", *(f"    {name} {_shape(shape)}" for name, shape in shapes.items())]
    lines += [
        f"    {mask_name(name)} {_shape(shapes[name][:1])}, False in padding" for name in shapes if name in run.masked
    ]
    return [*lines, f"and gives {_shape(output)}."]


def _shape(shape: tuple[int, ...]) -> str:
    """The shape of rows in PyTorch, where pictures have their channels first."""
    row = (shape[2], *shape[:2]) if len(shape) == 3 else shape
    return f"({', '.join(map(str, ('n', *row)))}{'' if row else ','})"
