"""What the README tells a newcomer to do, done literally."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from tests.fixtures.runs import Office

_ROOT = Path(__file__).resolve().parents[1]
_README = (_ROOT / "README.md").read_text(encoding="utf-8")


def block(mark: str) -> str:
    """The code block below ``<!-- mark -->``."""
    match = re.search(rf"<!-- {mark} -->\n```\w*\n(.*?)```", _README, re.DOTALL)
    assert match, mark
    return match[1]


def test_a_domain_added_as_described_plans_its_workbooks(office: Office) -> None:
    package = office.folder / "checkout"
    shutil.copytree(_ROOT / "workflows", package / "workflows", ignore=shutil.ignore_patterns("__pycache__"))
    (package / "workflows/domains/management_fee.py").write_text(block("domain:module"), encoding="utf-8")
    catalogue = package / "workflows/sources/data_sources.yml"
    catalogue.write_text(catalogue.read_text(encoding="utf-8") + block("domain:catalogue"), encoding="utf-8")
    office.workbook(
        "2024年11月管理费.xlsx", 11, [["2024-11", "P1", 12.5], ["2024-11", "P2", 0]], ["报告期", "计划代码", "管理费"]
    )
    done = office.run("--domain", "management_fee", PYTHONPATH=str(package))
    assert (done.code, done.outcome) == (0, "planned"), done.out + done.err
    (document,) = office.processed().values()
    assert document["records"][0][:3] == ["2024-11-01", "P1", "12.50"]
    assert [(w["row"], w["message"], w["advice"]) for w in document["warnings"]] == [
        (3, "管理费为零 / the fee is zero: 0.00(元)", "请确认是否免收 / confirm that none was charged")
    ]


def test_every_setting_is_documented() -> None:
    named = set(re.findall(r"WDH_[A-Z_]+", (_ROOT / "workflows/settings.py").read_text(encoding="utf-8")))
    assert named <= set(re.findall(r"WDH_[A-Z_]+", _README))
