"""The whole file: a network with its inputs as they are, or a run that takes raw columns."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from chainrule.errors import FileError, InputError
from chainrule.interop.masks import mask_name, masks_at
from chainrule.interop.onnx_out.draft import Draft
from chainrule.interop.onnx_out.network import code_inputs, write_network
from chainrule.interop.packages import need
from chainrule.network.network import Network
from chainrule.training.checkpoint import write_file

if TYPE_CHECKING:
    from chainrule.runs.run import Run


def network_to_onnx(
    network: Network, path: str | Path, *, masked: Collection[str] = (), overwrite: bool = False
) -> Path:
    """Write a network as an ONNX file; see :meth:`chainrule.Network.to_onnx`.

    >>> import tempfile
    >>> from chainrule.network import Dense
    >>> net = Network([Dense(1)], input_shape=1).set({"dense1.weight": [[2.0]], "dense1.bias": [1.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     network_to_onnx(net, Path(folder) / "net.onnx").name
    'net.onnx'
    """
    need("onnx")
    place = _free(path, overwrite=overwrite)
    if network.input_shapes is None:
        raise InputError("The network's input shape is not known yet: pass input_shape= to Network, or train it.")
    draft, codes = Draft(), code_inputs(network)
    shapes = dict(network.input_shapes)
    inputs = {
        name: draft.takes(name, "INT64" if name in codes else "FLOAT", ("n", *shape)) for name, shape in shapes.items()
    }
    at = masks_at(network, masked)
    masks = {
        name: draft.takes(mask_name(name), "BOOL", ("n", shape[0])) for name, shape in shapes.items() if name in masked
    }
    output = write_network(
        draft, network, inputs, shapes, masks={node: tuple(masks[name] for name in names) for node, names in at.items()}
    )
    last = network.shapes(shapes)[network.nodes[-1].name]
    draft.gives(output, "output", "FLOAT", ("n", *last))
    return _write(place, draft)


def run_to_onnx(run: "Run", path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a run as an ONNX file; see :meth:`chainrule.Run.to_onnx`.

    >>> import tempfile
    >>> import chainrule as cr
    >>> table = {"size": [1.0, 2.0, 3.0, 4.0] * 3, "price": [3.0, 5.0, 7.0, 9.0] * 3}
    >>> run = cr.fit_table(table, "price", epochs=1, engine="numpy", baselines=False, progress=False)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run_to_onnx(run, Path(folder) / "run.onnx").name
    'run.onnx'
    """
    if run.table is None:
        return network_to_onnx(run.network, path, masked=run.masked, overwrite=overwrite)
    from chainrule.interop.onnx_out.table import write_columns, write_target

    need("onnx")
    place, draft = _free(path, overwrite=overwrite), Draft()
    inputs = write_columns(draft, run.table)
    output = write_network(draft, run.network, inputs, run.table.input_shapes)
    write_target(draft, run.table.target, output)
    return _write(place, draft)


def _free(path: str | Path, *, overwrite: bool) -> Path:
    place = Path(path)
    if place.exists() and not overwrite:
        raise FileError(
            f"{place} is there already and is left as it is. Choose another name, or pass overwrite=True.", path=place
        )
    return place


def _write(place: Path, draft: Draft) -> Path:
    write_file(place, draft.model().SerializeToString())
    return place
