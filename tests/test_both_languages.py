"""What analysts and providers read is in Chinese and English: every error that a user can act on."""

from __future__ import annotations

import ast
import errno
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import workflows.errors
from workflows.errors import NO_LONGER_HOLDS, PLAN_AGAIN, Words, WorkflowError, of_both, reason_of
from workflows.mistakes import told

_PACKAGE = Path(workflows.errors.__file__).parent
_HAN = re.compile(r"[\u4e00-\u9fff]")
_ERRORS = {
    name for name, kind in vars(workflows.errors).items() if inspect.isclass(kind) and issubclass(kind, WorkflowError)
}
_SAYING = {*_ERRORS, "Line", "Problem"}
# What only callers of the Python functions meet (a row that is none), or
# what only a defect of ours brings about; and texts that are put together of two languages elsewhere.
_FOR_PROGRAMMERS = {
    "domains/process.py",
    "plan/phases.py",
    "plan/render/script.py",
    "records/company_ids.py",
    "warehouse/copy_rows.py",
    "warehouse/loader.py",
}


def _texts(node: ast.AST) -> Iterator[str]:
    """The literal texts below a node."""
    yield from (each.value for each in ast.walk(node) if isinstance(each, ast.Constant) and isinstance(each.value, str))


def _in_english_only(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _SAYING:
            texts = list(_texts(node))
            words = [text for text in texts if re.search(r"[a-z]{3,} [a-z]{2,}", text.removesuffix("id: "))]
            if words and not any(map(_HAN.search, texts)):
                yield f"{path.relative_to(_PACKAGE).as_posix()}:{node.lineno}: {words[0]}"


def test_every_error_is_raised_in_both_languages() -> None:
    modules = [path for path in sorted(_PACKAGE.rglob("*.py")) if path.name != "errors.py"]
    known = [path for path in modules if path.relative_to(_PACKAGE).as_posix() not in _FOR_PROGRAMMERS]
    assert len(known) > 200
    assert [found for path in known for found in _in_english_only(path)] == []


_IN_SQL = re.compile(r"""['"][^'"\n]*[a-z]{3,} [a-z]{2,} [a-z]{2,}[^'"\n]*['"]""")


def test_no_refusal_of_the_server_is_in_english_only() -> None:
    found = []
    for path in sorted((_PACKAGE / "plan").glob("*_sql.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        said = {id(each) for call in calls if _name(call) in {"worded", "Words"} for each in ast.walk(call)}
        joined = [node for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)]
        said |= {id(each) for text in joined if any(map(_HAN.search, _texts(text))) for each in text.values}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | said:
                found += [f"{path.name}: {text}" for text in _IN_SQL.findall(f"'{node.value}'") if text.islower()]
    assert found == []


def _name(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


def test_no_module_but_that_of_the_errors_shows_what_the_system_calls_its_errors() -> None:
    modules = [path for path in _PACKAGE.rglob("*.py") if path.name != "errors.py"]
    assert [path.name for path in modules if ".strerror" in path.read_text(encoding="utf-8")] == []


def test_why_a_file_cannot_be_read_is_told_in_our_own_words(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        (tmp_path / "away").read_bytes()
    assert str(reason_of(caught.value)) == "不存在 / it is not there"
    assert str(reason_of(OSError(errno.ELOOP, "Too many levels"))).startswith(f"系统错误 ({errno.ELOOP}: ")


def test_no_module_is_excused_that_need_not_be() -> None:
    assert [name for name in sorted(_FOR_PROGRAMMERS) if not [*_in_english_only(_PACKAGE / name)]] == []


def test_no_module_shows_a_librarys_sentence() -> None:
    shown = re.compile(r"""\[["']msg["']\]""")
    assert [path.name for path in _PACKAGE.rglob("*.py") if shown.search(path.read_text(encoding="utf-8"))] == []


def test_a_message_with_details_says_both_before_them_and_what_to_do_after() -> None:
    assert NO_LONGER_HOLDS.lines(["  a", "  b"], PLAN_AGAIN) == (
        "保存的计划已不成立: / the saved plan no longer holds:\n  a\n  b\n请重新计划 / plan again"
    )


def test_a_text_of_two_languages_is_taken_apart_again() -> None:
    assert of_both(str(Words("甲", "a / b"))) == ("甲", "a / b")
    assert of_both("one language") == ("one language", "one language")


class Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    number: int = Field(default=1, ge=1, le=9)
    names: tuple[str, ...] = Field(default=("a",), min_length=1)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"number": 0}, "应不小于 1 / 1 or more wanted; found '0'"),
        ({"number": 10}, "应不大于 9 / 9 or less wanted; found '10'"),
        ({"number": "x"}, "应为整数 / a whole number wanted; found 'x'"),
        ({"names": ()}, "至少应有 1 项 / at least 1 wanted; found '()'"),
        ({"other": 1}, "没有这个名称 / unknown name; found '1'"),
    ],
)
def test_a_wrong_value_is_told_in_our_own_words(given: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Entry.model_validate(given)
    (problem,) = caught.value.errors(include_url=False)
    assert told(problem) == message
    assert "found" not in told(problem, shown=False)
