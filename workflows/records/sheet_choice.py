"""Which of a workbook's sheets holds the table: by name, by place, or the one visible sheet whose header fits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workflows.domains.domain import Domain
from workflows.domains.evaluate import Evaluated
from workflows.domains.mapping import ColumnMap, Source, map_columns
from workflows.domains.mixed_rates import refuse_mixed_rates
from workflows.errors import AmbiguousSheetError, HeaderError, HeaderNotFoundError, MissingColumnsError, Words
from workflows.records.sheet_tables import evaluate_sheet, joined
from workflows.sources.cells import SheetContent, SheetTable
from workflows.sources.entries import AUTO
from workflows.sources.headers import find_table, nameless
from workflows.sources.workbook import Book, open_book, position_of


@dataclass(frozen=True, slots=True)
class Mapped:
    """A table and what its columns feed."""

    table: SheetTable
    columns: ColumnMap

    def noted(self, *notes: str) -> Mapped:
        """The same, with more to be said of its sheet."""
        return replace(self, table=replace(self.table, notes=(*self.table.notes, *notes)))


def read_table(content: bytes | Book, sheet: str | int, domain: Domain, source: Source, engine: str | None) -> Mapped:
    """The table of ``sheet``: a name, a place among the visible sheets from 0, or ``auto`` (unless one is called so).

    ``auto`` is the visible sheet whose header has every column that is needed. A hidden sheet is read if it is named,
    unless hidden ones are skipped: then they are as if they were not there. What was passed over is in the table's
    notes. Raises a WorkbookError when there is no such sheet, several fit, or it cannot be trusted.
    """
    book = content if isinstance(content, Book) else open_book(content, source.file, engine)
    tabs = [tab for tab in book.tabs if tab.holds_cells]
    visible = [tab.name for tab in tabs if not tab.is_hidden]
    names = visible if source.skip_hidden else [tab.name for tab in tabs]
    if not tabs or any(tab.name == sheet and not tab.holds_cells for tab in book.tabs):
        book.sheet(sheet)  # It says what is wrong with such a workbook, or such a sheet.
    unseen = len(tabs) - len(visible)
    notes = [str(Words(f"未查看 {unseen} 个隐藏的工作表", f"{unseen} hidden sheet(s) not looked at"))] if unseen else []
    if sheet == AUTO and AUTO not in names:
        if len(visible) != 1:
            return _the_one_that_fits(book, visible, domain, source).noted(*notes)
        sheet = visible[0]
    name = sheet if isinstance(sheet, str) and sheet in names else visible[position_of(visible, sheet, source.file)]
    found = book.sheet(name)
    # What it keeps of the sheet is as large as the sheet, and would lie in the way of what is made of the cells.
    book.let_go()
    del book
    return _noted(_table(found, domain, source), source).noted(*(notes if name in visible else notes[1:]))


def _the_one_that_fits(book: Book, names: Sequence[str], domain: Domain, source: Source) -> Mapped:
    fitting: list[Mapped] = []
    reasons = []
    for name in names:
        try:
            fitting.append(_table(book.sheet(name), domain, source))
        except (HeaderNotFoundError, MissingColumnsError) as error:
            reasons.append(f"  {name!r}: {str(error).removeprefix(f'{source.file}: ')}")
    if not fitting:
        raise HeaderError(source.file, "\n".join(["没有工作表的表头符合 / no visible sheet's header fits", *reasons]))
    # A list of plans beside their figures is no second table.
    telling = [found for found in fitting if _has_figures(found, domain)] or fitting
    mapped = telling[0] if len(telling) == 1 else _the_one_that_holds_all(telling, domain, source)
    passed = ", ".join(repr(name) for name in names if name != mapped.table.sheet)
    return _noted(mapped, source).noted(*([f"other sheets passed over: {passed}"] if passed else []))


def _has_figures(found: Mapped, domain: Domain) -> bool:
    return any(domain.is_nullable(field) for field in found.columns.headers)


def _the_one_that_holds_all(fitting: Sequence[Mapped], domain: Domain, source: Source) -> Mapped:
    """The table in which the rows of each other one stand; the first of equal ones."""
    read = [(found, joined(evaluate_sheet(domain, found.table, found.columns, source))) for found in fitting]
    rows = [_records(domain, evaluated) for _found, evaluated in read]
    for (found, _evaluated), mine in zip(read, rows, strict=True):
        if mine is not None and all(other is not None and other <= mine for other in rows):
            return found
    largest = max((found for found, _ in read), key=lambda found: len(found.table.rows))
    places = ", ".join(f"{found.table.sheet!r} (header row {found.table.header_row})" for found in fitting)
    raise AmbiguousSheetError(
        source.file,
        Words(
            f"{len(fitting)} 个工作表的表头都符合: {places}, 且没有一个包含其余各表的全部行; 请在目录中写明 "
            f"`sheet: {largest.table.sheet}` 或用 --sheet 指定, 或隐藏其余各表",
            f"the headers of {len(fitting)} sheets fit: {places}, and none holds the rows of all others; say which is "
            f"meant with `sheet: {largest.table.sheet}` in the catalogue or with --sheet, or hide the others",
        ),
        [found.table.sheet for found in fitting],
    )


def _records(domain: Domain, evaluated: Evaluated) -> Counter[tuple[object, ...]] | None:
    """A table's records by their business columns, with how often each stands; None if rows are in doubt."""
    if evaluated.rejects:
        return None
    return Counter(zip(*(evaluated.columns[name] for name in domain.business_columns), strict=True))


def _table(content: SheetContent, domain: Domain, source: Source) -> Mapped:
    table = find_table(content, domain.known_headers, source.file)
    whole = next((doubt for column, doubt in table.doubts if column is None), None)
    try:
        columns = map_columns(domain, table, source)
    except MissingColumnsError:
        if whole is not None:
            raise HeaderNotFoundError(source.file, whole.of_sheet(table.sheet)) from None
        raise
    for column, doubt in table.doubts:
        if column is None or column in columns.columns:
            raise HeaderError(source.file, doubt.of_sheet(table.sheet))
    remarks = nameless(table, source.file)
    refuse_mixed_rates(domain, table, columns.headers, columns.units, source.file)
    ignored = (*columns.ignored, *(f"{letter} (no header)" for letter in remarks))
    mapped, title = Mapped(table, replace(columns, ignored=ignored)), columns.month_from
    if title is None:
        return mapped
    return mapped.noted(
        str(
            Words(
                f"各行的月份 {columns.month:%Y-%m} 由 {title.place} {title.text[:60]!r} 写明",
                f"the month of every row, {columns.month:%Y-%m}, is stated by {title.place} {title.text[:60]!r}",
            )
        )
    )


def _noted(mapped: Mapped, source: Source) -> Mapped:
    """The table with what is to be said of what is hidden in its sheet; rows that are read as data are counted."""
    table = mapped.table
    last = table.first_row + len(table.rows)
    hidden = sum(table.first_row <= row < last for row in table.hidden_rows)
    notes = []
    if hidden and not source.skip_hidden:
        notes.append(str(Words(f"{hidden} 个隐藏行按数据读取", f"{hidden} hidden row(s) are read as data")))
    columns = ", ".join(f"{each.letter} {each.text!r}" for each in table.headers if each.is_hidden and each.text)
    if columns:
        notes.append(str(Words(f"未读取隐藏的列: {columns}", f"hidden column(s) not read: {columns}")))
    return mapped.noted(*notes)
