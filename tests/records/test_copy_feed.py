from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.records.copy_feed import copy_chunks
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
            for character, escape in (("\\", "\\\\"), (",", "\\,"), ("\n", "\\n"), ("\r", "\\r")):
                text = text.replace(character, escape)
            fields.append("nul\\l" if text == "null" else text)
    return ",".join(fields) + "\n"


@given(records=st.lists(RECORDS, min_size=1, max_size=40))
def test_the_fast_feed_equals_the_obvious_one(records: list[tuple[Any, ...]]) -> None:
    pieces = record_lines([list(column) for column in zip(*records, strict=True)])
    assert b"".join(copy_chunks(pieces, 3)).decode("utf-8", "surrogatepass") == "".join(map(reference_line, records))


@given(records=st.lists(RECORDS, min_size=1, max_size=40))
def test_each_line_has_all_fields_and_none_looks_like_the_end_of_the_data(records: list[tuple[Any, ...]]) -> None:
    pieces = record_lines([list(column) for column in zip(*records, strict=True)])
    lines = b"".join(copy_chunks(pieces, 3)).decode("utf-8", "surrogatepass").split("\n")[:-1]
    separators = [len(re.findall(r"(?<!\\),", line.replace("\\\\", ""))) for line in lines]
    assert (separators, "\\." in lines) == ([2] * len(records), False)


def test_the_text_null_is_escaped_and_the_missing_value_is_not() -> None:
    pieces = record_lines([["null", None], [[], []]])
    assert b"".join(copy_chunks(pieces, 2)) == b"nul\\l,[]\nnull,[]\n"


@pytest.mark.parametrize("pieces", [[], [b""]])
def test_nothing_in_nothing_out(pieces: list[bytes]) -> None:
    assert list(copy_chunks(pieces, 1)) == []
