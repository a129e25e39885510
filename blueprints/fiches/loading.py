"""How a route of a fiche finds it: by number or UUID."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from models.fiche.fiche import Fiche, find


def by_ref(ref: str, **_more: Any) -> Fiche | None:
    """The loader of `@needs`: the other values of the URL are read by the view from request.view_args."""
    return find(ref)


def uuid_of(text: str | None) -> str | None:
    """A posted UUID in its one spelling; None for what is none."""
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None
