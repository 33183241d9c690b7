"""Whether a load did what it counted, where triggers, rules or foreign keys could do otherwise (pure)."""

from __future__ import annotations

from workflows.plan import multiset_sql
from workflows.plan.conditions import in_scope, near_batch, same_row, vanishes
from workflows.plan.identifiers import column_list, compose
from workflows.plan.ledger_sql import LedgerValues
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import LOAD_HIDDEN, refuse_if, worded
from workflows.plan.table_sql import family, ledger_tables


def remember_before(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """What the changes must come to, counted beforehand if anything could interfere with them.

    ``culprits`` are the triggers and rules of the table, its children and the ledger, and the foreign keys that refer
    to the table; NULL, and nothing is counted, if there are none. None can be added while the load holds its locks.
    """
    if spec.mode == "append":
        counted = {"doomed": "SELECT 0", "standing": "SELECT 0", "present": _count(spec, near_batch(spec))}
    elif not spec.primary_key:
        doomed, standing = multiset_sql.count_doomed(), multiset_sql.count_standing(spec)
        counted = {"doomed": doomed, "standing": standing, "present": _count(spec, []) if spec.undo else "SELECT 0"}
    else:
        counted = {
            "doomed": _count(spec, [vanishes(spec)]),
            "standing": "SELECT 0" if spec.undo else _staged(spec, "count(*)", "EXISTS"),
            "present": "SELECT 0",
        }
    return compose(
        """
        CREATE TEMPORARY TABLE wdh_before ON COMMIT DROP AS
        {family}, watched (oid) AS (
        SELECT oid FROM family UNION
        SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        WHERE {is_images} UNION
        {ledger}
        )
        SELECT found.culprits,
        {counts}
        FROM (SELECT string_agg(each.text, ', ') FROM (
          SELECT format('trigger %I of %s', tgname, tgrelid::regclass) FROM pg_trigger
          WHERE tgrelid IN (SELECT oid FROM watched) AND NOT tgisinternal AND tgenabled <> 'D'
          UNION ALL
          SELECT format('rule %I of %s', rulename, ev_class::regclass) FROM pg_rewrite
          WHERE ev_class IN (SELECT oid FROM watched) AND ev_type <> '1' AND ev_enabled <> 'D'
          UNION ALL
          SELECT format('foreign key %I of %s', conname, conrelid::regclass) FROM pg_constraint
          WHERE confrelid IN (SELECT oid FROM family) AND contype = 'f'
        ) AS each (text)) AS found (culprits)
        """,
        family=family(spec),
        is_images=spec.images.is_this,
        ledger=ledger_tables(spec, entry),
        counts=",\n".join(
            f"  CASE WHEN found.culprits IS NOT NULL THEN ({query}) END AS {name}" for name, query in counted.items()
        ),
    )


def _count(spec: LoadSpec, conditions: list[str]) -> str:
    """How many rows of the table there are under these conditions."""
    return compose(
        "SELECT count(*) FROM {table} AS target\n{where}", table=spec.target.quoted, where=_where(conditions)
    )


def _staged(spec: LoadSpec, what: str, exists: str) -> str:
    """Of the staged rows that the table holds exactly so, or (NOT EXISTS) does not."""
    return compose(
        "SELECT {what} FROM {staging} AS staged WHERE {exists} (SELECT FROM {table} AS target WHERE {same})",
        what=what,
        staging=spec.staging,
        exists=exists,
        table=spec.target.quoted,
        same=" AND ".join([*near_batch(spec), *same_row(spec)]),
    )


def _where(conditions: list[str]) -> str:
    return f"WHERE {' AND '.join(conditions)}" if conditions else ""


def refuse_hidden(spec: LoadSpec, values: LedgerValues) -> str:
    """Refuse a load that did not do what it counted: every staged row stands, and in scope nothing else does."""
    missing, holds, wanted = _after(spec)
    return refuse_if(
        LOAD_HIDDEN,
        compose(
            """
            SELECT format({message},
                          after.missing, after.holds, after.wanted,
                          {deleted}, after.doomed, {inserted}, after.new, after.culprits)
            FROM (
              SELECT before.culprits, before.doomed, staged.rows - before.standing AS new,
                     (SELECT count(*) FROM ({missing}) AS each) AS missing,
                     ({holds}) AS holds,
                     {wanted} AS wanted
              FROM pg_temp.wdh_before AS before, (SELECT count(*) AS rows FROM {staging}) AS staged
              WHERE before.culprits IS NOT NULL
            ) AS after
            WHERE after.missing > 0 OR after.holds <> after.wanted
               OR after.doomed <> {deleted} OR after.new <> {inserted}
            """,
            message=worded(
                "表中的数据将与报告不符：缺少本批次的 %1$s 行，范围内有 %2$s 行而应为 %3$s 行；"
                "删除 %4$s 行（应为 %5$s），写入 %6$s 行（应为 %7$s）；请检查 %8$s",
                "the table would not hold what is reported: %1$s row(s) of the batch are missing, %2$s in scope"
                " where %3$s belong; counted were %4$s deleted of %5$s, %6$s inserted of %7$s; look at %8$s",
            ),
            staging=spec.staging,
            missing=missing,
            holds=holds,
            wanted=wanted,
            deleted=values.deleted,
            inserted=values.inserted,
        ),
    )


def _after(spec: LoadSpec) -> tuple[str, str, str]:
    """The staged rows that do not stand; how many rows are where the load changed some; and how many belong there."""
    if spec.mode == "append":
        # A table without a key may hold several equal rows, and may have held them before.
        missing = compose(
            "SELECT {columns} FROM {staging} EXCEPT ALL SELECT {columns} FROM {table} AS target {near}",
            columns=column_list(spec.business_columns),
            staging=spec.staging,
            table=spec.target.quoted,
            near=_where(near_batch(spec)),
        )
        return missing, _count(spec, near_batch(spec)), "before.present + staged.rows"
    # What comes back has the numbers of the loads that wrote it: it is not where rows of the undone load were.
    wanted = "staged.rows" if spec.undo is None else "before.standing"
    missing = _staged(spec, "", "NOT EXISTS") if spec.primary_key else multiset_sql.missing(spec)
    if spec.undo is not None:
        missing = _not_bit_for_bit(spec)
    if spec.undo is not None and not spec.primary_key:
        # Other rows may be equal to those that went.
        return missing, _count(spec, []), "before.present - before.doomed + staged.rows - before.standing"
    return missing, _count(spec, [in_scope(spec)]), wanted


def _not_bit_for_bit(spec: LoadSpec) -> str:
    """The staged rows that do not stand with all their columns, as often as they are staged."""
    return compose(
        "SELECT ROW({staged})::text FROM {staging} AS staged EXCEPT ALL SELECT ROW({row})::text FROM {table} AS target",
        staged=column_list(spec.columns, "staged"),
        staging=spec.staging,
        row=column_list(spec.columns, "target"),
        table=spec.target.quoted,
    )
