"""A real month: what managers' workbooks cost to plan, compare, load, load again, restate and take back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from arena import FLOOR, OURS_ONE_WORKER, PEERS, Arena, Database, kept_arena
from measure import Command, usage
from real_tables import DATA, DOMAINS, full_database, settings, write_workbooks

_DLT, _PANDAS = (name for name in PEERS if name != FLOOR)
_SCRIPTS = {FLOOR: "real_floor.py", _DLT: "real_dlt.py", _PANDAS: "real_pandas.py"}


@dataclass(frozen=True)
class Case:
    """One thing that is measured: our command on the workbook called ``data``, and what peers are told who can do the
    same. It begins with an output folder that nobody used unless it ``goes_on`` with that of the case before."""

    name: str
    data: str
    flags: tuple[str, ...] = ()
    domains: str = DOMAINS
    goes_on: bool = False
    undoes: bool = False
    peers: Mapping[str, str] = field(default_factory=dict)


_READ = {FLOOR: "read", _PANDAS: "read"}
_REPLACE = {FLOOR: "replace", _DLT: "load"}
CASES = (
    Case("phantom rows: plan", "phantom", peers=_READ),
    Case("month by Excel: plan", "excel", peers=_READ),
    Case("month by .NET: plan", "dotnet", peers=_READ),
    Case("month by WPS: plan", "wps", peers=_READ),
    Case("month by Excel, one branch unknown: plan", "found"),
    Case("month, 规模明细 alone: compare", "excel", ("--compare",), "annuity_performance"),
    Case("month: compare", "excel", ("--compare",)),
    Case("month: load", "excel", ("--execute",), peers={FLOOR: "load", _DLT: "load", _PANDAS: "load"}),
    Case("month: load again, nothing changed", "excel", ("--execute",), goes_on=True, peers=_REPLACE),
    Case("restated month: compare", "restated", ("--compare",)),
    Case("restated month: load", "restated", ("--execute",), peers=_REPLACE),
    Case("restated month: undo", "restated", ("--execute",), goes_on=True, undoes=True),
)
"""In their order: each leaves the tables to the next."""


def real(_place: Arena, rounds: int) -> dict[str, Any]:
    """Every case by ours and by the peers that can do the same, in turn, each in tables of its own."""
    write_workbooks()
    found: dict[str, dict[str, Any]] = {case.name: {} for case in CASES}
    with kept_arena() as place:
        template = full_database(place, _SCRIPTS[_DLT])
        for turn in range(rounds):
            for name in (OURS_ONE_WORKER, *_SCRIPTS):
                database = place.copy_of(template)
                for case in CASES:
                    if name == OURS_ONE_WORKER or name in case.peers:
                        used = asdict(usage(_command(case, name, database), place.postmaster))
                        each = found[case.name].setdefault(name, {figure: [] for figure in used})
                        for figure, value in used.items():
                            each[figure].append(value)
                        figures = ", ".join(f"{figure} {value:.2f}" for figure, value in used.items())
                        print(f"real {turn + 1}: {name}: {case.name}: {figures}", flush=True)
                database.drop()
    return found


def _command(case: Case, name: str, database: Database) -> Command:
    if name != OURS_ONE_WORKER:
        return database.peer(_SCRIPTS[name], case.peers[name], str(DATA / case.data))
    if case.undoes:
        receipt = max(database.output.glob("receipts/*/*/receipt.json"), key=lambda path: path.stat().st_mtime_ns)
        run = json.loads(receipt.read_bytes())["parts"][0]["load_id"].partition(":")[0]
        return database.luigi("UndoLoad", ["--load-id", run, *case.flags], settings(case.data))
    if not case.goes_on:
        shutil.rmtree(database.output, ignore_errors=True)
    return database.luigi("LoadDomain", ["--domain", case.domains, *case.flags], settings(case.data))
