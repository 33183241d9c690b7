# PYTHON_ARGCOMPLETE_OK
"""``workdatahub``: every command by one name, wherever it is installed, with the exit codes of the runs themselves.

``plan``, ``compare``, ``load``, ``verify`` and ``apply`` are the Luigi tasks with their flags; the others are the
commands of the packages. What is typed wrong is told in one line with the nearest right one, and exits with 2.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, NoReturn, cast

import argcomplete
from argcomplete.completers import FilesCompleter
from argcomplete.shell_integration import shellcode

from workflows.errors import WorkflowError
from workflows.nearest import did_you_mean
from workflows.pipes import exit_with
from workflows.plan.load_spec import MODES
from workflows.runs.collector import collect_rarely, put_off

_DISTRIBUTION = "workdatahub-workflows"
_USAGE, _INTERRUPTED = 2, 130
# Luigi's settings lie beside the package in a checkout; a built wheel holds a copy within it.
_CONFIGURATIONS = (Path(__file__).parent / "luigi.cfg", Path(__file__).parents[1] / "luigi.cfg")


@dataclass(frozen=True, slots=True)
class Run:
    """A command that is a Luigi task: ``flags`` are always given, ``without`` are parameters that it says itself."""

    task: str
    help: str
    flags: tuple[str, ...] = ()
    without: tuple[str, ...] = ("execute", "plan_only")


@dataclass(frozen=True, slots=True)
class Other:
    """A command of a package's own command line, where it may be called otherwise."""

    package: str
    called: str
    help: str


RUNS: Mapping[str, Run] = {
    "plan": Run("LoadDomain", "show what a load would change; opens no connection", (), ("execute", "compare")),
    "compare": Run(
        "LoadDomain",
        "plan against the live table: which rows would be added, changed, removed",
        ("--compare",),
        ("execute", "plan_only", "compare"),
    ),
    "load": Run("LoadDomain", "load into the database", ("--execute",)),
    "backfill": Run("Backfill", "load what is missing of the months of --period", ("--execute",), ("execute",)),
    "undo": Run("UndoLoad", "plan taking a load back; --execute does it", (), ()),
    "verify": Run("ApplyPlan", "does a saved plan still hold?"),
    "apply": Run("ApplyPlan", "load exactly what a saved plan says, once", ("--execute",)),
}
OTHERS: Mapping[str, Other] = {
    "discover": Other("sources", "discover", "list every file seen, chosen or not, and why"),
    "show-plan": Other("plan", "show", "print a plan or receipt, also one that was used"),
    "status": Other("telling", "status", "what is loaded, newer, missing, and what comes next, by month"),
    "check": Other("telling", "check", "what is wrong with settings, catalogue, domains, patterns and tables"),
    "explain": Other("telling", "explain", "where a figure comes from, and what it was before"),
    "prune": Other("warehouse", "prune", "remove what older loads deleted, by which they could be taken back"),
    "history": Other("warehouse", "history", "list the loads of a domain's table, newest first"),
    "schema": Other("warehouse", "apply-schema", "create a domain's table and the ledger where they are missing"),
    "grant": Other("warehouse", "grant", "make a role with just what loading needs, or comparing"),
    "fetch-index": Other("runs", "fetch-index", "make the index of known companies anew"),
    "which-company": Other("runs", "which-company", "which company answers, and why"),
    "scheduler": Other("telling", "scheduler", "run luigid for this machine, with its page, until Ctrl-C"),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, and last."""

    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"{self.prog}: {message}\n")
        sys.exit(_USAGE)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The command line; ends the process with the exit code of what it ran."""
    # What a command needs is imported from here on.
    put_off()
    given = list(sys.argv[1:] if arguments is None else arguments)
    # A shell that asks for completions gives no arguments, but the line so far in its environment.
    parser, commands = _parser(given[0] if given and "_ARGCOMPLETE" not in os.environ else "")
    argcomplete.autocomplete(parser)
    if given and not given[0].startswith("-") and given[0] not in commands:
        parser.error(f"{given[0]}: 没有这个命令 / there is no such command.{did_you_mean(given[0], commands)}")
    if given and given[0] in commands:
        # Before argparse asks for what is missing: a mistyped flag is why.
        known = commands[given[0]]._option_string_actions
        for text in given[1:]:
            if text.startswith("--") and text.partition("=")[0] not in known:
                _refuse(commands[given[0]], text)
    found, unknown = parser.parse_known_args(given)
    if found.command is None:
        parser.print_help()
        sys.exit(0)
    if unknown:
        _refuse(commands[found.command], unknown[0])
    if found.command == "completion":
        sys.stdout.write(shellcode(["workdatahub"], shell=found.shell) + "\n")
        sys.exit(0)
    collect_rarely()
    try:
        exit_with(lambda: _carry_out(found, given[1:]))
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _refuse(parser: argparse.ArgumentParser, text: str) -> NoReturn:
    name = text.partition("=")[0]
    if not name.startswith("-"):
        parser.error(f"{text!r}: 多余的参数 / is neither a flag nor a flag's value")
    meant = did_you_mean(name, parser._option_string_actions)
    parser.error(f"{name}: 没有这个参数 / there is no such flag.{meant}")


def _carry_out(found: argparse.Namespace, rest: Sequence[str]) -> int:
    other = OTHERS.get(found.command)
    if other is not None:
        return int(_package(other.package).main([other.called, *rest]))
    run = RUNS[found.command]
    words = ["--module", "workflows.tasks", run.task, *run.flags, *_luigi_flags(found, run)]
    from luigi.cmdline import luigi_run

    cast(Any, luigi_run)(words)
    return 0


def _luigi_flags(found: argparse.Namespace, run: Run) -> list[str]:
    """What was given, as Luigi takes it; ``--name=value``, as a value may begin with a dash."""
    words = [f"--workers={found.workers}"]
    host, _, port = (found.scheduler or "").partition(":")
    words += [f"--scheduler-host={host}", f"--scheduler-port={port or 8082}"] if host else ["--local-scheduler"]
    for name, parameter in _parameters(run):
        value = getattr(found, name)
        flag = f"--{name.replace('_', '-')}"
        if isinstance(parameter, _bool_parameter()):
            words += [flag] if value else []
        elif value is not None:
            words.append(f"{flag}={value}")
    return words


def _parser(only: str = "") -> tuple[argparse.ArgumentParser, dict[str, argparse.ArgumentParser]]:
    """The command line's, and each command's. If ``only`` is a command, the others lack their flags: a package is
    imported to learn them."""
    known = {only} if only in {*RUNS, *OTHERS} else {*RUNS, *OTHERS}
    parser = _Parser(prog="workdatahub", description=__doc__.split("\n")[0], allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"workdatahub {version(_DISTRIBUTION)}")
    commands: Any = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, run in RUNS.items():
        added = commands.add_parser(name, help=run.help, description=run.help, allow_abbrev=False)
        if name in known:
            _add_run(added, run)
    for name, other in OTHERS.items():
        commands.add_parser(
            name,
            help=other.help,
            description=other.help,
            allow_abbrev=False,
            parents=[_their_parser(other)] if name in known else [],
            conflict_handler="resolve",
        )
    shell = commands.add_parser("completion", help='eval "$(workdatahub completion bash)" completes these commands')
    shell.add_argument("shell", choices=("bash", "zsh", "fish", "powershell"))
    return parser, dict(commands.choices)


def _their_parser(other: Other) -> argparse.ArgumentParser:
    theirs = _package(other.package).build_parser()
    choices: Mapping[str, argparse.ArgumentParser] = next(iter(theirs._subparsers._group_actions)).choices
    return choices[other.called]


def _add_run(parser: argparse.ArgumentParser, run: Run) -> None:
    for name, parameter in _parameters(run):
        flag, text = f"--{name.replace('_', '-')}", (parameter.description or "").replace("%", "%%")
        if isinstance(parameter, _bool_parameter()):
            parser.add_argument(flag, dest=name, action="store_true", help=text)
            continue
        made: Any = parser.add_argument(flag, dest=name, metavar=parameter.takes, help=text)
        if name == "domain":
            made.completer = _domains
        elif name == "plan_file":
            made.completer = FilesCompleter(("json",))
        elif name == "mode":
            made.completer = lambda **_asked: list(MODES)
        else:
            made.completer = _nothing
    parser.add_argument("--workers", metavar="N", type=_positive, default=1, help="tasks at a time (1)")
    parser.add_argument("--scheduler", metavar="HOST[:PORT]", help="a luigid (none: in this process)")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"应为正整数 / a whole number from 1 wanted, {text!r} found")
    return int(text)


def _nothing(**_asked: Any) -> list[str]:
    """A value that nobody can guess; a shell would offer files."""
    return []


def _domains(**_asked: Any) -> list[str]:
    """The catalogue's domains, for a shell that completes; none where it cannot be read."""
    from workflows.runs.choosing import catalogue

    try:
        return list(catalogue().domains)
    except WorkflowError:
        return []


def _parameters(run: Run) -> list[tuple[str, Any]]:
    tasks: Any = _tasks()
    return [(name, found) for name, found in getattr(tasks, run.task).get_params() if name not in run.without]


def _bool_parameter() -> type:
    import luigi

    return cast(type, luigi.BoolParameter)


def _tasks() -> Any:
    """The tasks' package; Luigi reads this project's settings before anything that the user set."""
    core: Any = importlib.import_module("luigi.configuration.cfg_parser").LuigiConfigParser
    ours = next(path for path in _CONFIGURATIONS if path.exists())
    if str(ours) not in core._config_paths:
        core._config_paths.insert(0, str(ours))
        core.reload()
    return importlib.import_module("workflows.tasks")


def _package(name: str) -> Any:
    return importlib.import_module(f"workflows.{name}.__main__")
