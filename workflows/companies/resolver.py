"""Which company a row is of: the first answer of overrides, index and temporary ids (pure)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from workflows.companies.keys import BETWEEN, KINDS, compared_key
from workflows.companies.temporary import TemporaryIds

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


class KnownCompanies:
    """Everything that answers."""

    def __init__(self, overrides: CompaniesByKey, index: CompaniesByKey, temporary: TemporaryIds) -> None:
        self.overrides, self.index, self.temporary = overrides, index, temporary
        sources = (("override", overrides), ("index", index))
        # Only kinds that know anybody are asked, and only for them keys are made.
        self._asked = [
            (f"{source}:{kind}", known[kind], kind) for source, known in sources for kind in KINDS if known.get(kind)
        ]
        self._needed = dict.fromkeys(kind for _way, _known, kind in self._asked)

    def answer(self, row: RowKeys) -> Answer:
        """The first of: an override by plan code, account number, customer, account; the index by the same and by
        customer within a plan; a temporary id where there is a name; none."""
        keys = {kind: _KEY_OF[kind](row) for kind in self._needed}
        for way, known, kind in self._asked:
            company_id = known.get(keys[kind])
            if company_id is not None:
                return Answer(company_id, way)
        name = row.customer_name
        return Answer(self.temporary.id_of(name), TEMPORARY) if name else Answer(None, NONE)


def _plan(row: RowKeys) -> str:
    return compared_key("plan_code", row.plan_code) or "" if row.plan_code else ""


def _account_number(row: RowKeys) -> str:
    try:
        return compared_key("account_number", row.account_number) or "" if row.account_number else ""
    except ValueError:
        # Digits are lost: the row's own field says so, and no key is like that.
        return ""


def _customer(row: RowKeys) -> str:
    # Normalising once more is not always without effect, and the index's names were normalised once.
    return row.customer_name or ""


def _account_name(row: RowKeys) -> str:
    return compared_key("account_name", row.account_name) or "" if row.account_name else ""


def _plan_customer(row: RowKeys) -> str:
    plan = _plan(row)
    return f"{plan}{BETWEEN}{row.customer_name}" if plan and row.customer_name else ""


_KEY_OF: Mapping[str, Callable[[RowKeys], str]] = {
    "plan_code": _plan,
    "account_number": _account_number,
    "customer_name": _customer,
    "account_name": _account_name,
    "plan_customer": _plan_customer,
}
"""The row's key of each kind as the index has it; empty, which no key is, where the row has none."""
