"""What a rule put into a cell in place of what stood there: filled, corrected, mapped or normalised (pure).

Reading a cell (spaces around it, full-width digits, units, the form of a date) is no such thing: it changes how a value
is written, never which one it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


class Rule(NamedTuple):
    """By what a value came to be: a ``name`` that is stable, and what it does in Chinese and English."""

    name: str
    chinese: str
    english: str


class Touch(NamedTuple):
    """A cell that a rule changed; ``before`` is what the sheet says there, None for a blank or where it has no column.

    ``row_index`` counts the rows below the header from 0; what the cell became stands in the column.
    """

    row_index: int
    rule: Rule
    before: str | None


@dataclass(frozen=True, slots=True)
class Touched:
    """Cells of one field that one rule changed alike; ``rows`` are Excel's numbers, as in ``2-5,9``."""

    field: str
    rule: str
    before: str | None
    after: str | None
    rows: str


class TouchCount(NamedTuple):
    """How many cells of records a rule touched in one field."""

    field: str
    rule: Rule
    cells: int


CORRECTED = Rule("corrected", "按更正表更正", "corrected by a list of corrections")
ALIAS = Rule("alias", "别名归一为标准值", "another spelling of a known value")
DEFAULT = Rule("default", "空白取默认值", "a blank takes the default")
PREFIX_REMOVED = Rule("prefix_removed", "去除代码前缀", "a prefix of the code taken off")
NAME_NORMALISED = Rule("name_normalised", "客户名称规范化", "the name of a customer normalised")


def together(
    field: str, touches: Iterable[Touch], values: Sequence[Any], numbers: Sequence[int]
) -> tuple[list[Touched], list[TouchCount]]:
    """One field's touches, those that are alike as one, and how many there are by rule.

    ``values`` and ``numbers`` are what each row's cell became, as JSON, and its Excel number.
    """
    alike: dict[tuple[Rule, str | None, Any], list[int]] = {}
    for index, rule, before in touches:
        alike.setdefault((rule, before, values[index]), []).append(numbers[index])
    return _counted(field, alike)


def all_by(
    rule: Rule, field: str, values: Sequence[Any], numbers: Sequence[int]
) -> tuple[list[Touched], list[TouchCount]]:
    """The same for a field that no header feeds: every value it has is the rule's."""
    alike: dict[Any, list[int]] = {}
    for value, number in zip(values, numbers, strict=True):
        alike.setdefault(value, []).append(number)
    return _counted(field, {(rule, None, value): rows for value, rows in alike.items() if value is not None})


def _counted(
    field: str, alike: Mapping[tuple[Rule, str | None, Any], list[int]]
) -> tuple[list[Touched], list[TouchCount]]:
    cells: Counter[Rule] = Counter()
    for (rule, _before, _after), rows in alike.items():
        cells[rule] += len(rows)
    found = [Touched(field, rule.name, before, after, spans(rows)) for (rule, before, after), rows in alike.items()]
    return found, [TouchCount(field, rule, count) for rule, count in cells.items()]


def spans(rows: Sequence[int]) -> str:
    """Ascending numbers as ``2-5,9``."""
    if len(rows) == 1:
        return str(rows[0])
    ends = [index for index in range(1, len(rows)) if rows[index] != rows[index - 1] + 1]
    runs = zip([0, *ends], [*ends, len(rows)], strict=True)
    return ",".join(
        str(rows[first]) if last - first == 1 else f"{rows[first]}-{rows[last - 1]}" for first, last in runs if last
    )
