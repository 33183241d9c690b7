"""Whether the table is what the load takes it for, asked under its lock by the load's own statements (pure).

The loader looks beforehand and names what would mend it. What was changed since, also while the load waited for its
lock, is found here; and a script run by psql cannot load what the loader would refuse.
"""

from __future__ import annotations

from workflows.errors import Words
from workflows.plan.conditions import in_scope
from workflows.plan.identifiers import column_list, compose, literal, quote_table, text_array
from workflows.plan.load_spec import LedgerEntry, LoadSpec
from workflows.plan.refusals import KEYS_REPEATED, TABLE_MISFIT, refuse_if, worded

ROWS_ARE_HIDDEN = Words(
    "请表的属主给载入一个不受其限制的角色（ALTER ROLE … BYPASSRLS），"
    "或停用它（ALTER TABLE … DISABLE ROW LEVEL SECURITY）",
    "their owner gives the loads a role that it exempts (ALTER ROLE … BYPASSRLS), "
    "or ends it (ALTER TABLE … DISABLE ROW LEVEL SECURITY)",
)
"""How row level security is kept from filtering what a load sees."""


def family(spec: LoadSpec) -> str:
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


def ledger_tables(spec: LoadSpec, entry: LedgerEntry | None) -> str:
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
              SELECT format(CASE WHEN class.relkind NOT IN ('r', 'p') THEN {no_table}
                       WHEN class.relpersistence = 'u' THEN {unlogged} ELSE {temporary} END, class.oid::regclass)
              FROM pg_class AS class
              WHERE (class.relpersistence <> 'p' OR class.relkind NOT IN ('r', 'p'))
                AND class.oid IN (SELECT oid FROM family UNION ALL SELECT oid FROM ledger)
              UNION ALL
              SELECT format({hides}, class.oid::regclass, current_user)
              FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
              WHERE (({is_target}) OR class.oid IN (SELECT oid FROM ledger)) AND row_security_active(class.oid)
              {columns}
              UNION ALL
              {loose}
              {nullable}
              {types}
              {others}
            ) AS problem (text)
            """,
            family=family(spec),
            ledger=ledger_tables(spec, entry),
            is_target=spec.target.is_this,
            no_table=worded("%s 不是表，只载入永久表", "%1$s is no table: only permanent tables are loaded"),
            unlogged=worded(
                "%s 是 UNLOGGED 表，服务器崩溃即清空；只载入永久表",
                "%1$s is unlogged, so a crash of the server empties it: only permanent tables are loaded",
            ),
            temporary=worded("%s 是临时表，只载入永久表", "%1$s is temporary: only permanent tables are loaded"),
            hides=worded(
                f"%1$s 的行级安全策略对 %2$I 隐藏了行：{ROWS_ARE_HIDDEN.chinese}",
                f"row level security of %1$s hides rows from %2$I: {ROWS_ARE_HIDDEN.english}",
            ),
            columns=_columns_differ(spec),
            loose=loose_collations(spec),
            nullable="" if spec.primary_key or spec.mode == "append" else f"UNION ALL\n{nullable_groups(spec)}",
            types=_types_of_extensions(spec) if spec.mode == "delete_insert" else "",
            others="" if spec.owns_rows or not spec.table_columns else _what_others_have(),
        ),
    )


def _columns_differ(spec: LoadSpec) -> str:
    """The staging table has the columns that the records need."""
    return compose(
        """
        UNION ALL
        SELECT CASE WHEN found.attname IS NULL
                 THEN format({missing}, staged.attname, format_type(staged.atttypid, staged.atttypmod))
                 ELSE format({other_type}, staged.attname, format_type(staged.atttypid, staged.atttypmod),
                             format_type(found.atttypid, found.atttypmod)) END
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        JOIN pg_attribute AS staged ON staged.attrelid = 'pg_temp.wdh_staging'::regclass AND staged.attnum > 0
        LEFT JOIN pg_attribute AS found ON found.attrelid = class.oid AND found.attname = staged.attname
         AND found.attnum > 0 AND NOT found.attisdropped
        WHERE {is_target}
          AND (found.atttypid, found.atttypmod) IS DISTINCT FROM (staged.atttypid, staged.atttypmod)
        """,
        missing=worded("缺少列 %1$I %2$s", "column %1$I %2$s is missing"),
        other_type=worded("列 %1$I 为 %3$s，应为 %2$s", "column %1$I is %3$s, wanted %2$s"),
        is_target=spec.target.is_this,
    )


def loose_collations(spec: LoadSpec) -> str:
    """A query of the columns where a row that differs would count as unchanged, as one text each."""
    return compose(
        """
        SELECT format({message}, loose.attname, collname)
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        JOIN pg_attribute AS loose ON loose.attrelid = class.oid
        JOIN pg_collation AS rule ON rule.oid = loose.attcollation
        WHERE {is_target} AND NOT rule.collisdeterministic AND loose.attname::text = ANY ({compared})
        """,
        message=worded(
            "列 %1$I 的排序规则 %2$I 会把不同的文本视为相同",
            "column %1$I has the collation %2$I, which takes different texts for equal",
        ),
        is_target=spec.target.is_this,
        compared=text_array(spec.business_columns),
    )


def nullable_groups(spec: LoadSpec) -> str:
    """A query of the columns of the merge key that may be NULL, as one text each: such a row is in no load's scope."""
    return compose(
        """
        SELECT format({message}, loose.attname)
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        JOIN pg_attribute AS loose ON loose.attrelid = class.oid AND loose.attnum > 0 AND NOT loose.attisdropped
        WHERE {is_target} AND NOT loose.attnotnull AND loose.attname::text = ANY ({merge_key})
        """,
        message=worded("替换范围的列 %1$I 可为空", "column %1$I of the merge key may be NULL"),
        is_target=spec.target.is_this,
        merge_key=text_array(spec.merge_key),
    )


def _types_of_extensions(spec: LoadSpec) -> str:
    """Whether two values are equal is an operator's to say, and none of an extension (citext's) is searched."""
    return compose(
        """
        UNION ALL
        SELECT format({message}, staged.attname)
        FROM pg_attribute AS staged JOIN pg_type AS type ON type.oid = staged.atttypid
        JOIN pg_type AS base ON base.oid = CASE type.typtype WHEN 'd' THEN type.typbasetype ELSE type.oid END
        WHERE staged.attrelid = 'pg_temp.wdh_staging'::regclass AND staged.attnum > 0
          AND staged.attname::text = ANY ({compared})
          AND base.typtype = 'b' AND base.typcategory <> 'A' AND base.typnamespace <> 'pg_catalog'::regnamespace
        """,
        message=worded(
            "列 %1$I 的类型不属于 pg_catalog，载入不使用其运算符",
            "column %1$I is of a type outside of pg_catalog, whose operators a load does not search",
        ),
        compared=text_array(spec.business_columns),
    )


def _what_others_have() -> str:
    # Rows of a load that has no number, or of a table that has no default for it, are nobody's.
    return compose(
        """
        UNION ALL
        SELECT DISTINCT format({surplus}, surplus.attname)
        FROM pg_attribute AS surplus JOIN family ON surplus.attrelid = family.oid
        WHERE surplus.attnum > 0 AND NOT surplus.attisdropped
          AND NOT (surplus.atthasdef OR surplus.attidentity <> '' OR surplus.attgenerated <> '')
          AND NOT EXISTS (SELECT FROM pg_attribute AS staged
                          WHERE staged.attrelid = 'pg_temp.wdh_staging'::regclass AND staged.attname = surplus.attname)
          AND surplus.attname <> 'load_sequence'
        UNION ALL
        SELECT format({refers}, reference.conrelid::regclass, reference.conname, CASE reference.confdeltype
                 WHEN 'c' THEN ' ON DELETE CASCADE' WHEN 'n' THEN ' ON DELETE SET NULL'
                 WHEN 'd' THEN ' ON DELETE SET DEFAULT' ELSE '' END)
        FROM pg_constraint AS reference JOIN family ON reference.confrelid = family.oid
        WHERE reference.contype = 'f' AND reference.conparentid = 0
        """,
        surplus=worded("列 %1$I 没有默认值，载入也不填写", "column %1$I has no default and is not filled by the load"),
        refers=worded("%1$s 以 %2$I%3$s 引用此表", "%1$s refers to it by %2$I%3$s"),
    )


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
        primary_key=text_array(spec.primary_key),
    )


def refuse_repeated_keys(spec: LoadSpec) -> str:
    """Refuse to replace rows of which several have one key: which is which cannot be told."""
    key, table = column_list(spec.primary_key), quote_table(spec.table)
    find = compose("SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1", key=key, table=table)
    mend = compose("ALTER TABLE {table} ADD UNIQUE ({key})", key=key, table=table)
    return refuse_if(
        KEYS_REPEATED,
        compose(
            """
            SELECT format({message}, repeated.keys, {find}, {mend})
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
            message=worded(
                "在本次载入要替换的范围内，表中有 %1$s 个主键重复；请用 %2$s 查出，删去多余的行，再执行 %3$s",
                "%1$s key(s) stand in the table more than once where this load replaces rows; find them with %2$s,"
                " delete what is too much, then %3$s",
            ),
            find=literal(find),
            mend=literal(mend),
            table=spec.target.quoted,
            is_unique=is_unique(spec),
            scope=in_scope(spec),
            key=column_list(spec.primary_key, "target"),
        ),
    )
