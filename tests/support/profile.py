"""A Chromium that keeps its profile, so that it can be killed and started again with what it had on its disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright

from tests.support.browser import ARGUMENTS, REPORT_VIOLATIONS
from tests.support.site import wait_until


class Profile:
    """One browser on one folder. start() … kill() or end() … start() again."""

    def __init__(self, playwright: Playwright, folder: Path) -> None:
        self._playwright, self.folder = playwright, folder
        self._process: subprocess.Popen | None = None
        self._browser: Browser | None = None

    def start(self) -> BrowserContext:
        """The browser's own context: its cookies, databases and caches are those of the folder."""
        told = self.folder / "DevToolsActivePort"
        told.unlink(missing_ok=True)
        for left in self.folder.glob("Singleton*"):  # of one that was killed
            left.unlink(missing_ok=True)
        program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
        more = [
            "--headless=new",
            "--remote-debugging-port=0",
            f"--user-data-dir={self.folder}",
            "--lang=fr-BE",
        ]
        root = ["--no-sandbox"] if os.geteuid() == 0 else []
        self._process = subprocess.Popen(
            [str(program), *ARGUMENTS, *root, *more, "about:blank"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

        def port() -> str:
            assert self._process is not None
            assert self._process.poll() is None, "Chromium ended at once"
            return told.read_text().partition("\n")[0] if told.exists() else ""

        self._browser = self._playwright.chromium.connect_over_cdp(f"http://127.0.0.1:{wait_until(port, 60)}")
        context = self._browser.contexts[0]
        context.set_default_timeout(15_000)
        context.add_init_script(REPORT_VIOLATIONS)
        return context

    def kill(self) -> None:
        """The battery is empty: every process of it ends at once, nothing is said."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._forget()

    def end(self) -> None:
        """Close it in order."""
        if self._process is None:
            return
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._forget()

    def _forget(self) -> None:
        browser, self._browser, self._process = self._browser, None, None
        if browser is not None:
            browser.close()
