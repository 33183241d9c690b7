"""Take the pictures in docs/pictures anew: the plan's page, the terminal, discovery, luigid's page.

Everything is real: sample workbooks, an embedded PostgreSQL, a luigid, the commands of the README. It needs what
`make test-browser` needs. The folder in which it runs is shown as /srv/workdatahub.
"""

from __future__ import annotations

import contextlib
import os
import pty
import re
import socket
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from chromium import browser, emulate, picture
from make_sample_workbooks import write_samples
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from workflows.warehouse.embedded import running_server

_ROOT = Path(__file__).resolve().parents[1]
_PICTURES = _ROOT / "docs" / "pictures"
_SHOWN_FOLDER = "/srv/workdatahub"
_BIN = Path(sysconfig.get_path("scripts"))
_LOAD = (
    *("luigi", "--module", "workflows.tasks", "LoadDomain"),
    *("--domain", "trustee_performance", "--max-files", "3"),
)
# A row of the version before is no longer in the restated one; somebody looked at it.
_KNOWN = ("--accept", "left_behind=1")
# Pages are drawn at 1100 pixels and kept a little smaller: they are to be glanced at.
_WIDTH, _SCALE = 1100, 0.7


def _environment(folder: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WDH_") and name != "NO_COLOR"}
    return kept | {
        "WDH_DATA_BASE_DIR": "data",
        "WDH_OUTPUT_DIR": "output",
        "WDH_DATABASE__URI": "embedded:database",
        "LUIGI_CONFIG_PATH": str(_ROOT / "luigi.cfg"),
        "PYTHONUTF8": "1",
        "TERM": "xterm-256color",
        "COLUMNS": "118",
    }


def _run(folder: Path, environment: Mapping[str, str], *command: str) -> None:
    whole = [str(_BIN / command[0]), *command[1:]]
    done = subprocess.run(whole, cwd=folder, env=environment, check=False, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}")


def _on_a_terminal(folder: Path, environment: Mapping[str, str], *command: str) -> str:
    """What the command left on a terminal, its colours included: the last frame of the bars and all below."""
    parent, child = pty.openpty()
    with subprocess.Popen(
        [str(_BIN / command[0]), *command[1:]], cwd=folder, env=environment, stdin=child, stdout=child, stderr=child
    ):
        os.close(child)
        told = b""
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while piece := os.read(parent, 65_536):
                told += piece
    os.close(parent)
    last = told.decode().rpartition("\x1b[2K")[2]
    return re.sub(r"\x1b\[\?25[hl]", "", last).replace("\r\n", "\n").replace(str(folder), _SHOWN_FOLDER)


def _terminal_page(text: str, command: str, path: Path) -> Path:
    """The text of a terminal as a page with a window around it."""
    console = Console(record=True, width=118, file=open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123
    console.print(Text.from_ansi(f"\x1b[1m$ {command}\x1b[0m\n{text.rstrip()}"))
    # A font whose Chinese characters are exactly twice as wide as its Latin ones: columns stay columns.
    lines = "@font-face{font-family:Lines;src:local('DejaVu Sans Mono');unicode-range:U+2500-257F;size-adjust:83%}"
    lines += "a{color:inherit}"
    style = "margin:0;padding:22px 26px;font:15px/1.35 Lines,'Noto Sans Mono CJK SC',monospace"
    drawn = console.export_html(inline_styles=True, theme=MONOKAI, code_format="{code}").replace("#625e4c", "#8d95a3")
    path.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><style>{lines}</style><body style="margin:0;background:#1e2229">'
        f'<pre style="{style};color:#dfe3ea">{drawn}</pre>',
        encoding="utf-8",
    )
    return path


@contextlib.contextmanager
def _luigid(folder: Path, environment: Mapping[str, str]) -> Iterator[int]:
    """A luigid on a free port of this machine."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [str(_BIN / "luigid"), "--address", "127.0.0.1", "--port", str(port), "--state-path", "state.pickle"]
    with subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.DEVNULL) as daemon:
        while True:
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        try:
            yield port
        finally:
            daemon.terminate()


def _take(chrome: Any, address: str, name: str, height: int | None = None) -> None:
    """One picture."""
    path = _PICTURES / name
    if address:
        chrome.get(address)
    picture(chrome, path, height=height, scale=_SCALE)
    print(f"{path.relative_to(_ROOT)}: {path.stat().st_size:,} bytes")


def _newest(folder: Path, pattern: str) -> str:
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime_ns).as_uri()


def take_pictures(folder: Path) -> None:
    """Run everything in ``folder`` and look at it."""
    environment = _environment(folder)
    write_samples(folder / "data")
    restated = [path for path in sorted((folder / "data").rglob("*.xls*")) if "V2" in path.as_posix()]
    with running_server(folder / "database"), browser(_WIDTH, 900) as chrome:
        emulate(chrome)
        _run(folder, environment, "python", "-m", "workflows.warehouse", "apply-schema", "--domain", _LOAD[5])
        # First without the restatements, which then come in: there is something to compare.
        for path in restated:
            path.rename(folder / path.name)
        _run(folder, environment, *_LOAD, "--execute", "--local-scheduler")
        for path in restated:
            (folder / path.name).rename(path)
        _run(folder, environment, *_LOAD, *_KNOWN, "--compare", "--local-scheduler")
        _take(chrome, _newest(folder, "output/plans/*/*/plan.html"), "plan.png", 2000)
        seen = _on_a_terminal(folder, environment, *_LOAD, *_KNOWN, "--execute", "--local-scheduler")
        typed = f"make load MAX_FILES=3 ARGS='{' '.join(_KNOWN)}'"
        _take(chrome, _terminal_page(seen, typed, folder / "terminal.html").as_uri(), "terminal.png")
        with _luigid(folder, environment) as port:
            # As if nothing had been read yet.
            (folder / "output").rename(folder / "output before")
            host = ("--scheduler-host", "127.0.0.1", "--scheduler-port", str(port))
            _run(folder, environment, *_LOAD, *_KNOWN, "--execute", *host)
            chrome.set_window_size(1500, 900)
            chrome.get(f"http://127.0.0.1:{port}/static/visualiser/index.html")
            time.sleep(3)
            chrome.execute_script(
                "[...document.querySelectorAll('#taskTable tbody tr')]"
                ".find(row => row.textContent.includes('LoadWarehouse'))"
                ".querySelector('button.statusMessage').click()"
            )
            time.sleep(2)
            _take(chrome, "", "scheduler.png", chrome.execute_script("return innerHeight"))
        chrome.set_window_size(_WIDTH, 900)
        october = folder / "data" / "2024年10月受托业绩报告.xlsm"
        october.rename(october.with_name("2024年7月受托业绩报告.xlsm"))
        _run(folder, environment, "python", "-m", "workflows.sources", "discover", "--domain", "trustee_performance")
        _take(chrome, _newest(folder, "output/discovery/*.html"), "discovery.png", 900)


def main() -> int:
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        take_pictures(Path(folder).resolve() / "w")
    return 0


if __name__ == "__main__":
    sys.exit(main())
