"""Findings of a merged document as they are given back: by workbook and by cell (pure)."""

from __future__ import annotations

from collections.abc import Iterable

from workflows.domains.findings import Finding, Level
from workflows.frozen import Frozen
from workflows.records.accounts import FileAccount

LEVEL_NAMES: dict[Level, str] = {"reject": "拒收 Rejected", "caution": "提示 Caution", "note": "说明 Note"}


class AnnotatedWorkbook(Frozen):
    """A copy of ``file``'s sheet with its findings marked; ``path`` is below WDH_OUTPUT_DIR."""

    file: str
    path: str


class GivenBack(Frozen):
    """What was written for the providers: nothing where nothing was found.

    ``unresolved_csv`` is the operators' own: customers that no company was found for. ``failed`` says what could not be
    written, and why; that never fails a load.
    """

    workbooks: tuple[AnnotatedWorkbook, ...] = ()
    rejects_csv: str | None = None
    unresolved_csv: str | None = None
    failed: tuple[str, ...] = ()


def cell_of(finding: Finding) -> str:
    """The cell to look at, as Excel names it; empty for the file as a whole."""
    return f"{finding.column or 'A'}{finding.row}" if finding.row else ""


def by_sheet(findings: Iterable[Finding]) -> dict[tuple[str, str], list[Finding]]:
    """The findings of each workbook's sheet from top to bottom, in their order of appearance."""
    grouped: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        grouped.setdefault((finding.file, finding.sheet), []).append(finding)
    for found in grouped.values():
        found.sort(key=lambda finding: (finding.row, len(finding.column), finding.column, finding.level != "reject"))
    return grouped


def notes_of(file: FileAccount) -> list[Finding]:
    """What the account says about the workbook as a whole, as findings without a place."""
    return [Finding("note", file.path, file.sheet, 0, "", "", "", "", "file_note", note) for note in file.notes]
