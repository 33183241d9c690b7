"""What a run's facts refer to, and what a load that is taken back once added, as documents of this folder tell it."""

from __future__ import annotations

from pydantic import ValidationError

from workflows import outputs
from workflows.domains.domain import Domain
from workflows.errors import TargetDamagedError, Words
from workflows.plan.references import ReferenceAccount
from workflows.plan.run import Choice
from workflows.plan.run_plan import RunPlan
from workflows.records.references import ReferenceRows, read
from workflows.runs import paths


def read_references(choice: Choice, domain: Domain) -> list[ReferenceRows]:
    """The rows that the merged records refer to; raises TargetDamagedError. What comes back found its own there."""
    if not domain.references or choice.undo is not None:
        return []
    path = paths.merged_references_path(choice)
    try:
        return read(outputs.read(path), domain.references)
    except (OSError, ValueError, KeyError, TypeError) as error:
        merged = paths.merged_path(choice)
        raise TargetDamagedError(
            f"{path}: "
            + Words(
                f"无法使用 ({type(error).__name__}); 请删除 {merged} 后重新运行",
                f"cannot be used ({type(error).__name__}); delete {merged} and run again",
            )
        ) from None


def added_by(load_id: str, domain: Domain) -> list[ReferenceAccount]:
    """The tables of ``domain``'s references as the receipt of a load has them; what it added is not known without."""
    run_id = load_id.partition(":")[0]
    for path in sorted(outputs.found(paths.output_dir() / "receipts", f"*/{run_id}/receipt.json")):
        try:
            parts = RunPlan.read(outputs.read(path)).parts
        except (OSError, ValidationError):
            continue
        for part in parts:
            if part.load_id == load_id:
                return part.references
    return [ReferenceAccount(table=each.table, columns=each.names, keys=0) for each in domain.references]
