"""Company ids filled into record lines while they are merged, and what no company was found for (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter

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


@dataclass(slots=True)
class Stretch:
    """Rows of one sheet that follow each other, ``first`` to ``last`` as Excel counts."""

    file: str
    sheet: str
    first: int
    last: int

    def goes_on(self, file: str, sheet: str, row: int) -> bool:
        """Whether that row is the next one."""
        return row == self.last + 1 and file == self.file and sheet == self.sheet


@dataclass(slots=True)
class Unresolved:
    """A customer without a company: the name that has a temporary id, or a plan (and account) without a name.

    ``keys`` are the plan codes, account numbers and account names of its rows; ``more_rows`` counts rows beyond the
    ``stretches`` that are kept.
    """

    answer: Answer
    name: str
    rows: int = 0
    keys: dict[str, dict[str, None]] = field(default_factory=dict)
    stretches: list[Stretch] = field(default_factory=list)
    more_rows: int = 0

    def know(self, row: RowKeys) -> None:
        """What one of its rows says of it."""
        for kind in ("plan_code", "account_number", "account_name"):
            key, known = getattr(row, kind), self.keys.setdefault(kind, {})
            if key and len(known) < _LISTED:
                known[key] = None

    def add(self, file: str, sheet: str, number: int) -> None:
        """One more row of it."""
        self.rows += 1
        if self.stretches and self.stretches[-1].goes_on(file, sheet, number):
            self.stretches[-1].last = number
        elif len(self.stretches) < _LISTED:
            self.stretches.append(Stretch(file, sheet, number, number))
        else:
            self.more_rows += 1


class CompanyIds:
    """Fills the field that a domain keeps its company ids in; afterwards it knows how each was found.

    Memory grows with the distinct customers that are not found, not with the rows.
    """

    def __init__(self, domain: Domain, known: KnownCompanies) -> None:
        if domain.company is None:
            raise ValueError(f"{domain.name} has no company ids")
        self._known = known
        at = domain.columns.index
        self._target = at(domain.company.target)
        fields = {kind: getattr(domain.company, kind) for kind in RowKeys._fields}
        self._kinds = [kind for kind, name in fields.items() if name]
        # The target is empty so far: with it there are two values at least, which makes what is got a tuple.
        self._keys_of = itemgetter(*(at(fields[kind]) for kind in self._kinds), self._target)
        self._place_of = itemgetter(at("data_source"), at("source_sheet"), at("source_row"))
        self._answers: dict[tuple[str | None, ...], tuple[Answer, Unresolved | None]] = {}
        self._ways: Counter[str] = Counter()
        self._unresolved: dict[tuple[str | None, ...], Unresolved] = {}

    def filled(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pieces of whole record lines, with each record's company id."""
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
                        unresolved.add(*self._place_of(record))
                yield lines_of(records)

    def _ask(self, keys: tuple[str | None, ...]) -> tuple[Answer, Unresolved | None]:
        if len(self._answers) >= _KEPT_ANSWERS:
            self._answers.clear()
        row = RowKeys(**dict(zip(self._kinds, keys, strict=False)))
        answer = self._known.answer(row)
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
