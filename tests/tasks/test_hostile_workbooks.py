"""A whole run stays within 5 s of work and 500 MB, whatever a small file holds: it is planned, or refused."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.fixtures.runs import Office
from tests.workbooks import HEADERS, part_of, raw_xlsx, with_parts
from workflows.sources.cells import column_letter

pytestmark = pytest.mark.long

SECONDS, MEGABYTES = 5.0, 500
NAME = "2024年11月受托业绩报告.xlsx"
STRINGS = [*HEADERS, " "]
HEADER_ROW = '<row r="1">' + "".join(f'<c r="{"ABCDEFG"[i]}1" t="s"><v>{i}</v></c>' for i in range(7)) + "{}</row>"
# Beyond this the operating system gives nothing: the run ends with an error instead of the machine.
ADDRESS_SPACE = 1500 << 20

RUN = """
import json, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]), int(sys.argv[1])))
from luigi.cmdline import luigi_run
try:
    luigi_run(sys.argv[2:])
except SystemExit as ended:
    code = ended.code
used = resource.getrusage(resource.RUSAGE_SELF)
# Not ru_maxrss: that begins with what the test's own process held when it was forked.
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM:"))
print(json.dumps([code, used.ru_utime + used.ru_stime, peak // 1024]), file=sys.stderr)
"""


def row(number: int, more: str = "") -> str:
    values = (2024, 11, number, 1, 0.05, 1.25, 100)
    cells = "".join(f'<c r="{"ABCDEFG"[i]}{number}"><v>{value}</v></c>' for i, value in enumerate(values))
    return f'<row r="{number}">{cells}{more}</row>'


def sheet(count: int, more: str = "", *, headers: str = "", strings: list[str] | None = None) -> bytes:
    """Ordinary rows up to number ``count``, then more of them."""
    rows = HEADER_ROW.format(headers) + "".join(map(row, range(2, count + 1)))
    return raw_xlsx(rows + more, strings=STRINGS + (strings or []), formats=["0.00"])


def lone(reference: str, cell: str = "><v>1</v></c>") -> str:
    return f'<row r="{reference.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")}"><c r="{reference}"{cell}</row>'


def a_space_far_to_the_right() -> bytes:
    stray = {5: '<c r="XFD5" t="s"><v>7</v></c>'}
    rows = HEADER_ROW.format("") + "".join(row(n, stray.get(n, "")) for n in range(2, 50_001))
    return raw_xlsx(rows, strings=STRINGS)


def names_as_far_as_excel_goes() -> bytes:
    names = ((column_letter(i), f"n{i}") for i in range(7, 16_384))
    headers = "".join(f'<c r="{letter}1" t="str"><v>{name}</v></c>' for letter, name in names)
    return sheet(10_000, headers=headers)


def as_the_exact_engine_reads(content: bytes) -> bytes:
    part = "xl/worksheets/sheet1.xml"
    return with_parts(content, {part: part_of(content, part).replace(b"<row ", b"<!-- x --><row ", 1)})


def with_validations() -> bytes:
    part, content = "xl/worksheets/sheet1.xml", sheet(20)
    rules = "".join(f'<dataValidation type="list" sqref="A{n}"/>' for n in range(600_000)).encode()
    end = b"<dataValidations>" + rules + b"</dataValidations></worksheet>"
    data = part_of(content, part).replace(b"<row ", b"<!-- x --><row ", 1).replace(b"</worksheet>", end)
    return with_parts(content, {part: data})


def blank_cells() -> bytes:
    rows = (f'<row r="{n}"><c r="A{n}" s="1"/><c r="B{n}" s="1"/></row>' for n in range(21, 1_048_576))
    return sheet(20, "".join(rows) + lone("A1048576"))


FILES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a value in the last cell": (lambda: sheet(20, lone("XFD1048576")), "holds data in XFD1048576"),
    "the same, exactly": (lambda: as_the_exact_engine_reads(sheet(20, lone("XFD1048576"))), "data in XFD1048576"),
    "a value in the last row": (lambda: sheet(20, lone("A1048576")), "19 + 1 + 1048555"),
    "the same row, exactly": (lambda: as_the_exact_engine_reads(sheet(20, lone("A1048576"))), "19 + 1 + 1048555"),
    "a space in the last cell": (lambda: sheet(20, lone("XFD1048576", ' t="s"><v>7</v></c>')), "19 + 0 + 0"),
    "a space far to the right": (a_space_far_to_the_right, "49999 + 0 + 0"),
    "names as far as Excel goes": (names_as_far_as_excel_goes, "9999 + 0 + 0"),
    "a million rows of formatted blanks": (blank_cells, "19 + 1 + 1048555"),
    "600,000 validations": (with_validations, "19 + 0 + 0"),
    "60 MB of escapes": (lambda: sheet(20, strings=["_x4E00_" * 8_500_000]), "19 + 0 + 0"),
}


@dataclass(frozen=True)
class Run:
    """What a run said, and what it used."""

    said: str
    seconds: float
    megabytes: int


def load(office: Office) -> Run:
    flags = ("--module", "workflows.tasks", "LoadDomain", "--domain", "trustee_performance", "--local-scheduler")
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(ADDRESS_SPACE), *flags],
        cwd=office.folder,
        env=office._environment({}),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    _code, seconds, megabytes = json.loads(done.stderr.strip().splitlines()[-1])
    said = done.stdout
    for document in office.processed().values():
        counts = document["meta"]["file"]
        said += f"{counts['records']} + {counts['rejects']} + {counts['blank_rows']}"
    assert "Traceback" not in done.stdout + done.stderr
    return Run(said, seconds, megabytes)


@pytest.mark.parametrize("name", FILES)
def test_a_hostile_workbook_is_planned_or_refused_within_bounds(office: Office, name: str) -> None:
    make, wanted = FILES[name]
    content = make()
    (office.data / NAME).write_bytes(content)
    assert len(content) < 12 << 20
    run = load(office)
    assert wanted in run.said
    assert run.megabytes < MEGABYTES
    # The time of this process alone, as the machine may be busy; an ordinary run takes about a second of it.
    assert run.seconds < SECONDS
