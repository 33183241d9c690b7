"""The page of all runs: added to by every run, of every outcome, linked from each page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.fixtures.runs import Office
from workflows.telling import index
from workflows.telling.index import add_to_index, of_failures

NOVEMBER = "2024年11月受托业绩报告.xlsx"


def page(office: Office) -> str:
    return (office.output / "index.html").read_text(encoding="utf-8")


def outcomes(office: Office) -> list[str]:
    rows = page(office).partition('id="runs"')[2].partition('id="months"')[0]
    return re.findall(r'class="pill (\w+)"', rows)


def test_every_run_is_on_the_page_newest_first_also_those_that_failed(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook(NOVEMBER, 11, [("P1", 1.0), ("P2", "x")])
    office.call("--accept-rejects", "1", WDH_ACTOR="王小明")
    office.call("--execute")
    office.call("--execute", "--accept-rejects", "1")
    office.call("--period", "2020-01")
    assert outcomes(office) == ["failed", "loaded", "blocked", "planned"]
    assert "王小明" in page(office)
    links = re.findall(r'href="([^"]+(?:plan|receipt)\.html)"', page(office))
    assert len(set(links)) == 2
    for link in links:
        found = (office.output / link).read_text(encoding="utf-8")
        assert 'href="../../../index.html"' in found


def test_workbooks_that_were_sent_back_are_linked(office: Office) -> None:
    office.workbook(NOVEMBER, 11, [("P1", 1.0), ("P2", "x")])
    office.call("--accept-rejects", "1")
    (sent,) = office.output.glob("plans/*/*/problems/*.xlsx")
    assert "2024%E5%B9%B411%E6%9C%88" in page(office)
    assert sent.name in page(office)


def test_months_stand_by_domain_newest_first(office: Office) -> None:
    for month in (10, 11):
        office.workbook(f"2024年{month}月受托业绩报告.xlsx", month)
    office.call("--max-files", "2")
    months = re.findall(r'title">(\d{4}-\d\d)</td>', page(office).partition('id="months"')[2])
    assert months == ["2024-11", "2024-10"]


def test_a_line_that_was_cut_off_is_passed_over(office: Office) -> None:
    office.workbook(NOVEMBER, 11)
    office.call()
    lines = office.output / "index.jsonl"
    lines.write_bytes(b'{"run": "half' + b"\n" + lines.read_bytes() + b'{"run":')
    office.call()
    # What was half written by another host is in one line with this run's.
    assert outcomes(office) == ["planned"]
    office.call()
    assert outcomes(office) == ["planned", "planned"]


def test_an_index_that_cannot_be_written_is_one_line_in_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "index.html").mkdir()
    monkeypatch.setattr(index, "output_dir", lambda: tmp_path)
    add_to_index(of_failures("run", "domain", []))
    assert "index.html could not be written" in caplog.text
