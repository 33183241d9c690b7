"""The domains that there are: modules of WDH_DOMAINS_DIR and of ``workflows.domains`` that define a ``DOMAIN``."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType

from workflows.domains.domain import Domain, Record
from workflows.domains.process import process_rows
from workflows.errors import ParameterError
from workflows.settings import get_settings
from workflows.sources.cells import Cell

_OWN = "workdatahub_domains"
"""What the modules of WDH_DOMAINS_DIR are imported below, by each other too."""


def get_domain(name: str) -> Domain:
    """The ``DOMAIN`` of the user's own module of that name, else of ``workflows.domains.<name>``, which is imported.

    Raises ParameterError when there is no such module, it defines no domain, or the user's own cannot be imported.
    """
    own = own_module(name)
    module_name = f"workflows.domains.{name}"
    module: ModuleType | None = None
    if own is not None:
        module = _imported(name, own)
    elif name.isidentifier() and importlib.util.find_spec(module_name) is not None:
        module = importlib.import_module(module_name)
    domain = getattr(module, "DOMAIN", None)
    if isinstance(domain, Domain):
        return domain
    folder = get_settings().domains_dir
    places = [f"workflows/domains/{name}.py", *([str(folder / f"{name}.py")] if folder else [])]
    raise ParameterError(f"没有领域 / no domain {name!r}: {' or '.join(places)} with a DOMAIN is missing")


def own_module(name: str) -> Path | None:
    """The file of the user's own domain of that name; None where WDH_DOMAINS_DIR has none."""
    folder = get_settings().domains_dir
    path = folder / f"{name}.py" if folder is not None and name.isidentifier() else None
    return path if path is not None and path.is_file() else None


def _imported(name: str, path: Path) -> ModuleType:
    package = sys.modules.get(_OWN)
    if package is None or list(package.__path__) != [str(path.parent)]:
        for known in [module for module in sys.modules if module.partition(".")[0] == _OWN]:
            del sys.modules[known]
        package = ModuleType(_OWN)
        package.__path__ = [str(path.parent)]
        sys.modules[_OWN] = package
    try:
        return importlib.import_module(f"{_OWN}.{name}")
    except Exception as error:  # noqa: BLE001 - whatever a user's module does when it is imported is theirs to mend
        frames = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(path)]
        line = error.lineno if isinstance(error, SyntaxError) else next(reversed(frames), None)
        raise ParameterError(
            f"{path}:{line or 1}: 模块无法导入 / cannot be imported: {type(error).__name__}: {error}"
        ) from None


def process(rows: Iterable[Mapping[str, Cell]], data_source: str, domain: str = "trustee_performance") -> list[Record]:
    """Rows by header text (as ``read_excel_rows`` gives them) -> the domain's records, in order.

    Blank and totals rows are left out; ``data_source`` becomes part of each record. Raises RowsRejectedError, with the
    good records and every reject attached, if any row fails; HeaderError or MissingColumnsError for odd columns.
    """
    chosen = get_domain(domain)
    return process_rows(chosen, chosen.record, rows, data_source)
