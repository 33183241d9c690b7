"""What is said where a folder has no file that a run could take (pure)."""

from __future__ import annotations

from workflows.errors import NoFilesFoundError, Words
from workflows.sources.candidates import Discovery, Rejected
from workflows.sources.near_names import fitting_name, near_miss
from workflows.sources.periods import PeriodRange

# How many near misses an error names before it only counts them.
_NAMED = 5


def no_files_error(discovery: Discovery, periods: PeriodRange | None) -> NoFilesFoundError:
    """Names the folder, what was wanted, and what is nearest to it: months, misnamed files, a name that fits."""
    wanted = Words("", "") if periods is None else Words(f" {periods} 的", f" of {periods} (--period)")
    nearest = [*_nearest_months(discovery, periods), *_near_misses(discovery)]
    if not nearest:
        seen = len(discovery.rejected)
        nearest = [
            str(
                Words(
                    f"没有任何工作簿, 另见其他文件和文件夹 {seen} 个",
                    f"no workbook of any name there; {seen} other file(s) and folder(s) seen",
                )
            )
        ]
    if name := fitting_name(discovery, periods.first if periods else None):
        nearest.append(str(Words(f"可选用的文件名, 例如: {name}", f"a name that would be taken: {name}")))
    says = Words(f"没有{wanted.chinese}此领域的文件", f"no file{wanted.english} is this domain's")
    return NoFilesFoundError("\n".join([f"{discovery.folder}: {says}", *(f"  {line}" for line in nearest)]))


def _nearest_months(discovery: Discovery, periods: PeriodRange | None) -> list[str]:
    """The months next to the wanted ones; none when nothing is dated."""
    if periods is None or not discovery.candidates:
        return []
    months = sorted(
        {file.period for file in discovery.candidates},
        key=lambda month: min(abs(month - periods.first), abs(month - periods.last)),
    )
    listed = ", ".join(f"{month:%Y-%m}" for month in months[:_NAMED])
    return [str(Words(f"最近的月份: {listed}", f"nearest months: {listed}"))]


def _near_misses(discovery: Discovery) -> list[str]:
    near = sorted((file for file in discovery.rejected if file.nearness), key=lambda file: -file.nearness)
    lines = [_line(file, discovery) for file in near[:_NAMED]]
    more = len(near) - _NAMED
    return [*lines, str(Words(f"另有 {more} 个", f"and {more} more"))] if more > 0 else lines


def _line(file: Rejected, discovery: Discovery) -> str:
    miss = near_miss(file, discovery)
    rename = f"; 可选用的文件名 / a name that would be: {miss.would_be}" if miss and miss.would_be else ""
    return f"{file.path}: {file.reason}{rename}"
