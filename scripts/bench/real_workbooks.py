"""Write a pension manager's workbooks of a real month's size, as WPS, Excel and .NET write them; customers and figures
are invented, and always the same.

Below the folder: ``phantom`` (38,107 rows claimed, 208 filled), ``before`` (a month before, from which the tables'
history is made), the month by ``excel``, ``dotnet`` and ``wps``, ``restated`` (by Excel; one row of a hundred differs)
and ``found`` (by Excel; a branch is unknown), and companies.csv. XML is written directly: a library takes minutes.
Needs the folder of the samples on PYTHONPATH.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from xml.sax.saxutils import escape

from openpyxl.utils.cell import get_column_letter
from sample_annuities import NAMES, account_of, income_sheet, performance_sheet
from wps_workbook import MAIN, SHARED_STRINGS, Sheet, Value, frame, packed, page_name, wps_bytes

PERFORMANCE_ROWS, INCOME_ROWS = 33_600, 8_500
_CUSTOMERS_OF_A_NAME = 100
_INDEX_KEYS = 45_000
_MONTH = 202602
# What Excel works out from the two columns to its right.
_LOST = "流失（含待遇支付）"
_UNKNOWN = "星海"
_CUSTOMER = re.compile("|".join(name.removesuffix("公司") for name in NAMES))


def excel_bytes(sheets: Sequence[Sheet]) -> bytes:
    """As Excel saves them: styles in every cell, spans, a formula filled down, how texts are pronounced."""
    strings: dict[str, int] = {}
    pages = {page_name(n): _excel_page(sheet, strings) for n, sheet in enumerate(sheets, 1)}
    return packed({**frame(sheets), **pages, SHARED_STRINGS: _pronounced(strings)})


def dotnet_bytes(sheets: Sequence[Sheet]) -> bytes:
    """As .NET's libraries save them: every tag with the prefix ``x:``, blank cells left out."""
    strings: dict[str, int] = {}
    pages = {page_name(n): _dotnet_page(sheet, strings) for n, sheet in enumerate(sheets, 1)}
    texts = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
    parts = {**frame(sheets), **pages, SHARED_STRINGS: f'<sst xmlns="{MAIN}">{texts}</sst>'}
    return packed({name: _prefixed(text) if f' xmlns="{MAIN}"' in text else text for name, text in parts.items()})


def _prefixed(text: str) -> str:
    return re.sub(r"<(/?)(?=\w)", r"<\1x:", text).replace(f' xmlns="{MAIN}"', f' xmlns:x="{MAIN}"', 1)


def _excel_page(sheet: Sheet, strings: dict[str, int]) -> str:
    headers, *rows = sheet.rows
    letters = [get_column_letter(column) for column in range(1, len(headers) + 1)]
    formula = headers.index(_LOST) if _LOST in headers else -1
    span = f'spans="1:{len(headers)}" x14ac:dyDescent="0.2"'
    named = (_shared(f"{letter}1", header, strings) for letter, header in zip(letters, headers, strict=True))
    lines = [f'<row r="1" {span}>{"".join(named)}</row>']
    for number, row in enumerate(rows, 2):
        cells = []
        for column, value in enumerate(row):
            place = f"{letters[column]}{number}"
            if column == formula:
                cells.append(
                    f'<c r="{place}" s="1">{_filled_down(letters[column:], number, len(rows))}{_number(value)}</c>'
                )
            elif value is None:
                cells.append(f'<c r="{place}" s="1"/>')
            elif isinstance(value, str):
                cells.append(_shared(place, value, strings))
            else:
                cells.append(f'<c r="{place}" s="{1 if isinstance(value, Decimal) else 2}">{_number(value)}</c>')
        lines.append(f'<row r="{number}" {span}>{"".join(cells)}</row>')
    office = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    ours = "http://schemas.microsoft.com/office/spreadsheetml/2009/9/ac"
    return (
        f'<worksheet xmlns="{MAIN}" xmlns:mc="{office}" mc:Ignorable="x14ac" xmlns:x14ac="{ours}">'
        f'<dimension ref="A1:{letters[-1]}{len(rows) + 1}"/><sheetViews><sheetView workbookViewId="0"/></sheetViews>'
        '<sheetFormatPr defaultRowHeight="14.25" x14ac:dyDescent="0.2"/>'
        f'<cols><col min="1" max="{len(headers)}" width="14.625" customWidth="1"/></cols>'
        f"<sheetData>{''.join(lines)}</sheetData>"
        '<phoneticPr fontId="0" type="noConversion"/><pageMargins left="0.7" right="0.7" top="0.75" bottom="0.75"'
        ' header="0.3" footer="0.3"/></worksheet>'
    )


def _filled_down(letters: Sequence[str], number: int, count: int) -> str:
    """A formula that was written once and filled down, as Excel keeps it."""
    if number > 2:
        return '<f t="shared" si="0"/>'
    here, left, right = letters[:3]
    return f'<f t="shared" ref="{here}2:{here}{count + 1}" si="0">{left}2+{right}2</f>'


def _number(value: Value) -> str:
    """All digits of the double that Excel holds."""
    return f"<v>{float(value or 0):.17g}</v>"


def _shared(place: str, text: Value, strings: dict[str, int]) -> str:
    return f'<c r="{place}" s="2" t="s"><v>{strings.setdefault(str(text), len(strings))}</v></c>'


def _pronounced(strings: dict[str, int]) -> str:
    """Shared texts, one of three with what an input method noted."""
    run = '<rPh sb="0" eb="1"><t>jia</t></rPh>'
    texts = "".join(
        f'<si><t>{escape(text)}</t>{"" if number % 3 else run}<phoneticPr fontId="0" type="noConversion"/></si>'
        for number, text in enumerate(strings)
    )
    return f'<sst xmlns="{MAIN}" count="{len(strings)}" uniqueCount="{len(strings)}">{texts}</sst>'


def _dotnet_page(sheet: Sheet, strings: dict[str, int]) -> str:
    letters = [get_column_letter(column) for column in range(1, len(sheet.rows[0]) + 1)]
    lines = []
    for number, row in enumerate(sheet.rows, 1):
        cells = [
            _shared(f"{letter}{number}", value, strings)
            if isinstance(value, str)
            else f'<c r="{letter}{number}" s="{1 if isinstance(value, Decimal) else 2}"><v>{value}</v></c>'
            for letter, value in zip(letters, row, strict=True)
            if value is not None
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def month_sheets(month: int, *, restated: bool = False, found: bool = False) -> list[Sheet]:
    """A month's rows; ``restated``, one of a hundred has another figure. The samples' unknown branch is there only
    where it is to be ``found``."""
    performance = performance_sheet(month, PERFORMANCE_ROWS, seed=f"{month}")
    income = income_sheet(month, INCOME_ROWS, seed=f"{month}", fees=False)
    if not found:
        rows = [[None if value == _UNKNOWN else value for value in row] for row in performance.rows]
        performance = Sheet(performance.name, rows)
    return [_of_many(performance, "供款", restated), _of_many(income, "固费", restated)]


def _of_many(sheet: Sheet, figure: str, restated: bool) -> Sheet:
    """The samples' few customers become thousands, each with names, numbers and plans of its own."""
    headers = list(sheet.rows[0])
    at, plan = headers.index(figure), 3
    rows = [headers]
    for number, row in enumerate(sheet.rows[1:]):
        block = number // len(NAMES) % _CUSTOMERS_OF_A_NAME
        changed = [_of_block(value, block) for value in row]
        code = changed[plan]
        if isinstance(code, str) and code[1:].isdecimal():
            changed[plan] = f"{code[0]}{int(code[1:]) + 90 * block:04d}"
        if restated and number % 100 == 50:
            changed[at] = Decimal(str(changed[at] or 0)) + Decimal("0.01")
        rows.append(changed)
    return Sheet(sheet.name, rows, sheet.last)


def _of_block(value: Value, block: int) -> Value:
    if not isinstance(value, str):
        return value
    if value.startswith("C1") and len(value) > 15:
        return f"C{int(value[1:]) + block}"
    return _CUSTOMER.sub(rf"\g<0>{block:02d}", value)


def companies() -> Iterator[str]:
    """Lines for ``fetch-index``: two of three customers are known, by name or number, beside many that no row names."""
    yield "kind,key,company_id"
    count = 0
    for number, name in enumerate(NAMES):
        for block in range(_CUSTOMERS_OF_A_NAME):
            company = f"C{number * _CUSTOMERS_OF_A_NAME + block + 1:06d}"
            if number % 3 < 2:
                key = _of_block(name if number % 3 == 0 else account_of(name), block)
                yield f"{('customer_name', 'account_number')[number % 3]},{str(key).removeprefix('C')},{company}"
                count += 1
    for number in range(_INDEX_KEYS - count):
        yield f"account_name,某企业{number:05d}公司,C{900_000 + number}"


def write(folder: Path, name: str, content: Callable[[], bytes], month: int = _MONTH) -> None:
    """The workbook of ``name`` where managers keep it, unless it is there."""
    file = f"【for年金机构经营分析】{month // 100 % 100}年{month % 100}月年金规模收入数据 0306.xlsx"
    path = folder / name / str(month) / "收集数据" / "数据采集" / file
    if path.exists():
        return
    began = time.perf_counter()
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".tmp")
    draft.write_bytes(content())
    draft.replace(path)
    print(f"{name}: {path.stat().st_size / 1e6:.1f} MB in {time.perf_counter() - began:.1f} s", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    phantom = [
        performance_sheet(_MONTH, 208, seed="2602", last=38_107),
        income_sheet(_MONTH, 143, seed="2602", last=14_350, fees=False),
    ]
    write(folder, "phantom", lambda: wps_bytes(phantom))
    write(folder, "before", lambda: wps_bytes(month_sheets(202601)), 202601)
    write(folder, "excel", lambda: excel_bytes(month_sheets(_MONTH)))
    write(folder, "dotnet", lambda: dotnet_bytes(month_sheets(_MONTH)))
    write(folder, "wps", lambda: wps_bytes(month_sheets(_MONTH)))
    write(folder, "found", lambda: excel_bytes(month_sheets(_MONTH, found=True)))
    write(folder, "restated", lambda: excel_bytes(month_sheets(_MONTH, restated=True)))
    (folder / "companies.csv").write_text("".join(f"{line}\n" for line in companies()), encoding="utf-8")


if __name__ == "__main__":
    main()
