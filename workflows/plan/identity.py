"""The identity of a plan: whatever decides what a load would do, and nothing else (pure)."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from workflows.plan.load_spec import LoadSpec
from workflows.plan.run import Choice


def plan_id(choice: Choice, spec: LoadSpec, last_sequence: int | None = None) -> str:
    """A digest of what would be loaded and how; neither plan or execute nor the place of the run changes it.

    With the table's ``last_sequence`` in the ledger (0: none) it is a compare plan's: once that plan is applied, the
    same inputs get another one.
    """
    identity: dict[str, Any] = {
        "snapshot": choice.snapshot.digest,
        "files": [[file.path, file.sha256, file.sheet, file.rules] for file in spec.files],
        "table": spec.table,
        "mode": spec.mode,
        "primary_key": spec.primary_key,
        "merge_key": spec.merge_key,
        "replaces": spec.scope,
        "described_by": spec.described_by,
        "columns": [[column.name, column.sql_type, column.nullable] for column in spec.table_columns],
        "gates": spec.gates.model_dump(mode="json"),
        "owns_rows": spec.owns_rows,
        "other_months": choice.source.other_months,
        "accepted": choice.accepted,
    }
    if spec.references:
        identity["references"] = [[each.table, list(each.key), list(each.columns)] for each in spec.references]
    if choice.companies is not None:
        identity["companies"] = choice.companies.model_dump()
    if choice.undo is not None:
        identity["undo"] = choice.undo.model_dump(mode="json", exclude={"at", "by", "document"})
    if last_sequence is not None:
        identity["last_sequence"] = last_sequence
    # A Decimal as the text that it is exactly.
    canonical = json.dumps(identity, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()[:32]
