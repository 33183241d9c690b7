"""A provider's sheet with its problems -> the workbook that the provider gets back."""

from __future__ import annotations

import heapq
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import IO, Any

import xlsxwriter

from workflows.domains.findings import Finding
from workflows.giving_back.page import Styles, write_cell
from workflows.giving_back.problem_list import LIST_SHEET, ListFacts, write_list
from workflows.giving_back.splicing import with_rows
from workflows.sources.cells import Cell, column_index
from workflows.sources.columns import grid_rows
from workflows.sources.workbook import SheetLook, WrittenRows

# Excel slows down with many comments; further cells are only coloured, and listed.
COMMENTS = 2_000
# A longer sheet would take minutes to write.
COPIED_ROWS = 200_000
_AUTHOR = "WorkDataHub"
# A comment box: as wide as two columns, as high as its text needs.
_COMMENT_WIDTH, _LINE_HEIGHT, _LINE_CHARACTERS = 320, 18, 24
_DEFAULT_WIDTH, _NARROWEST, _WIDEST = 12.0, 6.0, 60.0
_NOT_IN_SHEET_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\", "_"))
_LONGEST_SHEET_NAME = 31


@dataclass(frozen=True, slots=True)
class SheetCopy:
    """The provider's sheet as it was read: ``rows[i]`` is Excel row ``i + 1``; ``header_row`` is Excel's number.

    Where its rows are ``written`` already, ``rows`` need hold those with problems, and those down to the header, only.
    """

    name: str
    header_row: int
    rows: Sequence[Sequence[Cell]]
    look: SheetLook
    written: WrittenRows | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every row is copied; of a very long sheet only those with problems are."""
        return len(self.rows if self.written is None else self.written.numbers) <= COPIED_ROWS


def write_annotated(stream: IO[bytes], copy: SheetCopy, problems: Sequence[Finding], facts: ListFacts) -> None:
    """Write a workbook of two sheets: the list of ``problems`` (in their order), and the copy with them marked.

    Texts stay texts whatever they begin with. Rows are written as they come, so that the largest sheets fit.
    """
    options: dict[str, Any] = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    # Rows are kept in files while they are written; those must be gone afterwards, whatever happens.
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "whole.xlsx"
        with xlsxwriter.Workbook(str(path), {**options, "tmpdir": folder}) as book:
            book.set_properties({"author": _AUTHOR, "title": facts.title})
            styles = Styles(book)
            name = _sheet_name(copy.name)
            write_list(book.add_worksheet(LIST_SHEET), styles, problems, facts, name, whole=copy.is_whole)
            _write_copy(book.add_worksheet(name), styles, copy, _by_cell(problems))
        if copy.written and copy.is_whole:
            path = with_rows(path, copy.written)
        # Of a stream whose disk fills up the library keeps an archive open, which fails again when that is dropped.
        with path.open("rb") as whole:
            shutil.copyfileobj(whole, stream)


def _by_cell(problems: Sequence[Finding]) -> dict[int, dict[int, list[Finding]]]:
    """Row from 0 -> column from 0 -> its problems; a problem of a whole row stands at its first cell."""
    cells: dict[int, dict[int, list[Finding]]] = {}
    for problem in problems:
        if problem.row:
            cells.setdefault(problem.row - 1, {}).setdefault(column_index(problem.column or "A"), []).append(problem)
    return cells


def _write_copy(
    page: Any, styles: Styles, copy: SheetCopy, marked: Mapping[int, Mapping[int, Sequence[Finding]]]
) -> None:
    _lay_out(page, copy)
    titles = {row: (first, last) for row, first, last in copy.look.merged if row < copy.header_row - 1 and first < last}
    comments = 0
    for index, cells in _copied_rows(copy, marked):
        problems = marked.get(index, {})
        kind = "title" if index < copy.header_row - 1 else "header" if index == copy.header_row - 1 else "data"
        if index in titles:
            kind = "merged"
            page.merge_range(index, titles[index][0], index, titles[index][1], "", styles.of(kind))
        # Problems may stand beyond the row's last value: a blank that should not be one.
        headed = range(max(cells, default=-1) + 1) if kind == "header" else ()
        for column in sorted({*cells, *problems, *headed}):
            cell, found = cells.get(column), problems.get(column, ())
            level = "reject" if any(p.level == "reject" for p in found) else "caution" if found else ""
            number_format = copy.look.formats.get(column, "") if kind == "data" else ""
            write_cell(page, index, column, cell, styles, kind, number_format, level)
            if found and comments < COMMENTS:
                comments += 1
                _comment(page, index, column, found)


def _lay_out(page: Any, copy: SheetCopy) -> None:
    page.set_tab_color("#4472C4")
    page.freeze_panes(copy.header_row, 0)
    page.set_landscape()
    page.fit_to_pages(1, 0)
    page.repeat_rows(copy.header_row - 1)
    columns = [*grid_rows(copy.rows).columns, copy.written.last_column if copy.written else 0]
    for column in range(max(columns) + 1):
        wanted = copy.look.widths.get(column, _DEFAULT_WIDTH)
        page.set_column(column, column, min(max(wanted, _NARROWEST), _WIDEST))


def _copied_rows(copy: SheetCopy, marked: Collection[int]) -> Iterator[tuple[int, Mapping[int, Cell]]]:
    """The rows that are written, from 0 and in order, with their cells; in place, so that every coordinate holds."""
    rows = grid_rows(copy.rows)
    if copy.written is None and not copy.is_whole:
        yield from ((index, rows.row(index)) for index in sorted({*range(copy.header_row), *marked}))
        return
    # Problems may stand in rows that hold nothing.
    both = heapq.merge(rows.by_row(), ((index, {}) for index in sorted(marked)), key=itemgetter(0))
    for index, found in groupby(both, key=itemgetter(0)):
        yield index, next(found)[1]


def _comment(page: Any, row: int, column: int, problems: Sequence[Finding]) -> None:
    lines = []
    for problem in problems:
        detail = f": {problem.detail}" if problem.detail else ""
        lines += [f"● {problem.meaning[0]}{detail}", problem.meaning[1], f"→ {problem.remedy[0]}", problem.remedy[1]]
    text = "\n".join(line for line in lines if line)
    height = sum(1 + len(line.encode("gbk", "replace")) // (2 * _LINE_CHARACTERS) for line in text.split("\n"))
    page.write_comment(
        row,
        column,
        text,
        {
            "author": _AUTHOR,
            "width": _COMMENT_WIDTH,
            "height": (height + 1) * _LINE_HEIGHT,
            "color": "#FFF2CC" if all(problem.level != "reject" for problem in problems) else "#FDE9E7",
            "font_name": "Microsoft YaHei",
            "font_size": 9,
        },
    )


def _sheet_name(name: str) -> str:
    """The provider's name for the sheet, as far as Excel takes it and the list leaves it free."""
    clean = name.translate(_NOT_IN_SHEET_NAMES).strip("'")[:_LONGEST_SHEET_NAME]
    return clean if clean and clean.lower() not in {LIST_SHEET, "history"} else f"{clean[:-1]}_"
