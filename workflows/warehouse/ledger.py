"""What was committed, read back from the ledger; it is written by the load's own statements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.errors import OtherWorkError, Words
from workflows.plan.identifiers import compose, literal, text_array
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.schemas import LEDGER_FILES
from workflows.warehouse.names import ledger_table, resolved, target_of

_COLUMNS = (
    "load_id, sequence, plan_id, domain, table_name, mode, primary_key, merge_key, snapshot, outcome, via,"
    " records, deleted, inserted, unchanged, added, changed, removed, undoes, committed_at, db_user, host, actor,"
    " can_undo, shape"
)


@dataclass(frozen=True, slots=True)
class CommittedLoad:
    """A row of ``wdh_load``."""

    load_id: str
    sequence: int
    plan_id: str
    domain: str
    table_name: str
    mode: str
    primary_key: list[str]
    merge_key: list[str]
    snapshot: str
    outcome: str
    via: str
    records: int
    deleted: int
    inserted: int
    unchanged: int
    added: int | None
    changed: int | None
    removed: int | None
    undoes: str | None
    committed_at: datetime
    db_user: str
    host: str | None
    actor: str | None
    can_undo: bool | None
    shape: str | None

    @property
    def by(self) -> str:
        """Who loaded: the person if known, and the database's role; and where."""
        who = f"{self.actor} ({self.db_user})" if self.actor else self.db_user
        return f"{who} on {self.host}" if self.host else who


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A row of ``wdh_load_file``: one workbook of a load."""

    load_id: str
    path: str
    sha256: str
    sheet: str
    period: date
    part: str
    version: int
    records: int
    rejects: int
    left_out: bool


def files_of(connection: Connection, load_ids: Sequence[str]) -> dict[str, list[LoadedFile]]:
    """The workbooks of each of these loads, newest period first."""
    files: dict[str, list[LoadedFile]] = {load_id: [] for load_id in load_ids}
    with connection.cursor() as cursor:
        cursor.execute(
            compose(
                """
                SELECT load_id, path, sha256, sheet, period, part, version, records, rejects, left_out
                FROM {files} WHERE load_id = ANY ({load_ids}) ORDER BY period DESC, part, path, sheet
                """,
                files=ledger_table(connection, LEDGER_FILES),
                load_ids=text_array(load_ids),
            )
        )
        for row in cursor.fetchall():
            files[row[0]].append(LoadedFile(*row))
    return files


def find_load(connection: Connection, load_id: str) -> CommittedLoad | None:
    """The load ``load_id``, or None if it was never committed."""
    found = _loads(connection, compose("WHERE load_id = {load_id}", load_id=literal(load_id)))
    return found[0] if found else None


def find_this_load(connection: Connection, spec: LoadSpec, entry: LedgerEntry) -> CommittedLoad | None:
    """The committed load with the id of ``entry``, or None; OtherWorkError if that one did other work."""
    known = find_load(connection, entry.load_id)
    if known is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {resolved(connection, spec).target.identity}")
        ((table,),) = cursor.fetchall()
    compared = {
        "表 table": (known.table_name, str(table)),
        "方式 mode": (known.mode, spec.mode),
        "主键 primary key": (", ".join(known.primary_key), ", ".join(spec.primary_key)),
        "替换范围 merge key": (", ".join(known.merge_key), ", ".join(spec.merge_key)),
        "批次 batch": (known.snapshot, entry.snapshot),
        "记录 records": (str(known.records), str(entry.records)),
        # The same files under other rules, gates or companies.
        "计划 plan": (known.plan_id, entry.plan_id),
    }
    others = [f"{name} {old} (本次 here {new})" for name, (old, new) in compared.items() if old != new]
    if others:
        raise OtherWorkError(
            Words(
                f"台账中载入 {entry.load_id} 是另一项工作: {'; '.join(others)}; 没有载入任何数据; 请换一个 run id",
                f"load {entry.load_id} stands in the ledger with other work: {'; '.join(others)}; nothing was loaded;"
                " use another run id",
            )
        )
    return known


def applied_by(connection: Connection, plan_id: str) -> CommittedLoad | None:
    """The first load that carried out ``plan_id``, or None."""
    condition = "WHERE plan_id = {plan_id} ORDER BY sequence LIMIT 1"
    found = _loads(connection, compose(condition, plan_id=literal(plan_id)))
    return found[0] if found else None


def loads_of_run(connection: Connection, run: str) -> list[CommittedLoad]:
    """The loads that a run committed, or the one of that id; empty if there is none."""
    condition = "WHERE load_id = {run} OR starts_with(load_id, {run} || ':') ORDER BY sequence"
    return _loads(connection, compose(condition, run=literal(run)))


def loads_of_table(connection: Connection, table_name: str) -> list[CommittedLoad]:
    """All loads of a table, by its name in the ledger, in order."""
    return _loads(connection, compose("WHERE table_name = {table} ORDER BY sequence", table=literal(table_name)))


def loads_of(connection: Connection, table: str) -> list[CommittedLoad]:
    """All loads of ``table``, by whatever name, in order."""
    condition = compose("WHERE table_name = {table} ORDER BY sequence", table=target_of(connection, table).identity)
    return _loads(connection, condition)


def undone_by(connection: Connection, load_id: str) -> CommittedLoad | None:
    """The load that took ``load_id`` back, or None."""
    found = _loads(connection, compose("WHERE undoes = {load_id}", load_id=literal(load_id)))
    return found[0] if found else None


def left_out_files(connection: Connection, load_id: str) -> list[tuple[str, str]]:
    """The paths and sheets of the workbooks that the load left out, in order."""
    with connection.cursor() as cursor:
        cursor.execute(
            compose(
                "SELECT path, sheet FROM {files} WHERE load_id = {load_id} AND left_out ORDER BY path, sheet",
                files=ledger_table(connection, LEDGER_FILES),
                load_id=literal(load_id),
            )
        )
        return [(str(path), str(sheet)) for path, sheet in cursor.fetchall()]


def last_loads(connection: Connection, table: str, limit: int = 20) -> list[CommittedLoad]:
    """The last ``limit`` loads of ``table``, newest first; empty if there are none (the table must exist)."""
    return _loads(
        connection,
        compose(
            "WHERE table_name = {table} ORDER BY sequence DESC LIMIT {limit}",
            table=target_of(connection, table).identity,
            limit=literal(limit),
        ),
    )


def _loads(connection: Connection, condition: str) -> list[CommittedLoad]:
    query = "SELECT {columns} FROM {loads} {condition}"
    loads = ledger_table(connection)
    with connection.cursor() as cursor:
        cursor.execute(compose(query, columns=_COLUMNS, loads=loads, condition=condition))
        return [CommittedLoad(*row) for row in cursor.fetchall()]


def loaded_files(connection: Connection, table: str) -> list[tuple[CommittedLoad, LoadedFile]]:
    """Every workbook that a load of ``table`` brought in, with its load, in the ledger's order."""
    files, loads = ledger_table(connection, LEDGER_FILES), ledger_table(connection)
    names = ", ".join(f"load.{name.strip()}" for name in _COLUMNS.split(","))
    query = """
        SELECT {columns}, file.load_id, path, sha256, sheet, period, part, version, file.records, rejects, left_out
        FROM {loads} AS load JOIN {files} AS file USING (load_id)
        WHERE table_name = {table} AND NOT left_out ORDER BY sequence, path, sheet
        """
    with connection.cursor() as cursor:
        identity = target_of(connection, table).identity
        cursor.execute(compose(query, columns=names, loads=loads, files=files, table=identity))
        width = len(_COLUMNS.split(","))
        return [(CommittedLoad(*row[:width]), LoadedFile(*row[width:])) for row in cursor.fetchall()]


def in_effect(undoes: Mapping[str, str | None]) -> Iterator[str]:
    """The loads that stand: all but those that were taken back by a load that stands itself.

    ``undoes`` says of each load which one it took back.
    """
    by = {undone: load for load, undone in undoes.items() if undone}
    for load in undoes:
        steps, taker = 0, by.get(load)
        while taker is not None:
            steps, taker = steps + 1, by.get(taker)
        if steps % 2 == 0:
            yield load
