"""``make check``, printed."""

from __future__ import annotations

from collections.abc import Iterator

from workflows.plan.render.lines import Line
from workflows.runs.checking import Report, check
from workflows.settings import get_settings
from workflows.telling.console import say_lines


def check_everything() -> int:
    """Print what is wrong with settings, catalogue, domains, files and tables; 0 if nothing is, else 1.

    Raises SettingsError: without settings nobody knows where to look.
    """
    settings = get_settings()
    report = check(settings)
    say_lines(_lines(report, str(settings.data_sources_config)))
    return 1 if report.count else 0


def _lines(report: Report, catalogue: str) -> Iterator[Line]:
    yield Line("设置 / settings: ok", "good")
    yield Line(f"目录 / catalogue: {catalogue}", "strong")
    yield from _problems(report.problems)
    for checked in report.domains:
        state = f"{len(checked.problems)} 处错误 / mistake(s)" if checked.problems else "ok"
        yield Line(f"  {checked.name}: {state}", "bad" if checked.problems else "good")
        yield from (Line(f"    {fact}", "dim") for fact in checked.facts)
        yield from _problems(checked.problems)
    yield from (Line(fact, "dim") for fact in report.facts)
    if report.count:
        yield Line(f"共 {report.count} 处错误 / {report.count} mistake(s)", "bad")
    else:
        yield Line("没有发现错误 / nothing wrong was found", "good")


def _problems(problems: tuple[tuple[str, str], ...]) -> Iterator[Line]:
    for place, text in problems:
        first, *rest = text.splitlines()
        yield Line(f"    {place}: {first}", "bad")
        yield from (Line(f"      {line}") for line in rest)
