"""A load as the exact statements that perform it, in order (pure).

The loader executes them and ``render.script`` prints them: there is no other SQL that changes the table. All run in
one READ COMMITTED transaction. Staging comes before the lock, so that copying keeps no writer waiting; everything
that is decided from the table or the ledger comes after it.
"""

from __future__ import annotations

from workflows.plan import ledger_sql
from workflows.plan.conditions import in_scope, near_batch, same_row, vanishes, within_periods
from workflows.plan.identifiers import column_list, compose, literal, quote_table
from workflows.plan.ledger_sql import LedgerValues
from workflows.plan.load_spec import LedgerEntry, LoadSpec, Step
from workflows.plan.refusals import BATCH_REFUSED, GUARD_TRIPPED, do_block, refuse
from workflows.plan.spec_check import check_spec
from workflows.plan.table_sql import check_columns


def load_steps(
    spec: LoadSpec,
    entry: LedgerEntry | None = None,
    records: int | None = None,
) -> tuple[Step, ...]:
    """The statements up to the insert, in order; without an ``entry`` the ledger takes no part.

    ``records`` is the number of rows that will be copied, if known. Raises PlanError as ``check_spec`` and
    IdentifierError for a name that PostgreSQL cannot hold.
    """
    check_spec(spec)
    steps = [
        Step("settings", set_limits(spec)),
        *([Step("table", check_columns(spec))] if spec.table_columns else []),
        Step("stage", _stage(spec)),
        Step("copy", _copy(spec), records),
        *([Step("key", _key(spec))] if spec.primary_key else []),
        *([Step("check", check)] if (check := _check(spec)) else []),
        Step("lock", lock_table(spec)),
    ]
    if entry is not None and entry.once:
        steps.append(Step("once", ledger_sql.refuse_applied(entry)))
    if entry is not None and spec.files:
        steps.append(Step("files", ledger_sql.files_of_batch(spec)))
        if spec.mode == "append":
            steps.append(Step("refuse", ledger_sql.refuse_other_versions(spec)))
            steps.append(Step("leave_out", ledger_sql.leave_out(spec)))
    if spec.mode == "delete_insert":
        if spec.guards.max_deleted_rows is not None or spec.guards.max_deleted_ratio is not None:
            steps.append(Step("guard", _guard(spec)))
        steps.append(Step("delete", _delete(spec)))
    steps.append(Step("insert", _insert(spec)))
    return tuple(steps)


def closing_steps(
    spec: LoadSpec, entry: LedgerEntry | None = None, values: LedgerValues | None = None
) -> tuple[Step, ...]:
    """The statements after the insert: the ledger's rows, if ``entry`` and ``values`` are given, then tidying up."""
    steps = []
    with_files = entry is not None and bool(spec.files)
    if entry is not None and values is not None:
        steps.append(Step("ledger", ledger_sql.load_row(spec, entry, values)))
        if with_files:
            steps.append(Step("ledger_files", ledger_sql.file_rows(values)))
    # ON COMMIT DROP is for failures; a second load of the same transaction needs the names before that.
    files = ", pg_temp.wdh_files" if with_files else ""
    return (*steps, Step("tidy", compose("DROP TABLE pg_temp.wdh_staging{files}", files=files)))


def set_limits(spec: LoadSpec) -> str:
    """How long the transaction waits for the lock, and for one statement."""
    return compose(
        """
        SET LOCAL lock_timeout = {lock_ms};
        SET LOCAL statement_timeout = {statement_ms}
        """,
        lock_ms=literal(f"{spec.lock_timeout_ms}ms"),
        statement_ms=literal(f"{spec.statement_timeout_ms}ms"),
    )


def lock_table(spec: LoadSpec) -> str:
    """Readers go on, other writers wait."""
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
    if not spec.guards.allow_empty:
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
    rows, ratio = spec.guards.max_deleted_rows, spec.guards.max_deleted_ratio
    limits = []
    if rows is not None:
        limits.append(compose("doomed > {rows}", rows=literal(rows)))
    if ratio is not None:
        limits.append(compose("doomed > {ratio} * in_scope", ratio=literal(ratio)))
    message = compose(
        "format('%s of the %s rows in scope would be deleted; allowed: rows %s, ratio %s',"
        " doomed, in_scope, {rows}, {ratio})",
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
