"""The domains that there are: modules of ``workflows.domains`` that define a ``DOMAIN``."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping

from workflows.domains.domain import Domain, Record
from workflows.domains.process import process_rows
from workflows.errors import ParameterError
from workflows.sources.cells import Cell


def get_domain(name: str) -> Domain:
    """The ``DOMAIN`` of ``workflows.domains.<name>``, which is imported.

    Raises ParameterError when there is no such module, or it defines no domain.
    """
    module_name = f"workflows.domains.{name}"
    if name.isidentifier() and importlib.util.find_spec(module_name) is not None:
        domain = getattr(importlib.import_module(module_name), "DOMAIN", None)
        if isinstance(domain, Domain):
            return domain
    raise ParameterError(f"no domain {name!r}: workflows/domains/{name}.py with a DOMAIN is missing")


def process(rows: Iterable[Mapping[str, Cell]], data_source: str, domain: str = "trustee_performance") -> list[Record]:
    """Rows by header text (as ``read_excel_rows`` gives them) -> the domain's records, in order.

    Blank and totals rows are left out; ``data_source`` becomes part of each record. Raises RowsRejectedError, with the
    good records and every reject attached, if any row fails; HeaderError or MissingColumnsError for odd columns.
    """
    chosen = get_domain(domain)
    return process_rows(chosen, chosen.record, rows, data_source)
