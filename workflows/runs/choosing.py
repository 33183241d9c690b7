"""The choice of a run, made once: options, keys, rules and the snapshot of files."""

from __future__ import annotations

import functools
from collections.abc import Sequence

from workflows.domains.registry import get_domain
from workflows.domains.value_lists import check_lists
from workflows.errors import NoFilesFoundError, ParameterError, Words
from workflows.plan.run import Choice, Run, in_table_order
from workflows.runs.companies import company_basis
from workflows.runs.options import RunOptions, check_headers, check_keys, check_max_files, overridden
from workflows.runs.rules import merging_rules
from workflows.settings import Settings, get_settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.discovery import DataSourceConnector
from workflows.sources.entries import Catalogue
from workflows.sources.months_seen import left_out
from workflows.sources.selection import counted, select
from workflows.sources.snapshot import Hashes, freeze
from workflows.stages import Stage


@functools.cache
def catalogue() -> Catalogue:
    """The catalogue of the settings, read once per process."""
    return load_catalogue(get_settings().data_sources_config)


@Stage("discovery")
def choose(run: str, options: RunOptions, settings: Settings) -> Run:
    """Look at the folder once: what is chosen, what is not, and how it is to be loaded.

    Of all domains those without a file are skipped; one that was named has to have some. Raises the errors of the
    catalogue, of discovery and selection, and ParameterError for impossible keys and for two domains of one table.
    """
    check_lists()
    names = options.domains or tuple(catalogue().domains)
    connector = DataSourceConnector(settings.data_base_dir.resolve(), catalogue())
    hashes = Hashes(settings.data_base_dir)
    parts: list[Choice] = []
    skipped: dict[str, str] = {}
    nothing: list[str] = []
    for name in names:
        try:
            parts.append(_choose_part(name, options, connector, hashes))
        except NoFilesFoundError as error:
            if options.domains:
                raise
            # What a plan keeps names no folder of this machine.
            skipped[name] = str(error).partition("\n")[0].partition(": ")[2]
            nothing.append(f"{name}: {error}")
    if not parts:
        raise NoFilesFoundError("\n".join(nothing))
    _refuse_one_table_twice(parts)
    _refuse_accepted_of_none(options, parts)
    return Run(
        id=run,
        parts=in_table_order(parts),
        plan_only=options.plan_only,
        compare=options.compare,
        skipped=skipped,
    )


def _refuse_one_table_twice(parts: Sequence[Choice]) -> None:
    """Two loads of one table would each be planned against what stands there before both."""
    by_table: dict[tuple[str, ...], str] = {}
    for part in parts:
        other = by_table.setdefault(part.table_order, part.domain)
        if other != part.domain:
            raise ParameterError(
                "--domain: "
                + Words(
                    f"{other} 和 {part.domain} 载入同一张表 {part.source.table}; 请逐个运行",
                    f"{other} and {part.domain} load one table, {part.source.table}; run them one after the other",
                )
            )


def _refuse_accepted_of_none(options: RunOptions, parts: Sequence[Choice]) -> None:
    chosen = [part.domain for part in parts]
    for domain in options.accepted:
        if domain not in chosen:
            loads = ", ".join(chosen)
            raise ParameterError(
                "--accept: "
                + Words(f"本次不载入 {domain}, 只载入 {loads}", f"{domain} is not loaded by this run; it loads {loads}")
            )


def _choose_part(name: str, options: RunOptions, connector: DataSourceConnector, hashes: Hashes) -> Choice:
    said, accepted = options.said, options.accepted.get(name, {})
    source = overridden(catalogue().domain(name), said)
    domain = get_domain(name)
    settings = get_settings()
    check_keys(source, domain, said, str(settings.data_sources_config))
    check_headers(source, domain, settings.data_sources_config)
    discovery = connector.discover(name)
    selection = select(discovery, source.select, options.periods, options.max_files)
    if options.max_files is None:
        # A month of more parts than a run may have at all.
        check_max_files(counted(file.part for file in selection.chosen), settings.max_files_limit)
    companies = company_basis(domain, settings)
    return Choice(
        domain=name,
        source=source,
        said=said,
        mode=options.mode,
        accepted=accepted,
        snapshot=freeze(selection.chosen, source.wanted_sheets, name, hashes),
        rules=merging_rules(name, source),
        companies=companies,
        not_selected=selection.not_chosen,
        left_out=left_out(discovery, selection, options.periods, options.max_files),
    )
