"""The additive columns summed by month, exactly: ``{field: {"2024-11-01": "123.45"}}``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from workflows.domains.domain import Domain
from workflows.records.documents import Sums


def additive_fields(domain: Domain) -> list[str]:
    """The columns whose sum means something, in the model's order."""
    return [name for name, kind in domain.kinds.items() if kind.additive]


def sums_of(fields: Iterable[str], typed: Mapping[str, Sequence[Any]], months: Sequence[str]) -> Sums:
    """The sums of ``typed`` columns (Decimals or None); ``months`` names each record's."""
    found: Sums = {}
    one_month = months[0] if len(set(months)) == 1 else None
    for field in fields:
        if one_month is not None:
            present = [value for value in typed[field] if value is not None]
            found[field] = _texts({one_month: sum(present, Decimal())}) if present else {}
            continue
        totals: defaultdict[str, Decimal] = defaultdict(Decimal)
        for month, value in zip(months, typed[field], strict=True):
            if value is not None:
                totals[month] += value
        found[field] = _texts(totals)
    return found


def sums_less(sums: Sums, lines: Iterable[bytes], fields: Sequence[str], period_field: str) -> Sums:
    """A file's sums without those of some of its record ``lines``, whose values stand in the order of ``fields``."""
    period_at = fields.index(period_field)
    totals = {
        name: (fields.index(name), defaultdict(Decimal, {month: Decimal(text) for month, text in months.items()}))
        for name, months in sums.items()
    }
    for line in lines:
        record = orjson.loads(line)
        for at, months in totals.values():
            months[record[period_at]] -= Decimal(record[at] or 0)
    return {name: _texts(months) for name, (_, months) in totals.items()}


def added(parts: Iterable[Sums]) -> Sums:
    """Several files' sums together."""
    totals: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for part in parts:
        for name, months in part.items():
            for month, text in months.items():
                totals[name][month] += Decimal(text)
    return {name: _texts(months) for name, months in totals.items()}


def _texts(totals: Mapping[str, Decimal]) -> dict[str, str]:
    return {month: format(total, "f") for month, total in sorted(totals.items())}
