"""How the rows that facts refer to come into their tables before the facts, as SQL (pure).

Of two runs with the same new key the later one waits until the earlier one has ended, then finds it or adds it. All
take their keys in one order, table after table, before any lock: none waits for another in a circle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from workflows.domains.references import Reference
from workflows.plan.identifiers import (
    column_list,
    compose,
    literal,
    quote_identifier,
    quote_table,
    split_table,
    text_array,
)
from workflows.plan.load_spec import LoadSpec, TableColumn
from workflows.plan.phases import Change, Copy, Statement
from workflows.plan.references import ReferenceInsert
from workflows.plan.refusals import LOAD_HIDDEN, TABLE_MISFIT, refuse_if, worded
from workflows.plan.schemas import Relation
from workflows.plan.staging_sql import REFUSALS, drop_leftovers, settings

STAGED = "pg_temp.wdh_reference"


@dataclass(frozen=True, slots=True)
class TableStatements:
    """What adds the rows of one table."""

    insert: ReferenceInsert
    stage: Statement
    copy: Copy
    add: Change
    stand: Statement
    tidy: Statement

    def __iter__(self) -> Iterator[Statement]:
        return iter((self.stage, self.copy, self.add, self.stand, self.tidy))


@dataclass(frozen=True, slots=True)
class ReferenceStatements:
    """All of a run, before the statements of its first load."""

    opening: tuple[Statement, ...]
    tables: tuple[TableStatements, ...]
    closing: Statement

    def __iter__(self) -> Iterator[Statement]:
        return chain(self.opening, *self.tables, [self.closing])


def reference_statements(inserts: Sequence[ReferenceInsert], spec: LoadSpec) -> ReferenceStatements | None:
    """The statements that add what is new of ``inserts``, with the time limits of ``spec``; None without any."""
    if not inserts:
        return None
    misfits = "\nUNION ALL\n".join(misfit(insert.table, insert.key, insert.columns) for insert in inserts)
    refused = compose(
        "SELECT string_agg(problem.text, '; ') FROM (\n{misfits}\n) AS problem (is_missing, text)", misfits=misfits
    )
    return ReferenceStatements(
        opening=(
            Statement("references_settings", settings(spec)),
            Statement("references_leftovers", drop_leftovers(["wdh_refusal", "wdh_reference"])),
            Statement("references_table", f"{REFUSALS};\n{refuse_if(TABLE_MISFIT, refused)}"),
        ),
        tables=tuple(map(_of_table, inserts)),
        closing=Statement("references_end", "DROP TABLE pg_temp.wdh_refusal"),
    )


def _of_table(insert: ReferenceInsert) -> TableStatements:
    types = ", ".join(f"{quote_identifier(column.name)} {column.sql_type}" for column in insert.columns)
    names = column_list(insert.names)
    copy = compose(
        "COPY {staged} ({names}) FROM STDIN WITH (FORMAT text, DELIMITER ',', NULL 'null', ENCODING 'UTF8')",
        staged=STAGED,
        names=names,
    )
    return TableStatements(
        insert=insert,
        stage=Statement("references_stage", f"CREATE TEMPORARY TABLE wdh_reference ({types}) ON COMMIT DROP"),
        copy=Copy("references_copy", copy, len(insert.rows)),
        add=Change("references", _add(insert)),
        stand=Statement("references_stand", _refuse_missing(insert)),
        tidy=Statement("references_tidy", f"DROP TABLE {STAGED}"),
    )


def _add(insert: ReferenceInsert) -> str:
    return compose(
        """
        INSERT INTO {table} ({names})
        SELECT {names} FROM {staged}
        ORDER BY {order}
        ON CONFLICT ({key}) DO NOTHING
        """,
        table=quote_table(insert.table),
        names=column_list(insert.names),
        staged=STAGED,
        order=", ".join(f'{quote_identifier(name)} COLLATE "C"' for name in insert.key),
        key=column_list(insert.key),
    )


def _refuse_missing(insert: ReferenceInsert) -> str:
    """Refuse facts that would refer to nothing: a trigger or rule may have kept rows out."""
    name = insert.table.replace("%", "%%")
    return refuse_if(
        LOAD_HIDDEN,
        compose(
            """
            SELECT format({message}, count(*)) FROM {staged} AS staged
            WHERE NOT EXISTS (SELECT FROM {table} AS target WHERE {equal})
            HAVING count(*) > 0
            """,
            message=worded(
                f"{name} 没有保存新增的 %1$s 行：请检查其触发器和规则",
                f"{name} did not keep %1$s row(s) that were added to it: look at its triggers and rules",
            ),
            staged=STAGED,
            table=quote_table(insert.table),
            equal=_equal(insert.key, "staged"),
        ),
    )


def _equal(key: Sequence[str], other: str) -> str:
    return " AND ".join(f"target.{quote_identifier(name)} = {other}.{quote_identifier(name)}" for name in key)


def added_keys(insert: ReferenceInsert) -> str:
    """The keys of the rows that this transaction added, as texts, while they are staged."""
    return compose(
        """
        SELECT {key} FROM {table} AS target JOIN {staged} AS staged ON {equal}
        WHERE target.xmin::text = (txid_current() % 4294967296)::text
        """,
        key=", ".join(f"target.{quote_identifier(name)}::text" for name in insert.key),
        table=quote_table(insert.table),
        staged=STAGED,
        equal=_equal(insert.key, "staged"),
    )


def rows_there(insert: ReferenceInsert, keys: str) -> str:
    """The table's rows of these keys, as texts; ``keys`` has a row of texts per key, in its order."""
    given = [f"key_{number}" for number, _ in enumerate(insert.key)]
    return compose(
        """
        SELECT {names} FROM {table} AS target JOIN ({keys}) AS given ({given}) ON {equal}
        """,
        names=", ".join(f"target.{quote_identifier(name)}::text" for name in insert.names),
        table=quote_table(insert.table),
        keys=keys,
        given=", ".join(given),
        equal=" AND ".join(
            f"target.{quote_identifier(name)} = given.{column}::varchar"
            for name, column in zip(insert.key, given, strict=True)
        ),
    )


def misfits_of(reference: Reference) -> str:
    """The query for what keeps its table from taking rows: whether it is missing, and what to do, as a text each."""
    columns = [TableColumn(name, reference.sql_type(name), nullable=True) for name in reference.names]
    return misfit(reference.table, tuple(reference.key), columns)


def misfit(table: str, key: Sequence[str], columns: Sequence[TableColumn]) -> str:
    """The same of any table with a unique ``key``."""
    schema, name = split_table(table)
    return compose(
        """
        SELECT true, {missing}::text
        WHERE NOT EXISTS (SELECT FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
                          WHERE {is_this})
        UNION ALL
        SELECT false, problem.text
        FROM pg_class AS class JOIN pg_namespace AS space ON space.oid = class.relnamespace
        CROSS JOIN LATERAL (
          SELECT format({no_table}, {table})
          WHERE class.relkind NOT IN ('r', 'p') OR class.relpersistence <> 'p'
          UNION ALL
          SELECT format({hides}, {table}, current_user)
          WHERE row_security_active(class.oid)
          UNION ALL
          SELECT CASE WHEN type.oid IS NULL
                   THEN format({lacks}, {table}, wanted.name, wanted.type)
                   ELSE format({other_type}, wanted.name, {table}, format_type(found.atttypid, found.atttypmod),
                               wanted.type) END
          FROM unnest({names}, {types}) AS wanted (name, type)
          LEFT JOIN pg_attribute AS found ON found.attrelid = class.oid AND found.attname::text = wanted.name
            AND found.attnum > 0 AND NOT found.attisdropped
          LEFT JOIN pg_type AS type ON type.oid = found.atttypid
          WHERE type.typcategory IS DISTINCT FROM CASE wanted.type WHEN 'integer' THEN 'N' ELSE 'S' END
          UNION ALL
          SELECT format({not_unique}, {table}, {key_text})
          WHERE NOT EXISTS (
            SELECT FROM pg_index AS key
            WHERE key.indrelid = class.oid AND key.indisunique AND key.indisvalid AND key.indimmediate
              AND key.indpred IS NULL AND key.indexprs IS NULL
              AND (SELECT array_agg(part.attname::text ORDER BY part.attname::text)
                   FROM generate_series(0, key.indnkeyatts - 1) AS place
                   JOIN pg_attribute AS part ON part.attrelid = class.oid AND part.attnum = key.indkey[place])
                = {key})
        ) AS problem (text)
        WHERE {is_this}
        """,
        missing=worded(
            f"数据库中没有表 {quote_table(table)}；请运行 make schema",
            f"there is no table {quote_table(table)} in this database; run `make schema` to create it",
        ),
        no_table=worded(
            "%1$s 不是永久表，不能写入", "%1$s is not a table that rows are added to: only permanent ones are"
        ),
        hides=worded("%1$s 的行级安全策略对 %2$I 隐藏了行", "row level security of %1$s hides rows from %2$I"),
        lacks=worded(
            "%1$s 缺少列 %2$I；可用 ALTER TABLE %1$s ADD COLUMN %2$I %3$s 补上",
            "%1$s lacks the column %2$I; ALTER TABLE %1$s ADD COLUMN %2$I %3$s would add it",
        ),
        other_type=worded("%2$s 的列 %1$I 为 %3$s，应为 %4$s", "column %1$I of %2$s is %3$s, and %4$s is wanted"),
        not_unique=worded(
            "%1$s 没有按 %2$s 的唯一约束；可用 ALTER TABLE %1$s ADD UNIQUE (%2$s) 补上",
            "nothing keeps %1$s unique by %2$s; ALTER TABLE %1$s ADD UNIQUE (%2$s) would",
        ),
        is_this=Relation(name, schema).is_this,
        table=literal(quote_table(table)),
        names=text_array([column.name for column in columns]),
        types=text_array([column.sql_type for column in columns]),
        key_text=literal(column_list(key)),
        key=text_array(sorted(key)),
    )
