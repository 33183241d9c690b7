"""Lists that operators keep: a mistake names its line, before any workbook is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.domains import value_lists
from workflows.domains.value_lists import LISTS, ValueList, check_lists, mapped
from workflows.errors import CatalogueError

CODES = ValueList("codes", ("代码", "名称"), looks={"代码": r"K\d"})
NAMES = ValueList("names", ("名称", "代码"), {"代码": CODES})
FIXED = ValueList("fixed", ("写法", "名称"), {"名称": NAMES}, corrections=True)
ALL = (CODES, NAMES, FIXED)
WANTED = "应有 2 项, 首项不能为空 / 2 fields wanted, of which the first is not empty"
ITSELF = "a is to be corrected, and to nothing else than it is"


@pytest.fixture
def lists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(value_lists, "FOLDER", tmp_path)
    monkeypatch.setattr(value_lists, "LISTS", ALL)
    for each in ALL:
        each.__dict__.pop("rows", None)
        each.__dict__.pop("spellings", None)
    write(tmp_path, "codes", "代码,名称\nK1,甲\nK2,乙\n")
    write(tmp_path, "names", "# names\n名称,代码\n\n甲,K1\n乙 部,K2\n丙,\n")
    write(tmp_path, "fixed", "写法,名称\n甲部,甲\n")
    return tmp_path


def write(folder: Path, name: str, text: str, encoding: str = "utf-8") -> None:
    (folder / f"{name}.csv").write_text(text, encoding=encoding)


def test_a_list_says_what_follows_from_each_value_and_nothing_of_others(lists: Path) -> None:
    follow = mapped(NAMES, "代码")
    assert follow(["甲", "乙部", "乙　部", "丙", "丁", None, "甲"]) == ["K1", "K2", "K2", None, None, None, "K1"]


def test_corrections_say_what_is_meant_and_other_lists_themselves(lists: Path) -> None:
    assert (FIXED.spellings, NAMES.spellings) == ({"甲部": "甲"}, {"甲": "甲", "乙部": "乙 部", "丙": "丙"})


def test_an_entry_is_added_without_touching_python(lists: Path) -> None:
    write(lists, "names", "\ufeff名称,代码\r\n甲,K1\r\n丁,K2\r\n")
    check_lists()
    assert mapped(NAMES, "代码")(["丁"]) == ["K2"]


@pytest.mark.parametrize(
    ("name", "text", "problems"),
    [
        ("codes", "代码,名称\nK1,甲\n K1 ,乙\n", [("line 3", "K1 stands in line 2 already")]),
        ("codes", "代码,名称\nK1,甲\nX9,乙\n", [("line 3", r"代码 X9 does not look as such do (K\d)")]),
        ("names", "名称,代码\n甲,K1\n乙,K7\n", [("line 3", "代码 K7 is not in codes.csv")]),
        ("names", "名称\n甲\n", [("line 1", "应有的列 / the columns 名称, 代码 wanted")]),
        ("names", "名称,代码\n甲,K1\n乙\n,K1\n", [("line 3", WANTED), ("line 4", WANTED)]),
        ("names", "# nothing\n", [("(file)", "应有的列 / the columns 名称, 代码 wanted")]),
        ("fixed", "写法,名称\n甲部,丁\n", [("line 2", "名称 丁 is not in names.csv")]),
        ("fixed", "写法,名称\n甲,乙 部\n", [("line 2", "甲 is a value of names.csv itself")]),
    ],
)
def test_a_mistake_names_its_line(lists: Path, name: str, text: str, problems: list[tuple[str, str]]) -> None:
    write(lists, name, text)
    with pytest.raises(CatalogueError) as caught:
        check_lists()
    assert (caught.value.location, list(caught.value.problems)) == (str(lists / f"{name}.csv"), problems)


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("a,b\nb,c\n", [("line 2", "a is to be b, which line 3 corrects itself")]),
        (
            "a,b\nb,a\n",
            [
                ("line 2", "a is to be b, which line 3 corrects itself"),
                ("line 3", "b is to be a, which line 2 corrects itself"),
            ],
        ),
        ("a,a\n", [("line 2", ITSELF)]),
        ("a,\n", [("line 2", ITSELF)]),
    ],
)
def test_a_correction_that_is_corrected_itself_is_a_mistake(
    lists: Path, text: str, problems: list[tuple[str, str]]
) -> None:
    free = ValueList("free", ("写法", "意思"), corrections=True)
    write(lists, "free", f"写法,意思\n{text}")
    with pytest.raises(CatalogueError) as caught:
        _ = free.rows
    assert list(caught.value.problems) == problems


def test_a_file_that_excel_saved_in_another_encoding_is_refused(lists: Path) -> None:
    write(lists, "names", "名称,代码\n甲,K1\n", encoding="gbk")
    with pytest.raises(CatalogueError, match="is not UTF-8 text"):
        check_lists()


def test_a_list_that_nobody_reads_is_a_mistake(lists: Path) -> None:
    write(lists, "branch", "a,b\n")
    with pytest.raises(CatalogueError, match=r"branch\.csv: 没有领域使用此清单 / no domain reads such a list"):
        check_lists()


def test_the_lists_that_are_shipped_are_right() -> None:
    check_lists()
    assert [each.file for each in LISTS if not each.rows] == []
