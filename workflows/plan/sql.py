"""A load as the exact statements that perform it (pure).

The loader executes them and ``render.script`` prints them: there is no other SQL that changes the table. What is
decided from the table or the ledger is decided after the lock.
"""

from __future__ import annotations

from workflows.plan import ledger_sql
from workflows.plan.conditions import in_scope, near_batch, same_row, vanishes, within_periods
from workflows.plan.identifiers import column_list, compose, literal, quote_table
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.phases import Change, Changing, Copy, Deciding, LoadStatements, Locking, Staging, Statement
from workflows.plan.refusals import BATCH_REFUSED, GUARD_TRIPPED, do_block, refuse
from workflows.plan.spec_check import check_spec
from workflows.plan.table_sql import check_columns


def load_statements(spec: LoadSpec, entry: LedgerEntry | None = None) -> LoadStatements:
    """The statements of a load; without an ``entry`` the ledger takes no part.

    Raises PlanError as ``check_spec`` and IdentifierError for a name that PostgreSQL cannot hold.
    """
    check_spec(spec)
    return LoadStatements(
        spec=spec,
        entry=entry,
        staging=_staging(spec, None if entry is None else entry.records),
        locking=Locking(lock=Statement("lock", _lock(spec))),
        deciding=Deciding(None, None, None, None) if entry is None else _deciding(spec, entry),
        changing=_changing(spec),
    )


def _staging(spec: LoadSpec, records: int | None) -> Staging:
    check = _check(spec)
    return Staging(
        settings=Statement("settings", _limits(spec)),
        table=Statement("table", check_columns(spec)) if spec.table_columns else None,
        stage=Statement("stage", _stage(spec)),
        copy=Copy("copy", _copy(spec), records),
        key=Statement("key", _key(spec)) if spec.primary_key else None,
        check=Statement("check", check) if check else None,
    )


def _deciding(spec: LoadSpec, entry: LedgerEntry) -> Deciding:
    appends_files = spec.mode == "append" and bool(spec.files)
    return Deciding(
        once=Statement("once", ledger_sql.refuse_applied(entry)) if entry.once else None,
        files=Statement("files", ledger_sql.files_of_batch(spec)) if spec.files else None,
        refuse=Statement("refuse", ledger_sql.refuse_other_versions(spec)) if appends_files else None,
        leave_out=Change("leave_out", ledger_sql.leave_out(spec)) if appends_files else None,
    )


def _changing(spec: LoadSpec) -> Changing:
    replaces, gates = spec.mode == "delete_insert", spec.gates
    limits = (gates.max_deleted_rows, gates.max_deleted_ratio, spec.accepted_deleted)
    is_guarded = replaces and any(limit is not None for limit in limits)
    return Changing(
        guard=Statement("guard", _guard(spec)) if is_guarded else None,
        delete=Change("delete", _delete(spec)) if replaces else None,
        insert=Change("insert", _insert(spec)),
    )


def _limits(spec: LoadSpec) -> str:
    """How long the transaction waits for the lock, and for one statement; and that the ledger has one name a table."""
    return compose(
        """
        SET LOCAL lock_timeout = {lock_ms};
        SET LOCAL statement_timeout = {statement_ms};
        SET LOCAL quote_all_identifiers = off
        """,
        lock_ms=literal(f"{spec.lock_timeout_ms}ms"),
        statement_ms=literal(f"{spec.statement_timeout_ms}ms"),
    )


def _lock(spec: LoadSpec) -> str:
    return compose("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE", table=quote_table(spec.table))


def _stage(spec: LoadSpec) -> str:
    """The staging table takes its types from the table itself."""
    return compose(
        """
        CREATE TEMPORARY TABLE wdh_staging ON COMMIT DROP AS
        SELECT {columns} FROM {table} WITH NO DATA
        """,
        columns=column_list(spec.columns),
        table=quote_table(spec.table),
    )


def _copy(spec: LoadSpec) -> str:
    """Lines as ``records.copy_feed`` makes them."""
    return compose(
        "COPY pg_temp.wdh_staging ({columns})"
        " FROM STDIN WITH (FORMAT text, DELIMITER ',', NULL 'null', ENCODING 'UTF8')",
        columns=column_list(spec.columns),
    )


def _key(spec: LoadSpec) -> str:
    """A record that is twice in the batch, or NULL in a key, stops here."""
    return compose("ALTER TABLE pg_temp.wdh_staging ADD PRIMARY KEY ({key})", key=column_list(spec.primary_key))


def _check(spec: LoadSpec) -> str:
    """An empty batch would delete everything in its scope; a row outside the scope would never be replaced.

    Empty if neither is to be refused.
    """
    strays, empty = "", ""
    if not spec.gates.allow_empty:
        empty = compose(
            """
            IF NOT EXISTS (SELECT FROM pg_temp.wdh_staging) THEN
              {refusal}
            END IF;
            """,
            refusal=refuse(BATCH_REFUSED, literal("the batch is empty")),
        )
    if spec.mode == "delete_insert" and spec.replaces_periods:
        strays = compose(
            """
            IF EXISTS (SELECT FROM pg_temp.wdh_staging AS staged WHERE ({within}) IS NOT TRUE) THEN
              {refusal}
            END IF;
            """,
            within=within_periods(spec, "staged"),
            refusal=refuse(BATCH_REFUSED, literal("the batch holds rows outside the periods that it replaces")),
        )
    if not empty and not strays:
        return ""
    return do_block(compose("BEGIN\n{empty}\n{strays}\nEND", empty=empty, strays=strays))


def _guard(spec: LoadSpec) -> str:
    """Counts what the delete will take, changed rows included; a ratio is of the table's rows in scope."""
    rows, ratio = spec.gates.max_deleted_rows, spec.gates.max_deleted_ratio
    limits = []
    if rows is not None:
        limits.append(compose("doomed > {rows}", rows=literal(rows)))
    if ratio is not None:
        limits.append(compose("doomed > {ratio} * in_scope", ratio=literal(ratio)))
    if spec.accepted_deleted is not None:
        # Exactly what was accepted, and nothing else, whatever the limits say.
        limits = [compose("doomed <> {accepted}", accepted=literal(spec.accepted_deleted))]
    message = compose(
        "format('%s of the %s rows in scope would be deleted; allowed: rows %s, ratio %s, accepted %s',"
        " doomed, in_scope, {rows}, {ratio}, {accepted})",
        accepted=literal("none" if spec.accepted_deleted is None else str(spec.accepted_deleted)),
        rows=literal("any" if rows is None else str(rows)),
        ratio=literal("any" if ratio is None else f"{ratio:f}"),
    )
    return do_block(
        compose(
            """
            DECLARE
              in_scope bigint;
              doomed bigint;
            BEGIN
              SELECT count(*) INTO in_scope FROM {table} AS target
              WHERE {scope};
              SELECT count(*) INTO doomed FROM {table} AS target
              WHERE {vanishes};
              IF {limits} THEN
                {refusal}
              END IF;
            END
            """,
            table=quote_table(spec.table),
            scope=in_scope(spec),
            vanishes=vanishes(spec),
            limits=" OR ".join(limits),
            refusal=refuse(GUARD_TRIPPED, message),
        )
    )


def _delete(spec: LoadSpec) -> str:
    """The rows in scope that the batch does not hold exactly so."""
    return compose(
        """
        DELETE FROM {table} AS target
        WHERE {vanishes}
        """,
        table=quote_table(spec.table),
        vanishes=vanishes(spec),
    )


def _insert(spec: LoadSpec) -> str:
    """What the table does not hold exactly so after the delete; in an append, everything that is staged."""
    unknown = ""
    if spec.mode == "delete_insert":
        unknown = compose(
            """
            WHERE NOT EXISTS (
              SELECT FROM {table} AS target
              WHERE {same}
            )
            """,
            table=quote_table(spec.table),
            same="\n    AND ".join([*near_batch(spec), *same_row(spec)]),
        )
    return compose(
        """
        INSERT INTO {table} ({columns})
        SELECT {staged} FROM pg_temp.wdh_staging AS staged
        {unknown}
        """,
        table=quote_table(spec.table),
        columns=column_list(spec.columns),
        staged=column_list(spec.columns, "staged"),
        unknown=unknown,
    )
