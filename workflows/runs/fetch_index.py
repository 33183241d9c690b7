"""The index of known companies, made anew: from a CSV, or from what the database answers to a query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path

from workflows import outputs
from workflows.companies.csv_rows import csv_rows
from workflows.companies.index import FetchedRow, Gathered, gather, read_index, write_index
from workflows.errors import CompanyIndexError, Words, reason_of
from workflows.runs.rules import name_rules
from workflows.settings import Settings
from workflows.warehouse.connection import describe
from workflows.warehouse.query import queried_companies

# How many mistakes are named before the rest is only counted.
_NAMED = 20
# A source that lost more than this share of its keys is more often cut off than right.
_LARGEST_LOSS = 0.1


@dataclass(frozen=True, slots=True)
class Fetched:
    """The rows of a source, and what the source is called in the index."""

    source: str
    rows: Iterable[FetchedRow]


def from_csv(path: Path) -> Fetched:
    """The rows of a CSV."""
    return Fetched(path.name, csv_rows(path))


def from_query(path: Path, settings: Settings) -> Fetched:
    """The rows that the settings' database answers to the query in ``path``; lines count its rows."""
    try:
        query = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CompanyIndexError(f"{path}: 无法读取 / cannot be read: {reason_of(error)}") from None
    found = queried_companies(settings.database, query)
    rows = [FetchedRow(number, *row) for number, row in enumerate(found, start=1)]
    return Fetched(f"{path.name} of {describe(settings.database)}", rows)


def fetch_index(
    fetched: Fetched, path: Path, now: datetime, *, allow_empty: bool = False, allow_shrink: bool = False
) -> list[str]:
    """Make ``path`` the index of what was fetched, whole or not at all; what it holds and what changed, for people.

    Raises CompanyIndexError, and leaves the index as it was, for rows with mistakes (each named with its line), for no
    key at all, and for one that loses more than a tenth of the keys that are there, unless that is allowed.
    """
    gathered = gather(fetched.rows)
    _refuse_mistakes(fetched.source, gathered.problems)
    if not gathered.companies and not allow_empty:
        raise CompanyIndexError(
            f"{fetched.source}: "
            + Words(
                "一个键也没有; 若确实如此, 请加 --allow-empty", "not a single key; if that is meant, say --allow-empty"
            )
        )
    before = _before(path)
    changes = list(_changes(before, gathered.companies))
    lost = len(before.keys() - gathered.companies.keys())
    if lost > _LARGEST_LOSS * len(before) and not allow_shrink:
        raise CompanyIndexError(
            f"{fetched.source}: "
            + Words(
                f"{path} 的 {len(before)} 个键中少了 {lost} 个; 若确实如此, 请加 --allow-shrink",
                f"{lost} of the {len(before)} keys of {path} are missing in it; if that is meant, say --allow-shrink",
            )
        )
    with outputs.writing(path) as stream:
        meta = write_index(
            stream,
            gathered.companies,
            rules=name_rules(),
            source=fetched.source,
            fetched=f"{now.astimezone(timezone.utc):%Y-%m-%dT%H:%M:%SZ}",
        )
    kinds = ", ".join(f"{count} {kind}" for kind, count in meta.kinds.items())
    return [
        f"{path}: {meta.keys} keys ({kinds or 'none'}), digest {meta.digest}, from {meta.source}",
        *_left_out(gathered),
        *changes,
    ]


def _refuse_mistakes(source: str, problems: Sequence[tuple[str, str]]) -> None:
    if problems:
        more = [f"  … and {len(problems) - _NAMED} more"] if len(problems) > _NAMED else []
        lines = [f"  {place}: {text}" for place, text in problems[:_NAMED]]
        raise CompanyIndexError(
            "\n".join(
                [
                    f"{source}: {len(problems)} 处错误, 未生成索引 / {len(problems)} mistake(s), no index made",
                    *lines,
                    *more,
                ]
            )
        )


def _before(path: Path) -> Mapping[tuple[str, str], str]:
    """The index that is there; nothing where there is none, or it cannot be read any more."""
    try:
        _meta, companies = read_index(path)
    except CompanyIndexError:
        return {}
    return {(kind, key): company_id for kind, keys in companies.items() for key, company_id in keys.items()}


def _changes(before: Mapping[tuple[str, str], str], now: Mapping[tuple[str, str], str]) -> Iterator[str]:
    if before:
        moved = sum(before[key] != now[key] for key in before.keys() & now.keys())
        added, gone = len(now.keys() - before.keys()), len(before.keys() - now.keys())
        yield str(
            Words(
                f"  与之前的索引相比: 新增 {added} 个键, 减少 {gone}, 改属其他公司 {moved}",
                f"against the index before: {added} keys added, {gone} gone, {moved} of another company now",
            )
        )


def _left_out(gathered: Gathered) -> Iterator[str]:
    if gathered.temporary:
        yield (
            f"  略过 {gathered.temporary} 行, 是临时编号 / "
            f"{gathered.temporary} row(s) left out: their ids are temporary ones, no company's"
        )
    if gathered.blank_keys:
        yield f"  略过 {gathered.blank_keys} 行 / {gathered.blank_keys} row(s) left out: nothing is left of their keys"
