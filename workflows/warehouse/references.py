"""The tables that facts refer to: what they hold, and new rows of them, in the caller's transaction."""

from __future__ import annotations

from collections.abc import Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it
from psycopg2.extensions import cursor as Cursor  # noqa: N812 - as above

from workflows.domains.references import Reference
from workflows.errors import TableMismatchError, TableNotFoundError
from workflows.plan.identifiers import array_text, column_list, compose, literal
from workflows.plan.load_spec import LoadSpec
from workflows.plan.reference_sql import (
    STAGED,
    TableStatements,
    added_keys,
    misfits_of,
    reference_statements,
    rows_there,
)
from workflows.plan.references import (
    Key,
    ReferenceAccount,
    ReferenceInsert,
    There,
    reference_accounts,
    reference_inserts,
)
from workflows.records.copy_feed import lines_of_rows
from workflows.records.references import ReferenceRows
from workflows.stages import Stage
from workflows.warehouse.names import secured
from workflows.warehouse.steps import run_phase


def check_references(connection: Connection, references: Sequence[Reference]) -> None:
    """Return if the tables of ``references`` can take rows, in a secured transaction.

    Raises TableNotFoundError and TableMismatchError, which name every problem and what would mend it.
    """
    found: list[tuple[bool, str]] = []
    with connection.cursor() as cursor:
        for reference in references:
            cursor.execute(misfits_of(reference))
            found += cursor.fetchall()
    if found:
        text = "; ".join(problem for _is_missing, problem in found)
        raise TableNotFoundError(text) if any(is_missing for is_missing, _ in found) else TableMismatchError(text)


@Stage("references")
def add_references(
    connection: Connection, parts: Sequence[Sequence[ReferenceRows]], spec: LoadSpec
) -> list[list[ReferenceAccount]]:
    """Add the rows whose keys are new, under the time limits of ``spec``; what became of each part's rows.

    Raises as a load's statements do. Whoever adds the same keys at the same time is waited for.
    """
    there: dict[str, There] = {}
    inserts = reference_inserts(parts)
    statements = reference_statements(inserts, spec)
    if statements is not None:
        with connection.cursor() as cursor:
            run_phase(cursor, statements.opening, spec.table)
            for each in statements.tables:
                there[each.insert.table] = _added(cursor, each)
            run_phase(cursor, [statements.closing], spec.table)
    return reference_accounts(parts, inserts, there)


def _added(cursor: Cursor, statements: TableStatements) -> There:
    """Run them; the rows of these keys that were there before, or that somebody else added meanwhile."""
    insert = statements.insert
    chunks = lines_of_rows(insert.rows)
    run_phase(cursor, (statements.stage, statements.copy, statements.add, statements.stand), insert.table, chunks)
    cursor.execute(added_keys(insert))
    added = set(cursor.fetchall())
    staged = compose("SELECT {key} FROM {staged}", key=column_list(insert.key), staged=STAGED)
    found = _rows(cursor, insert, staged)
    run_phase(cursor, [statements.tidy], insert.table)
    return {key: row for key, row in found.items() if key not in added}


@Stage("references")
def look_up_references(
    connection: Connection, parts: Sequence[Sequence[ReferenceRows]]
) -> list[list[ReferenceAccount]]:
    """What adding would do now to each part's rows; nothing is changed, and no temporary table is needed."""
    there: dict[str, There] = {}
    inserts = reference_inserts(parts)
    secured(connection)
    with connection.cursor() as cursor:
        for insert in inserts:
            keys = zip(*map(insert.key_of, insert.rows), strict=True)
            arrays = ", ".join(f"{literal(array_text(values))}::text[]" for values in keys)
            there[insert.table] = _rows(cursor, insert, compose("SELECT * FROM unnest({arrays})", arrays=arrays))
    return reference_accounts(parts, inserts, there)


def _rows(cursor: Cursor, insert: ReferenceInsert, keys: str) -> dict[Key, dict[str, str | None]]:
    cursor.execute(rows_there(insert, keys))
    return {tuple(row[: len(insert.key)]): dict(zip(insert.names, row, strict=True)) for row in cursor.fetchall()}
