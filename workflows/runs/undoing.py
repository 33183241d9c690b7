"""Which load is taken back, decided once: what the ledger says of it, and where its own records lie."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence

from workflows import outputs
from workflows.domains.registry import get_domain
from workflows.errors import ParameterError, RecordsError, Words, WorkflowError
from workflows.plan.build import table_columns
from workflows.plan.load_spec import LoadSpec
from workflows.plan.run import Choice, Run, UndoChoice
from workflows.records.documents import merged_file
from workflows.runs import paths
from workflows.runs.accepting import accepted_by_domain
from workflows.runs.choosing import catalogue
from workflows.runs.rules import merging_rules
from workflows.runs.run_json import read_run
from workflows.settings import DatabaseSettings
from workflows.sources.entries import DomainSource
from workflows.sources.gate_rules import GateSource
from workflows.sources.snapshot import Snapshot
from workflows.stages import Stage
from workflows.warehouse.connection import connect, rolled_back
from workflows.warehouse.ledger import CommittedLoad
from workflows.warehouse.retrying import retried
from workflows.warehouse.undo import loads_to_take_back

_ANY_EFFECT = GateSource(empty="allow")
"""What limits a load of workbooks does not limit its undo: that of a first load is an empty batch."""


@Stage("discovery")
def choose_undo(
    run: str,
    load_id: str,
    database: DatabaseSettings,
    *,
    execute: bool,
    with_later: bool,
    accepted: Mapping[str, int],
) -> Run:
    """The run that takes back ``load_id``: a load, or all of a run of several domains; newest first.

    Raises UndoRefusedError, ParameterError for a load of a domain or table that the catalogue does not have, and what
    the database says.
    """

    def ask() -> list[tuple[CommittedLoad, LoadSpec]]:
        with contextlib.closing(connect(database, run)) as connection, rolled_back(connection, "undo"):
            return loads_to_take_back(connection, load_id, _spec_of, with_later=with_later)

    found = retried(database, ask)
    domains = tuple(dict.fromkeys(load.domain for load, _ in found))
    opened = accepted_by_domain(domains, accepted)
    parts = tuple(_part(load, spec, opened.get(load.domain, {})) for load, spec in found)
    return Run(id=run, parts=parts, plan_only=not execute, compare=True)


def _source_of(load: CommittedLoad) -> DomainSource:
    """The catalogue's entry, with the keys that the load had."""
    if load.domain not in catalogue().domains:
        raise ParameterError(
            "--load-id: "
            + Words(
                f"载入 {load.load_id} 属于领域 {load.domain}, 目录中没有",
                f"load {load.load_id} is of the domain {load.domain}, which the catalogue does not have",
            )
        )
    source = catalogue().domain(load.domain)
    return source.altered(
        primary_key=tuple(load.primary_key),
        merge_key=tuple(load.merge_key),
        gates=_ANY_EFFECT,
        # An entry of another key may name rows by columns that this one has in it.
        **({"described_by": ()} if load.primary_key else {}),
    )


def _spec_of(load: CommittedLoad) -> LoadSpec:
    source, domain = _source_of(load), get_domain(load.domain)
    return LoadSpec(
        table=source.table,
        columns=domain.columns,
        business_columns=domain.business_columns,
        primary_key=source.primary_key,
        merge_key=source.merge_key,
        replaces=source.replaces,
        described_by=source.described_by,
        period_column=domain.period_field,
        table_columns=table_columns(domain),
    )


def _part(load: CommittedLoad, spec: LoadSpec, accepted: Mapping[str, int]) -> Choice:
    source, undo = _source_of(load), spec.undo
    return Choice(
        domain=load.domain,
        source=source,
        accepted=dict(accepted),
        snapshot=Snapshot(domain=load.domain, files=()),
        rules=merging_rules(load.domain, source),
        undo=UndoChoice(
            load_id=load.load_id,
            sequence=load.sequence,
            inserted=load.inserted,
            deleted=load.deleted,
            shape=load.shape or "",
            restored=undo.restored if undo else None,
            columns=spec.columns,
            document=_records_of(load),
            at=load.committed_at,
            by=load.by,
        ),
    )


def _records_of(load: CommittedLoad) -> str:
    """Where the load's own records lie, below WDH_OUTPUT_DIR; empty if they are gone, or are not those."""
    run_id, _, name = load.load_id.partition(":")
    try:
        parts: Sequence[Choice] = read_run(run_id).parts
    except WorkflowError:
        return ""  # the run was on another machine, by psql, or its folder was removed
    for part in parts:
        path = paths.merged_path(part)
        if part.domain == load.domain and (not name or part.name == name) and outputs.exists(path):
            try:
                document = merged_file(path)
            except RecordsError:
                return ""
            if (document.meta.snapshot, document.counts.records) == (load.snapshot, load.records):
                return paths.relative(path)
    return ""
