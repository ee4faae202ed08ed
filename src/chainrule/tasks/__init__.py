"""Tasks: the user's data in, a judged network out."""

from chainrule.tasks.tabular import fit_table, predict_table, understand

__all__ = ["fit_table", "predict_table", "understand"]
