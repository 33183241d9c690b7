"""The names of customers as they are compared: what is written around a name, and how, is taken off (pure).

One rule for the names in records, in the index of known companies and in the overrides that operators keep: a name is
found only where both sides were treated alike.
"""

from __future__ import annotations

import functools
import re

from workflows.domains.words import words

_KEPT = "保留账户管理"
_PLAIN = re.compile("[0-9A-Z\u4e00-\u9fff]+")
_OPENING, _CLOSING, _DASH = "[(（]", "[)）]", "[-－—–]"
# Zero-width characters are blanks that nobody sees.
_BLANKS = re.compile("[\\s\u200b-\u200d\u2060\ufeff]+")
_QUOTES = str.maketrans("", "", '「」『』"')
_LEADING_BRACKET = re.compile("^[()（）]+")
_SUBSIDIARIES = "及下属子企业"
_SUFFIX = re.compile(f"(?:{_OPENING}团托{_CLOSING}|{_DASH}(?:养老|福利|[A-Za-z0-9Ａ-Ｚａ-ｚ０-９]+))$")
_ENDING = re.compile(f"{_OPENING}([^()（）]*){_CLOSING}$")
_HALF_WIDTH = {full: full - 0xFEE0 for full in range(0xFF01, 0xFF5F)}
_FULL_BRACKETS = str.maketrans("()", "（）")
_TRAILING = re.compile("[-—–.。]+$")


def normalise_customer(text: str | None) -> str | None:
    """The name as it is compared; None where nothing is left of it.

    The order matters: a status word goes before what else stands in brackets at the end, which then may be one of the
    kinds of enterprise that stay; widths are made one only after all that was taken off.
    """
    name = (text or "").strip()
    if name.casefold() in _blank_names():
        return None
    if _PLAIN.fullmatch(name) and _SUBSIDIARIES not in name:
        return name  # most of them; nothing below finds anything in them
    if name == _KEPT:
        return name
    name = _BLANKS.sub("", name).translate(_QUOTES)
    name = _LEADING_BRACKET.sub("", name).replace(_SUBSIDIARIES, "")
    name = _without_status(_SUFFIX.sub("", name))
    ending = _ENDING.search(name)
    if ending and ending[1] not in words("kinds_of_enterprise"):
        name = name[: ending.start()]
    name = name.translate(_HALF_WIDTH).translate(_FULL_BRACKETS)
    return _TRAILING.sub("", name).upper() or None


@functools.cache
def _blank_names() -> frozenset[str]:
    return frozenset({"", *(word.casefold() for word in words("blank_names"))})


def _without_status(name: str) -> str:
    """The name without status words at its ends, each looked for once, longer ones first."""
    any_word, each = _status_patterns()
    # Few names have any; looking for each of them in every name takes forty times as long.
    if any_word.search(name):
        for pattern in each:
            name = pattern.sub("", name)
    return name


@functools.cache
def _status_patterns() -> tuple[re.Pattern[str], tuple[re.Pattern[str], ...]]:
    longest_first = sorted(map(re.escape, words("status_words")), key=len, reverse=True)
    return _status_pattern("|".join(longest_first)), tuple(map(_status_pattern, longest_first))


def _status_pattern(word: str) -> re.Pattern[str]:
    # The bracket before a first word is off already; a second word may still have one.
    before = f"^{_OPENING}?(?:{word})(?:{_CLOSING}{_DASH}?|{_DASH})"
    behind = f"(?:{_DASH}(?:{word})|{_OPENING}(?:{word}){_CLOSING})$"
    return re.compile(f"{before}|{behind}")
