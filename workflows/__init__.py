"""Monthly Excel workbooks into PostgreSQL, planned before they are loaded.

The face of the package, for notebooks and programs::

    from workflows import read_excel_rows, process, plan, load, get_settings

    rows = read_excel_rows("2024年11月受托业绩报告.xlsx")     # dicts that know their Excel row number
    records = process(rows, "2024年11月受托业绩报告.xlsx")    # models; raises with every reject attached
    load("trustee_performance", records, pk=["report_date", "plan_code", "company_code"])   # the statements
    plan("trustee_performance", max_files=2)              # the newest files of the data folder, planned

What is imported from here is loaded when it is first asked for. ``workflows.plan`` is also the package that decides
what would change; it can be called like the function.
"""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workflows.domains.registry import process
    from workflows.runs.whole import plan
    from workflows.settings import get_settings
    from workflows.sources.workbook import read_excel_rows
    from workflows.warehouse.loader import load

__all__ = ["get_settings", "load", "plan", "process", "read_excel_rows"]

_PLACES = {
    "get_settings": "workflows.settings",
    "load": "workflows.warehouse.loader",
    "process": "workflows.domains.registry",
    "read_excel_rows": "workflows.sources.workbook",
}


class _CallablePackage(ModuleType):
    """``workflows.plan``, a package whose name the face has for a function, too."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        return importlib.import_module("workflows.runs.whole").plan(*arguments, **options)


importlib.import_module("workflows.plan").__class__ = _CallablePackage


def __getattr__(name: str) -> Any:
    if name in _PLACES:
        return getattr(importlib.import_module(_PLACES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
