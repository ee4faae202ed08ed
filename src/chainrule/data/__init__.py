"""Data: reading tables, inferring their schema, encoding and splitting them.

Names are imported when they are first used, so that this package costs nothing to import.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chainrule.data.encode import TableEncoder, fit_encoder
    from chainrule.data.frames import to_frame
    from chainrule.data.infer import drop_missing_target, infer_schema
    from chainrule.data.kinds import apply_kinds
    from chainrule.data.read import Reading, open_table, read_table
    from chainrule.data.schema import Column, Kind, Schema
    from chainrule.data.split import folds, split_rows

__all__ = [
    "Column",
    "Kind",
    "Reading",
    "Schema",
    "TableEncoder",
    "apply_kinds",
    "drop_missing_target",
    "fit_encoder",
    "folds",
    "infer_schema",
    "open_table",
    "read_table",
    "split_rows",
    "to_frame",
]

_HOME = {
    "Column": "schema",
    "Kind": "schema",
    "Reading": "read",
    "Schema": "schema",
    "TableEncoder": "encode",
    "apply_kinds": "kinds",
    "drop_missing_target": "infer",
    "fit_encoder": "encode",
    "folds": "split",
    "infer_schema": "infer",
    "open_table": "read",
    "read_table": "read",
    "split_rows": "split",
    "to_frame": "frames",
}


def __getattr__(name: str) -> object:
    if name in _HOME:
        return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
