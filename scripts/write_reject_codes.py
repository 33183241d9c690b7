"""Prints the page of all codes of findings; `python scripts/write_reject_codes.py > docs/reject-codes.md` renews it."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Iterator, Mapping

import workflows.domains
from workflows.domains.domain import Domain
from workflows.domains.finding_codes import CAUTION_CODES, REJECT_CODES, REMEDIES

_HEAD = """\
# Codes of findings

Every finding carries file, sheet, row, column letter, header, the raw value, one of these codes, and a message in
Chinese and English. All problems of a row are named at once. Codes are stable; messages may improve.

This page is made from `workflows/domains/finding_codes.py` and the domains by `scripts/write_reject_codes.py`; a test
keeps them the same.
"""
_COLUMNS = "| Code | Meaning | 含义 | What the provider does | 处理建议 |"


def page() -> str:
    """The whole page as Markdown."""
    return "\n".join(
        [
            _HEAD,
            "## Rejects: the row is not loaded",
            "",
            *_table(REJECT_CODES),
            "",
            "`period_mismatch` rejects a row only where whole periods are replaced (a merge key without the rest of",
            "the primary key); otherwise it is a caution.",
            "",
            "## Cautions: the row is loaded, and says so",
            "",
            *_table(CAUTION_CODES),
            "",
            *(line for domain in _domains() if domain.codes for line in _own_cautions(domain)),
        ]
    )


def _domains() -> Iterator[Domain]:
    for module in pkgutil.iter_modules(workflows.domains.__path__):
        found = getattr(importlib.import_module(f"workflows.domains.{module.name}"), "DOMAIN", None)
        if isinstance(found, Domain):
            yield found


def _own_cautions(domain: Domain) -> Iterator[str]:
    yield f"## Cautions of `{domain.name}` alone"
    yield ""
    yield _COLUMNS
    yield "|---|---|---|---|---|"
    for code, (chinese, english, advice, advised) in domain.codes.items():
        yield f"| `{code}` | {english} | {chinese} | {advised} | {advice} |"
    yield ""


def _table(codes: Mapping[str, tuple[str, str]]) -> Iterator[str]:
    yield _COLUMNS
    yield "|---|---|---|---|---|"
    for code, (chinese, english) in codes.items():
        advice, advised = REMEDIES[code]
        yield f"| `{code}` | {english} | {chinese} | {advised} | {advice} |"


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.stdout.write(page())
