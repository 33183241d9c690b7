"""What blocks an execution: the list of gates, each declared once (pure).

Gates are computed at every plan and every execution. A closed gate makes the plan ``blocked``: planning still
shows everything, executing loads nothing. ``--accept NAME=N`` opens a gate when N is exactly what it counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from workflows.plan import judges, table_judges
from workflows.plan.judges import BatchFacts, Closed
from workflows.plan.model import Block
from workflows.sources.gate_rules import GateSource

Judge = Callable[[GateSource, BatchFacts], Closed | None]


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate: its ``name``, and what ``--accept`` calls that which it ``counts`` (None: it cannot be opened so).

    ``chinese`` and ``english`` say what it counts; ``judge`` says whether it is closed.
    """

    name: str
    counts: str | None
    chinese: str
    english: str
    judge: Judge


def closed_gates(gates: GateSource, facts: BatchFacts, accepted: Mapping[str, int]) -> list[Block]:
    """The gates that this batch does not pass, in the order of ``GATES``; none means that it may be loaded.

    ``accepted`` counts by name open their gates when they are exactly what was counted; another number blocks, also
    where nothing would have.
    """
    blocks = list(_wrongly_accepted(gates, facts, accepted))
    for gate in GATES:
        closed = gate.judge(gates, facts)
        if closed is not None and (gate.counts is None or accepted.get(gate.counts) != closed.counted):
            message = _message(gate, closed)
            blocks.append(Block(gate=gate.name, message=message, found=closed.found, limit=closed.limit))
    return blocks


def _message(gate: Gate, closed: Closed) -> str:
    if gate.counts is None:
        return f"{closed.chinese} / {closed.english}"
    how = f"--accept {gate.counts}={closed.counted}"
    return f"{closed.chinese}（确认无误可用 {how}） / {closed.english}; or accept exactly these with {how}"


def _wrongly_accepted(gates: GateSource, facts: BatchFacts, accepted: Mapping[str, int]) -> Iterator[Block]:
    for name, number in accepted.items():
        counted = _COUNTED[name](gates, facts)
        if counted is not None and number != counted:
            yield Block(
                gate="accept",
                message=f"接受的数目与实际不符：--accept {name}={number}，实际 {counted}，请重新核对 / "
                f"--accept {name}={number} was given, but {counted} are counted; look again",
                found=str(counted),
                limit=str(number),
            )


def _shrunk(gates: GateSource, facts: BatchFacts) -> int | None:
    shrunk = facts.shrunk(gates.max_group_shrink)
    return None if shrunk is None else len(shrunk)


_COUNTED: dict[str, Callable[[GateSource, BatchFacts], int | None]] = {
    "rejects": lambda _, facts: facts.reject_rows,
    "other_months": lambda _, facts: facts.other_month_records,
    "records": lambda _, facts: facts.records,
    "totals": lambda _, facts: len(facts.totals_mismatches),
    "codes": lambda _, facts: len(facts.doubtful_codes),
    "deleted": lambda _, facts: facts.doomed,
    "unverified": lambda _, facts: facts.unverified,
    "left_behind": lambda _, facts: facts.left_behind,
    "shrunk_groups": _shrunk,
    "magnitude_moved": lambda _, facts: facts.moved_keys,
}
"""What is counted under each name, whether or not it is beyond a limit; None where it is not known yet."""


GATES: tuple[Gate, ...] = (
    Gate("max_reject_ratio", "rejects", "被拒收的行", "rejected rows", judges.too_many_rejects),
    Gate(
        "rejects_in_replaced_periods",
        "rejects",
        "被拒收的行",
        "rejected rows",
        judges.rejects_where_months_are_replaced,
    ),
    Gate(
        "max_other_months_ratio",
        "other_months",
        "不属于文件月份的记录",
        "records of another month than their workbook's",
        judges.too_many_of_other_months,
    ),
    Gate("empty_batch", None, "没有记录的文件", "workbooks without a record", judges.empty),
    Gate("min_rows", "records", "记录", "records", judges.too_few),
    Gate("totals", "totals", "不符的合计行", "totals rows that differ", judges.totals),
    Gate("codes_spelled_twice", "codes", "写法存疑的代码", "codes spelled in two ways", judges.codes_spelled_twice),
    Gate("unverified", "unverified", "无法核对的行", "rows that cannot be verified", judges.not_verified),
    Gate("max_deleted_rows", "deleted", "将删除的行", "rows that would be deleted", table_judges.too_many_deleted),
    Gate("max_deleted_ratio", "deleted", "将删除的行", "rows that would be deleted", table_judges.too_much_deleted),
    Gate("max_group_shrink", "shrunk_groups", "缩减过多的分组", "groups that shrink", table_judges.too_much_of_a_group),
    Gate(
        "left_behind",
        "left_behind",
        "更早载入后留在表中的行",
        "rows of earlier loads that would be left behind",
        table_judges.left_in_the_table,
    ),
    Gate(
        "magnitude_moved",
        "magnitude_moved",
        "数值较上月变为约百倍、千倍或万倍（或反之）的主键",
        "keys whose figures moved by a power of ten against the month before",
        table_judges.moved_by_a_power_of_ten,
    ),
)
"""Every gate. Those of one count are opened together."""

COUNTS: dict[str, str] = {gate.counts: f"{gate.chinese} {gate.english}" for gate in GATES if gate.counts}
"""What ``--accept`` takes, and what it means."""
