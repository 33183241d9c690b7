"""A plan file that somebody saved: what it has to be, and whether its workbooks and rules are still as they were."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import NO_LONGER_HOLDS, PLAN_AGAIN, PlanOutdatedError, SavedPlanError, Words, reason_of
from workflows.plan.model import Plan
from workflows.plan.run import Choice, Run
from workflows.plan.run_plan import RunPlan
from workflows.runs.choosing import catalogue
from workflows.runs.companies import company_basis
from workflows.runs.options import overridden
from workflows.runs.paths import run_dir
from workflows.runs.rules import merging_rules
from workflows.settings import Settings, get_settings
from workflows.sources.discovery import locate
from workflows.sources.entries import DomainSource
from workflows.sources.file_rules import FileRules
from workflows.sources.snapshot import Snapshot
from workflows.stages import Stage


def read_plan(content: bytes, name: str) -> tuple[RunPlan, tuple[Choice, ...]]:
    """The saved plan, and what it takes to apply each of its parts; raises SavedPlanError if it is none that can be
    applied as a whole."""
    try:
        plan = RunPlan.read(content)
    except ValidationError as error:
        raise SavedPlanError(
            f"--plan-file: {name} " + Words("不是 plan.json", f"is no plan.json ({error.error_count()} mistakes)")
        ) from None
    choices = [_choice_of(part, name, f" {part.domain}" if plan.is_joint else "") for part in plan.parts]
    if not plan.is_as_sealed:
        raise SavedPlanError(
            f"--plan-file: {name} "
            + Words(
                "生成后被改动过 (封印不符); 请重新计划", "was edited since it was made (its seal is broken); plan again"
            )
        )
    return plan, tuple(choices)


def _choice_of(plan: Plan, name: str, of: str) -> Choice:
    if plan.load_id is not None:
        raise SavedPlanError(
            f"--plan-file: {name} "
            + Words(f"是载入 {plan.load_id} 的回执, 不是计划", f"is the receipt of load {plan.load_id}, not a plan")
        )
    if plan.comparison is None or plan.choice is None:
        raise SavedPlanError(
            f"--plan-file: {name} "
            + Words(
                "没有与数据库对比 (--compare); 只有对比过的计划才能执行",
                "was made without --compare; only a plan that compared can be applied",
            )
        )
    if plan.blocked_by:
        gates = ", ".join(block.gate for block in plan.blocked_by)
        raise SavedPlanError(f"--plan-file:{of} " + Words(f"计划被 {gates} 拦截", f"the plan is blocked by {gates}"))
    if plan.effect.added is None:
        raise SavedPlanError(
            f"--plan-file:{of} "
            + Words("计划的影响未知, 无法据以执行", "the plan's effect is unknown, so it cannot be held to it")
        )
    return plan.choice.altered(not_selected=tuple(plan.not_selected), left_out=plan.left_out)


@Stage("discovery")
def choose_saved(run: str, path: Path, execute: bool, settings: Settings) -> Run:
    """The run that applies (or verifies) the plan in that file, which is kept in the run's own folder.

    Raises SavedPlanError, and PlanOutdatedError naming every workbook and rule that is no longer as planned.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SavedPlanError(f"--plan-file: {path} " + _unreadable(error)) from None
    plan, choices = read_plan(content, str(path))
    base_dir = settings.data_base_dir.resolve()
    differences = dict.fromkeys(
        [
            *(line for choice in choices for line in _changed_files(choice.snapshot, base_dir)),
            *(line for choice in choices for line in _changed_rules(choice, f" {choice.domain} " * plan.is_joint)),
        ]
    )
    if differences:
        raise PlanOutdatedError(NO_LONGER_HOLDS.lines(differences, PLAN_AGAIN))
    digest = hashlib.sha256(content).hexdigest()[:16]
    outputs.write(_kept(run, digest), content)
    return Run(
        id=run,
        parts=choices,
        plan_only=not execute,
        compare=True,
        approved=digest,
        skipped=plan.skipped,
    )


def read_approved(run: Run, part: Choice) -> Plan:
    """The part of a saved plan, of a run that applies one."""
    path = _kept(run.id, run.approved or "")
    try:
        plan, _ = read_plan(outputs.read(path), path.name)
    except OSError as error:
        raise SavedPlanError(f"{path} " + _unreadable(error, ("; 请重新执行计划", "; apply the plan again"))) from None
    return next(each for each in plan.parts if each.choice and each.choice.name == part.name)


def _unreadable(error: OSError, then: tuple[str, str] = ("", "")) -> Words:
    reason = reason_of(error)
    return Words(f"无法读取 ({reason.chinese}){then[0]}", f"cannot be read: {reason.english}{then[1]}")


def _kept(run: str, digest: str) -> Path:
    return run_dir(run) / f"approved-{digest}.json"


def _changed_files(snapshot: Snapshot, base_dir: Path) -> Iterator[str]:
    for file in snapshot.files:
        try:
            found = hashlib.sha256(locate(base_dir, file.path).read_bytes()).hexdigest()
        except OSError as error:
            reason = reason_of(error)
            said = Words(f"无法读取 ({reason.chinese})", f"cannot be read any more: {reason.english}")
            yield f"  {file.path} {said}"
            continue
        if found != file.sha256:
            planned, now = file.sha256[:12], found[:12]
            said = Words(
                f"内容已变 (sha256 计划时 {planned}, 现为 {now})", f"changed (sha256 {planned} planned, {now} found)"
            )
            yield f"  {file.path} {said}"


def _changed_rules(choice: Choice, of: str) -> Iterator[str]:
    if choice.undo is not None:
        return  # it is bound to the ledger and the table, not to how workbooks are read
    source = overridden(catalogue().domain(choice.domain), choice.said)
    # The files are the plan's own, however they were found.
    for name in (name for name in DomainSource.model_fields if name not in FileRules.model_fields):
        planned, now = getattr(choice.source, name), getattr(source, name)
        if planned != now:
            said = Words(
                f"目录中{of}的 {name} 现为 {now}, 计划时为 {planned}",
                f"the catalogue's {name}{of} is {now} now, {planned} was planned",
            )
            yield f"  {said}"
    companies = company_basis(get_domain(choice.domain), get_settings())
    if choice.companies is not None and companies is not None:
        yield from (f"  {line}{of}" for line in choice.companies.differences(companies, "planned", "now"))
    rules = merging_rules(choice.domain, source)
    if rules != choice.rules:
        said = Words(
            f"读取与合并{of}的规则已变 (计划时 {choice.rules}, 现为 {rules})",
            f"the rules of reading and merging{of} changed ({choice.rules} planned, {rules} now)",
        )
        yield f"  {said}"
