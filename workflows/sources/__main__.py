"""``python -m workflows.sources discover --domain NAME``: every file seen, chosen or not, and why."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from workflows import outputs
from workflows.errors import ParameterError, SourceError, Words, WorkflowError, reason_of
from workflows.pipes import exit_with
from workflows.settings import get_settings
from workflows.sources.candidates import Candidate, Discovery
from workflows.sources.catalogue import load_catalogue
from workflows.sources.discovery import DataSourceConnector
from workflows.sources.discovery_page import discovery_page
from workflows.sources.domain_names import named_domains
from workflows.sources.months_seen import gaps, months_seen
from workflows.sources.periods import PeriodRange, parse_periods
from workflows.sources.selection import NotChosen, Selection, select

_DOMAINS = "one of the catalogue's domains, several (a,b), or all"


def discover(domain: str, periods: PeriodRange | None, max_files: int | None) -> None:
    """Print what a run with these flags would choose and every other file with its reason; write the same as a page.

    Raises the error of a choice that cannot be made, after everything that was seen is printed.
    """
    settings = get_settings()
    catalogue = load_catalogue(settings.data_sources_config)
    discovery = DataSourceConnector(settings.data_base_dir, catalogue).discover(domain)
    path = settings.output_dir.resolve() / "discovery" / f"{domain}.html"
    selection, failure = None, None
    try:
        selection = select(discovery, catalogue.domain(domain).select, periods, max_files)
    except (SourceError, ParameterError) as error:
        failure = error
    print("\n".join(_lines(discovery, selection)))
    print(f"Page: {_write(path, discovery_page(domain, discovery, selection, str(failure or '')))}", flush=True)
    if failure is not None:
        raise failure


def _lines(discovery: Discovery, selection: Selection | None) -> Iterator[str]:
    chosen = selection.chosen if selection else ()
    left = selection.not_chosen if selection else [*_undecided(discovery)]
    count = Words(f"选用 {len(chosen)} 个文件, 未选用 {len(left)}", f"{len(chosen)} files chosen, {len(left)} not")
    yield f"{discovery.folder}: {count}"
    yield "选用 / Chosen:" if selection else "选用: 无, 原因见末行 / Chosen: nothing, as the last line says"
    for file in chosen:
        yield f"  {_label(file)}  {file.path}"
    yield "未选用 / Not chosen:"
    for each in left:
        rename = f"; 可选用的文件名 / a name that would be: {each.would_be}" if each.would_be else ""
        yield f"  {each.path}: {each.reason}{rename}"
    months = months_seen(discovery, selection)
    if not months:
        yield "月份: 无 / Months: none"
        return
    missing = ", ".join(f"{month:%Y-%m}" for month in gaps(months))
    first, last = (f"{months[place].period:%Y-%m}" for place in (0, -1))
    yield str(
        Words(
            f"月份: {first} 至 {last}, 其间缺 {missing or '无'}",
            f"Months: {first} to {last}, missing in between: {missing or 'none'}",
        )
    )


def _undecided(discovery: Discovery) -> Iterator[NotChosen]:
    """Every file where no choice could be made: those that could have been chosen, newest first, then the rest."""
    for file in sorted(discovery.candidates, key=lambda file: (-file.period.toordinal(), file.part, -file.version)):
        yield NotChosen(file.path, f"{_label(file)}, 可选用 / a candidate")
    for other in discovery.rejected:
        yield NotChosen(other.path, other.reason)


def _label(file: Candidate) -> str:
    return f"{file.period:%Y-%m}{f' {file.part}' if file.part else ''} V{file.version}"


def _write(path: Path, page: str) -> str:
    """Where the page lies, or why there is none."""
    try:
        outputs.write(path, page.encode("utf-8", "backslashreplace"))
    except OSError as error:
        return f"无法写入 / could not be written: {reason_of(error)}"
    return str(path)


def build_parser() -> argparse.ArgumentParser:
    """The commands and their flags."""
    parser = argparse.ArgumentParser(prog="python -m workflows.sources", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    finding = commands.add_parser("discover", help="list every file seen, chosen or not, and why")
    finding.add_argument("--domain", required=True, help=_DOMAINS)
    finding.add_argument("--period", default="", help="2024-03, or 2024-01..2024-03")
    finding.add_argument("--max-files", type=int, help="how many files at most (those of the newest month)")
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; 0 when files were chosen, 1 with one clear message otherwise."""
    given = build_parser().parse_args(arguments)
    try:
        names = named_domains(given.domain, load_catalogue(get_settings().data_sources_config))
        for name in names:
            if len(names) > 1:
                print(f"Domain: {name}")
            discover(name, parse_periods(given.period) if given.period else None, given.max_files)
    except WorkflowError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    exit_with(main)
