"""The Nu HTML checker as a server on loopback. ./test --long fetches it and sends it each page."""

import functools
import json
import socket
import subprocess
import threading
import urllib.request
from pathlib import Path

from tests.support.site import ROOT

CACHE = ROOT / ".cache" / "nu"


def _jar() -> Path:
    jars = sorted(CACHE.glob("*.jar"))
    if not jars:
        raise RuntimeError("the Nu checker is not here: ./test --long fetches it")
    return jars[-1]


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _command(port: int) -> list[str]:
    java = ["java", "-Xmx512m", "-Dnu.validator.servlet.bind-address=127.0.0.1", "-cp", str(_jar())]
    return [*java, "nu.validator.servlet.Main", str(port)]


class NuChecker:
    """`problems(html)` gives one sentence for each error and warning, empty for a sound page."""

    def __init__(self):
        self.port = _free_port()
        self.process = subprocess.Popen(
            _command(self.port),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        if not any("started at" in line for line in self.process.stdout):  # ends if the process does
            raise RuntimeError("the Nu checker did not start")
        # What it says later is not needed, but must not fill the pipe.
        threading.Thread(target=self.process.stdout.read, daemon=True).start()
        self.problems = functools.lru_cache(maxsize=4096)(self._problems)

    def _problems(self, html: str) -> tuple[str, ...]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/?out=json",
            data=html.encode(),
            headers={"Content-Type": "text/html; charset=utf-8"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            messages = json.load(answer)["messages"]
        return tuple(
            f"line {m.get('lastLine')}: {m['message']} {m.get('extract', '')[:120]!r}"
            for m in messages
            if m["type"] != "info" or m.get("subType") == "warning"
        )

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
