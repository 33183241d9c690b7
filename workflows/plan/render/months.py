"""Records and money by month, as bars (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from workflows.plan.model import Plan


@dataclass(frozen=True, slots=True)
class Bar:
    """One figure and its length in percent of the longest in its column; ``text`` is exact.

    ``before`` is the table's own figure for the same rows, where a comparison found it to be another one.
    """

    text: str
    percent: float
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """A column of the chart: the number of records, or the sum of a field (``header`` is the workbooks' word)."""

    header: str
    field: str


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A month with a bar per measure; None where a month has no figure."""

    month: str
    bars: list[Bar | None]


@dataclass(frozen=True, slots=True)
class Chart:
    """``totals`` are in the measures' order."""

    measures: list[Measure]
    rows: list[MonthRow]
    totals: list[str]


def chart(plan: Plan) -> Chart:
    """The batch by month, oldest first: records, then each additive column."""
    columns: list[tuple[Measure, Mapping[str, Decimal]]] = [
        (Measure("记录", "records"), {month: Decimal(count) for month, count in plan.months.items()}),
        *(
            (Measure(total.header, total.field), {month: Decimal(text) for month, text in total.months.items()})
            for total in plan.sums
        ),
    ]
    longest = [max((abs(value) for value in values.values()), default=Decimal(0)) for _, values in columns]
    rows = [
        MonthRow(
            month,
            [
                _bar(values.get(month), most, _before(plan, month, measure.field, values.get(month)))
                for (measure, values), most in zip(columns, longest, strict=True)
            ],
        )
        for month in sorted(plan.months)
    ]
    sums = [f"{sum(values.values(), Decimal(0)):,f}" for _, values in columns]
    return Chart([measure for measure, _ in columns], rows, sums)


def _before(plan: Plan, month: str, field: str, batch: Decimal | None) -> str | None:
    """The table's sum of ``field`` over the rows that the load touches or leaves alone; None where it stays."""
    effect = plan.comparison.months.get(month) if plan.comparison else None
    growth = Decimal(effect.growth.get(field, "0")) if effect else Decimal(0)
    return f"{batch - growth:,f}" if batch is not None and growth else None


def _bar(value: Decimal | None, longest: Decimal, before: str | None) -> Bar | None:
    if value is None:
        return None
    return Bar(f"{value:,f}", float(round(100 * abs(value) / longest, 2)) if longest else 0.0, before)
