"""Names of customers, normalised: one case for each of the page's rules, and for their order."""

from __future__ import annotations

from pathlib import Path

import pytest

from workflows.domains import words
from workflows.domains.customer_names import normalise_customer
from workflows.errors import CatalogueError


@pytest.mark.parametrize(
    "text", [None, "", "  ", "null", "NULL", "空白", "无", " 无 ", "N/A", "n/a", "-", "--", "—", "——"]
)
def test_what_means_nothing_is_no_name(text: str | None) -> None:
    assert normalise_customer(text) is None


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("甲公司", "甲公司"),
        ("保留账户管理", "保留账户管理"),
        ("甲 公\u3000司\n\u200b", "甲公司"),
        ('「甲」『公』"司', "甲公司"),
        ("(甲公司", "甲公司"),
        ("（甲公司", "甲公司"),
        ("甲公司及下属子企业", "甲公司"),
        ("甲公司(团托)", "甲公司"),
        ("甲公司（团托）", "甲公司"),
        ("甲公司-养老", "甲公司"),
        ("甲公司-福利", "甲公司"),
        ("甲公司-A", "甲公司"),
        ("甲公司-12", "甲公司"),
        ("甲公司-原料", "甲公司-原料"),
        ("已转出-甲公司", "甲公司"),
        ("（已转出）甲公司", "甲公司"),
        ("(已转出)-甲公司", "甲公司"),
        ("甲公司-已转出", "甲公司"),
        ("甲公司(已转出)", "甲公司"),
        ("甲公司（已转移终止）", "甲公司"),
        ("甲公司-终止-已转出", "甲公司"),
        ("原野公司", "原野公司"),
        ("甲公司转出", "甲公司转出"),
        ("甲公司（华东）", "甲公司"),
        ("甲事务所(特殊普通合伙)", "甲事务所（特殊普通合伙）"),
        ("甲厂（全民所有制）", "甲厂（全民所有制）"),
        ("甲公司（原乙有限公司）", "甲公司"),
        ("甲（中国）有限公司", "甲（中国）有限公司"),
        ("甲(中国)有限公司", "甲（中国）有限公司"),
        ("ＡＢｃ公司１", "ABC公司1"),
        ("甲公司.", "甲公司"),
        ("甲公司。--", "甲公司"),
        ("abc公司", "ABC公司"),
        ("甲公司-", "甲公司"),
    ],
)
def test_what_stands_around_a_name_is_taken_off(text: str, name: str) -> None:
    assert normalise_customer(text) == name


@pytest.mark.parametrize("text", ["（", "（已转出）", "-A", "()"])
def test_a_name_of_which_nothing_is_left_is_none(text: str) -> None:
    assert normalise_customer(text) is None


def test_a_status_word_goes_before_what_else_stands_in_brackets() -> None:
    # The other way round, the brackets would have gone and 华东 stayed.
    assert normalise_customer("甲公司（华东）（已转出）") == "甲公司"


def test_every_status_word_of_the_list_is_taken_off_on_both_sides() -> None:
    for word in words.words("status_words"):
        assert normalise_customer(f"{word}-甲公司") == "甲公司", word
        assert normalise_customer(f"甲公司（{word}）") == "甲公司", word


def test_a_word_that_stands_twice_in_a_list_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "twice.txt").write_text("# 状态\n终止\n\n终止\n", encoding="utf-8")
    monkeypatch.setattr(words, "_FOLDER", tmp_path)
    with pytest.raises(CatalogueError, match="line 4: 终止 已在第 2 行 / stands in line 2 already"):
        words.words("twice")
