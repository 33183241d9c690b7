"""What the name of a document depends on."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import workflows
from tests.fixtures.reading import entry
from workflows.runs import rules
from workflows.settings import get_settings
from workflows.sources.entries import DomainSource
from workflows.sources.gate_rules import GateSource

_ROOT = Path(workflows.__file__).parent


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget()
    yield
    forget()


def forget() -> None:
    """What a new process would not know."""
    get_settings.cache_clear()
    rules.reading_rules.cache_clear()
    rules.merging_rules.cache_clear()


def digests(source: DomainSource) -> tuple[str, str]:
    forget()
    return rules.reading_rules("trustee_performance", source).digest, rules.merging_rules("trustee_performance", source)


@pytest.mark.parametrize(
    ("changes", "reads_again", "merges_again"),
    [
        ({"month_from": "file"}, True, True),
        ({"required_columns": ("fund_scale",)}, True, True),
        ({"sheet": "业绩"}, True, True),
        ({"hidden": "skip"}, True, True),
        ({"conflicts": "fail"}, False, True),
        ({"gates": GateSource(totals="block")}, False, False),
        ({"table": "other.table"}, False, False),
        ({"primary_key": ("report_date", "plan_code"), "merge_key": ("report_date",)}, False, False),
        ({"owns_rows": True}, False, False),
    ],
)
def test_a_changed_key_of_the_catalogue_re_runs_exactly_what_it_touches(
    changes: dict[str, Any], reads_again: bool, merges_again: bool
) -> None:
    before, after = digests(entry()), digests(entry(**changes))
    assert (before[0] != after[0], before[1] != after[1]) == (reads_again, merges_again)


def test_a_forced_engine_is_another_way_of_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(entry())
    monkeypatch.setenv("WDH_WORKBOOK_ENGINE", "openpyxl")
    assert digests(entry())[0] != before[0]


def test_another_domains_module_is_not_part_of_a_domains_rules() -> None:
    assert "domains/trustee_performance.py" not in rules.code_of("records/validation.py")
    code = rules.code_of("records/validation.py", "domains/trustee_performance.py")
    assert {"domains/trustee_performance.py", "domains/kinds/numbers.py"} <= set(code)


def _parsed_imports(module: str) -> Iterator[str]:
    """The project's modules that a module imports anywhere in it, found by Python's own parser."""
    for node in ast.walk(ast.parse((_ROOT / module).read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "workflows":
            names = [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names if alias.name.split(".")[0] == "workflows"]
        for name in names:
            place = "/".join(name.split(".")[1:])
            yield from (path for path in (f"{place}.py", f"{place}/__init__.py") if (_ROOT / path).is_file())


@pytest.mark.parametrize("start", ["records/validation.py", "records/merged.py", "domains/trustee_performance.py"])
def test_every_module_that_a_document_is_made_with_is_found(start: str) -> None:
    found = set(rules.code_of(start))
    missing = {name for module in found for name in _parsed_imports(module)} - found
    assert missing <= {"errors.py", "settings.py", "nearest.py", "stages.py", "__init__.py"}


def test_whatever_python_loads_to_read_a_workbook_is_part_of_the_rules() -> None:
    code = (
        "import sys, workflows.records.validation, workflows.domains.trustee_performance; print(*sorted(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    modules = {name.removeprefix("workflows.") for name in loaded if name.startswith("workflows.")}
    known = {
        path.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
        for path in rules.code_of("records/validation.py", "domains/trustee_performance.py")
    }
    packages = {name for name in modules if any(other.startswith(f"{name}.") for other in modules)}
    # The face touches the empty package ``workflows.plan``, to make it callable.
    assert modules - known - packages == {"errors", "settings", "nearest", "stages", "plan"}


def test_a_changed_line_of_a_found_module_changes_the_digest(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(entry())
    plain = rules._source
    monkeypatch.setattr(
        rules, "_source", lambda module: plain(module) + ("#" if module == "domains/kinds/numbers.py" else "")
    )
    assert [old != new for old, new in zip(before, digests(entry()), strict=True)] == [True, True]


def test_a_changed_list_beside_the_domains_reads_again(monkeypatch: pytest.MonkeyPatch) -> None:
    before = digests(entry())
    monkeypatch.setattr(rules, "lists_digest", lambda: "other words")
    after = digests(entry())
    assert before[0] != after[0] and before[1] != after[1]


def test_the_digest_of_the_lists_covers_each_word() -> None:
    status_words = (_ROOT / "domains/lists/status_words.txt").as_posix()
    before = rules.lists_digest()
    rules.lists_digest.cache_clear()
    rules._source.cache_clear()
    original = Path.read_text
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            Path,
            "read_text",
            lambda path, *a, **k: original(path, *a, **k) + ("新词\n" if path.as_posix() == status_words else ""),
        )
        after = rules.lists_digest()
    rules.lists_digest.cache_clear()
    rules._source.cache_clear()
    assert before != after
