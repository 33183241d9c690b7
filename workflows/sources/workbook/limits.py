"""How large a workbook may be: every bound that keeps a file from taking more memory or time than a table needs."""

from __future__ import annotations

from workflows.errors import UnreadableWorkbookError

# The largest sheet of Excel.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
# Bytes of a package unpacked: the largest sheet, ten columns wide, takes about 450 MB.
MAX_BYTES = 1 << 30
# Sheets compress 10 to 15 times, formatted blank rows included; a bomb up to a thousand times.
MAX_RATIO = 100
# Bytes below which no ratio does harm.
RATIO_MATTERS_FROM = 64 << 20
# Places of rows laid out up to their last value; more than the largest sheet of 30 columns is an attack, not a table.
MAX_CELLS = 32_000_000
# Below so many places a rectangle costs nothing; above, one in ``DENSITY`` of them must hold a value.
SMALL_RECTANGLE, DENSITY = 2_000_000, 4
# Merged titles that a copy of a sheet keeps.
MAX_MERGED = 500


def outside(workbook: str, letters: str, row: int) -> UnreadableWorkbookError:
    """The error for a cell beyond the largest sheet."""
    return UnreadableWorkbookError(workbook, f"cell {letters}{row} lies outside of any sheet")
