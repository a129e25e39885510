"""How a text is read that a form could not keep: under the label of its field, choices in words, nothing technical."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from importlib import import_module
from pathlib import Path

from flask_babel import gettext as _
from wtforms import Field, Form

from blueprints.look import locale
from models.fiche import questions
from models.vocabularies import terms

Words = dict[str, dict[str, str]]


@cache
def forms_of(area: str) -> tuple[type[Form], ...]:
    """The forms that an area of ours declares; none for an area whose forms stand in its templates."""
    if not (Path(__file__).parent / area / "forms.py").is_file():
        return ()
    module = import_module(f"blueprints.{area}.forms")
    found = [f for _name, f in inspect.getmembers(module, inspect.isclass) if issubclass(f, Form)]
    return tuple(f for f in found if f.__module__ == module.__name__)


def read_as(area: str | None, posted: Iterable[str]) -> tuple[dict[str, str], Words]:
    """(name of a field → its label, name → code → words) for the fields of these names, posted to an area."""
    names = set(posted)
    labels, words = _typed_by_hand()
    if area == "fiches":
        asked, chosen = _fiche(names)
        return labels | asked, words | chosen
    known = [form() for form in forms_of(area or "")]
    form = max(known, key=lambda f: len(names & {field.name for field in f}), default=None)
    for field in form or ():
        if field.name in names:
            labels[field.name] = str(field.label.text)
            words.pop(field.name, None)
            if offered := _offered(field):
                words[field.name] = offered
    return labels, words


def _offered(field: Field) -> dict[str, str]:
    """Code → words of a choice; {} for what a person types."""
    from blueprints.meetings.fields import Tick  # the areas are there once the application is

    if isinstance(field, Tick):
        return {"1": _("Oui")}
    rows = getattr(field, "offered", None) or getattr(field, "choices", None) or ()
    rows = rows() if callable(rows) else rows
    return {str(row[0]): str(row[1]) for row in rows}


def _fiche(names: set[str]) -> tuple[dict[str, str], Words]:
    leaves = questions.leaves()
    labels = {key: str(q.ask or q.label) for key, q in leaves.items()}
    lang = locale()[:2]
    words = {
        key: {code: term.label(lang) for code, term in terms(q.vocabulary).items()}
        for key, q in leaves.items()
        if key in names and q.vocabulary
    }
    return labels, words


def _typed_by_hand() -> tuple[dict[str, str], Words]:
    """The fields that stand in a template alone."""
    labels = {
        "name": _("Nom"), "email": _("Adresse"), "organisation": _("Organisation"), "title": _("Titre"),
        "answer": _("Votre réponse"), "message": _("Un mot pour le groupe"),
        "needs": _("De quoi avez-vous besoin pour participer\u00a0?"), "opinion": _("Votre avis"),
    }  # fmt: skip
    words = {
        "answer": {
            "OUI": _("Je viens"), "DIS": _("Je viens à distance"), "IND": _("Je ne viens pas"),
            "PRO": _("Je donne ma voix à…"), "yes": _("Oui"), "no": _("Non"),
        },
        "opinion": {"agree": _("D’accord"), "object": _("Une objection")},
    }  # fmt: skip
    return labels, words
