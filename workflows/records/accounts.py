"""What became of a workbook: where it comes from, how it was read, and each of its rows counted once (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import orjson
from pydantic import Field

from workflows.domains.findings import Finding, message
from workflows.domains.set_aside import SetAside
from workflows.frozen import Frozen


class SheetColumn(Frozen):
    """The column of a sheet that feeds a field: Excel's letter, and the header as it is written.

    ``unit`` is what it was read in (empty: as it stands, or by row), as the cell ``unit_from`` (or what else is named
    there) says by its ``unit_text``.
    """

    letter: str
    header: str
    unit: str = ""
    unit_from: str = ""
    unit_text: str = ""


class FurtherTable(Frozen):
    """A table below the first one of a sheet: its header's row, and its column of each field."""

    header_row: int
    columns: dict[str, SheetColumn]


class Place(Frozen):
    """A row of a sheet, as Excel counts; ``file`` is the workbook's path below the data folder."""

    file: str
    sheet: str
    row: int

    def __str__(self) -> str:
        return f"{self.file}!{self.sheet} row {self.row}"


class Override(Frozen):
    """One key with different values in two workbooks: the row that counts, and the one that does not.

    Of a group that two workbooks bring, the first of its ``winner_rows`` and of its ``loser_rows``.
    """

    key: dict[str, Any]
    winner: Place
    loser: Place
    winner_rows: int = 1
    loser_rows: int = 1


class GroupRows(Frozen):
    """A group that a load replaces: the values of the merge key, how many ``rows`` of which workbook it becomes, and
    how many it had ``before`` (None where nothing was asked of the table)."""

    key: dict[str, Any]
    rows: int
    file: str = ""
    before: int | None = None


def with_before(groups: Sequence[GroupRows], found: Sequence[GroupRows]) -> list[GroupRows]:
    """``groups`` with what the table has of each (None where that was not looked at), as ``found`` there: its values
    are the texts of JSON values."""
    before = {tuple(group.key.values()): group.before for group in found}
    return [group.altered(before=before.get(tuple(map(_text, group.key.values())))) for group in groups]


def _text(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


class CompanyAccount(Frozen):
    """How the company ids of a run's records were found: the records of each way (``companies.resolver.WAYS``), in the
    order of asking, without those that answered none.

    ``unresolved`` counts the lines of unresolved.csv: names with temporary ids, and keys without a name.
    """

    ways: dict[str, int]
    unresolved: int

    @property
    def records(self) -> int:
        """All records; each was answered in one way."""
        return sum(self.ways.values())


class TouchedCells(Frozen):
    """How many cells of a field a rule filled, corrected, mapped or normalised, and what the rule does."""

    field: str
    rule: str
    chinese: str
    english: str
    cells: int


class FileAccount(Frozen):
    """One workbook of a run and its accounting.

    ``path`` is relative to WDH_DATA_BASE_DIR, POSIX, NFC; ``period`` the first day of its month; ``columns`` names the
    sheet's column of each field, and ``further_tables`` those of other tables below; ``rules`` is the digest of how it
    was read.
    ``rows_read = records + rejects + blank_rows + totals_rows + hidden_rows + set_aside_rows + duplicate_rows``;
    ``rejects`` counts rows, ``hidden_rows`` those that the catalogue says to skip, ``set_aside_rows`` headers, notes
    and others that are no data; ``set_aside`` lists the first of these, and of the totals rows. ``collapsed`` and
    ``overridden`` records went to (or lost against) another workbook of the same run. ``left_out`` is set by an append
    that had this workbook already.
    ``touched`` counts cells of the records as they were read, before any met another workbook's; which ones they are
    says the workbook's own document.
    ``other_months`` counts the records whose month is not the file's, by month (``2024-08``).
    """

    path: str
    sha256: str
    period: date
    part: str
    version: int
    sheet: str
    engine: str
    engine_reason: str = ""
    rules: str = ""
    header_row: int = 1
    columns: dict[str, SheetColumn] = Field(default_factory=dict)
    further_tables: tuple[FurtherTable, ...] = ()
    ignored_headers: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rows_read: int
    records: int
    rejects: int
    blank_rows: int
    totals_rows: int
    hidden_rows: int = 0
    set_aside_rows: int = 0
    set_aside: tuple[SetAside, ...] = ()
    duplicate_rows: int = 0
    collapsed: int = 0
    overridden: int = 0
    left_out: bool = False
    other_months: dict[str, int] = Field(default_factory=dict)
    touched: tuple[TouchedCells, ...] = ()

    @property
    def adds_up(self) -> bool:
        """Whether every row read is accounted for exactly once."""
        no_data = self.blank_rows + self.totals_rows + self.hidden_rows + self.set_aside_rows
        return self.rows_read == self.records + self.rejects + no_data + self.duplicate_rows

    @property
    def month(self) -> str:
        """The period for people: ``2024-11``."""
        return f"{self.period:%Y-%m}"

    @property
    def label(self) -> str:
        """How a file is named to people: ``2024-11 V2 path`` (part added where there is one)."""
        part = f" {self.part}" if self.part else ""
        return f"{self.month}{part} V{self.version} {self.path}"

    def reject(self, row: int, code: str, field: str, value: str, detail: str) -> Finding:
        """A row that cannot be kept, pointing at the column that feeds ``field``."""
        column = self.column(field, row)
        return Finding(
            level="reject",
            file=self.path,
            sheet=self.sheet,
            row=row,
            column=column.letter if column else "",
            header=column.header if column else "",
            field=field,
            value=value,
            code=code,
            message=message(code, detail),
        )

    def column(self, field: str, row: int) -> SheetColumn | None:
        """The column that feeds ``field`` in a row: the one of the table that the row stands in."""
        columns = self.columns
        for table in self.further_tables:
            if table.header_row < row:
                columns = table.columns
        return columns.get(field)

    def place(self, row: int) -> Place:
        """A row of this workbook."""
        return Place(file=self.path, sheet=self.sheet, row=row)
