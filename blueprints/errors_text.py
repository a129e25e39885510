"""What an error page says: for each HTTP code a title, what happened, and the remedy.

The person is never wrong, and each remedy is an act that they can do now. Texts are lazy: they are read in
the language of the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from flask_babel import lazy_gettext as _l

Texts = tuple[str, str, str]

ERRORS: dict[int, Texts] = {
    400: (
        _l("Cet envoi n’est pas arrivé entier"),
        _l("La page a été interrompue en route, ou elle était ouverte depuis longtemps."),
        _l("Revenez en arrière, relisez, puis envoyez à nouveau."),
    ),
    401: (
        _l("Reconnectez-vous"),
        _l("Votre visite est terminée, ou cette page est réservée aux membres. Votre texte vous attend."),
        _l("Entrez à nouveau : vous reviendrez ici."),
    ),
    403: (
        _l("Cette porte est réservée"),
        _l("Vous pouvez voir cette page, mais cet acte revient à d’autres personnes. Rien n’a changé."),
        _l("Demandez à la coordination, ou revenez à l’accueil."),
    ),
    404: (
        _l("Cette place est vide"),
        _l("La page a été déplacée, ou elle n’est pas pour vous. Votre travail, lui, n’a pas bougé."),
        _l(
            "Revenez à l’accueil, ou cherchez par un mot. "
            "Le lien vient d’un courriel ? Transmettez-le au secrétariat."
        ),
    ),
    405: (
        _l("Cette adresse ne s’ouvre pas ainsi"),
        _l("Elle reçoit un formulaire ; elle n’a pas de page à montrer."),
        _l("Revenez à la page d’avant et servez-vous de son bouton."),
    ),
    409: (
        _l("Quelque chose a changé entre-temps"),
        _l("Une autre personne a travaillé au même endroit. Son texte et le vôtre sont gardés."),
        _l("Ouvrez à nouveau la page pour voir où elle en est, puis choisissez."),
    ),
    413: (
        _l("Ce fichier est trop lourd"),
        _l("Un envoi peut peser 15 Mo au plus. Rien n’a été enregistré de celui-ci."),
        _l("Choisissez une photo plus petite, ou envoyez les fichiers un à un."),
    ),
    415: (
        _l("Ce genre de fichier ne s’ouvre pas ici"),
        _l("La page attend une autre sorte de fichier."),
        _l("Pour une image, choisissez JPEG, PNG ou WebP ; pour un texte, PDF, Word ou OpenDocument."),
    ),
    422: (
        _l("Une réponse est à revoir"),
        _l("Le texte est arrivé, mais une réponse ne peut pas être prise comme elle est."),
        _l("Revenez au formulaire : la phrase à côté de la réponse dit quoi écrire."),
    ),
    429: (
        _l("Attendez un peu"),
        _l("Beaucoup de demandes sont venues de chez vous en peu de temps. Rien n’est perdu."),
        _l("Recommencez dans quelques minutes."),
    ),
    500: (
        _l("La table a vacillé"),
        _l("Une panne de notre côté. Ce qui était gardé l’est toujours."),
        _l("Recommencez dans un instant. Si cela revient, dites-le au secrétariat avec l’heure."),
    ),
    503: (
        _l("Un moment, s’il vous plaît"),
        _l("Le site ne peut rien enregistrer pour l’instant. Ce qui était gardé l’est toujours."),
        _l("Gardez cette page ouverte et recommencez dans quelques minutes."),
    ),
}


def error_texts(code: int) -> Texts:
    """Title, what happened, remedy. A code without words of its own speaks as 400 or as 500."""
    return ERRORS.get(code) or ERRORS[500 if code >= 500 else 400]


SECRET = ("password", "passe", "token", "passcode", "secret", "totp", "credential", "recovery", "passkey")
TECHNICAL = {
    "op_id",
    "base",
    "schema_version",
    "author",
    "part",
    "field",
    "begun_at",
    "seen",
    "act",
    "next",
    "id",
    "hp",
}


def keepable(posted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """The posted pairs that may stand in a page and be posted again: all but secrets and tokens, in order."""
    return [(name, value) for name, value in posted if not is_secret(name)]


def is_secret(name: str) -> bool:
    """Whether a field of this name must never be written back into a page."""
    return (
        name in ("code", "current")
        or name.startswith("confirm_")
        or any(word in name.lower() for word in SECRET)
    )


ID = re.compile(r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-f]{64})\Z")
CODE = re.compile(r"(?:[a-z0-9_.:-]*|[A-Z0-9]{1,5})\Z")


def readable(
    kept: Iterable[tuple[str, str]],
    labels: Mapping[str, str] | None = None,
    words: Mapping[str, Mapping[str, str]] | None = None,
) -> list[tuple[str, str]]:
    """(label, text) of what a person wrote, for reading and copying: without empty and technical fields, without ids.

    `labels` maps a field's name to its question, `words` the name of a choice to what its codes say. A field that has no
    label is "Votre texte", and left out where it is one code.
    """
    labels, words, out = labels or {}, words or {}, []
    for name, value in kept:
        if not value.strip() or name in TECHNICAL or ID.match(value.strip()):
            continue
        if name in words:
            value = words[name].get(value, "")
        label = labels.get(name) or labels.get(name.split("-")[0])
        if value and (label or not CODE.match(value.strip())):
            out.append((label or str(_l("Votre texte")), value))
    return out
