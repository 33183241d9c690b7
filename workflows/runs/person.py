"""Who runs this: the person, not the database's role."""

from __future__ import annotations

import getpass
import socket
from datetime import datetime, timezone

from workflows.errors import SettingsError
from workflows.plan.model import Made
from workflows.settings import get_settings


def person() -> str:
    """WDH_ACTOR, else the operating system's user; ``unknown`` where it has no name for one, or settings are wrong."""
    try:
        return get_settings().actor or getpass.getuser()
    # A run that fails for its settings is told of, too.
    except (SettingsError, KeyError, OSError, ImportError):
        return "unknown"


def made_now() -> Made:
    """Who makes a document on which host, now."""
    return Made(at=datetime.now(timezone.utc).replace(microsecond=0), by=person(), host=socket.gethostname())
