"""One workbook -> its processed documents."""

from __future__ import annotations

import time

import luigi

from workflows.plan.run import Run
from workflows.runs.paths import label
from workflows.runs.reading import documents_of, process_workbook
from workflows.runs.run_json import read_run
from workflows.tasks.shown_task import ShownTask
from workflows.tasks.targets import target
from workflows.telling.progress import note, record_counts, unit_done
from workflows.telling.scheduler_page import show_status


class ProcessFile(ShownTask):
    """Reads and validates one of the workbooks that the run chose, for every domain that reads it and every sheet.

    ``file`` is its base name, ``folder`` the rest of its path, and ``chosen`` the month, version and part that it was
    chosen for, so that tasks are told apart on the page.
    """

    # The scheduler's page shows parameters in this order.
    file: luigi.Parameter = luigi.Parameter()
    chosen: luigi.Parameter = luigi.Parameter()
    folder: luigi.Parameter = luigi.Parameter(default="")
    domain: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, run: Run, path: str) -> ProcessFile:
        """The task of one chosen workbook."""
        (folder, _, name), readings = path.rpartition("/"), run.workbooks[path]
        chosen = readings[0][1]
        return cls(
            domain=",".join(dict.fromkeys(part.domain for part, _ in readings)),
            file=name,
            folder=folder,
            chosen=f"{chosen.period:%Y-%m} V{chosen.version} {chosen.part}".rstrip(),
            run_id=run.id,
        )

    def output(self) -> list[luigi.LocalTarget]:
        """The processed documents."""
        return [target(document) for document in documents_of(*self._chosen())]

    def run(self) -> None:
        """Read, validate, write."""
        begun = time.monotonic()
        run, path = self._chosen()
        done = process_workbook(run, path, lambda what, percent: show_status(self, f"{self.chosen}: {what}", percent))
        rows = sum(account.rows_read for account in done)
        counts = record_counts(done)
        unit_done(f"read {self.file}", rows, time.monotonic() - begun, counts)
        note(self.run_id, event="read", file=self.file, rows=rows)
        reports = "\n".join(f"report: {label(document)}" for document in documents_of(run, path))
        show_status(self, f"{self.chosen}: {rows:,} rows, {counts}\n{reports}", 100)

    def _chosen(self) -> tuple[Run, str]:
        return read_run(self.run_id), f"{self.folder}/{self.file}" if self.folder else str(self.file)
