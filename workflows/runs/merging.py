"""The processed documents of a run's workbooks -> one merged document."""

from __future__ import annotations

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.plan.run import Run
from workflows.records.documents import processed_file
from workflows.records.merge import MergeRules
from workflows.records.merged import write_merged
from workflows.runs.paths import merged_path
from workflows.runs.reading import document_of


def merge_files(run: Run) -> int:
    """Merge and write; the number of records.

    Raises ConflictError where workbooks disagree and nothing decides, TargetDamagedError for a damaged document.
    """
    choice, source = run.choice, run.choice.source
    domain = get_domain(choice.domain)
    rules = MergeRules(
        primary_key=source.primary_key,
        business_columns=domain.business_columns,
        period_field=domain.period_field,
        replaces_periods=source.scope == "months",
        conflicts=source.conflicts,
    )
    sources = [processed_file(document_of(run, file)) for file in choice.snapshot.files]
    with outputs.writing(merged_path(run)) as stream:
        return write_merged(stream, domain.name, choice.snapshot.digest, sources, rules)
