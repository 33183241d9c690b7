"""Records -> the rows of the tables that they refer to, while records stream by (pure).

A batch repeats few plans, branches and customers many times: what was seen is passed over by one look.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter
from typing import Any

import orjson

from workflows.domains.references import CountDistinct, First, Joined, Listed, OfLargest, Reference

ReferenceRow = tuple[str | int | None, ...]
"""A row in the order of ``Reference.names``: texts as records hold them, whole numbers, None."""

_Values = tuple[str | None, ...]
_Largest = tuple[Decimal, int]
_BELOW = Decimal("-Infinity")


class GatheredRows:
    """The rows of one reference, from records whose values stand in the order of ``fields``.

    Memory grows with the distinct values of a key's rows, not with the records.
    """

    def __init__(self, reference: Reference, fields: Sequence[str]) -> None:
        self.reference = reference
        self._key_size = len(reference.key)
        # Each number once, however many columns follow its largest row.
        self._numbers = list(dict.fromkeys(how.by for how in reference.columns.values() if isinstance(how, OfLargest)))
        named = [*reference.key.values(), *(how.field for how in reference.columns.values())]
        self._values_of = _getter([fields.index(name) for name in named])
        self._number_at = [fields.index(name) for name in self._numbers]
        self._records = 0
        # The largest of each number among the records that are alike in everything else; in the records' order.
        self._seen: dict[_Values, list[_Largest]] = {}

    def add(self, records: Iterable[Sequence[Any]]) -> None:
        """Look at more records."""
        values_of, seen, number_at, place = self._values_of, self._seen, self._number_at, self._records
        for place, record in enumerate(records, start=self._records + 1):
            values = values_of(record)
            largest = seen.get(values)
            if largest is None:
                seen[values] = [_number(record[at], place) for at in number_at]
            else:
                for index, at in enumerate(number_at):
                    # A tuple's second part decides between equal numbers: the earlier record stays.
                    largest[index] = max(largest[index], _number(record[at], place))
        self._records = place

    def rows(self) -> list[ReferenceRow]:
        """One row per key whose parts are all there, in the order in which keys were seen first."""
        groups: dict[_Values, list[tuple[_Values, list[_Largest]]]] = {}
        for values, largest in self._seen.items():
            key = values[: self._key_size]
            if None not in key:
                groups.setdefault(key, []).append((values[self._key_size :], largest))
        return [(*key, *self._aggregated(group)) for key, group in groups.items()]

    def _aggregated(self, group: Sequence[tuple[_Values, list[_Largest]]]) -> Iterable[str | int | None]:
        for place, how in enumerate(self.reference.columns.values()):
            said = [(values[place], largest) for values, largest in group if values[place] is not None]
            texts = list(dict.fromkeys(str(text) for text, _largest in said))
            match how:
                case First():
                    yield texts[0] if texts else None
                case Listed():
                    yield how.names().get(texts[0]) if texts else None
                case Joined():
                    yield how.between.join(sorted(texts)) or None
                case CountDistinct():
                    yield len(texts)
                case OfLargest():
                    at = self._numbers.index(how.by)
                    best = max(said, key=lambda each: each[1][at], default=None)
                    yield None if best is None else best[0]


def _getter(places: Sequence[int]) -> Callable[[Sequence[Any]], _Values]:
    if len(places) == 1:
        return lambda record: (record[places[0]],)
    return itemgetter(*places)


def _number(text: str | None, place: int) -> _Largest:
    # None stands below every number, and of equals the earlier record above the later.
    return (_BELOW if text is None else Decimal(text), -place)


@dataclass(frozen=True, slots=True)
class ReferenceRows:
    """The rows of one table that a batch refers to, a row per key."""

    reference: Reference
    rows: Sequence[ReferenceRow]


class References:
    """The rows of several tables, from records that stream by once."""

    def __init__(self, references: Sequence[Reference], fields: Sequence[str]) -> None:
        self._found = [GatheredRows(reference, fields) for reference in references]

    def add(self, records: Sequence[Sequence[Any]]) -> None:
        """Look at more records."""
        for each in self._found:
            each.add(records)

    def seen(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Pieces of whole record lines, as they are, looked at as they pass."""
        for piece in pieces:
            if piece:
                self.add(orjson.loads(b"[" + piece.removesuffix(b",\n") + b"]"))
            yield piece

    def rows(self) -> list[ReferenceRows]:
        """What was found, in the order of the references."""
        return [ReferenceRows(each.reference, each.rows()) for each in self._found]


def written(found: Iterable[ReferenceRows]) -> bytes:
    """The document that ``read`` takes."""
    said = [{"table": each.reference.table, "columns": each.reference.names, "rows": each.rows} for each in found]
    return orjson.dumps(said, option=orjson.OPT_APPEND_NEWLINE)


def read(content: bytes, references: Sequence[Reference]) -> list[ReferenceRows]:
    """The rows of ``references`` from such a document; raises ValueError if it is another one's."""
    said = orjson.loads(content)
    if [(each["table"], tuple(each["columns"])) for each in said] != [(each.table, each.names) for each in references]:
        raise ValueError("it holds the rows of other tables")
    return [
        ReferenceRows(reference, [tuple(row) for row in each["rows"]])
        for reference, each in zip(references, said, strict=True)
    ]
