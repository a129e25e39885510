"""How a route of a fiche finds it: by number or UUID."""

from __future__ import annotations

from typing import Any

from models.fiche.fiche import Fiche, find


def by_ref(ref: str, **_more: Any) -> Fiche | None:
    """The loader of `@needs`: the other values of the URL are read by the view from request.view_args."""
    return find(ref)
