"""CSV of company ids: unresolved.csv, the customers that none was found for, and by what all others were found."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from workflows.companies.resolver import TEMPORARY, Answer, RowKeys
from workflows.giving_back.rejects_csv import harmless
from workflows.records.company_ids import Stretch, Unresolved

COLUMNS = (
    "name",
    "problem",
    "company_id",
    "rows",
    "plan_codes",
    "account_numbers",
    "account_names",
    "workbooks",
    "cells",
)
_BETWEEN = "; "
_PROBLEMS = {True: "temporary id 临时编号", False: "no name, no company id 无名称，无编号"}


def write_unresolved(stream: IO[bytes], found: Iterable[Unresolved], column_of: Mapping[tuple[str, str], str]) -> None:
    """A line for each below one header line: UTF-8 with BOM, lines ended as RFC 4180 says, no cell a formula.

    ``column_of`` is Excel's letter of the column to look at, by workbook and sheet.
    """
    with _writing(stream, COLUMNS) as write:
        for each in found:
            write(_line(each, column_of))


@contextmanager
def telling_answers(stream: IO[bytes]) -> Iterator[Callable[[RowKeys, Answer], None]]:
    """What writes, for the length of a block, each answer with the keys that it was asked by, and its way."""
    with _writing(stream, (*RowKeys._fields, "company_id", "way")) as write:

        def tell(row: RowKeys, answer: Answer) -> None:
            write([*(key or "" for key in row), answer.company_id or "", answer.way])

        yield tell


@contextmanager
def _writing(stream: IO[bytes], names: Sequence[str]) -> Iterator[Callable[[Iterable[str | int]], None]]:
    text = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="backslashreplace", newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(names)
    try:
        yield lambda line: writer.writerow([harmless(cell) for cell in line])
    finally:
        text.detach()


def _line(found: Unresolved, column_of: Mapping[tuple[str, str], str]) -> Iterator[str | int]:
    yield found.name
    yield _PROBLEMS[found.answer.way == TEMPORARY]
    yield found.answer.company_id or ""
    yield found.rows
    yield _BETWEEN.join(_distinct(row.plan_code for row in found.keys))
    # As 集团企业客户号 has them: a spreadsheet takes the last digits of a bare number of eighteen.
    numbers = _distinct(row.account_number for row in found.keys)
    yield _BETWEEN.join(f"C{number}" if number.isdecimal() else number for number in numbers)
    yield _BETWEEN.join(_distinct(row.account_name for row in found.keys))
    yield _BETWEEN.join(_distinct(stretch.sheet[0] for stretch in found.stretches))
    more = [f"… {found.more_rows} more rows"] if found.more_rows else []
    yield _BETWEEN.join([*(_cells(stretch, column_of) for stretch in found.stretches), *more])


def _cells(stretch: Stretch, column_of: Mapping[tuple[str, str], str]) -> str:
    """``file!sheet!I5``, or ``file!sheet!I5:I9``."""
    column = column_of.get(stretch.sheet, "A")
    last = f":{column}{stretch.last}" if stretch.last > stretch.first else ""
    return f"{'!'.join(stretch.sheet)}!{column}{stretch.first}{last}"


def _distinct(texts: Iterable[str | None]) -> list[str]:
    """Those that are there, once each, in order."""
    return [text for text in dict.fromkeys(texts) if text]
