"""CONTRIBUTING.md and CHANGELOG.md hold what they name."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[1]
_TEXT = (_ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
_CHANGES = (_ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_every_path_that_is_named_is_there() -> None:
    named = re.findall(r"`((?:[\w.]+/)*[\w.]+/?)`", _TEXT)
    paths = [path for path in named if "/" in path or path.endswith((".md", ".cfg"))]
    assert len(paths) > 20
    missing = [path for path in paths if not any((base / path).exists() for base in (_ROOT, _ROOT / "workflows"))]
    assert [path for path in missing if path != "workbook/"] == []


def test_every_target_that_is_named_is_there() -> None:
    declared = re.search(r"^targets := (.*)$", (_ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert declared is not None
    assert set(re.findall(r"make ([a-z-]{3,})", _TEXT)) - {"and"} <= set(declared[1].split())


def test_the_newest_version_of_the_changelog_is_the_packages() -> None:
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", _CHANGES, re.MULTILINE)
    assert versions == sorted(versions, key=lambda text: tuple(map(int, text.split("."))), reverse=True)
    configured = re.search(r"^version = (.*)$", (_ROOT / "setup.cfg").read_text(encoding="utf-8"), re.MULTILINE)
    assert configured is not None and configured[1].removesuffix(".dev0") == versions[0]
    assert len(versions) > 3
