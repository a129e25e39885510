"""The application as it runs for real: its own processes on an instance folder of their own."""

import functools
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from tests.support.nursery import Born

ROOT = Path(__file__).resolve().parents[2]
T = TypeVar("T")


def wait_until(what: Callable[[], T], seconds: float = 20) -> T:
    """The first true value of `what()`, for what gives no sign when it happens; fails after `seconds`."""
    until = time.monotonic() + seconds
    while not (value := what()):
        assert time.monotonic() < until, f"waited {seconds} s in vain"
        threading.Event().wait(0.02)
    return value


def close(app) -> None:
    """Close the connections of an application made by create_app, so that its files are at rest."""
    with app.app_context():
        for engine in app.extensions["sqlalchemy"].engines.values():
            engine.dispose()


class Program:
    """One command of the application, `flask --app app …`, in a process of its own.

    `lines` collects stdout as it comes; stderr goes to `log`. Nothing is waited for by sleeping.
    """

    def __init__(self, instance: Path, *arguments: str, app: str = "app", environment: dict | None = None):
        self.log = instance.parent / f"{instance.name}-{arguments[0]}.log"
        self.lines: list[str] = []
        self._coming: queue.Queue[str | None] = queue.Queue()
        given = {**os.environ, "TABLEE_INSTANCE": str(instance), **(environment or {})}
        with self.log.open("a") as log:
            if app == "app":
                self.process = Born(("--app", app, *arguments), given, log.fileno())
            else:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "flask", "--app", app, *arguments],
                    cwd=ROOT, env=given, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True,
                )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        for line in self.process.stdout:
            self._coming.put(line.rstrip("\n"))
        self._coming.put(None)

    def wait_for_line(self, start: str, seconds: float = 60) -> str:
        """The next line of stdout that starts so; AssertionError with the log if it does not come."""
        while True:
            try:
                line = self._coming.get(timeout=seconds)
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(
                    f"no line “{start}…” came from {self.process.args}:\n{self.log.read_text()}"
                )
            self.lines.append(line)
            if line.startswith(start):
                return line

    def end(self, seconds: float = 20) -> int:
        """Ask it to end, as systemd does; its exit code. If it does not end, it is killed: an error."""
        self.process.terminate()
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"{self.process.args} did not end within {seconds} s") from None
        self._finish()
        return code

    def kill(self) -> None:
        """The power goes."""
        self.process.kill()
        self.process.wait()
        self._finish()

    def _finish(self) -> None:
        self._reader.join(5)
        self.process.stdout.close()


class Site:
    """A server, and a worker if asked for, on `instance`; `url` without a slash at its end."""

    def __init__(self, instance: Path, app: str = "app"):
        self.instance, self.app = instance, app
        self.url = ""
        self.port = 0
        self.server: Program | None = None
        self.worker: Program | None = None

    @functools.cached_property
    def application(self):
        """The application in this process on the same instance, to look at the data and to prepare it."""
        from app import create_app

        return create_app({"INSTANCE": str(self.instance), "TESTING": True})

    def start(self, *, port: int | None = None, environment: dict | None = None) -> "Site":
        """Start the server and wait until it answers. Started again, it takes the port that it had."""
        wanted = str(self.port if port is None else port)
        options = ("serve", "--host", "127.0.0.1", "--port", wanted)
        self.server = Program(self.instance, *options, app=self.app, environment=environment)
        ready = self.server.wait_for_line("Ready: ")
        self.url = ready.removeprefix("Ready: ").strip().rstrip("/")
        self.port = int(self.url.rpartition(":")[2])
        return self

    def start_worker(self, environment: dict | None = None) -> Program:
        self.worker = Program(self.instance, "worker", app=self.app, environment=environment)
        return self.worker

    def kill_server(self) -> None:
        self.server.kill()
        self.server = None

    def stop(self) -> None:
        for name in ("worker", "server"):
            program = getattr(self, name)
            setattr(self, name, None)
            if program is not None and program.process.poll() is None:
                program.end()
        if "application" in self.__dict__:
            close(self.application)
