"""The processed documents of a run's workbooks -> one merged document."""

from __future__ import annotations

from collections.abc import Sequence

from workflows import outputs
from workflows.companies.resolver import KnownCompanies
from workflows.domains.domain import Domain
from workflows.domains.registry import get_domain
from workflows.errors import RunDamagedError, Words, WorkbookError
from workflows.giving_back.companies_csv import telling_answers, write_unresolved
from workflows.plan.run import Choice
from workflows.records.accounts import FileAccount
from workflows.records.company_ids import CompanyIds
from workflows.records.documents import ProcessedFile, processed_file
from workflows.records.merge_rules import MergeRules
from workflows.records.merged import write_merged
from workflows.records.references import References, written
from workflows.runs.collector import collector_paused
from workflows.runs.companies import known_companies
from workflows.runs.paths import merged_answers_path, merged_path, merged_references_path, merged_unresolved_path
from workflows.runs.reading import document_of
from workflows.settings import get_settings
from workflows.stages import Stage


def merge_files(choice: Choice) -> int:
    """Merge and write; the number of records.

    Raises ConflictError where workbooks disagree and nothing decides, TargetDamagedError for a damaged document,
    OtherCompaniesError where this host would give other company ids than the one that began the run.
    """
    with Stage("merging", choice.domain) as merging:
        merging.rows = count = _merge(choice)
    return count


def _merge(choice: Choice) -> int:
    source = choice.source
    domain = get_domain(choice.domain)
    rules = MergeRules(
        primary_key=source.primary_key,
        business_columns=domain.business_columns,
        period_field=domain.period_field,
        scope=source.scope,
        conflicts=source.conflicts,
        merge_key=source.merge_key,
    )
    sources = [processed_file(document_of(choice, file)) for file in choice.snapshot.files]
    _refuse_one_sheet_twice([source.meta.file for source in sources])
    is_undo = choice.undo is not None
    references = References(domain.references, domain.columns) if domain.references and not is_undo else None
    # All is written before the document has its name, which says that all is there.
    with collector_paused(), outputs.writing(merged_path(choice)) as stream:
        if domain.company is None or is_undo:
            count = write_merged(stream, domain.name, choice.snapshot.digest, sources, rules, references=references)
            _write_references(choice, references)
            return count
        with outputs.writing(merged_answers_path(choice)) as answers, telling_answers(answers) as tell:
            companies = CompanyIds(domain, _known_companies(choice), tell)
            count = write_merged(stream, domain.name, choice.snapshot.digest, sources, rules, companies, references)
        _write_references(choice, references)
        with outputs.writing(merged_unresolved_path(choice)) as unresolved:
            write_unresolved(unresolved, companies.unresolved(), _columns_to_look_at(sources, domain))
        return count


def _write_references(choice: Choice, references: References | None) -> None:
    if references is not None:
        outputs.write(merged_references_path(choice), written(references.rows()))


def _known_companies(choice: Choice) -> KnownCompanies:
    if choice.companies is None:
        raise RunDamagedError(
            Words(
                "运行开始时领域没有 company_id, 现在有了; 请重新运行",
                "the run began without company ids, and its domain has them now; run again",
            )
        )
    return known_companies(choice.domain, choice.companies, get_settings())


def _columns_to_look_at(sources: Sequence[ProcessedFile], domain: Domain) -> dict[tuple[str, str], str]:
    """Excel's letter of the column that names the customer, or else what comes nearest, by workbook and sheet."""
    keys = domain.company
    fields = [keys.customer_name, keys.account_name, keys.plan_code] if keys else []
    letters = {}
    for file in (source.meta.file for source in sources):
        named = [file.columns[field].letter for field in fields if field in file.columns]
        letters[file.path, file.sheet] = named[0] if named else "A"
    return letters


def _refuse_one_sheet_twice(files: Sequence[FileAccount]) -> None:
    """A name and a place in the catalogue's list of sheets can be the same one: its rows would count twice."""
    seen: set[tuple[str, str]] = set()
    for file in files:
        if (file.path, file.sheet) in seen:
            raise WorkbookError(
                file.path,
                Words(
                    f"目录中有两个工作表都是 {file.sheet!r}; 每个只写一次",
                    f"two of the catalogue's sheets are {file.sheet!r}; name each sheet once",
                ),
            )
        seen.add((file.path, file.sheet))
