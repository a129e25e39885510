"""Programs of the application without the second that its imports take.

`python -m tests.support.nursery SOCKET` imports the application once and forks itself for each program that is asked
for; what is forked goes on as `flask --app app …` in a process of its own, with its own arguments, environment and
output. It has made no application, opened no file and started no thread before. `born(…)` asks for one and gives
what subprocess.Popen would give. test_run.py and tests of what is imported start programs of their own.
"""

import atexit
import contextlib
import functools
import json
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NUMBER = struct.Struct("i")


# ---- in the tests


class Born:
    """A program of the nursery, with what the tests use of subprocess.Popen."""

    def __init__(self, arguments: tuple[str, ...], environment: dict[str, str], log: int):
        self.args = ("flask", *arguments)
        reading, writing = os.pipe()
        self.stdout = os.fdopen(reading, encoding="utf-8")
        self._said = socket.socket(socket.AF_UNIX)
        self._said.connect(_nursery())
        order = json.dumps({"arguments": arguments, "environment": environment}).encode()
        socket.send_fds(self._said, [NUMBER.pack(len(order))], [writing, log])
        self._said.sendall(order)
        os.close(writing)
        self.pid = _number(self._said)
        self.returncode: int | None = None

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code, negative for a signal; raises subprocess.TimeoutExpired."""
        if self.returncode is None:
            if not select.select([self._said], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired(self.args, timeout)
            self.returncode = _number(self._said)
            self._said.close()
        return self.returncode

    def poll(self) -> int | None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


@functools.cache
def _nursery() -> str:
    """Where the nursery of this process listens; started at the first call, ended with this process."""
    path = str(Path(tempfile.mkdtemp(prefix="nursery-")) / "socket")
    command = [sys.executable, "-m", "tests.support.nursery", path]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout.readline() == b"ready\n"
    atexit.register(process.stdin.close)
    return path


def _number(connection: socket.socket) -> int:
    data = b""
    while len(data) < NUMBER.size:
        more = connection.recv(NUMBER.size - len(data))
        assert more, "the nursery has ended"
        data += more
    return NUMBER.unpack(data)[0]


# ---- in the nursery


def _accept(listener: socket.socket) -> socket.socket:
    """The next who asks. Ends this process when the tests have ended."""
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            os._exit(0)
        return listener.accept()[0]


def _ordered(connection: socket.socket) -> tuple[dict, list[int]]:
    length, outputs, _, _ = socket.recv_fds(connection, NUMBER.size, 2)
    wanted, data = NUMBER.unpack(length)[0], b""
    while len(data) < wanted:
        data += connection.recv(wanted - len(data))
    return json.loads(data), outputs


def _serve(listener: socket.socket) -> dict:
    """Fork a keeper for each order, which waits for its program; returns in a program, with its order."""
    while True:
        connection = _accept(listener)
        if os.fork():
            connection.close()
            continue
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        order, outputs = _ordered(connection)
        pid = os.fork()
        if not pid:
            connection.close()
            with open(os.devnull) as nothing:
                for mine, given in enumerate((nothing.fileno(), *outputs)):
                    os.dup2(given, mine)
            for given in outputs:
                os.close(given)
            return order
        for given in outputs:
            os.close(given)
        # Tests that ended early are no reason to leave their program unreaped.
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(NUMBER.pack(pid))
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        with contextlib.suppress(BrokenPipeError):
            connection.sendall(NUMBER.pack(status))
        os._exit(0)


def _import_everything() -> None:
    import gc
    from importlib import import_module

    import flask.cli  # noqa: F401
    import waitress  # noqa: F401

    import app

    for area in app.AREAS:
        import_module(f"blueprints.{area}")
    gc.freeze()


def main() -> None:
    _import_everything()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(sys.argv[1])
    listener.listen(64)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    order = _serve(listener)
    os.environ.clear()
    os.environ.update(order["environment"])
    sys.argv = ["flask", *order["arguments"]]
    from flask.cli import main as flask

    flask()


if __name__ == "__main__":
    main()
