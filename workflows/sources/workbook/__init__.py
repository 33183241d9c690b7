"""Read one sheet of a workbook, whichever engine it takes: cells, Excel's coordinates, and why that engine."""

from workflows.sources.workbook.read import read_sheet
from workflows.sources.workbook.rows import Row, read_excel_rows

__all__ = ["Row", "read_excel_rows", "read_sheet"]
