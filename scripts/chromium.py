"""A headless Chromium for looking at pages: the system's browser, driven by selenium, nothing of the user's in it."""

from __future__ import annotations

import base64
import contextlib
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=en-GB"),
)
_MISSING = (
    "a Chromium and its driver are needed to look at pages. On Debian and Ubuntu:"
    " apt-get install chromium chromium-driver fonts-noto-cjk"
)


class BrowserMissingError(RuntimeError):
    """No Chromium, or no chromedriver, is installed."""


@contextlib.contextmanager
def browser(width: int = 1200, height: int = 1000) -> Iterator[Chrome]:
    """A browser with a profile of its own, closed and forgotten at the end."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if not program or not driver:
        raise BrowserMissingError(_MISSING)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = program
        for flag in (*_FLAGS, f"--window-size={width},{height}", f"--user-data-dir={profile}"):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        chrome = Chrome(options=options, service=Service(driver))
        try:
            yield chrome
        finally:
            chrome.quit()


def emulate(chrome: Chrome, *, dark: bool = False, media: str = "screen") -> None:
    """Show pages as with a dark desktop, or as printed (``media="print"``); with ``media=""`` as each medium is."""
    scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    chrome.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": [scheme]})


def picture(chrome: Chrome, path: Path, *, height: int | None = None, scale: float = 1.0) -> None:
    """The page as a PNG, whole or its first ``height`` pixels, ``scale`` times its size."""

    def laid_out(page: Chrome) -> Any:
        found = page.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        return found if found["width"] else None

    # On a busy machine the page is there before it has a width.
    size = WebDriverWait(chrome, 30).until(laid_out)
    shown = min(height or size["height"], size["height"])
    clip = {"x": 0, "y": 0, "width": size["width"], "height": shown, "scale": scale}
    shot = chrome.execute_cdp_cmd(
        "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": clip}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(shot["data"]))


if __name__ == "__main__":
    try:
        with browser():
            print("Chromium and its driver are there.")
    except BrowserMissingError as error:
        sys.exit(str(error))
