from __future__ import annotations

from tests.fixtures.runs import Office

COMMAND = ("python", "-m", "workflows.sources", "discover", "--domain", "trustee_performance")


def test_every_file_is_listed_with_its_reason(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    (office.data / "说明.txt").write_text("x", encoding="utf-8")
    done = office.command(*COMMAND)
    assert done.code == 0
    chosen, left = done.out.split("Not chosen:")
    assert "2024-11 V1  2024年11月受托业绩报告.xlsx" in chosen
    assert "2024年10月受托业绩报告.xlsx: " in left
    assert "说明.txt: " in left


def test_no_file_is_one_clear_error(office: Office) -> None:
    done = office.command(*COMMAND)
    assert (done.code, done.err.startswith("error: "), "Traceback" in done.err) == (1, True, False)
