"""The processed documents of one run's workbooks -> one merged document."""

from __future__ import annotations

import time

import luigi

from workflows.plan.run import Choice, Run
from workflows.runs.merging import merge_files
from workflows.runs.paths import merged_path
from workflows.runs.run_json import read_run
from workflows.tasks.process_file import ProcessFile
from workflows.tasks.process_files import ProcessFiles
from workflows.tasks.shown_task import ShownTask
from workflows.tasks.targets import target
from workflows.telling.progress import note, unit_done
from workflows.telling.scheduler_page import show_status


class AggregateFiles(ShownTask):
    """Merges the files of one of a run's domains. The document is named by its inputs and rules: other runs may have
    made it."""

    domain: luigi.Parameter = luigi.Parameter()
    months: luigi.Parameter = luigi.Parameter(default="")
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, run: Run, part: Choice) -> AggregateFiles:
        """The merging of one of a run's domains."""
        return cls(domain=part.domain, months=part.months, run_id=run.id)

    def requires(self) -> list[ProcessFile | ProcessFiles]:
        """What reads the domain's workbooks, in the snapshot's order: newest first."""
        run, part = self._part()
        wanted = {file.path for file in part.snapshot.files}
        return [
            ProcessFiles.of(run, chunk) if len(chunk.paths) > 1 else ProcessFile.of(run, chunk.paths[0])
            for chunk in run.chunks
            if not wanted.isdisjoint(chunk.paths)
        ]

    def output(self) -> luigi.LocalTarget:
        """The merged document."""
        return target(merged_path(self._part()[1]))

    def run(self) -> None:
        """Merge and write."""
        begun, (_, part) = time.monotonic(), self._part()
        records, files = merge_files(part), len({file.path for file in part.snapshot.files})
        unit_done(f"merged {files} files", records, time.monotonic() - begun)
        note(self.run_id, event="merged")
        show_status(self, f"{files} files, {records:,} records", 100)

    def _part(self) -> tuple[Run, Choice]:
        run = read_run(self.run_id)
        return run, run.part(self.domain)
