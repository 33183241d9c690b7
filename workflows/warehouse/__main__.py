"""``python -m workflows.warehouse``: make the tables that loading needs, and list what was loaded.

``apply-schema --domain NAME``, ``history --domain NAME`` and ``grant --domain NAME --role ROLE``.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator, Sequence

from psycopg2.extensions import connection as Connection  # noqa: N812 - a class, whatever psycopg2 calls it

from workflows.domains.registry import get_domain
from workflows.errors import Words, WorkflowError
from workflows.pages.text import local_time
from workflows.pipes import exit_with
from workflows.plan.build import table_columns
from workflows.settings import DatabaseSettings, get_settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.domain_names import named_domains
from workflows.warehouse.altering import missing_columns
from workflows.warehouse.connection import connect, describe, transaction
from workflows.warehouse.embedded import reachable
from workflows.warehouse.history import history_lines
from workflows.warehouse.ledger import files_of, last_loads
from workflows.warehouse.references import check_references
from workflows.warehouse.roles import grant_role
from workflows.warehouse.schema import TableDefinition, apply_schema
from workflows.warehouse.table_check import check_ledger
from workflows.warehouse.undo import images_kept, prune_images

_DOMAINS = "one of the catalogue's domains, several (a,b), or all"
_LACKS = "表中缺少 {count} 列 / the table lacks {count} column(s) of the domain; this adds them:"
_NOT_ALTERED = "以上语句未执行 / nothing of that was run; `make schema ALTER=1` (apply-schema --alter) runs it"
_ALTERED = "已执行 / done; rows that were there have no value in it until their months are loaded again"


def apply(domain_name: str, *, alter: bool = False) -> tuple[str, bool]:
    """Create the domain's table and the ledger where they are missing, and with ``alter`` the columns that the table
    lacks; what was done, for people, and whether the table is as the domain wants it."""
    settings = get_settings()
    source = load_catalogue(settings.data_sources_config).domain(domain_name)
    domain = get_domain(domain_name)
    definition = TableDefinition(source.table, table_columns(domain), source.primary_key, source.merge_key)
    database = settings.database
    with reachable(database), _opened(database, "schema", source.table) as connection:
        apply_schema(connection, [definition], domain.references)
        lacking = missing_columns(connection, definition)
        with connection.cursor() as cursor:
            for statement in lacking if alter else ():
                cursor.execute(statement)
    tables = ", ".join([source.table, *(each.table for each in domain.references)])
    said = Words(f"表 {tables} 和台账已就绪", f"table {tables} and the ledger are there")
    there = f"{describe(settings.database)}: {said}"
    if not lacking:
        return there, True
    listed = "\n".join(f"{statement};" for statement in lacking)
    if alter:
        return f"{there}\n{listed}\n{_ALTERED}", True
    return f"{there}\n{_LACKS.format(count=len(lacking))}\n{listed}\n{_NOT_ALTERED}", False


def history(domain_name: str, limit: int) -> str:
    """The last ``limit`` loads of the domain's table, newest first, for people."""
    settings = get_settings()
    table = load_catalogue(settings.data_sources_config).domain(domain_name).table
    database = settings.database
    with reachable(database), _opened(database, "history", table) as connection:
        check_ledger(connection, table)
        loads = last_loads(connection, table, limit)
        files = files_of(connection, [load.load_id for load in loads])
        return "\n".join(history_lines(table, loads, files, images_kept(connection, table)))


def prune(domain_name: str, keep: int) -> str:
    """Remove the images of all but the last ``keep`` loads of the domain's table; what that means, for people."""
    settings = get_settings()
    table = load_catalogue(settings.data_sources_config).domain(domain_name).table
    database = settings.database
    with reachable(database), _opened(database, "prune", table) as connection:
        check_ledger(connection, table)
        removed, oldest = prune_images(connection, table, keep)
    if oldest is None:
        return f"{table}: 没有可清理的载入 / no load has changed it; nothing is pruned"
    return (
        f"{table}: 已清理 {removed} 行旧映像，{oldest.load_id} 之前的载入不能再撤销 / {removed} images removed;"
        f" loads before {oldest.load_id} ({local_time(oldest.committed_at)}) can no longer be taken back"
    )


def grant(domain_name: str, role: str, *, read_only: bool) -> str:
    """Give ``role`` what loading the domain's table needs, or comparing with it; the statements that ran."""
    settings = get_settings()
    table = load_catalogue(settings.data_sources_config).domain(domain_name).table
    database, references = settings.database, get_domain(domain_name).references
    with reachable(database), _opened(database, "grant", table) as connection:
        check_ledger(connection, table)
        check_references(connection, references)
        statements = grant_role(connection, role, table, references, read_only=read_only)
    return "\n".join(f"{statement};" for statement in statements)


@contextlib.contextmanager
def _opened(database: DatabaseSettings, operation: str, table: str) -> Iterator[Connection]:
    with contextlib.closing(connect(database)) as connection, transaction(connection, operation, table):
        yield connection


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"应为不小于 1 的整数 / a whole number from 1 wanted, {text!r} found")
    return int(text)


def _role(text: str) -> str:
    if not text:
        raise argparse.ArgumentTypeError("应写明角色 / the role's name is wanted: make grant ROLE=name")
    return text


def build_parser() -> argparse.ArgumentParser:
    """The commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m workflows.warehouse", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    schema = commands.add_parser(
        "apply-schema", help="create the domain's table, those that it refers to and the ledger where they are missing"
    )
    schema.add_argument("--domain", required=True, help=_DOMAINS)
    schema.add_argument("--alter", action="store_true", help="add the columns that an existing table lacks, too")
    listing = commands.add_parser("history", help="list the loads of the domain's table, newest first")
    listing.add_argument("--domain", required=True, help=_DOMAINS)
    listing.add_argument("--limit", type=_positive, default=20)
    pruning = commands.add_parser("prune", help="remove what older loads deleted, by which they could be taken back")
    pruning.add_argument("--domain", required=True)
    pruning.add_argument("--keep", type=_positive, required=True, help="how many loads can still be taken back")
    granting = commands.add_parser("grant", help="make a role with just what loading the domain's table needs")
    granting.add_argument("--domain", required=True, help=_DOMAINS)
    granting.add_argument("--role", type=_role, required=True)
    granting.add_argument("--read-only", action="store_true", help="only what comparing needs")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when what was asked for is done, 1 with one clear message otherwise."""
    given = build_parser().parse_args(arguments)
    try:
        names = named_domains(given.domain, load_catalogue(get_settings().data_sources_config))
        return max([_of_domain(name, given) for name in names])
    except WorkflowError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _of_domain(name: str, given: argparse.Namespace) -> int:
    match given.command:
        case "apply-schema":
            said, is_right = apply(name, alter=given.alter)
            print(said)
            return 0 if is_right else 1
        case "history":
            print(history(name, given.limit))
        case "prune":
            print(prune(name, given.keep))
        case _:
            print(grant(name, given.role, read_only=given.read_only))
    return 0


if __name__ == "__main__":
    exit_with(main)
