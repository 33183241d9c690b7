"""The ledger's loads as a list for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from workflows.pages.text import local_time
from workflows.warehouse.ledger import CommittedLoad, LoadedFile

_OUTCOMES = {"loaded": "已载入", "unchanged": "无变化"}
_NOTHING = "台账中没有 {table} 的载入 / no load of {table} is in the ledger"


def history_lines(
    table: str,
    loads: Sequence[CommittedLoad],
    files: Mapping[str, Sequence[LoadedFile]],
    images: Mapping[int, int] | None = None,
) -> Iterator[str]:
    """Each load with its workbooks, in the given order; one line saying so if there are none.

    With ``images`` (how many are kept of what each load deleted, by its number) also whether it can be taken back.
    """
    if not loads:
        yield _NOTHING.format(table=table)
        return
    yield f"{table} 的载入, 最新的在前 / Loads of {table}, newest first"
    for load in loads:
        yield ""
        yield f"{local_time(load.committed_at)}  {_OUTCOMES.get(load.outcome, '')} {load.outcome}  {load.load_id}"
        yield f"  by {load.by} via {load.via}, {load.mode}{_together(load)}{_undoing(load, loads)}"
        yield f"  {_effect(load)}"
        if images is not None:
            yield f"  {_can_be_taken_back(load, loads, images)}"
        yield f"  plan {load.plan_id}"
        for file in files.get(load.load_id, ()):
            left_out = ", 略过 left out" if file.left_out else ""
            rejects = f", {file.rejects} 行被拒 rejected" if file.rejects else ""
            part = f" {file.part}" if file.part else ""
            yield (
                f"    {file.period:%Y-%m}{part} V{file.version} {file.path} [{file.sheet}]: "
                f"{file.records} 行 records{rejects}{left_out}"
            )


def _can_be_taken_back(load: CommittedLoad, loads: Sequence[CommittedLoad], images: Mapping[int, int]) -> str:
    """What its row and the images say; whether somebody touched its rows since, only planning the undo tells."""
    by = next((other for other in loads if other.undoes == load.load_id), None)
    if by is not None:
        return f"已被撤销 / taken back by {by.load_id}; 可再撤销 that can be taken back: make undo LOAD={by.load_id}"
    if load.outcome == "unchanged":
        return "无改动，无需撤销 / nothing to take back"
    if not load.can_undo:
        return (
            "不能撤销: 没有保留它删除的行, 或行中没有载入编号 / "
            "cannot be taken back: no images of what it deleted, or no load's number in its rows"
        )
    if images.get(load.sequence, 0) < load.deleted:
        return "不能撤销: 它删除的行已清理 / cannot be taken back: its images were pruned"
    return f"可撤销 / can be taken back: make undo LOAD={load.load_id}"


def _effect(load: CommittedLoad) -> str:
    compared = ""
    if load.added is not None:
        compared = f" ({load.added} added, {load.changed} changed, {load.removed} removed)"
    chinese = f"{load.records} 行: 删除 {load.deleted}, 写入 {load.inserted}, 未变 {load.unchanged}"
    if load.added is not None:
        chinese += f" (新增 {load.added}, 修改 {load.changed}, 删去 {load.removed})"
    done = f"{load.deleted} deleted, {load.inserted} inserted, {load.unchanged} unchanged"
    return f"{chinese} / {load.records} records: {done}{compared}"


def _together(load: CommittedLoad) -> str:
    """Loads of one run's domains are one transaction; each has the run's id before its own name."""
    run, colon, _domain = load.load_id.partition(":")
    return f", 与运行 {run} 的其他表同一事务 in one transaction with the other tables of the run" if colon else ""


def _undoing(load: CommittedLoad, loads: Sequence[CommittedLoad]) -> str:
    if load.undoes:
        return f", 撤销 takes back {load.undoes}"
    by = next((other.load_id for other in loads if other.undoes == load.load_id), None)
    return f", 已被撤销 taken back by {by}" if by else ""
