"""Dates that a workbook holds as ISO 8601 text (strict workbooks do, ``t="d"``) (pure)."""

from __future__ import annotations

from datetime import date, datetime, time, timezone

from workflows.sources.cells import Cell


def iso_moment(text: str) -> Cell:
    """``2024-11-30T12:00:00`` and ``2024-11-30`` as datetime, ``12:00:00`` as time; the text itself if it is neither.

    A zone is dropped after turning the moment into UTC: a workbook's dates have none.
    """
    plain = text.strip()
    plain = plain[:-1] + "+00:00" if plain.endswith("Z") else plain
    try:
        if len(plain) == len("2024-11-30"):
            return datetime.combine(date.fromisoformat(plain), time())
        if "T" not in plain:
            return time.fromisoformat(plain).replace(tzinfo=None)
        moment = datetime.fromisoformat(plain)
    except ValueError:
        return text
    return moment.astimezone(timezone.utc).replace(tzinfo=None) if moment.tzinfo else moment
