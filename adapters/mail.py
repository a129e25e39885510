"""One message to one person over SMTP. Knows no word of the domain.

What goes wrong is one of three: `Refused` (for good: do not try again), `NotNow` (later perhaps), and its
kind `Unreachable` (the server itself: no other message will pass now either).
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.errors import MessageError
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP, Policy
from email.utils import format_datetime
from html.parser import HTMLParser
from typing import Any


class _Unfolded:
    """A header that machines read, such as an address of the web: it stays on its line, however long.

    The library would part it into encoded words, which no mail programme reads there (RFC 2369: a header of addresses).
    """

    max_count = 1

    @classmethod
    def parse(cls, value: str, values: dict[str, Any]) -> None:
        values.update(decoded=one_line(value), defects=[], parse_tree=None)

    def fold(self, *, policy: Policy) -> str:
        return f"{self.name}: {self}{policy.linesep}"  # type: ignore[attr-defined]


_FACTORY = HeaderRegistry()
_FACTORY.map_to_type("list-unsubscribe", _Unfolded)  # type: ignore[arg-type]
POLICY = SMTP.clone(max_line_length=78, header_factory=_FACTORY)


class Refused(Exception):
    """The server will never take this message; str() is its answer."""


class NotNow(Exception):
    """The server did not take it this time."""


class Unreachable(NotNow):
    """There was no server to talk to, or it stopped talking."""


@dataclass(frozen=True)
class Server:
    """Where mail goes out. tls: STARTTLS; ssl: TLS from the first byte; timeout: seconds for each step."""

    host: str
    port: int = 25
    username: str = ""
    password: str = field(default="", repr=False)
    tls: bool = False
    ssl: bool = False
    timeout: float = 20


@dataclass(frozen=True)
class Attached:
    """A file that goes along. media_type: as "text/calendar"; parameters: of its Content-Type, without the charset."""

    name: str
    media_type: str
    data: bytes
    parameters: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Letter:
    """A message: addresses as they are, names and subject as text on one line, the body twice.

    headers: others that it carries, as pairs (name, ASCII text).
    """

    sender: str
    sender_name: str
    to: str
    to_name: str
    subject: str
    text: str
    html: str
    message_id: str
    language: str = "fr"
    attached: tuple[Attached, ...] = ()
    headers: tuple[tuple[str, str], ...] = ()


def one_line(text: str) -> str:
    """The text without what could end a header: line breaks of every kind and control signs become spaces.

    Python's library decodes an encoded word (`=?utf-8?q?=0D=0A?=`) in what it is given, and writes the line break that
    was in it as it is: such a word is parted.
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).replace("=?", "= ?").split())


def message(letter: Letter) -> EmailMessage:
    """The message as it goes out. Raises Refused where an address cannot stand in a header."""
    out = EmailMessage(policy=POLICY)
    if not (letter.sender + letter.to).isascii():
        raise Refused("an address has signs that mail servers do not all know")
    try:
        out["From"] = Address(one_line(letter.sender_name), addr_spec=letter.sender)
        out["To"] = Address(one_line(letter.to_name), addr_spec=letter.to)
    except (ValueError, IndexError, MessageError) as error:
        raise Refused(f"not an address: {error}") from error
    out["Subject"] = one_line(letter.subject)
    out["Date"] = format_datetime(datetime.now(UTC))
    out["Message-ID"] = letter.message_id
    # RFC 3834: no answering machine should answer.
    out["Auto-Submitted"] = "auto-generated"
    out["X-Auto-Response-Suppress"] = "All"
    for name, value in letter.headers:
        out[name] = one_line(value)
    out.set_content(letter.text, cte="quoted-printable")
    out.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    for file in letter.attached:
        _attach(out, file)
    out["Content-Language"] = letter.language
    return out


def _attach(out: EmailMessage, file: Attached) -> None:
    """Text keeps its line ends, which a calendar has as CRLF; mail readers look for its parameters."""
    main, _, sub = file.media_type.partition("/")
    parameters = dict(file.parameters) | ({"charset": "utf-8"} if main == "text" else {})
    out.add_attachment(file.data, maintype=main, subtype=sub, filename=one_line(file.name), params=parameters)


def send(server: Server, letter: Letter) -> None:
    """Hand one message to the server. Raises Refused, NotNow or Unreachable; returns once it was taken."""
    ready = message(letter).as_bytes()
    try:
        connection = _connect(server)
    except smtplib.SMTPAuthenticationError as error:
        raise Unreachable(_answer(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    try:
        connection.sendmail(letter.sender, [letter.to], ready)
    except smtplib.SMTPRecipientsRefused as error:
        code, said = error.recipients[letter.to]
        raise _kind(code)(f"{code} {said.decode(errors='replace')}") from error
    except smtplib.SMTPResponseException as error:
        raise _kind(error.smtp_code)(_answer(error)) from error
    except smtplib.SMTPNotSupportedError as error:
        raise Refused(str(error)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unreachable(str(error) or type(error).__name__) from error
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.quit()
        connection.close()


def _connect(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    connection: smtplib.SMTP
    if server.ssl:
        connection = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=context)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
    try:
        if server.tls and not server.ssl:
            connection.starttls(context=context)
        if server.username:
            connection.login(server.username, server.password)
    except BaseException:
        connection.close()
        raise
    return connection


def _kind(code: int) -> type[Exception]:
    """5xx is for good, everything else may pass later. 421 closes the connection, and smtplib with it."""
    return Refused if 500 <= code < 600 else Unreachable if code == 421 else NotNow


def _answer(error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    return f"{error.smtp_code} {said.decode(errors='replace') if isinstance(said, bytes) else said}"


class _Words(HTMLParser):
    """HTML of a mail, as plain text: paragraphs, lists, and links with their address."""

    BLOCKS = frozenset({"p", "div", "ul", "ol", "h1", "h2", "h3", "blockquote", "table", "tr"})

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.href = ""
        self.skipped = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if self.skipped:
            return
        if "only-html" in (given.get("class") or "").split():
            self.skipped = tag
        elif tag == "a":
            self.href = given.get("href") or ""
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append("\n– ")
        elif tag in self.BLOCKS:
            self.pieces.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped = "" if tag == self.skipped else self.skipped
        elif tag == "a":
            address = self.href.removeprefix("mailto:").removeprefix("tel:")
            if self.href.startswith(("http:", "https:")):
                # Alone on its line, so that a mail reader makes all of it a link.
                self.pieces.append(f"\n{address}\n")
            self.href = ""
        elif tag in self.BLOCKS:
            self.pieces.append("\n\n")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.pieces.append(" ".join(data.split(" ")).replace("\n", " "))


def plain(html: str) -> str:
    """A fragment of HTML as plain text. An element of the class `only-html` is left out."""
    parser = _Words()
    parser.feed(html)
    parser.close()
    lines = [" ".join(line.split(" ")).strip(" ") for line in "".join(parser.pieces).split("\n")]
    out: list[str] = []
    for line in lines:
        if line or (out and out[-1]):
            out.append(line)
    return "\n".join(out).strip()
