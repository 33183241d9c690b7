"""Mistakes of a ``luigi`` command line, told in one message before Luigi tells them in its own way: a stack trace for a
task that is not there, two pages of usage for a flag, a minute of retries for a scheduler."""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from luigi.cmdline_parser import CmdlineParser
from luigi.interface import core
from luigi.rpc import RemoteScheduler, RPCError
from luigi.task_register import Register

from workflows.errors import SchedulerNotFoundError, reason_of
from workflows.nearest import did_you_mean

_USAGE = 2
_MODULE = __name__.rpartition(".")[0]


def remember_parsers() -> None:
    """Have Luigi build each of its parsers once: it builds the same two again and again, a tenth of a small plan."""
    luigis: Any = cast(Any, CmdlineParser)._build_parser

    @functools.cache
    def built(root_task: str | None, help_all: bool, _tasks: int) -> Any:
        return luigis(root_task, help_all)

    def build(root_task: str | None = None, help_all: bool = False) -> Any:
        # A module of one's own registers its tasks after this package's.
        return built(root_task, help_all, len(cast(Any, Register)._reg))

    cast(Any, CmdlineParser)._build_parser = staticmethod(build)


def check_command_line(arguments: Sequence[str], tasks: Sequence[str]) -> None:
    """End the process with the message on stderr, and with 2, if the task or a flag is none that there is.

    ``arguments`` are the process's own, the program first; those of another program than ``luigi`` are left alone.
    ``tasks`` are those that people run.
    """
    program, *given = arguments
    # ``luigi``, or ``python -m luigi``.
    if "luigi" not in (Path(program).stem, Path(program).parent.name):
        return
    mistake = _mistake(given, tasks)
    if mistake:
        sys.stderr.write(f"{mistake}\n")
        sys.exit(_USAGE)


def _mistake(given: Sequence[str], tasks: Sequence[str]) -> str:
    build: Any = cast(Any, CmdlineParser)._build_parser
    names = cast(Any, Register).task_names()
    # A parser takes as long as everything else here: mostly one is enough.
    task = next((word for word in given if word in names), None) or build().parse_known_args(given)[0].root_task
    if task is None or {"--help", "--help-all"} & {*given}:
        return ""  # Luigi's own to say
    if task not in names:
        # A module of one's own imports this package before it says its tasks.
        if not _is_ours(given):
            return ""
        meant = did_you_mean(task, tasks) or f" 已有 / known: {', '.join(tasks)}"
        return f"{task}: 没有这个任务 / there is no such task.{meant}"
    parser = build(root_task=task)
    # What argparse finds itself, such as a missing value, it says after two pages of usage.
    parser.print_usage = lambda *_anywhere: None
    found, unknown = parser.parse_known_args(given)
    flags = [flag for flag in parser._option_string_actions if not flag.startswith(f"--{task}-")]
    for text in unknown:
        name = text.partition("=")[0]
        if name.startswith("-"):
            return f"{name}: 没有这个参数 / there is no such flag.{did_you_mean(name, flags)} luigi {task} --help"
        return f"{text!r}: 多余的参数 / is neither a flag nor a flag's value; names are written with -- before them"
    workers = found.core_workers
    if workers is not None and not str(workers).isdecimal():
        return f"--workers: 应为整数 / a whole number wanted, {workers!r} found"
    return _wrong_value(task, vars(found))


def _wrong_value(task: str, found: Mapping[str, Any]) -> str:
    """A value that Luigi would refuse with a stack trace: neither true nor false, no month, or none where one is
    needed; of the command line, or of a configuration file."""
    for name, parameter in cast(Any, Register).get_task_cls(task).get_params():
        flag, takes = f"--{name.replace('_', '-')}", getattr(parameter, "takes", "")
        # Luigi takes a flag under its task's name, too.
        given = found.get(name) or found.get(f"{task}_{name}")
        try:
            if given:
                parameter.parse(given)
            elif not parameter.has_task_value(task, name):
                return f"{flag}: 缺少, 应为 {takes} / is missing, {takes} wanted"
        except ValueError:
            where = repr(given) if given else f"[{task}] {name} of Luigi's configuration"
            return f"{flag}: 应为 {takes} / {takes} wanted, {where} found"
    return ""


def _is_ours(given: Sequence[str]) -> bool:
    following = dict(itertools.pairwise(given))
    return following.get("--module") == _MODULE or f"--module={_MODULE}" in given


def check_scheduler() -> None:
    """Raise SchedulerNotFoundError unless the scheduler that the command line names answers; nothing without one."""
    # Without a command line (luigi.build) whoever called has connected already.
    if cast(Any, CmdlineParser).get_instance() is None:
        return
    wanted: Any = cast(Any, core)()
    if wanted.local_scheduler:
        return
    url = wanted.scheduler_url or f"http://{wanted.scheduler_host}:{wanted.scheduler_port}/"
    scheduler: Any = cast(Any, RemoteScheduler)(url)
    scheduler._rpc_log_retries, scheduler._rpc_retry_wait = False, 1
    try:
        scheduler.is_pause_enabled()
    # What answers there may be anything: no JSON is a ValueError, and no such page an RPCError.
    except (RPCError, ValueError, KeyError) as error:
        shown = urlsplit(url)._replace(netloc=urlsplit(url).netloc.rpartition("@")[2]).geturl()
        raise SchedulerNotFoundError(
            f"{shown}: 没有任务调度器应答 / no luigid answers there ({_reason(error)}). Start one with `make "
            "scheduler`, or leave the scheduler out: without SCHEDULER=, or with --local-scheduler, the run needs none"
        ) from None


def _reason(error: Exception) -> str:
    under = getattr(error, "sub_exception", None) or error
    reason = getattr(under, "reason", None) or under
    return str(reason_of(reason)) if isinstance(reason, OSError) else type(reason).__name__
