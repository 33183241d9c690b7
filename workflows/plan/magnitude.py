"""A month whose figures moved by a power of ten against the month before it: doubt about a unit (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Context, Decimal
from itertools import pairwise
from typing import Any

from workflows.frozen import Frozen

FACTORS = (100, 1_000, 10_000)
"""A percent, and the units of money that are taken for each other; each also the other way round."""

NEAR = 2
"""From half a factor to twice it: figures also grow by themselves."""

SHARED_AT_LEAST = 10
"""Fewer keys prove nothing."""

MOVED_PARTS = (4, 5)
"""Four of five shared keys have to move."""


class MovedColumn(Frozen):
    """A ``column`` of ``month`` that moved by about ``factor`` (negative: it became that many times smaller).

    Of the ``shared`` keys (without the month) that hold a figure other than zero in both months, ``moved`` did. ``key``
    is one of them with its ``old`` and ``new`` value. ``before`` is the newest earlier month.
    """

    month: str
    before: str
    column: str
    factor: int
    moved: int
    shared: int
    key: str
    old: str
    new: str


class Magnitudes(Frozen):
    """``keys`` counts the keys of a month that moved in any of the ``columns``, each once."""

    keys: int = 0
    columns: tuple[MovedColumn, ...] = ()


# Far more digits than a numeric column and a factor have together.
_EXACT = Context(prec=1_100)

NOTHING_MOVED = Magnitudes()

_CHINESE = (
    "{month} 与 {before} 共有的 {shared} 个主键中，{moved} 个的 {column} 变为约 {factor} 倍"
    "（如 {key}：{old} → {new}），请核对单位"
)
_ENGLISH = (
    "{moved} of the {shared} keys that {month} shares with {before} moved by a factor near {factor} in {column} "
    "(as {key}: {old} -> {new}); look at its unit"
)


def sentences(moved: MovedColumn) -> tuple[str, str]:
    """What is to be said of a column that moved, in Chinese and in English."""
    parts = {name: str(value) for name, value in moved}
    parts["factor"] = factor_text(moved.factor)
    return _CHINESE.format(**parts), _ENGLISH.format(**parts)


def sentence_formats() -> tuple[str, str]:
    """The same for the server's ``format(…)`` of month, before, column, factor, moved, shared, key, old, new."""
    names = ("month", "before", "column", "factor", "moved", "shared", "key", "old", "new")
    parts = {name: f"%{place}$s" for place, name in enumerate(names, start=1)}
    return _CHINESE.format(**parts), _ENGLISH.format(**parts)


def refusal(accepted: int | None) -> str:
    """The server's message, of the number of keys and what was found in Chinese and in English."""
    if accepted is None:
        how = "--accept magnitude_moved=%1$s"
        return f"%2$s（确认无误可用 {how}） / %3$s; or accept exactly these with {how}"
    given = f"--accept magnitude_moved={accepted}"
    return f"接受的数目与实际不符：{given}，实际 %1$s；%2$s / {given} was given, but %1$s are counted; %3$s"


def factor_text(factor: int) -> str:
    """``100``, or ``1/100`` for what became smaller."""
    return str(factor) if factor > 0 else f"1/{-factor}"


def factor_between(old: Decimal, new: Decimal) -> int | None:
    """The factor by which ``old`` became about ``new``, neither of them zero; None if there is none."""
    # Most figures stay in their decade: no product is needed to see that.
    decades = new.adjusted() - old.adjusted()
    if -1 < decades < 1 or old.is_signed() != new.is_signed():
        return None
    # The operators, abs among them, round to the context's digits.
    less, more = sorted((old.copy_abs(), new.copy_abs()))
    for factor in FACTORS:
        least, most = _EXACT.multiply(less, factor), _EXACT.multiply(less, factor * NEAR)
        if least <= _EXACT.multiply(more, NEAR) and more <= most:
            return factor if decades > 0 else -factor
    return None


def as_magnitudes(found: Iterable[Sequence[Any]]) -> Magnitudes:
    """Rows of ``magnitude_sql.moved`` -> what moved, by month and column."""
    rows = [list(row) for row in found]
    columns = [
        MovedColumn(
            month=month,
            before=before,
            column=column,
            factor=factor,
            moved=moved,
            shared=shared,
            key=example[0],
            old=example[1],
            new=example[2],
        )
        for month, before, column, factor, moved, shared, example, _keys in rows
    ]
    return Magnitudes(
        keys=rows[0][-1] if rows else 0, columns=tuple(sorted(columns, key=lambda each: (each.month, each.column)))
    )


Row = tuple[str, tuple[str, ...], Sequence[str | None]]
"""A record's month, its key without that, and its figures as exact decimals."""


def moved_within(rows: Iterable[Row], count_by_month: Mapping[str, int], columns: Sequence[str]) -> Magnitudes:
    """What moved between the months of one batch, of which ``count_by_month`` says how many rows each has.

    ``columns`` name the figures, in their order. A month without an earlier one is not looked at. No month is held
    longer than until its neighbours are whole: rows come about in the order of their months.
    """
    pairs = set(pairwise(sorted(count_by_month)))
    held: dict[str, Figures] = {month: {} for month in count_by_month}
    missing = dict(count_by_month)
    found: list[tuple[MovedColumn, list[tuple[str, ...]]]] = []
    for month, key, values in rows:
        held[month][key] = values
        missing[month] -= 1
        if missing[month]:
            continue
        whole = [pair for pair in pairs if month in pair and not any(missing[each] for each in pair)]
        for before, after in whole:
            found += _moved(before, after, held[before], held[after], columns)
            pairs.discard((before, after))
        for done in {each for pair in whole for each in pair} - {each for pair in pairs for each in pair}:
            del held[done]
    keys = {(column.month, key) for column, moved in found for key in moved}
    return Magnitudes(
        keys=len(keys), columns=tuple(sorted((each for each, _ in found), key=lambda each: (each.month, each.column)))
    )


Figures = dict[tuple[str, ...], Sequence[str | None]]


def _moved(
    before: str, month: str, old: Figures, new: Figures, columns: Sequence[str]
) -> Iterator[tuple[MovedColumn, list[tuple[str, ...]]]]:
    """The columns that moved from ``old`` to ``new``, with their keys."""
    for place, column in enumerate(columns):
        shared, moved = 0, dict[int, list[tuple[str, ...]]]()
        for key, values in new.items():
            was, now = old[key][place] if key in old else None, values[place]
            if was is None or now is None or not (a := Decimal(was)) or not (b := Decimal(now)):
                continue
            shared += 1
            factor = factor_between(a, b)
            if factor is not None:
                moved.setdefault(factor, []).append(key)
        for factor, keys in moved.items():
            if shared >= SHARED_AT_LEAST and len(keys) * MOVED_PARTS[1] >= shared * MOVED_PARTS[0]:
                first = min(keys)
                yield (
                    MovedColumn(
                        month=month,
                        before=before,
                        column=column,
                        factor=factor,
                        moved=len(keys),
                        shared=shared,
                        key=" | ".join(first),
                        old=str(old[first][place]),
                        new=str(new[first][place]),
                    ),
                    keys,
                )
