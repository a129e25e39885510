"""What a form for a dossier asks, checked: pairs of a value and a sentence that says what is wrong."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from blueprints.languages import written
from models.dossiers import KINDS, OF_CIRCLES, OF_MEETINGS
from models.editions import Edition, current_edition, edition_by_code

WITHOUT_EDITION = frozenset({"D9"})


class BadOrder(ValueError):
    """Something in the form that cannot stand; str() is a sentence with its remedy."""


def languages() -> list[str]:
    """The languages that may be chosen for the words around the answers; none where there is no choice."""
    known = sorted(written() & {"fr", "nl", "de", "en"}, key=["fr", "nl", "de", "en"].index)
    return known if len(known) > 1 else []


def read_language(text: str) -> str:
    """A language, or "" where each fiche speaks its own. Raises BadOrder."""
    text = text.strip().lower()
    if text and text not in ("fr", "nl", "de", "en"):
        raise BadOrder(_("Cette langue n’est pas proposée. Choisissez-en une de la liste."))
    return text


def read_kind(text: str) -> str:
    """A kind of dossier that an edition has. Raises BadOrder."""
    text = text.strip().upper() or "D3"
    if text == "D1":
        raise BadOrder(_("Pour une seule fiche, ouvrez-la et choisissez « Faire le PDF »."))
    if text in OF_MEETINGS:
        raise BadOrder(_("Pour les papiers d’une réunion, ouvrez-la et choisissez ce qu’il faut imprimer."))
    if text in OF_CIRCLES:
        raise BadOrder(_("Pour le papier d’un groupe, ouvrez son tableau des échanges et choisissez le PDF."))
    if text not in KINDS:
        raise BadOrder(_("Ce document n’est pas proposé. Choisissez le dossier de la biennale."))
    return text


def read_edition(text: str) -> Edition:
    """The edition of this code, the current one for none. Raises BadOrder."""
    text = text.strip().upper()
    found = edition_by_code(text) if text else current_edition()
    if found is None:
        raise BadOrder(_("Cette édition n’existe pas. Choisissez-en une de la liste."))
    return found


def read(form: Any) -> tuple[str, Edition | None, str]:
    """(kind, edition, language) of the form that makes a dossier; the directory has no edition. Raises BadOrder."""
    kind = read_kind(form.get("kind", ""))
    edition = None if kind in WITHOUT_EDITION else read_edition(form.get("edition", ""))
    return kind, edition, read_language(form.get("lang", ""))
