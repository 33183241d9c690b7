"""Templates -> HTML: everything that a template is given is escaped, and a name that it lacks is an error."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workflows.pages.text import amount, number, shown

if TYPE_CHECKING:
    from jinja2 import Environment

_TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """The page ``template`` (a path below ``templates``), complete: style and drawings inside, no script."""
    return _environment().get_template(template).render(values)


@functools.cache
def _environment() -> Environment:
    # Imported here: a run that writes no page does not wait for it.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"shown": shown, "number": number, "amount": amount}
    return environment
