"""What `make discover` found, as a page: the months as a calendar, the versions, the near misses and why (pure)."""

from __future__ import annotations

from workflows.pages.render import render
from workflows.sources.candidates import Discovery
from workflows.sources.months_seen import SeenMonth, gaps, months_seen
from workflows.sources.near_names import fitting_name, near_miss
from workflows.sources.selection import Selection

# A page is read by people; folders may hold any number of other files.
_LISTED = 500


def discovery_page(domain: str, discovery: Discovery, selection: Selection | None, error: str = "") -> str:
    """The page of one look at the folder; ``error`` says why nothing could be chosen."""
    months = months_seen(discovery, selection)
    near = sorted((file for file in discovery.rejected if file.nearness), key=lambda file: (-file.nearness, file.path))
    others = [file for file in discovery.rejected if not file.nearness]
    return render(
        "discovery.html",
        up="../",
        domain=domain,
        discovery=discovery,
        error=error,
        chosen=len(selection.chosen) if selection else 0,
        seen=len(discovery.candidates),
        months=list(reversed(months))[:_LISTED],
        years=_years(months)[:40],
        gaps=gaps(months),
        near=near[:_LISTED],
        would_be={file.path: miss.would_be for file in near[:_LISTED] if (miss := near_miss(file, discovery))},
        example=fitting_name(discovery, None),
        more_near=len(near[_LISTED:]),
        others=others[:_LISTED],
        more_others=len(others[_LISTED:]),
    )


def _years(months: list[SeenMonth]) -> list[tuple[int, list[SeenMonth | None]]]:
    """Twelve places per year, newest year first; None before the first and after the last month seen."""
    years: dict[int, list[SeenMonth | None]] = {}
    for month in months:
        years.setdefault(month.period.year, [None] * 12)[month.period.month - 1] = month
    return sorted(years.items(), reverse=True)
