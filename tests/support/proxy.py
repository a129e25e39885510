"""The road between a browser and the server: a small HTTP/1.1 proxy on loopback that a test steers.

    proxy = Proxy(site.port)                          proxy.url is where the browser goes
    proxy.rule("POST", "/fiches/*", DropAfter())      the next such request arrives, its answer is lost
    proxy.rule("PUT", "/files/*", Answer(507), nth=2, times=None)
    held = proxy.rule("GET", "/session", Hold())      …; held.action.release()
    proxy.down(); proxy.up()                          no way at all: connections are refused
    proxy.wait_for("POST", "/fiches/*", fate="passed")

Nothing is waited for by sleeping: `wait_for` wakes when something passed. Whatever breaks here is broken on the way:
the product holds no switch for tests.
"""

from __future__ import annotations

import contextlib
import re
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

UUID = rb"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
NAMED = re.compile(rb'name="op_id"\r\n\r\n(' + UUID + rb")|(?:^|&)op_id=(" + UUID + rb")")
NO_BODY = {204, 304}
RESET = struct.pack("ii", 1, 0)


class Pass:
    """Let it through."""


class DropBefore:
    """It never arrives; the connection is reset."""


class DropAfter:
    """It arrives, the server has answered whole, and the answer is lost with the connection."""


@dataclass
class Delay:
    """It arrives; its answer comes `seconds` later."""

    seconds: float


class Hold:
    """It arrives (or, with before=True, waits on its way); its answer waits until `release()`, or is lost by `drop()`."""

    def __init__(self, *, before: bool = False) -> None:
        self.before, self.dropped, self._free = before, False, threading.Event()

    def release(self) -> None:
        self._free.set()

    def drop(self) -> None:
        self.dropped = True
        self._free.set()

    def wait(self) -> None:
        self._free.wait(120)


@dataclass
class Answer:
    """It never arrives; somebody on the way answers."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Truncate:
    """It arrives; of the answer's body come `size` bytes, then the connection is reset."""

    size: int


Action = Pass | DropBefore | DropAfter | Delay | Hold | Answer | Truncate
FATES = {
    Pass: "passed", DropBefore: "dropped before", DropAfter: "dropped after", Delay: "passed", Hold: "passed",
    Answer: "answered", Truncate: "truncated",
}  # fmt: skip


@dataclass
class Rule:
    """nth: from which matching request on, counted from 1; times: for how many, None for all that come."""

    method: str
    path: str
    action: Action
    nth: int = 1
    times: int | None = 1
    seen: int = 0

    def fires(self, method: str, path: str) -> bool:
        if self.method not in ("*", method) or not fnmatchcase(path, self.path):
            return False
        self.seen += 1
        return self.seen >= self.nth and (self.times is None or self.seen < self.nth + self.times)


@dataclass
class Exchange:
    """One request: fate is "" while it is under way; status: the server's, or of whoever answered, 0 for none."""

    method: str
    path: str
    op_id: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    fate: str = ""
    answer: bytes = b""


class Proxy:
    """Listens on a free port of 127.0.0.1 until `stop()`. target: the port of the server."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.log: list[Exchange] = []
        self._rules: list[Rule] = []
        self._open: set[socket.socket] = set()
        self._more = threading.Condition()
        self._listener: socket.socket | None = None
        self.port = 0
        self.up()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    # ---- what a test says

    def rule(self, method: str, path: str, action: Action, *, nth: int = 1, times: int | None = 1) -> Rule:
        """What happens to the next requests like this; of several rules that fit, the latest one decides."""
        made = Rule(method, path, action, nth, times)
        with self._more:
            self._rules.insert(0, made)
        return made

    def clear(self) -> None:
        """No rule holds any more; what is held goes on."""
        with self._more:
            rules, self._rules = self._rules, []
        for one in rules:
            if isinstance(one.action, Hold):
                one.action.release()

    def down(self) -> None:
        """No way any more: connections are reset, new ones refused."""
        with self._more:
            listener, self._listener = self._listener, None
            open_ones = list(self._open)
        if listener:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)  # else the port listens until accept() returns
            listener.close()
        for one in open_ones:
            _reset(one)

    def up(self) -> None:
        """The way is open again, at the same address."""
        if self._listener:
            return
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", self.port))
        listener.listen(128)
        self.port, self._listener = listener.getsockname()[1], listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def stop(self) -> None:
        self.clear()
        self.down()

    def passed(self, method: str, path: str, **facts: object) -> list[Exchange]:
        """What came so far that fits; facts: values of Exchange, such as status=201 or fate="passed"."""
        with self._more:
            return [e for e in self.log if _fits(e, method, path, facts)]

    def wait_for(
        self, method: str, path: str, *, count: int = 1, seconds: float = 30, **facts: object
    ) -> Exchange:
        """The `count`th exchange that fits, as soon as it has come. Without a fate, it may still be under way."""
        until = time.monotonic() + seconds
        with self._more:
            while True:
                found = [e for e in self.log if _fits(e, method, path, facts)]
                if len(found) >= count:
                    return found[count - 1]
                left = until - time.monotonic()
                if left <= 0 or not self._more.wait(left):
                    seen = "\n  ".join(f"{e.method} {e.path} {e.status} {e.fate}" for e in self.log[-30:])
                    raise AssertionError(f"no {count}. {method} {path} {facts} came; of late:\n  {seen}")

    # ---- what it does

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _address = listener.accept()
            except OSError:
                return
            with self._more:
                if self._listener is not listener:
                    _reset(client)
                    return
                self._open.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client.makefile("rb") as stream:
                while self._one(client, stream):
                    pass
        except (OSError, ValueError):
            pass
        finally:
            with self._more:
                self._open.discard(client)
            with contextlib.suppress(OSError):
                client.close()

    def _one(self, client: socket.socket, stream) -> bool:
        """One request of a connection; whether another may follow."""
        line = stream.readline()
        if not line.strip():
            return False
        method, path, _version = line.decode("latin-1").split(" ", 2)
        headers = dict(_headers(stream))
        body = stream.read(int(headers.get("content-length", 0)))
        named = NAMED.search(body)
        op_id = (named[1] or named[2]).decode() if named else ""
        exchange = Exchange(method, path.partition("?")[0], op_id, headers, body)
        with self._more:
            action = next((r.action for r in self._rules if r.fires(method, exchange.path)), Pass())
            self.log.append(exchange)
            self._more.notify_all()
        fate = self._treat(client, exchange, path, action)
        with self._more:
            exchange.fate = fate
            self._more.notify_all()
        return fate in ("passed", "answered")

    def _treat(self, client: socket.socket, exchange: Exchange, path: str, action: Action) -> str:
        """Do what the rule says; what became of it."""
        if isinstance(action, Hold) and action.before:
            action.wait()
            if action.dropped:
                return _lose(client, "dropped before")
        if isinstance(action, DropBefore):
            return _lose(client, "dropped before")
        if isinstance(action, Answer):
            exchange.status = action.status
            head = "".join(f"{k}: {v}\r\n" for k, v in action.headers.items())
            _send(client, exchange.method, action.status, head.encode("latin-1"), action.body)
            return "answered"
        try:
            status, head, body = self._ask(exchange, path)
        except OSError:
            return _lose(client, "no server")
        exchange.answer = body
        with self._more:
            exchange.status = status
            self._more.notify_all()
        if isinstance(action, DropAfter):
            return _lose(client, "dropped after")
        if isinstance(action, Truncate):
            with contextlib.suppress(OSError):
                client.sendall(_start(status, head, len(body)) + body[: action.size])
            return _lose(client, "truncated")
        if isinstance(action, Delay):
            threading.Event().wait(action.seconds)
        if isinstance(action, Hold) and not action.before:
            action.wait()
            if action.dropped:
                return _lose(client, "dropped after")
        try:
            _send(client, exchange.method, status, head, body)
        except OSError:
            return "gone"  # whoever asked is not there any more
        return "passed"

    def _ask(self, exchange: Exchange, path: str) -> tuple[int, bytes, bytes]:
        """The server's (status, header lines, body). As HTTP/1.0: the answer ends where the connection does."""
        with socket.create_connection(("127.0.0.1", self.target), timeout=120) as server:
            kept = {k: v for k, v in exchange.headers.items() if k != "connection"}
            lines = "".join(f"{k}: {v}\r\n" for k, v in kept.items())
            head = f"{exchange.method} {path} HTTP/1.0\r\n{lines}\r\n".encode("latin-1")
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # refused before all was read
                server.sendall(head + exchange.body)
            whole = b""
            while chunk := server.recv(65536):
                whole += chunk
        start, _sep, body = whole.partition(b"\r\n\r\n")
        first, _sep, rest = start.partition(b"\r\n")
        if not first.startswith(b"HTTP/"):
            raise ConnectionError("no answer")
        keep = [h for h in rest.split(b"\r\n") if h.split(b":")[0].lower() not in OURS]
        return int(first.split()[1]), b"".join(h + b"\r\n" for h in keep if h), body


OURS = (b"connection", b"content-length", b"transfer-encoding", b"keep-alive")


def _fits(exchange: Exchange, method: str, path: str, facts: dict[str, object]) -> bool:
    return (
        method in ("*", exchange.method)
        and fnmatchcase(exchange.path, path)
        and all(getattr(exchange, name) == value for name, value in facts.items())
    )


def _headers(stream) -> Iterator[tuple[str, str]]:
    while (line := stream.readline()).strip():
        name, _colon, value = line.decode("latin-1").partition(":")
        yield name.strip().lower(), value.strip()


def _start(status: int, head: bytes, size: int) -> bytes:
    length = b"" if status in NO_BODY else f"Content-Length: {size}\r\n".encode()
    return f"HTTP/1.1 {status} -\r\n".encode() + head + length + b"\r\n"


def _send(client: socket.socket, method: str, status: int, head: bytes, body: bytes) -> None:
    empty = method == "HEAD" or status in NO_BODY
    client.sendall(_start(status, head, len(body)) + (b"" if empty else body))


def _lose(client: socket.socket, fate: str) -> str:
    _reset(client)
    return fate


def _reset(client: socket.socket) -> None:
    """Break it as a dead network does: nothing more comes, nothing is closed in order."""
    with contextlib.suppress(OSError):
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        client.shutdown(socket.SHUT_RDWR)
    with contextlib.suppress(OSError):
        client.close()
