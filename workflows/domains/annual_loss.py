"""Annual losses (流失): the plans of customers that were lost."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from workflows.domains.fields import DayColumn
from workflows.domains.ledger import LedgerRow, ledger


class AnnualLoss(LedgerRow):
    """A plan that was lost."""

    流失日期: Annotated[date | None, DayColumn(("流失日期",))]


DOMAIN = ledger("annual_loss", AnnualLoss)
