"""What is put beside a task on luigid's page."""

from __future__ import annotations

from typing import Any, cast

import luigi

from workflows.telling.scheduler_page import show_status


class _Told:
    """A task as a worker has it while it runs."""

    def __init__(self) -> None:
        self.messages: list[str] = []
        self.percents: list[int] = []
        self.set_status_message: Any = self.messages.append
        self.set_progress_percentage: Any = self.percents.append

    @property
    def task(self) -> luigi.Task:
        return cast("luigi.Task", self)


def test_a_message_reaches_the_page_as_text() -> None:
    told = _Told()
    show_status(told.task, '<img src=x onerror=alert(1)> & "more"')
    assert told.messages == ["&lt;img src=x onerror=alert(1)&gt; &amp; &quot;more&quot;"]


def test_progress_is_told_where_it_is_known() -> None:
    told = _Told()
    show_status(told.task, "reading", 10)
    show_status(told.task, "still reading")
    assert (told.percents, len(told.messages)) == ([10], 2)


def test_outside_a_worker_nothing_is_told() -> None:
    told = _Told()
    told.set_status_message = told.set_progress_percentage = None
    show_status(told.task, "reading", 10)
    assert told.messages == []
