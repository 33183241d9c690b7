"""One workbook -> its processed document."""

from __future__ import annotations

import hashlib
import json
import time
from datetime import date
from pathlib import Path

import luigi

from workflows.domains.registry import get_domain
from workflows.errors import WorkbookChangedError
from workflows.records.validation import Workbook, validate_workbook, write_validated
from workflows.settings import get_settings
from workflows.sources.discovery import locate
from workflows.sources.snapshot import SnapshotFile
from workflows.tasks import targets
from workflows.tasks.collector import collector_paused
from workflows.tasks.progress import note, unit_done
from workflows.tasks.rules import reading_rules
from workflows.tasks.run_report import failure_text
from workflows.tasks.scheduler_page import show_status


class ProcessFile(luigi.Task):
    """Reads and validates the workbook whose bytes are ``sha256``.

    ``file`` is its base name and ``folder`` the rest of its path, so that tasks are told apart on the page.
    ``sheet`` is JSON: a sheet called "0" is not the first sheet.
    """

    # The scheduler's page shows parameters in this order; Luigi would leave hidden ones out of the task's identity.
    file: luigi.Parameter = luigi.Parameter()
    period: luigi.Parameter = luigi.Parameter()
    version: luigi.IntParameter = luigi.IntParameter()
    part: luigi.Parameter = luigi.Parameter()
    sheet: luigi.Parameter = luigi.Parameter()
    folder: luigi.Parameter = luigi.Parameter()
    domain: luigi.Parameter = luigi.Parameter()
    sha256: luigi.Parameter = luigi.Parameter()
    rules: luigi.Parameter = luigi.Parameter()
    run_id: luigi.Parameter = luigi.Parameter()

    @classmethod
    def of(cls, domain: str, chosen: SnapshotFile, rules: str, run: str) -> ProcessFile:
        """The task of one chosen file."""
        folder, _, name = chosen.path.rpartition("/")
        return cls(
            domain=domain,
            file=name,
            folder=folder,
            period=chosen.period.isoformat(),
            part=chosen.part,
            version=chosen.version,
            sha256=chosen.sha256,
            sheet=json.dumps(chosen.sheet, ensure_ascii=False),
            rules=rules,
            run_id=run,
        )

    @property
    def path(self) -> str:
        """The workbook's path below WDH_DATA_BASE_DIR."""
        return f"{self.folder}/{self.file}" if self.folder else str(self.file)

    def output(self) -> luigi.LocalTarget:
        """The processed document; every input that shapes it is part of its name."""
        digest = targets.identity(
            path=self.path,
            period=self.period,
            part=self.part,
            version=self.version,
            sha256=self.sha256,
            sheet=self.sheet,
            rules=self.rules,
        )
        return targets.local_target(targets.processed_path(self.domain, self.period[:7], self.file, digest))

    def run(self) -> None:
        """Read the bytes once, check them, validate, write."""
        begun, rules, domain = time.monotonic(), reading_rules(self.domain), get_domain(self.domain)
        content = _read(locate(get_settings().data_base_dir, self.path), self.path, self.sha256)
        workbook = Workbook(
            path=self.path,
            sha256=self.sha256,
            period=date.fromisoformat(self.period),
            part=self.part,
            version=self.version,
            sheet=json.loads(self.sheet),
            content=content,
        )
        label = f"{self.period[:7]} V{self.version}"
        show_status(self, f"{label}: reading {len(content):,} bytes", 10)
        with collector_paused():
            validated = validate_workbook(workbook, domain, rules)
            show_status(self, f"{label}: writing", 80)
            with targets.write_atomically(self.output()) as stream:
                write_validated(stream, validated, domain, rules)
        found = validated.evaluated.counts
        counts = f"{found.records:,} records, {found.rejected_rows:,} rejected"
        unit_done(f"read {self.file}", found.rows_read, time.monotonic() - begun, counts)
        note(event="read", file=self.file, rows=found.rows_read)
        report = targets.label(targets.target_path(self.output()))
        show_status(self, f"{label}: {found.rows_read:,} rows, {counts}\nreport: {report}", 100)

    def on_failure(self, exception: BaseException) -> str:
        """What the scheduler's page shows."""
        return failure_text(exception)


def _read(path: Path, name: str, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WorkbookChangedError(name, f"cannot be read any more ({error.strerror}); run again") from None
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise WorkbookChangedError(
            name, f"changed while the run was under way (sha256 {sha256[:12]} chosen, {found[:12]} found); run again"
        )
    return content
