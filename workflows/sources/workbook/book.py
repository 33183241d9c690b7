"""An open workbook: what books of every format have in common, and what each format adds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import ClassVar

from workflows.errors import SheetNotFoundError, UnreadableWorkbookError, Words
from workflows.sources.cells import SheetContent
from workflows.sources.columns import grid_rows
from workflows.sources.workbook.limits import MAX_MERGED
from workflows.sources.workbook.written_rows import WrittenRows

# Sheets that hold no cells, or none that a table could be in.
_OTHER_KINDS = {"chartsheet": "a chart", "dialogsheet": "a dialog", "xlMacrosheet": "a macro sheet"}


@dataclass(frozen=True, slots=True)
class Tab:
    """A sheet as its tab shows it; ``kind`` is in Excel's words (worksheet, chartsheet …)."""

    name: str
    is_hidden: bool = False
    kind: str = "worksheet"

    @property
    def holds_cells(self) -> bool:
        """Whether a table can be in it."""
        return self.kind not in _OTHER_KINDS


@dataclass(frozen=True, slots=True)
class SheetLook:
    """How a sheet looks, as far as a copy of it keeps that.

    ``formats`` and ``widths`` (in characters) are by column, ``merged`` is (row, first, last column), all from 0.
    Ranges merged over several rows are left out, and so is everything that is as Excel has it by default.
    """

    formats: Mapping[int, str] = field(default_factory=dict)
    widths: Mapping[int, float] = field(default_factory=dict)
    merged: tuple[tuple[int, int, int], ...] = ()

    @classmethod
    def sampled(
        cls,
        codes: Iterable[tuple[int, str]],
        widths: Mapping[int, float],
        merged: Iterable[tuple[int, int, int, int]],
    ) -> SheetLook:
        """The look from some cells as (column, number format) and ranges as (top, left, bottom, right), all from 0.

        Columns are formatted alike from top to bottom, so that the most common format of the cells is the column's.
        """
        counted: dict[int, Counter[str]] = {}
        for column, code in codes:
            counted.setdefault(column, Counter())[code] += 1
        likely = {column: found.most_common(1)[0][0] for column, found in counted.items()}
        formats = {column: code for column, code in likely.items() if code and code.lower() != "general"}
        rows = ((top, left, right) for top, left, bottom, right in merged if top == bottom)
        return cls(formats, widths, tuple(islice(rows, MAX_MERGED)))


class Book(ABC):
    """A workbook, opened once. ``tabs`` are its sheets of every kind, in order; each is read when it is asked for.

    ``notes`` are warnings about the file as a whole. A format says its endings, the usual one first, and the engines
    that can be forced on it.
    """

    endings: ClassVar[tuple[str, ...]]
    engines: ClassVar[tuple[str, ...]]

    tabs: tuple[Tab, ...]
    notes: tuple[str, ...] = ()

    @classmethod
    @abstractmethod
    def recognises(cls, content: bytes) -> bool:
        """Whether the bytes begin as those of this format do."""

    @abstractmethod
    def __init__(self, content: bytes, workbook: str, engine: str | None) -> None:
        """Open the bytes. Raises UnreadableWorkbookError when they, or the forced ``engine``, do not allow it."""
        if engine and engine not in self.engines:
            raise UnreadableWorkbookError(
                workbook,
                Words(
                    f"是 {self.endings[0]}, {engine} 无法读取; 请不要设置 WDH_WORKBOOK_ENGINE",
                    f"is an {self.endings[0]}, which {engine} cannot read; unset WDH_WORKBOOK_ENGINE",
                ),
            )
        self.workbook, self.engine = workbook, engine

    def sheet(self, wanted: str | int) -> SheetContent:
        """A sheet's cells. ``wanted`` is a name or a position from 0 among all tabs (see ``position_of``).

        Raises SheetNotFoundError, and UnreadableWorkbookError for a sheet without cells or with damaged ones.
        """
        found = self._read(self._position(wanted))
        reason = "forced by WDH_WORKBOOK_ENGINE" if self.engine else found.reason
        return replace(found, reason=reason, rows=grid_rows(found.rows).up_to_the_last(), notes=self.notes)

    def look(self, wanted: str | int, header_row: int) -> SheetLook:
        """How a sheet looks whose data begin below ``header_row`` (Excel's number). Raises as ``sheet`` does."""
        return self._look(self._position(wanted), header_row)

    def as_written(self, wanted: str | int, numbers: Collection[int]) -> WrittenRows | None:
        """A sheet's rows as another .xlsx may hold them, and the cells of those of Excel's ``numbers``; None where
        they have to be read and written anew. Raises as ``sheet`` does.
        """
        return self._as_written(self._position(wanted), numbers)

    @abstractmethod
    def _read(self, position: int) -> SheetContent:
        """The sheet at a position; trailing blank rows, notes and a forced engine's reason are not its care."""

    def let_go(self) -> None:  # noqa: B027 - a format that keeps nothing has nothing to do
        """Forget what is kept of the sheet that was read last."""

    def _look(self, position: int, header_row: int) -> SheetLook:
        """A format without any look leaves this as it is."""
        return SheetLook()

    def _as_written(self, position: int, numbers: Collection[int]) -> WrittenRows | None:
        """A format that no .xlsx can hold leaves this as it is."""
        return None

    def _position(self, wanted: str | int) -> int:
        names = [tab.name for tab in self.tabs]
        if not any(tab.holds_cells for tab in self.tabs):
            only = f", only {', '.join(map(repr, names))}" if names else ""
            raise UnreadableWorkbookError(
                self.workbook, Words("没有含单元格的工作表", f"holds no sheet with cells{only}")
            )
        position = position_of(names, wanted, self.workbook)
        tab = self.tabs[position]
        if not tab.holds_cells:
            raise UnreadableWorkbookError(
                self.workbook,
                Words("没有单元格", f"is {_OTHER_KINDS[tab.kind]}, which holds no cells").of_sheet(tab.name),
            )
        return position


def position_of(names: Sequence[str], wanted: str | int, workbook: str) -> int:
    """Where ``wanted`` stands among ``names``: a name, or a position from 0; digits that are no name are a position.

    Raises SheetNotFoundError.
    """
    if isinstance(wanted, str) and wanted in names:
        return names.index(wanted)
    position = int(wanted) if isinstance(wanted, int) or (wanted.isascii() and wanted.isdecimal()) else -1
    if not 0 <= position < len(names):
        raise SheetNotFoundError(workbook, wanted, names)
    return position
