"""Digests of the rules that make a processed or merged document: code, libraries, settings, catalogue.

A document made under other rules has another name, so changed rules re-run exactly what they touch. The code is found
by following imports from the module that makes the document: nobody has to remember a list.
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

from workflows.domains.registry import own_module
from workflows.records.validation import ReadingRules
from workflows.settings import get_settings
from workflows.sources.entries import DomainSource

_ROOT = Path(__file__).parents[1]
_READING, _MERGING = "records/validation.py", "records/merged.py"
# They say what went wrong, where things lie and how long they take, which is in no document.
_SHAPES_NOTHING = ("errors.py", "settings.py", "nearest.py", "stages.py", "__init__.py")
_LIBRARIES = ("openpyxl", "xlrd", "pydantic", "pydantic-core", "orjson", "defusedxml", "msoffcrypto-tool")
_IMPORT = re.compile(
    r"^[ \t]*(?:from (workflows[\w.]*) import (\([^)]*\)|[^\n(]*)|import (workflows[\w.]*))", re.MULTILINE
)
_DIGEST_LENGTH = 16


@functools.cache
def reading_rules(domain: str, source: DomainSource) -> ReadingRules:
    """How this domain's workbooks are read now, under an entry of the catalogue."""
    engine = get_settings().workbook_engine
    facts: dict[str, Any] = {
        "libraries": _libraries(),
        "engine": engine,
        "catalogue": source.reading_rules(),
        "lists": lists_digest(),
    }
    own = own_module(domain)
    if own is None:
        return ReadingRules(source, engine, _digest(code_of(_READING, f"domains/{domain}.py"), facts))
    facts["own domains"] = _digests(own.parent, "**/*.py")
    imported = _imports(own.read_text(encoding="utf-8"))
    return ReadingRules(source, engine, _digest(code_of(_READING, *imported), facts))


@functools.cache
def _libraries() -> dict[str, str]:
    return {name: version(name) for name in _LIBRARIES}


@functools.cache
def merging_rules(domain: str, source: DomainSource) -> str:
    """The digest of how this domain's documents are merged, and of how they were read."""
    facts = {"reading": reading_rules(domain, source).digest, "catalogue": source.merging_rules()}
    return _digest(code_of(_MERGING), facts)


@functools.cache
def lists_digest() -> str:
    """The digest of the lists beside the domains: what operators add shapes what is read as code does."""
    files = sorted((_ROOT / "domains/lists").glob("*.*"))
    own = get_settings().domains_dir
    return _digest([f"domains/lists/{file.name}" for file in files], _digests(own, "lists/*.*") if own else {})


def _digests(folder: Path, pattern: str) -> dict[str, str]:
    """The user's own files by their digests: any of them may shape what another one says."""
    files = sorted(folder.glob(pattern))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@functools.cache
def name_rules() -> str:
    """The digest of how keys of companies are normalised, which has to be the same for records and for the index."""
    lists = [f"domains/lists/{name}.txt" for name in ("blank_names", "kinds_of_enterprise", "status_words")]
    return _digest([*code_of("companies/keys.py"), *lists], {})


def code_of(*modules: str) -> list[str]:
    """The modules (paths below the package, POSIX) and all that they import of it, directly or not, in order."""
    found: set[str] = set()
    pending = list(modules)
    while pending:
        module = pending.pop()
        if module not in found:
            found.add(module)
            pending += _imported(module)
    return sorted(found - set(_SHAPES_NOTHING))


@functools.cache
def _imported(module: str) -> list[str]:
    return list(_imports(_source(module)))


def _imports(source: str) -> Iterator[str]:
    for package, names, module in _IMPORT.findall(source):
        base = (package or module).replace(".", "/").removeprefix("workflows").removeprefix("/")
        named = re.findall(r"\w+", names)
        below = [f"{base}/{name}" if base else name for name in named]
        for place in (base, *below):
            yield from filter(_exists, (f"{place}.py", f"{place}/__init__.py"))


@functools.cache
def _exists(module: str) -> bool:
    return (_ROOT / module).is_file()


@functools.cache
def _source(module: str) -> str:
    # Line ends differ between checkouts on Windows and elsewhere; the rules do not.
    return (_ROOT / module).read_text(encoding="utf-8").replace("\r\n", "\n")


def _digest(modules: list[str], facts: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(facts, sort_keys=True, ensure_ascii=False).encode())
    for module in modules:
        digest.update(f"{module}\n{_source(module)}".encode())
    return digest.hexdigest()[:_DIGEST_LENGTH]
