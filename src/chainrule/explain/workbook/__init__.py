"""A workbook with live formulas: one sheet, one file."""

from chainrule.explain.workbook.material import Material, Origin, Step
from chainrule.explain.workbook.write import workbook, write_workbook

__all__ = ["Material", "Origin", "Step", "workbook", "write_workbook"]
