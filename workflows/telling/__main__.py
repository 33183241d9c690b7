"""``python -m workflows.telling status --domain NAME[,NAME]``: what is loaded, newer, missing, and what comes next.

``python -m workflows.telling explain --domain NAME --key …``: where a figure comes from, and what it was before.
``python -m workflows.telling check``: what is wrong with the settings, the catalogue and the domains.
``python -m workflows.telling scheduler --port N``: luigid for this machine, with its page.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import datetime

from workflows.errors import WorkflowError
from workflows.pipes import exit_with
from workflows.runs.choosing import catalogue
from workflows.runs.explaining import explain
from workflows.settings import get_settings
from workflows.sources.domain_names import named_domains
from workflows.telling.check import check_everything
from workflows.telling.console import say_lines
from workflows.telling.explanation import explanation_lines
from workflows.telling.scheduler import serve
from workflows.telling.status import status_lines, statuses, write_status


def status(domains: str) -> None:
    """Print how the domains stand today, and write it as pages and JSON."""
    settings = get_settings()
    for found in statuses(named_domains(domains, catalogue()), settings, datetime.now().astimezone().date()):
        say_lines(status_lines(found, settings.output_dir))
        print(f"Page: {write_status(found, settings.output_dir)}")


def build_parser() -> argparse.ArgumentParser:
    """The commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m workflows.telling", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    asking = commands.add_parser("status", help="what is loaded, newer, missing, and what comes next, by month")
    asking.add_argument("--domain", default="all", help="one or more, separated by commas; all is every one")
    serving = commands.add_parser("scheduler", help="luigid for this machine, with its page, until Ctrl-C")
    serving.add_argument("--port", type=int, default=8082)
    explaining = commands.add_parser("explain", help="where a figure comes from, and what it was before")
    explaining.add_argument("--domain", required=True)
    explaining.add_argument("--key", default="", help="2024-11,P0001,C001, or column=value,…")
    explaining.add_argument("--cell", default="", help="file!sheet!G14, as plans and pages write it")
    explaining.add_argument("--column", default="", help="this column only")
    explaining.add_argument("--json", action="store_true", help="print JSON")
    commands.add_parser("check", help="read settings, catalogue and every domain, and say what is wrong with them")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when it could be told, 1 with one clear message otherwise."""
    given = build_parser().parse_args(arguments)
    try:
        if given.command == "check":
            return check_everything()
        if given.command == "scheduler":
            serve(given.port, get_settings().output_dir.resolve() / "scheduler")
            return 0
        if given.command == "explain":
            found = explain(given.domain, given.key, given.cell, given.column, get_settings())
            if given.json:
                print(found.model_dump_json(indent=1))
            else:
                say_lines(explanation_lines(found))
            return 0 if found.rows or found.findings else 1
        status(given.domain)
    except BrokenPipeError:
        raise
    except (WorkflowError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    exit_with(main)
