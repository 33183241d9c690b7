"""The choice of a run, made once: options, keys, rules and the snapshot of files."""

from __future__ import annotations

import functools

from workflows.domains.registry import get_domain
from workflows.domains.value_lists import check_lists
from workflows.errors import ParameterError
from workflows.plan.run import Choice, Run
from workflows.runs.companies import company_basis
from workflows.runs.options import RunOptions, check_headers, check_keys, check_max_files, overridden
from workflows.runs.rules import merging_rules
from workflows.settings import Settings, get_settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.discovery import DataSourceConnector
from workflows.sources.entries import Catalogue
from workflows.sources.months_seen import left_out
from workflows.sources.selection import counted, select
from workflows.sources.snapshot import freeze


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of the settings, read once per process."""
    return load_catalogue(get_settings().data_sources_config)


def choose(run: str, options: RunOptions, settings: Settings) -> Run:
    """Look at the folder once: what is chosen, what is not, and how it is to be loaded.

    Raises the errors of the catalogue, of discovery and selection, and ParameterError for impossible keys.
    """
    source = overridden(catalogue().domain(options.domain), options.said)
    domain = get_domain(options.domain)
    check_keys(source, domain)
    check_headers(source, domain, settings.data_sources_config)
    check_lists()
    if source.sheets:
        raise ParameterError(f"{options.domain}: several sheets of one workbook are not read yet")
    companies = company_basis(domain, settings)
    discovery = DataSourceConnector(settings.data_base_dir.resolve(), catalogue()).discover(options.domain)
    selection = select(discovery, source.select, options.periods, options.max_files)
    if options.max_files is None:
        # A month of more parts than a run may have at all.
        check_max_files(counted(file.part for file in selection.chosen), settings.max_files_limit)
    choice = Choice(
        domain=options.domain,
        source=source,
        said=options.said,
        mode=options.mode,
        accepted=options.accepted,
        snapshot=freeze(selection.chosen, source.sheet, options.domain, settings.data_base_dir),
        rules=merging_rules(options.domain, source),
        companies=companies,
    )
    return Run(
        id=run,
        choice=choice,
        plan_only=options.plan_only,
        compare=options.compare,
        not_selected=selection.not_chosen,
        left_out=left_out(discovery, selection, options.periods, options.max_files),
    )
