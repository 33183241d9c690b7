"""``python -m workflows.runs``: the index of known companies, and which company answers.

``fetch-index --from FILE.csv`` or ``--query FILE.sql``, and ``which-company --customer-name NAME``.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

from workflows.companies.keys import KINDS, compared_key
from workflows.companies.resolver import RowKeys
from workflows.errors import CompanyIndexError, WorkflowError
from workflows.pipes import exit_with
from workflows.runs.companies import answering
from workflows.runs.fetch_index import Fetched, fetch_index, from_csv, from_query
from workflows.settings import Settings, get_settings
from workflows.warehouse.embedded import reachable


def _fetched(csv: Path | None, query: Path | None, settings: Settings) -> Fetched:
    if csv is not None:
        return from_csv(csv)
    if query := query or settings.company_index_query:
        with reachable(settings.database):
            return from_query(query, settings)
    raise CompanyIndexError(
        "fetch-index: 请写明来源 / say what it is fetched from: "
        "--from FILE.csv (make fetch-index FROM=FILE.csv), --query FILE.sql, or WDH_COMPANY_INDEX_QUERY"
    )


def which_company(row: RowKeys, settings: Settings) -> str:
    """Who answers for a row of these keys, as it is written in a workbook."""
    name = compared_key("customer_name", row.customer_name or "")
    answer = answering(settings, "which-company")[1].answer(row._replace(customer_name=name))
    return f"{answer.company_id or 'no company'} [{answer.way}]" + (f" {name}" if name else "")


def build_parser() -> argparse.ArgumentParser:
    """The commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m workflows.runs", description=__doc__, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    fetching = commands.add_parser("fetch-index", help="make the index of known companies anew", allow_abbrev=False)
    sources = fetching.add_mutually_exclusive_group()
    sources.add_argument("--from", dest="csv", type=Path, help="a CSV with the columns kind, key, company_id")
    sources.add_argument("--query", type=Path, help="a file with a SELECT of the columns kind, key, company_id")
    fetching.add_argument("--allow-empty", action="store_true", help="an index without a key is meant")
    fetching.add_argument("--allow-shrink", action="store_true", help="that many keys fewer than before are meant")
    asking = commands.add_parser("which-company", help="which company answers, and why", allow_abbrev=False)
    for kind in RowKeys._fields:
        asking.add_argument(f"--{kind.replace('_', '-')}", dest=kind, help=KINDS[kind])
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when what was asked for is done, 1 with one clear message otherwise."""
    given = build_parser().parse_args(arguments)
    try:
        settings = get_settings()
        if given.command == "fetch-index":
            fetched = _fetched(given.csv, given.query, settings)
            now = datetime.now(timezone.utc)
            allowed = {"allow_empty": given.allow_empty, "allow_shrink": given.allow_shrink}
            print("\n".join(fetch_index(fetched, settings.company_index, now, **allowed)))
        else:
            row = RowKeys(**{kind: getattr(given, kind) for kind in RowKeys._fields})
            print(which_company(row, settings))
    except WorkflowError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    exit_with(main)
