"""Which workbooks are given back, under which names, and what happens when one cannot be written."""

from __future__ import annotations

import hashlib
import logging
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from tests.fixtures.plans import finding, plan_file
from tests.workbooks import HEADERS, Value, xls, xlsx
from workflows.giving_back.give_back import give_back
from workflows.giving_back.problem_list import LIST_SHEET
from workflows.giving_back.problems import GivenBack
from workflows.records.accounts import FileAccount

ROW: list[Value] = [2024, 11, "P1", "C1", 0.05, 1.5, "待定"]


def provided(folder: Path, name: str, content: bytes | None = None) -> FileAccount:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or xlsx([HEADERS, ROW], formats={"E2": "0.00%"}))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return plan_file(1, path=name, sha256=sha256, rows_read=1, records=0, rejects=1)


def given(folder: Path, files: list[FileAccount], found_in: list[str]) -> GivenBack:
    found = [finding(file=name, row=2, header="规模", field="fund_scale") for name in found_in]
    return give_back(folder / "problems", files, found, lambda name: folder / name, str)


def test_without_findings_nothing_is_written_and_no_file_is_opened(tmp_path: Path) -> None:
    written = give_back(tmp_path / "problems", [plan_file(1)], [], lambda name: tmp_path / name, str)
    assert (written, list(tmp_path.iterdir())) == (GivenBack(), [])


def test_only_files_with_findings_are_given_back(tmp_path: Path) -> None:
    files = [provided(tmp_path, "good.xlsx"), provided(tmp_path, "bad.xlsx")]
    given(tmp_path, files, ["bad.xlsx"])
    assert sorted(path.name for path in (tmp_path / "problems").iterdir()) == ["bad.问题.xlsx", "rejects.csv"]


def test_the_providers_file_is_left_as_it_was(tmp_path: Path) -> None:
    files = [provided(tmp_path, "bad.xlsx")]
    given(tmp_path, files, ["bad.xlsx"])
    assert hashlib.sha256((tmp_path / "bad.xlsx").read_bytes()).hexdigest() == files[0].sha256


def test_an_xls_comes_back_as_xlsx_with_its_number_formats(tmp_path: Path) -> None:
    files = [provided(tmp_path, "old.xls", xls([HEADERS, ROW], formats={"E2": "0.00%", "D2": "@"}))]
    given(tmp_path, files, ["old.xls"])
    page = openpyxl.load_workbook(tmp_path / "problems" / "old.问题.xlsx")["受托业绩"]
    assert (page["E2"].value, page["E2"].number_format, page["G2"].value) == (0.05, "0.00%", "待定")


@pytest.mark.parametrize(("name", "make"), [("a.xlsx", xlsx), ("a.xls", xls)])
def test_a_workbook_is_opened_once_for_its_rows_and_its_look(
    tmp_path: Path, opened_books: list[str], name: str, make: Callable[..., bytes]
) -> None:
    given(tmp_path, [provided(tmp_path, name, make([HEADERS, ROW]))], [name])
    assert opened_books == [name]


@pytest.mark.parametrize(("most", "parts"), [(1, 1), (0, 0)])
def test_rows_are_the_providers_own_unless_very_many_have_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, parts: int
) -> None:
    monkeypatch.setattr("workflows.giving_back.give_back.MARKED_ROWS", most)
    given(tmp_path, [provided(tmp_path, "bad.xlsx", xlsx([HEADERS, ROW, ROW]))], ["bad.xlsx"])
    path = tmp_path / "problems" / "bad.问题.xlsx"
    with zipfile.ZipFile(path) as archive:
        assert archive.namelist().count("xl/sharedStrings.xml") == parts
    assert [cell.value for cell in openpyxl.load_workbook(path)["受托业绩"]["G"]] == [HEADERS[6], ROW[6], ROW[6]]


def test_two_files_of_one_name_in_two_folders_are_both_given_back(tmp_path: Path) -> None:
    names = ["V1/a.xlsx", "V2/a.xlsx"]
    written = given(tmp_path, [provided(tmp_path, name) for name in names], names)
    assert [(book.file, Path(book.path).name) for book in written.workbooks] == [
        ("V1/a.xlsx", "a.问题.xlsx"),
        ("V2/a.xlsx", "a (2).问题.xlsx"),
    ]


def test_a_name_at_the_file_systems_limit_is_shortened(tmp_path: Path) -> None:
    name = "业" * 83 + ".xlsx"
    (book,) = given(tmp_path, [provided(tmp_path, name)], [name]).workbooks
    assert Path(book.path).exists()


def test_notes_on_the_file_are_listed_with_its_findings(tmp_path: Path) -> None:
    file = provided(tmp_path, "bad.xlsx").altered(notes=("the ending misleads",))
    given(tmp_path, [file], ["bad.xlsx"])
    page = openpyxl.load_workbook(tmp_path / "problems" / "bad.问题.xlsx")[LIST_SHEET]
    assert [page[f"J{row}"].value for row in (7, 8)] == ["not_a_number", "file_note"]


def test_a_workbook_that_changed_meanwhile_is_not_annotated_and_the_result_says_so(tmp_path: Path) -> None:
    files = [provided(tmp_path, "bad.xlsx")]
    (tmp_path / "bad.xlsx").write_bytes(xlsx([HEADERS]))
    written = given(tmp_path, files, ["bad.xlsx"])
    assert written.workbooks == ()
    assert "/ changed after it was read" in written.failed[0]


def test_a_workbook_that_vanished_does_not_keep_the_others_from_being_written(tmp_path: Path) -> None:
    files = [provided(tmp_path, "gone.xlsx"), provided(tmp_path, "bad.xlsx")]
    (tmp_path / "gone.xlsx").unlink()
    written = given(tmp_path, files, ["gone.xlsx", "bad.xlsx"])
    assert [book.file for book in written.workbooks] == ["bad.xlsx"]


def test_a_folder_that_cannot_be_written_is_said_without_its_path(tmp_path: Path) -> None:
    (tmp_path / "problems").write_text("in the way")
    written = given(tmp_path, [provided(tmp_path, "bad.xlsx")], ["bad.xlsx"])
    assert len(written.failed) == 2
    assert not any(str(tmp_path) in failure for failure in written.failed)


def test_nothing_unfinished_is_left_behind(tmp_path: Path) -> None:
    files = [provided(tmp_path, "bad.xlsx")]
    (tmp_path / "bad.xlsx").write_bytes(b"changed")
    given(tmp_path, files, ["bad.xlsx"])
    assert [path.name for path in (tmp_path / "problems").iterdir()] == ["rejects.csv"]


def test_no_cell_value_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        given(tmp_path, [provided(tmp_path, "bad.xlsx")], ["bad.xlsx"])
    assert "bad.xlsx" in caplog.text
    assert "待定" not in caplog.text
