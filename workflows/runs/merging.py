"""The processed documents of a run's workbooks -> one merged document."""

from __future__ import annotations

from collections.abc import Sequence

from workflows import outputs
from workflows.domains.domain import Domain
from workflows.domains.registry import get_domain
from workflows.errors import RunDamagedError
from workflows.giving_back.unresolved_csv import write_unresolved
from workflows.plan.run import Choice, Run
from workflows.records.company_ids import CompanyIds
from workflows.records.documents import ProcessedFile, processed_file
from workflows.records.merge_rules import MergeRules
from workflows.records.merged import write_merged
from workflows.runs.collector import collector_paused
from workflows.runs.companies import known_companies
from workflows.runs.paths import merged_path, merged_unresolved_path
from workflows.runs.reading import document_of
from workflows.settings import get_settings


def merge_files(run: Run) -> int:
    """Merge and write; the number of records.

    Raises ConflictError where workbooks disagree and nothing decides, TargetDamagedError for a damaged document,
    OtherCompaniesError where this host would give other company ids than the one that began the run.
    """
    choice, source = run.choice, run.choice.source
    domain = get_domain(choice.domain)
    rules = MergeRules(
        primary_key=source.primary_key,
        business_columns=domain.business_columns,
        period_field=domain.period_field,
        scope=source.scope,
        conflicts=source.conflicts,
        merge_key=source.merge_key,
    )
    sources = [processed_file(document_of(run, file)) for file in choice.snapshot.files]
    companies = _company_ids(choice, domain)
    with collector_paused(), outputs.writing(merged_path(run)) as stream:
        count = write_merged(stream, domain.name, choice.snapshot.digest, sources, rules, companies)
        if companies is not None:
            # Before the document has its name, which says that all is there.
            with outputs.writing(merged_unresolved_path(run)) as beside:
                write_unresolved(beside, companies.unresolved(), _columns_to_look_at(sources, domain))
    return count


def _company_ids(choice: Choice, domain: Domain) -> CompanyIds | None:
    if domain.company is None:
        return None
    if choice.companies is None:
        raise RunDamagedError("the run began without company ids, and its domain has them now; run again")
    return CompanyIds(domain, known_companies(domain.name, choice.companies, get_settings()))


def _columns_to_look_at(sources: Sequence[ProcessedFile], domain: Domain) -> dict[tuple[str, str], str]:
    """Excel's letter of the column that names the customer, or else what comes nearest, by workbook and sheet."""
    keys = domain.company
    fields = [keys.customer_name, keys.account_name, keys.plan_code] if keys else []
    letters = {}
    for file in (source.meta.file for source in sources):
        named = [file.columns[field].letter for field in fields if field in file.columns]
        letters[file.path, file.sheet] = named[0] if named else "A"
    return letters
