"""Which company a row is of: the first answer of overrides, index and temporary ids (pure)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from workflows.companies.keys import BETWEEN, KINDS, compared_key
from workflows.companies.temporary import temporary_id

TEMPORARY, NONE = "temporary", "none"
OVERRIDE_KINDS = ("plan_code", "account_number", "customer_name", "account_name")
"""What operators may override by, in the order in which they are asked; all before the index."""

WAYS = (*(f"override:{kind}" for kind in OVERRIDE_KINDS), *(f"index:{kind}" for kind in KINDS), TEMPORARY, NONE)
"""Every way of answering, in order."""

CompaniesByKey = Mapping[str, Mapping[str, str]]
"""company_id by kind of key and compared key."""


class RowKeys(NamedTuple):
    """What a row says of its company; None where it says nothing. ``customer_name`` is normalised already."""

    plan_code: str | None = None
    account_number: str | None = None
    customer_name: str | None = None
    account_name: str | None = None


class Answer(NamedTuple):
    """A company, and which of ``WAYS`` told it; None is no company, and no name to make a temporary id of."""

    company_id: str | None
    way: str

    @property
    def is_known(self) -> bool:
        """Whether a real company answers."""
        return self.way not in (TEMPORARY, NONE)


@dataclass(frozen=True, slots=True)
class KnownCompanies:
    """Everything that answers. The salt shows in no text of it."""

    overrides: CompaniesByKey
    index: CompaniesByKey
    salt: bytes = field(repr=False)

    def answer(self, row: RowKeys) -> Answer:
        """The first of: an override by plan code, account number, customer, account; the index by the same and by
        customer within a plan; a temporary id where there is a name; none."""
        keys = dict(_compared(row))
        for source, known in (("override", self.overrides), ("index", self.index)):
            for kind, key in keys.items():
                company_id = known.get(kind, {}).get(key)
                if company_id is not None:
                    return Answer(company_id, f"{source}:{kind}")
        name = row.customer_name
        return Answer(temporary_id(name, self.salt), TEMPORARY) if name else Answer(None, NONE)


def _compared(row: RowKeys) -> Iterator[tuple[str, str]]:
    """The row's keys as the index has them, in the order in which they are asked."""
    for kind, text in row._asdict().items():
        # Normalising once more is not always without effect, and the index's names were normalised once.
        key = text if kind == "customer_name" or not text else _key(kind, text)
        if key:
            yield kind, key
    plan = _key("plan_code", row.plan_code or "")
    if plan and row.customer_name:
        yield "plan_customer", f"{plan}{BETWEEN}{row.customer_name}"


def _key(kind: str, text: str) -> str | None:
    try:
        return compared_key(kind, text)
    except ValueError:
        # Digits are lost: the row's own field says so, and no key is like that.
        return None
