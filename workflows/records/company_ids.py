"""Company ids filled into record lines while they are merged, and what no company was found for (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from workflows.companies.resolver import TEMPORARY, WAYS, Answer, KnownCompanies, RowKeys
from workflows.domains.domain import Domain
from workflows.errors import AccountingError
from workflows.records.accounts import CompanyAccount
from workflows.records.json_files import lines_of

# Answers kept: rows of one company repeat, and beyond this many companies asking again is cheaper than the memory.
_KEPT_ANSWERS = 200_000
# Stretches of rows, and keys, listed of one customer; the rest is counted. A spreadsheet's cell holds 32,767 letters.
_LISTED = 50


Tell = Callable[[RowKeys, Answer], None]


class Stretch(NamedTuple):
    """Rows that follow each other in a sheet (its workbook and its name), ``first`` to ``last`` as Excel counts."""

    sheet: tuple[str, str]
    first: int
    last: int


@dataclass(slots=True)
class Unresolved:
    """A customer without a company: the name that has a temporary id, or a plan (and account) without a name.

    ``keys`` are what its rows say, each once; ``more_rows`` counts rows beyond the ``stretches`` that are kept.
    """

    answer: Answer
    name: str
    rows: int = 0
    keys: list[RowKeys] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)
    more_rows: int = 0

    def know(self, row: RowKeys) -> None:
        """What one of its rows says of it."""
        if len(self.keys) < _LISTED and row not in self.keys:
            self.keys.append(row)

    def add(self, sheet: tuple[str, str], row: int) -> None:
        """One more row of it."""
        self.rows += 1
        last = self.stretches[-1] if self.stretches else None
        if last is not None and last.last + 1 == row and last.sheet == sheet:
            self.stretches[-1] = Stretch(sheet, last.first, row)
        elif len(self.stretches) < _LISTED:
            self.stretches.append(Stretch(sheet, row, row))
        else:
            self.more_rows += 1


class CompanyIds:
    """Fills the field that a domain keeps its company ids in; afterwards it knows how each was found.

    Memory grows with the distinct customers that are not found, not with the rows. ``tell`` hears each answer, once for
    all rows that say the same (and again, where there are more of those than answers are kept).
    """

    def __init__(
        self,
        domain: Domain,
        known: KnownCompanies,
        tell: Callable[[RowKeys, Answer], None] = lambda _row, _answer: None,
    ) -> None:
        if domain.company is None:
            raise ValueError(f"{domain.name} has no company ids")
        self._known, self._tell = known, tell
        at = domain.columns.index
        self._target = at(domain.company.target)
        fields = {kind: getattr(domain.company, kind) for kind in RowKeys._fields}
        self._kinds = [kind for kind, name in fields.items() if name]
        # The target is empty so far: with it there are two values at least, which makes what is got a tuple.
        self._keys_of = itemgetter(*(at(fields[kind]) for kind in self._kinds), self._target)
        self._sheet_of, self._row_at = itemgetter(at("data_source"), at("source_sheet")), at("source_row")
        # One object for all its rows: there may be as many of them as there are customers, and more.
        self._sheets: dict[tuple[str, str], tuple[str, str]] = {}
        self._answers: dict[tuple[str | None, ...], tuple[Answer, Unresolved | None]] = {}
        self._ways: Counter[str] = Counter()
        self._unresolved: dict[tuple[str | None, ...], Unresolved] = {}

    def filled(
        self, pieces: Iterable[bytes], look: Callable[[list[Any]], None] = lambda _records: None
    ) -> Iterator[bytes]:
        """Pieces of whole record lines, with each record's company id; ``look`` sees the records as they are then."""
        answers, ways, target = self._answers, self._ways, self._target
        for piece in pieces:
            if piece:
                records = orjson.loads(b"[" + piece.removesuffix(b",\n") + b"]")
                for record in records:
                    keys = self._keys_of(record)
                    answer, unresolved = answers.get(keys) or self._ask(keys)
                    record[target] = answer.company_id
                    ways[answer.way] += 1
                    if unresolved is not None:
                        sheet = self._sheet_of(record)
                        unresolved.add(self._sheets.setdefault(sheet, sheet), record[self._row_at])
                look(records)
                yield lines_of(records)

    def _ask(self, keys: tuple[str | None, ...]) -> tuple[Answer, Unresolved | None]:
        if len(self._answers) >= _KEPT_ANSWERS:
            self._answers.clear()
        row = RowKeys(**dict(zip(self._kinds, keys, strict=False)))
        answer = self._known.answer(row)
        self._tell(row, answer)
        found = self._answers[keys] = (answer, None if answer.is_known else self._noted(row, answer))
        return found

    def _noted(self, row: RowKeys, answer: Answer) -> Unresolved:
        """Rows of one name are one customer; rows without a name are one by plan and account."""
        name = row.customer_name
        key = (name,) if answer.way == TEMPORARY else (None, row.plan_code, row.account_number)
        found = self._unresolved.setdefault(key, Unresolved(answer, name or ""))
        found.know(row)
        return found

    def unresolved(self) -> list[Unresolved]:
        """What no company was found for, the most rows first; equal numbers in the order of the records."""
        return sorted(self._unresolved.values(), key=lambda found: -found.rows)

    def account(self, records: int) -> CompanyAccount:
        """How the ids of all ``records`` were found; AccountingError if it saw another number of them."""
        account = CompanyAccount(
            ways={way: self._ways[way] for way in WAYS if self._ways[way]}, unresolved=len(self._unresolved)
        )
        if account.records != records:
            raise AccountingError(
                "company ids", f"{account.records} records were looked up and {records} merged: a defect"
            )
        return account
