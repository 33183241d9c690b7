"""How the merge names places and rejects, as a processed document holds them (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflows.domains.findings import message


def coordinates(meta: Mapping[str, Any], row: int) -> dict[str, Any]:
    """A row of the document whose ``meta`` this is, as Excel counts."""
    return {"file": meta["file"], "sheet": meta["sheet"], "row": row}


def place(meta: Mapping[str, Any], row: int) -> str:
    """The same in words."""
    return f"{meta['file']}!{meta['sheet']} row {row}"


def reject(meta: Mapping[str, Any], row: int, code: str, name: str, value: str, detail: str) -> dict[str, Any]:
    """A finding of the merge on a row, pointing at the column that feeds ``name``."""
    column = meta["columns"].get(name, {})
    return {
        **coordinates(meta, row),
        "column": column.get("letter", ""),
        "header": column.get("header", ""),
        "field": name,
        "value": value,
        "code": code,
        "message": message(code, detail),
    }
