from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from workflows.settings import get_settings
from workflows.tasks import rules

_CATALOGUE = Path(rules.__file__).parents[1] / "sources" / "data_sources.yml"


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of the shipped catalogue that the settings name."""
    path = tmp_path / "catalogue.yml"
    path.write_text(_CATALOGUE.read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("WDH_DATA_SOURCES_CONFIG", str(path))
    forget()
    yield path
    forget()


def forget() -> None:
    """What a new process would not know."""
    get_settings.cache_clear()
    for cached in (rules.catalogue, rules.reading_rules, rules.merging_rules):
        cached.cache_clear()


def digests() -> tuple[str, str]:
    forget()
    return rules.reading_rules("trustee_performance").digest, rules.merging_rules("trustee_performance")


@pytest.mark.parametrize(
    ("old", "new", "reads_again", "merges_again"),
    [
        ("month_from: rows", "month_from: file", True, True),
        ("required_columns: [plan_code, company_code]", "required_columns: [fund_scale]", True, True),
        ("conflicts: latest", "conflicts: fail", False, True),
        ("max_reject_ratio: 0.05", "max_reject_ratio: 0.5", False, False),
        ("table: trustee_performance", "table: other.table", False, False),
        ("primary_key: [report_date, plan_code, company_code]", "primary_key: [report_date, plan_code]", False, False),
        ("totals: warn", "totals: block", False, False),
        ("owns_rows: false", "owns_rows: true", False, False),
    ],
)
def test_a_changed_key_of_the_catalogue_re_runs_exactly_what_it_touches(
    catalogue: Path, old: str, new: str, reads_again: bool, merges_again: bool
) -> None:
    before = digests()
    text = catalogue.read_text(encoding="utf-8")
    assert old in text
    catalogue.write_text(text.replace(old, new), encoding="utf-8")
    after = digests()
    assert (before[0] != after[0], before[1] != after[1]) == (reads_again, merges_again)


def test_a_forced_engine_is_another_way_of_reading(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests()
    monkeypatch.setenv("WDH_WORKBOOK_ENGINE", "openpyxl")
    assert digests()[0] != before[0]


def test_a_domain_that_annotates_its_name_is_still_told_from_shared_modules() -> None:
    assert rules.IS_DOMAIN.search(b"x = 1\nDOMAIN: Domain = Domain()\n")
    assert not rules.IS_DOMAIN.search(b"x = 1\nDOMAINS = ()\n")


def test_every_engine_is_part_of_how_a_workbook_is_read() -> None:
    code = {path.relative_to(rules._ROOT).as_posix() for path in rules._code(rules._READING_CODE)}
    engines = {"__init__.py", "xls.py", "limits.py", "xlsx/direct.py", "xlsx/row_scan.py", "xlsx/exact.py"}
    assert {f"sources/workbook/{name}" for name in engines} <= code


def test_another_domains_module_is_not_part_of_a_domains_rules() -> None:
    code = set(rules._domain_code("some_other_domain"))
    assert "domains/trustee_performance.py" not in code
    assert "domains/numbers.py" in code
