"""Every option, from every place where it can be given, changes a run: the catalogue, a flag, the environment.

A new key, flag or setting without a proof here, and without a test elsewhere that is named here, fails.
"""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.options import CATALOGUE, NOVEMBER, Book, Proof, Refused, Seen, book, line, told
from tests.fixtures.runs import HEADERS, Office
from workflows.settings import setting_names
from workflows.sources.entries import DiscoverySource, DomainSource
from workflows.sources.gate_rules import GateSource
from workflows.tasks import ApplyPlan, Backfill, LoadDomain, LoadMonth, UndoLoad

_ROOT = Path(__file__).resolve().parents[2]
TWO = {NOVEMBER: book(line("P1"), line("P2", 200.0))}
FOUR = {NOVEMBER: book(*(line(f"P{n}") for n in range(1, 5)))}
MONTHS = {"merge_key": ["report_date"]}
GROUPS = {
    "primary_key": "none",
    "merge_key": ["report_date", "company_code"],
    "replaces": "groups_of_rows",
}
NO_KEY = "ALTER TABLE trustee_performance DROP CONSTRAINT trustee_performance_pkey"
# A restatement of one of four rows, which the table holds.
RESTATED = {NOVEMBER: book(line("P1", 150.0), *(line(f"P{n}") for n in range(2, 5)))}
ONE_LEFT = {NOVEMBER: book(line("P1"))}
ONE_BAD = {NOVEMBER: book(line("P1"), line("P2", "abc"))}
WARN = {"gates": {"left_behind": "warn"}}
WITHOUT_COMPANY = ("report_date", "plan_code")


def outcome(seen: Seen) -> str:
    return seen.outcome


def refusal(*words: str) -> Any:
    """Whether all of these words are said."""
    return lambda seen: [word for word in words if word in seen.said]


def files(seen: Seen) -> list[str]:
    return seen.files


def effect(seen: Seen) -> Any:
    """Rows added, changed and removed, as a comparison found."""
    return seen.plan.effect.added, seen.plan.effect.changed, seen.plan.effect.removed


def codes(seen: Seen) -> Any:
    return sorted(reject.code for reject in seen.plan.rejects)


def scales(seen: Seen) -> Any:
    return [record[4] for record in seen.records] if seen.document else seen.outcome


def plans(seen: Seen) -> Any:
    return [record[1] for record in seen.records] if seen.document else seen.outcome


def loaded(seen: Seen) -> Any:
    outcome = "blocked" if seen.done.outcome == "blocked" else seen.outcome
    return outcome, [plan for plan, _scale in seen.table]


PROOFS: dict[str, Proof] = {
    # Which files.
    "pattern": Proof(
        files, [NOVEMBER], ["2024-11.xlsx"], {NOVEMBER: book(line("P1")), "2024-11.xlsx": book(line("P2"))}
    ),
    "folder_pattern": Proof(
        files, [Refused("files of equal rank")], [f"甲/{NOVEMBER}"], {f"{f}/{NOVEMBER}": TWO[NOVEMBER] for f in "甲乙"}
    ),
    "supplement": Proof(
        files, [NOVEMBER], [NOVEMBER, "2024年11月补充.xlsx"], TWO | {"2024年11月补充.xlsx": book(line("P3"))}
    ),
    "exclude": Proof(files, ["2024年11月V2.xlsx"], [NOVEMBER], TWO | {"2024年11月V2.xlsx": book(line("P3"))}),
    "select": Proof(
        files, [Refused("files of equal rank")], [f"甲/{NOVEMBER}"], {f"{f}/{NOVEMBER}": TWO[NOVEMBER] for f in "乙甲"}
    ),
    "example": Proof(refusal("2024年7月.xlsx"), [], ["2024年7月.xlsx"], {"2024年11月份.xlsx": book(line("P1"))}),
    "discovery.extensions": Proof(
        files,
        ["2024年12月.xlsm"],
        [NOVEMBER],
        TWO | {"2024年12月.xlsm": book(line("P1", month=12))},
        {"pattern": CATALOGUE["pattern"].replace("xlsx", "xls[xm]")},
    ),
    "discovery.excluded_folders": Proof(
        files, ["乙/2024年12月.xlsx"], [NOVEMBER], TWO | {"乙/2024年12月.xlsx": book(line("P1", month=12))}
    ),
    "discovery.ignored_patterns": Proof(
        files, ["2024年12月.xlsx"], [NOVEMBER], TWO | {"2024年12月.xlsx": book(line("P1", month=12))}
    ),
    "discovery.max_depth": Proof(
        files, ["乙/2024年12月.xlsx"], [NOVEMBER], TWO | {"乙/2024年12月.xlsx": book(line("P1", month=12))}
    ),
    "max_files": Proof(
        files,
        ["2024年11月.xlsx"],
        ["2024年10月.xlsx", "2024年11月.xlsx"],
        TWO | {"2024年10月.xlsx": book(line("P1", month=10))},
    ),
    "period": Proof(
        files, ["2024年11月.xlsx"], ["2024年10月.xlsx"], TWO | {"2024年10月.xlsx": book(line("P1", month=10))}
    ),
    # What is read of them.
    "sheet": Proof(
        scales,
        Refused("the headers of 2 sheets fit"),
        ["1.00"],
        {NOVEMBER: Book({"甲": [HEADERS, line("P1", 1.0)], "乙": [HEADERS, line("P1", 2.0)]})},
    ),
    "sheets": Proof(
        scales,
        Refused("the headers of 2 sheets fit"),
        ["1.00", "2.00"],
        {NOVEMBER: Book({"甲": [HEADERS, line("P1", 1.0)], "乙": [HEADERS, line("P2", 2.0)]})},
    ),
    "headers": Proof(scales, [None], ["100.00"], {NOVEMBER: book(line("P1"), headers=(*HEADERS[:6], "余"))}),
    "ignored_headers": Proof(
        lambda seen: [w.code for w in seen.plan.warnings],
        ["unused_lookalike"],
        [],
        {NOVEMBER: book([*line("P1"), 1], headers=(*HEADERS, "规模1"))},
    ),
    "fill_down": Proof(
        plans,
        ["P1"],
        ["P1", "P2"],
        {NOVEMBER: book(line("P1"), line("P2", company=None))},
    ),
    "required_columns": Proof(
        outcome, "planned", Refused("missing fund_scale"), {NOVEMBER: book(line("P1")[:6], headers=HEADERS[:6])}
    ),
    "month_from": Proof(
        plans, Refused("missing report_date"), ["P1"], {NOVEMBER: book(line("P1")[2:], headers=HEADERS[2:])}
    ),
    "other_months": Proof(
        outcome, "blocked: max_other_months_ratio", "planned", {NOVEMBER: book(line("P1"), line("P1", month=10))}
    ),
    "hidden": Proof(plans, ["P1", "P2"], ["P1"], {NOVEMBER: book(line("P1"), line("P2"), hidden=(3,))}),
    "rate_unit": Proof(
        lambda seen: [r[3] for r in seen.records], ["5.000000"], ["0.050000"], {NOVEMBER: book(line("P1", rate=5))}
    ),
    "tables": Proof(
        plans,
        Refused("that of another below it"),
        ["P1", "P2"],
        {NOVEMBER: book(line("P1"), [], ["另表"], HEADERS[::-1], line("P2")[::-1])},
    ),
    "struck_through": Proof(plans, ["P1", "P2"], ["P1"], {NOVEMBER: book(line("P1"), line("P2"), struck=(3,))}),
    "workbook_engine": Proof(lambda seen: [file.engine for file in seen.plan.files], ["direct"], ["openpyxl"], TWO),
    # What they mean together.
    "conflicts": Proof(
        outcome,
        "planned",
        Refused("have different values in different workbooks"),
        {NOVEMBER: book(line("P1", month=10)), "2024年10月.xlsx": book(line("P1", 5.0, month=10))},
        {"gates": {"max_other_months_ratio": 1}},
        ("--max-files", "2"),
    ),
    "primary_key": Proof(
        codes, [], ["duplicate_conflict"] * 2, {NOVEMBER: book(line("P1"), line("P1", 5.0, company="C2"))}
    ),
    # What is replaced.
    "table": Proof(
        loaded, ("loaded", ["P1", "P2"]), (Refused("there is no table another"), []), TWO, flags=("--execute",)
    ),
    "merge_key": Proof(effect, (0, 0, 0), (0, 0, 3), ONE_LEFT, WARN, ("--compare",), FOUR),
    "replaces": Proof(
        codes,
        ["period_mismatch"],
        [],
        {NOVEMBER: book(line("P1"), line("P1", month=10))},
        MONTHS | {"other_months": "allow"},
    ),
    "described_by": Proof(
        lambda seen: sorted(change.kind for change in seen.plan.comparison.changes),
        ["added", "removed"],
        ["changed"],
        RESTATED,
        GROUPS,
        ("--compare",),
        FOUR,
        NO_KEY,
    ),
    "mode": Proof(lambda seen: seen.outcome, "loaded", Refused("already exists"), RESTATED, WARN, ("--execute",), FOUR),
    "owns_rows": Proof(
        loaded,
        (Refused("column seen is not the load's"), []),
        ("loaded", ["P1", "P2"]),
        TWO,
        flags=("--execute",),
        sql="ALTER TABLE trustee_performance ADD COLUMN seen text",
    ),
    # What blocks; the limit itself does not.
    "max_reject_ratio": Proof(outcome, "blocked: max_reject_ratio", "planned", ONE_BAD),
    "max_other_months_ratio": Proof(
        outcome, "blocked: max_other_months_ratio", "planned", {NOVEMBER: book(line("P1"), line("P1", month=10))}
    ),
    "min_rows": Proof(outcome, "planned", "blocked: min_rows", TWO),
    "totals": Proof(
        outcome,
        "planned",
        "blocked: totals",
        {NOVEMBER: book(line("P1"), [None, None, "合计", None, None, None, 99.0])},
    ),
    "max_deleted_rows": Proof(
        loaded, ("loaded", ["P1"]), ("blocked", ["P1", "P2", "P3", "P4"]), ONE_LEFT, MONTHS, ("--execute",), FOUR
    ),
    "max_deleted_ratio": Proof(
        loaded, ("loaded", ["P1"]), ("blocked", ["P1", "P2", "P3", "P4"]), ONE_LEFT, MONTHS, ("--execute",), FOUR
    ),
    "max_group_shrink": Proof(
        loaded,
        ("loaded", ["P1"]),
        ("blocked", ["P1", "P2", "P3", "P4"]),
        ONE_LEFT,
        GROUPS,
        ("--execute",),
        FOUR,
        NO_KEY,
    ),
    "empty": Proof(loaded, ("blocked", ["P1", "P2"]), ("loaded", []), {NOVEMBER: book()}, MONTHS, ("--execute",), TWO),
    "left_behind": Proof(outcome, "blocked: left_behind", "planned", ONE_LEFT, {}, ("--compare",), FOUR),
    "magnitude_moved": Proof(
        outcome,
        "blocked: magnitude_moved",
        "planned",
        {"2024年12月.xlsx": book(*(line(f"P{n}", 1e6, month=12) for n in range(10)))},
        {},
        ("--compare",),
        {NOVEMBER: book(*(line(f"P{n}") for n in range(10)))},
    ),
    "accept": Proof(outcome, "blocked: max_reject_ratio", "planned", ONE_BAD),
    # How it runs, and what it tells.
    "execute": Proof(loaded, ("planned", []), ("loaded", ["P1", "P2"]), TWO),
    "compare": Proof(lambda seen: seen.plan.comparison is not None, False, True, TWO),
    "show_sql": Proof(lambda seen: "ON COMMIT DROP" in seen.done.out, False, True, TWO),
    "run_id": Proof(
        lambda seen: (seen.office.output / "plans" / "trustee_performance" / "mine").is_dir(), False, True, TWO
    ),
    "data_base_dir": Proof(outcome, "planned", Refused("there is no such folder; WDH_DATA_BASE_DIR"), TWO),
    "output_dir": Proof(lambda seen: (seen.office.folder / "elsewhere" / "plans").is_dir(), False, True, TWO),
    "output_mode": Proof(
        lambda seen: stat.S_IMODE(seen.office.newest("plans/*/*/plan.json").stat().st_mode), 0o600, 0o640, TWO
    ),
    "data_sources_config": Proof(outcome, "planned", Refused("nowhere.yml"), TWO),
    "max_files_limit": Proof(
        outcome, "planned", Refused("WDH_MAX_FILES_LIMIT sets the limit"), TWO, flags=("--max-files", "2")
    ),
    "summary_json": Proof(lambda seen: (seen.office.folder / "told.json").is_file(), False, True, TWO),
    "actor": Proof(lambda seen: seen.plan.made.by == "王小明", False, True, TWO),
}
"""By option; each is given from all of its ``PLACES``."""

CATALOGUE_KEYS: dict[str, Any] = {
    "pattern": r"^(?P<year>20\d\d)-(?P<month>\d+)\.xlsx$",
    "folder_pattern": "^甲$",
    "supplement": r"^(?P<year>20\d\d)年(?P<month>\d+)月补充",
    "exclude": ["*V2*"],
    "select": "latest_by_mtime",
    "example": "2024年7月.xlsx",
    "discovery.extensions": [".xlsx"],
    "discovery.excluded_folders": ["乙"],
    "discovery.ignored_patterns": ["*12*"],
    "discovery.max_depth": 0,
    "sheet": "甲",
    "sheets": ["甲", "乙"],
    "headers": {"fund_scale": ["余"]},
    "ignored_headers": ["规模1"],
    "fill_down": ["company_code"],
    "required_columns": ["fund_scale"],
    "month_from": "file",
    "other_months": "allow",
    "hidden": "skip",
    "rate_unit": "percent",
    "tables": "all",
    "struck_through": "skip",
    "conflicts": "fail",
    "primary_key": WITHOUT_COMPANY,
    "table": "another",
    "merge_key": ["report_date"],
    "replaces": "groups_of_rows",
    "described_by": ["plan_code"],
    "owns_rows": True,
    "gates.max_reject_ratio": 0.5,
    "gates.max_other_months_ratio": 0.5,
    "gates.min_rows": 3,
    "gates.totals": "block",
    "gates.max_deleted_rows": 2,
    "gates.max_deleted_ratio": 0.74,
    "gates.max_group_shrink": 0.74,
    "gates.empty": "allow",
    "gates.left_behind": "warn",
    "gates.magnitude_moved": "warn",
}
FLAGS: dict[str, tuple[str, ...]] = {
    "max_files": ("--max-files", "2"),
    "period": ("--period", "2024-10"),
    "mode": ("--mode", "append"),
    "sheet": ("--sheet", "甲"),
    "pk": ("--pk", ",".join(WITHOUT_COMPANY)),
    "merge_key": ("--merge-key", "report_date"),
    "accept": ("--accept", "rejects=1"),
    "accept_rejects": ("--accept-rejects", "1"),
    "execute": ("--execute",),
    "compare": ("--compare",),
    "max_deleted_rows": ("--max-deleted-rows", "2"),
    "max_deleted_ratio": ("--max-deleted-ratio", "0.74"),
    "max_group_shrink": ("--max-group-shrink", "0.74"),
    "allow_empty": ("--allow-empty",),
    "show_sql": ("--show-sql",),
    "run_id": ("--run-id", "mine"),
}
ENVIRONMENT = {
    "WDH_DATA_BASE_DIR": "nowhere",
    "WDH_OUTPUT_DIR": "elsewhere",
    "WDH_OUTPUT_MODE": "640",
    "WDH_DATA_SOURCES_CONFIG": "nowhere.yml",
    "WDH_WORKBOOK_ENGINE": "openpyxl",
    "WDH_MAX_FILES_LIMIT": "1",
    "WDH_SUMMARY_JSON": "told.json",
    "WDH_ACTOR": "王小明",
}
ELSEWHERE: dict[str, str] = {
    **dict.fromkeys(
        ("LoadDomain --domain",),
        "tests/tasks/test_several_domains.py::test_one_that_is_named_has_to_have_files",
    ),
    **dict.fromkeys(
        ("LoadDomain --plan_only",),
        "tests/runs/test_options.py::test_execute_wins_over_plan_only_and_planning_is_the_default",
    ),
    **dict.fromkeys(
        (
            "LoadDomain --profile",
            "ApplyPlan --profile",
            "UndoLoad --profile",
        ),
        "tests/tasks/test_profile.py::test_a_run_tells_its_stages_those_of_its_workers_too_and_no_plan_does",
    ),
    **dict.fromkeys(
        ("catalogue expected_day",),
        "tests/runs/test_status.py::test_a_workbook_is_due_in_the_month_after",
    ),
    **dict.fromkeys(
        (
            "ApplyPlan --plan_file",
            "ApplyPlan --execute",
        ),
        "tests/tasks/test_apply_plan.py::test_a_saved_plan_is_applied_as_planned",
    ),
    **dict.fromkeys(
        (
            "ApplyPlan --show_sql",
            "UndoLoad --show_sql",
        ),
        "tests/tasks/test_planning.py::test_show_sql_prints_every_statement_of_the_plan",
    ),
    **dict.fromkeys(
        (
            "ApplyPlan --run_id",
            "UndoLoad --run_id",
        ),
        "tests/tasks/test_run_ids.py::test_the_same_work_under_the_same_id_is_done_once_and_told_again",
    ),
    **dict.fromkeys(
        (
            "UndoLoad --load_id",
            "UndoLoad --execute",
        ),
        "tests/tasks/test_undo_load.py::test_what_it_was_before_comes_back_and_the_undo_can_be_undone",
    ),
    **dict.fromkeys(
        ("UndoLoad --with_later",),
        "tests/tasks/test_undo_load.py::test_an_earlier_load_is_refused_naming_the_later_one_and_taken_back_together_with_it",
    ),
    **dict.fromkeys(
        ("UndoLoad --accept",),
        "tests/tasks/test_undo_load.py::test_without_the_loads_own_records_it_is_blocked_until_that_is_accepted",
    ),
    **dict.fromkeys(
        (
            "Backfill --period",
            "Backfill --domain",
            "Backfill --execute",
        ),
        "tests/tasks/test_backfill.py::test_a_backfill_loads_what_is_missing_a_run_for_each_month_and_nothing_the_second_time",
    ),
    **dict.fromkeys(
        (
            "LoadMonth --month",
            "LoadMonth --domain",
            "LoadMonth --execute",
        ),
        "tests/tasks/test_backfill.py::test_luigis_own_range_loads_what_is_missing",
    ),
    **dict.fromkeys(
        ("WDH_DOMAINS_DIR",),
        "tests/test_installed.py::test_a_users_own_domain_is_checked_planned_loaded_and_listed",
    ),
    **dict.fromkeys(
        ("WDH_KEEP_DAYS",),
        "tests/telling/test_pruning.py::test_old_documents_plans_and_run_folders_go_receipts_and_what_was_sent_back_stay",
    ),
    **dict.fromkeys(
        ("WDH_COMPANY_ID_SALT",),
        "tests/tasks/test_company_ids.py::test_without_a_salt_a_run_fails_at_its_start_and_names_the_setting",
    ),
    **dict.fromkeys(
        ("WDH_COMPANY_INDEX",),
        "tests/tasks/test_company_ids.py::test_without_an_index_a_run_fails_at_its_start_and_says_how_to_make_one",
    ),
    **dict.fromkeys(
        ("WDH_COMPANY_INDEX_QUERY",),
        "tests/runs/test_fetch_index.py::test_the_command_makes_an_index_from_a_csv_or_says_what_it_wants",
    ),
    **dict.fromkeys(
        (
            "WDH_DATABASE__URI",
            "WDH_DATABASE__CONNECT_TIMEOUT",
            "WDH_DATABASE__STATEMENT_TIMEOUT",
            "WDH_DATABASE__IDLE_TIMEOUT",
            "WDH_DATABASE__KEEPALIVES_IDLE",
            "WDH_DATABASE__KEEPALIVES_INTERVAL",
            "WDH_DATABASE__KEEPALIVES_COUNT",
            "WDH_DATABASE__APPLICATION_NAME",
        ),
        "tests/options/test_database_settings.py::test_a_session_is_as_the_environment_says",
    ),
    **dict.fromkeys(
        ("WDH_DATABASE__LOCK_TIMEOUT",),
        "tests/warehouse/test_limits.py::test_a_command_does_not_wait_without_end",
    ),
    **dict.fromkeys(
        (
            "WDH_DATABASE",
            "WDH_DATABASE__HOST",
            "WDH_DATABASE__PORT",
            "WDH_DATABASE__USER",
            "WDH_DATABASE__PASSWORD",
            "WDH_DATABASE__DB",
        ),
        "tests/options/test_database_settings.py::test_a_database_can_be_given_in_parts",
    ),
    **dict.fromkeys(
        ("WDH_DATABASE__ATTEMPTS",),
        "tests/options/test_database_settings.py::test_a_server_that_is_away_is_tried_as_often_as_said",
    ),
}
"""Options whose effect another test shows."""

CALLED = {"pk": "primary_key", "accept_rejects": "accept", "allow_empty": "empty"}
"""Flags that are called otherwise than what they say."""


def cases() -> list[Any]:
    """Each option from each place: the proof, and how it is said."""
    found = [
        pytest.param(key.removeprefix("gates."), {"catalogue": (key, value)}, id=f"catalogue-{key}")
        for key, value in CATALOGUE_KEYS.items()
    ]
    found += [
        pytest.param(CALLED.get(flag, flag), {"flags": words}, id=f"flag-{flag}") for flag, words in FLAGS.items()
    ]
    return found + [
        pytest.param(name.removeprefix("WDH_").lower(), {"environment": {name: value}}, id=name)
        for name, value in ENVIRONMENT.items()
    ]


def entry_of(key: str, value: Any) -> dict[str, Any]:
    group, _, name = key.rpartition(".")
    return {group: {name: value}} if group else {key: value}


@pytest.fixture
def desk(office: Office, name: str, request: pytest.FixtureRequest) -> Office:
    """An office, with a database where the proof asks one."""
    proof = PROOFS[name]
    if proof.sql or proof.before or name in ("execute", "compare") or proof.flags:
        office.settings["WDH_DATABASE__URI"] = request.getfixturevalue("database")
    return office


@pytest.mark.parametrize(("name", "said"), cases())
def test_an_option_takes_effect(desk: Office, name: str, said: dict[str, Any]) -> None:
    in_entry = entry_of(*said["catalogue"]) if "catalogue" in said else {}
    assert (
        told(desk, PROOFS[name], in_entry, said.get("flags", ()), **said.get("environment", {})) == PROOFS[name].with_
    )


@pytest.mark.long
@pytest.mark.parametrize("name", list(PROOFS))
def test_without_the_option_it_is_otherwise(desk: Office, name: str) -> None:
    assert told(desk, PROOFS[name], {}, ()) == PROOFS[name].without


def test_every_catalogue_key_flag_and_setting_is_proven_here_or_where_it_is_named() -> None:
    here = {
        *(f"catalogue {key}" for key in CATALOGUE_KEYS),
        *(f"LoadDomain --{flag}" for flag in FLAGS),
        *ENVIRONMENT,
    }
    gates = [f"catalogue gates.{key}" for key in GateSource.model_fields]
    discovery = [f"catalogue discovery.{key}" for key in DiscoverySource.model_fields]
    keys = [f"catalogue {key}" for key in DomainSource.model_fields if key != "gates"]
    tasks = (LoadDomain, ApplyPlan, UndoLoad, LoadMonth, Backfill)
    flags = [f"{task.__name__} --{flag}" for task in tasks for flag, _ in task.get_params()]  # type: ignore[no-untyped-call]
    everything = {*gates, *discovery, *keys, *flags, *setting_names()}
    assert everything == here | set(ELSEWHERE)
    assert not here & set(ELSEWHERE)


def test_the_tests_that_are_named_for_options_are_there() -> None:
    for option, test in ELSEWHERE.items():
        path, _, function = test.partition("::")
        assert f"def {function}(" in (_ROOT / path).read_text(encoding="utf-8"), option


def test_a_proof_sees_something_else_without_its_option() -> None:
    assert [name for name, proof in PROOFS.items() if proof.without == proof.with_] == []
