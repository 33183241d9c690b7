"""What is given back of a run: beside its plan or receipt, and of a refused one too."""

from __future__ import annotations

import csv

import openpyxl

from tests.fixtures.runs import Office
from workflows.giving_back.problem_list import LIST_SHEET

BAD = ("P9", "待定")
GOOD = [(f"P{number}", 100.0) for number in range(30)]


def test_a_plan_with_findings_names_what_is_given_back(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11, [*GOOD, BAD])
    done = office.call()
    given = office.plan().given_back
    assert [book.file for book in given.workbooks] == ["2024年11月受托业绩.xlsx"]
    assert (office.output / given.workbooks[0].path).exists()
    assert given.workbooks[0].path in done.out
    assert given.rejects_csv is not None
    assert given.rejects_csv in done.out


def test_a_plan_without_findings_writes_none(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11)
    done = office.call()
    assert list(office.output.rglob("problems")) == []
    assert "To give back" not in done.out


def test_the_merges_findings_are_in_it(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11, [*GOOD, ("P1", 1.0)])
    office.call()
    book = openpyxl.load_workbook(office.newest("plans/*/*/problems/*.xlsx"))
    assert [book[LIST_SHEET][f"J{row}"].value for row in (7, 8)] == ["duplicate_conflict", "duplicate_conflict"]
    assert [cell.fill.start_color.rgb for cell in (book["受托业绩"]["D3"], book["受托业绩"]["D32"])] == ["FFFFC7CE"] * 2


def test_the_csv_holds_rejects_and_cautions(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11, [BAD, [2024, 11, "P1", "C1", 0.9, 1.25, 100.0]])
    office.call()
    with office.newest("plans/*/*/problems/rejects.csv").open(encoding="utf-8-sig", newline="") as stream:
        assert [(row["level"], row["code"]) for row in csv.DictReader(stream)] == [
            ("reject", "not_a_number"),
            ("caution", "return_rate_large"),
        ]


def test_a_blocked_execution_keeps_its_evidence_and_says_where(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11, [BAD])
    done = office.call("--execute", WDH_DATABASE__URI="postgresql://nobody@127.0.0.1:1/none")
    book = office.newest("runs/*/problems/*.xlsx")
    assert done.outcome == "blocked"
    assert book.relative_to(office.output).as_posix() in done.out


def test_a_load_with_accepted_rejects_gives_back_beside_its_receipt(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩.xlsx", 11, [*GOOD, BAD])
    done = office.call("--execute")
    assert done.outcome == "loaded"
    path = office.receipt().given_back.workbooks[0].path
    assert path.startswith("receipts/")
    assert (office.output / path).exists()


def test_a_report_that_cannot_be_written_never_fails_a_load(office_with_database: Office) -> None:
    office = office_with_database
    office.workbook("2024年11月受托业绩.xlsx", 11, [*GOOD, BAD])
    done = office.run("--execute", PYTHONPATH=_broken(office))
    assert (done.code, done.outcome) == (0, "loaded")
    assert "NOT WRITTEN" in done.out
    assert office.receipt().given_back.failed


def _broken(office: Office) -> str:
    """A folder whose xlsxwriter cannot be imported."""
    folder = office.folder / "broken" / "xlsxwriter"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('no disk')\n")
    return str(folder.parent)


def test_annotated_copies_are_never_taken_for_workbooks(office: Office) -> None:
    office.workbook("2024年11月受托业绩.xlsx", 11, [*GOOD, BAD])
    office.workbook("2024年11月受托业绩.问题.xlsx", 11)
    office.call()
    assert [file.path for file in office.plan().files] == ["2024年11月受托业绩.xlsx"]
