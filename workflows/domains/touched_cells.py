"""Which cells of the records rules touched, over all fields of a sheet (pure)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from workflows.domains.domain import Domain, Filling
from workflows.domains.field_columns import FieldColumn
from workflows.domains.touches import TouchCount, Touched, all_by, together


def touched_cells(
    domain: Domain,
    fields: Mapping[str, FieldColumn],
    columns: Mapping[str, Sequence[Any]],
    kept: Sequence[int],
    kept_rows: Sequence[int],
) -> tuple[list[Touched], list[TouchCount]]:
    """The records' cells that rules touched; ``kept[i]`` is the row index that record ``i`` came from."""
    touched: list[Touched] = []
    counts: list[TouchCount] = []
    record_of = {index: record for record, index in enumerate(kept)} if any(f.touches for f in fields.values()) else {}
    for name in domain.business_columns:
        derive = domain.derived.get(name)
        if name in fields:
            among = (touch for touch in fields[name].touches if touch.row_index in record_of)
            touches = sorted(touch._replace(row_index=record_of[touch.row_index]) for touch in among)
            alike, counted = together(name, touches, columns[name], kept_rows)
        elif isinstance(derive, Filling):
            alike, counted = all_by(derive.rule, name, columns[name], kept_rows)
        else:
            continue
        touched += alike
        counts += counted
    return touched, counts
