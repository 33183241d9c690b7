"""One workbook -> its processed document."""

from __future__ import annotations

import time

import luigi

from workflows.plan.run import Run
from workflows.runs.paths import label
from workflows.runs.reading import document_of, process_file
from workflows.runs.run_json import read_run
from workflows.sources.snapshot import SnapshotFile
from workflows.tasks.targets import target
from workflows.telling.failures import failure_text
from workflows.telling.progress import note, unit_done
from workflows.telling.scheduler_page import show_status


class ProcessFile(luigi.Task):
    """Reads and validates one of the workbooks that the run chose.

    ``file`` is its base name and ``folder`` the rest of its path, so that tasks are told apart on the page.
    """

    # The scheduler's page shows parameters in this order.
    file: luigi.Parameter = luigi.Parameter()
    period: luigi.Parameter = luigi.Parameter()
    version: luigi.IntParameter = luigi.IntParameter()
    part: luigi.Parameter = luigi.Parameter()
    folder: luigi.Parameter = luigi.Parameter()
    domain: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, run: Run, chosen: SnapshotFile) -> ProcessFile:
        """The task of one chosen file."""
        folder, _, name = chosen.path.rpartition("/")
        return cls(
            domain=run.choice.domain,
            file=name,
            folder=folder,
            period=f"{chosen.period:%Y-%m}",
            part=chosen.part,
            version=chosen.version,
            run_id=run.id,
        )

    def output(self) -> luigi.LocalTarget:
        """The processed document."""
        return target(document_of(*self._chosen()))

    def run(self) -> None:
        """Read, validate, write."""
        begun, prefix = time.monotonic(), f"{self.period} V{self.version}"
        run, chosen = self._chosen()
        done = process_file(run, chosen, lambda what, percent: show_status(self, f"{prefix}: {what}", percent))
        counts = f"{done.records:,} records, {done.rejects:,} rejected"
        unit_done(f"read {self.file}", done.rows_read, time.monotonic() - begun, counts)
        note(event="read", file=self.file, rows=done.rows_read)
        report = label(document_of(run, chosen))
        show_status(self, f"{prefix}: {done.rows_read:,} rows, {counts}\nreport: {report}", 100)

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)

    def _chosen(self) -> tuple[Run, SnapshotFile]:
        run = read_run(self.run_id)
        return run, run.choice.snapshot.by_path[f"{self.folder}/{self.file}" if self.folder else str(self.file)]
