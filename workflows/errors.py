"""Every exception of the project, grouped by what the reader has to do next.

::

    WorkflowError                       one message: where, what was wanted, what was found
    ├── SettingsError                   mend the WDH_* environment or the .env file
    ├── OutputError                     what was to be written could not be: free space, rights, WDH_OUTPUT_DIR
    ├── SchedulerNotFoundError          start luigid, or run without one
    ├── RunLeftError                    wait for the other hosts, or join the run again
    ├── ParameterError                  mend the command line
    │   └── OtherWorkError              the run id is taken: give another one
    ├── CatalogueError                  mend data_sources.yml (carries every problem, with its path)
    ├── CompanyIndexError               mend what the index of companies is fetched from, and fetch it again
    ├── OtherCompaniesError             give this host the index, overrides and salt that the run began with
    ├── SourceError                     mend or move the files
    │   ├── SourceFolderNotFoundError
    │   ├── NoFilesFoundError
    │   ├── AmbiguousVersionError
    │   ├── WorkbooksFailedError        some of those that one task reads (carries each one's error)
    │   └── WorkbookError               this one workbook cannot be trusted
    │       ├── UnreadableWorkbookError
    │       ├── WorkbookChangedError
    │       ├── SheetNotFoundError
    │       ├── AmbiguousSheetError     say which sheet is meant
    │       ├── HeaderError
    │       │   ├── HeaderNotFoundError
    │       │   └── UnitError           write the unit where the message says
    │       ├── MissingColumnsError
    │       └── AccountingError         the row counts do not add up: a defect of ours, never loaded
    ├── RecordsError
    │   ├── RowsRejectedError           ``process`` found bad rows (carries records and rejects)
    │   ├── TargetDamagedError          delete the named file and run again
    │   ├── RunDamagedError             what a run decided is missing or unreadable: run again
    │   └── ConflictError               two workbooks disagree and nothing says who wins
    ├── PlanError
    │   ├── PlanBlockedError            a gate closed: read the plan, mend or accept
    │   ├── PlanOutdatedError           a saved plan no longer holds: look at what moved, plan again
    │   ├── SavedPlanError              the file is no plan that can be applied
    │   └── IdentifierError             a table or column name the server cannot hold
    └── DataWarehouseLoaderError        the database said no; nothing was written
        ├── DatabaseNotConfiguredError
        ├── ConnectionFailedError       (retried if the server may be back in a moment)
        ├── ConnectionLostError         retried
        ├── ConcurrencyError            retried: a deadlock or a serialisation failure
        ├── TableNotFoundError
        ├── TableMismatchError
        ├── LockTimeoutError
        ├── GuardTrippedError
        ├── AlreadyLoadedError
        ├── AlreadyAppliedError         a saved plan is applied at most once
        └── CommitOutcomeUnknownError   look the load id up in the ledger before loading again

A ``WorkflowError`` is the user's to mend: it is shown as its message, without a stack trace.
Anything else is a defect and keeps its trace.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple


class Words(NamedTuple):
    """A message in Chinese and in English, as a person who gets workbooks reads it."""

    chinese: str
    english: str

    def __str__(self) -> str:
        return f"{self.chinese} / {self.english}"

    def __radd__(self, before: str) -> str:
        """``"--period: " + Words(…)``: what stands before both, such as the flag or file that it is about."""
        return f"{before}{self}"

    def lines(self, details: Iterable[str], then: Words) -> str:
        """The message above its details, and what to do below them."""
        return "\n".join([f"{self.chinese}: / {self.english}:", *details, str(then)])

    def of_sheet(self, name: str) -> Words:
        """The same, said of a sheet."""
        return Words(f"工作表 {name!r}: {self.chinese}", f"sheet {name!r}: {self.english}")


PLAN_AGAIN = Words("请重新计划", "plan again")
NO_LONGER_HOLDS = Words("保存的计划已不成立", "the saved plan no longer holds")
NOTHING_LOADED = Words("没有载入任何数据", "nothing was loaded")


def of_both(text: str) -> Words:
    """A text that was written in both languages as such; one in a single language stands for both."""
    chinese, slash, english = text.partition(" / ")
    return Words(chinese, english if slash else chinese)


_REASONS = {
    errno.ENOENT: Words("不存在", "it is not there"),
    errno.EACCES: Words("没有权限", "permission denied"),
    errno.EPERM: Words("没有权限", "permission denied"),
    errno.ENOSPC: Words("磁盘已满", "the disk is full"),
    errno.EDQUOT: Words("配额已满", "the quota is used up"),
    errno.EROFS: Words("磁盘只读", "the disk is read-only"),
    errno.EISDIR: Words("是一个文件夹", "it is a folder"),
    errno.ENOTDIR: Words("上级不是文件夹", "what it would lie in is no folder"),
    errno.EEXIST: Words("已存在", "it is there already"),
    errno.ENAMETOOLONG: Words("名称太长", "the name is too long"),
    errno.EBUSY: Words("正被占用", "it is in use"),
    errno.EFBIG: Words("文件过大", "the file is too large"),
    errno.EIO: Words("磁盘读写出错", "the disk failed"),
    errno.EMFILE: Words("打开的文件过多", "too many files are open"),
    errno.EADDRINUSE: Words("已被占用", "it is in use already"),
    errno.ECONNREFUSED: Words("拒绝连接", "connection refused"),
}


def reason_of(error: Exception) -> Words:
    """Why a file could not be read or written (or is none in UTF-8), in our own words; else what the system says."""
    if isinstance(error, UnicodeError):
        return Words("不是 UTF-8 文本", "it is not UTF-8 text")
    number = getattr(error, "errno", None)
    said = f"{number}: {getattr(error, 'strerror', None)}" if number else str(error) or type(error).__name__
    return _REASONS.get(number or 0, Words(f"系统错误 ({said})", f"system error ({said})"))


class WorkflowError(Exception):
    """Base of all errors that a user can act on; the message is complete by itself, in Chinese and English.

    ``outside`` is what is told instead where others read it (the scheduler's page, e-mails), if the message lists rows.
    """

    outside: str | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        """Survive pickling whatever the constructor's signature is: workers send errors between processes."""
        return (_rebuild, (type(self), self.args, self.__dict__))


def _rebuild(kind: type[WorkflowError], args: tuple[Any, ...], state: dict[str, Any]) -> WorkflowError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _at_the_margin(message: str) -> str | None:
    """The lines that list no row; None where all are."""
    lines = message.splitlines()
    kept = [line for line in lines if not line.startswith("  ")]
    return "\n".join(kept) if len(kept) < len(lines) else None


class SettingsError(WorkflowError):
    """A WDH_* setting is missing or wrong."""


class OutputError(WorkflowError, OSError):
    """A file or folder of the run cannot be written; ``errno`` and ``strerror`` are the system's."""

    def __init__(self, path: Path, error: OSError, what_to_do: Words) -> None:
        reason = reason_of(error)
        said = Words(
            f"无法写入: {reason.chinese}; {what_to_do.chinese}",
            f"cannot be written: {reason.english}; {what_to_do.english}",
        )
        super().__init__(f"{path}: {said}")
        self.errno, self.strerror = error.errno, error.strerror

    def __str__(self) -> str:
        """The message; the system's own would be its number and reason alone."""
        return str(self.args[0])


class SchedulerNotFoundError(WorkflowError):
    """No luigid answers at the address that the run was given."""


class RunLeftError(WorkflowError):
    """This host ended while others were still at work on a run that it shares."""


class ParameterError(WorkflowError):
    """A command-line flag is missing or wrong."""


class OtherWorkError(ParameterError):
    """The run id was used for other work; the message says what differs."""


class CatalogueError(WorkflowError):
    """The catalogue holds mistakes; ``problems`` lists each as (path in the YAML, message)."""

    def __init__(self, location: str, problems: Sequence[tuple[str, str]]) -> None:
        lines = [
            f"{location}: {len(problems)} 处错误 / {len(problems)} problem(s)",
            *(f"  {path}: {text}" for path, text in problems),
        ]
        super().__init__("\n".join(lines))
        self.location, self.problems = location, tuple(problems)


class CompanyIndexError(WorkflowError):
    """The index of known companies is missing, damaged, or cannot be made of what was given."""


class OtherCompaniesError(WorkflowError):
    """This host would give customers other company ids than the run that it works on."""


class SourceError(WorkflowError):
    """The files are not as they should be."""


class SourceFolderNotFoundError(SourceError):
    """The folder that should hold the workbooks does not exist."""


class NoFilesFoundError(SourceError):
    """No file matches the domain's pattern (or the wanted periods)."""


class AmbiguousVersionError(SourceError):
    """Two files claim the same period, part and version."""


class WorkbookError(SourceError):
    """One workbook cannot be trusted; ``workbook`` is its path as the run knows it."""

    def __init__(self, workbook: str, message: str | Words) -> None:
        super().__init__(f"{workbook}: {message}")
        self.workbook = workbook


class WorkbooksFailedError(SourceError):
    """Some of the workbooks that one task reads; ``failed`` says what of each, by its path."""

    def __init__(self, failed: Mapping[str, Exception], tried: int) -> None:
        said = Words(
            f"{tried} 个工作簿中有 {len(failed)} 个无法读取",
            f"{len(failed)} of {tried} workbooks could not be read; the others were",
        )
        # What is no message of ours says neither which workbook nor what kind of error it is.
        listed = (
            str(error) if isinstance(error, WorkflowError) else f"{path}: {type(error).__name__}: {error}"
            for path, error in failed.items()
        )
        super().__init__("\n".join([f"{said}:", *listed]))
        self.failed = dict(failed)


class UnreadableWorkbookError(WorkbookError):
    """The bytes are not a workbook that any engine can read."""


class WorkbookChangedError(WorkbookError):
    """The workbook's bytes are no longer those that were chosen."""


class SheetNotFoundError(WorkbookError):
    """The workbook has no such sheet."""

    def __init__(self, workbook: str, wanted: str | int, found: Sequence[str]) -> None:
        listed = ", ".join(map(repr, found))
        super().__init__(
            workbook,
            Words(
                f"没有工作表 {wanted!r}; 现有 {listed or '无'}",
                f"no sheet {wanted!r}; found {listed or 'no sheet'}",
            ),
        )
        self.wanted, self.found = wanted, tuple(found)


class AmbiguousSheetError(WorkbookError):
    """Several sheets hold such a table, and nothing says which is meant; ``fitting`` are their names."""

    def __init__(self, workbook: str, message: Words, fitting: Sequence[str]) -> None:
        super().__init__(workbook, message)
        self.fitting = tuple(fitting)


class HeaderError(WorkbookError):
    """The header row cannot be found, or names one column twice."""


class HeaderNotFoundError(HeaderError):
    """No row of the sheet is a header."""


class UnitError(HeaderError):
    """In which unit a column is cannot be told, or it is none that the column has."""


class MissingColumnsError(WorkbookError):
    """Required columns are missing from the header row."""


class AccountingError(WorkbookError):
    """Rows read do not equal records + rejects + blank + totals + duplicates."""


class RecordsError(WorkflowError):
    """Records cannot be kept or merged."""


class RowsRejectedError(RecordsError):
    """Some rows are not valid; ``records`` are the good ones, ``rejects`` say what is wrong with the others."""

    def __init__(self, message: str, records: Sequence[Any], rejects: Sequence[Any]) -> None:
        super().__init__(message)
        self.records, self.rejects = tuple(records), tuple(rejects)


class TargetDamagedError(RecordsError):
    """A processed or merged JSON file is truncated or not ours."""


class RunDamagedError(RecordsError):
    """The file that says what a run decided is missing or damaged."""


class ConflictError(RecordsError):
    """The same key stands in several workbooks with different values and nothing decides; the message counts them, and
    lists some below, indented."""

    def __init__(self, message: str | Words) -> None:
        super().__init__(message)
        self.outside = _at_the_margin(str(message))


class PlanError(WorkflowError):
    """A plan cannot be made or executed."""


class PlanBlockedError(PlanError):
    """Execution was asked for, but gates are closed; ``outside`` counts the rows that the message lists."""

    def __init__(self, message: str, outside: str) -> None:
        super().__init__(message)
        self.outside = outside


class PlanOutdatedError(PlanError):
    """What a saved plan was made from has changed; the message says what, and lists rows below, indented."""

    def __init__(self, message: str | Words) -> None:
        super().__init__(message)
        self.outside = _at_the_margin(str(message))


class SavedPlanError(PlanError):
    """The file is no saved plan, or one that cannot be applied."""


class IdentifierError(PlanError):
    """A table or column name that PostgreSQL would truncate or cannot hold."""


class DataWarehouseLoaderError(WorkflowError):
    """The load failed and was rolled back; the message never holds a secret.

    ``retriable`` says whether the same may go well in a moment, with nothing mended.
    """

    retriable = False


class DatabaseNotConfiguredError(DataWarehouseLoaderError):
    """--execute without a database."""


class ConnectionFailedError(DataWarehouseLoaderError):
    """The server does not answer or refuses the login."""


class ConnectionLostError(DataWarehouseLoaderError):
    """The connection broke before COMMIT; the server rolls back by itself."""

    retriable = True


class ConcurrencyError(DataWarehouseLoaderError):
    """The server chose this transaction to give way to another one."""

    retriable = True


class TableNotFoundError(DataWarehouseLoaderError):
    """The table or the ledger does not exist."""


class TableMismatchError(DataWarehouseLoaderError):
    """The table's columns or references do not fit the records."""


class LockTimeoutError(DataWarehouseLoaderError):
    """Another session holds the table. ``is_of_this_run``: another host or process that is at the same run."""

    is_of_this_run = False


class GuardTrippedError(DataWarehouseLoaderError):
    """More rows would be deleted than the guards allow."""


class AlreadyLoadedError(DataWarehouseLoaderError):
    """An append that the ledger does not allow; the message names the earlier load."""


class AlreadyAppliedError(DataWarehouseLoaderError):
    """The ledger has this saved plan already; the message names the load."""


class UndoRefusedError(DataWarehouseLoaderError):
    """A load cannot be taken back: something stands in the way, which the message names."""


class CommitOutcomeUnknownError(DataWarehouseLoaderError):
    """The connection was lost during COMMIT: the load may or may not stand; the ledger knows."""

    retriable = True
