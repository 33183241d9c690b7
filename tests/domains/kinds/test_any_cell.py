"""Whatever a cell holds, a kind has a value for it, or none, or says what is wrong: it never fails."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.reading import SHIPPED
from workflows.domains.domain import Domain
from workflows.domains.fields import FlagColumn, IntegerColumn, TextColumn
from workflows.domains.finding_codes import CODES
from workflows.domains.findings import shown
from workflows.domains.kinds.kind import Given, Kind
from workflows.domains.registry import get_domain
from workflows.sources.catalogue import load_catalogue
from workflows.sources.cells import Cell, ErrorCell, FormattedNumber

DOMAINS = [get_domain(name) for name in load_catalogue(SHIPPED).domains]
OTHERS = {"flag": FlagColumn(("a",)), "integer": IntegerColumn(("a",)), "text": TextColumn(("a",))}
_MANY: dict[str, Kind] = {f"{d.name} {name}": kind for d in DOMAINS for name, kind in d.kinds.items()} | OTHERS
# Many differ by their headers only.
_ALIKE = {re.sub(r"headers=\(.*?\)", "", repr(kind)): name for name, kind in _MANY.items()}
KINDS = {name: _MANY[name] for name in _ALIKE.values()}
CELLS: st.SearchStrategy[Cell] = st.one_of(
    st.none(),
    st.booleans(),
    st.text(),
    st.floats(),
    st.floats(-1e20, 1e20).map(float.__round__).map(float),
    st.builds(FormattedNumber, st.floats(-1e9, 1e9), st.sampled_from(["0.00%", "000000", '0"万元"', "General"])),
    st.datetimes(),
    st.just(time(1, 2)),
    st.timedeltas(max_value=timedelta(days=1)),
    st.just(ErrorCell("#N/A")),
    st.sampled_from(
        ["202501", "2025年1月", "2025-01-05", "企年受托", "集合", "C" + "1" * 17, "1" * 5000, "是", "-", "F"]
    ),
)


@pytest.mark.parametrize("name", KINDS)
@given(cells=st.lists(CELLS, max_size=6))
def test_any_cell_is_read_or_refused(name: str, cells: list[Cell]) -> None:
    kind = KINDS[name]
    roles = [role for role, _headers in kind.roles()]
    found = kind.clean(Given({roles[-1]: cells}, None, len(cells), period=datetime(2025, 1, 1).date()))
    assert len(found.values) == len(cells)
    orjson.dumps(list(kind.jsonable(found.values)))
    wrong = {problem.row_index for problem in found.problems}
    assert [found.values[index] for index in wrong] == [None] * len(wrong)
    assert {problem.code for problem in [*found.problems, *found.cautions]} <= set(CODES)
    assert all(touch.before == shown(cells[touch.row_index]) for touch in found.touches)


@pytest.mark.parametrize("domain", DOMAINS, ids=[domain.name for domain in DOMAINS])
def test_every_column_has_a_type_that_keeps_it_exactly(domain: Domain) -> None:
    assert [name for name in domain.columns if "double" in domain.sql_type(name)] == []
