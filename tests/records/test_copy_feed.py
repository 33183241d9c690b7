from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.records.copy_feed import csv_chunks
from workflows.records.json_files import record_lines

TEXTS = st.one_of(st.sampled_from(["null", "\\.", '"', "],[", "\\", "\n", ",", ",[]],\n[", "[]", "年"]), st.text())
VALUES = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(0, 99))
RECORDS = st.tuples(VALUES, TEXTS, st.sampled_from([[], [], [{"code": "a", "message": '中 "x"'}]]))


def reference_line(record: tuple[Any, ...]) -> str:
    """The slow, obvious way: each field by what it is."""
    fields = []
    for value in record:
        if value is None:
            fields.append("null")
        elif isinstance(value, bool):
            fields.append("true" if value else "false")
        elif isinstance(value, int):
            fields.append(str(value))
        else:
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            fields.append('"' + text.replace('"', '""') + '"')
    return ",".join(fields) + "\n"


@given(records=st.lists(RECORDS, min_size=1, max_size=40))
def test_the_fast_feed_equals_the_obvious_one(records: list[tuple[Any, ...]]) -> None:
    pieces = record_lines([list(column) for column in zip(*records, strict=True)])
    assert b"".join(csv_chunks(pieces)).decode("utf-8", "surrogatepass") == "".join(map(reference_line, records))


def test_the_text_null_is_quoted_and_the_missing_value_is_not() -> None:
    pieces = record_lines([["null", None], [[], []]])
    assert b"".join(csv_chunks(pieces)) == b'"null","[]"\nnull,"[]"\n'


def test_lines_are_csv_that_any_reader_understands() -> None:
    pieces = record_lines([["a,b", 'q"q', "中文"], [[], [], []]])
    rows = list(csv.reader(io.StringIO(b"".join(csv_chunks(pieces)).decode())))
    assert [row[0] for row in rows] == ["a,b", 'q"q', "中文"]


@pytest.mark.parametrize("pieces", [[], [b""]])
def test_nothing_in_nothing_out(pieces: list[bytes]) -> None:
    assert list(csv_chunks(pieces)) == []
