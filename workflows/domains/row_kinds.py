"""Which rows below a header are no records: totals, repeated headers, headings of groups, notes, signatures (pure).

Only rows that could not be records are looked at: some cell of theirs is wrong, or all their codes are missing. What
is set aside is certain; any other row stays and is rejected with the cell at fault.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from workflows.domains.looked_rows import Looked, RowKinds, Stranger
from workflows.domains.row_texts import Texts
from workflows.domains.row_words import is_surely_total, may_be_total, named_total, totals_word
from workflows.domains.set_aside import Reason
from workflows.errors import UnitError, Words
from workflows.sources.cells import Cell, ErrorCell, column_letter, squeezed
from workflows.sources.units import said_in, unit_of

# Rows whose statements of units concern rows below them.
_MAY_STATE: tuple[Reason, ...] = ("title", "band", "note")


def kinds_of_rows(looked: Looked, hidden: Collection[int]) -> RowKinds:
    """What the rows are that are not ``hidden``; all that are not named are data."""
    found = RowKinds()
    unnamed: Sequence[int] = range(len(looked.rows))
    for code in looked.codes:
        unnamed = [] if all(code.is_given) else [index for index in unnamed if not code.is_given[index]]
    faulty = {problem.row_index for each in looked.fields.values() for problem in each.problems}
    if looked.table.totals_rows:
        own = (index for index, number in enumerate(looked.numbers) if number in looked.table.totals_rows)
        found.totals.update({index: "" for index in own if index not in hidden})
    _name_totals(looked, found, [index for index in unnamed if index not in hidden], faulty)
    _doubt_named_rows(looked, found, hidden)
    worded = {problem.row_index for code in looked.codes for problem in code.problems if problem.code == "totals_word"}
    suspects = sorted(faulty.union(unnamed).difference(hidden, found.totals, found.strangers, worded))
    for column in (cells for each in looked.fields.values() for _header, cells in each.by_role.values()):
        suspects = [index for index in suspects if not isinstance(column[index], (float, bool, ErrorCell))]
    if suspects:
        Texts(looked, found, dict(zip(suspects, looked.rows.rows_at(suspects), strict=True))).sort_out()
    return found


def _name_totals(looked: Looked, found: RowKinds, unnamed: Sequence[int], faulty: Collection[int]) -> None:
    """Name the totals rows: no code of theirs is one, and some cell says so.

    Where codes may be blank, a row that could be a record is one unless its word is beyond doubt; a doubtful one is a
    stranger, pointed at.
    """
    wrong = {
        problem.row_index
        for code in looked.codes
        for problem in code.problems
        if problem.code not in ("totals_word", "missing_value")
    }
    silent = []
    for index in unnamed:
        word = _first(totals_word, (code.cells[index] for code in looked.codes if code.cells))
        if word and index not in wrong:
            found.totals[index] = word
        elif index not in wrong:
            silent.append(index)
    for index, row in zip(silent, looked.rows.rows_at(silent), strict=True):
        named = next(((column, word) for column, cell in sorted(row.items()) if (word := named_total(cell))), None)
        if named is None:
            continue
        column, word = named
        if is_surely_total(word) or (index in faulty and may_be_total(word)):
            found.totals[index] = word
        elif may_be_total(word) and index not in found.totals:
            found.strangers[index] = Stranger(column, str(row[column]), "totals_word")


def _doubt_named_rows(looked: Looked, found: RowKinds, hidden: Collection[int]) -> None:
    """A totals word in a name beside a code of its own: the subtotal of that code, and never a record."""
    for each in looked.fields.values():
        if not each.kind.takes_any_text or each.header is None:
            continue
        words = {cell for cell in set(each.cells) if (word := named_total(cell)) and is_surely_total(word)}
        for index in [index for index, cell in enumerate(each.cells) if cell in words] if words else ():
            if index not in found.totals and index not in hidden:
                found.strangers.setdefault(index, Stranger(each.header.index, str(each.cells[index]), "totals_word"))


def _first(said: Callable[[Cell], str | None], cells: Iterable[Cell]) -> str | None:
    return next(filter(None, map(said, cells)), None)


def refuse_other_units(looked: Looked, kinds: RowKinds, units: Mapping[int, str | None], workbook: str) -> None:
    """Raise UnitError where a row that is set aside states a unit that the table is not read in.

    ``units`` are those of the columns that are read. Another table's titles are none of its.
    """
    table = looked.table
    stated = {each.unit for each in table.units} | {header.unit for header in table.headers}
    ends = len(looked.numbers) if kinds.begins is None else kinds.begins
    for index, reason in kinds.others.items():
        for column, text in kinds.texts.get(index, {}).items() if reason in _MAY_STATE and index < ends else ():
            other = _other_unit(text, column, units, stated, reason)
            if other is not None:
                raise UnitError(
                    workbook,
                    Words(
                        f"{column_letter(column)}{looked.numbers[index]} {text[:60]!r} 在表头之下写明 {other}, "
                        "而各列并非以此为单位; 请将单位写入表头, 并删除该处",
                        f"{column_letter(column)}{looked.numbers[index]} {text[:60]!r} says {other} below the header, "
                        "and the columns are not read in that; write the unit that is meant into the header, and take "
                        "it away there",
                    ).of_sheet(table.sheet),
                )


def _other_unit(
    text: str, column: int, units: Mapping[int, str | None], stated: Collection[str | None], reason: Reason
) -> str | None:
    """The unit that a text states for columns that are read in another one."""
    alone = unit_of(text)
    if alone is not None and column in units:
        return alone if alone != (units[column] or "元") else None
    if reason == "note" and alone is None and "单位" not in squeezed(text):
        return None
    return next((said.unit for said in said_in(text) if said.unit not in stated), None)
