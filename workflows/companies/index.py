"""The index of known companies: one file, made by ``make fetch-index`` and read by every run.

::

    {"meta":{"keys":45000,"kinds":{…},"digest":"…","rules":"…","source":"…","fetched":"…"},"keys":[
    ["account_name","甲公司","C0001"],      one key a line: kind, key as it is compared, company_id; sorted
    ["account_name","乙公司","C0002"]
    ]}

The digest covers the lines of keys and nothing else: the same companies are the same index, whenever they were fetched.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import orjson

from workflows.companies.keys import KINDS, check_company_id, compared_key, is_temporary, kind_named
from workflows.companies.resolver import CompaniesByKey
from workflows.errors import CompanyIndexError, Words, reason_of
from workflows.frozen import Frozen

_META, _KEYS, _END = b'{"meta":', b',"keys":[\n', b"\n]}\n"
_BETWEEN = b",\n"


class IndexMeta(Frozen):
    """``kinds`` counts the keys of each kind; ``rules`` is the digest of how keys are normalised; ``source`` is what
    they were fetched from, ``fetched`` when (UTC)."""

    keys: int
    kinds: dict[str, int]
    digest: str
    rules: str
    source: str
    fetched: str


@dataclass(frozen=True, slots=True)
class FetchedRow:
    """One line of what the index is fetched from, as it is written there."""

    line: int
    kind: str
    key: str
    company_id: str


@dataclass(frozen=True, slots=True)
class Gathered:
    """What rows became: ``companies`` by (kind, key), what is wrong with which line, and how many rows were left out
    because their ids are temporary, or their keys say nothing (``无``)."""

    companies: Mapping[tuple[str, str], str]
    problems: list[tuple[str, str]]
    temporary: int
    blank_keys: int


def gather(rows: Iterable[FetchedRow]) -> Gathered:
    """Check and normalise every row; the same key with the same id twice is one.

    Wrong are an unknown kind, a blank id, an account number without its last digits, and a key of two companies.
    """
    companies: dict[tuple[str, str], str] = {}
    lines: dict[tuple[str, str], int] = {}
    problems: list[tuple[str, str]] = []
    temporary = blank_keys = 0
    for row in rows:
        try:
            kind, company_id = _kind(row.kind), check_company_id(row.company_id)
            key = compared_key(kind, row.key)
        except ValueError as error:
            problems.append((f"line {row.line}", str(error)))
            continue
        if is_temporary(company_id):
            temporary += 1
        elif key is None:
            blank_keys += 1
        elif companies.setdefault((kind, key), company_id) != company_id:
            there = f"{companies[kind, key]} in line {lines[kind, key]}"
            problems.append((f"line {row.line}", f"{kind} {key} is {company_id} here, {there}"))
        else:
            lines.setdefault((kind, key), row.line)
    return Gathered(companies, problems, temporary, blank_keys)


def _kind(name: str) -> str:
    kind = kind_named(name)
    if kind is None:
        raise ValueError(f"没有这种键, 应为 / no kind of key is called {name!r}; there are {', '.join(KINDS)}")
    return kind


def write_index(
    stream: IO[bytes], companies: Mapping[tuple[str, str], str], *, rules: str, source: str, fetched: str
) -> IndexMeta:
    """Write the index of ``companies`` by (kind, key)."""
    lines = _BETWEEN.join(orjson.dumps([kind, key, companies[kind, key]]) for kind, key in sorted(companies))
    meta = IndexMeta(
        keys=len(companies),
        kinds=dict(sorted(Counter(kind for kind, _key in companies).items())),
        digest=_digest(lines),
        rules=rules,
        source=source,
        fetched=fetched,
    )
    stream.write(_META + meta.model_dump_json().encode() + _KEYS + lines + _END)
    return meta


def read_meta(path: Path) -> IndexMeta:
    """What the index says of itself; raises CompanyIndexError when there is none, or it is no index."""
    try:
        with path.open("rb") as stream:
            head = stream.readline()
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        if not head.startswith(_META) or not head.endswith(_KEYS):
            raise ValueError("its first line is not an index's")
        return IndexMeta.model_validate_json(head[len(_META) : -len(_KEYS)])
    except ValueError:
        raise _damaged(path, Words("首行不是索引的首行", "its first line is not an index's")) from None


def read_index(path: Path) -> tuple[IndexMeta, CompaniesByKey]:
    """The index; raises CompanyIndexError when it is missing, truncated, or was edited since it was made."""
    meta = read_meta(path)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, error) from None
    lines = content.partition(_KEYS)[2].removesuffix(_END)
    if not content.endswith(_END) or _digest(lines) != meta.digest:
        raise _damaged(path, Words("与其摘要不符", "its keys are not those that its digest was made of"))
    companies: dict[str, dict[str, str]] = {}
    for kind, key, company_id in orjson.loads(b"[" + lines + b"]"):
        companies.setdefault(kind, {})[key] = company_id
    return meta, companies


def _digest(lines: bytes) -> str:
    return hashlib.sha256(lines).hexdigest()[:16]


def _unreadable(path: Path, error: OSError) -> CompanyIndexError:
    return CompanyIndexError(
        f"{path}: "
        + Words(
            f"无法读取已知公司的索引 ({reason_of(error).chinese}); 请运行 make fetch-index FROM=file.csv, "
            "或以 WDH_COMPANY_INDEX 写明位置",
            f"the index of known companies cannot be read ({reason_of(error).english}); make it with: make fetch-index"
            " FROM=file.csv, or set WDH_COMPANY_INDEX to where it lies",
        )
    )


def _damaged(path: Path, found: Words) -> CompanyIndexError:
    return CompanyIndexError(
        f"{path}: "
        + Words(
            f"不是完整的公司索引 ({found.chinese}); 请重新运行 make fetch-index",
            f"not a complete index of companies ({found.english}); run make fetch-index again",
        )
    )
