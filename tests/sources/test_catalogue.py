from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from workflows.errors import CatalogueError, ParameterError
from workflows.settings import Settings
from workflows.sources.catalogue import load_catalogue
from workflows.sources.entries import Catalogue

SHIPPED: Path = Settings.model_fields["data_sources_config"].default
ENTRY: dict[str, Any] = {
    "pattern": r"(?P<year>\d{4})年(?P<month>\d{1,2})月",
    "select": "latest_by_year_month_and_version",
    "table": "returns",
    "primary_key": ["report_date", "plan_code"],
    "conflicts": "fail",
}


@pytest.fixture
def load(tmp_path: Path) -> Callable[[str], Catalogue]:
    def load_text(text: str) -> Catalogue:
        path = tmp_path / "data_sources.yml"
        path.write_text(text, encoding="utf-8")
        return load_catalogue(path)

    return load_text


@pytest.fixture
def problems(load: Callable[[str], Catalogue]) -> Callable[..., dict[str, str]]:
    """What is wrong with an entry that differs from a right one in these keys (None leaves one out)."""

    def problems_of(**changed: Any) -> dict[str, str]:
        entry = {key: value for key, value in {**ENTRY, **changed}.items() if value is not None}
        with pytest.raises(CatalogueError) as caught:
            load(yaml.safe_dump({"domains": {"returns": entry}}, allow_unicode=True))
        return dict(caught.value.problems)

    return problems_of


def text_of(**changed: Any) -> str:
    return yaml.safe_dump({"domains": {"returns": {**ENTRY, **changed}}}, allow_unicode=True)


def test_the_shipped_catalogue_is_right() -> None:
    source = load_catalogue(SHIPPED).domain("trustee_performance")
    assert (source.table, source.primary_key) == ("trustee_performance", ("report_date", "plan_code", "company_code"))


def test_the_shipped_gates_and_conflicts_are_the_designs() -> None:
    source = load_catalogue(SHIPPED).domain("trustee_performance")
    assert (source.gates.max_reject_ratio, source.conflicts) == (Decimal("0.05"), "latest")


def test_the_merge_key_is_the_primary_key_unless_given(load: Callable[[str], Catalogue]) -> None:
    assert load(text_of()).domain("returns").merge_key == ("report_date", "plan_code")


def test_a_merge_key_may_be_a_part_of_the_primary_key(load: Callable[[str], Catalogue]) -> None:
    assert load(text_of(merge_key=["report_date"])).domain("returns").merge_key == ("report_date",)


def test_a_table_without_a_row_key_says_so_and_what_a_load_replaces(load: Callable[[str], Catalogue]) -> None:
    keys = {"primary_key": "none", "merge_key": ["月度", "业务类型"], "described_by": ["计划代码"]}
    source = load(text_of(**keys, replaces="groups_of_rows")).domain("returns")
    assert (source.primary_key, source.merge_key, source.scope) == ((), ("月度", "业务类型"), "groups")
    assert type(source).model_validate_json(source.model_dump_json()) == source


@pytest.mark.parametrize(
    ("changed", "scope"),
    [
        ({}, "keys"),
        ({"merge_key": ["plan_code", "report_date"]}, "keys"),
        ({"merge_key": ["report_date"]}, "months"),
        ({"merge_key": ["report_date"], "replaces": "groups_of_rows"}, "groups"),
        ({"primary_key": "none", "merge_key": ["report_date"]}, "months"),
    ],
)
def test_the_keys_and_replaces_say_what_a_load_replaces(
    load: Callable[[str], Catalogue], changed: dict[str, Any], scope: str
) -> None:
    assert load(text_of(**changed)).domain("returns").scope == scope


def test_a_supplement_is_known_by_its_name_and_not_by_its_folder(load: Callable[[str], Catalogue]) -> None:
    source = load(text_of(supplement="采集-补充")).domain("returns")
    assert source.supplements("202412/收集数据/24年12月采集－补充企年投资收入.xlsx")
    assert not source.supplements("采集-补充/24年12月收入.xlsx")
    assert not load(text_of()).domain("returns").supplements("补充.xlsx")


def test_no_reject_is_allowed_unless_the_catalogue_says_so(load: Callable[[str], Catalogue]) -> None:
    assert load(text_of()).domain("returns").gates.max_reject_ratio == 0


@pytest.mark.parametrize("ratio", [0.29, 0.1 + 0.2, 0, 1])
def test_a_ratio_of_deleted_rows_is_taken_exactly(load: Callable[[str], Catalogue], ratio: float) -> None:
    found = load(text_of(gates={"max_deleted_ratio": ratio})).domain("returns").gates.max_deleted_ratio
    assert found == Decimal(repr(ratio))


def test_an_unknown_domain_is_refused_naming_the_known_ones(load: Callable[[str], Catalogue]) -> None:
    with pytest.raises(ParameterError, match=r"'return'.*it has returns"):
        load(text_of()).domain("return")


def test_all_mistakes_are_reported_at_once_with_their_paths(problems: Callable[..., dict[str, str]]) -> None:
    found = problems(select="newest", gates={"max_reject_ratio": 5}, primary_key=[], conflicts=None, colour="red")
    assert set(found) == {
        "domains.returns.select",
        "domains.returns.gates.max_reject_ratio",
        "domains.returns.primary_key",
        "domains.returns.conflicts",
        "domains.returns.colour",
    }


@pytest.mark.parametrize(
    ("key", "value", "path", "says"),
    [
        ("pattern", "(?P<year>", "pattern", "not a regular expression"),
        ("pattern", r"(?P<year>\d{4})", "pattern", "month are missing"),
        ("pattern", r"（(?P<year>\d{4})(?P<month>\d\d)", "pattern", "'（' matches nothing"),
        ("select", "newest", "select", "'latest_by_mtime' wanted; found 'newest'"),
        ("conflicts", "first", "conflicts", "应为 'latest' or 'fail' / 'latest' or 'fail' wanted; found 'first'"),
        ("merge_key", ["company_code"], "merge_key", "company_code: 不在主键中 / not in the primary key"),
        ("merge_key", [], "merge_key", "columns wanted"),
        ("primary_key", "none", "merge_key", "columns wanted"),
        ("primary_key", [], "primary_key", "none for a table whose rows have no key"),
        ("replaces", "groups_of_rows", "replaces", "less than the primary key is wanted"),
        ("replaces", "months", "replaces", "'file_months' or 'groups_of_rows'"),
        ("described_by", ["plan_code"], "described_by", "the primary key describes a row already"),
        ("supplement", "补充(", "supplement", "not a regular expression"),
        ("supplement", "（补充）", "supplement", "'（' matches nothing"),
        ("supplement", " ", "supplement", "found in every name"),
        ("primary_key", ["plan_code", "plan_code"], "primary_key", "plan_code: 写了两次 / named twice"),
        ("primary_key", ["plan_code", "计" * 22], "primary_key[1]", "66 bytes"),
        ("primary_key", ["plan_code", ""], "primary_key[1]", "cannot be the name"),
        ("primary_key", "plan_code", "primary_key", "应为列表 / a list wanted"),
        ("table", "a.b.c", "table", "schema.table wanted"),
        ("table", "计" * 22, "table", "66 bytes"),
        ("table", "public.", "table", "schema.table wanted"),
        ("sheet", -1, "sheet", "counted from 0"),
        ("sheet", True, "sheet", "counted from 0"),
        ("month_from", "name", "month_from", "'rows' or 'file'"),
        ("hidden", "show", "hidden", "'include' or 'skip'"),
        ("owns_rows", "yes", "owns_rows", "应为 true 或 false / true or false wanted"),
        ("gates", {"min_rows": "5"}, "gates.min_rows", "应为整数 / a whole number wanted"),
        ("gates", {"totals": "stop"}, "gates.totals", "'warn' or 'block'"),
        ("gates", {"max_deleted_ratio": float("nan")}, "gates.max_deleted_ratio", ""),
        ("gates", {"max_deleted_ratio": "0.2"}, "gates.max_deleted_ratio", "a number wanted"),
        ("gates", {"max_deleted_ratio": 1.5}, "gates.max_deleted_ratio", "应不大于 1 / 1 or less wanted"),
        ("gates", {"max_deleted_rows": -1}, "gates.max_deleted_rows", "应不小于 0 / 0 or more wanted"),
        ("gates", {"max_rejects": 1}, "gates.max_rejects", "unknown key"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(
    problems: Callable[..., dict[str, str]], key: str, value: object, path: str, says: str
) -> None:
    found = problems(**{key: value})
    assert list(found) == [f"domains.returns.{path}"]
    assert says in found[f"domains.returns.{path}"]


@pytest.mark.parametrize("table", ["returns", "public.returns", '"a.b"."c ""d"""', "业绩"])
def test_tables_with_and_without_a_schema_are_accepted(load: Callable[[str], Catalogue], table: str) -> None:
    assert load(text_of(table=table)).domain("returns").table == table


def test_broken_yaml_is_reported_with_its_line(load: Callable[[str], Catalogue]) -> None:
    with pytest.raises(CatalogueError, match=r"line 3, column \d+: 不是 YAML: .* / not YAML: .*\(yaml: "):
        load("domains:\n  returns:\n    pattern: ]\n")


def test_keys_given_twice_are_reported_with_both_lines(load: Callable[[str], Catalogue]) -> None:
    text = text_of() + "    table: other\n    gates: {}\n    gates: {}\n"
    with pytest.raises(CatalogueError) as caught:
        load(text)
    assert [path for path, _ in caught.value.problems] == ["domains.returns.table", "domains.returns.gates"]
    assert dict(caught.value.problems)["domains.returns.gates"] == (
        "写了两次, 第 11 行和第 12 行 / given twice, in line 11 and line 12"
    )


def test_duplicate_keys_and_wrong_values_are_reported_together(load: Callable[[str], Catalogue]) -> None:
    with pytest.raises(CatalogueError) as caught:
        load(text_of(sheet=-1) + "    table: other\n")
    assert {path for path, _ in caught.value.problems} == {"domains.returns.table", "domains.returns.sheet"}


@pytest.mark.parametrize("text", ["", "- a\n- b\n", "domains: {}\n", "? [a, b]\n: 1\n", "a: &a [*a]\n", "\x00"])
def test_a_document_that_is_no_catalogue_is_refused(load: Callable[[str], Catalogue], text: str) -> None:
    with pytest.raises(CatalogueError):
        load(text)


@pytest.mark.parametrize("name", ["Returns", "re-turns", "../x", "1st"])
def test_a_domains_name_must_be_fit_for_a_module(load: Callable[[str], Catalogue], name: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        load(yaml.safe_dump({"domains": {name: ENTRY}}))
    assert [path for path, _ in caught.value.problems] == [f"domains.{name}"]


def test_a_missing_catalogue_names_its_path(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"nowhere\.yml: 1 处错误 / 1 problem"):
        load_catalogue(tmp_path / "nowhere.yml")


def test_the_line_break_that_ends_a_yaml_block_is_not_part_of_the_pattern(load: Callable[[str], Catalogue]) -> None:
    pattern = load(text_of(pattern=ENTRY["pattern"] + "\n")).domain("returns").pattern
    assert pattern == ENTRY["pattern"]


@pytest.mark.parametrize(
    "changed",
    [
        {"table": "elsewhere"},
        {"primary_key": ["report_date"]},
        {"gates": {"max_reject_ratio": 0.5}},
        {"conflicts": "latest"},
        {"owns_rows": True},
    ],
)
def test_table_keys_and_gates_are_no_reading_rules(load: Callable[[str], Catalogue], changed: dict[str, Any]) -> None:
    assert (
        load(text_of(**changed)).domain("returns").reading_rules() == load(text_of()).domain("returns").reading_rules()
    )


@pytest.mark.parametrize(
    "changed", [{"sheet": "业绩"}, {"required_columns": ["规模"]}, {"month_from": "file"}, {"hidden": "skip"}]
)
def test_what_shapes_reading_is_in_the_reading_rules(load: Callable[[str], Catalogue], changed: dict[str, Any]) -> None:
    rules = load(text_of(**changed)).domain("returns").reading_rules()
    assert rules == json.loads(json.dumps({**load(text_of()).domain("returns").reading_rules(), **changed}))


def test_conflicts_and_groups_are_the_merging_rules(load: Callable[[str], Catalogue]) -> None:
    assert load(text_of()).domain("returns").merging_rules() == {
        "conflicts": "fail",
        "replaces": "file_months",
    }


IN_FOLDERS = {"pattern": "台账登记", "folder_pattern": r"^(?P<year>20\d\d)(?P<month>\d\d)/"}


def test_the_month_may_be_said_by_the_folders_pattern(load: Callable[[str], Catalogue]) -> None:
    source = load(text_of(**IN_FOLDERS, supplement="补充", exclude=["*回复*"])).domain("returns")
    assert (source.pattern, source.supplement, source.exclude) == ("台账登记", "补充", ("*回复*",))


def test_a_pattern_that_says_no_month_needs_its_folders(problems: Callable[..., dict[str, str]]) -> None:
    found = problems(pattern="台账登记")
    assert "they may stand in folder_pattern" in found["domains.returns.pattern"]


def test_a_wrong_folders_pattern_is_one_mistake(problems: Callable[..., dict[str, str]]) -> None:
    assert list(problems(pattern="台账登记", folder_pattern="(")) == ["domains.returns.folder_pattern"]


def test_several_sheets_are_named(load: Callable[[str], Catalogue]) -> None:
    source = load(text_of(sheets=["企年受托中标(空白)", "企年投资中标(空白)"])).domain("returns")
    assert source.wanted_sheets == ("企年受托中标(空白)", "企年投资中标(空白)")
    assert load(text_of(sheet="一")).domain("returns").wanted_sheets == ("一",)


@pytest.mark.parametrize(
    ("sheets", "mistake"),
    [
        (["a", "a"], "named twice"),
        (["auto", "a"], "auto finds one sheet"),
        ([""], "a sheet's name"),
    ],
)
def test_sheets_that_cannot_be_meant(
    problems: Callable[..., dict[str, str]], sheets: list[object], mistake: str
) -> None:
    assert any(mistake in text for text in problems(sheets=sheets).values())


def test_sheet_and_sheets_are_not_both_given(problems: Callable[..., dict[str, str]]) -> None:
    assert "give one of them" in problems(sheet="a", sheets=["b", "c"])["domains.returns.sheets"]


def test_an_unknown_key_is_told_with_the_nearest_one(problems: Callable[..., dict[str, str]]) -> None:
    found = problems(required_colums=["plan_code"], gates={"max_reject_ration": 0.1})
    assert found["domains.returns.required_colums"].endswith("did you mean required_columns?")
    assert found["domains.returns.gates.max_reject_ration"].endswith("did you mean max_reject_ratio?")
