"""Tasks: the user's data in, a judged network out."""

from chainrule.tasks.tabular import fit_table, open_table, predict_table

__all__ = ["fit_table", "open_table", "predict_table"]
