"""Rows that are dicts -> record models: the slow, obvious way in, for callers with rows in hand (pure)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from workflows.domains.domain import Domain, Record
from workflows.domains.evaluate import evaluate
from workflows.domains.mapping import Source, map_columns
from workflows.errors import HeaderError, RowsRejectedError
from workflows.sources.cells import Cell, SheetTable
from workflows.sources.headers import headers_of

RecordT = TypeVar("RecordT", bound=Record)


def process_rows(
    domain: Domain, model: type[RecordT], rows: Iterable[Mapping[str, Cell]], data_source: str
) -> list[RecordT]:
    """Rows by header text -> records in order; blank and totals rows are left out.

    A row's ``row_number`` (as ``read_excel_rows`` gives it) becomes its provenance; rows without one count from
    2. Raises RowsRejectedError, with good records and every reject attached, if any row fails; HeaderError where
    another header stands among the rows.
    """
    listed = list(rows)
    if not listed:
        return []
    texts = list(dict.fromkeys(text for row in listed for text in row))
    table = SheetTable(
        sheet=str(getattr(listed[0], "sheet", "")),
        engine="rows",
        reason="rows given by the caller",
        header_row=1,
        headers=headers_of(texts, domain.known_headers),
        rows=[[row.get(text) for text in texts] for row in listed],
    )
    numbers = [int(getattr(row, "row_number", position)) for position, row in enumerate(listed, start=2)]
    source = Source(data_source)
    found = evaluate(domain, table, map_columns(domain, table, source), source, numbers)
    if found.another is not None:
        raise HeaderError(data_source, f"row {found.another.header_row} is another header; give one table's rows")
    everything: dict[str, Any] = {**found.columns, **found.typed}
    rows_of_values = zip(*everything.values(), strict=True)
    records = [model.model_validate(dict(zip(everything, values, strict=True))) for values in rows_of_values]
    if found.rejects:
        first = found.rejects[0]
        raise RowsRejectedError(
            f"{data_source}: {found.counts.rows_read} 行中 {found.counts.rejected_rows} 行被拒 / "
            f"{found.counts.rejected_rows} of {found.counts.rows_read} rows rejected; first: "
            f"row {first.row}, column {first.column or '-'} {first.header}: {first.message}",
            records,
            found.rejects,
        )
    return records
