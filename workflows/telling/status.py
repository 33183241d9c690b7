"""``make status``: the ledger against the folder, month by month, printed, as a page and as JSON."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

from workflows import outputs
from workflows.errors import SourceFolderNotFoundError, TableNotFoundError
from workflows.pages.render import render
from workflows.plan.render.lines import Line, Style
from workflows.runs.choosing import catalogue
from workflows.runs.status import DomainStatus, Gap, LoadedPart, PartStatus, Place, State, domain_status, with_gaps
from workflows.settings import Settings
from workflows.sources.candidates import Candidate
from workflows.sources.discovery import DataSourceConnector, locate
from workflows.sources.selection import best, ranked
from workflows.warehouse.connection import connect, transaction
from workflows.warehouse.embedded import running_server
from workflows.warehouse.ledger import CommittedLoad, LoadedFile, in_effect, loaded_files
from workflows.warehouse.table_check import check_ledger

# Of months in order no more than these are printed; the page and the JSON hold all.
_PRINTED = 12

WORDS: dict[State, tuple[str, str, Style]] = {
    "loaded": ("已载入", "loaded", "good"),
    "to_load": ("待载入", "to load", "changed"),
    "newer": ("有新版本", "newer workbook", "changed"),
    "changed": ("文件已改动", "workbook changed", "changed"),
    "ambiguous": ("无法选定", "several workbooks of equal rank", "bad"),
    "missing": ("缺", "missing", "bad"),
    "expected": ("待收", "expected", "dim"),
    "unknown": ("未知", "no database was asked", "plain"),
}
"""What people call each state, in Chinese and in English."""


def statuses(domains: Sequence[str], settings: Settings, day: date) -> list[DomainStatus]:
    """How each of ``domains`` stands on ``day``: the folder is looked at once each, the database asked if there is one.

    Raises the errors of the catalogue, of discovery and of the database.
    """
    with contextlib.ExitStack() as stack:
        loaded: dict[str, list[LoadedPart]] | None = None
        if settings.database.is_configured:
            if settings.database.embedded_dir is not None:
                stack.enter_context(running_server(settings.database.embedded_dir))
            loaded = {name: _loaded(settings, catalogue().domain(name).table) for name in domains}
        return [_status(name, settings, day, None if loaded is None else loaded[name]) for name in domains]


def _status(name: str, settings: Settings, day: date, loaded: list[LoadedPart] | None) -> DomainStatus:
    source, base_dir = catalogue().domain(name), settings.data_base_dir.resolve()
    try:
        seen: Sequence[Candidate] = DataSourceConnector(base_dir, catalogue()).discover(name).candidates
    except SourceFolderNotFoundError:
        if not loaded:
            raise
        seen = ()  # what was loaded is known all the same
    there = {
        Place(period, part): best(files, source.select)
        for period, parts in ranked(seen, source.select).items()
        for part, files in parts.items()
    }
    before = {(each.period, each.part) for each in loaded or ()}
    digests = {
        file.path: hashlib.sha256(locate(base_dir, file.path).read_bytes()).hexdigest()
        for place, files in there.items()
        for file in files
        if place in before
    }
    found = domain_status(name, source.table, day, source.expected_day, there, digests, loaded)
    return found.altered(months=tuple(_with_reports(each, name, settings.output_dir) for each in found.months))


def _loaded(settings: Settings, table: str) -> list[LoadedPart]:
    """The last load of each part of each month that stands."""
    with contextlib.closing(connect(settings.database)) as connection, transaction(connection, "status", table):
        try:
            check_ledger(connection, table)
        except TableNotFoundError:
            return []  # nothing was loaded yet; a load says what to do
        rows = loaded_files(connection, table)
    standing = set(in_effect({load.load_id: load.undoes for load, _file in rows}))
    last: dict[Place, LoadedPart] = {}
    for load, file in rows:
        if load.load_id in standing:
            place = Place(file.period, file.part)
            last[place] = _with_sheet(last.get(place), load, file)
    return list(last.values())


def _with_sheet(known: LoadedPart | None, load: CommittedLoad, file: LoadedFile) -> LoadedPart:
    same = known is not None and (known.load_id, known.path) == (load.load_id, file.path)
    return LoadedPart(
        period=file.period,
        part=file.part,
        load_id=load.load_id,
        path=file.path,
        sha256=file.sha256,
        version=file.version,
        records=file.records + (known.records if known and same else 0),
        rejects=file.rejects + (known.rejects if known and same else 0),
        committed_at=load.committed_at,
        by=load.by,
    )


def _with_reports(part: PartStatus, domain: str, output_dir: Path) -> PartStatus:
    if part.loaded is None:
        return part
    base = output_dir.resolve()
    folder = base / "receipts" / domain / part.loaded.load_id
    there = {"receipt": folder / "receipt.html", "problems": folder / "problems"}
    return part.altered(
        **{name: path.relative_to(base).as_posix() for name, path in there.items() if outputs.exists(path)}
    )


def status_lines(found: DomainStatus, output_dir: Path) -> Iterator[Line]:
    """For people: what needs somebody, the last months, and what comes next. Paths are absolute."""
    yield Line(f"{found.domain} → {found.table}", "strong")
    if not found.known:
        yield Line(
            "没有配置数据库，不知道已载入什么 no database is configured: what is loaded is not known"
            " (WDH_DATABASE__URI)",
            "changed",
        )
    if not found.months:
        yield Line("  没有见到文件，也没有载入过 no workbook was seen, and none was loaded", "dim")
    listed = with_gaps(found.months)
    older = [each for each in listed[:-_PRINTED] if isinstance(each, Gap) or each.needs_somebody]
    shown = [*older, *listed[-_PRINTED:]]
    for each in shown:
        yield from [_gap_line(each)] if isinstance(each, Gap) else _part_lines(each, output_dir)
    if len(shown) < len(listed):
        rest = len(listed) - len(shown)
        yield Line(f"  更早 {rest} 个月无待办 {rest} earlier months need nothing", "dim")
    waiting = sorted(each.period for each in found.months if each.state in ("to_load", "newer", "changed"))
    if waiting:
        yield Line(f"  先看再载入 look before loading: make compare DOMAIN={found.domain} PERIOD={waiting[0]:%Y-%m}")
    if found.next_period and found.next_due:
        yield Line(f"  下一期 next: {found.next_period:%Y-%m}，{_due(found.next_due)}")


def _gap_line(gap: Gap) -> Line:
    zh, en, style = WORDS["missing"]
    label = f"{gap.first.period:%Y-%m} 至 to {gap.last.period:%Y-%m}{f' {gap.first.part}' if gap.first.part else ''}"
    due = f"，最后一期{_due(gap.last.due)}" if gap.last.due else ""
    return Line(f"  {label}  {zh} {gap.months} 个月 {gap.months} months {en}{due}", style)


def _part_lines(part: PartStatus, output_dir: Path) -> Iterator[Line]:
    zh, en, style = WORDS[part.state]
    label = f"{part.period:%Y-%m}{f' {part.part}' if part.part else ''}"
    yield Line(f"  {label}  {zh} {en}{_where(part)}", style)
    if part.loaded is not None:
        done = part.loaded
        rejects = f"，{done.rejects:,} 行被拒 rejected" if done.rejects else ""
        yield Line(
            f"      V{done.version} {done.path}: {done.records:,} 行 rows{rejects}"
            f" · {done.committed_at.astimezone():%Y-%m-%d %H:%M} · {done.by} · {done.load_id}",
            "changed" if done.rejects else "dim",
        )
        if part.problems and done.rejects:
            yield Line(f"      问题清单 problems: {output_dir.resolve() / part.problems}", "dim")


def _where(part: PartStatus) -> str:
    if part.state in ("missing", "expected") and part.due:
        return f"，{_due(part.due)}"
    if part.state == "loaded" or not part.there:
        return ""
    return ": " + " · ".join(f"V{part.version} {path}" for path in part.there)


def _due(day: date) -> str:
    return f"应于 {day:%Y-%m-%d} 前收到 due by {day:%Y-%m-%d}"


def write_status(found: DomainStatus, output_dir: Path) -> Path:
    """Write ``status/<domain>.json`` and the page beside it; where the page lies."""
    folder = output_dir.resolve() / "status"
    outputs.write(folder / f"{found.domain}.json", found.model_dump_json(indent=1).encode() + b"\n")
    page = folder / f"{found.domain}.html"
    outputs.write(page, status_page(found).encode("utf-8", "backslashreplace"))
    return page


def status_page(found: DomainStatus) -> str:
    """The same as a page: what needs somebody first, a calendar, and every month."""
    newest = list(reversed(found.months))
    return render(
        "status.html",
        up="../",
        status=found,
        words=WORDS,
        count=sum(each.needs_somebody for each in newest),
        todo=with_gaps(each for each in newest if each.needs_somebody),
        months=with_gaps(newest),
        years=_years(found.months),
    )


def _years(months: Iterable[PartStatus]) -> list[tuple[int, list[list[PartStatus]]]]:
    """Twelve places a year, newest year first, each with the parts of that month."""
    years: dict[int, list[list[PartStatus]]] = {}
    for each in months:
        years.setdefault(each.period.year, [[] for _ in range(12)])[each.period.month - 1].append(each)
    return sorted(years.items(), reverse=True)
