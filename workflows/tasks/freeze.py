"""The choice of a run, made once: options, keys, rules and the snapshot of files."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.domains.registry import get_domain
from workflows.plan.load_spec import Mode
from workflows.settings import Settings
from workflows.sources.catalogue import DomainSource
from workflows.sources.discovery import DataSourceConnector
from workflows.sources.selection import select
from workflows.sources.snapshot import freeze, write_snapshot
from workflows.tasks import targets
from workflows.tasks.aggregate_files import join_keys
from workflows.tasks.guards import effective_guards, join_guards
from workflows.tasks.options import RunOptions, check_keys, effective_plan_only
from workflows.tasks.rules import catalogue, domain_source, merging_rules


@dataclass(frozen=True, slots=True)
class FrozenRun:
    """What every task of a run is told; nothing in it changes while the run is under way."""

    run: str
    domain: str
    snapshot: str
    keys: str
    rules: str
    mode: Mode
    plan_only: bool
    accepted_rejects: int | None
    compare: bool = False
    guards: str = ""
    saved_plan: str = ""


def freeze_run(run: str, options: RunOptions, settings: Settings) -> FrozenRun:
    """Look at the folder once and write down what was chosen and what was not.

    Raises the errors of the catalogue, of discovery and selection, and ParameterError for impossible keys.
    """
    source = domain_source(options.domain)
    keys = effective_keys(source, options)
    discovery = DataSourceConnector(settings.data_base_dir.resolve(), catalogue()).discover(options.domain)
    selection = select(discovery, source.select, options.periods, options.max_files)
    sheet = source.sheet if options.sheet is None else options.sheet
    snapshot = freeze(selection.chosen, sheet, options.domain, settings.data_base_dir)
    write_snapshot(targets.snapshots_dir(), snapshot, selection.not_chosen)
    return FrozenRun(
        run=run,
        domain=options.domain,
        snapshot=snapshot.digest,
        keys=keys,
        rules=merging_rules(options.domain),
        mode=options.mode,
        plan_only=effective_plan_only(options.execute, options.plan_only),
        accepted_rejects=options.accepted_rejects,
        compare=options.compare,
        guards=join_guards(effective_guards(source, options)),
    )


def effective_keys(source: DomainSource, options: RunOptions) -> str:
    """The primary key and merge key of this run: the command line's, else the catalogue's.

    A ``--pk`` alone is its own merge key, unless the catalogue names a proper subset.
    """
    domain = get_domain(options.domain)
    primary_key = options.primary_key or source.primary_key
    own_merge_key = source.merge_key if set(source.merge_key) != set(source.primary_key) else ()
    merge_key = options.merge_key or own_merge_key or primary_key
    nullable = tuple(name for name in domain.business_columns if domain.is_nullable(name))
    check_keys(domain.business_columns, nullable, primary_key, merge_key)
    return join_keys(primary_key, merge_key)
