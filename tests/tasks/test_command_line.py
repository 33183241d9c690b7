"""What ``--help`` says of every flag, and a value that Luigi would refuse with a stack trace."""

from __future__ import annotations

from typing import Any, cast

import luigi
import pytest
from luigi.cmdline_parser import CmdlineParser
from luigi.task_register import Register

from workflows import tasks
from workflows.tasks.command_line import check_command_line

RUN = ("LoadDomain", "ApplyPlan", "UndoLoad", "Backfill", "LoadMonth")
PARAMETERS = [(task, name, known) for task in RUN for name, known in getattr(tasks, task).get_params()]


@pytest.mark.parametrize(("task", "name", "parameter"), PARAMETERS, ids=lambda value: str(value)[:20])
def test_help_says_what_each_flag_takes_and_what_holds_without_it(task: str, name: str, parameter: Any) -> None:
    shown = " ".join(cast(Any, CmdlineParser)._build_parser(root_task=task).format_help().split())
    flag = f" --{name.replace('_', '-')} "
    takes = f"[{parameter.takes}]" if parameter.takes == "true|false" else parameter.takes
    assert f"{flag}{takes} {parameter.description}" in shown
    if parameter.takes != "true|false" and name not in ("accept", "accept_rejects", "load_id"):
        assert "default: " in parameter.description or "has to be given" in parameter.description
    if name == "mode":
        assert parameter.takes == "{delete_insert,append}"


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("LoadDomain", "--execute", "maybe"), "--execute: 应为 true|false / true|false wanted, 'maybe' found"),
        (("LoadDomain", "--LoadDomain-compare=ja"), "--compare: 应为 true|false / true|false wanted, 'ja' found"),
        (("LoadMonth", "--month", "2024-13"), "--month: 应为 YYYY-MM / YYYY-MM wanted, '2024-13' found"),
        (("LoadMonth",), "--month: 缺少, 应为 YYYY-MM / is missing, YYYY-MM wanted"),
        (("LoadDomain", "--execute", "--plan-only", "false", "--compare", "True"), ""),
        (("LoadMonth", "--month", "2024-12", "--execute"), ""),
    ],
)
def test_a_value_that_luigi_cannot_take_is_one_message(
    typed: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["luigi", "--module", "workflows.tasks", *typed]
    if said:
        with pytest.raises(SystemExit) as ended:
            check_command_line(arguments, RUN)
        assert ended.value.code == 2
    else:
        check_command_line(arguments, RUN)
    assert capsys.readouterr().err == (f"{said}\n" if said else "")


def test_luigi_builds_each_parser_once_until_there_is_another_task() -> None:
    build = cast(Any, CmdlineParser)._build_parser
    known = build(root_task="LoadDomain")
    assert build("LoadDomain") is known
    assert build() is not known

    class OneMore(luigi.Task):
        number: luigi.IntParameter = luigi.IntParameter()

    try:
        assert "--OneMore-number" in build("LoadDomain")._option_string_actions
    finally:
        cast(Any, Register)._reg.remove(OneMore)
