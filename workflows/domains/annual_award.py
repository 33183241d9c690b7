"""Annual awards (中标): the plans of customers that were won."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from workflows.domains.fields import DayColumn
from workflows.domains.ledger import LedgerRow, ledger


class AnnualAward(LedgerRow):
    """A plan that was won."""

    中标日期: Annotated[date | None, DayColumn(("中标日期",))]


DOMAIN = ledger("annual_award", AnnualAward)
