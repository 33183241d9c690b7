"""Names and values as SQL text: the one place where they are quoted (pure).

``psycopg2.sql.Identifier`` needs a live connection to be rendered; a plan has none.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from hashlib import blake2b

from workflows.errors import IdentifierError, Words

MAX_IDENTIFIER_BYTES = 63
"""PostgreSQL cuts longer names short without an error (NAMEDATALEN - 1); 21 Chinese characters fill it."""

_NUL = Words("含有 NUL 字符, PostgreSQL 无法保存", "it holds a NUL character, which PostgreSQL cannot store")


def quote_identifier(name: str) -> str:
    """``name`` as a quoted identifier, its case and every character kept.

    Raises IdentifierError for a name that is empty, holds NUL or takes more than 63 bytes in UTF-8.
    """
    if not name:
        raise IdentifierError("名称为空, 不能作表名或列名 / an empty name cannot be a table or column")
    if "\0" in name:
        raise IdentifierError(f"{name!r}: {_NUL}")
    size_bytes = len(name.encode())
    if size_bytes > MAX_IDENTIFIER_BYTES:
        raise IdentifierError(
            f"名称 {name!r} 在 UTF-8 中占 {size_bytes} 字节; PostgreSQL 只保留 {MAX_IDENTIFIER_BYTES} 字节 / "
            f"the name {name!r} takes {size_bytes} bytes in UTF-8; PostgreSQL keeps {MAX_IDENTIFIER_BYTES}"
        )
    return '"' + name.replace('"', '""') + '"'


def within_limit(name: str, *, beginning: str = "", ending: str = "") -> str:
    """The name between the two, in at most 63 bytes; one that is shortened has a digest that tells it from others."""
    whole = f"{beginning}{name}{ending}"
    if len(whole.encode()) <= MAX_IDENTIFIER_BYTES:
        return whole
    ending = f"_{blake2b(name.encode(), digest_size=4).hexdigest()}{ending}"
    kept = MAX_IDENTIFIER_BYTES - len(beginning) - len(ending)
    return f"{beginning}{name.encode()[:kept].decode(errors='ignore')}{ending}"


def split_table(table: str) -> tuple[str, ...]:
    """``(table,)`` or ``(schema, table)``, each part without its quotes.

    A dot separates the parts, unless it stands in a part written in double quotes (``"a.b"."c"``; ``""`` is a
    quote within). Case is kept either way. Raises IdentifierError for anything else.
    """
    parts: list[str] = []
    rest = table
    while True:
        part, rest = _first_part(table, rest)
        parts.append(part)
        if not rest:
            break
        rest = rest[1:]
    if len(parts) > 2 or not all(parts):
        raise IdentifierError(
            f"表 {table!r}: 应为 table 或 schema.table, 却有 {len(parts)} 段 / "
            f"table {table!r}: wanted table or schema.table, found {len(parts)} part(s)"
        )
    return tuple(parts)


def _first_part(table: str, rest: str) -> tuple[str, str]:
    """The first part of ``rest``, and what follows it: nothing, or a dot and more."""
    if not rest.startswith('"'):
        end = rest.find(".")
        return (rest, "") if end < 0 else (rest[:end], rest[end:])
    end = 1
    while True:
        end = rest.find('"', end)
        if end < 0:
            raise IdentifierError(f"表 {table!r}: 引号没有闭合 / table {table!r}: a quote is not closed")
        if rest[end : end + 2] != '""':
            break
        end += 2
    part, following = rest[1:end].replace('""', '"'), rest[end + 1 :]
    if following and not following.startswith("."):
        raise IdentifierError(f"表 {table!r}: 闭合引号后还有文字 / table {table!r}: text follows the closing quote")
    return part, following


def quote_table(table: str) -> str:
    """``"table"`` or ``"schema"."table"``; raises IdentifierError as ``split_table`` and ``quote_identifier``."""
    return ".".join(quote_identifier(part) for part in split_table(table))


def column_list(columns: Iterable[str], alias: str | None = None) -> str:
    """The quoted columns separated by commas, each after ``alias.`` if one is given."""
    before = f"{alias}." if alias else ""
    return ", ".join(before + quote_identifier(column) for column in columns)


def literal(value: str | int | Decimal | date | None) -> str:
    """``value`` as an SQL literal, the same under every ``standard_conforming_strings``.

    Raises IdentifierError for text with a NUL character.
    """
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return f"DATE '{value.isoformat()}'"
    if "\0" in value:
        raise IdentifierError(f"{value!r}: {_NUL}")
    quoted = "'" + value.replace("'", "''") + "'"
    return "E" + quoted.replace("\\", "\\\\") if "\\" in quoted else quoted


def text_array(values: Sequence[str]) -> str:
    """``values`` as a ``text[]``, in order; empty in, empty array out."""
    return f"ARRAY[{', '.join(map(literal, values))}]::text[]"


def array_text(values: Iterable[str | None]) -> str:
    """The text of a ``text[]``; as one literal it is read at once, where ARRAY[…] is parsed element by element."""
    quoted = ("NULL" if v is None else '"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in values)
    return "{" + ",".join(quoted) + "}"


def dollar_quoted(body: str) -> str:
    """``body`` between dollar quotes whose tag does not occur in it."""
    tag, attempt = "$wdh$", 0
    while tag in body:
        attempt += 1
        tag = f"$wdh{attempt}$"
    return f"{tag}\n{body}\n{tag}"


def compose(template: str, **parts: str) -> str:
    """``template`` without its common indent, each ``{name}`` replaced by the SQL text ``parts[name]``.

    The parts come from this module's functions or from ``compose``: never a bare name or value. A line that its
    parts leave empty is dropped. Nothing is ever re-indented after filling: line breaks in a literal are data.
    """
    lines = textwrap.dedent(template).strip().splitlines()
    return "\n".join(filled for line in lines if (filled := line.format_map(parts)).strip())
