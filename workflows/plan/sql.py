"""A load as the exact statements that perform it (pure).

The loader executes them and ``render.script`` prints them: there is no other SQL that changes the table. What is
decided from the table or the ledger is decided after the lock.
"""

from __future__ import annotations

from workflows.plan import (
    group_sql,
    images_sql,
    ledger_sql,
    left_sql,
    magnitude_sql,
    multiset_sql,
    staging_sql,
    undo_refusals_sql,
    undo_sql,
    workbooks_sql,
)
from workflows.plan.conditions import in_scope, near_batch, same_row, vanishes
from workflows.plan.identifiers import column_list, compose, literal
from workflows.plan.interference_sql import remember_before
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.phases import (
    Ask,
    Change,
    Changing,
    Copy,
    Deciding,
    Delete,
    LoadStatements,
    Locking,
    Staging,
    Statement,
    own_tables,
)
from workflows.plan.refusals import GUARD_TRIPPED, refuse_if, worded
from workflows.plan.spec_check import check_spec
from workflows.plan.table_sql import refuse_misfit, refuse_repeated_keys


def load_statements(spec: LoadSpec, entry: LedgerEntry | None = None) -> LoadStatements:
    """The statements of a load; without an ``entry`` the ledger takes no part.

    Raises PlanError as ``check_spec`` and IdentifierError for a name that PostgreSQL cannot hold.
    """
    check_spec(spec)
    return LoadStatements(
        spec=spec,
        entry=entry,
        staging=_staging(spec, None if entry is None else entry.records),
        locking=Locking(
            lock=Statement("lock", _lock(spec, entry)), table=Statement("table", refuse_misfit(spec, entry))
        ),
        deciding=Deciding(*[None] * 8) if entry is None else _deciding(spec, entry),
        changing=_changing(spec, entry),
    )


def _staging(spec: LoadSpec, records: int | None) -> Staging:
    check, undo = staging_sql.check(spec), spec.undo
    verifies = undo is not None and bool(undo.document_columns)
    return Staging(
        settings=Statement("settings", staging_sql.settings(spec)),
        leftovers=Statement("leftovers", staging_sql.drop_leftovers(own_tables(spec))),
        stage=Statement("stage", staging_sql.stage(spec)),
        copy=Copy("copy", staging_sql.copy(spec), records)
        if undo is None
        else Change("restore", undo_sql.restore(spec, undo)),
        document=Statement("document", undo_sql.stage_document(spec, undo)) if undo and verifies else None,
        copy_document=Copy("copy_document", undo_sql.copy_document(undo)) if undo and verifies else None,
        key=Statement("key", staging_sql.key(spec)) if spec.primary_key else None,
        check=Statement("check", check) if check else None,
    )


def _deciding(spec: LoadSpec, entry: LedgerEntry) -> Deciding:
    appends_files = spec.mode == "append" and bool(spec.files)
    return Deciding(
        undo=Statement("undo", undo_refusals_sql.refuse_undo(spec, spec.undo)) if spec.undo else None,
        once=Statement("once", ledger_sql.refuse_applied(spec, entry)) if entry.once else None,
        files=Statement("files", workbooks_sql.files_of_batch(spec)) if spec.files else None,
        refuse=Statement("refuse", workbooks_sql.refuse_other_versions(spec)) if appends_files else None,
        leave_out=Change("leave_out", workbooks_sql.leave_out(spec)) if appends_files else None,
        left=Statement("left", left_sql.remember_left(spec)) if spec.leaves_rows else None,
        moved=Statement("moved", magnitude_sql.remember_moved(spec)) if spec.figures else None,
        number=Ask("number", images_sql.draw_number(spec)),
    )


def _changing(spec: LoadSpec, entry: LedgerEntry | None) -> Changing:
    replaces, gates = spec.mode == "delete_insert", spec.gates
    limits = (gates.max_deleted_rows, gates.max_deleted_ratio, spec.accepted.get("deleted"))
    is_multiset = replaces and not spec.primary_key
    is_guarded = replaces and any(limit is not None for limit in limits)
    limits_shrink = gates.max_group_shrink is not None or "shrunk_groups" in spec.accepted
    refuses_shrunk = spec.replaces_groups and limits_shrink
    # Without a ledger nobody can tell which load wrote what.
    knows_left = entry is not None and spec.leaves_rows
    refuses_left = knows_left and (gates.left_behind == "block" or "left_behind" in spec.accepted)
    is_compared = entry is not None and bool(spec.figures)
    refuses_moved = is_compared and (gates.magnitude_moved == "block" or "magnitude_moved" in spec.accepted)
    return Changing(
        unique=Statement("unique", refuse_repeated_keys(spec)) if replaces and spec.primary_key else None,
        difference=Statement("difference", multiset_sql.find_difference(spec)) if is_multiset else None,
        guard=Statement("guard", _guard(spec)) if is_guarded else None,
        shrink=Statement("shrink", group_sql.refuse_shrunk(spec)) if refuses_shrunk else None,
        left_behind=Statement("left_behind", left_sql.refuse_left_behind(spec)) if refuses_left else None,
        magnitude=Statement("magnitude", magnitude_sql.refuse_moved(spec)) if refuses_moved else None,
        before=Statement("before", remember_before(spec, entry)),
        delete=_deleting(spec, entry) if replaces else None,
        insert=Change("insert", _insert(spec, entry)),
    )


def _lock(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """Without triggers or rules being made meanwhile, on the ledger neither, which other loads go on writing to."""
    lock = compose("LOCK TABLE {table} IN SHARE ROW EXCLUSIVE MODE", table=spec.target.quoted)
    if entry is None:
        return lock
    # LOCK would ask for a right to the whole table; the loader's role may fill some of the columns only.
    none = [
        compose("INSERT INTO {table} (load_id) SELECT NULL WHERE false", table=table.quoted)
        for table in (spec.loads, spec.loaded_files)
    ]
    # With row level security they would fail before the check that says what is wrong.
    return ";\n".join((lock, "SET LOCAL row_security = on", *none, "SET LOCAL row_security = off"))


def _guard(spec: LoadSpec) -> str:
    """Counts what the delete will take, changed rows included; a ratio is of the table's rows in scope."""
    rows, ratio, accepted = spec.gates.max_deleted_rows, spec.gates.max_deleted_ratio, spec.accepted.get("deleted")
    limits = []
    if rows is not None:
        limits.append(compose("doomed > {rows}", rows=literal(rows)))
    if ratio is not None:
        limits.append(compose("doomed > {ratio} * in_scope", ratio=literal(ratio)))
    if accepted is not None:
        # Exactly what was accepted, and nothing else, whatever the limits say.
        limits = [compose("doomed <> {accepted}", accepted=literal(accepted))]
    return refuse_if(
        GUARD_TRIPPED,
        compose(
            """
            SELECT format({message}, doomed, in_scope, {rows}, {ratio}, {accepted})
            FROM (
              SELECT (SELECT count(*) FROM {table} AS target
              WHERE {scope}) AS in_scope,
              ({doomed}) AS doomed
            ) AS counted
            WHERE {limits}
            """,
            message=worded(
                "范围内 %2$s 行中将删除 %1$s 行；上限：%3$s 行，比例 %4$s，已接受 %5$s；请核对改动（make compare）",
                "%1$s of the %2$s rows in scope would be deleted; allowed: rows %3$s, ratio %4$s, accepted %5$s;"
                " look at the changes (make compare)",
            ),
            rows=literal("—" if rows is None else str(rows)),
            ratio=literal("—" if ratio is None else f"{ratio:f}"),
            accepted=literal("—" if accepted is None else str(accepted)),
            table=spec.target.quoted,
            scope=in_scope(spec),
            doomed=_doomed(spec),
            limits=" OR ".join(limits),
        ),
    )


def _doomed(spec: LoadSpec) -> str:
    if not spec.primary_key:
        return multiset_sql.count_doomed()
    return compose(
        "SELECT count(*) FROM {table} AS target\n  WHERE {vanishes}", table=spec.target.quoted, vanishes=vanishes(spec)
    )


def _deleting(spec: LoadSpec, entry: LedgerEntry | None) -> Delete:
    """With images of what goes, where there is a table for them and the ledger says which load it was."""
    delete = _delete(spec)
    if entry is None or spec.schemas.keeps is False:
        return Delete("delete", delete)
    kept = images_sql.keeping(spec, delete)
    return Delete("delete", kept) if spec.schemas.keeps else Delete("delete", delete, keeping=kept)


def _delete(spec: LoadSpec) -> str:
    """The rows in scope that the batch does not hold exactly so."""
    if not spec.primary_key:
        return multiset_sql.delete(spec)
    return compose(
        """
        DELETE FROM {table} AS target
        WHERE {vanishes}
        """,
        table=spec.target.quoted,
        vanishes=vanishes(spec),
    )


def _insert(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """What the table does not hold exactly so after the delete; in an append, everything that is staged."""
    unknown = ""
    number_column, number = ("", "") if entry is None or spec.undo else images_sql.numbered(spec)
    if spec.mode == "delete_insert" and not spec.primary_key:
        unknown = multiset_sql.only_new()
    elif spec.mode == "delete_insert" and spec.undo is None:
        unknown = compose(
            """
            WHERE NOT EXISTS (
              SELECT FROM {table} AS target
              WHERE {same}
            )
            """,
            table=spec.target.quoted,
            same="\n    AND ".join([*near_batch(spec), *same_row(spec)]),
        )
    return compose(
        """
        INSERT INTO {table} ({columns}{number_column}){as_it_was}
        SELECT {staged}{number} FROM pg_temp.wdh_staging AS staged
        {unknown}
        """,
        table=spec.target.quoted,
        columns=column_list(spec.columns),
        number_column=number_column,
        as_it_was=" OVERRIDING SYSTEM VALUE" if spec.undo else "",
        staged=column_list(spec.columns, "staged"),
        number=number,
        unknown=unknown,
    )
