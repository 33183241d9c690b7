"""Digests of the rules that make a processed or merged document: code, libraries, settings, catalogue.

A document made under other rules has another name, so changed rules re-run exactly what they touch.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import workflows
from workflows.records.validation import ReadingRules
from workflows.settings import get_settings
from workflows.sources.catalogue import Catalogue, DomainSource, load_catalogue

_ROOT = Path(workflows.__file__).parent
_READING_CODE = (
    "sources/workbook",
    "sources/headers.py",
    "sources/cells.py",
    "sources/columns.py",
    "records/validation.py",
    "records/sheet_choice.py",
    "records/monthly_sums.py",
    "records/json_files.py",
)
_MERGING_CODE = (
    "records/merge.py",
    "records/merge_findings.py",
    "records/merged.py",
    "records/monthly_sums.py",
    "records/json_files.py",
)
_READING_LIBRARIES = ("openpyxl", "xlrd", "pydantic", "pydantic-core", "orjson")
# In domains/ a module is shared unless it is a domain of its own; those count only for themselves.
IS_DOMAIN = re.compile(rb"^DOMAIN\b", re.MULTILINE)
_DIGEST_LENGTH = 16


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of the settings, read once per process."""
    return load_catalogue(get_settings().data_sources_config)


def domain_source(domain: str) -> DomainSource:
    """The catalogue's entry of a domain."""
    return catalogue().domain(domain)


@functools.cache
def reading_rules(domain: str) -> ReadingRules:
    """How this domain's workbooks are read now."""
    source = domain_source(domain)
    engine = get_settings().workbook_engine
    entry: dict[str, Any] = source.reading_rules()
    digest = _digest(
        _code((*_READING_CODE, *_domain_code(domain))),
        {"libraries": {name: version(name) for name in _READING_LIBRARIES}, "engine": engine, "catalogue": entry},
    )
    return ReadingRules(
        digest=digest,
        required=tuple(source.required_columns),
        month_from_file=source.month_from == "file",
        engine=engine,
        hidden=source.hidden,
    )


@functools.cache
def merging_rules(domain: str) -> str:
    """The digest of how this domain's documents are merged now, and of how they were read."""
    entry: dict[str, Any] = domain_source(domain).merging_rules()
    return _digest(_code(_MERGING_CODE), {"reading": reading_rules(domain).digest, "catalogue": entry})


def _domain_code(domain: str) -> Iterator[str]:
    for path in sorted((_ROOT / "domains").glob("*.py")):
        is_domain = IS_DOMAIN.search(path.read_bytes())
        if not is_domain or path.stem == domain:
            yield f"domains/{path.name}"


def _code(parts: tuple[str, ...]) -> list[Path]:
    return [file for part in parts for file in sorted(_files(_ROOT / part))]


def _files(path: Path) -> Iterator[Path]:
    return path.rglob("*.py") if path.is_dir() else iter((path,))


def _digest(code: list[Path], facts: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode())
    for path in code:
        # Line ends differ between checkouts on Windows and elsewhere; the rules do not.
        digest.update(path.relative_to(_ROOT).as_posix().encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:_DIGEST_LENGTH]
