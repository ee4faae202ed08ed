"""A workbook with live formulas: one sheet, one file."""

from chainrule.explain.workbook.material import Material, Step
from chainrule.explain.workbook.write import make, workbook, write_workbook

__all__ = ["Material", "Step", "make", "workbook", "write_workbook"]
