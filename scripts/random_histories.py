"""Random histories of loads, undos, redos, foreign edits, prunes and restores, each held against a plain model.

``make histories`` runs a thousand: at the first that ends otherwise than the model says it stops and names its seed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from contextlib import closing
from pathlib import Path

import psycopg2

from tests.fixtures.histories import histories
from workflows.warehouse import embedded
from workflows.warehouse.schema import apply_schema


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--histories", type=int, default=1000, help="how many, each of a seed of its own")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--steps", type=int, default=12, help="what happens in each")
    given = parser.parse_args()
    happened, done = Counter[str](), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "server"
        try:
            with embedded.running_server(folder) as dsn:
                with closing(psycopg2.connect(dsn)) as connection:
                    apply_schema(connection, [])
                    connection.commit()
                for _, steps in histories(dsn, range(given.first, given.first + given.histories), given.steps):
                    happened, done = happened + steps, done + 1
                    if done % 100 == 0:
                        print(f"{done} histories", flush=True)
        finally:
            embedded.discard(folder)
    print(f"{done} histories, {happened.total()} steps; all as the model says")
    for kind, count in happened.most_common():
        print(f"{count:6} {kind}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
