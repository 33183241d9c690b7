"""The exit codes that a caller gets, with the real make, the real luigi and real workbooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.runs import Office

pytestmark = pytest.mark.long

_ROOT = Path(__file__).parents[2]
_VENV = Path(sys.prefix)

if not (_VENV / ".installed").exists():
    pytest.skip("make would build the virtual environment first", allow_module_level=True)


def make(office: Office, *arguments: str) -> subprocess.CompletedProcess[str]:
    """``make`` as a cron job runs it, on the office's workbooks."""
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "WDH_"))}
    return subprocess.run(
        ["make", "-s", *arguments, f"DATA={office.data}", f"OUTPUT={office.output}", f"VENV={_VENV}"],
        cwd=_ROOT,
        env=outer,
        capture_output=True,
        text=True,
        check=False,
    )


def test_make_keeps_the_exit_code_of_a_failure_in_a_file(office: Office) -> None:
    kept = office.folder / "exit code"
    done = make(office, "load", f"EXIT_CODE={kept}")
    assert (done.returncode, kept.read_text()) == (2, "30\n")


def test_make_keeps_the_exit_code_of_a_success_too(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    kept = office.folder / "exit code"
    kept.write_text("30\n")
    done = make(office, "plan", f"EXIT_CODE={kept}")
    assert (done.returncode, kept.read_text()) == (0, "0\n")


def test_a_shell_passes_the_kept_code_on(office: Office) -> None:
    command = 'make -s load DATA="$DATA" OUTPUT="$OUT" VENV="$VENV" EXIT_CODE="$KEPT" || exit "$(cat "$KEPT")"'
    places = {"DATA": office.data, "OUT": office.output, "VENV": _VENV, "KEPT": office.folder / "code"}
    outer = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS", "WDH_"))}
    environment = outer | {name: str(place) for name, place in places.items()}
    done = subprocess.run(["sh", "-c", command], cwd=_ROOT, env=environment, capture_output=True, check=False)
    assert done.returncode == 30
