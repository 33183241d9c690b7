"""The form of every value that travels: immutable, without unknown fields, changed only through validation (pure)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict
from typing_extensions import Self


class Frozen(BaseModel):
    """A value that tasks, files and hosts hand on."""

    # Most are only ever part of another: a validator of their own is made when it is first asked for.
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    def altered(self, **changes: Any) -> Self:
        """The same with ``changes``, validated as a whole; raises ValidationError for what does not fit."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **changes})
