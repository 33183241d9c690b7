"""How a provider's sheet looks: number formats by column, widths, merged titles. Only a copy of the sheet needs it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from workflows.sources.workbook.limits import MAX_MERGED


@dataclass(frozen=True, slots=True)
class SheetLook:
    """``formats`` and ``widths`` (in characters) by column from 0; ``merged`` as (row, first, last column) from 0.

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
