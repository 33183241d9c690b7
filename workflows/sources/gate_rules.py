"""What blocks a load: the keys of the catalogue that say so (pure)."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, PlainSerializer, ValidationInfo

from workflows.frozen import Frozen

IN_YAML = "in YAML"
"""The context of validating a catalogue, where a text is no number."""


def _exact(value: object, info: ValidationInfo) -> object:
    """A number as it is written: 0.29 is 29 of 100, which a binary fraction is not."""
    if isinstance(value, str) and info.context == IN_YAML:
        raise ValueError("a number wanted")
    if isinstance(value, (str, float)) or type(value) is int:
        try:
            return Decimal(str(value))
        except InvalidOperation:
            raise ValueError("a number wanted") from None
    return value


_Ratio = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, le=1, decimal_places=100),
    PlainSerializer(lambda ratio: f"{ratio:f}", return_type=str, when_used="json"),
]


class GateSource(Frozen):
    """What blocks a load; ratios are fractions, None means no limit.

    ``max_reject_ratio`` is of the data rows, ``max_other_months_ratio`` of the records (those whose month is not their
    file's, unless months are replaced), ``max_deleted_ratio`` of the table's rows in scope, ``max_group_shrink`` of the
    table's rows in each group that is replaced: none may lose more. ``empty: allow`` lets a batch without a row
    through, which deletes everything in the periods that it replaces. ``left_behind`` is about the table's rows that an
    earlier load of the same month and part wrote and the batch does not hold, unless months are replaced;
    ``magnitude_moved`` about a month whose figures moved by a power of ten against the one before.
    """

    # Strict: a text where a number belongs is a mistake, not something to be guessed right.
    model_config = ConfigDict(strict=True)

    max_reject_ratio: _Ratio = Decimal(0)
    max_other_months_ratio: _Ratio = Decimal(0)
    min_rows: int | None = Field(default=None, ge=1)
    totals: Literal["warn", "block"] = "warn"
    max_deleted_rows: int | None = Field(default=None, ge=0)
    max_deleted_ratio: _Ratio | None = None
    max_group_shrink: _Ratio | None = None
    empty: Literal["block", "allow"] = "block"
    left_behind: Literal["block", "warn"] = "block"
    magnitude_moved: Literal["block", "warn"] = "block"

    @property
    def allow_empty(self) -> bool:
        """Whether a batch without a row is meant."""
        return self.empty == "allow"
