"""Keys as the catalogue writes them, and what a load replaces by them (pure)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, TypeVar

from pydantic import AfterValidator, BeforeValidator, PlainSerializer

from workflows.errors import Words

# PostgreSQL cuts longer names short without an error; the limit is in bytes of UTF-8.
_MAX_IDENTIFIER_BYTES = 63
_Name = TypeVar("_Name", str, "str | int")


def identifier(name: str) -> str:
    """``name`` if a table or column can be called so; raises ValueError."""
    if not name or not name.isprintable():
        raise ValueError(f"{name!r} 不能作表名或列名 / cannot be the name of a table or column")
    size_bytes = len(name.encode())
    if size_bytes > _MAX_IDENTIFIER_BYTES:
        raise ValueError(
            Words(
                f"{name!r} 在 UTF-8 中占 {size_bytes} 字节; PostgreSQL 最多 {_MAX_IDENTIFIER_BYTES}",
                f"{name!r} takes {size_bytes} bytes in UTF-8; PostgreSQL keeps {_MAX_IDENTIFIER_BYTES}",
            )
        )
    return name


def distinct(names: tuple[_Name, ...]) -> tuple[_Name, ...]:
    """``names`` if none of them is there twice; raises ValueError."""
    twice = sorted({str(name) for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{', '.join(twice)}: 写了两次 / named twice")
    return names


Columns = Annotated[tuple[Annotated[str, AfterValidator(identifier)], ...], AfterValidator(distinct)]
NO_KEY = "none"
"""What the catalogue and ``--pk`` say of a table whose rows have no key."""


def _key(value: object) -> object:
    """``none`` is the key of no column; an empty list is a mistake."""
    if value == NO_KEY:
        return ()
    if value == []:
        raise ValueError(f"应写明列, 或 {NO_KEY} / columns wanted, or {NO_KEY} for a table whose rows have no key")
    # Strict as the catalogue is, a list has become Python's own by now and would be no tuple.
    return tuple(value) if isinstance(value, list) else value


Key = Annotated[Columns, BeforeValidator(_key), PlainSerializer(lambda key: list(key) or NO_KEY, when_used="json")]
Replaces = Literal["file_months", "groups_of_rows"]
Scope = Literal["keys", "months", "groups", "load"]
"""What a load replaces: rows of the batch's keys, whole months of its files, whole groups that its rows name, or what
another load wrote."""


def scope_of(primary_key: Sequence[str], merge_key: Sequence[str], replaces: Replaces) -> Scope:
    """The scope of these keys. Only a merge key that is less than the primary key (or all there is) is wider."""
    if primary_key and set(merge_key) == set(primary_key):
        return "keys"
    return "months" if replaces == "file_months" else "groups"
