"""What the documentation says of ``workdatahub`` is what it takes."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.fixtures.runs import Office
from workflows.command import OTHERS, RUNS, _parser
from workflows.tasks import LoadDomain

_ROOT = Path(__file__).resolve().parents[1]
_TEXTS = [(_ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "docs/operating.md")]
_LINES = [
    found[1] for text in _TEXTS for found in re.finditer(r"workdatahub ((?!completion)[a-z-]+ --[^>*`\"\n;]*)", text)
]


def test_the_documents_show_the_command_in_use() -> None:
    assert len(_LINES) > 8


@pytest.mark.parametrize("line", _LINES)
def test_every_command_line_of_the_documents_is_understood(line: str) -> None:
    words = shlex.split(line)
    parser, _ = _parser(words[0])
    assert parser.parse_args(words).command in {*RUNS, *OTHERS}


def test_a_command_imports_no_other_command(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    imported = office.imported_by("workdatahub", "discover", "--domain", "trustee_performance")
    assert "workflows.sources.discovery" in imported
    assert [name for name in imported if name in ("luigi", "psycopg2", "workflows.tasks", "workflows.telling")] == []


def test_loading_takes_every_flag_of_the_task() -> None:
    _, commands = _parser()
    flags = {f"--{name.replace('_', '-')}" for name, _ in LoadDomain.get_params()}  # type: ignore[no-untyped-call]
    assert flags - set(commands["load"]._option_string_actions) == {"--execute", "--plan-only"}
    assert flags - set(commands["plan"]._option_string_actions) == {"--execute", "--compare"}
