"""How a number format shows its number: with which sign or unit behind it, scaled by which power of ten (pure)."""

from __future__ import annotations

import functools
import operator
import re
import unicodedata
from collections.abc import Callable
from typing import NamedTuple

from workflows.sources.units import unit_of

# A literal, padding, a condition or currency, a placeholder for digits, or any other character.
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]*)"|[\\!](?P<escaped>.)|(?P<padding>[_*].)|\[(?P<bracket>[^\]]*)\]|(?P<digit>[0#?]|General|G/通用格式)|(?P<other>.)',
    re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?)")
_COMPARED: dict[str, Callable[[float, float], bool]] = {
    **{"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge},
    **{"=": operator.eq, "<>": operator.ne},
}
_HUNDREDTHS = re.compile(r"[#0]*0\.00")
_OTHER_CURRENCY = re.compile(r"[$€£]|usd|hkd|eur|gbp|jpy|美元|港元|港币|欧元|英镑|日元", re.IGNORECASE)


class Shown(NamedTuple):
    """What one section of a format says of a number.

    The cell shows the number divided by ten to the power of ``scaled``, behind it the ``unit`` (``%`` where a literal
    sign makes points of it). ``percent`` is a real percent sign: the number is a fraction. ``currency`` is another
    than the yuan.
    """

    scaled: int = 0
    unit: str | None = None
    percent: bool = False
    currency: str = ""


PLAIN = Shown()


def shown_by(number: float, code: str) -> Shown:
    """What the format ``code`` says of ``number``: its section is chosen as Excel does."""
    sections = sections_of(code)
    for holds, found in sections:
        if holds(number):
            return found
    return sections[0][1]


@functools.lru_cache(maxsize=1024)
def sections_of(code: str) -> tuple[tuple[Callable[[float], bool], Shown], ...]:
    """Each section of a format, with what tells for which numbers it is."""
    sections = [_section(tokens) for tokens in _split(code)[:3]]
    conditions = [condition for condition, _shown in sections]
    if not any(conditions):
        conditions = _USUAL[len(sections)]
    return tuple((condition or _always, found) for condition, (_own, found) in zip(conditions, sections, strict=True))


@functools.lru_cache(maxsize=1024)
def shows_hundredths(code: str) -> bool:
    """Whether positive numbers are shown with two digits after the point and nothing else: 2024.1 as 2024.10."""
    bare = "".join(token[0] for token in _split(code)[0] if not token["padding"] and not token["bracket"])
    return _HUNDREDTHS.fullmatch(bare.strip()) is not None


def _always(_number: float) -> bool:
    return True


_USUAL: dict[int, list[Callable[[float], bool] | None]] = {
    1: [None],
    2: [lambda number: number >= 0, None],
    3: [lambda number: number > 0, lambda number: number < 0, None],
}


def _split(code: str) -> list[list[re.Match[str]]]:
    sections: list[list[re.Match[str]]] = [[]]
    for token in _TOKEN.finditer(code):
        if token["other"] == ";":
            sections.append([])
        else:
            sections[-1].append(token)
    return sections


def _section(tokens: list[re.Match[str]]) -> tuple[Callable[[float], bool] | None, Shown]:
    condition = next((each for token in tokens if (each := _CONDITION.fullmatch(token["bracket"] or ""))), None)
    digits = [place for place, token in enumerate(tokens) if token["digit"]]
    if not digits:
        return _holds(condition), PLAIN
    behind = tokens[digits[-1] + 1 :]
    percent = any(token["other"] == "%" for token in tokens)
    literal = unicodedata.normalize("NFKC", "".join(map(_literal, behind))).strip(" ,()")
    currency = _OTHER_CURRENCY.search("".join(map(_literal, tokens)) + "".join(map(_currency, tokens)))
    shown = Shown(_scaled(tokens, digits), unit_of(literal), percent, currency[0] if currency else "")
    return _holds(condition), shown


def _holds(condition: re.Match[str] | None) -> Callable[[float], bool] | None:
    if condition is None:
        return None
    compare, bound = _COMPARED[condition[1]], float(condition[2])
    return lambda number: compare(number, bound)


def _scaled(tokens: list[re.Match[str]], digits: list[int]) -> int:
    """Commas behind the last digit divide by a thousand each; a literal point (``0!.0``) moves the digits behind it."""
    commas = 0
    for token in tokens[digits[-1] + 1 :]:
        if token["other"] != ",":
            break
        commas += 1
    inside = range(digits[0], digits[-1])
    point = next((place for place in inside if "." in (tokens[place]["quoted"], tokens[place]["escaped"])), None)
    moved = 0 if point is None else sum(place > point for place in digits)
    return 3 * commas + moved


def _literal(token: re.Match[str]) -> str:
    other = token["other"] or ""
    return token["quoted"] or token["escaped"] or (other if other not in "%,.;@-+/" or not other else "")


def _currency(token: re.Match[str]) -> str:
    """The currency of ``[$¥-804]``; the language behind the dash is none."""
    bracket = token["bracket"] or ""
    return bracket[1:].split("-", 1)[0] if bracket.startswith("$") else ""
