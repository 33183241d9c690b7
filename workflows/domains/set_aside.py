"""A row that is no record and is left out: what it is, and what it says (pure)."""

from __future__ import annotations

from typing import Literal

from workflows.frozen import Frozen

Reason = Literal["totals", "header", "title", "band", "note", "signature", "struck_through", "other_table"]
"""Why a row is no record. A title stands above a header that is repeated, a band above a group of rows."""

REASONS: dict[Reason, tuple[str, str]] = {
    "totals": ("合计", "totals"),
    "header": ("重复表头", "repeated header"),
    "title": ("标题", "title"),
    "band": ("分组标题", "heading of a group"),
    "note": ("说明", "note"),
    "signature": ("签署", "signature"),
    "struck_through": ("删除线", "struck through"),
    "other_table": ("另一张表", "another table"),
}
"""The reasons in Chinese and English."""


SET_ASIDE_LISTED = 200
"""A sheet of a hundred pages has as many repeated headers; from here on rows are only counted."""


class SetAside(Frozen):
    """Rows that were left out: the first one's Excel number, how many from there on, why, and the first one's texts."""

    row: int
    reason: Reason
    text: str
    rows: int = 1
