"""Outputs as Luigi's targets; they are written by ``workflows.outputs``, whole or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import luigi


def target(path: Path) -> luigi.LocalTarget:
    """What tells Luigi whether ``path`` is there."""
    return cast(Any, luigi.LocalTarget)(str(path))  # type: ignore[no-any-return]
