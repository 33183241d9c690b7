"""Write workbooks to measure with: always the same for the same arguments. Runs in the peers' environment.

Ten columns, of which seven are known to the domain; every row is valid, so that peers without validation load the
same rows. A month per file, the last one December 2024.
"""

from __future__ import annotations

import argparse
import random
from datetime import datetime
from pathlib import Path

import xlsxwriter

HEADERS = ("年", "月", "计划代码", "计划名称", "公司代码", "公司名称", "收益率", "净值", "规模", "备注")
_WRITTEN = datetime(2025, 1, 15, 9, 0, 0)
_LAST = 2024 * 12 + 11
_NOTES = ("", "", "", "已核对", "季度调整", "托管人确认")


def month(back: int) -> tuple[int, int]:
    """Year and month, ``back`` months before the last."""
    year, index = divmod(_LAST - back, 12)
    return year, index + 1


def file_name(back: int, version: int = 1) -> str:
    year, number = month(back)
    return f"{year}年{number:02d}月受托业绩报告{f'V{version}' if version > 1 else ''}.xlsx"


def write(folder: Path, back: int, rows: int, version: int = 1) -> None:
    """One month's workbook; a later version differs in one scale of a hundred."""
    year, number = month(back)
    dice, restated = random.Random(f"{back} {rows}"), random.Random(f"{back} {rows} {version}")
    book = xlsxwriter.Workbook(str(folder / file_name(back, version)))
    book.set_properties({"created": _WRITTEN})
    sheet = book.add_worksheet("受托业绩")
    sheet.write_row(0, 0, HEADERS)
    for row in range(rows):
        scale = round(dice.uniform(1e4, 1e9), 2)
        if version > 1 and restated.random() < 0.01:
            scale = round(scale * 1.01, 2)
        figures = (round(dice.gauss(0.01, 0.05), 6), round(dice.uniform(0.5, 3), 4), scale)
        company = dice.randrange(200)
        names = (f"P{row:06d}", f"企业年金计划{row:06d}", f"C{company:04d}", f"养老金公司{company:04d}")
        sheet.write_row(row + 1, 0, (year, number, *names, *figures, dice.choice(_NOTES)))
    book.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--files", type=int, default=1)
    parser.add_argument("--rows", type=int, default=50_000)
    parser.add_argument("--version", type=int, default=1)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for back in range(options.files):
        if not (options.folder / file_name(back, options.version)).exists():
            write(options.folder, back, options.rows, options.version)


if __name__ == "__main__":
    main()
