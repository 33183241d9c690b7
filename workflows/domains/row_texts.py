"""Rows that hold no figures: headers, titles, headings of groups, notes, signatures, another table (pure)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import takewhile

from workflows.domains.looked_rows import Looked, RowKinds, Stranger
from workflows.domains.row_words import is_figure, is_placeholder, kind_of_text
from workflows.sources.cells import Cell, SheetTable, squeezed
from workflows.sources.columns import grid_rows
from workflows.sources.header_rows import normalise
from workflows.sources.units import said_in, split_unit

# A row of so many texts above figures names columns; fewer are a title or a note.
_HEADER_TEXTS = 3
_BAND_TEXTS = 2
# What begins so ends the table above it.
_BELOW_DATA = ("note", "signature")
# A code has letters or digits; a text in Chinese alone is more likely a title or a note.
_LOOKS_CODED = re.compile("[0-9A-Za-z]")

Row = Mapping[int, Cell]


class Texts:
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
            repeated = self._repeated(index, block)
            if repeated:
                found.others.update(dict.fromkeys(range(index, index + repeated), "header"))
            elif found.another is None and self._names(texts) >= min(2, len(self._looked.known)):
                found.another = index
        for index in sorted(found.others):
            self._titles_above(index)
        if found.another is not None:
            found.begins = self._titles_above(found.another)

    def _repeated(self, index: int, block: Sequence[Mapping[int, str]]) -> int:
        """How many rows from here on are the header's again; its row of units may be left out."""
        alike = takewhile(lambda pair: _compared(self._texts.get(pair[0], {})) == pair[1], enumerate(block, index))
        count = sum(1 for _ in alike)
        names = len(block) - bool(self._looked.table.units_row)
        return count if count >= max(1, names) else 0

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
        if not texts and not others and self._rows[index]:
            # Dashes alone draw a line.
            found.others[index] = "note"
            return
        if not texts or (others and not (kind == "signature" and all(isinstance(cell, datetime) for cell in others))):
            return
        if kind == "signature" and not self._is_coded(index):
            found.others[index] = "signature"
        elif kind == "note" and not self._is_coded(index) and not self._tells(index):
            found.others[index] = "note"
        elif (
            kind == "band"
            and not self._tells(index)
            and (len(texts) == 1 or (len(texts) == _BAND_TEXTS and said_in([*texts.values()][1])))
        ):
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
            found.strangers[index] = Stranger(min(texts), self._first_text(index), "not_a_record")

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
    return {column: squeezed(text) for column, text in texts.items() if not _is_blank(text)}


def _is_blank(text: str) -> bool:
    word = squeezed(text).upper()
    return not word or is_placeholder(word)
