"""Which rows of a sheet make its header: names in one row, or in several, some of them merged (pure)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from workflows.sources.cells import Cell, SheetContent, is_blank, squeezed
from workflows.sources.columns import GridRows, grid_rows
from workflows.sources.units import BRACKETS, split_unit, unit_of

# Title rows, notes and logos above a header take a handful of rows; a header below them is looked for further down,
# among so many rows that hold something.
FIRST_ROWS = 50
MORE_ROWS = 1000
_LOOKED_AT = FIRST_ROWS + 10
# Headers of more rows are none that anybody could read.
_MOST_ROWS = 4
# What is longer is a title, if it is not merged over columns.
_LONGEST_HEADING = 10
DASHES = frozenset({"-", "--", "—", "——", "–", "/", "\\", "无"})
"""What stands where there is no unit, or nothing to be said."""
# A column of units says one in each row: no row of it is a row of units.
_UNIT_COLUMNS = ("单位", "币种")


@dataclass(frozen=True, slots=True)
class NameCell:
    """A header's cell: the ``row`` (from 0) that it stands in, and its text as in the file."""

    row: int
    text: str


@dataclass(frozen=True, slots=True)
class HeaderRows:
    """The rows of a header, from 0: ``top`` to ``bottom`` hold names, ``units`` is a row of units below, or -1.

    ``names`` are by column, headings over several columns are not among them. ``in_doubt`` is a cell (row, column)
    that fits neither header nor data.
    """

    top: int
    bottom: int
    names: Mapping[int, NameCell]
    units: int = -1
    in_doubt: tuple[int, int] | None = None

    @property
    def below(self) -> int:
        """The first row of data."""
        return max(self.bottom, self.units) + 1


def normalise(text: str) -> str:
    """A header as it is compared: NFKC, lower case, round brackets, without any space, line break or invisible."""
    return squeezed(text).translate(BRACKETS).lower()


class Sheet:
    """The rows of a sheet as a header is looked for in them: visible columns, merged names in each of their rows."""

    def __init__(self, content: SheetContent, known: Collection[str]) -> None:
        self.rows: GridRows = grid_rows(content.rows)
        self.known, self.hidden, self.merged = known, content.hidden_columns, content.merged
        self._tall = [each for each in content.merged if each[0] < each[2]]
        # Put together at once: a row that is asked for alone costs many times as much.
        self._first = dict(self.rows[:_LOOKED_AT].by_row())

    def own(self, index: int) -> Mapping[int, Cell]:
        """A row's own visible cells by column."""
        found: Mapping[int, Cell] = {}
        if 0 <= index < len(self.rows):
            found = self._first.get(index, {}) if index < _LOOKED_AT else self.rows.row(index)
        return {column: cell for column, cell in found.items() if column not in self.hidden and not is_blank(cell)}

    def hidden_names(self, rows: Iterable[int]) -> dict[int, NameCell]:
        """The texts of hidden columns in such rows, the lowest of each."""
        cells = ((row, column, cell) for row in rows for column, cell in self.rows.row(row).items())
        return {
            column: NameCell(row, cell) for row, column, cell in cells if column in self.hidden and type(cell) is str
        }

    def shown(self, index: int) -> dict[int, NameCell]:
        """A row's visible texts by column, with those that are merged down into it from rows above."""
        cells = {
            left: NameCell(top, cell)
            for top, left, bottom, _right in self._tall
            if top < index <= bottom and isinstance(cell := self.own(top).get(left), str)
        }
        return cells | {column: NameCell(index, cell) for column, cell in self.own(index).items() if type(cell) is str}

    def knows(self, text: str) -> bool:
        """Whether a text is a known name, with a unit or without."""
        return split_unit(normalise(text), self.known)[0] in self.known

    def names_in(self, index: int) -> dict[int, str]:
        """The known names of a row by column; one that stands twice counts once, at its first column."""
        return self._known({column: cell.text for column, cell in self.shown(index).items()})

    def reaching_below(self, names: Iterable[tuple[int, NameCell]]) -> int:
        """The last row that any of the names is merged down to."""
        places = {(cell.row, column) for column, cell in names}
        return max((bottom for top, left, bottom, _ in self._tall if (top, left) in places), default=-1)

    def is_wide(self, row: int, column: int) -> bool:
        """Whether a cell is merged over several columns."""
        return any(top == row and left <= column <= right and left < right for top, left, _, right in self.merged)

    def best_row(self) -> int | None:
        """The row with the most known names, the first of equal ones; None if no row holds enough of them.

        Two are enough, or one where only one is known. Looked for in the first rows, then further down.
        """
        wanted = max(1, min(2, len(self.known)))
        first = range(min(FIRST_ROWS, len(self.rows)))
        tall = ((top, bottom) for top, _, bottom, _ in self._tall if top < FIRST_ROWS)
        merged = {row for top, bottom in tall for row in range(top, min(bottom + 1, FIRST_ROWS))}
        found = {index: len(self.names_in(index)) for index in first if index in self._first or index in merged}
        if max(found.values(), default=0) < wanted:
            more = islice(self.rows[FIRST_ROWS:].by_row(), MORE_ROWS)
            found = {FIRST_ROWS + index: self._count(cells) for index, cells in more}
        best = max(found, key=lambda index: (found[index], -index), default=None)
        return None if best is None or found[best] < wanted else best

    def _count(self, cells: Mapping[int, Cell]) -> int:
        return len(self._known({column: cell for column, cell in cells.items() if type(cell) is str}))

    def _known(self, texts: Mapping[int, str]) -> dict[int, str]:
        names: dict[str, int] = {}
        for column in sorted(texts):
            name, _unit = split_unit(normalise(texts[column]), self.known)
            if name in self.known and column not in self.hidden:
                names.setdefault(name, column)
        return {column: name for name, column in names.items()}


def header_rows(sheet: Sheet, best: int) -> HeaderRows:
    """The rows that make the header around its ``best`` row.

    A row above or below belongs to it if it names what the others leave empty, if a name is merged into it, or if all
    of its texts stand below headings that are merged over several columns. Such a row holds texts only; otherwise the
    cell that does not fit is ``in_doubt``.
    """
    top = bottom = best
    names, units, doubt = sheet.shown(best), -1, None
    while bottom - top < _MOST_ROWS and doubt is None:
        below = sheet.own(bottom + 1)
        merged = sheet.reaching_below(names.items()) > bottom
        if not merged and not _names_more(sheet, bottom + 1, names) and not _divides(sheet, below, names):
            break
        if is_units_row(below, _plain(names), sheet.known):
            break
        bottom += 1
        doubt = _unfit(below, bottom) or _clash(sheet, below, bottom, names)
        names |= {column: NameCell(bottom, cell) for column, cell in _naming(below, names).items()}
    while bottom - top < _MOST_ROWS and doubt is None and _names_more(sheet, top - 1, names):
        top -= 1
        above = sheet.own(top)
        doubt = _unfit(above, top)
        names = {column: NameCell(top, cell) for column, cell in above.items() if isinstance(cell, str)} | names
    top = min([top, *(names[column].row for column in sheet.names_in(best) if column in names)])
    if is_units_row(sheet.own(bottom + 1), _plain(names), sheet.known):
        units = bottom + 1
    return HeaderRows(top, bottom, names, units, doubt)


def _names_more(sheet: Sheet, index: int, names: Mapping[int, NameCell]) -> bool:
    """Whether a row beside names a column that holds data and has no known name yet."""
    named = {
        column for column, cell in names.items() if split_unit(normalise(cell.text), sheet.known)[0] in sheet.known
    }
    blank = [column for column in sheet.names_in(index) if column in sheet.own(index) and column not in named]
    is_above = all(index < cell.row for cell in names.values())
    if is_above:
        blank = [column for column in blank if column not in names]
    data = sheet.rows[max([index, *(cell.row for cell in names.values())]) + 1 :][:FIRST_ROWS]
    return any(data.first_filled(column) is not None for column in blank)


def _divides(sheet: Sheet, below: Mapping[int, Cell], names: Mapping[int, NameCell]) -> bool:
    """Whether a row says what the columns below merged headings are, and nothing else."""
    if not below or any(not isinstance(cell, str) or is_figure(cell) for cell in below.values()):
        return False
    rows = {cell.row for cell in names.values()}
    return all(any(sheet.is_wide(row, column) for row in rows) for column in below)


def _unfit(cells: Mapping[int, Cell], index: int) -> tuple[int, int] | None:
    """The first cell that no header holds: a number, a date, a figure."""
    odd = (column for column, cell in cells.items() if not isinstance(cell, str) or is_figure(cell))
    return next(((index, column) for column in sorted(odd)), None)


def _clash(
    sheet: Sheet, cells: Mapping[int, Cell], index: int, names: Mapping[int, NameCell]
) -> tuple[int, int] | None:
    """The first text below a known name that neither says its unit nor what it is divided into."""
    for column in sorted(cells):
        above, text = names.get(column), str(cells[column])
        if above is None or _says_no_name(text) or sheet.is_wide(above.row, column):
            continue
        if sheet.knows(above.text) and normalise(text) != normalise(above.text):
            return index, column
    return None


def _naming(cells: Mapping[int, Cell], names: Mapping[int, NameCell]) -> dict[int, str]:
    """The texts of a row that name their columns; units and dashes below a name do not."""
    return {
        column: cell
        for column, cell in cells.items()
        if isinstance(cell, str) and not (column in names and _says_no_name(cell))
    }


def _says_no_name(text: str) -> bool:
    return squeezed(text).lower() in DASHES or unit_of(text) is not None


def _plain(names: Mapping[int, NameCell]) -> dict[int, str]:
    return {column: normalise(cell.text) for column, cell in names.items()}


def is_units_row(cells: Mapping[int, Cell], names: Mapping[int, str], known: Collection[str]) -> bool:
    """Whether the row below the names says units: texts only, no figures, one of them a unit of a known column.

    ``names`` are normalised, by column.
    """
    texts = {column: cell for column, cell in cells.items() if isinstance(cell, str)}
    if not texts or len(texts) < len(cells) or any(is_figure(text) for text in texts.values()):
        return False
    return any(
        unit_of(text) and split_unit(name, known)[0] in known and not name.endswith(_UNIT_COLUMNS)
        for column, text in texts.items()
        if (name := names.get(column, ""))
    )


def is_figure(text: str) -> bool:
    """Whether a text is a number as people type it."""
    return squeezed(text).replace(",", "").replace(".", "").strip("+-%").isdigit()


def groups_above(sheet: Sheet, rows: HeaderRows, column: int) -> Iterator[str]:
    """The headings above a column's name, normalised and without their units, the nearest first."""
    for index in range(rows.names[column].row - 1, max(rows.top - _MOST_ROWS, 0) - 1, -1):
        cells = sheet.own(index)
        if not cells and index < rows.top:
            return
        heading = _heading(sheet, rows, index, column)
        text = cells.get(heading) if heading is not None else None
        if isinstance(text, str):
            yield split_unit(normalise(text))[0]


def _heading(sheet: Sheet, rows: HeaderRows, index: int, column: int) -> int | None:
    """The column of the heading that a row holds above ``column``; a title, or another column's name, is none.

    A title is merged from the first column over most of the others, or over nearly all, or stands at the left or alone
    in its row, or is long. A heading that is not merged reaches to the next cell that is filled.
    """
    is_above, cells = index < rows.top, sheet.own(index)
    for top, left, _bottom, right in sheet.merged:
        if top == index and left <= column <= right and left < right:
            width, count = right + 1 - left, len(rows.names)
            return None if is_above and ((left == 0 and 2 * width > count) or 5 * width > 4 * count) else left
    nearest = max((other for other in cells if other <= column), default=None)
    if nearest is None or (nearest != column and sheet.is_wide(index, nearest)):
        return None
    if is_above:
        return nearest if len(cells) > 1 and nearest > 0 and len(str(cells[nearest])) <= _LONGEST_HEADING else None
    own = rows.names.get(nearest)
    return None if own is not None and own.row == index else nearest
