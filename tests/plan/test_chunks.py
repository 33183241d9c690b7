"""How many workbooks are shared out among tasks."""

from __future__ import annotations

import random

import pytest

from workflows.plan.chunks import ALONE, CHUNK_FILES, SHARES, chunks_of


def workbooks(count: int, size: int = 6000) -> dict[str, int]:
    return {f"{number}.xlsx": size for number in range(count)}


@pytest.mark.parametrize("count", [0, 1, 40, ALONE])
def test_up_to_some_hundred_workbooks_are_read_by_a_task_each(count: int) -> None:
    found = chunks_of(workbooks(count))
    assert [chunk.paths for chunk in found] == [(path,) for path in workbooks(count)]


def test_ten_thousand_workbooks_are_a_hundred_chunks() -> None:
    found = chunks_of(workbooks(10_000))
    assert {len(chunk.paths) for chunk in found} == {CHUNK_FILES}
    assert [chunk.name for chunk in found][:2] == ["1-100 of 10000", "101-200 of 10000"]


@pytest.mark.parametrize("count", [ALONE + 1, 1000, 3333])
def test_many_workers_find_work_each_however_few_workbooks_there_are(count: int) -> None:
    assert SHARES <= len(chunks_of(workbooks(count))) <= SHARES + 2


def test_a_workbook_larger_than_its_share_is_alone() -> None:
    found = chunks_of(workbooks(500) | {"250.xlsx": 50_000_000})
    assert [chunk.name for chunk in found][2:5] == ["201-250 of 500", "251 of 500", "252-351 of 500"]


@pytest.mark.parametrize("seed", range(20))
def test_of_any_sizes_each_workbook_is_in_one_chunk_in_order_and_chunks_stay_few(seed: int) -> None:
    dice = random.Random(seed)
    sizes = {f"{n}.xlsx": int(dice.paretovariate(0.5) * 1000) for n in range(dice.randrange(ALONE + 1, 12_000))}
    found = chunks_of(sizes)
    assert [path for chunk in found for path in chunk.paths] == [*sizes]
    # Of two neighbours one at least is full, by files or by bytes.
    assert len(found) <= 2 * (len(sizes) / CHUNK_FILES + SHARES) + 1
    assert found == chunks_of({**sizes})


def test_workbooks_without_a_byte_are_shared_out_too() -> None:
    assert sum(len(chunk.paths) for chunk in chunks_of(workbooks(1000, size=0))) == 1000
