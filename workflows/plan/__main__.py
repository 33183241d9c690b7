"""``python -m workflows.plan show PATH``: print a plan or a receipt as its run did."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import ValidationError

from workflows.plan.model import Plan
from workflows.plan.render.lines import plain
from workflows.plan.render.summary import summary


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when the plan was shown, 1 with one clear message otherwise."""
    parser = argparse.ArgumentParser(prog="python -m workflows.plan", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    show = commands.add_parser("show", help="print a plan.json or receipt.json")
    show.add_argument("path", type=Path)
    path = parser.parse_args(arguments).path
    try:
        plan = Plan.model_validate_json(path.read_bytes())
    except OSError as error:
        print(f"error: {path} cannot be read: {error.strerror}", file=sys.stderr)
        return 1
    except ValidationError as error:
        print(f"error: {path} is no plan or receipt ({error.error_count()} mistakes)", file=sys.stderr)
        return 1
    print(plain(summary(plan, str(path))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
