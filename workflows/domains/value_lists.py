"""Lists of values in files beside the domains: what is known, and what follows from it.

``lists/<name>.csv`` has a line of column names, then a line per value with the value first. Lines that are empty or
begin with ``#`` say nothing. Operators add lines without touching Python; what a line may not say is refused naming it.
"""

from __future__ import annotations

import csv
import functools
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from workflows.errors import CatalogueError, reason_of
from workflows.settings import get_settings
from workflows.sources.cells import squeezed

FOLDER = Path(__file__).parent / "lists"


def list_file(name: str) -> Path:
    """Where a list lies: in ``lists`` of WDH_DOMAINS_DIR if it is there, else beside the package's domains."""
    folder = get_settings().domains_dir
    own = folder / "lists" / name if folder else None
    return own if own is not None and own.is_file() else FOLDER / name


@dataclass(frozen=True, eq=False)
class ValueList:
    """The list ``name`` with its ``columns``. Values are compared without blanks and in half width.

    What stands in a column that ``refers`` to another list must be a value there, and what has a pattern in ``looks``
    must look so. A list of ``corrections`` says in its second column what is meant by what is written: nothing which is
    meant may be corrected itself.
    """

    name: str
    columns: tuple[str, ...]
    refers: Mapping[str, ValueList] = field(default_factory=dict)
    looks: Mapping[str, str] = field(default_factory=dict)
    corrections: bool = False

    @property
    def file(self) -> str:
        """The file's name."""
        return f"{self.name}.csv"

    @functools.cached_property
    def rows(self) -> Mapping[str, tuple[str, ...]]:
        """The lines by their value, each with all its fields, in the file's order.

        Raises CatalogueError with every mistake and its line.
        """
        path = list_file(self.file)
        lines = list(_lines(path, self.columns))
        problems = [*self._repeated(lines), *self._unknown(lines), *self._going_in_circles(lines)]
        if problems:
            raise CatalogueError(str(path), sorted(problems, key=lambda problem: int(problem[0].split()[1])))
        return {squeezed(fields[0]): fields for _number, fields in lines}

    @functools.cached_property
    def spellings(self) -> Mapping[str, str]:
        """Each value as the list writes it, or what is meant by it."""
        meant = 1 if self.corrections else 0
        return {value: fields[meant] for value, fields in self.rows.items()}

    def of(self, column: str) -> Mapping[str, str]:
        """What ``column`` says of each value; values of which it says nothing are left out."""
        index = self.columns.index(column)
        return {value: fields[index] for value, fields in self.rows.items() if fields[index]}

    def _repeated(self, lines: Sequence[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
        seen: dict[str, int] = {}
        for number, (value, *_rest) in lines:
            first = seen.setdefault(squeezed(value), number)
            if first != number:
                yield f"line {number}", f"{value} stands in line {first} already"

    def _unknown(self, lines: Sequence[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
        for column, other in self.refers.items():
            for number, fields in lines:
                named = fields[self.columns.index(column)]
                if named and squeezed(named) not in other.rows:
                    yield f"line {number}", f"{column} {named} is not in {other.file}"
                if self.corrections and squeezed(fields[0]) in other.rows:
                    yield f"line {number}", f"{fields[0]} is a value of {other.file} itself"
        for column, pattern in self.looks.items():
            for number, fields in lines:
                found = fields[self.columns.index(column)]
                if not re.fullmatch(pattern, found):
                    yield f"line {number}", f"{column} {found or '(empty)'} does not look as such do ({pattern})"

    def _going_in_circles(self, lines: Sequence[tuple[int, tuple[str, ...]]]) -> Iterator[tuple[str, str]]:
        if self.corrections:
            written = {squeezed(fields[0]): number for number, fields in lines}
            for number, (value, meant, *_rest) in lines:
                again = written.get(squeezed(meant))
                if not meant or again == number:
                    yield f"line {number}", f"{value} is to be corrected, and to nothing else than it is"
                elif again is not None:
                    yield f"line {number}", f"{value} is to be {meant}, which line {again} corrects itself"


def _lines(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = f"无法读取 / cannot be read: {reason_of(error)}"
        raise CatalogueError(str(path), [("(file)", reason)]) from None
    problems, named = [], False
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = tuple(part.strip() for part in next(csv.reader(io.StringIO(line))))
        if not named and fields != columns:
            raise CatalogueError(str(path), [(f"line {number}", f"应有的列 / the columns {', '.join(columns)} wanted")])
        if named and (len(fields) != len(columns) or not fields[0]):
            problems.append(
                (
                    f"line {number}",
                    f"应有 {len(columns)} 项, 首项不能为空 / "
                    f"{len(columns)} fields wanted, of which the first is not empty",
                )
            )
        elif named:
            yield number, fields
        named = True
    if problems or not named:
        raise CatalogueError(str(path), problems or [("(file)", f"应有的列 / the columns {', '.join(columns)} wanted")])


def mapped(values: ValueList, column: str) -> Callable[[Sequence[str | None]], list[str | None]]:
    """A function from names to what ``column`` of a list says of each; None for blanks and unknown names."""

    def follow(names: Sequence[str | None]) -> list[str | None]:
        known = values.of(column)
        found = {name: None if name is None else known.get(squeezed(name)) for name in set(names)}
        return [found[name] for name in names]

    return follow


PRODUCTS = ValueList("products", ("产品线代码", "产品线"), looks={"产品线代码": r"PL\d{3}", "产品线": ".+"})
BUSINESS_TYPES = ValueList(
    "business_types", ("业务类型", "产品线代码", "组合代码"), {"产品线代码": PRODUCTS}, {"产品线代码": ".+"}
)
BUSINESS_TYPE_ALIASES = ValueList(
    "business_type_aliases", ("写法", "业务类型"), {"业务类型": BUSINESS_TYPES}, corrections=True
)
PLAN_TYPES = ValueList("plan_types", ("计划类型", "计划代码", "组合代码"))
PLAN_TYPE_ALIASES = ValueList("plan_type_aliases", ("写法", "计划类型"), {"计划类型": PLAN_TYPES}, corrections=True)
PLAN_CODE_CORRECTIONS = ValueList("plan_code_corrections", ("写法", "计划代码"), corrections=True)
BRANCHES = ValueList("branches", ("机构名称", "机构代码"), looks={"机构代码": r"G\d{2}"})
LISTS = (
    *(PRODUCTS, BUSINESS_TYPES, BUSINESS_TYPE_ALIASES, PLAN_TYPES, PLAN_TYPE_ALIASES),
    *(PLAN_CODE_CORRECTIONS, BRANCHES),
)
"""Every list, in an order in which none refers to a later one."""


def check_lists() -> None:
    """Raise CatalogueError for the first list that says what it may not, or that nobody reads."""
    for each in LISTS:
        _ = each.rows
    unread = sorted({path.name for path in FOLDER.glob("*.csv")} - {each.file for each in LISTS})
    if unread:
        raise CatalogueError(
            str(FOLDER), [(name, "没有领域使用此清单 / no domain reads such a list") for name in unread]
        )
