"""Headers that the catalogue adds to a domain's own: checked against its fields, and put beside them (pure)."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import replace

from workflows.domains.domain import Domain
from workflows.sources.headers import normalise
from workflows.sources.units import split_unit

Named = tuple[tuple[str, tuple[str, ...]], ...]
"""Headers by field, or by one of its roles: ``report_date.month``."""


@functools.cache  # A domain's adapters are made once: the same names have to give the same domain.
def called(domain: Domain, headers: Named, others: tuple[str, ...] = ()) -> Domain:
    """The domain whose fields are also called by ``headers``, while ``others`` are known to feed none."""
    return replace(domain, also_called=headers, other_headers=others) if headers or others else domain


def naming_problems(domain: Domain, headers: Named, others: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What is wrong with such headers, each as (path in the entry, message)."""
    roles = {f"{field}.{role}": (field, role) for field, role in domain.headers}
    roles |= {field: (field, role) for field, role in domain.headers}
    claimed = {name: targets[0][0] for name, targets in domain.known_headers.items()}
    for key, texts in headers:
        if key not in roles:
            yield f"headers.{key}", f"no field that headers name; {domain.name} has {', '.join(domain.kinds)}"
            continue
        field, _role = roles[key]
        for text in texts:
            name, unit = split_unit(normalise(text))
            other = claimed.setdefault(name, field)
            if not name:
                yield f"headers.{key}", f"{text!r} is blank"
            elif other != field:
                yield f"headers.{key}", f"{text!r} names {other}, too; a header feeds one of them"
            elif unit not in domain.kinds[field].units:
                yield f"headers.{key}", f"a unit of {unit!r} in {text!r} does not fit {field}"
    for text in others:
        name = split_unit(normalise(text))[0]
        if name in claimed:
            yield "ignored_headers", f"{text!r} names {claimed[name]}"
