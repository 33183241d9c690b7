"""Read one sheet of a workbook, whichever engine it takes: cells, Excel's coordinates, and why that engine."""

from workflows.sources.workbook.read import read_sheet
from workflows.sources.workbook.rows import Row, read_excel_rows
from workflows.sources.workbook.tabs import Tab, tabs_of

__all__ = ["Row", "Tab", "read_excel_rows", "read_sheet", "tabs_of"]
