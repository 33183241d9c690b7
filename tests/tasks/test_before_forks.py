from __future__ import annotations

import gc
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


@pytest.mark.usefixtures("warmed_up")
def test_workers_find_the_engine_loaded() -> None:
    assert "workflows.sources.workbook.xlsx.direct" in sys.modules


@pytest.mark.usefixtures("warmed_up")
def test_the_collector_passes_over_what_is_there() -> None:
    assert gc.get_freeze_count() > 0
