"""The domains that there are: modules of ``workflows.domains`` that define a ``DOMAIN``."""

from __future__ import annotations

import importlib.util

from workflows.domains.domain import Domain
from workflows.errors import ParameterError


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
