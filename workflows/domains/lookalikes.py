"""Columns that look like those of a field and feed none: a file is refused for one, or says so (pure)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from workflows.domains.domain import Domain
from workflows.domains.findings import Finding, message
from workflows.errors import HeaderError, Words
from workflows.sources.cells import Header, SheetTable
from workflows.sources.headers import normalise
from workflows.sources.units import split_unit

# A name of one character (年, 月) is part of too many others.
_SHORTEST = 2
# As a typing error, one character may differ.
_SHORTEST_MISTYPED = 3
# What may stand behind a name that is qualified: a bracket, a number, a dash.
_BEHIND = re.compile(r"[(\d\-_—:/·.]")
# Headings over columns that are those of another month, or no figures of the month at all.
_OTHER_FIGURES = re.compile("上期|上月|上季|上年|去年|同期|期初|年初|累计|预算|目标|增减|同比|环比")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A column that feeds nothing, and the field that it looks like."""

    header: Header
    field: str


def is_of_other_figures(header: Header) -> bool:
    """Whether a heading above a column says that its figures are not the month's own."""
    return any(_OTHER_FIGURES.search(group) for group in header.groups)


def qualified(header: Header) -> list[str]:
    """The names of a column with the headings above it, before and behind: 本期 above 收益率 is 本期收益率."""
    found, name = [], header.name
    for group in header.groups:
        found += [group + name, name + group]
        name = group + name
    return found


def likely_alias(header: Header) -> str:
    """How the catalogue may call a column."""
    return header.groups[0] + header.name if header.groups else header.name


def lookalikes(domain: Domain, unused: Sequence[Header]) -> list[Lookalike]:
    """Columns whose names are those of a field with something before or behind (期末规模, 规模(旧))."""
    found = []
    for header in _others_left_out(domain, unused):
        for field in domain.kinds:
            if any(_is_qualified(header.name, known) or known in header.groups for known in _known(domain, field)):
                found.append(Lookalike(header, field))
                break
    return found


def refuse_lookalikes(
    domain: Domain,
    table: SheetTable,
    sources: Mapping[str, Mapping[str, Header]],
    unused: Sequence[Header],
    workbook: str,
) -> None:
    """Raise HeaderError where no column feeds a field, and one that feeds none looks like it."""
    for field, roles in sources.items():
        if roles:
            continue
        for header in _others_left_out(domain, unused):
            names = [header.name, *qualified(header)]
            if any(_is_like(name, known) for known in _known(domain, field) for name in names):
                raise HeaderError(workbook, _refusal(domain, table, field, header))


def _refusal(domain: Domain, table: SheetTable, field: str, header: Header) -> Words:
    alias = likely_alias(header)
    group = repr(header.groups[0]) if header.groups else ""
    start = Words(
        f"工作表 {table.sheet!r}: 没有列对应 {field} ({domain.known_as(field)}), 而 {header.place} {header.text!r}"
        f"{group and f' ({group} 之下)'}",
        f"sheet {table.sheet!r}: no column feeds {field} ({domain.known_as(field)}), and {header.place} "
        f"{header.text!r}{group and f' below {group}'}",
    )
    if header.is_hidden:
        return Words(
            f"{start.chinese} 被隐藏; 请取消隐藏或删除该列", f"{start.english} is hidden; show the column, or delete it"
        )
    return Words(
        f"{start.chinese} 与之相似; 若即为该列, 请在目录 {domain.name} 中写 "
        f"`headers: {{{field}: [{alias}]}}`, 若否, 写 `ignored_headers: [{alias}]`",
        f"{start.english} looks like it; if it is meant, write `headers: {{{field}: [{alias}]}}` into the "
        f"entry of {domain.name} in the catalogue, if not `ignored_headers: [{alias}]`",
    )


def odd_headers(found: Sequence[Lookalike], sheet: str, workbook: str) -> Iterator[Finding]:
    """A caution on each column that looks like a field's and is not read."""
    for each in found:
        header = each.header
        yield Finding(
            level="caution",
            file=workbook,
            sheet=sheet,
            row=header.row,
            column=header.letter,
            header=header.text,
            field=each.field,
            value=header.text,
            code="unused_lookalike",
            message=message("unused_lookalike", f"{likely_alias(header)} beside {each.field}"),
        )


def _others_left_out(domain: Domain, unused: Sequence[Header]) -> Iterator[Header]:
    others = {split_unit(normalise(text))[0] for text in domain.other_headers}
    return (header for header in unused if not others.intersection({header.name, *qualified(header)}))


def _known(domain: Domain, field: str) -> Iterator[str]:
    for (name, _role), headers in domain.headers.items():
        if name == field:
            yield from (known for header in headers if len(known := normalise(header)) >= _SHORTEST)


def _bare(name: str) -> str:
    """English names are written with and without underscores."""
    return name.replace("_", "")


def _is_qualified(name: str, known: str) -> bool:
    return name.endswith(known) or (name.startswith(known) and _BEHIND.match(name, len(known)) is not None)


def _is_like(name: str, known: str) -> bool:
    name, known = _bare(name), _bare(known)
    mistyped = len(name) == len(known) >= _SHORTEST_MISTYPED and sum(map(str.__ne__, name, known)) == 1
    return known in name or (len(name) >= _SHORTEST and name in known) or mistyped
