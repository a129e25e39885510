"""Pieces of pages that cost much and change seldom, kept in memory under a key that says all they depend on.

A key holds the revision of what is drawn, the language, and everything about the reader that decides what is shown;
so a piece is never out of date and never meant for somebody else. Nothing is kept longer than the process lives.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

T = TypeVar("T")
MOST = 2_000  # pieces
MOST_SIGNS = 12_000_000  # of all pieces together

_pieces: OrderedDict[Hashable, Any] = OrderedDict()
_lock = Lock()
_signs = 0


def _weight(piece: Any) -> int:
    return len(str(piece))


def kept(key: Hashable, make: Callable[[], T]) -> T:
    """The piece under this key, made at the first call; the least recently used leave first."""
    global _signs
    with _lock:
        if key in _pieces:
            _pieces.move_to_end(key)
            found: T = _pieces[key]
            return found
    piece = make()
    with _lock:
        if key not in _pieces:
            _pieces[key] = piece
            _signs += _weight(piece)
        while _pieces and (len(_pieces) > MOST or _signs > MOST_SIGNS):
            _signs -= _weight(_pieces.popitem(last=False)[1])
    return piece


def forget() -> None:
    """Drop everything: after an erasure, and in tests."""
    global _signs
    with _lock:
        _pieces.clear()
        _signs = 0
