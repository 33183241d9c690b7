"""What is wrong with a value that a person wrote, in our own words: no library's sentence reaches a reader (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from workflows.errors import Words

# Of a wrong value no more than this is shown.
_SHOWN_LENGTH = 80

# By pydantic's name of the mistake; in braces what it knows of the bound.
_WANTED: Mapping[str, tuple[str, str]] = {
    "missing": ("缺少", "missing"),
    "greater_than": ("应大于 {gt}", "more than {gt} wanted"),
    "greater_than_equal": ("应不小于 {ge}", "{ge} or more wanted"),
    "less_than": ("应小于 {lt}", "less than {lt} wanted"),
    "less_than_equal": ("应不大于 {le}", "{le} or less wanted"),
    "literal_error": ("应为 {expected}", "{expected} wanted"),
    "string_type": ("应为文字", "a text wanted"),
    "string_too_short": ("不能为空", "a text wanted that is not empty"),
    "string_too_long": ("不超过 {max_length} 个字符", "at most {max_length} characters wanted"),
    "string_pattern_mismatch": ("写法不符", "written otherwise than such a text is"),
    "int_type": ("应为整数", "a whole number wanted"),
    "int_parsing": ("应为整数", "a whole number wanted"),
    "int_from_float": ("应为整数", "a whole number wanted"),
    "bool_type": ("应为 true 或 false", "true or false wanted"),
    "bool_parsing": ("应为 true 或 false", "true or false wanted"),
    "decimal_parsing": ("应为数字", "a number wanted"),
    "decimal_type": ("应为数字", "a number wanted"),
    "decimal_max_places": ("小数位数过多", "fewer digits behind the point wanted"),
    "finite_number": ("应为有限的数字", "a finite number wanted"),
    "tuple_type": ("应为列表", "a list wanted"),
    "list_type": ("应为列表", "a list wanted"),
    "dict_type": ("应为键和值", "keys with values wanted"),
    "model_type": ("应为键和值", "keys with values wanted"),
    "too_short": ("至少应有 {min_length} 项", "at least {min_length} wanted"),
    "too_long": ("最多 {max_length} 项", "at most {max_length} wanted"),
    "extra_forbidden": ("没有这个名称", "unknown name"),
    "path_type": ("应为路径", "a path wanted"),
}
_ODD = ("无法使用的值", "a value that cannot be used")


def told(problem: ErrorDetails, *, shown: bool = True) -> str:
    """What was wanted, and unless it may be a secret (not ``shown``) what was found.

    Where our own code refused the value, its sentence.
    """
    context = problem.get("ctx", {})
    said = problem["type"] == "value_error"
    sentence = str(context["error"]) if said else _sentence(problem["type"], context)
    found = problem.get("input")
    if not shown or problem["type"] == "missing" or isinstance(found, dict | list):
        return sentence
    return f"{sentence}; found {str(found)[:_SHOWN_LENGTH]!r}"


def _sentence(kind: str, context: Mapping[str, Any]) -> str:
    chinese, english = (text.format_map(context) for text in _WANTED.get(kind, _ODD))
    return str(Words(chinese, english))
