"""What a person agreed to: whether their words or their picture may be shown, and found, for a use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.fiche.question import Question

CLEAR = ("oui", "anonyme")


def cleared(consent: Mapping[str, Any] | None, usage: str) -> bool:
    """Whether a person agreed to this use ("intranet", "catalogue", "presse")."""
    return (
        bool(consent)
        and (consent or {}).get("statut") in CLEAR
        and usage in ((consent or {}).get("usages") or [])
    )


def picture_cleared(item: Mapping[str, Any], usage: str) -> bool:
    """A picture is shown where nobody can be recognised, or those who can agreed; inside, also while asking."""
    if item.get("consentement") in ("non", "retire"):
        return False
    if item.get("personnes_reconnaissables") is False or item.get("consentement") in (*CLEAR, "sans_objet"):
        return True
    return usage == "intranet"


def withheld(q: Question, item: Mapping[str, Any], usage: str = "intranet") -> bool:
    """Whether an item of this list is not shown for a use."""
    if q.view == "quotes":
        return not cleared(item.get("consentement"), usage)
    return q.view == "pictures" and not picture_cleared(item, usage)
