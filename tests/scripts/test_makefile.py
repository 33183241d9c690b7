"""What the make targets run, without running it for real: the virtual environment is a stand-in."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A virtual environment that looks installed and whose programs print their arguments and WDH_* settings."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    (folder / ".installed").touch()
    for name in ("luigi", "luigid", "python"):
        program = folder / "bin" / name
        program.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\nenv | grep ^WDH_ || true\n')
        program.chmod(0o755)
    return folder


def _make(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    # What an outer make hands down would change what the inner one does.
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "WDH_"))}
    return subprocess.run(
        ["make", "--no-print-directory", *arguments],
        cwd=_ROOT,
        env=outer | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _words(*arguments: str) -> list[str]:
    return shlex.split(_make("-n", *arguments).stdout)


def test_help_lists_every_target() -> None:
    makefile = (_ROOT / "Makefile").read_text(encoding="utf-8").replace("\\\n", " ")
    declared = re.search(r"^targets := (.*)$", makefile, re.MULTILINE)
    assert declared is not None
    assert set(re.findall(r"^  make ([\w-]+) ", _make("help").stdout, re.MULTILINE)) == set(declared[1].split())


def test_help_is_what_make_alone_shows() -> None:
    assert _make().stdout == _make("help").stdout


def test_plan_passes_each_variable_as_its_flag(venv: Path) -> None:
    words = _words("plan", f"VENV={venv}", "DOMAIN=x", "MAX_FILES=3", "PERIOD=2024-11", "MODE=append", "WORKERS=2")
    assert words == [
        *(f"{venv}/bin/luigi", "--module", "workflows.tasks", "LoadDomain", "--domain", "x", "--max-files", "3"),
        *("--period", "2024-11", "--mode", "append", "--workers", "2", "--local-scheduler"),
    ]


@pytest.mark.parametrize(
    ("variables", "flags"),
    [
        (("FROM=a b.csv",), ["--from", "a b.csv"]),
        (("QUERY=a.sql", "ARGS=--allow-shrink"), ["--query", "a.sql", "--allow-shrink"]),
        ((), []),
    ],
)
def test_fetch_index_says_what_it_is_fetched_from(venv: Path, variables: tuple[str, ...], flags: list[str]) -> None:
    assert _words("fetch-index", f"VENV={venv}", *variables) == [
        *(f"{venv}/bin/python", "-m", "workflows.runs", "fetch-index"),
        *flags,
    ]


def test_load_is_plan_with_execute(venv: Path) -> None:
    assert _words("load", f"VENV={venv}") == [*_words("plan", f"VENV={venv}"), "--execute"]


@pytest.mark.parametrize(
    ("scheduler", "flags"),
    [
        ("host:8090", ["--scheduler-host", "host", "--scheduler-port", "8090"]),
        ("host", ["--scheduler-host", "host", "--scheduler-port", "8082"]),
        ("local", ["--local-scheduler"]),
    ],
)
def test_scheduler_names_a_luigid_or_this_process(venv: Path, scheduler: str, flags: list[str]) -> None:
    assert _words("plan", f"VENV={venv}", f"SCHEDULER={scheduler}")[-len(flags) :] == flags


def test_further_flags_reach_the_task(venv: Path) -> None:
    words = _words("load", f"VENV={venv}", "ARGS=--accept-rejects 4")
    assert words[-3:] == ["--accept-rejects", "4", "--execute"]


def test_data_and_output_become_settings(venv: Path) -> None:
    shown = _make("plan", f"VENV={venv}", "DATA=/数据 folder", "OUTPUT=it's here").stdout
    assert sorted(shown.splitlines()[-2:]) == ["WDH_DATA_BASE_DIR=/数据 folder", "WDH_OUTPUT_DIR=it's here"]


def test_without_data_and_output_the_users_settings_stand(venv: Path) -> None:
    shown = _make("plan", f"VENV={venv}", WDH_DATA_BASE_DIR="/theirs").stdout
    assert [line for line in shown.splitlines() if line.startswith("WDH_")] == ["WDH_DATA_BASE_DIR=/theirs"]


def test_an_environment_variable_called_mode_changes_nothing(venv: Path) -> None:
    shown = _make("-n", "plan", f"VENV={venv}", MODE="append", OUTPUT="/elsewhere", DOMAIN="other").stdout
    assert shown == _make("-n", "plan", f"VENV={venv}").stdout


@pytest.mark.parametrize(
    ("typed", "meant"), [("PEROID=2024-08", "PERIOD"), ("period=2024-08", "PERIOD"), ("MAXFILES=3", "MAX_FILES")]
)
def test_an_unknown_variable_is_refused_with_the_nearest_one(venv: Path, typed: str, meant: str) -> None:
    done = _make("load", f"VENV={venv}", typed)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"did you mean {meant}?" in done.stderr.splitlines()[-1]


def test_an_unknown_variable_is_refused_without_any_python_too(venv: Path) -> None:
    assert "no such variable: PEROID" in _make("load", f"VENV={venv}", "PEROID=1", "PYTHON=no-python").stderr


def test_a_mistyped_target_is_refused_with_the_nearest_one(venv: Path) -> None:
    done = _make("compair", f"VENV={venv}")
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean compare?" in done.stderr.splitlines()[-1]


def test_values_and_settings_are_taken_for_no_variables(venv: Path) -> None:
    done = _make("plan", f"VENV={venv}", "ARGS=--accept rejects=4", "WDH_OUTPUT_DIR=/o", "PGUSER=u", "TZ=UTC")
    assert done.returncode == 0 and "WDH_OUTPUT_DIR=/o" in done.stdout


def test_every_variable_of_the_help_is_known() -> None:
    named = re.findall(r"^  ([A-Z_]+) ", _make("help").stdout, re.MULTILINE)
    assert len(named) > 10
    assert _make("help", *(f"{name}=x" for name in named if name not in ("PYTHON", "VENV"))).returncode == 0


def test_a_variable_that_stands_in_the_environment_only_is_said(venv: Path) -> None:
    done = _make("-n", "load", f"VENV={venv}", PERIOD="2024-08")
    assert "2024-08" not in done.stdout
    assert "PERIOD stands in the environment only and is not used" in done.stderr
    assert "make load PERIOD='2024-08'" in done.stderr


def test_nothing_is_said_of_a_variable_that_is_given_too(venv: Path) -> None:
    done = _make("-n", "load", f"VENV={venv}", "PERIOD=2024-09", PERIOD="2024-08")
    assert "2024-09" in done.stdout and done.stderr == ""


def test_make_e_takes_the_environments_values_and_says_nothing(venv: Path) -> None:
    done = _make("-n", "-e", "load", f"VENV={venv}", PERIOD="2024-08")
    assert "--period 2024-08" in done.stdout.replace("'", "") and done.stderr == ""


def test_a_value_with_a_space_stays_one_argument(venv: Path) -> None:
    assert "2024-01 2024-02" in _words("plan", f"VENV={venv}", "PERIOD=2024-01 2024-02")


@pytest.mark.parametrize("target", ["schema", "discover"])
def test_schema_and_discover_name_the_domain(venv: Path, target: str) -> None:
    words = _words(target, f"VENV={venv}", "DOMAIN=x")
    assert words[words.index("--domain") + 1] == "x"


def test_the_scheduler_gets_its_port(venv: Path) -> None:
    words = _words("scheduler", f"VENV={venv}", "SCHEDULER=127.0.0.1:8090")
    assert words == [f"{venv}/bin/python", "-m", "workflows.telling", "scheduler", "--port", "8090"]


def test_clean_never_names_receipts_or_a_database() -> None:
    shown = _make("-n", "clean", "OUTPUT=/o").stdout
    assert shown.startswith("rm ") and not re.search("receipt|database|pgdata|demo", shown)


def test_clean_keeps_receipts(tmp_path: Path) -> None:
    # In a copy: the caches that clean removes are the real project's own.
    (tmp_path / "Makefile").write_bytes((_ROOT / "Makefile").read_bytes())
    for name in ("processed", "receipts", "plans"):
        (tmp_path / "my output" / name).mkdir(parents=True)
    _make("-C", str(tmp_path), "clean", "OUTPUT=my output")
    assert [path.name for path in (tmp_path / "my output").iterdir()] == ["receipts"]


def test_a_missing_python_is_named(tmp_path: Path) -> None:
    done = _make("plan", f"VENV={tmp_path / 'venv'}", "PYTHON=python9.9")
    assert done.returncode != 0 and "There is no 'python9.9' here" in done.stderr


def test_an_old_python_is_refused_before_anything_is_made(tmp_path: Path) -> None:
    old = tmp_path / "old-python"
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && { echo "Python 3.8.18"; exit 0; }\nexit 1\n')
    old.chmod(0o755)
    done = _make("plan", f"VENV={tmp_path / 'venv'}", f"PYTHON={old}")
    assert "Python 3.10 or newer is needed" in done.stderr and "is Python 3.8.18" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_told_what_to_install(tmp_path: Path) -> None:
    bare = tmp_path / "bare-python"
    bare.write_text('#!/bin/sh\ncase "$2" in *ensurepip*) exit 1;; esac\n')
    bare.chmod(0o755)
    assert "apt install python3-venv" in _make("plan", f"VENV={tmp_path / 'venv'}", f"PYTHON={bare}").stderr


def test_ci_runs_the_test_target_from_the_root(tmp_path: Path) -> None:
    stand_in = tmp_path / "make"
    stand_in.write_text('#!/bin/sh\necho "$@" in $(pwd)\n')
    stand_in.chmod(0o755)
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.run(
        [str(_ROOT / ".ci" / "run")], cwd="/", env={"PATH": path}, capture_output=True, text=True, check=True
    ).stdout
    assert shown == f"--no-print-directory test in {_ROOT}\n"
