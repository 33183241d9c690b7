"""A prepared load -> what goes back to the providers, and the plan that says where it lies."""

from __future__ import annotations

import dataclasses

from workflows.giving_back.give_back import give_back
from workflows.plan.model import AnnotatedWorkbook, GivenBack
from workflows.settings import get_settings
from workflows.sources.discovery import locate
from workflows.tasks import targets
from workflows.tasks.load_request import Load


def report_problems(prepared: Load, run: str) -> Load:
    """Write the annotated workbooks and rejects.csv of a load with findings; its plan then names them.

    It runs before the load, so that nothing but the receipt stands between the commit and its record.
    """
    plan, document, settings = prepared.plan, prepared.records.file, get_settings()
    folder = targets.problems_dir(plan.domain, run, plan_only=plan.plan_only, blocked=bool(plan.blocked_by))
    written = give_back(
        folder,
        document.counts["files"],
        document.rejects,
        document.warnings,
        lambda path: locate(settings.data_base_dir, path),
        settings.workbook_engine,
    )
    given = GivenBack(
        workbooks=[AnnotatedWorkbook(file=file, path=targets.relative(path)) for file, path in written.workbooks],
        rejects_csv=targets.relative(written.rejects_csv) if written.rejects_csv else None,
        failed=written.failed,
    )
    return dataclasses.replace(prepared, plan=plan.model_copy(update={"given_back": given}))
