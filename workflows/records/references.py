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
_Best = tuple[float, str | None, str]
"""The largest number so far, as it is compared and as it was written, and the value beside it."""

_Held = str | set[str] | None
"""What was seen of one column: nothing, a value, or several where they matter."""

_BELOW = float("-inf")
# Records that are alike in everything but sizes repeat; beyond this many, looking at some again costs less than memory.
_KEPT = 50_000


class GatheredRows:
    """The rows of one reference, from records whose values stand in the order of ``fields``.

    Memory grows with the keys and their distinct values, not with the records.
    """

    def __init__(self, reference: Reference, fields: Sequence[str]) -> None:
        self.reference = reference
        self._key_size = len(reference.key)
        keys, at = [fields.index(name) for name in reference.key.values()], fields.index
        hows = reference.columns.values()
        self._plain = [how for how in hows if not isinstance(how, OfLargest)]
        self._several = [isinstance(how, (Joined, CountDistinct)) for how in self._plain]
        self._values_of = _getter([*keys, *(at(how.field) for how in self._plain)])
        sized = dict.fromkeys((how.field, how.by) for how in hows if isinstance(how, OfLargest))
        # A key of one part stands for itself: no tuple is made of it for every record.
        self._key_of = itemgetter(*keys)
        self._sized = {each: (itemgetter(at(each[0])), itemgetter(at(each[1]))) for each in sized}
        self._seen: set[_Values] = set()
        self._groups: dict[_Values, list[_Held]] = {}
        self._best: dict[tuple[str, str], dict[Any, _Best]] = {each: {} for each in sized}

    def add(self, records: Sequence[Sequence[Any]]) -> None:
        """Look at more records."""
        seen = self._seen
        if len(seen) > _KEPT:
            seen.clear()
        # Within a piece most repeat, and are passed over without a step of Python's.
        for values in dict.fromkeys(map(self._values_of, records)):
            if values not in seen:
                seen.add(values)
                self._note(values[: self._key_size], values[self._key_size :])
        for each, (value_of, number_of) in self._sized.items():
            parts = zip(map(self._key_of, records), map(value_of, records), map(number_of, records), strict=True)
            _compare(parts, self._best[each])

    def _note(self, key: _Values, values: _Values) -> None:
        if None in key:
            return
        held = self._groups.setdefault(key, [None] * len(values))
        for place, value in enumerate(values):
            known = held[place]
            if value is None or known == value:
                continue
            if known is None:
                held[place] = value
            elif isinstance(known, set):
                known.add(value)
            elif self._several[place]:
                held[place] = {str(known), value}

    def rows(self) -> list[ReferenceRow]:
        """One row per key whose parts are all there, in the order in which keys were seen first."""
        return [(*map(str, key), *self._aggregated(key, held)) for key, held in self._groups.items()]

    def _aggregated(self, key: _Values, held: Sequence[_Held]) -> Iterable[str | int | None]:
        plain = iter(held)
        for how in self.reference.columns.values():
            if isinstance(how, OfLargest):
                best = self._best[how.field, how.by].get(key if self._key_size > 1 else key[0])
                yield best and best[2]
                continue
            values = next(plain)
            several = values if isinstance(values, set) else set() if values is None else {values}
            match how:
                case First():
                    yield None if values is None else str(values)
                case Listed():
                    yield None if values is None else how.names().get(str(values))
                case Joined():
                    yield how.between.join(sorted(several)) or None
                case CountDistinct():
                    yield len(several)


def _compare(records: Iterable[tuple[Any, str | None, str | None]], best: dict[Any, _Best]) -> None:
    """Keep the largest of each key in ``best``; records are keys, values and numbers."""
    for key, value, text in records:
        if value is not None:
            # No smaller number becomes the larger float; where floats are equal the texts decide.
            number, known = _BELOW if text is None else float(text), best.get(key)
            if known is None or number > known[0] or (number == known[0] and _is_more(text, known[1])):
                best[key] = (number, text, value)


def _is_more(text: str | None, known: str | None) -> bool:
    return text is not None and known is not None and Decimal(text) > Decimal(known)


def _getter(places: Sequence[int]) -> Callable[[Sequence[Any]], _Values]:
    if len(places) == 1:
        return lambda record: (record[places[0]],)
    return itemgetter(*places)


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
