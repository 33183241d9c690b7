from __future__ import annotations

import pytest

from tests.fixtures.runs import Office

COMMAND = ("python", "-m", "workflows.sources", "discover", "--domain", "trustee_performance")


def test_every_file_is_listed_with_its_reason(office: Office) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    office.workbook("2024年10月受托业绩报告.xlsx", 10)
    (office.data / "说明.txt").write_text("x", encoding="utf-8")
    done = office.command(*COMMAND)
    assert done.code == 0
    chosen, left = done.out.split("未选用 / Not chosen:")
    assert "2024-11 V1  2024年11月受托业绩报告.xlsx" in chosen
    assert "2024年10月受托业绩报告.xlsx: " in left
    assert "说明.txt: " in left


def test_no_file_is_one_clear_error(office: Office) -> None:
    done = office.command(*COMMAND)
    assert (done.code, done.err.startswith("error: "), "Traceback" in done.err) == (1, True, False)


def test_everything_is_listed_when_no_choice_can_be_made(office: Office) -> None:
    for folder in ("a", "b"):
        office.workbook(f"{folder}/2024年11月受托业绩报告.xlsx", 11)
    office.workbook("2024年9月受托业绩报告.xlsx", 9)
    (office.data / "说明.txt").write_text("x", encoding="utf-8")
    done = office.command(*COMMAND)
    assert (done.code, "files of equal rank" in done.err) == (1, True)
    assert done.out.splitlines()[1:-1] == [
        "选用: 无, 原因见末行 / Chosen: nothing, as the last line says",
        "未选用 / Not chosen:",
        "  a/2024年11月受托业绩报告.xlsx: 2024-11 V1, 可选用 / a candidate",
        "  b/2024年11月受托业绩报告.xlsx: 2024-11 V1, 可选用 / a candidate",
        "  2024年9月受托业绩报告.xlsx: 2024-09 V1, 可选用 / a candidate",
        "  说明.txt: 不是工作簿: .txt, 应为 .xlsx, .xlsm, .xls / no workbook: .txt, wanted .xlsx, .xlsm, .xls",
        "月份: 2024-09 至 2024-11, 其间缺 2024-10 / Months: 2024-09 to 2024-11, missing in between: 2024-10",
    ]


def test_what_was_seen_is_listed_when_nothing_matches(office: Office) -> None:
    office.workbook("别的.xlsx", 11)
    done = office.command(*COMMAND)
    assert (done.code, "别的.xlsx" in done.out, "Months: none" in done.out) == (1, True, True)


@pytest.mark.parametrize(
    "command", [COMMAND, ("python", "-m", "workflows.telling", "check")], ids=["discover", "check"]
)
def test_a_command_behind_which_nobody_reads_ends_without_a_word(office: Office, command: tuple[str, ...]) -> None:
    office.workbook("2024年11月受托业绩报告.xlsx", 11)
    with office.begin(*command) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.close()
        said = running.stderr.read()
    assert (running.returncode, said) == (0, "")
