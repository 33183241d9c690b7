from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Iterator

import pytest

from workflows.domains.trustee_performance import DOMAIN
from workflows.tasks.before_forks import warm_up


@pytest.fixture
def warmed_up() -> Iterator[None]:
    warm_up(DOMAIN)
    yield
    gc.unfreeze()


def test_the_usual_engine_is_loaded_with_the_tasks_and_the_rare_one_is_not() -> None:
    code = "import sys, workflows.tasks; print(*(n in sys.modules for n in sys.argv[1:]))"
    names = ["workflows.sources.workbook.xlsx.direct", "openpyxl"]
    found = subprocess.run([sys.executable, "-c", code, *names], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "False"]


@pytest.mark.usefixtures("warmed_up")
def test_the_collector_passes_over_what_is_there() -> None:
    assert gc.get_freeze_count() > 0
