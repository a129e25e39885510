"""Finding people and organisations by what somebody types: without accents, capitals or order of the words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.statements import Rows, statement

PER_PAGE = 50
_SIGNS = re.compile(r"[^a-z0-9]+")


def fold(text: str | None) -> str:
    """Lower case, without accents and without signs: "L’Œuvre d’été" → "l oeuvre d ete"."""
    if text is None or text.isascii():
        return " ".join(_SIGNS.sub(" ", (text or "").lower()).split())
    loose = unicodedata.normalize("NFKD", text.casefold().replace("œ", "oe").replace("æ", "ae"))
    return " ".join("".join(c if c.isalnum() else " " for c in loose if not unicodedata.combining(c)).split())


def matches(words: str, *texts: str | None) -> bool:
    """Whether each of the words stands somewhere in these texts; nothing typed fits everything."""
    wanted = fold(words).split()
    hay = " ".join(fold(text) for text in texts) if wanted else ""
    return all(word in hay for word in wanted)


@dataclass(frozen=True)
class Slice:
    """One page of a list: its ids, how many there are in all, page of pages (from 1)."""

    ids: list[str]
    total: int
    page: int
    pages: int


def sliced(ids: Sequence[str], page: int, size: int = PER_PAGE) -> Slice:
    """The ids of one page; a page that there is not becomes the nearest one that there is."""
    pages = max(1, -(-len(ids) // size))
    page = min(max(page, 1), pages)
    return Slice(list(ids[(page - 1) * size : page * size]), len(ids), page, pages)


@statement
def _by_ids(ids: Any, *, model: Any, along: tuple[str, ...]) -> Rows:
    return select(model).where(model.id.in_(ids)).options(*(joinedload(getattr(model, one)) for one in along))


def in_order(model: Any, ids: Iterable[str], *along: str) -> list[Any]:
    """The rows with these ids, in their order. One query, and what its relationships take. along: names of relationships
    to read with them."""
    wanted = list(ids)
    if not wanted:
        return []
    rows = {row.id: row for row in _by_ids.all(wanted, model=model, along=along)}
    return [rows[one] for one in wanted if one in rows]
