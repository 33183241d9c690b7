"""Templates -> HTML: everything that a template is given is escaped, and a name that it lacks is an error."""

from __future__ import annotations

import functools
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.pages.text import number, shown, shown_lines, visible

if TYPE_CHECKING:
    from jinja2 import Environment, FileSystemBytecodeCache

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """The page ``template`` (a path below ``templates``), complete: style and drawings inside, no script."""
    return _environment().get_template(template).render(values)


def make_ready() -> None:
    """Load what pages are made with, which takes a while, so that ``render`` is quick."""
    _environment()


@functools.cache
def _environment() -> Environment:
    # Imported here: a run that writes no page does not wait for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        bytecode_cache=_compiled(),
        autoescape=True,
        undefined=StrictUndefined,
        # Whatever reaches the page without a filter is made visible, too.
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "shown_lines": shown_lines, "number": number}
    return environment


def _compiled() -> FileSystemBytecodeCache | None:
    """Templates are kept compiled beside this module as Python keeps modules, where it does; that saves 0.1 s a run."""
    from jinja2 import FileSystemBytecodeCache

    folder = Path(__file__).parent / "__pycache__"
    if sys.dont_write_bytecode or not os.access(folder, os.W_OK):
        return None
    return FileSystemBytecodeCache(str(folder))


def _finalize(value: Any) -> Any:
    # Exactly str: what is Markup has been through here already.
    return visible(value) if type(value) is str else value
