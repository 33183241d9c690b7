"""Which rows below a header are no records: totals, repeated headers, headings of groups, notes, signatures (pure).

Only rows that could not be records are looked at: some cell of theirs is wrong, or all their codes are missing. What
is set aside is certain; any other row stays and is rejected with the cell at fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workflows.domains.field_columns import FieldColumn
from workflows.domains.row_words import is_figure, is_placeholder, kind_of_text, named_total, totals_word
from workflows.domains.set_aside import Reason
from workflows.errors import UnitError
from workflows.sources.cells import Cell, ErrorCell, SheetTable, column_letter, squeezed
from workflows.sources.columns import FilledRows, grid_rows
from workflows.sources.header_rows import normalise
from workflows.sources.units import said_in, split_unit

# A row of so many texts above figures names columns; fewer are a title or a note.
_HEADER_TEXTS = 3
_BAND_TEXTS = 2
# What begins so ends the table above it.
_BELOW_DATA = ("note", "signature")
# Rows whose statements of units concern rows below them.
_MAY_STATE: tuple[Reason, ...] = ("title", "band", "note")
# A code has letters or digits; a text in Chinese alone is more likely a title or a note.
_LOOKS_CODED = re.compile("[0-9A-Za-z]")

Row = Mapping[int, Cell]


@dataclass(slots=True)
class RowKinds:
    """Rows by their index: ``totals`` with their word, ``others`` that are set aside, with why.

    ``strangers`` are texts that are neither data nor understood, with the column to point at and its text. ``another``
    is the row of another table's header, and ``begins`` the first of its titles: what lies below is none of this
    table's. ``texts`` are those of the rows that hold nothing else.
    """

    totals: dict[int, str] = field(default_factory=dict)
    others: dict[int, Reason] = field(default_factory=dict)
    strangers: dict[int, tuple[int, str]] = field(default_factory=dict)
    another: int | None = None
    begins: int | None = None
    texts: dict[int, dict[int, str]] = field(default_factory=dict)

    def set_aside(self, rows: Iterable[int], reason: Reason) -> None:
        """Take more rows for no records, unless they are known for something else."""
        self.others.update(dict.fromkeys((row for row in rows if row not in self.totals | self.others), reason))


@dataclass(frozen=True, slots=True)
class Looked:
    """What is known of a sheet's rows: ``numbers`` are Excel's; ``known`` are the normalised names of headers."""

    table: SheetTable
    rows: FilledRows
    numbers: Sequence[int]
    fields: Mapping[str, FieldColumn]
    known: Collection[str]

    @property
    def codes(self) -> list[FieldColumn]:
        """The fields that say what a row is about."""
        return [found for found in self.fields.values() if found.kind.identifies]

    def given(self, index: int) -> list[Any]:
        """The codes that a row itself says, None for each that it does not."""
        return [code.typed[index] if code.is_given[index] else None for code in self.codes]

    def follows(self, index: int) -> bool:
        """Whether a row stands directly below the one before it."""
        above = self.numbers[index - 1] if index else self.table.first_row - 1
        return self.numbers[index] == above + 1


def kinds_of_rows(looked: Looked, hidden: Collection[int]) -> RowKinds:
    """What the rows are that are not ``hidden``; all that are not named are data."""
    found = RowKinds()
    unnamed: Sequence[int] = range(len(looked.rows))
    for code in looked.codes:
        unnamed = [] if all(code.is_given) else [index for index in unnamed if not code.is_given[index]]
    found.totals.update(_totals(looked, [index for index in unnamed if index not in hidden], hidden))
    faulty = {problem.row_index for each in looked.fields.values() for problem in each.problems}
    worded = {problem.row_index for code in looked.codes for problem in code.problems if problem.code == "totals_word"}
    suspects = sorted(faulty.union(unnamed).difference(hidden, found.totals, worded))
    for column in (cells for each in looked.fields.values() for _header, cells in each.by_role.values()):
        suspects = [index for index in suspects if not isinstance(column[index], (float, bool, ErrorCell))]
    if suspects:
        _Texts(looked, found, dict(zip(suspects, looked.rows.rows_at(suspects), strict=True))).sort_out()
    return found


def _totals(looked: Looked, unnamed: Sequence[int], hidden: Collection[int]) -> dict[int, str]:
    """Totals rows with their word: no code of theirs is one, and some cell says so, or Excel's own table does."""
    wrong = {
        problem.row_index
        for code in looked.codes
        for problem in code.problems
        if problem.code not in ("totals_word", "missing_value")
    }
    words: dict[int, str] = {}
    silent = []
    for index in unnamed:
        word = _first(totals_word, (code.cells[index] for code in looked.codes if code.cells))
        if word and index not in wrong:
            words[index] = word
        elif index not in wrong:
            silent.append(index)
    for index, row in zip(silent, looked.rows.rows_at(silent), strict=True):
        word = _first(named_total, row.values())
        if word:
            words[index] = word
    if looked.table.totals_rows:
        own = (index for index, number in enumerate(looked.numbers) if number in looked.table.totals_rows)
        words = {index: "" for index in own if index not in hidden} | words
    return words


def _first(said: Callable[[Cell], str | None], cells: Iterable[Cell]) -> str | None:
    return next(filter(None, map(said, cells)), None)


class _Texts:
    """Rows without figures, one after the other: what each is depends on those above and below it."""

    def __init__(self, looked: Looked, found: RowKinds, rows: Mapping[int, Row]) -> None:
        self._looked, self._found, self._rows = looked, found, rows
        self._texts = found.texts = {
            index: {column: cell for column, cell in row.items() if isinstance(cell, str) and not _is_blank(cell)}
            for index, row in rows.items()
        }

    def sort_out(self) -> None:
        """Name each row of texts; those below another table's header are left as they are."""
        self._headers()
        for index in self._rows:
            if self._found.begins is not None and index >= self._found.begins:
                return
            if index not in self._found.others:
                self._one(index)

    def _headers(self) -> None:
        block, found = _header_block(self._looked.table), self._found
        for index, texts in self._texts.items():
            if index in found.others:
                continue
            below = range(index, index + len(block))
            if all(_compared(self._texts.get(at, {})) == wanted for at, wanted in zip(below, block, strict=True)):
                found.others.update(dict.fromkeys(below, "header"))
            elif found.another is None and self._names(texts) >= min(2, len(self._looked.known)):
                found.another = index
        for index in sorted(found.others):
            self._titles_above(index)
        if found.another is not None:
            found.begins = self._titles_above(found.another)

    def _titles_above(self, header: int) -> int:
        """Name the titles above a header; the first row of them, or the header's."""
        above = header - 1
        while above in self._texts and above not in self._found.others and not self._looks_coded(above):
            if len(self._texts[above]) >= _HEADER_TEXTS or kind_of_text(self._first_text(above)) in _BELOW_DATA:
                break
            self._found.others[above] = "title"
            above -= 1
        return above + 1

    def _one(self, index: int) -> None:
        texts, found = self._texts[index], self._found
        kind = kind_of_text(self._first_text(index)) if texts else ""
        others = [cell for cell in self._rows[index].values() if not isinstance(cell, str)]
        if not texts or (others and not (kind == "signature" and all(isinstance(cell, datetime) for cell in others))):
            return
        if kind in ("note", "signature") and not self._is_coded(index):
            found.others[index] = "note" if kind == "note" else "signature"
        elif kind == "band" and (len(texts) == 1 or (len(texts) == _BAND_TEXTS and said_in([*texts.values()][1]))):
            found.others[index] = "band"
        elif self._looks_coded(index) or self._tells(index) or any(map(is_figure, texts.values())):
            return
        elif len(texts) >= _HEADER_TEXTS:
            if self._figures_below(index):
                found.another = index
                found.begins = self._titles_above(index)
        elif self._is_apart(index):
            found.others[index] = "note"
        elif not any(self._looked.given(index)):
            found.strangers[index] = (min(texts), self._first_text(index))

    def _first_text(self, index: int) -> str:
        texts = self._texts[index]
        return texts[min(texts)] if texts else ""

    def _names(self, texts: Mapping[int, str]) -> int:
        known = self._looked.known
        return len({name for text in texts.values() if (name := split_unit(normalise(text), known)[0]) in known})

    def _is_coded(self, index: int) -> bool:
        """Whether each code is there, and is none of such texts itself: then the row is one of data."""
        codes = self._looked.given(index)
        return all(isinstance(code, str) and kind_of_text(code) not in _BELOW_DATA for code in codes)

    def _looks_coded(self, index: int) -> bool:
        codes = self._looked.given(index)
        return any(isinstance(code, str) and _LOOKS_CODED.search(code) for code in codes)

    def _tells(self, index: int) -> bool:
        """Whether some text is what its column wants: a month, one of a list."""
        return any(
            each.cells and each.cells[index] is not None and each.typed[index] is not None
            for each in self._looked.fields.values()
            if not (each.kind.identifies or each.kind.takes_any_text)
            and not any(caution.row_index == index for caution in each.cautions)
        )

    def _is_apart(self, index: int) -> bool:
        """Whether a row stands below a blank one, the header, totals, or another row that is no data."""
        above = index - 1
        return (
            not self._looked.follows(index) or index == 0 or above in self._found.totals or above in self._found.others
        )

    def _figures_below(self, index: int) -> bool:
        if index + 1 >= len(self._looked.rows):
            return False
        (below,) = self._looked.rows.rows_at([index + 1])
        return any(isinstance(cell, float) for cell in below.values())


def _header_block(table: SheetTable) -> list[dict[int, str]]:
    """The texts of the header's rows by column, as they are compared."""
    rows = grid_rows(table.rows).above(table.header_height) if table.header_height > 1 else ()
    block = [_compared({column: cell for column, cell in enumerate(row) if isinstance(cell, str)}) for row in rows]
    return block if all(block) and block else [_compared({header.index: header.text for header in table.headers})]


def _compared(texts: Mapping[int, str]) -> dict[int, str]:
    return {column: word for column, text in texts.items() if (word := squeezed(text))}


def _is_blank(text: str) -> bool:
    word = squeezed(text).upper()
    return not word or is_placeholder(word)


def refuse_other_units(kinds: RowKinds, table: SheetTable, numbers: Sequence[int], workbook: str) -> None:
    """Raise UnitError where a row that is set aside states a unit that nothing says of the table.

    Another table's titles are none of its.
    """
    stated = {each.unit for each in table.units} | {header.unit for header in table.headers}
    ends = len(numbers) if kinds.begins is None else kinds.begins
    for index, reason in kinds.others.items():
        if index >= ends:
            continue
        for column, text in kinds.texts.get(index, {}).items() if reason in _MAY_STATE else ():
            other = next((said.unit for said in said_in(text) if said.unit not in stated), None)
            if other is not None and (reason != "note" or "单位" in squeezed(text)):
                raise UnitError(
                    workbook,
                    f"sheet {table.sheet!r}: {column_letter(column)}{numbers[index]} {text[:60]!r} says {other} below "
                    f"the header, where nothing says so of the columns; write the unit that is meant into the header, "
                    "and take it away there",
                )
