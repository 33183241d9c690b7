from __future__ import annotations

import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.plans import finding
from tests.fixtures.reading import records_of
from workflows.domains.findings import Finding
from workflows.domains.touches import Touched
from workflows.errors import TargetDamagedError
from workflows.frozen import Frozen
from workflows.records.accounts import Override, Place
from workflows.records.json_files import RecordFile, record_lines, write_document

HOSTILE = ["],[", ',[]],\n["', '"', "\\", "\n", "null", "\\.", '\n],"rejects":[', "年月", "\u2028", ",\n", "[]"]


class Meta(Frozen):
    fields: tuple[str, ...] = ("a", "b")


class Counts(Frozen):
    records: int


def read(path: Path) -> RecordFile[Meta, Counts]:
    return RecordFile(path, Meta, Counts)


def document(path: Path, rows: list[tuple[Any, ...]], *rejects: Finding) -> RecordFile[Meta, Counts]:
    columns: list[Any] = [list(column) for column in zip(*rows, strict=True)] if rows else [[], []]
    with path.open("wb") as stream:
        lines = record_lines(columns)
        write_document(stream, Meta(), lines, rejects, [finding()], lambda: Counts(records=len(rows)))
    return read(path)


def test_a_document_is_valid_json_with_one_record_a_line(tmp_path: Path) -> None:
    found = document(tmp_path / "d.json", [("x", []), ("y", [])], finding(code="c"))
    text = (tmp_path / "d.json").read_text(encoding="utf-8")
    assert (found.rejects, found.warnings, found.counts) == ([finding(code="c")], [finding()], Counts(records=2))
    assert json.loads(text) == {
        "meta": {"fields": ["a", "b"]},
        "records": [["x", []], ["y", []]],
        "rejects": [asdict(finding(code="c"))],
        "warnings": [asdict(finding())],
        "touched": [],
        "counts": {"records": 2},
    }
    assert text.splitlines()[1:3] == ['["x",[]],', '["y",[]]']


def test_what_rules_touched_comes_back_when_it_is_asked_for(tmp_path: Path) -> None:
    touched = [Touched("名称", "rule", '],"counts":\n"', None, "2-5,9"), Touched("b", "other", None, "x", "7")]
    with (tmp_path / "d.json").open("wb") as stream:
        lines = record_lines([["x"], [[]]])
        write_document(stream, Meta(), lines, [], [finding()], lambda: Counts(records=1), touched)
    found = read(tmp_path / "d.json")
    assert (found.touched(), found.warnings, found.counts.records) == (touched, [finding()], 1)
    assert document(tmp_path / "none.json", []).touched() == []


def test_of_what_was_overridden_as_many_come_back_as_are_asked_for_and_there_are(tmp_path: Path) -> None:
    lost = [
        Override(key={"b": text}, winner=Place(file="V2", sheet="s", row=2), loser=Place(file="V1", sheet="s", row=3))
        for text in ("x", '],"counts":\n"')
    ]
    for name, overrides in (("none", None), ("empty", []), ("two", lost)):
        with (tmp_path / name).open("wb") as stream:
            lines = record_lines([["x"], [[]]])
            write_document(stream, Meta(), lines, [], [], lambda: Counts(records=1), overrides=overrides)
        listed = overrides or []
        assert [read(tmp_path / name).overrides(limit) for limit in (0, 1, 2, 3)] == [listed[:n] for n in range(4)]


def test_a_document_without_records_is_valid_and_reads_as_empty(tmp_path: Path) -> None:
    found = document(tmp_path / "d.json", [])
    assert (list(records_of(found)), json.loads(found.path.read_bytes())["records"]) == ([], [])


@given(rows=st.lists(st.tuples(st.one_of(st.sampled_from(HOSTILE), st.text()), st.just([])), max_size=30))
def test_hostile_texts_come_back_as_they_went(
    rows: list[tuple[Any, ...]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    found = document(tmp_path_factory.mktemp("hostile") / "d.json", rows)
    assert [(record["a"], record["b"]) for record in records_of(found)] == rows


@given(rows=st.lists(st.tuples(st.sampled_from(HOSTILE), st.sampled_from([[], [{"code": "],["}]])), max_size=8))
def test_lines_equal_those_of_encoding_each_record_alone(rows: list[tuple[Any, ...]]) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] if rows else [[], []]
    wanted = "".join(json.dumps(list(row), ensure_ascii=False, separators=(",", ":")) + ",\n" for row in rows)
    assert b"".join(record_lines(columns)).decode() == wanted


def test_pieces_hold_whole_lines_however_long_the_document_is(tmp_path: Path) -> None:
    found = document(tmp_path / "d.json", [(f"code {number:06} 年", []) for number in range(20_000)])
    pieces = list(found.chunks())
    assert len(pieces) > 3
    assert all(piece.startswith(b"[") and piece.endswith(b"]],\n") for piece in pieces)
    assert sum(piece.count(b"\n") for piece in pieces) == 20_000


@pytest.mark.parametrize("kept", [0, 1, 10, 60, -3])
def test_a_truncated_document_is_refused_by_name(tmp_path: Path, kept: int) -> None:
    path = tmp_path / "d.json"
    document(path, [("x", []), ("y", [])])
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(TargetDamagedError, match=r"d\.json"):
        read(path)


def test_the_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (document(tmp_path / name, [("x", [])]).path.read_bytes() for name in ("a.json", "b.json"))
    assert first == second


def test_record_lines_of_nothing_are_nothing() -> None:
    stream = io.BytesIO()
    write_document(stream, Meta(), record_lines([[], []]), [], [], lambda: Counts(records=0))
    assert json.loads(stream.getvalue())["records"] == []
