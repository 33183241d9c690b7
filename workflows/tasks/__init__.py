"""Luigi shells: parameters, one output, one call. ``luigi --module workflows.tasks LoadDomain`` starts here."""

# ruff: noqa: E402 - the collector is told before the imports below give it most of its work
from workflows.runs.collector import collect_rarely, put_off

put_off()

import sys

from workflows.tasks.aggregate_files import AggregateFiles
from workflows.tasks.apply_plan import ApplyPlan
from workflows.tasks.command_line import check_command_line, remember_parsers
from workflows.tasks.exit_codes import set_exit_codes, set_log_filter
from workflows.tasks.host_worker import share_runs
from workflows.tasks.load_domain import LoadDomain
from workflows.tasks.load_month import Backfill, LoadMonth
from workflows.tasks.load_warehouse import LoadWarehouse
from workflows.tasks.process_file import ProcessFile
from workflows.tasks.process_files import ProcessFiles
from workflows.tasks.undo_load import UndoLoad
from workflows.tasks.watching import watch

__all__ = [
    "AggregateFiles",
    "ApplyPlan",
    "Backfill",
    "LoadDomain",
    "LoadMonth",
    "LoadWarehouse",
    "ProcessFile",
    "ProcessFiles",
    "UndoLoad",
]

# Luigi imports this module to find the tasks; there is no earlier place where a run could be prepared.
remember_parsers()
check_command_line(sys.argv, ("LoadDomain", "ApplyPlan", "UndoLoad", "Backfill", "LoadMonth"))
set_exit_codes()
set_log_filter()
share_runs()
watch(ApplyPlan, UndoLoad, LoadDomain, LoadWarehouse, AggregateFiles, ProcessFile, ProcessFiles)
collect_rarely()
