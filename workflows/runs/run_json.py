"""``runs/<run>/run.json``: what a run decided, written once, read by every task on every host."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from workflows import outputs
from workflows.errors import OtherWorkError, RunDamagedError, Words, reason_of
from workflows.frozen import Frozen
from workflows.plan.run import Choice, Run
from workflows.runs.paths import run_dir

_NAME = "run.json"
# How many files an error names before it only counts them.
_NAMED = 5


class _RunFile(Frozen):
    digest: str
    run: Run


def claim(run: Run) -> Run:
    """The run as it was first written under its id: ``run`` itself, or the same work of another host.

    Raises OtherWorkError, saying which work holds the id, if it is not the same, and OutputError.
    """
    content = _RunFile(digest=_digest(run), run=run).model_dump_json(indent=1).encode() + b"\n"
    path = run_dir(run.id) / _NAME
    _held.pop(run.id, None)
    if outputs.write_once(path, content):
        return run
    held = read_run(run.id)
    if held.work != run.work:
        raise OtherWorkError("\n".join([f"--run-id {run.id}: {_TAKEN}", *_differences(held, run)]))
    return held


_held: dict[str, Run] = {}


def hold(run: Run) -> Run:
    """Let ``read_run`` know the run within this process only: who but looks leaves no folder behind."""
    _held[run.id] = run
    return run


def read_run(run: str) -> Run:
    """What was decided; raises RunDamagedError if there is no such file, or no such content."""
    return _held[run] if run in _held else _read(run_dir(run) / _NAME)


@functools.lru_cache(maxsize=8)
def _read(path: Path) -> Run:
    # Every task asks for it, several times; once written it never changes.
    try:
        found = _RunFile.model_validate_json(outputs.read(path))
    except OSError as error:
        raise RunDamagedError(
            f"{path}: "
            + Words(
                f"无法读取 ({reason_of(error).chinese}); 请不带 --run-id 重新运行",
                f"cannot be read ({reason_of(error).english}); run again, without a --run-id",
            )
        ) from None
    except ValidationError as error:
        first = ".".join(map(str, error.errors(include_url=False)[0]["loc"]))
        raise _damaged(path, f"{error.error_count()} mistake(s), the first at {first or 'its beginning'}") from None
    if found.digest != _digest(found.run):
        raise _damaged(path, f"its content has the digest {_digest(found.run)}")
    return found.run


_TAKEN = Words("已用于其他工作; 请换一个 id", "holds other work; give another id")


def _damaged(path: Path, what: str) -> RunDamagedError:
    return RunDamagedError(
        f"{path}: "
        + Words(f"已损坏 ({what}); 请不带 --run-id 重新运行", f"is damaged ({what}); run again, without a --run-id")
    )


def _digest(run: Run) -> str:
    return hashlib.sha256(run.model_dump_json().encode()).hexdigest()[:16]


def _differences(held: Run, wanted: Run) -> Iterator[str]:
    """What tells two works apart, for people."""
    there, here = _facts(held), _facts(wanted)
    for name in [*there, *(name for name in here if name not in there)]:
        old, new = there.get(name), here.get(name)
        if old != new:
            # The sheet 0 is the first one, or one of that name.
            shown = (old, new) if str(old) != str(new) else (repr(old), repr(new))
            if isinstance(old, _Files) and isinstance(new, _Files):
                shown = (old.without(new), new.without(old))
            yield f"  {name}: {shown[0]} there, {shown[1]} here"


class _Files(tuple[str, ...]):
    """Of two lists of thousands people want what differs."""

    __slots__ = ()

    def without(self, others: _Files) -> str:
        there = {*others}
        alone = [file for file in self if file not in there]
        more = f" … +{len(alone) - _NAMED}" if len(alone) > _NAMED else ""
        return ", ".join(alone[:_NAMED]) + more if alone else "none"


def _facts(run: Run) -> dict[str, Any]:
    facts = {
        "domain": run.domains,
        "execute": not run.plan_only,
        "compare": run.compare,
        "saved plan": run.approved,
        "mode": run.mode,
    }
    for part in run.parts:
        of = f"{part.domain}." if run.is_joint else ""
        facts |= {f"{of}{name}": value for name, value in _facts_of(part).items()}
    return facts


def _facts_of(choice: Choice) -> dict[str, Any]:
    source = choice.source.model_dump(mode="json")
    return {
        "accepted": choice.accepted,
        "files": _Files(f"{file.path} ({file.sha256[:12]})" for file in choice.snapshot.files),
        "rules of reading and merging": choice.rules,
        **(choice.companies.named() if choice.companies else {}),
        **source.pop("gates"),
        **source,
    }
