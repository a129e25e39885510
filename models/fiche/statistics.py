"""Figures about a set of fiches. Each says its base and how many gave no answer; none is left out of the base."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from models.fiche import questions
from models.fiche.content import get
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche
from models.store import db
from models.vocabularies import label, terms

CHARTS: tuple[tuple[str, Any], ...] = (
    ("axes", _l("Les cinq actions")),
    ("secteurs", _l("Secteurs de la vie sociale")),
    ("milieux", _l("Milieux de vie")),
    ("determinants", _l("Déterminants de la santé")),
    ("publics", _l("Publics concernés en premier")),
    ("structure_porteuse.type", _l("Structures porteuses")),
    ("territoire.niveau", _l("Étendue du territoire")),
    ("bilan.degre_vise", _l("Participation visée")),
    ("bilan.degre_reel_max", _l("Participation atteinte, au plus haut")),
)


@dataclass(frozen=True)
class Chart:
    """rows: (words, how many fiches), most first or in the order of a scale; unknown: fiches without an answer.

    base: fiches counted. several: a fiche may stand in several rows, so rows add up to more than the base.
    """

    key: str
    title: Any
    rows: list[tuple[str, int]]
    unknown: int
    base: int
    several: bool

    @property
    def known(self) -> int:
        return self.base - self.unknown


@dataclass(frozen=True)
class Total:
    """A sum over the fiches that gave a number; `known` of `base` did."""

    title: Any
    value: float
    known: int
    base: int
    money: bool = False


def chart(key: str, title: Any, ids: Sequence[str], lang: str = "fr", *, empty: bool = False) -> Chart:
    """How many of these fiches chose each code of a question. empty: rows of zero too."""
    q = questions.leaves()[key]
    here = (FicheFacet.facet == key, FicheFacet.fiche_id.in_(ids))
    counted = select(FicheFacet.code, func.count()).where(*here).group_by(FicheFacet.code)
    found: dict[str, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    answered = db.session.scalar(select(func.count(func.distinct(FicheFacet.fiche_id))).where(*here)) or 0
    codes = [c for c in terms(q.vocabulary) if found.get(c) or empty or _scale(q.vocabulary)]
    if not _scale(q.vocabulary):
        order = {c: n for n, c in enumerate(terms(q.vocabulary))}
        codes.sort(key=lambda c: (-found.get(c, 0), order[c]))
    rows = [(label(q.vocabulary, c, lang), found.get(c, 0)) for c in codes]
    return Chart(key, title, rows, len(ids) - answered, len(ids), q.kind == "choices")


def _scale(vocabulary: str) -> bool:
    """Whether the order of the terms is itself a message."""
    return vocabulary in ("participation", "axe")


def charts(ids: Sequence[str], lang: str = "fr") -> list[Chart]:
    """All charts of a set of fiches; a constant number of queries."""
    return [chart(key, title, ids, lang) for key, title in CHARTS]


def totals(fiches: Sequence[Fiche]) -> list[Total]:
    """Sums over the numbers that fiches give; each says how many gave one."""

    def add(title: Any, key: str, money: bool = False, only: tuple[str, str] | None = None) -> Total:
        values = [get(f.content, key) for f in fiches if only is None or get(f.content, only[0]) == only[1]]
        known = [v for v in values if v is not None]
        return Total(title, sum(known), len(known), len(fiches), money)

    return [
        add(_l("citoyens prennent part aujourd’hui"), "bilan.citoyens.nombre"),
        add(_l("citoyens ont pris part depuis le début"), "bilan.citoyens.depuis_le_debut"),
        add(
            _l("par an, pour les actions qui disent un coût annuel"),
            "bilan.cout.montant",
            True,
            ("bilan.cout.periode", "an"),
        ),
    ]
