"""The processed documents of a run's workbooks -> one merged document."""

from __future__ import annotations

from collections.abc import Sequence

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import WorkbookError
from workflows.plan.run import Choice
from workflows.records.accounts import FileAccount
from workflows.records.documents import processed_file
from workflows.records.merge import MergeRules
from workflows.records.merged import write_merged
from workflows.runs.paths import merged_path
from workflows.runs.reading import document_of


def merge_files(choice: Choice) -> int:
    """Merge and write; the number of records.

    Raises ConflictError where workbooks disagree and nothing decides, TargetDamagedError for a damaged document.
    """
    source = choice.source
    domain = get_domain(choice.domain)
    rules = MergeRules(
        primary_key=source.primary_key,
        business_columns=domain.business_columns,
        period_field=domain.period_field,
        replaces_periods=source.scope == "months",
        conflicts=source.conflicts,
    )
    sources = [processed_file(document_of(choice, file)) for file in choice.snapshot.files]
    _refuse_one_sheet_twice([source.meta.file for source in sources])
    with outputs.writing(merged_path(choice)) as stream:
        return write_merged(stream, domain.name, choice.snapshot.digest, sources, rules)


def _refuse_one_sheet_twice(files: Sequence[FileAccount]) -> None:
    """A name and a place in the catalogue's list of sheets can be the same one: its rows would count twice."""
    seen: set[tuple[str, str]] = set()
    for file in files:
        if (file.path, file.sheet) in seen:
            raise WorkbookError(file.path, f"two of the catalogue's sheets are {file.sheet!r}; name each sheet once")
        seen.add((file.path, file.sheet))
