"""What a run leaves and shows besides its result: pages, JSON for programs, lines, tables, bars."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.runs import Office

NOVEMBER, OCTOBER = "2024年11月受托业绩报告.xlsx", "2024年10月受托业绩报告.xlsx"


def customised(office: Office, code: str) -> dict[str, str]:
    """The environment in which every Python begins with ``code``."""
    (office.folder / "sitecustomize.py").write_text(code, encoding="utf-8")
    return {"PYTHONPATH": str(office.folder)}


def test_a_plan_has_its_page_beside_it_and_the_summary_names_it(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    done = office.call()
    page = office.newest("plans/*/*/plan.html")
    assert f"Page: {page}" in done.out
    assert NOVEMBER in page.read_text(encoding="utf-8")


def test_a_receipt_has_its_page_beside_it(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    assert office.call("--execute").outcome == "loaded"
    assert 'class="pill loaded"' in office.newest("receipts/*/*/receipt.html").read_text(encoding="utf-8")


def test_money_by_month_is_exact(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [("P1", 0.1), ("P2", 0.2)])
    office.workbook(OCTOBER, 10, [("P1", 1234567.89)])
    office.call("--max-files", "2")
    (sums,) = office.plan().sums
    assert (sums.field, sums.header, sums.months) == (
        "fund_scale",
        "规模(元)",
        {"2024-10": "1234567.89", "2024-11": "0.30"},
    )


def test_a_page_that_cannot_be_made_fails_no_committed_load_and_is_said(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    broken = customised(
        office,
        "import workflows.plan.render.page as page\n"
        "def refuse(*a): raise OSError('no space left')\n"
        "page.render_page = refuse\n",
    )
    done = office.run("--execute", **broken)
    assert (done.code, done.outcome) == (0, "loaded")
    assert "Page: 未能写出, 原因见日志" in done.out
    assert "receipt.html could not be written: OSError: no space left" in done.err


def test_a_receipt_that_cannot_be_written_fails_no_committed_load_and_is_said(
    office_with_database: Office, tmp_path: Path
) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    full = customised(
        office,
        "from workflows import outputs\n"
        "plain = outputs.write\n"
        "def write(path, content):\n"
        "    if 'receipts' in path.parts: raise OSError('no space left')\n"
        "    plain(path, content)\n"
        "outputs.write = write\n",
    )
    (tmp_path / "tmp").mkdir()
    done = office.run("--execute", "--workers", "2", TMPDIR=str(tmp_path / "tmp"), **full)
    assert (done.code, done.outcome) == (0, "loaded"), done.err
    assert "is committed; its receipt could not be written: no space left" in done.err
    (receipt,) = (tmp_path / "tmp").glob("workdatahub-*/receipt.json")
    assert f"Receipt: {receipt}" in done.out


def test_the_summary_is_one_json_document_for_programs(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [("P1", 100.0), (None, 5.0)])
    wanted = office.folder / "not yet there" / "summary.json"
    office.call("--accept-rejects", "1", WDH_SUMMARY_JSON=str(wanted))
    facts = json.loads(wanted.read_bytes())
    assert (facts["outcome"], facts["records"], facts["reject_rows"], facts["failures"]) == ("planned", 1, 1, [])
    assert Path(facts["report"]).is_file()
    assert Path(facts["page"]).is_file()


def test_a_failed_run_has_its_json_too(office: Office) -> None:
    (office.data / NOVEMBER).write_bytes(b"hello")
    wanted = office.folder / "summary.json"
    assert office.call(WDH_SUMMARY_JSON=str(wanted)).code == 30
    facts = json.loads(wanted.read_bytes())
    assert (facts["outcome"], facts["domain"]) == ("failed", "trustee_performance")
    assert [NOVEMBER in failure["message"] for failure in facts["failures"]] == [True]


def test_a_run_whose_output_is_a_file_writes_a_line_per_finished_unit_and_no_colour(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office.workbook(OCTOBER, 10)
    done = office.run("--max-files", "2")
    lines = done.err.splitlines()
    assert "\x1b" not in done.out + done.err
    for name in (NOVEMBER, OCTOBER):
        (line,) = (line for line in lines if line.startswith(f"INFO: read {name}: 2 rows in "))
        assert line.endswith("2 records, 0 rejected")
    assert [line for line in lines if line.startswith("INFO: merged 2 files: 4 rows in ")]


def test_no_value_of_a_cell_is_in_the_log(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [("SECRETCODE", 100.0), ["SECRETYEAR", 11, "P2", "C1", 0.1, 1.0, 5.0]])
    assert "SECRET" not in office.run().err


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are Unix's")
class TestOnATerminal:
    """The same command with somebody looking."""

    TERMINAL = {"TERM": "xterm-256color", "PYTHONUTF8": "1", "COLUMNS": "140"}  # noqa: RUF012

    def seen(self, office: Office, *flags: str, **environment: str) -> str:
        """Everything that the terminal was sent."""
        import pty
        import subprocess
        import sysconfig

        parent, child = pty.openpty()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("WDH_", "PG", "NO_COLOR"))}
        command = (
            *(str(Path(sysconfig.get_path("scripts")) / "luigi"), "--module", "workflows.tasks", "LoadDomain"),
            *("--domain", "trustee_performance", "--local-scheduler", *flags),
        )
        with subprocess.Popen(
            command,
            cwd=office.folder,
            env={
                **kept,
                **office.settings,
                "TERM": "xterm-256color",
                "PYTHONUTF8": "1",
                "COLUMNS": "140",
                **environment,
            },
            stdin=child,
            stdout=child,
            stderr=child,
        ) as process:
            os.close(child)
            told = b""
            while piece := self._piece(parent):
                told += piece
            assert process.wait() == 0, told.decode()
        os.close(parent)
        return told.decode()

    def _piece(self, terminal: int) -> bytes:
        try:
            return os.read(terminal, 65_536)
        except OSError:  # Linux's way of saying that the other side is closed
            return b""

    @pytest.mark.parametrize("workers", ["1", "2"])
    def test_bars_end_full_and_tables_follow(self, office: Office, workers: str) -> None:
        office.workbook(NOVEMBER, 11)
        office.workbook(OCTOBER, 10)
        told = self.seen(office, "--max-files", "2", "--workers", workers)
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", told)
        assert re.search(r"Reading .*100% 2 files · 4 rows", plain)
        assert plain.index("100% 2 files") < plain.index("Outcome: planned")
        assert plain.count("Outcome: planned") == 1
        assert "\x1b[1" in told
        assert "INFO" not in plain

    def test_no_color_is_honoured(self, office: Office) -> None:
        office.workbook(NOVEMBER, 11)
        told = self.seen(office, NO_COLOR="1")
        assert "Outcome" in told
        assert not re.search(r"\x1b\[[0-9;]*3[0-7]m", told)


def progress_of(office: Office) -> list[dict[str, Any]]:
    lines = office.newest("runs/*/*/progress.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_progress_tells_files_and_rows_from_forked_workers_too(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11)
    office.workbook(OCTOBER, 10)
    office.run("--execute", "--max-files", "2", "--workers", "2")
    events = progress_of(office)
    assert events[0] == {"event": "chosen", "files": 2}
    assert sorted(event["file"] for event in events if event["event"] == "read") == [OCTOBER, NOVEMBER]
    assert events[-1] == {"event": "staging", "work": "loading", "rows": 4, "total": 4}
