"""The overrides that operators keep: read exactly, and refused with the lines of all their mistakes."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.companies.overrides import overrides_digest, read_overrides
from workflows.errors import CatalogueError


def overrides(folder: Path, text: str) -> Path:
    path = folder / "company_overrides.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_each_kind_is_read_with_its_keys_as_they_are_compared(tmp_path: Path) -> None:
    path = overrides(
        tmp_path,
        "# 人工指定\n计划代码:\n  p0001: C1\n年金账户号:\n  C012345678901234567: 0123\n"
        "客户名称:\n  甲公司（已转出）: C2\n年金账户名:\n  甲 公司-A: C3\n",
    )
    assert read_overrides(path) == {
        "plan_code": {"P0001": "C1"},
        "account_number": {"012345678901234567": "0123"},
        "customer_name": {"甲公司": "C2"},
        "account_name": {"甲公司-A": "C3"},
    }


def test_without_a_file_or_an_entry_there_are_none(tmp_path: Path) -> None:
    assert read_overrides(tmp_path / "missing.yml") == {}
    assert read_overrides(overrides(tmp_path, "# nothing\n")) == {}
    assert read_overrides(overrides(tmp_path, "计划代码:\n客户名称:\n")) == {}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("计划代码:\n  P1: C1\n  p1: C2\n", "line 3: 计划代码 P1 已在第 2 行 / stands in line 2 already"),
        ("计划代码:\n  P1: C1\n计划代码:\n  P1: C1\n", "line 4: 计划代码 P1 已在第 2 行 / stands in line 2 already"),
        ("计划代码:\n  P1:\n", "line 2: company_id 为空 / the company_id is blank"),
        ("计划代码:\n  P1: INABCDEFGHABCDEFGH\n", "line 2: INABCDEFGHABCDEFGH 是临时编号 / is a temporary id"),
        ("客户名称:\n  无: C1\n", "line 2: 归一后为空 / nothing is left of '无'"),
        (
            "年金账户号:\n  1.23457E+17: C1\n",
            "line 2: 1.23457E\\+17 在电子表格中丢失了末几位.* has lost its last digits",
        ),
        ("客户:\n  甲公司: C1\n", "line 1: 不能按 '客户' 指定公司.* / no company is overridden"),
        ("计划代码|客户名称:\n  P1|甲: C1\n", "line 1: 不能按 .* / no company is overridden by"),
        ("计划代码: C1\n", "line 1: 应为多行 `key: company_id` / lines of `key: company_id` wanted"),
        ("计划代码:\n  - P1\n", "line 2: 应为多行 `key: company_id` / lines of `key: company_id` wanted"),
        ("计划代码:\n  P1: [C1]\n", "line 2: 应为 key: company_id / key: company_id wanted"),
        ("- 计划代码\n", "line 1: 应为多行 `key: company_id` / lines of `key: company_id` wanted"),
        ("计划代码: [\n", "line 2: 不是 YAML / not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(CatalogueError, match=problem):
        read_overrides(overrides(tmp_path, text))


def test_all_mistakes_are_named_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError) as caught:
        read_overrides(overrides(tmp_path, "计划代码:\n  P1: C1\n  P1: C1\n客户名称:\n  无: C1\n年金: {}\n"))
    assert [place for place, _text in caught.value.problems] == ["line 3", "line 5", "line 6"]


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "company_overrides.yml"
    path.write_bytes("客户名称:\n  甲公司: C1\n".encode("gb18030"))
    with pytest.raises(CatalogueError, match="cannot be read: 不是 UTF-8 文本"):
        read_overrides(path)


def test_the_digest_is_of_what_is_answered_and_not_of_how_it_is_written(tmp_path: Path) -> None:
    one = read_overrides(overrides(tmp_path, "计划代码:\n  P1: C1\n  P2: C2\n"))
    same = read_overrides(overrides(tmp_path, "# 说明\n计划代码:\n  p2: C2\n  P1: C1\n"))
    other = read_overrides(overrides(tmp_path, "计划代码:\n  P1: C1\n  P2: C3\n"))
    assert overrides_digest(one) == overrides_digest(same) != overrides_digest(other)
