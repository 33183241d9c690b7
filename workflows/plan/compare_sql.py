"""The live table against the batch, as the queries that tell what a load would change (pure).

They only read. One ordered query yields the rows that differ; everything else is counted from it, so that a million
unchanged rows cost one join and no transfer.
"""

from __future__ import annotations

from workflows.plan.change_columns import month, row_values
from workflows.plan.compare_multiset_sql import changed_equals
from workflows.plan.conditions import differing, equal_keys, in_scope, near_batch
from workflows.plan.identifiers import column_list, compose, literal, quote_identifier
from workflows.plan.load_spec import LoadSpec


def changed_rows(spec: LoadSpec) -> str:
    """One row per change, by key: kind, month, the key, the old values, the new values, the place.

    All as text. The kind is added, changed or removed; the place is the new row's, and the old one's if there is no
    new one. In an append every staged row is added. Where rows have no key, what names them stands for it, and how many
    equal rows it is comes last.
    """
    if not spec.primary_key and spec.mode == "delete_insert":
        return changed_equals(spec)
    texts = [
        *row_values(spec, _no_staged(spec)),
        *(["1"] if not spec.primary_key else []),
    ]
    return compose(
        """
        SELECT
          CASE WHEN {no_staged} THEN 'removed' WHEN target.wdh_at IS NULL THEN 'added' ELSE 'changed' END AS kind,
          {month} AS month,
          {texts}
        FROM {joined}
        WHERE {no_staged} OR target.wdh_at IS NULL OR {differing}
        {order}
        """,
        no_staged=_no_staged(spec),
        month=month(spec),
        texts=",\n  ".join(texts),
        joined=_joined(spec),
        differing=differing(spec),
        order=f"ORDER BY {', '.join(_key_of_the_row(spec))}" if spec.primary_key else "",
    )


def _joined(spec: LoadSpec) -> str:
    """With the keys as the scope nothing can be removed, and the join needs no more than the staged rows' keys."""
    columns = column_list(spec.columns)
    parts = {"columns": columns, "table": spec.target.quoted, "staging": spec.staging}
    if spec.mode == "append":
        return compose(
            "{staging} AS staged LEFT JOIN (SELECT ctid AS wdh_at, {columns} FROM {table}) AS target ON false", **parts
        )
    if spec.scope != "keys":
        return compose(
            """
            (SELECT ctid AS wdh_at, {columns} FROM {table} AS target
               WHERE {scope}) AS target
            FULL JOIN {staging} AS staged ON {equal}
            """,
            scope=in_scope(spec),
            equal=equal_keys(spec),
            **parts,
        )
    near = near_batch(spec)
    return compose(
        """
        {staging} AS staged
        LEFT JOIN (SELECT ctid AS wdh_at, {columns} FROM {table} AS target
          {near}) AS target ON {equal}
        """,
        near="WHERE " + " AND ".join(near) if near else "",
        equal=equal_keys(spec),
        **parts,
    )


def _no_staged(spec: LoadSpec) -> str:
    """There is no staged row; its key has no NULL."""
    if spec.mode == "append" or spec.scope == "keys":
        return "false"
    return compose("staged.{key} IS NULL", key=quote_identifier(spec.primary_key[0]))


def _key_of_the_row(spec: LoadSpec) -> list[str]:
    return [compose("coalesce(staged.{c}, target.{c})", c=quote_identifier(name)) for name in spec.primary_key]


def compared_table(spec: LoadSpec) -> str:
    """Which table this is: server, database, schema and name. A restored dump is another server's."""
    return compose(
        """
        SELECT (SELECT system_identifier::text FROM pg_catalog.pg_control_system()), current_database()::text, {table}
        """,
        table=spec.target.identity,
    )


def last_sequence(spec: LoadSpec) -> str:
    """The ledger's last entry of the table; 0 if there is none."""
    return compose(
        "SELECT coalesce(max(sequence), 0) FROM {loads} WHERE table_name = {table}",
        loads=spec.loads.quoted,
        table=spec.target.identity,
    )


def staged_rows(spec: LoadSpec) -> str:
    """How many rows the load would look at."""
    return compose("SELECT count(*) FROM {staging}", staging=spec.staging)


def repeated_keys(spec: LoadSpec) -> str:
    """How many keys of the scope the table holds more than once; only a table without a unique key can."""
    return compose(
        """
        SELECT count(*) FROM (
          SELECT FROM {table} AS target
          WHERE {scope}
          GROUP BY {key} HAVING count(*) > 1
        ) AS repeated
        """,
        table=spec.target.quoted,
        scope=in_scope(spec),
        key=column_list(spec.primary_key, "target"),
    )


def known_keys(spec: LoadSpec) -> str:
    """How many staged keys the table holds already: an append would meet them as duplicates."""
    return compose(
        """
        SELECT count(*) FROM {staging} AS staged
        WHERE EXISTS (SELECT FROM {table} AS target WHERE {equal})
        """,
        staging=spec.staging,
        table=spec.target.quoted,
        equal=equal_keys(spec),
    )


def staged_as_arrays(spec: LoadSpec, arrays: dict[str, str]) -> str:
    """``WITH`` a relation ``wdh_staging`` of the batch, where no temporary table may be created.

    ``arrays`` are the columns' values as the text of a PostgreSQL array; ``spec.table_columns`` give the types.
    """
    types = {column.name: column.sql_type for column in spec.table_columns}
    return compose(
        """
        WITH wdh_staging AS MATERIALIZED (
          SELECT {casts}
          FROM unnest({arrays}) AS given ({columns})
        )
        """,
        casts=", ".join(
            f"given.{quote_identifier(name)}::{types[name]} AS {quote_identifier(name)}" for name in spec.columns
        ),
        arrays=", ".join(f"{literal(arrays[name])}::text[]" for name in spec.columns),
        columns=column_list(spec.columns),
    )
