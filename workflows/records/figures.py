"""A document's records as figures by month and key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import orjson

from workflows.records.documents import MergedFile


def figures(
    document: MergedFile, period_field: str, key: Sequence[str], names: Sequence[str]
) -> Iterator[tuple[str, tuple[str, ...], tuple[str | None, ...]]]:
    """Of each record its month (``2024-11``), its ``key`` and what it holds in ``names``, as exact texts."""
    fields = document.meta.fields
    period_at = fields.index(period_field)
    key_at, names_at = [fields.index(name) for name in key], [fields.index(name) for name in names]
    for line in document.lines():
        record = orjson.loads(line)
        values = (record[at] for at in names_at)
        yield (
            record[period_at][:7],
            tuple(str(record[at]) for at in key_at),
            tuple(None if value is None else str(value) for value in values),
        )
