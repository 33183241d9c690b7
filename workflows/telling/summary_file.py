"""WDH_SUMMARY_JSON: the summary as one JSON document for programs, replaced at the end of every run."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from typing import Any

from workflows import outputs
from workflows.errors import WorkflowError
from workflows.settings import get_settings

_log = logging.getLogger(__name__)


def write_summary_json(facts: Mapping[str, Any]) -> None:
    """Write ``facts`` where WDH_SUMMARY_JSON says: a file, or one last line on stdout for ``-``; nothing if unset.

    A file that cannot be written is a warning: the run is over, and what it did stands.
    """
    try:
        wanted = get_settings().summary_json
    except WorkflowError:
        return  # the run failed for these very settings, and says so
    if wanted is None:
        return
    if str(wanted) == "-":
        sys.stdout.write(json.dumps(facts) + "\n")
        sys.stdout.flush()
        return
    try:
        outputs.write(wanted, (json.dumps(facts, ensure_ascii=False, indent=1) + "\n").encode())
    except OSError as error:
        _log.warning("WDH_SUMMARY_JSON could not be written: %s; the outcome stands", error)
