"""A run as a workbook: which rows it shows, and the step that its training would make next."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from chainrule.errors import InputError
from chainrule.explain.trace import Trace
from chainrule.explain.tracing import trace_network
from chainrule.explain.workbook import Step, make, write_workbook
from chainrule.explain.workbook.material import first_step
from chainrule.optimizers import Optimizer
from chainrule.plain import from_plain
from chainrule.training.engine import map_arrays
from chainrule.training.plan import bound_optimizer

if TYPE_CHECKING:
    from chainrule.runs.run import Run


def run_workbook(
    run: "Run", path: str | Path, X: Any, y: Any, rows: int | Sequence[int] | None, *, overwrite: bool
) -> Path:
    """Write the workbook of a run; see :meth:`chainrule.Run.to_excel`."""
    trace, labels = rows_to_show(run, X, y, "run.to_excel(path, X, y)")
    material = make(trace, rows, step=lambda taken: next_step(run, taken), labels=labels)
    return write_workbook(material, path, overwrite=overwrite)


def rows_to_show(run: "Run", X: Any, y: Any, call: str) -> tuple[Trace, Sequence[str]]:
    """The rows given; else the training rows, or for a table the run's example, which is all that it keeps."""
    if X is not None:
        trace = run.trace(X, y)
        return trace, [f"row {number}" for number in trace.row_numbers] if trace.row_numbers is not None else ()
    example = run.facts.get("example")
    if run.table is not None and example is not None:
        from chainrule.data import to_frame

        table = to_frame({name: [value] for name, value in example["values"].items()})
        return run.trace(table), [f"row {example['row']}"]
    if run.trainer is None:
        raise InputError(
            f"The run was loaded, and a run on disk keeps no rows. Pass those that are to be shown: {call}."
        )
    training = run.trainer.rows
    trace = trace_network(run.network, training.inputs, training.target, weight=training.weight, dtype=run.dtype)
    return trace, [f"row {number}" for number in run.trainer.row_numbers]


def next_step(run: "Run", trace: Trace) -> Step | None:
    """The step that the training would make next; the optimizer's first where it is not known what it remembers."""
    trainer = run.trainer
    if trace.backward is None or run.training["optimizer"] is None:  # a model that was trained elsewhere has none
        return None
    if trainer is None or trainer.steps_done != run.training["steps"]:
        facts = run.training
        planned = (facts["epochs"] or 0) * -(-facts["rows"] // facts["batch_size"])
        return first_step(trace, from_plain(facts["optimizer"], Optimizer), run.network.frozen_names(), planned)
    count = trainer.steps_done
    stretch = trainer.stretch(count, count + 1)
    optimizer = bound_optimizer(trainer.plan.optimizer, stretch.numbers).at_rate(float(stretch.rates[0]))
    states = map_arrays(lambda array: np.asarray(array, dtype=np.float64), dict(trainer.state.slots))
    return Step(optimizer, states, count + 1, f"Step {count + 1:,}: the one that the training would make next.")
