"""What a load adds to the tables that its facts refer to, and where they say something else than the facts (pure).

A row that is there is never overwritten: its difference is a caution, for whoever keeps that table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from workflows.domains.references import First, Listed, Reference
from workflows.frozen import Frozen
from workflows.records.references import ReferenceRow


class ReferenceDifference(Frozen):
    """One value of a row that is there already: what the table says, and what the facts of the batch do."""

    table: str
    key: dict[str, str]
    column: str
    there: str | None
    here: str


class ReferenceEffect(Frozen):
    """``added`` are the rows whose keys are new, in their order; ``known`` counts those that are there."""

    added: tuple[ReferenceRow, ...]
    known: int
    differences: tuple[ReferenceDifference, ...] = ()


def reference_effect(
    reference: Reference, rows: Sequence[ReferenceRow], there: Mapping[tuple[str, ...], Mapping[str, str | None]]
) -> ReferenceEffect:
    """What becomes of ``rows``, given the rows that are ``there``, by key and column.

    Compared is what every batch would say alike: names and types. What depends on which months a batch holds (the
    largest row, values joined or counted) differs usually, and says nothing. So does a value that the facts lack.
    """
    compared = [name for name, how in reference.columns.items() if isinstance(how, (First, Listed))]
    added, differences = [], []
    for row in rows:
        values = dict(zip(reference.names, row, strict=True))
        key = {name: str(values[name]) for name in reference.key}
        known = there.get(tuple(key.values()))
        if known is None:
            added.append(row)
            continue
        differences += [
            ReferenceDifference(table=reference.table, key=key, column=name, there=known[name], here=str(values[name]))
            for name in compared
            if values[name] is not None and values[name] != known[name]
        ]
    return ReferenceEffect(added=tuple(added), known=len(rows) - len(added), differences=tuple(differences))
