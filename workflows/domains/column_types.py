"""What keeps a field that no header feeds, by its annotation: the column's type, and the value's form (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from types import NoneType
from typing import Any, get_args, get_origin

from pydantic import StringConstraints
from pydantic.fields import FieldInfo

_EXACT = Context(prec=60)
_PLAIN = {bool: "boolean", int: "integer", date: "date"}


def sql_type_of(name: str, field: FieldInfo) -> str:
    """The PostgreSQL type of a field: of a text with a ``max_length`` varchar, of a Decimal with its digits numeric.

    Raises TypeError for a type that no column keeps exactly, a float above all.
    """
    kept, bounds = _annotated(field)
    if kept is str:
        return f"varchar({bounds['max_length']})" if "max_length" in bounds else "text"
    if kept is Decimal:
        digits = (bounds.get("max_digits"), bounds.get("decimal_places"))
        return f"numeric({digits[0]},{digits[1]})" if None not in digits else "numeric"
    if get_origin(kept) in (list, dict) or kept in (list, dict):
        return "jsonb"
    if kept not in _PLAIN:
        raise TypeError(f"{name}: no column keeps a {kept} exactly; use str, int, bool, date, Decimal, list or dict")
    return _PLAIN[kept]


def jsonable_by_type(field: FieldInfo, values: Sequence[Any]) -> Sequence[Any]:
    """Decimals as fixed-point texts of the column's scale, dates as ISO texts, all else as it is."""
    kept, bounds = _annotated(field)
    if kept is Decimal:
        return [None if value is None else _fixed_point(value, bounds.get("decimal_places")) for value in values]
    if kept is date:
        return [None if value is None else value.isoformat() for value in values]
    return values


def _fixed_point(value: Decimal, scale: int | None) -> str:
    if scale is not None:
        value = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=_EXACT)
    return format(value if value else abs(value), "f")


def _annotated(field: FieldInfo) -> tuple[Any, dict[str, Any]]:
    """The type without ``| None``, and its bounds by name, wherever in the annotation they stand."""
    found: dict[str, Any] = {}
    pending, kept = [field.annotation, *field.metadata], None
    while pending:
        each = pending.pop(0)
        if hasattr(each, "__metadata__"):
            pending = [each.__origin__, *each.__metadata__, *pending]
        elif isinstance(each, FieldInfo):
            pending = [*each.metadata, *pending]
        elif NoneType in get_args(each):
            pending = [*(part for part in get_args(each) if part is not NoneType), *pending]
        elif isinstance(each, type) or get_origin(each) is not None:
            kept = kept or each
        else:
            names = (
                ("max_length", "max_digits", "decimal_places")
                if not isinstance(each, StringConstraints)
                else ("max_length",)
            )
            found |= {name: value for name in names if (value := getattr(each, name, None)) is not None}
    return kept, found
