"""Lists in pages: which page an address asks for, and the addresses of the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request, url_for

T = TypeVar("T")
PER_PAGE = 30


def asked() -> int:
    """The page that the address asks for; 1 where it says none, or none that could be."""
    text = request.args.get("page", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 1


@dataclass(frozen=True)
class Page:
    """One page of a list of `count` things. page: from 1, the nearest one where the address asks for one that is not there.

    names: what else of the address its neighbours keep.
    """

    count: int
    page: int
    names: tuple[str, ...] = ()
    size: int = PER_PAGE

    @classmethod
    def of(cls, count: int, *names: str, size: int = PER_PAGE) -> Page:
        """The page that the address of this request asks for."""
        return cls(count, min(max(asked(), 1), max(1, -(-count // size))), names, size)

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def window(self) -> tuple[int, int]:
        """(limit, offset) of its rows."""
        return self.size, (self.page - 1) * self.size

    def cut(self, rows: Sequence[T]) -> list[T]:
        """Of all rows, those of this page."""
        most, before = self.window
        return list(rows[before : before + most])

    def url(self, n: int) -> str:
        """The address of page n of the same list."""
        given: dict[str, Any] = {name: request.args[name] for name in self.names if name in request.args}
        return url_for(
            request.endpoint or "", **{**(request.view_args or {}), **given}, page=n if n > 1 else None
        )
