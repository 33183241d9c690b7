"""What ``make check`` looks at before any run: catalogue, domains, files, tables. Nothing is written or changed."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from workflows.domains.domain import Domain
from workflows.domains.naming import called, naming_problems
from workflows.domains.registry import get_domain
from workflows.domains.value_lists import check_lists
from workflows.errors import CatalogueError, DataWarehouseLoaderError, SourceError, WorkflowError
from workflows.nearest import did_you_mean
from workflows.plan.build import table_columns
from workflows.plan.load_spec import LoadSpec
from workflows.runs.options import key_problems
from workflows.settings import Settings
from workflows.sources.candidates import Discovery
from workflows.sources.catalogue import load_catalogue
from workflows.sources.discovery import DataSourceConnector
from workflows.sources.entries import Catalogue, DomainSource
from workflows.sources.filenames import parse_name
from workflows.sources.headers import normalise
from workflows.warehouse.checking import tables_unfit

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found of one domain: ``problems`` as (place in the catalogue, text), and what is well in ``facts``."""

    name: str
    problems: tuple[tuple[str, str], ...] = ()
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """``problems`` that are no single domain's, and each domain by itself in the catalogue's order."""

    problems: tuple[tuple[str, str], ...] = ()
    domains: tuple[Checked, ...] = ()
    facts: tuple[str, ...] = field(default=())

    @property
    def count(self) -> int:
        """How many mistakes there are."""
        return len(self.problems) + sum(len(checked.problems) for checked in self.domains)


def check(settings: Settings) -> Report:
    """Look at everything that the settings name. A catalogue that cannot be read ends it: the rest hangs on it."""
    try:
        catalogue = load_catalogue(settings.data_sources_config)
    except CatalogueError as error:
        return Report(error.problems)
    problems = []
    try:
        check_lists()
    except CatalogueError as error:
        problems += [(f"{error.location}, {place}", text) for place, text in error.problems]
    seen: dict[str, Discovery] = {}
    try:
        seen = _discoveries(settings, catalogue)
    except SourceError as error:
        problems.append(("WDH_DATA_BASE_DIR", str(error)))
    checked, specs = [], []
    for name, source in catalogue.domains.items():
        found, domain = _domain(name, source)
        checked.append(_with_files(found, source, seen) if seen else found)
        specs.append(_spec(source, domain) if domain is not None and not found.problems else None)
    if not settings.database.is_configured:
        facts = ("未配置数据库，未检查表 / no database is configured: the tables were not looked at",)
        return Report(tuple(problems), tuple(checked), facts)
    return _with_tables(Report(tuple(problems), tuple(checked)), specs, settings)


def domain_problems(name: str, source: DomainSource, domain: Domain) -> Iterator[tuple[str, str]]:
    """What the catalogue's entry and the domain's module say that does not fit, each with its place."""
    place = f"domains.{name}"
    if domain.name != name:
        yield place, f"模块中的名称不同 / its module calls itself {domain.name!r}"
    *folders, example = source.example.split("/")
    if example and isinstance(found := parse_name(source, example, folders), str):
        yield f"{place}.example", f"此名不会被选用 / {source.example!r} would not be taken: {found}"
    for key, text in key_problems(source, domain):
        yield f"{place}.{key}", text
    for key, text in naming_problems(domain, source.headers, source.ignored_headers):
        yield f"{place}.{key}", text
    domain = called(domain, source.headers, source.ignored_headers)
    known = [*domain.known_headers, *domain.record.model_fields]
    for index, wanted in enumerate(source.required_columns):
        if wanted not in domain.record.model_fields and normalise(wanted) not in domain.known_headers:
            text = f"没有这样的列 / no field and no header of the record is called {wanted!r}"
            yield f"{place}.required_columns[{index}]", text + did_you_mean(wanted, known)
    yield from ((place, text) for text in _module_problems(domain))


def _module_problems(domain: Domain) -> Iterator[str]:
    fields = domain.record.model_fields
    named = {"period_field": [domain.period_field], "derived": domain.derived, "fillings": domain.fillings}
    for where, names in named.items():
        for name in names:
            if name not in fields:
                yield f"{where}: 记录中没有字段 / the record has no field {name!r}{did_you_mean(name, fields)}"
    for header, targets in domain.known_headers.items():
        kinds = [type(domain.kinds[name]) for name, _role in targets]
        # One header may feed a field as it is written and another one cleaned: of the same kind they are equal.
        if len(set(kinds)) < len(kinds):
            claimed = "、".join(f"{name}.{role}" for name, role in targets)
            yield f"表头重复 / the header {header!r} is claimed more than once: {claimed}"


def _domain(name: str, source: DomainSource) -> tuple[Checked, Domain | None]:
    try:
        domain = get_domain(name)
    except WorkflowError as error:
        return Checked(name, ((f"domains.{name}", str(error)),)), None
    except Exception as error:  # noqa: BLE001 - whatever a module does when it is imported is its author's to mend
        where = traceback.extract_tb(error.__traceback__)[-1]
        text = f"模块无法导入 / its module cannot be imported: {type(error).__name__}: {error}"
        return Checked(name, ((f"domains.{name}", f"{text} ({where.filename}:{where.lineno})"),)), None
    return Checked(name, tuple(domain_problems(name, source, domain))), domain


def _discoveries(settings: Settings, catalogue: Catalogue) -> dict[str, Discovery]:
    """What lies in the folder, as each domain sees it; raises SourceError."""
    connector = DataSourceConnector(settings.data_base_dir.resolve(), catalogue)
    return {name: connector.discover(name) for name in catalogue.domains}


def _with_files(checked: Checked, source: DomainSource, seen: Mapping[str, Discovery]) -> Checked:
    """Whether the domain's pattern matches anything. That it does not is a mistake where a workbook is nobody's."""
    discovery = seen[checked.name]
    if discovery.candidates:
        newest = max(file.period for file in discovery.candidates)
        fact = f"{len(discovery.candidates)} 个文件符合 / files match, newest {newest:%Y-%m}; {source.table}"
        return replace(checked, facts=(*checked.facts, fact))
    taken = {file.path for each in seen.values() for file in each.candidates}
    nobodys = [file for file in discovery.rejected if file.nearness and file.path not in taken]
    if not nobodys:
        fact = f"还没有此类工作簿 / no workbook of this domain below {discovery.folder}: its pattern was not tried"
        return replace(checked, facts=(*checked.facts, fact))
    nearest = sorted(nobodys, key=lambda file: (-file.nearness, file.path))[:_NAMED]
    text = f"没有文件符合 / matches none of the {len(nobodys)} workbook(s) that no other domain takes; the nearest: "
    text += "; ".join(f"{file.path}: {file.reason}" for file in nearest)
    return replace(checked, problems=(*checked.problems, (f"domains.{checked.name}.pattern", text)))


def _spec(source: DomainSource, domain: Domain) -> LoadSpec:
    """As much of a load as its table is judged by."""
    return LoadSpec(
        table=source.table,
        columns=domain.columns,
        business_columns=domain.business_columns,
        primary_key=source.primary_key,
        merge_key=source.merge_key,
        replaces=source.replaces,
        period_column=domain.period_field,
        table_columns=table_columns(domain),
        owns_rows=source.owns_rows,
        references=domain.references,
    )


def _with_tables(report: Report, specs: Sequence[LoadSpec | None], settings: Settings) -> Report:
    asked = [spec for spec in specs if spec is not None]
    try:
        unfit = iter(tables_unfit(settings.database, asked))
    except DataWarehouseLoaderError as error:
        return replace(report, problems=(*report.problems, ("WDH_DATABASE__URI", str(error))))
    domains = []
    for checked, spec in zip(report.domains, specs, strict=True):
        text = next(unfit) if spec is not None else None
        place = (f"domains.{checked.name}.table", text or "")
        domains.append(replace(checked, problems=(*checked.problems, place)) if text else checked)
    return replace(report, domains=tuple(domains))
