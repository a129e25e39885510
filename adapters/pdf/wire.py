"""How the engine and its child talk: frames of a JSON head and any number of binary parts. Nothing is
unpickled.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from typing import Any

SIZES = struct.Struct(">IQ")  # bytes of the head, bytes of all parts together
HEAD_LIMIT = 16 << 20

Frame = tuple[dict[str, Any], list[bytes]]


class TooLarge(ValueError):
    """A frame larger than its reader allows."""


def pack(head: dict[str, Any], parts: Iterable[bytes] = ()) -> bytes:
    parts = list(parts)
    text = json.dumps({**head, "parts": [len(p) for p in parts]}).encode()
    return b"".join((SIZES.pack(len(text), sum(map(len, parts))), text, *parts))


class Frames:
    """Cuts a stream of bytes into frames. A frame with parts of more than `limit` bytes raises TooLarge."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._data = bytearray()

    def feed(self, data: bytes) -> Iterator[Frame]:
        self._data += data
        while len(self._data) >= SIZES.size:
            head_size, parts_size = SIZES.unpack_from(self._data)
            if head_size > HEAD_LIMIT or parts_size > self.limit:
                raise TooLarge(f"{head_size + parts_size} bytes")
            end = SIZES.size + head_size + parts_size
            if len(self._data) < end:
                return
            at = SIZES.size + head_size
            head = json.loads(self._data[SIZES.size : at])
            parts = []
            for size in head.pop("parts"):
                parts.append(bytes(self._data[at : at + size]))
                at += size
            del self._data[:end]
            yield head, parts
