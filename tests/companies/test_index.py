"""The index of known companies: what becomes of fetched rows, and a file that is whole or refused."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from workflows.companies.csv_rows import csv_rows
from workflows.companies.index import FetchedRow, gather, read_index, read_meta, write_index
from workflows.errors import CompanyIndexError

COMPANIES = {("customer_name", "甲公司"): "C1", ("plan_code", "P0001"): "C2", ("account_name", "甲\n公司"): "C3"}


def rows(*rows: tuple[str, str, str]) -> list[FetchedRow]:
    return [FetchedRow(line, *row) for line, row in enumerate(rows, start=2)]


def index(path: Path, companies: dict[tuple[str, str], str] | None = None, fetched: str = "2024-12-01") -> bytes:
    stream = io.BytesIO()
    write_index(stream, COMPANIES if companies is None else companies, rules="r", source="known.csv", fetched=fetched)
    path.write_bytes(stream.getvalue())
    return stream.getvalue()


def test_names_of_the_index_are_normalised_like_those_of_records() -> None:
    found = gather(rows(("customer_name", "甲公司（已转出）", "C1"), ("客户名称", "乙公司-养老", " C2 ")))
    assert found.companies == {("customer_name", "甲公司"): "C1", ("customer_name", "乙公司"): "C2"}


def test_one_key_of_one_company_may_stand_twice() -> None:
    found = gather(rows(("customer_name", "甲公司", "C1"), ("customer_name", "甲公司-养老", "C1")))
    assert (found.companies, found.problems) == ({("customer_name", "甲公司"): "C1"}, [])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (("customer_name", "甲公司（已转出）", "C2"), "customer_name 甲公司 is C2 here, C1 in line 2"),
        (("customer_name", "乙公司", "  "), "the company_id is blank"),
        (("customer_name", "乙公司", "C" * 51), "cannot be a company_id"),
        (("客户", "乙公司", "C2"), "no kind of key is called '客户'"),
        (("account_number", "1.23457E+17", "C2"), "has lost its last digits"),
    ],
)
def test_what_cannot_be_true_is_named_with_its_line(row: tuple[str, str, str], problem: str) -> None:
    ((place, text),) = gather(rows(("customer_name", "甲公司", "C1"), row)).problems
    assert place == "line 3"
    assert problem in text


def test_temporary_ids_and_keys_that_say_nothing_are_left_out_and_counted() -> None:
    found = gather(rows(("customer_name", "甲公司", "INABCDEFGHABCDEFGH"), ("customer_name", "无", "C1")))
    assert (found.companies, found.problems, found.temporary, found.blank_keys) == ({}, [], 1, 1)


def test_an_index_is_one_valid_json_document_sorted_by_kind_and_key(tmp_path: Path) -> None:
    document = json.loads(index(tmp_path / "index.json"))
    assert [kind for kind, _key, _id in document["keys"]] == ["account_name", "customer_name", "plan_code"]
    assert (document["meta"]["keys"], document["meta"]["kinds"]["plan_code"], document["meta"]["source"]) == (
        3,
        1,
        "known.csv",
    )


@pytest.mark.parametrize("companies", [COMPANIES, {}])
def test_what_is_written_is_read_back(tmp_path: Path, companies: dict[tuple[str, str], str]) -> None:
    index(tmp_path / "index.json", companies)
    meta, found = read_index(tmp_path / "index.json")
    assert {(kind, key): value for kind, keys in found.items() for key, value in keys.items()} == companies
    assert meta == read_meta(tmp_path / "index.json")


def test_the_digest_is_of_the_companies_and_not_of_when_they_were_fetched(tmp_path: Path) -> None:
    paths = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    index(paths[0], fetched="2024-12-01")
    index(paths[1], dict(reversed(COMPANIES.items())), fetched="2025-01-01")
    index(paths[2], {**COMPANIES, ("plan_code", "P0001"): "C9"})
    first, second, third = (read_meta(path).digest for path in paths)
    assert first == second != third


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: content[:-30],
        lambda content: content.replace(b'"C1"', b'"C7"'),
        lambda content: content.removesuffix(b"]}\n"),
        lambda content: b"{}" + content,
        lambda _content: b"",
    ],
)
def test_an_index_that_is_cut_off_or_edited_is_refused(tmp_path: Path, damage: object) -> None:
    path = tmp_path / "index.json"
    path.write_bytes(damage(index(path)))  # type: ignore[operator]
    with pytest.raises(CompanyIndexError, match="not a complete index of companies"):
        read_index(path)


def test_a_missing_index_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(CompanyIndexError, match=r"make fetch-index FROM=file\.csv, or set WDH_COMPANY_INDEX"):
        read_meta(tmp_path / "index.json")


def csv_file(folder: Path, content: bytes) -> Path:
    path = folder / "known.csv"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_csv_is_read_as_spreadsheets_in_china_save_it(tmp_path: Path, encoding: str) -> None:
    text = '备注,Company_ID,kind,key\r\nx,C1,customer_name,"甲\n公司"\r\n,,,\r\n,C2,plan_code,P1\r\n'
    found: Sequence[FetchedRow] = list(csv_rows(csv_file(tmp_path, text.encode(encoding))))
    assert found == [FetchedRow(2, "customer_name", "甲\n公司", "C1"), FetchedRow(5, "plan_code", "P1", "C2")]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ("kind,key\n", "line 1: the columns kind, key, company_id wanted, each once; kind, key found"),
        ("", "nothing found"),
        ("kind,key,company_id,key\n", "each once"),
        ('kind,key,company_id\na,"b\n', "line 2: not CSV"),
    ],
)
def test_what_is_no_such_csv_is_refused(tmp_path: Path, content: str, problem: str) -> None:
    with pytest.raises(CompanyIndexError, match=problem):
        list(csv_rows(csv_file(tmp_path, content.encode())))
