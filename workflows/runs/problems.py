"""A prepared load -> what goes back to the providers or is left for operators, and the plan that says where it lies."""

from __future__ import annotations

from workflows import outputs
from workflows.errors import reason_of
from workflows.giving_back.give_back import give_back
from workflows.giving_back.problems import GivenBack
from workflows.runs import paths
from workflows.runs.preparing import PreparedLoad
from workflows.settings import get_settings
from workflows.sources.discovery import locate
from workflows.stages import Stage


@Stage("problem lists")
def report_problems(prepared: PreparedLoad) -> PreparedLoad:
    """Write the annotated workbooks and rejects.csv of a load with findings; its plan then names them.

    It runs before the load, so that nothing but the receipt stands between the commit and its record.
    """
    plan, document, settings = prepared.plan, prepared.records.file, get_settings()
    given = give_back(
        paths.problems_dir(prepared.run, prepared.choice, blocked=bool(plan.blocked_by)),
        document.counts.files,
        [*document.rejects, *document.warnings],
        lambda path: locate(settings.data_base_dir, path),
        paths.relative,
        settings.workbook_engine,
    )
    return prepared.with_plan(plan.altered(given_back=_with_unresolved(given, prepared)))


def _with_unresolved(given: GivenBack, prepared: PreparedLoad) -> GivenBack:
    """The list of customers without a company that the merge left, put beside the plan or receipt."""
    plan = prepared.plan
    if plan.companies is None or not plan.companies.unresolved:
        return given
    path = paths.unresolved_path(prepared.run, prepared.choice, blocked=bool(plan.blocked_by))
    try:
        outputs.write(path, outputs.read(paths.merged_unresolved_path(prepared.choice)))
    except OSError as error:
        return given.altered(failed=(*given.failed, f"{path.name}: {reason_of(error)}"))
    return given.altered(unresolved_csv=paths.relative(path))
