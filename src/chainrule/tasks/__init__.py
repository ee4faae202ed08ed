"""Tasks: the user's data in, a judged network out."""

from chainrule.tasks.sweeping import sweep_table
from chainrule.tasks.table import understand
from chainrule.tasks.tabular import fit_table, predict_table

__all__ = ["fit_table", "predict_table", "sweep_table", "understand"]
