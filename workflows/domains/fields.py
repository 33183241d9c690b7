"""What a domain is written with: the kinds of column, and the pydantic types behind them (pure).

A record model declares each business field as ``Annotated[type, kind]``: the type says what is valid, the kind
says which headers feed it, how cells are cleaned and which PostgreSQL type keeps it.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from workflows.domains.kinds.choices import ChoiceColumn
from workflows.domains.kinds.codes import CodeColumn
from workflows.domains.kinds.customers import CustomerColumn
from workflows.domains.kinds.days import DayColumn
from workflows.domains.kinds.months import MonthColumn
from workflows.domains.kinds.numbers import NumberColumn
from workflows.domains.kinds.texts import TextColumn
from workflows.domains.kinds.wholes import FlagColumn, IntegerColumn

__all__ = ["ChoiceColumn", "CodeColumn", "CustomerColumn", "DayColumn", "FlagColumn", "IntegerColumn"]
__all__ += ["Amount", "CompanyCode", "MonthColumn", "NumberColumn", "TextColumn"]
__all__ += ["Money", "PlanCode", "Rate", "ReportMonth", "UnitPrice"]

ReportMonth = date
PlanCode = Annotated[str, StringConstraints(min_length=1, max_length=50)]
CompanyCode = Annotated[str, StringConstraints(min_length=1, max_length=20)]
# Constraints stand inside Optional: outside it pydantic falls back to Python and takes twice as long. Bounds rather
# than max_digits and decimal_places: cleaning has cut each number to its column's scale already, so that a bound says
# the same, and counting digits takes a tenth of the time of reading and validating.
Rate = Annotated[Decimal, Field(ge=-1, le=10)]
Money = Annotated[Decimal, Field(ge=0, lt=10**16)]
Amount = Annotated[Decimal, Field(gt=-(10**14), lt=10**14)]
UnitPrice = Annotated[Decimal, Field(gt=0, lt=10**14)]
