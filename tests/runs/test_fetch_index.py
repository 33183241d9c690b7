"""Making the index of known companies anew: whole or not at all, and never a cut-off one by mistake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.fixtures.companies import SALT, CompanyOffice
from workflows.companies.index import FetchedRow, read_index
from workflows.errors import CompanyIndexError, OtherCompaniesError
from workflows.runs.companies import answering, known_companies
from workflows.runs.fetch_index import Fetched, fetch_index
from workflows.settings import Settings

NOW = datetime(2024, 12, 1, 8, 30, tzinfo=timezone.utc)


def known(*numbers: int, company: str = "C") -> Fetched:
    """Customers of these numbers, each a company of its own."""
    return fetched([("customer_name", f"第{number}公司", f"{company}{number}") for number in numbers])


def fetched(rows: Sequence[tuple[str, str, str]]) -> Fetched:
    return Fetched("known.csv", [FetchedRow(line, *row) for line, row in enumerate(rows, start=2)])


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """An index of ten customers."""
    path = tmp_path / "index.json"
    fetch_index(known(*range(10)), path, NOW)
    return path


def settings(folder: Path, salt: str = SALT) -> Settings:
    return Settings(
        company_index=folder / "index.json",
        company_id_salt=SecretStr(salt),
        data_sources_config=folder / "data_sources.yml",
    )


def test_it_says_what_it_holds_where_from_and_what_changed(index: Path) -> None:
    rows = [
        ("customer_name", "第1公司", "X"),
        *((row.kind, row.key, row.company_id) for row in known(*range(2, 10)).rows),
    ]
    lines = fetch_index(
        fetched([*rows, ("plan_code", "P1", "C1"), ("plan_code", "P2", "INABCDEFGHABCDEFGH")]), index, NOW
    )
    assert lines[0].startswith(f"{index}: 10 keys (9 customer_name, 1 plan_code), digest ")
    assert lines[1:] == [
        "  略过 1 行, 是临时编号 / 1 row(s) left out: their ids are temporary ones, no company's",
        "  与之前的索引相比: 新增 1 个键, 减少 1, 改属其他公司 1 / "
        "against the index before: 1 keys added, 1 gone, 1 of another company now",
    ]
    meta, _companies = read_index(index)
    assert (meta.source, meta.fetched) == ("known.csv", "2024-12-01T08:30:00Z")


def test_mistakes_are_named_with_their_lines_and_the_index_stays(index: Path) -> None:
    before = index.read_bytes()
    with pytest.raises(CompanyIndexError, match=r"1 mistake\(s\), no index made\n  line 3: company_id 为空"):
        fetch_index(fetched([("plan_code", "P1", "C1"), ("plan_code", "P2", "")]), index, NOW)
    assert index.read_bytes() == before


def test_many_mistakes_are_counted_beyond_the_first_twenty(tmp_path: Path) -> None:
    with pytest.raises(CompanyIndexError) as caught:
        fetch_index(fetched([("plan_code", f"P{n}", "") for n in range(30)]), tmp_path / "i.json", NOW)
    assert str(caught.value).splitlines()[-1] == "  … and 10 more"
    assert len(str(caught.value).splitlines()) == 22


def test_an_index_that_loses_more_than_a_tenth_is_refused_unless_it_is_meant(index: Path) -> None:
    before = index.read_bytes()
    with pytest.raises(CompanyIndexError, match=r"2 of the 10 keys of .* are missing in it.*--allow-shrink"):
        fetch_index(known(*range(8)), index, NOW)
    assert index.read_bytes() == before
    fetch_index(known(*range(9)), index, NOW)
    fetch_index(known(1), index, NOW, allow_shrink=True)
    assert read_index(index)[0].keys == 1


def test_an_index_without_a_key_is_refused_unless_it_is_meant(tmp_path: Path) -> None:
    with pytest.raises(CompanyIndexError, match=r"not a single key.*--allow-empty"):
        fetch_index(fetched([]), tmp_path / "i.json", NOW)
    assert not (tmp_path / "i.json").exists()
    fetch_index(fetched([]), tmp_path / "i.json", NOW, allow_empty=True)
    assert read_index(tmp_path / "i.json")[0].keys == 0


def test_a_damaged_index_can_be_made_anew(index: Path) -> None:
    index.write_bytes(b"damaged")
    fetch_index(known(1), index, NOW)
    assert read_index(index)[0].keys == 1


def test_a_host_that_would_answer_otherwise_is_refused_with_what_differs(index: Path, tmp_path: Path) -> None:
    began, _known = answering(settings(tmp_path), "d")
    assert known_companies("d", began, settings(tmp_path)).index["customer_name"]["第1公司"] == "C1"
    fetch_index(known(*range(11)), index, NOW)
    with pytest.raises(OtherCompaniesError, match="index of known companies: ") as caught:
        known_companies("d", began, settings(tmp_path))
    assert "overrides" not in str(caught.value).splitlines()[1] and "salt of" not in str(caught.value)


def test_a_host_with_another_salt_is_refused_without_a_salt_in_the_message(index: Path, tmp_path: Path) -> None:
    assert index.exists()
    began, _known = answering(settings(tmp_path), "d")
    with pytest.raises(OtherCompaniesError, match="salt of temporary ids") as caught:
        known_companies("d", began, settings(tmp_path, "another salt of the tests"))
    assert SALT not in str(caught.value) and "another salt" not in str(caught.value)


def test_an_index_of_names_that_were_normalised_otherwise_is_refused(index: Path, tmp_path: Path) -> None:
    rules = read_index(index)[0].rules
    index.write_text(index.read_text(encoding="utf-8").replace(rules, "others"), encoding="utf-8")
    with pytest.raises(CompanyIndexError, match=r"normalised by other rules.*run make fetch-index again"):
        answering(settings(tmp_path), "d")


def test_the_command_makes_an_index_from_a_csv_or_says_what_it_wants(companies: CompanyOffice) -> None:
    done = companies.fetch_index()
    assert done.code == 0 and done.out.startswith("company_index.json: 5 keys ")
    done = companies.office.command("python", "-m", "workflows.runs", "fetch-index")
    assert (done.code, done.out) == (1, "")
    assert "make fetch-index FROM=FILE.csv" in done.err and "WDH_COMPANY_INDEX_QUERY" in done.err
    done = companies.fetch_index([("plan_code", "P1", "C1"), ("plan_code", "P1", "C2")])
    assert (done.code, done.out) == (1, "")
    assert "line 3: plan_code P1 is C2 here, C1 in line 2" in done.err


def test_several_domains_of_a_run_read_the_index_once_and_a_new_one_again(index: Path, tmp_path: Path) -> None:
    first, second = answering(settings(tmp_path), "a")[1].index, answering(settings(tmp_path), "b")[1].index
    assert first is second
    fetch_index(known(*range(11)), index, NOW)
    assert answering(settings(tmp_path), "a")[1].index["customer_name"]["第10公司"] == "C10"
