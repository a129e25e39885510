"""What the advocacy digest says (D10): figures with their base and their unknowns, three fiches, three quotes, recommendations.

Everything is about the fiches that may be printed for outside (models/dossiers.py, `selection`) and about what open
circles adopted (models/published.py). A quote is here only where its person agreed to the use "catalogue".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from models import published
from models.dossiers import Selection, selection
from models.editions import Edition
from models.fiche import statistics
from models.fiche.content import normal
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche
from models.fiche.reading import Sheet
from models.fiche.statistics import Total
from models.recommendations import Recommendation, RecommendationFiche
from models.store import db
from models.vocabularies import terms

USE = "catalogue"
CARE = frozenset({"SAN", "MEN"})  # the sectors of care; whoever acts elsewhere acts on health too
FEW = 3


@dataclass(frozen=True)
class Quote:
    """Words that may be printed. by: who, as they want to be named, with function, context and date (partial, or None)."""

    text: str
    by: tuple[str, ...]
    date: str | None
    fiche: Fiche


@dataclass(frozen=True)
class Coverage:
    """Sectors by families of determinants. cells: (sector, family) → fiches; sectors: sector → fiches, all codes.

    families: family → fiches; without: fiches that name no sector, or no determinant.
    """

    cells: Mapping[tuple[str, str], int]
    sectors: Mapping[str, int]
    families: Mapping[str, int]
    without: int


@dataclass(frozen=True)
class Participation:
    """Degrees P0 to P6. aimed, real: degree → fiches (the highest that is reached); no_aim, no_real: fiches that do not say.

    reach, below: of the fiches that say both, those that reach what they aim at, and those that do not yet; both: how
    many say both.
    """

    aimed: Mapping[str, int]
    real: Mapping[str, int]
    no_aim: int
    no_real: int
    reach: int
    below: int
    both: int


@dataclass(frozen=True)
class Digest:
    """Everything, for an edition."""

    edition: Edition
    chosen: Selection
    totals: list[Total]
    communes: int
    no_commune: int
    beyond: int
    coverage: Coverage
    participation: Participation
    fiches: list[tuple[Fiche, int]]
    quotes: list[Quote]
    held: int
    recommendations: list[Recommendation]
    adopting: Mapping[str, str]

    @property
    def base(self) -> int:
        return len(self.chosen.fiches)


def family_of(code: str) -> str:
    """The family of a determinant: "EN3" → "EN"."""
    return code[:2]


def families() -> list[str]:
    """The families of determinants, in the order of the vocabulary."""
    return list(dict.fromkeys(family_of(code) for code in terms("determinant")))


def digest(edition: Edition) -> Digest:
    """What the digest of an edition says today. A constant number of queries."""
    chosen = selection(edition)
    ids = [f.id for f in chosen.fiches]
    recommendations = published.recommendations(edition)
    ranked = by_support(chosen.fiches, edition)
    told, held = quotes([fiche for fiche, _n in ranked])
    communes, known = _communes(ids)
    return Digest(
        edition, chosen, statistics.totals(chosen.fiches), communes, len(ids) - known, _beyond(ids), coverage(ids), participation(ids),
        ranked[:FEW], told, held, recommendations, published.numbers(row.decision_id for row in recommendations),
    )  # fmt: skip


def _communes(ids: Sequence[str]) -> tuple[int, int]:
    """(how many communes, how many fiches name one)."""
    here = (FicheFacet.facet == "commune", FicheFacet.fiche_id.in_(ids))
    query = select(
        func.count(func.distinct(FicheFacet.code)), func.count(func.distinct(FicheFacet.fiche_id))
    ).where(*here)
    row = db.session.execute(query).one()
    return int(row[0]), int(row[1])


def _beyond(ids: Sequence[str]) -> int:
    """How many fiches name a sector that is not one of care."""
    here = (FicheFacet.facet == "secteurs", FicheFacet.fiche_id.in_(ids), FicheFacet.code.not_in(CARE))
    return db.session.scalar(select(func.count(func.distinct(FicheFacet.fiche_id))).where(*here)) or 0


def coverage(ids: Sequence[str]) -> Coverage:
    """How many of these fiches stand in each sector and each family of determinants. Four queries."""
    one, other = aliased(FicheFacet), aliased(FicheFacet)
    family, fiches = func.substr(other.code, 1, 2), func.count(func.distinct(one.fiche_id))
    both = (one.facet == "secteurs", other.facet == "determinants", one.fiche_id.in_(ids))
    query = (
        select(one.code, family, fiches)
        .join(other, other.fiche_id == one.fiche_id)
        .where(*both)
        .group_by(one.code, family)
    )
    cells = {(row[0], row[1]): int(row[2]) for row in db.session.execute(query)}
    full = (
        select(func.count(func.distinct(one.fiche_id)))
        .join(other, other.fiche_id == one.fiche_id)
        .where(*both)
    )
    here = FicheFacet.fiche_id.in_(ids)
    return Coverage(
        cells,
        _counted(FicheFacet.code, here, FicheFacet.facet == "secteurs"),
        _counted(func.substr(FicheFacet.code, 1, 2), here, FicheFacet.facet == "determinants"),
        len(ids) - (db.session.scalar(full) or 0),
    )


def _counted(code: Any, *where: Any) -> dict[str, int]:
    query = select(code, func.count(func.distinct(FicheFacet.fiche_id))).where(*where).group_by(code)
    return {row[0]: int(row[1]) for row in db.session.execute(query)}


def participation(ids: Sequence[str]) -> Participation:
    """What these fiches aim at, and what happens in fact. One query."""
    keys = ("bilan.degre_vise", "bilan.degre_reel_max")
    query = select(FicheFacet.fiche_id, FicheFacet.facet, FicheFacet.code).where(
        FicheFacet.facet.in_(keys), FicheFacet.fiche_id.in_(ids)
    )
    said: dict[str, dict[str, str]] = {one: {} for one in ids}
    for row in db.session.execute(query):
        said[row.fiche_id][row.facet] = row.code
    columns = [[s[key] for s in said.values() if key in s] for key in keys]
    aimed, real = ({code: column.count(code) for code in terms("participation")} for column in columns)
    pairs = [(s[keys[0]], s[keys[1]]) for s in said.values() if len(s) == len(keys)]
    reach = sum(real_one >= aim for aim, real_one in pairs)
    return Participation(
        aimed,
        real,
        len(ids) - len(columns[0]),
        len(ids) - len(columns[1]),
        reach,
        len(pairs) - reach,
        len(pairs),
    )


def by_support(fiches: Sequence[Fiche], edition: Edition) -> list[tuple[Fiche, int]]:
    """These fiches with how many printed recommendations each supports, most first, then the newest. One query."""
    query = (
        select(RecommendationFiche.fiche_id, func.count())
        .join(Recommendation, Recommendation.id == RecommendationFiche.recommendation_id)
        .where(published.recommended(edition))
        .group_by(RecommendationFiche.fiche_id)
    )
    support = {row[0]: int(row[1]) for row in db.session.execute(query)}
    first = datetime(1970, 1, 1, tzinfo=UTC)
    newest = sorted(fiches, key=lambda f: (f.received_at or first, f.number or ""), reverse=True)
    return sorted(((f, support.get(f.id, 0)) for f in newest), key=lambda pair: -pair[1])


def quotes(fiches: Sequence[Fiche]) -> tuple[list[Quote], int]:
    """(the quotes that may be printed, one of each fiche first, in their order; how many may not)."""
    rounds: list[list[Quote]] = []
    held = 0
    for fiche in fiches:
        good, closed = Sheet(normal(fiche.content), USE).quotes()
        held += closed
        for n, item in enumerate(good):
            by = tuple(str(item[name]) for name in ("nom_affiche", "qualite", "contexte") if item.get(name))
            rounds += [[]] if len(rounds) <= n else []
            rounds[n].append(Quote(str(item["texte"]), by, item.get("date"), fiche))
    return [quote for some in rounds for quote in some], held
