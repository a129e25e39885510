"""Plain text: its encoding, and its lines as paragraphs."""

from __future__ import annotations

import re

from adapters.documents import neutral
from adapters.documents.neutral import TOO_LONG, TOO_MANY, Block, Cell, Document, UnreadableDocument
from adapters.documents.recognise import OTHER, refuse

LINE_END = re.compile(r"\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
UNUSUAL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def read_plain(data: bytes) -> Document:
    """One paragraph a line that is not blank; tabs are kept. Raises UnreadableDocument."""
    text = decode(data)
    if len(text) > neutral.MAX_SIGNS:
        raise UnreadableDocument(TOO_LONG)
    lines = [line for line in LINE_END.split(text) if line.strip()]
    if len(lines) > neutral.MAX_BLOCKS:
        raise UnreadableDocument(TOO_MANY)
    return Document("txt", tuple(Block("paragraph", (Cell(line),)) for line in lines))


def decode(data: bytes) -> str:
    """Text from bytes: a byte order mark, else UTF-16 by its NULs, else UTF-8, else Windows-1252.

    Raises UnreadableDocument when what comes out is no text.
    """
    for mark, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if data.startswith(mark):
            return _checked(data, encoding)
    sample = data[:2000]
    if sample.count(0) > len(sample) // 4:
        return _checked(data, "utf-16-le" if sample[1::2].count(0) > sample[::2].count(0) else "utf-16-be")
    try:
        return _checked(data, "utf-8", strict=True)
    except UnicodeDecodeError:
        return _checked(data, "cp1252")


def _checked(data: bytes, encoding: str, *, strict: bool = False) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        if strict:
            raise
        raise refuse(OTHER) from None
    if "\x00" in text or len(UNUSUAL.findall(text[:20_000])) > 20:
        raise refuse(OTHER)
    return text
