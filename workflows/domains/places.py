"""Coordinates for findings: from a row index and a field to file, sheet, row, column and header (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from workflows.domains.findings import Finding, Level, OwnCodes, advice, message, shown
from workflows.errors import Words
from workflows.sources.cells import Cell, Header


@dataclass(frozen=True, slots=True)
class Places:
    """Where a sheet's rows stand: ``row_numbers[i]`` is the Excel number of row ``i`` below the header.

    ``codes`` are the domain's own.
    """

    file: str
    sheet: str
    row_numbers: Sequence[int]
    codes: OwnCodes

    def finding(
        self,
        level: Level,
        index: int,
        code: str,
        detail: str | Words = "",
        *,
        field: str = "",
        header: Header | None = None,
        cell: Cell = None,
    ) -> Finding:
        """A finding on row ``index``; without a header it concerns the row as a whole."""
        return Finding(
            level=level,
            file=self.file,
            sheet=self.sheet,
            row=self.row_numbers[index],
            column=header.letter if header else "",
            header=header.text if header else "",
            field=field,
            value=shown(cell),
            code=code,
            message=message(code, detail, self.codes),
            advice=advice(code, self.codes),
        )
