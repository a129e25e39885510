"""A second engine for the tests: Firefox without a window, driven over its own remote protocol (Marionette)."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from tests.support.site import wait_until

PROGRAMS = ("firefox-esr", "firefox")
PREFERENCES = {
    "marionette.port": 0, "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "browser.shell.checkDefaultBrowser": False, "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.reportingpolicy.firstRun": False, "app.update.auto": False, "browser.aboutwelcome.enabled": False,
    "extensions.update.enabled": False, "services.settings.server": "data:,#remote-settings-dummy/v1",
    "browser.startup.homepage": "about:blank", "startup.homepage_welcome_url": "about:blank",
    "network.proxy.no_proxies_on": "localhost, 127.0.0.1", "browser.safebrowsing.downloads.remote.enabled": False,
    "intl.accept_languages": "fr-BE, fr",
}  # fmt: skip


def program() -> str | None:
    """Where Firefox is; None where there is none."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


class Failed(Exception):
    """What the browser says went wrong."""


class Firefox:
    """One browser with a profile of its own; `with Firefox() as browser:` ends it."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="firefox-"))
        lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in PREFERENCES.items()]
        (self._folder / "user.js").write_text("\n".join(lines))
        command = [
            str(program()),
            "--headless",
            "--marionette",
            "--no-remote",
            "--profile",
            str(self._folder),
        ]
        self._process = subprocess.Popen(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "HOME": str(self._folder)},
        )
        self._number = 0
        self._socket = self._connect()
        self._read()  # its greeting
        self.ask("WebDriver:NewSession", {"strictFileInteractability": False})
        self.ask("WebDriver:SetTimeouts", {"script": 30_000, "pageLoad": 30_000, "implicit": 0})

    def _connect(self) -> socket.socket:
        """Its port stands in a file of the profile once it listens."""
        told = self._folder / "MarionetteActivePort"

        def port() -> int:
            if self._process.poll() is not None:
                raise Failed("Firefox ended at once")
            return int(told.read_text().strip() or 0) if told.exists() else 0

        return socket.create_connection(("127.0.0.1", wait_until(port, 60)), timeout=60)

    def __enter__(self) -> Firefox:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end()

    def end(self) -> None:
        self._socket.close()
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def ask(self, command: str, arguments: dict[str, Any] | None = None) -> Any:
        """The answer to one command of the protocol. Raises Failed."""
        self._number += 1
        body = json.dumps([0, self._number, command, arguments or {}]).encode()
        self._socket.sendall(str(len(body)).encode() + b":" + body)
        _kind, _number, error, result = self._read()
        if error:
            raise Failed(f"{error['error']}: {error['message']}")
        return result.get("value", result) if isinstance(result, dict) else result

    def _read(self) -> Any:
        size = b""
        while not size.endswith(b":"):
            size += self._socket.recv(1)
        left, out = int(size[:-1]), b""
        while len(out) < left:
            out += self._socket.recv(left - len(out))
        return json.loads(out)

    # ---- what a person does

    def goto(self, url: str) -> None:
        self.ask("WebDriver:Navigate", {"url": url})

    @property
    def url(self) -> str:
        return self.ask("WebDriver:GetCurrentURL")

    def set_cookie(self, name: str, value: str) -> None:
        self.ask("WebDriver:AddCookie", {"cookie": {"name": name, "value": value, "path": "/"}})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a piece of JavaScript of the page returns; a promise is waited for."""
        return self.ask(
            "WebDriver:ExecuteScript", {"script": script, "args": list(arguments), "sandbox": None}
        )

    def find(self, selector: str) -> str:
        found = self.ask("WebDriver:FindElement", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def type(self, selector: str, text: str) -> None:
        element = self.find(selector)
        self.ask("WebDriver:ElementClear", {"id": element})
        self.ask("WebDriver:ElementSendKeys", {"id": element, "text": text})

    def click(self, selector: str) -> None:
        self.ask("WebDriver:ElementClick", {"id": self.find(selector)})

    def wait_for(self, script: str, *arguments: Any, seconds: float = 20) -> Any:
        """The first true value of an expression of the page."""
        asked = f"""const [given, most] = arguments; const until = Date.now() + most;
          return new Promise((done) => {{
            const look = () => {{
              const said = (({script}))(...given);
              if (said || Date.now() > until) done(said); else setTimeout(look, 50);
            }};
            look();
          }});"""
        value = self.run(asked, list(arguments), int(seconds * 1000))
        if not value:
            raise AssertionError(f"waited {seconds} s in vain for {script}")
        return value
