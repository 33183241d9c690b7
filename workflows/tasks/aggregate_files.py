"""The processed documents of one snapshot -> one merged document."""

from __future__ import annotations

import time

import luigi

from workflows.domains.registry import get_domain
from workflows.records.json_files import RecordFile
from workflows.records.merge import MergeRules
from workflows.records.merged import write_merged
from workflows.sources.snapshot import read_snapshot
from workflows.tasks import targets
from workflows.tasks.process_file import ProcessFile
from workflows.tasks.progress import note, unit_done
from workflows.tasks.rules import domain_source, reading_rules
from workflows.tasks.run_report import failure_text
from workflows.tasks.scheduler_page import show_status


class AggregateFiles(luigi.Task):
    """Merges the files of ``snapshot``; ``keys`` is ``primary,key/merge,key``, ``rules`` the merging rules' digest.

    ``run_id`` keeps concurrent runs apart in a central scheduler; the document does not depend on it.
    """

    domain: luigi.Parameter = luigi.Parameter()
    keys: luigi.Parameter = luigi.Parameter()
    rules: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()
    snapshot: luigi.Parameter = luigi.Parameter()

    def requires(self) -> list[ProcessFile]:
        """A task per file, in the snapshot's order: newest first."""
        snapshot = read_snapshot(targets.snapshots_dir(), self.snapshot)
        rules = reading_rules(self.domain).digest
        return [ProcessFile.of(self.domain, chosen, rules, self.run_id) for chosen in snapshot.files]

    def output(self) -> luigi.LocalTarget:
        """The merged document."""
        digest = targets.identity(snapshot=self.snapshot, keys=self.keys, rules=self.rules)
        return targets.local_target(targets.merged_path(self.domain, digest))

    def run(self) -> None:
        """Merge and write."""
        begun, domain = time.monotonic(), get_domain(self.domain)
        primary_key, merge_key = split_keys(self.keys)
        rules = MergeRules(
            primary_key=primary_key,
            business_columns=domain.business_columns,
            period_field=domain.period_field,
            replaces_periods=set(merge_key) != set(primary_key),
            conflicts=domain_source(self.domain).conflicts,
        )
        sources = [RecordFile(path) for path in targets.inputs(self)]
        with targets.write_atomically(self.output()) as stream:
            records = write_merged(stream, self.domain, self.snapshot, sources, rules)
        unit_done(f"merged {len(sources)} files", records, time.monotonic() - begun)
        note(event="merged")
        show_status(self, f"{len(sources)} files, {records:,} records", 100)

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)


def join_keys(primary_key: tuple[str, ...], merge_key: tuple[str, ...]) -> str:
    """Both keys as one parameter."""
    return f"{','.join(primary_key)}/{','.join(merge_key)}"


def split_keys(keys: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The primary key and the merge key of such a parameter."""
    primary, _, merge = keys.partition("/")
    return tuple(primary.split(",")), tuple(merge.split(","))
