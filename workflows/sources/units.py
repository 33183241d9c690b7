"""Units as people write them: what is one, which texts state one, and which only mention it (pure).

A statement is ``单位：万元``, a unit in brackets, one alone in its cell, ``以万元为单位`` or ``规模：万元``. A sentence
that merely holds the word is a mention. Units come out in one spelling (万 is 万元), other currencies as written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from workflows.sources.cells import squeezed

MONEY_POWERS: dict[str, int] = {
    **{"元": 0, "十元": 1, "百元": 2, "千元": 3, "万元": 4, "十万元": 5, "百万元": 6, "千万元": 7},
    **{"亿元": 8, "十亿元": 9, "百亿元": 10, "千亿元": 11, "万亿元": 12},
}
"""Powers of ten of the units of money, in yuan."""

PERCENT = "%"

_ENGLISH_SIZES = {
    **dict.fromkeys(("thousand", "000"), "千元"),
    **dict.fromkeys(("million", "mn", "mln"), "百万元"),
    **dict.fromkeys(("billion", "bn"), "十亿元"),
}

# NFKC turns （） and ％ into ASCII, but leaves these brackets alone.
BRACKETS = str.maketrans("【】〔〕〖〗[]", "()()()()")

_SIZE = "(?:千亿|百亿|十亿|万亿|千万|百万|十万|亿|万|千|百|十)"
_YUAN = "(?:人民币|rmb|cny|￥|¥)[:,、]?"
_OTHER_MONEY = (
    "(?:美元|美金|港元|港币|欧元|英镑|日元|日圆|澳元|加元|新元|新币|澳门元|台币|新台币|瑞士法郎|韩元|卢布|泰铢"
    "|usd|hkd|eur|gbp|jpy|aud|cad|chf|sgd|us\\$|hk\\$|\\$|€|£)"
)
_PER_SHARE = "(?:/(?:每?(?:单位|份额?|股)))"
_IN_ENGLISH = "(?:thousands?|millions?|billions?|mn|mln|bn|'?000s?)"
_RATES = "%|百分比|百分数|‰|千分比|bps?|个?基点|百分点"
_ALONE = "(?:百万|千万|亿|万|千)(?![a-z$€£])"
_SAID_IN_ENGLISH = rf"(?:{_YUAN} ?{_IN_ENGLISH}(?: ?yuan)?|{_IN_ENGLISH} ?(?:of ?)?(?:yuan|{_YUAN}))"
_PLAIN = rf"(?:(?:{_YUAN})?{_SIZE}?元{_PER_SHARE}?(?:\(?{_YUAN}\)?)?|{_YUAN}{_SIZE}|{_SIZE}{_YUAN}|{_ALONE})"
_OTHER = rf"(?:{_SIZE}?{_OTHER_MONEY}(?:{_SIZE}?元| ?{_IN_ENGLISH})?{_PER_SHARE}?|{_IN_ENGLISH} ?{_OTHER_MONEY})"
_UNIT = rf"(?:{_OTHER}|{_SAID_IN_ENGLISH}|{_PLAIN}|{_RATES})"
# What a sheet counts in that is no money at all is still said of its amounts.
_COUNTED = rf"(?:{_SIZE}?(?:份额?|股|户|笔|人|手|吨|件|个)|(?!人民币){_SIZE}?\w{{1,4}}(?:元|币|镑|圆|盾))"
_LIST = rf"(?:\(?{_UNIT}(?:(?:[、,/;|和及或]|\s)*{_UNIT})*\)?)"

# Patterns that hold others take up to 5 ms each to compile, so most are kept as texts, which ``re`` compiles at their
# first use, and are used on texts only that hold one of these words or a unit.
_WORDS = re.compile(rf"单位|unit|币|{_YUAN}|{_IN_ENGLISH}")
_EACH = re.compile(_UNIT)
_IS_UNIT = rf"\(*(?:(?:\w{{0,4}}单位):?)?(?P<unit>{_UNIT})\)*"
_SIZED = re.compile(rf"({_SIZE})?.*")
_RATE = re.compile(_RATES)
# What such a word says of units it says of all amounts.
_OF_MONEY = ("金额", "货币", "计量", "计价", "数额", "数据")

# Behind a unit: the end, anything that is no letter, or what often follows without a space.
_END = r"(?=$|[^\w%‰]|币种|货币|日期|报告|截[止至]|制表|编制|\d)"
_ABOUT = r"(?P<about>[^\s,;。:()!?、，；]*?)"
_KEYWORD = rf"{_ABOUT}单位(?:统一|均|都)?[:为是=(]*(?:(?P<units>{_LIST}){_END}|(?P<odd>{_COUNTED}){_END})"
# Exceptions are for people to read; those that name nothing (除特别注明外) change nothing.
_EXCEPTION = re.compile(r"除(?!特别|另有|非|注明|说明)[^,;。]{1,20}外|[^,;。(]{1,20}(?<!明)(?<!明的)除外")
# What is said in English is seen, and refused where it concerns a column.
_ENGLISH = (
    rf"(?P<about>)\bunits?:(?:(?P<units>{_LIST}){_END}|(?P<odd>[a-z0-9,.' ]+))"
    rf"|(?:\(|^)(?P<scale>(?:in )?(?:rmb|cny)? ?{_IN_ENGLISH}[a-z ]*)(?:\)|$)"
)
_CURRENCY = rf"{_ABOUT}(?:币种|货币|币别)[:为是=(]*(?P<units>{_OTHER_MONEY})"
_IN_BRACKETS = rf"(?P<about>[^\s,;。()]*)\((?P<units>{_LIST})\)"
_COUNTED_IN = rf"{_ABOUT}[均都]?(?:以|按照?)(?P<units>{_LIST})(?:为|作为|来)?(?:单位|计|列|表示|反映|填|编)"
_NAMED = rf"(?P<about>[^\s,;。:()、]+?)(?:单位)?[:为](?P<units>{_LIST}){_END}"
_MENTION = rf"(?<![\d.])(?:{_SIZE}元|{_SIZE}?{_OTHER_MONEY})(?![a-z])"
_SPLIT_WORDS = ((re.compile(r"单\s+位"), "单位"), (re.compile(r"([十百千万亿])\s+元"), r"\1元"))
_AROUND_COLON = re.compile(r"\s*:\s*")
_SPACES = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]+")
_OF_A_NAME = (
    rf"(?P<name>.+?)(?:\((?:\w{{0,4}}单位)?[:为]?(?P<in>{_UNIT}|{_YUAN}|(?:in)?{_IN_ENGLISH})\)"
    rf"|(?:单位)[:为]?(?P<after>{_UNIT}))"
)
_BARE = rf"(?P<name>.+?)[:/_,;|·—-]?\(?(?:单位)?[:为]?(?P<unit>{_UNIT})\)?"
_AT_THE_END = rf".*[_\s-]?(?P<unit>(?:{_YUAN})?{_SIZE}元)"


@dataclass(frozen=True, slots=True)
class Said:
    """A unit that a text states. ``about`` is what stands before it in its clause (``规模`` of 规模单位：万元).

    ``named`` statements count only if ``about`` is a column (``规模：万元``); ``bare`` texts say nothing else.
    """

    unit: str
    about: str = ""
    named: bool = False
    bare: bool = False


def plain(text: str) -> str:
    """A text with one kind of bracket, colon and digit, in lower case, its spaces kept as single ones."""
    text = _SPACES.sub(" ", unicodedata.normalize("NFKC", text).translate(BRACKETS).lower()).strip()
    for pattern, instead in _SPLIT_WORDS:
        text = pattern.sub(instead, text)
    return _AROUND_COLON.sub(":", text)


def unit_of(text: str) -> str | None:
    """The unit that a text is, and nothing besides: ``(万元)``, ``单位:元``, ``%``; None for any other text."""
    text = _squeezed(text)
    match = re.fullmatch(_IS_UNIT, text) if _may_say(text) else None
    return _spelled(match["unit"]) if match else None


def is_rate(unit: str) -> bool:
    """Whether a unit measures rates; all others measure amounts."""
    return _RATE.fullmatch(unit) is not None


def split_unit(name: str, known: Collection[str] = ()) -> tuple[str, str | None]:
    """A normalised header without its unit, and the unit: ``规模(万元)`` -> ``("规模", "万元")``.

    Without brackets (规模万元, 规模/万元) only where the rest is one of the ``known`` names. Anything else stays
    part of the name, and the unit is None.
    """
    if name in known or not _may_say(name):
        return name, None
    match = re.fullmatch(_OF_A_NAME, name)
    if match:
        return match["name"], _spelled(match["in"] or match["after"])
    match = re.fullmatch(_BARE, name) if known else None
    return (match["name"], _spelled(match["unit"])) if match and match["name"] in known else (name, None)


def said_in(text: str) -> list[Said]:
    """The units that a title, heading, note or comment states, in the order of its clauses; none in most."""
    text = plain(text)
    if not _may_say(text):
        return []
    alone = [_spelled(each[0]) for each in _EACH.finditer(text)] if re.fullmatch(_LIST, text) else []
    if alone:
        return [Said(unit, bare=True) for unit in alone]
    exception = _EXCEPTION.search(text)
    if exception and ("单位" in text or _EACH.search(text)):
        return [Said(exception[0], bare=True)]
    found: list[Said] = []
    for pattern in (_KEYWORD, _ENGLISH, _CURRENCY, _COUNTED_IN, _IN_BRACKETS, _NAMED):
        rest = re.sub(pattern, " ", text)
        bare = not re.sub(r"(?:币种|货币)[:为]?(?:人民币)?|[\s,;。:()、]|注|金额|人民币", "", rest)
        for match in re.finditer(pattern, text):
            found += _each_of(match, bare, pattern is _NAMED)
        text = rest
    return found + _alone_among_words(text)


def said_by_name(text: str) -> list[Said]:
    """As ``said_in``, of a sheet's name, which may also just end with a unit of money (``受托业绩_万元``)."""
    match = re.fullmatch(_AT_THE_END, plain(text)) if "元" in text else None
    return said_in(text) or ([Said(_spelled(match["unit"]))] if match else [])


def mentions(text: str) -> str | None:
    """The first unit of money that a text holds without stating any, and not behind a figure."""
    match = None if said_in(text) or not _may_say(plain(text)) else re.search(_MENTION, plain(text))
    return match[0] if match else None


def _may_say(text: str) -> bool:
    """False only if no pattern here finds anything in the text, which is in lower case."""
    return bool(_EACH.search(text) or _WORDS.search(text))


def _each_of(match: re.Match[str], bare: bool, named: bool) -> Iterator[Said]:
    groups = match.groupdict()
    about = (groups["about"] or "").removeprefix("注")
    units = [each[0] for each in _EACH.finditer(groups["units"] or "")]
    units = units or [groups.get("odd") or groups.get("scale") or ""]
    for unit in units:
        yield Said(_spelled(unit), about, named and not about.endswith(_OF_MONEY), bare and about in ("", *_OF_MONEY))


def _alone_among_words(text: str) -> list[Said]:
    """Units between spaces, as in ``受托业绩 万元``; behind a figure they belong to it."""
    words = text.split()
    return [
        Said(unit)
        for before, word in zip(["", *words], words, strict=False)
        if (unit := unit_of(word)) and not before[-1:].isdigit()
    ]


def _spelled(unit: str) -> str:
    """One spelling of a unit in yuan or percent; any other as it is written."""
    if unit in ("%", "百分比", "百分数"):
        return PERCENT
    bare = re.sub(rf"[():\s]|{_YUAN}|yuan|{_PER_SHARE}", "", unit)
    if re.search(rf"yuan|{_YUAN}", unit) and (size := _ENGLISH_SIZES.get(re.sub(r"^in|of$|s(?=of$|$)|'", "", bare))):
        return size
    money = bare if bare.endswith("元") else f"{bare}元"
    return money if money in MONEY_POWERS else unit


def _squeezed(text: str) -> str:
    return squeezed(text).translate(BRACKETS).lower()
