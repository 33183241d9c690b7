"""What luigid's page shows beside a task: a line of text, and how far it is."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any, cast

import luigi


def show_status(task: luigi.Task, message: str, percent: int | None = None) -> None:
    """Put ``message``, and ``percent`` where given, beside the task.

    The page takes the message for HTML, so everything in it is escaped here. Outside a worker this does nothing.
    """
    publish: Callable[[str], None] | None = task.set_status_message
    if publish is not None:
        publish(html.escape(message))
    advance: Callable[[int], None] | None = cast(Any, task).set_progress_percentage
    if advance is not None and percent is not None:
        advance(percent)
