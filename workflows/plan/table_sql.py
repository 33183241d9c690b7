"""Whether the table is what the load takes it for, asked under its lock by the load's own statements (pure).

The loader looks beforehand and names what would mend it. What was changed since, also while the load waited for its
lock, is found here; and a script run by psql cannot load what the loader would refuse.
"""

from __future__ import annotations

from workflows.plan.conditions import in_scope, near_batch, same_row, vanishes
from workflows.plan.identifiers import column_list, compose, literal, quote_table
from workflows.plan.ledger_sql import LedgerValues
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import KEYS_REPEATED, LOAD_HIDDEN, TABLE_MISFIT, refuse_if

ROWS_ARE_HIDDEN = (
    "their owner gives the loads a role that it exempts (ALTER ROLE … BYPASSRLS), "
    "or ends it (ALTER TABLE … DISABLE ROW LEVEL SECURITY)"
)
"""How row level security is kept from filtering what a load sees."""


def _family(spec: LoadSpec) -> str:
    """``WITH`` the table and all that inherit from it, partitions included."""
    return compose(
        """
        WITH RECURSIVE family (oid) AS (
          SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
          WHERE {is_target}
          UNION
          SELECT child.inhrelid FROM pg_inherits AS child JOIN family ON child.inhparent = family.oid
        )
        """,
        is_target=spec.target.is_this,
    )


def _ledger(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """The oids of the ledger's tables, as a query."""
    if entry is None:
        return "SELECT NULL::oid WHERE false"
    return compose(
        """
        SELECT class.oid FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        WHERE ({loads}) OR ({files})
        """,
        loads=spec.loads.is_this,
        files=spec.loaded_files.is_this,
    )


def refuse_misfit(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """Refuse a table, its children or a ledger that a crash empties, that is somebody's own or no table at all, or
    whose rows are hidden from this role; columns that are not as they were staged; and, unless the load owns the rows,
    what hangs on them elsewhere."""
    return refuse_if(
        TABLE_MISFIT,
        compose(
            """
            {family}, ledger (oid) AS (
            {ledger}
            )
            SELECT string_agg(problem.text, '; ') FROM (
              SELECT format('%s is %s: only permanent tables are loaded', class.oid::regclass, CASE
                       WHEN class.relkind NOT IN ('r', 'p') THEN 'no table' WHEN class.relpersistence = 'u'
                       THEN 'unlogged, so a crash of the server empties it' ELSE 'temporary' END)
              FROM pg_class AS class
              WHERE (class.relpersistence <> 'p' OR class.relkind NOT IN ('r', 'p'))
                AND class.oid IN (SELECT oid FROM family UNION ALL SELECT oid FROM ledger)
              UNION ALL
              SELECT format('row level security of %s hides rows from %I: %s',
                            class.oid::regclass, current_user, {rows_are_hidden})
              FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
              WHERE (({is_target}) OR class.oid IN (SELECT oid FROM ledger)) AND row_security_active(class.oid)
              {columns}
              {others}
            ) AS problem (text)
            """,
            family=_family(spec),
            ledger=_ledger(spec, entry),
            is_target=spec.target.is_this,
            rows_are_hidden=literal(ROWS_ARE_HIDDEN),
            columns=_columns_differ(spec),
            others="" if spec.owns_rows or not spec.table_columns else _what_others_have(),
        ),
    )


def _columns_differ(spec: LoadSpec) -> str:
    """The staging table has the columns that the records need."""
    return compose(
        """
        UNION ALL
        SELECT CASE WHEN found.attname IS NULL
                 THEN format('column %I %s is missing', staged.attname, format_type(staged.atttypid, staged.atttypmod))
                 ELSE format('column %I is %s, wanted %s', staged.attname,
                             format_type(found.atttypid, found.atttypmod),
                             format_type(staged.atttypid, staged.atttypmod)) END
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        JOIN pg_attribute AS staged ON staged.attrelid = 'pg_temp.wdh_staging'::regclass AND staged.attnum > 0
        LEFT JOIN pg_attribute AS found ON found.attrelid = class.oid AND found.attname = staged.attname
         AND found.attnum > 0 AND NOT found.attisdropped
        WHERE {is_target}
          AND (found.atttypid, found.atttypmod) IS DISTINCT FROM (staged.atttypid, staged.atttypmod)
        """,
        is_target=spec.target.is_this,
    )


def _what_others_have() -> str:
    return """\
UNION ALL
SELECT DISTINCT format('column %I has no default and is not filled by the load', surplus.attname)
FROM pg_attribute AS surplus JOIN family ON surplus.attrelid = family.oid
WHERE surplus.attnum > 0 AND NOT surplus.attisdropped
  AND NOT (surplus.atthasdef OR surplus.attidentity <> '' OR surplus.attgenerated <> '')
  AND NOT EXISTS (SELECT FROM pg_attribute AS staged
                  WHERE staged.attrelid = 'pg_temp.wdh_staging'::regclass AND staged.attname = surplus.attname)
UNION ALL
SELECT format('%s refers to it by %I%s', reference.conrelid::regclass, reference.conname, CASE reference.confdeltype
         WHEN 'c' THEN ' ON DELETE CASCADE' WHEN 'n' THEN ' ON DELETE SET NULL' WHEN 'd' THEN ' ON DELETE SET DEFAULT'
         ELSE '' END)
FROM pg_constraint AS reference JOIN family ON reference.confrelid = family.oid
WHERE reference.contype = 'f' AND reference.conparentid = 0"""


def is_unique(spec: LoadSpec) -> str:
    """A condition that holds if an index keeps the primary key unique at every moment and in every row.

    One that is deferrable, partial or over expressions guarantees nothing, nor does that of a table whose rows
    partly stand in others that inherit from it.
    """
    return compose(
        """
        EXISTS (
          SELECT FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
          JOIN pg_index AS key ON key.indrelid = class.oid
          WHERE {is_target} AND (class.relkind = 'p' OR NOT EXISTS (
              SELECT FROM pg_inherits AS child WHERE child.inhparent = class.oid))
            AND key.indisunique AND key.indisvalid AND key.indisready AND key.indimmediate
            AND key.indpred IS NULL AND key.indexprs IS NULL
            AND (SELECT bool_and(part.attname::text = ANY ({primary_key}))
                 FROM generate_series(0, key.indnkeyatts - 1) AS place
                 JOIN pg_attribute AS part ON part.attrelid = class.oid AND part.attnum = key.indkey[place])
        )
        """,
        is_target=spec.target.is_this,
        primary_key=f"ARRAY[{', '.join(map(literal, spec.primary_key))}]",
    )


def refuse_repeated_keys(spec: LoadSpec) -> str:
    """Refuse to replace rows of which several have one key: which is which cannot be told."""
    advice = compose(
        "; find them with SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1,"
        " delete what is too much, then ALTER TABLE {table} ADD UNIQUE ({key})",
        key=column_list(spec.primary_key),
        table=quote_table(spec.table),
    )
    return refuse_if(
        KEYS_REPEATED,
        compose(
            """
            SELECT repeated.keys || {message}
            FROM (
              SELECT count(*) AS keys FROM (
                SELECT FROM {table} AS target
                WHERE NOT {is_unique}
                  AND {scope}
                  AND ({key}) IS NOT NULL
                GROUP BY {key} HAVING count(*) > 1
              ) AS several
            ) AS repeated
            WHERE repeated.keys > 0
            """,
            message=literal(f" key(s) stand in the table more than once where this load replaces rows{advice}"),
            table=spec.target.quoted,
            is_unique=is_unique(spec),
            scope=in_scope(spec),
            key=column_list(spec.primary_key, "target"),
        ),
    )


def remember_before(spec: LoadSpec, entry: LedgerEntry | None) -> str:
    """What the changes must come to, counted beforehand if anything could interfere with them.

    ``culprits`` are the triggers and rules of the table, its children and the ledger, and the foreign keys that refer
    to the table; NULL, and nothing is counted, if there are none. None can be added while the load holds its locks.
    """
    if spec.mode == "append":
        counted = {"doomed": "SELECT 0", "standing": "SELECT 0", "present": _count(spec, near_batch(spec))}
    else:
        counted = {
            "doomed": _count(spec, [vanishes(spec)]),
            "standing": _staged(spec, "count(*)", "EXISTS"),
            "present": "SELECT 0",
        }
    return compose(
        """
        CREATE TEMPORARY TABLE wdh_before ON COMMIT DROP AS
        {family}, watched (oid) AS (
        SELECT oid FROM family UNION
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
        family=_family(spec),
        ledger=_ledger(spec, entry),
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
    if spec.mode == "append":
        # A table without a key may hold several equal rows, and may have held them before.
        missing = compose(
            "SELECT {columns} FROM {staging} EXCEPT ALL SELECT {columns} FROM {table} AS target {near}",
            columns=column_list(spec.business_columns),
            staging=spec.staging,
            table=spec.target.quoted,
            near=_where(near_batch(spec)),
        )
        holds, wanted = _count(spec, near_batch(spec)), "before.present + staged.rows"
    else:
        missing = _staged(spec, "", "NOT EXISTS")
        holds, wanted = _count(spec, [in_scope(spec)]), "staged.rows"
    return refuse_if(
        LOAD_HIDDEN,
        compose(
            """
            SELECT format('the table would not hold what is reported: %s row(s) of the batch are missing, %s in scope'
                          ' where %s belong; counted were %s deleted of %s, %s inserted of %s; look at %s',
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
            staging=spec.staging,
            missing=missing,
            holds=holds,
            wanted=wanted,
            deleted=values.deleted,
            inserted=values.inserted,
        ),
    )
