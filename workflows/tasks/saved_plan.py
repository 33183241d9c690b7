"""A plan file that somebody saved: what it has to be, and whether its workbooks and rules are still as they were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from workflows.errors import PlanOutdatedError, SavedPlanError
from workflows.plan.model import Plan, SavedInputs
from workflows.settings import Settings
from workflows.sources.discovery import locate
from workflows.sources.selection import NotChosen
from workflows.sources.snapshot import Snapshot, write_snapshot
from workflows.tasks import targets
from workflows.tasks.aggregate_files import join_keys
from workflows.tasks.freeze import FrozenRun
from workflows.tasks.rules import domain_source, merging_rules


def read_saved_plan(path: Path) -> Plan:
    """The plan in that file; raises SavedPlanError if there is none that can be applied."""
    try:
        plan = Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise SavedPlanError(f"--plan-file: {path} cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise SavedPlanError(f"--plan-file: {path} is no plan.json ({error.error_count()} mistakes)") from None
    if plan.load_id is not None:
        raise SavedPlanError(f"--plan-file: {path} is the receipt of load {plan.load_id}, not a plan")
    if plan.comparison is None or plan.saved_inputs is None:
        raise SavedPlanError(
            f"--plan-file: {path} was made without --compare; only a plan that compared can be applied"
        )
    if plan.blocked_by:
        raise SavedPlanError(f"--plan-file: the plan is blocked by {', '.join(b.gate for b in plan.blocked_by)}")
    if plan.effect.added is None:
        raise SavedPlanError("--plan-file: the plan's effect is unknown, so it cannot be held to it")
    return plan


def freeze_saved(run: str, path: Path, execute: bool, settings: Settings) -> FrozenRun:
    """The run that applies (or verifies) the plan in that file.

    Raises SavedPlanError, and PlanOutdatedError naming every workbook and rule that is no longer as planned.
    """
    plan = read_saved_plan(path)
    inputs = plan.saved_inputs
    if inputs is None:
        raise SavedPlanError(f"--plan-file: {path} holds no choice of files")
    try:
        snapshot = Snapshot.model_validate_json(json.dumps(inputs.snapshot))
    except ValidationError as error:
        raise SavedPlanError(f"--plan-file: {path} holds no choice of files ({error.error_count()} mistakes)") from None
    differences = [*_changed_files(snapshot, settings.data_base_dir.resolve()), *_changed_rules(plan, inputs)]
    if differences:
        raise PlanOutdatedError("\n".join(["the saved plan no longer holds:", *differences, "plan again"]))
    # The choice travels in the plan, so that a cleaned output folder or another machine can apply it.
    write_snapshot(targets.snapshots_dir(), snapshot, [NotChosen(file.path, file.reason) for file in plan.not_selected])
    return FrozenRun(
        run=run,
        domain=plan.domain,
        snapshot=snapshot.digest,
        keys=join_keys(tuple(plan.primary_key), tuple(plan.merge_key)),
        rules=inputs.rules,
        mode=plan.mode,
        plan_only=not execute,
        accepted_rejects=inputs.accepted_rejects,
        compare=True,
        guards=inputs.guards,
        saved_plan=str(path.resolve()),
    )


def _changed_files(snapshot: Snapshot, base_dir: Path) -> Iterator[str]:
    for file in snapshot.files:
        try:
            found = hashlib.sha256(locate(base_dir, file.path).read_bytes()).hexdigest()
        except OSError as error:
            yield f"  {file.path} cannot be read any more: {error.strerror}"
            continue
        if found != file.sha256:
            yield f"  {file.path} changed (sha256 {file.sha256[:12]} planned, {found[:12]} found)"


def _changed_rules(plan: Plan, inputs: SavedInputs) -> Iterator[str]:
    table = domain_source(plan.domain).table
    if table != plan.table:
        yield f"  the catalogue's table is {table} now, {plan.table} was planned"
    rules = merging_rules(plan.domain)
    if rules != inputs.rules:
        yield f"  the rules of reading and merging changed ({inputs.rules} planned, {rules} now)"
