"""A CSV of known companies -> the rows that an index is made of."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from workflows.companies.index import FetchedRow
from workflows.errors import CompanyIndexError, Words, reason_of

COLUMNS = ("kind", "key", "company_id")


def csv_rows(path: Path) -> Iterator[FetchedRow]:
    """The rows below the header ``kind,key,company_id`` (in any order, among others), each with its line in the file.

    UTF-8, or GB18030 as Excel saves it in China. Raises CompanyIndexError for a file that is no such CSV.
    """
    reader = csv.reader(io.StringIO(_text(path), newline=""), strict=True)
    try:
        header = [name.strip().casefold() for name in next(reader, [])]
        missing = [name for name in COLUMNS if header.count(name) != 1]
        if missing:
            found = ", ".join(header) or "nothing"
            raise CompanyIndexError(
                f"{path}: "
                + Words(
                    f"第 1 行: 应为 {', '.join(COLUMNS)} 各一列, 而不是 {found}",
                    f"line 1: the columns {', '.join(COLUMNS)} wanted, each once; {found} found",
                )
            )
        places = [header.index(name) for name in COLUMNS]
        line = reader.line_num + 1
        for row in reader:
            if any(cell.strip() for cell in row):
                kind, key, company_id = (row[at] if at < len(row) else "" for at in places)
                yield FetchedRow(line, kind, key, company_id)
            line = reader.line_num + 1
    except csv.Error:
        raise CompanyIndexError(
            f"{path}: " + Words(f"第 {reader.line_num} 行不是 CSV", f"line {reader.line_num}: not CSV")
        ) from None


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise CompanyIndexError(f"{path}: 无法读取 / cannot be read: {reason_of(error)}") from None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise CompanyIndexError(
        f"{path}: "
        + Words("不是 UTF-8 或 GB18030; 请另存为 CSV UTF-8", "neither UTF-8 nor GB18030; save it as CSV UTF-8")
    )
