"""Which domains a command is about, as people write it: one, several, or all (pure)."""

from __future__ import annotations

from workflows.errors import ParameterError, Words
from workflows.sources.entries import Catalogue

ALL = "all"
"""Every one of the catalogue's domains; of a run those that have files."""


def parse_domains(text: str) -> tuple[str, ...]:
    """``a``, ``a,b`` or ``all``, which is an empty tuple; raises ParameterError."""
    if not text.strip():
        raise ParameterError(
            "--domain: "
            + Words(
                f"缺少; 请写明目录中的领域: 一个、几个 (a,b) 或 {ALL}",
                f"is missing; say which of the catalogue's domains is meant: one, several (a,b), or {ALL}",
            )
        )
    names = tuple(name.strip() for name in text.split(","))
    if names == (ALL,):
        return ()
    if not all(names) or len(set(names)) < len(names):
        raise ParameterError(
            "--domain: "
            + Words(
                f"应为以逗号分隔、互不相同的领域, 而不是 {text!r}",
                f"distinct domains separated by commas wanted, {text!r} found",
            )
        )
    if ALL in names:
        raise ParameterError(
            "--domain: "
            + Words(
                f"{ALL} 代表所有领域, 不能与其他并列, 而不是 {text!r}",
                f"{ALL} stands for every domain, beside it none is named; {text!r} found",
            )
        )
    return names


def named_domains(text: str, catalogue: Catalogue) -> tuple[str, ...]:
    """The same with every domain of ``catalogue`` for ``all``; raises ParameterError for one that it does not have."""
    names = parse_domains(text) or tuple(catalogue.domains)
    for name in names:
        catalogue.domain(name)
    return names
