"""A real SMTP server on a free loopback port, which can also be unwell.

`mode` may be changed at any time; it holds from the next connection on:

normal      takes every message
4xx         refuses each recipient for now (451)
5xx         refuses each recipient for good (550)
hang        takes the connection and never says a word
hang-data   takes the whole message and never answers
drop        closes each connection at once
drop-data   takes the whole message and closes without an answer: the sender cannot know
"""

import asyncio
import email
import email.policy
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage

from aiosmtpd.smtp import SMTP

MODES = ("normal", "4xx", "5xx", "hang", "hang-data", "drop", "drop-data")


@dataclass
class Delivered:
    """One message as it came: envelope and parsed content. `taken` says whether the server answered 250."""

    sender: str
    recipients: list[str]
    message: EmailMessage
    taken: bool

    @property
    def text(self) -> str:
        return self._body("plain")

    @property
    def html(self) -> str:
        return self._body("html")

    def _body(self, kind: str) -> str:
        part = self.message.get_body((kind,))
        return part.get_content().replace("\r\n", "\n") if part else ""


class _Mute(asyncio.Protocol):
    """Takes a connection and says nothing, or closes it at once."""

    def __init__(self, server: "MailServer", close: bool):
        self.server, self.close = server, close

    def connection_made(self, transport):
        self.server._opened(transport)
        if self.close:
            transport.abort()


class _Handler:
    def __init__(self, server: "MailServer"):
        self.server = server

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = {"4xx": "451 Try again later", "5xx": "550 No such person here"}.get(self.server.mode)
        if refusal:
            self.server._note(lambda: self.server.refused.append(address))
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mode = self.server.mode
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        taken = mode not in ("hang-data", "drop-data")
        delivered = Delivered(envelope.mail_from, list(envelope.rcpt_tos), message, taken)
        self.server._note(lambda: self.server.received.append(delivered))
        if mode == "drop-data":
            server.transport.abort()
        elif mode == "hang-data":
            await asyncio.Event().wait()
        return "250 OK"


class _Session(SMTP):
    def __init__(self, server: "MailServer", **options):
        super().__init__(_Handler(server), **options)
        self.mail_server = server

    def connection_made(self, transport):
        self.mail_server._opened(transport)
        super().connection_made(transport)


class MailServer:
    """`host` and `port` to connect to; `messages` taken so far; `connections` opened so far.

    `received` holds also what was read in full but not taken (hang-data, drop-data), `refused` the recipients
    turned away. Use as a context manager, or call start() and stop(); stop() closes what is open, so that a
    sender sees the server die.
    """

    def __init__(self, mode: str = "normal"):
        self.mode = mode
        self.host = "127.0.0.1"
        self.port = 0
        self.received: list[Delivered] = []
        self.refused: list[str] = []
        self.connections = 0
        self._changed = threading.Condition()
        self._transports: set[asyncio.BaseTransport] = set()
        self._thread: threading.Thread | None = None

    @property
    def mode(self) -> str:
        return self._mode

    @mode.setter
    def mode(self, mode: str) -> None:
        if mode not in MODES:
            raise ValueError(f"{mode!r} is not one of {MODES}")
        self._mode = mode

    @property
    def messages(self) -> list[Delivered]:
        return [delivered for delivered in self.received if delivered.taken]

    def wait_for(self, what: Callable[["MailServer"], object], seconds: float = 10) -> None:
        """Wait until `what(server)` is true, woken by each event; AssertionError after `seconds`."""
        until = time.monotonic() + seconds
        with self._changed:
            while not what(self):
                if not self._changed.wait(until - time.monotonic()):
                    seen = f"{len(self.messages)} messages, {self.connections} connections"
                    raise AssertionError(f"waited {seconds} s in vain; {seen}")

    def start(self) -> "MailServer":
        """Listen; a second start takes the same port, as a server that comes back does."""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(10)
        return self

    async def _listen(self) -> None:
        self._server = await self._loop.create_server(self._protocol, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        if self._thread is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._thread = None
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for transport in self._transports:
            transport.abort()
        self._transports.clear()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def __enter__(self) -> "MailServer":
        return self.start()

    def __exit__(self, *exc_info) -> None:
        self.stop()

    def _protocol(self) -> asyncio.Protocol:
        if self.mode in ("hang", "drop"):
            return _Mute(self, close=self.mode == "drop")
        return _Session(self, enable_SMTPUTF8=True, hostname="localhost", loop=self._loop)

    def _opened(self, transport: asyncio.BaseTransport) -> None:
        self._transports.add(transport)
        self._note(self._count)

    def _count(self) -> None:
        self.connections += 1

    def _note(self, change: Callable[[], object]) -> None:
        with self._changed:
            change()
            self._changed.notify_all()
