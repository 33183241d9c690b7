"""``make explain``: where a figure comes from, printed for people or as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.pages.text import local_time, shown
from workflows.plan.render.lines import Line
from workflows.runs.explanation import CellOrigin, Explanation, LoadFacts, RowHistory


def explanation_lines(found: Explanation) -> Iterator[Line]:
    """The rows that stand first, with their cells; then what they were before; then what was found wrong there."""
    asked = ", ".join(f"{name}={value}" for name, value in found.asked.items())
    yield Line(f"{found.domain} → {found.table}: {asked}", "strong")
    if not found.rows:
        yield Line(
            "  表中没有这样的行，也没有保留过 no such row is in the table, and no image of one is kept", "changed"
        )
    for row in found.rows:
        yield from _row(row)
    for finding in found.findings:
        where = f"{finding.file}!{finding.sheet}!{finding.place}"
        value = f" {shown(finding.value, 60)!r}" if finding.value else ""
        is_reject = finding.level == "reject"
        kind = "拒收 rejected" if is_reject else "提示 caution"
        yield Line(f"  {kind}: {where} {finding.header}{value}: {finding.message}", "bad" if is_reject else "changed")


def _row(row: RowHistory) -> Iterator[Line]:
    key = " | ".join(str(value) for value in row.key.values())
    state = "现值 stands" if row.stands else f"曾为 was, until {_load(row.gone)}"
    yield Line(f"  {key}  {state}", "good" if row.stands else "dim")
    yield Line(f"    载入 written by {_load(row.written)}")
    yield Line(f"    出处 from {row.place or '?'}")
    for cell in row.cells:
        yield from _cell(cell)
    yield from (Line(f"    {missing}", "changed") for missing in row.missing)


def _load(load: LoadFacts | None) -> str:
    if load is None:
        return "? 未知 (not a load of ours, or its images are gone)"
    approved = "，经批准的计划 approved plan" if load.via == "ApplyPlan" else "，计划 plan"
    return f"{load.load_id} · {local_time(load.at)} · {load.by} · {load.via}{approved} {load.plan}"


def _cell(cell: CellOrigin) -> Iterator[Line]:
    name = f"{cell.header} {cell.field}" if cell.header and cell.header != cell.field else cell.field
    yield Line(f"    {name} = {'空 empty' if cell.value is None else shown(cell.value, 80)}", "strong")
    if cell.cell:
        shape = f" [{cell.number_format}]" if cell.number_format else ""
        yield Line(f"      {cell.cell}: {shown(cell.raw, 80) or '空 empty'}{shape}")
    if cell.unit_from:
        yield Line(f"      单位 unit {cell.unit or '逐行 by row'}（{cell.unit_from} {shown(cell.unit_text, 40)}）")
    for rule in cell.applied:
        before = "空 empty" if rule.before is None else shown(rule.before, 60)
        yield Line(f"      {rule.chinese} / {rule.english} [{rule.rule}]: {before} → {shown(rule.after, 60)}")
