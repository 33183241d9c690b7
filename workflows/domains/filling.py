"""Blanks that a rule of the domain fills: from the other fields of the row, or with a default (pure)."""

from __future__ import annotations

from collections.abc import MutableMapping, Sequence
from typing import Any

from workflows.domains.domain import Domain
from workflows.domains.kinds.kind import Cleaned
from workflows.domains.touches import DEFAULT, Rule, Touch


def fill_blanks(domain: Domain, cleaned: MutableMapping[str, Cleaned], count: int) -> None:
    """Fill the blanks of ``cleaned`` fields in place: defaults first, then the domain's fillings in their order.

    A blank for which no rule has a value stays one. A cell with a problem is None as well, and what is filled in for it
    goes the way of its row.
    """
    for name, kind in domain.kinds.items():
        if kind.default is not None:
            cleaned[name] = _filled(cleaned[name], DEFAULT, [kind.default] * count, ())
    for name, filling in domain.fillings.items():
        values = filling({field: found.values for field, found in cleaned.items()}, count)
        cleaned[name] = _filled(cleaned[name], filling.rule, values, filling.also)


def _filled(cleaned: Cleaned, rule: Rule, fill: Sequence[Any], also: Sequence[Any]) -> Cleaned:
    blank = {None, *also}
    at = [index for index, value in enumerate(cleaned.values) if value in blank and fill[index] is not None]
    if not at:
        return cleaned
    # Of two rules that touched a cell the later one counts; what stood there before is what the sheet says.
    known = {touch.row_index: touch for touch in cleaned.touches}
    for index in at:
        before = known[index].before if index in known else cleaned.values[index]
        known[index] = Touch(index, rule, before)
        cleaned.values[index] = fill[index]
    return cleaned._replace(touches=list(known.values()))
