"""``--accept``: the counts that open gates, each by the domain that it is said of (pure)."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

from workflows.errors import ParameterError, Words
from workflows.plan.gates import COUNTS


def parse_accepted(text: str, rejects: str = "") -> dict[str, int]:
    """``rejects=4,deleted=50``; ``rejects`` is the short form for the first."""
    if rejects and not rejects.isdecimal():
        raise ParameterError(
            "--accept-rejects: "
            + Words(
                f"应为计划中被拒的行数, 而不是 {rejects!r}",
                f"the plan's count of rejected rows wanted, {rejects!r} found",
            )
        )
    accepted = {"rejects": int(rejects)} if rejects else {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, number = part.partition("=")
        if not equals or not number.strip().isdecimal():
            raise ParameterError(
                "--accept: "
                + Words(
                    f"应为 名称=数字, 如 rejects=4,deleted=50, 而不是 {part!r}",
                    f"NAME=N wanted, as in rejects=4,deleted=50; {part!r} found",
                )
            )
        if accepted.setdefault(name.strip(), int(number)) != int(number):
            raise ParameterError(
                "--accept: " + Words(f"{name.strip()} 写了两个数字", f"two numbers are given for {name.strip()}")
            )
    return accepted


def accepted_by_domain(domains: Sequence[str], accepted: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """``rejects`` of the only domain, or ``annuity_income.rejects`` of that one, each by its domain.

    Raises ParameterError for a count that is not said to be of one of several domains, as they would all be opened by
    it, and for a name that no gate counts.
    """
    found: dict[str, dict[str, int]] = {}
    for said, number in accepted.items():
        of, _, name = said.rpartition(".")
        _check_counted(name)
        if not of and len(domains) != 1:
            raise ParameterError(
                "--accept: "
                + Words(
                    f"{said}={number} 属于哪个领域? 请写 <领域>.{said}={number}",
                    f"of which domain is {said}={number}? Write <domain>.{said}={number}",
                )
            )
        if of and domains and of not in domains:
            loaded = ", ".join(domains)
            raise ParameterError(
                "--accept: "
                + Words(
                    f"{said}={number} 属于 {of}, 而本次只载入 {loaded}",
                    f"{said}={number} is of {of}, which is not loaded ({loaded} is)",
                )
            )
        counts = found.setdefault(of or domains[0], {})
        if counts.setdefault(name, number) != number:
            raise ParameterError("--accept: " + Words(f"{said} 写了两个数字", f"two numbers are given for {said}"))
    return found


def _check_counted(name: str) -> None:
    if name not in COUNTS:
        near = difflib.get_close_matches(name, COUNTS, 1)
        meant = Words(f" 是否想写 {near[0]}？", f"; did you mean {near[0]}?") if near else Words("", "")
        known = "; ".join(f"{known} ({meaning})" for known, meaning in COUNTS.items())
        raise ParameterError(
            "--accept: "
            + Words(
                f"没有闸门计 {name!r}.{meant.chinese} 现有: {known}",
                f"no gate counts {name!r}{meant.english} Known: {known}",
            )
        )
