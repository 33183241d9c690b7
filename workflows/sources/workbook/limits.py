"""How large a workbook may be: every bound that keeps a file from taking more memory or time than a table needs."""

from __future__ import annotations

from workflows.errors import UnreadableWorkbookError, Words

# The largest sheet of Excel.
MAX_ROWS, MAX_COLUMNS = 1_048_576, 16_384
# Bytes of a package unpacked: the largest sheet, ten columns wide, takes about 450 MB.
MAX_BYTES = 1 << 30
# Sheets compress 10 to 15 times, formatted blank rows included; a bomb up to a thousand times.
MAX_RATIO = 100
# Bytes below which no ratio does harm.
RATIO_MATTERS_FROM = 64 << 20
# Merged titles that a copy of a sheet keeps.
MAX_MERGED = 500
# Merged ranges of a sheet: each is looked at, as it says what its cells mean.
MAX_MERGED_RANGES = 200_000


def outside(workbook: str, letters: str, row: int) -> UnreadableWorkbookError:
    """The error for a cell beyond the largest sheet."""
    return UnreadableWorkbookError(
        workbook, Words(f"单元格 {letters}{row} 超出工作表范围", f"cell {letters}{row} lies outside of any sheet")
    )
