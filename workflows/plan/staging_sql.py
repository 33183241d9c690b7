"""The batch in a temporary table of its own (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.plan.conditions import within_periods
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec
from workflows.plan.refusals import BATCH_REFUSED, do_block, refuse_if, worded
from workflows.plan.schemas import SECURE_SESSION

REFUSALS = "CREATE TEMPORARY TABLE wdh_refusal (message text) ON COMMIT DROP"
"""Where a refusal is written before it is raised."""


def settings(spec: LoadSpec) -> str:
    """What names and functions mean, and how long the transaction waits for a lock, and for one statement."""
    return compose(
        """
        {secure};
        SET LOCAL lock_timeout = {lock_ms};
        SET LOCAL statement_timeout = {statement_ms};
        SET LOCAL quote_all_identifiers = off
        """,
        secure=SECURE_SESSION,
        lock_ms=literal(f"{spec.lock_timeout_ms}ms"),
        statement_ms=literal(f"{spec.statement_timeout_ms}ms"),
    )


def drop_leftovers(names: Iterable[str]) -> str:
    """A session that is used again may hold an earlier load's tables; no others than temporary ones are looked at."""
    return do_block(
        compose(
            """
            DECLARE
              leftover name;
            BEGIN
              FOR leftover IN SELECT relname FROM pg_class
                WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r' AND relname IN ({names})
              LOOP
                EXECUTE format('DROP TABLE pg_temp.%I', leftover);
              END LOOP;
            END
            """,
            names=", ".join(map(literal, names)),
        )
    )


def stage(spec: LoadSpec) -> str:
    """The staging table has the types that the records need, and the table's own where nobody says; and where a
    refusal is written before it is raised."""
    types = {column.name: column.sql_type for column in spec.table_columns}
    if types.keys() >= set(spec.columns):
        return compose(
            """
            {refusals};
            CREATE TEMPORARY TABLE wdh_staging ({columns}) ON COMMIT DROP
            """,
            refusals=REFUSALS,
            columns=", ".join(f"{quote_identifier(name)} {types[name]}" for name in spec.columns),
        )
    return compose(
        """
        {refusals};
        CREATE TEMPORARY TABLE wdh_staging ON COMMIT DROP AS
        SELECT {columns} FROM {table} WITH NO DATA
        """,
        refusals=REFUSALS,
        columns=column_list(spec.columns),
        table=spec.target.quoted,
    )


def copy(spec: LoadSpec) -> str:
    """Lines as ``records.copy_feed`` makes them."""
    return compose(
        "COPY pg_temp.wdh_staging ({columns})"
        " FROM STDIN WITH (FORMAT text, DELIMITER ',', NULL 'null', ENCODING 'UTF8')",
        columns=column_list(spec.columns),
    )


def key(spec: LoadSpec) -> str:
    """A record that is twice in the batch, or NULL in a key, stops here."""
    return compose("ALTER TABLE pg_temp.wdh_staging ADD PRIMARY KEY ({key})", key=column_list(spec.primary_key))


def check(spec: LoadSpec) -> str:
    """An empty batch would delete everything in its scope; a row outside the scope, or with a blank in what makes it,
    would never be replaced.

    Empty if neither is to be refused.
    """
    refused = []
    if not spec.gates.allow_empty:
        refused.append(
            compose(
                "SELECT {message} WHERE NOT EXISTS (SELECT FROM pg_temp.wdh_staging)",
                message=worded("本批次没有记录", "the batch is empty"),
            )
        )
    if spec.mode == "delete_insert" and not spec.primary_key:
        refused.append(
            compose(
                """
                SELECT {message}
                WHERE EXISTS (SELECT FROM pg_temp.wdh_staging AS staged WHERE {blank})
                """,
                message=worded(
                    f"本批次有的行在替换范围的列 {', '.join(spec.merge_key)} 中为空",
                    f"the batch holds rows with NULL in the merge key {', '.join(spec.merge_key)}",
                ),
                blank=" OR ".join(f"{column_list([name], 'staged')} IS NULL" for name in spec.merge_key),
            )
        )
    if spec.mode == "delete_insert" and spec.scope == "months":
        refused.append(
            compose(
                """
                SELECT {message}
                WHERE EXISTS (SELECT FROM pg_temp.wdh_staging AS staged WHERE ({within}) IS NOT TRUE)
                """,
                message=worded(
                    "本批次有的行不属于所替换的月份", "the batch holds rows outside the periods that it replaces"
                ),
                within=within_periods(spec, "staged"),
            )
        )
    return refuse_if(BATCH_REFUSED, "\nUNION ALL\n".join(refused)) if refused else ""


def refuse_other_count(records: int, staging: str = "pg_temp.wdh_staging") -> str:
    """Refuse a batch that lost or gained lines. The loader has the number from COPY itself, psql does not."""
    return refuse_if(
        BATCH_REFUSED,
        compose(
            """
            SELECT format({message}, count(*), {records})
            FROM {staging} HAVING count(*) <> {records}
            """,
            message=worded("暂存 %1$s 行，计划为 %2$s 行", "%1$s rows were staged, the plan says %2$s"),
            records=literal(records),
            staging=staging,
        ),
    )
