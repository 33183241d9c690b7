"""The processed documents of one run's workbooks -> one merged document."""

from __future__ import annotations

import time

import luigi

from workflows.runs.merging import merge_files
from workflows.runs.paths import merged_path
from workflows.runs.run_json import read_run
from workflows.tasks.process_file import ProcessFile
from workflows.tasks.targets import target
from workflows.telling.failures import failure_text
from workflows.telling.progress import note, unit_done
from workflows.telling.scheduler_page import show_status


class AggregateFiles(luigi.Task):
    """Merges the run's files. The document is named by its inputs and rules: other runs may have made it."""

    domain: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    def requires(self) -> list[ProcessFile]:
        """A task per file, in the snapshot's order: newest first."""
        run = read_run(self.run_id)
        return [ProcessFile.of(run, chosen) for chosen in run.choice.snapshot.files]

    def output(self) -> luigi.LocalTarget:
        """The merged document."""
        return target(merged_path(read_run(self.run_id)))

    def run(self) -> None:
        """Merge and write."""
        begun, run = time.monotonic(), read_run(self.run_id)
        records, files = merge_files(run), len(run.choice.snapshot.files)
        unit_done(f"merged {files} files", records, time.monotonic() - begun)
        note(event="merged")
        show_status(self, f"{files} files, {records:,} records", 100)

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)
