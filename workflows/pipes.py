"""How a command ends whose output goes into a pipe."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import NoReturn


def exit_with(main: Callable[[], int]) -> NoReturn:
    """End the process with what ``main`` returns; with 0 where nobody reads on, as behind ``head``."""
    try:
        code = main()
        sys.stdout.flush()
    except BrokenPipeError:
        # Python would try again to write what is left.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
