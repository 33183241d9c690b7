"""Several workbooks of many -> their processed documents."""

from __future__ import annotations

import time

import luigi

from workflows.plan.chunks import Chunk
from workflows.plan.run import Run
from workflows.records.accounts import FileAccount
from workflows.runs.reading import documents_of, process_workbooks, unread
from workflows.runs.run_json import read_run
from workflows.tasks.shown_task import ShownTask
from workflows.tasks.targets import target
from workflows.telling.progress import note, record_counts, seldom, unit_done
from workflows.telling.scheduler_page import show_status


class ProcessFiles(ShownTask):
    """Reads a chunk of the workbooks that the run chose, where they are too many for a task each.

    What fails leaves the others' documents: another try reads only what is missing.
    """

    # The scheduler's page shows parameters in this order.
    files: luigi.Parameter = luigi.Parameter()
    period: luigi.Parameter = luigi.Parameter()
    domain: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, run: Run, chunk: Chunk) -> ProcessFiles:
        """The task of one chunk."""
        readings = [reading for path in chunk.paths for reading in run.workbooks[path]]
        months = sorted({f"{file.period:%Y-%m}" for _, file in readings})
        return cls(
            files=chunk.name,
            period="..".join(dict.fromkeys((months[0], months[-1]))),
            domain=",".join(dict.fromkeys(part.domain for part, _ in readings)),
            run_id=run.id,
        )

    def output(self) -> list[luigi.LocalTarget]:
        """The processed documents of all of them."""
        run, chunk = self._chosen()
        return [target(document) for path in chunk.paths for document in documents_of(run, path)]

    def run(self) -> None:
        """Read, validate, write, one after the other."""
        begun, (run, chunk) = time.monotonic(), self._chosen()
        tried, read = 0, list[FileAccount]()
        show = seldom(
            lambda: show_status(self, f"{tried} of {len(chunk.paths)} files", 100 * tried // len(chunk.paths))
        )

        def tell(path: str, done: list[FileAccount]) -> None:
            nonlocal tried
            tried, rows = tried + 1, sum(account.rows_read for account in done)
            read.extend(done)
            # A workbook that an earlier try has read tells nothing, as if a task of its own were complete.
            if done:
                note(self.run_id, event="read", file=path.rpartition("/")[2], rows=rows)
            show()

        process_workbooks(run, chunk.paths, tell)
        rows, counts = sum(account.rows_read for account in read), record_counts(read)
        unit_done(f"read files {chunk.name}", rows, time.monotonic() - begun, counts)
        show_status(self, f"{rows:,} rows, {counts}", 100)

    def unread(self) -> list[str]:
        """The workbooks without a document."""
        run, chunk = self._chosen()
        return unread(run, chunk.paths)

    def _chosen(self) -> tuple[Run, Chunk]:
        run = read_run(self.run_id)
        return run, next(chunk for chunk in run.chunks if chunk.name == self.files)
