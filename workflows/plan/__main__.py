"""``python -m workflows.plan show PATH``: print a plan or a receipt as its run did."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from workflows.errors import reason_of
from workflows.pipes import exit_with
from workflows.plan.render.lines import plain
from workflows.plan.render.run_summary import run_summary
from workflows.plan.run_plan import RunPlan


def build_parser() -> argparse.ArgumentParser:
    """The commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m workflows.plan", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="print a plan.json or receipt.json")
    show.add_argument("path", type=Path)
    show.add_argument("--show-sql", action="store_true", help="print the statements whole")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when the plan was shown, 1 with one clear message otherwise."""
    given = build_parser().parse_args(arguments)
    path: Path = given.path
    try:
        plan = RunPlan.read(path.read_bytes())
    except OSError as error:
        print(f"error: {path} 无法读取 / cannot be read: {reason_of(error)}", file=sys.stderr)
        return 1
    except ValidationError as error:
        print(f"error: {path} 不是计划或回执 / is no plan or receipt ({error.error_count()} mistakes)", file=sys.stderr)
        return 1
    page, script = (str(beside) if beside.exists() else "" for beside in _beside(path))
    print(plain(run_summary(plan, str(path), page, script, show_sql=given.show_sql)))
    return 0


def _beside(document: Path) -> tuple[Path, Path]:
    """The page and the script of a plan that still lies where its run left it."""
    return document.with_suffix(".html"), document.with_suffix(".sql")


if __name__ == "__main__":
    exit_with(main)
