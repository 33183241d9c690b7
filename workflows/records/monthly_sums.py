"""The additive columns summed by month, exactly: ``{field: {"2024-11-01": "123.45"}}``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import orjson

from workflows.domains.domain import Domain
from workflows.records.documents import ProcessedFile, Sums


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


def sums_kept(source: ProcessedFile, dropped: Mapping[int, str]) -> Sums:
    """One file's sums less its ``dropped`` lines (line number -> month)."""
    sums: Sums = source.counts.sums
    if not dropped:
        return sums
    fields = source.meta.fields
    totals = {
        name: defaultdict(Decimal, {month: Decimal(text) for month, text in months.items()})
        for name, months in sums.items()
    }
    for number, line in enumerate(source.lines()):
        if number in dropped:
            record = orjson.loads(line)
            for name, months in totals.items():
                months[dropped[number]] -= Decimal(record[fields.index(name)] or 0)
    return {name: _texts(months) for name, months in totals.items()}


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
