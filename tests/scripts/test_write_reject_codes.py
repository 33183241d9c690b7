"""The documented list of codes is the one in the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_the_page_of_codes_is_what_the_script_writes() -> None:
    script = str(_ROOT / "scripts" / "write_reject_codes.py")
    done = subprocess.run([sys.executable, script], check=True, capture_output=True, encoding="utf-8")
    assert (_ROOT / "docs" / "reject-codes.md").read_text(encoding="utf-8") == done.stdout
