"""What is logged stays one entry: text from outside cannot begin a line of the log, nor move a terminal's cursor."""

from __future__ import annotations

import logging
import re
import sys

# Whatever ends a line, moves a cursor or turns the writing round, written as its number instead.
UNSAFE = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069]")
LINE = "%(levelname)s %(name)s: %(message)s"
INDENT = "    | "


def escaped(text: str) -> str:
    """One line of text without a sign that does something; a surrogate is written as its number too."""
    plain = text.encode("utf-8", "backslashreplace").decode()
    return UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), plain)


class OneEntry(logging.Formatter):
    """The first line says what happened, whatever the message holds; lines of a traceback are set in below it."""

    def __init__(self) -> None:
        super().__init__(LINE)

    def formatMessage(self, record: logging.LogRecord) -> str:
        return escaped(super().formatMessage(record))

    def formatException(self, ei: object) -> str:
        return self._set_in(super().formatException(ei))  # type: ignore[arg-type]

    def formatStack(self, stack_info: str) -> str:
        return self._set_in(super().formatStack(stack_info))

    @staticmethod
    def _set_in(text: str) -> str:
        return "\n".join(INDENT + escaped(line) for line in text.split("\n"))


def listen() -> None:
    """Send the log of everything to standard error in this form, once; where somebody set up logging, leave it."""
    root = logging.getLogger()
    if not root.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(OneEntry())
        root.addHandler(handler)
