"""Mutation testing of the decisions: each line that decides is made wrong in turn, and some test has to fail.

``make mutants`` runs all parts, ``make mutants PARTS=plan/gates`` one. Each part's tests are those beside it that need
no database, so that a mutant takes a second or less. What survives is listed in tests/mutants/survivors.yml with the
reason why; another survivor, or fewer than 90 of 100 killed in a part, makes this fail.
"""

from __future__ import annotations

import argparse
import configparser
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import yaml

_ROOT = Path(__file__).resolve().parents[1]
_FOLDER = _ROOT / ".mutants"
_LISTED = _ROOT / "tests" / "mutants" / "survivors.yml"
_COPIED = ("workflows", "tests", "scripts", "luigi.cfg", "setup.cfg")
_WANTED = 90
"""Of 100 mutants, how many have to be killed."""
_KILLED = ("killed", "timeout", "segfault", "caught by type check")
"""What mutmut says of a mutant that some test, or the wait for one, found; ``no tests`` and ``survived`` are others."""

_SENTENCES = (
    r"Words\(",
    r'^\s*(\+ )?f?"[^"]*[\u4e00-\u9fff ][^"]*"( f"[^"]*")?,?$',
    r'^\s*\+? ?f?"--[a-z-]+: ?"',
    r"ParameterError\(f?\"--",
)
"""Lines that only say something to people: they decide nothing; golden files and tests of both languages hold them."""


class Part(NamedTuple):
    """Modules of ``workflows`` and the tests that hold them."""

    modules: tuple[str, ...]
    tests: tuple[str, ...]


PARTS: dict[str, Part] = {
    "plan/gates": Part(("plan/gates.py", "plan/judges.py"), ("tests/plan/test_gates.py",)),
    "plan/table_judges": Part(("plan/table_judges.py",), ("tests/plan/test_gates.py",)),
    "plan/identity": Part(
        ("plan/build.py", "plan/spec_check.py"), ("tests/plan/test_plan_id.py", "tests/plan/test_sql.py")
    ),
    "records/merge": Part(
        (
            "records/merge.py",
            "records/meeting.py",
            "records/same_key.py",
            "records/merge_groups.py",
            "records/merge_rules.py",
        ),
        (
            "tests/records/test_merge.py",
            "tests/records/test_meeting.py",
            "tests/records/test_merge_groups.py",
            "tests/records/test_merge_reference.py",
            "tests/records/test_merged.py",
        ),
    ),
    "sources/selection": Part(
        ("sources/selection.py", "sources/no_files.py", "sources/periods.py"),
        ("tests/sources/test_selection.py", "tests/sources/test_near_names.py"),
    ),
    "sources/headers": Part(
        ("sources/headers.py", "sources/header_rows.py"),
        ("tests/sources/test_headers.py", "tests/records/test_heads.py"),
    ),
    "sources/units": Part(("sources/units.py",), ("tests/sources/test_headers.py", "tests/records/test_units.py")),
    "domains/units": Part(("domains/units.py", "domains/mixed_rates.py"), ("tests/records/test_units.py",)),
    "domains/kinds": Part(
        (
            "domains/kinds/codes.py",
            "domains/kinds/months.py",
            "domains/kinds/numbers.py",
            "domains/kinds/code_doubts.py",
        ),
        ("tests/domains/kinds", "tests/domains/test_title_month.py", "tests/records/test_codes_in_doubt.py"),
    ),
    "domains/totals": Part(
        ("domains/totals.py", "domains/row_kinds.py"),
        ("tests/records/test_set_aside.py", "tests/domains/test_evaluate.py"),
    ),
    "runs/options": Part(("runs/options.py", "runs/accepting.py"), ("tests/runs/test_options.py",)),
    "runs/saved_plan": Part(("runs/saved_plan.py",), ("tests/tasks/test_apply_plan.py",)),
    "runs/undoing": Part(("runs/undoing.py",), ("tests/tasks/test_undo_load.py",)),
}


class Survivor(NamedTuple):
    """A line that may be made wrong without a test noticing: in which function, as it is and as it was made."""

    function: str
    line: str
    mutant: str


class Score(NamedTuple):
    """How a part fared."""

    part: str
    killed: int
    survived: tuple[Survivor, ...]

    @property
    def percent(self) -> float:
        """Of all mutants."""
        return 100 * self.killed / max(1, self.killed + len(self.survived))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--parts", default="", help=f"which of {', '.join(PARTS)}: one, several (a,b), or all")
    parser.add_argument("--children", type=int, default=2, help="how many mutants at a time")
    given = parser.parse_args()
    names = [name.strip() for name in given.parts.split(",") if name.strip()] or list(PARTS)
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        parser.error(f"no such part: {', '.join(unknown)}; there are {', '.join(PARTS)}")
    listed = known_survivors()
    wrong = 0
    for name in names:
        score = run(name, PARTS[name], given.children)
        if score is None:
            print(f"{name}: could not be tried; see {_place(name) / 'log'}", flush=True)
            wrong += 1
            continue
        new = [survivor for survivor in score.survived if survivor not in listed]
        tried = score.killed + len(score.survived)
        print(f"{score.part}: {score.killed} of {tried} killed ({score.percent:.1f} %)", flush=True)
        for survivor in new:
            print(f"  survived and is not listed: {survivor.function}\n    - {survivor.line}\n    + {survivor.mutant}")
        wrong += bool(new) or score.percent < _WANTED
    return 1 if wrong else 0


def known_survivors() -> set[Survivor]:
    """Those of the list; each entry has a reason, which may be that of several mutants of one function."""
    entries = yaml.safe_load(_LISTED.read_text(encoding="utf-8")) or []
    return {
        Survivor(entry["function"], line, mutant)
        for entry in entries
        if entry["why"]
        for line, mutant in entry["mutants"]
    }


def _place(name: str) -> Path:
    return _FOLDER / name.replace("/", "-")


def run(name: str, part: Part, children: int) -> Score | None:
    """Make and try the part's mutants, in a copy of the project; None if they could not be, as where its tests fail."""
    place = _place(name)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    for copied in _COPIED:
        source = _ROOT / copied
        if source.is_dir():
            shutil.copytree(source, place / copied, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / copied)
    _configure(place / "setup.cfg", part)
    mutmut = str(Path(sys.executable).parent / "mutmut")
    with (place / "log").open("wb") as log:
        done = subprocess.run(
            [mutmut, "run", "--max-children", str(children)], cwd=place, stdout=log, stderr=log, check=False
        )
    found = dict(_results(mutmut, place))
    if done.returncode or not found:
        return None
    survived = [mutant for mutant, state in found.items() if state not in _KILLED]
    return Score(name, len(found) - len(survived), tuple(_shown(mutmut, place, mutant) for mutant in survived))


def _configure(path: Path, part: Part) -> None:
    config = configparser.ConfigParser()
    config.read(path, encoding="utf-8")
    config["mutmut"] = {
        "source_paths": "workflows",
        "only_mutate": "\n".join(["", *(f"workflows/{module}" for module in part.modules)]),
        "also_copy": "\n".join(["", "tests", "scripts", "luigi.cfg", "setup.cfg"]),
        "do_not_mutate_patterns": "\n".join(["", *_SENTENCES]),
        "pytest_add_cli_args_test_selection": "\n".join(["", *part.tests]),
        "pytest_add_cli_args": "\n".join(["", "-p", "no:cacheprovider", "--hypothesis-seed=1"]),
    }
    with path.open("w", encoding="utf-8") as stream:
        config.write(stream)


def _results(mutmut: str, place: Path) -> Iterator[tuple[str, str]]:
    for line in _output([mutmut, "results", "--all", "true"], place):
        mutant, colon, state = line.strip().partition(": ")
        if colon and "__mutmut_" in mutant:
            yield mutant, state


def _shown(mutmut: str, place: Path, mutant: str) -> Survivor:
    changed = [
        line for line in _output([mutmut, "show", mutant], place) if line[:1] in "-+" and line[:3] not in ("---", "+++")
    ]
    sides = [" ".join(line[1:].strip() for line in changed if line.startswith(sign)) for sign in "-+"]
    module, _, function = mutant.rpartition("__mutmut_")[0].removeprefix("workflows.").rpartition(".")
    return Survivor(f"{module}.{function.removeprefix('x_').replace('xǁ', '').replace('ǁ', '.')}", sides[0], sides[1])


def _output(command: Sequence[str], place: Path) -> list[str]:
    done = subprocess.run(command, cwd=place, capture_output=True, encoding="utf-8", check=False)
    return done.stdout.splitlines()


if __name__ == "__main__":
    sys.exit(main())
