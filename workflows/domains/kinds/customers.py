"""Names of customers, as they are compared (pure)."""

from __future__ import annotations

from dataclasses import dataclass

from workflows.domains.customer_names import normalise_customer
from workflows.domains.kinds.kind import EachCell, Reading
from workflows.domains.kinds.texts import written
from workflows.domains.touches import NAME_NORMALISED
from workflows.sources.cells import Cell


@dataclass(frozen=True, slots=True)
class CustomerColumn(EachCell):
    """The normalised name of a customer, ``max_length`` characters at most; None where nothing is left of it."""

    headers: tuple[str, ...]
    max_length: int

    takes_any_text = True

    @property
    def sql_type(self) -> str:
        """``varchar`` of the declared length."""
        return f"varchar({self.max_length})"

    def read(self, cell: Cell) -> Reading:
        """The name; another one than is written says by which rule."""
        text = written(cell)
        if isinstance(text, Reading):
            return text
        name = normalise_customer(text)
        if name is not None and len(name) > self.max_length:
            return Reading(code="text_too_long", detail=f"{len(name)} > {self.max_length}")
        return Reading(name, rule=None if name == text else NAME_NORMALISED)
