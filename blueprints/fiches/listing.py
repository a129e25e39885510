"""The list of fiches: what this person may see, narrowed by words and facets, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import Select, and_, false, func, or_, select, text, true
from sqlalchemy.orm import lazyload

from models import rights
from models.fiche import search
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche, FicheAuthor
from models.people import Person
from models.store import db

PER_PAGE = 50
MOST_CODES = 40
FACETS = {
    "secteur": ("secteurs", "secteur"), "milieu": ("milieux", "milieu"), "action": ("axes", "axe"),
    "determinant": ("determinants", "determinant"), "etendue": ("territoire.niveau", "niveau_territoire"),
    "commune": ("commune", ""),
}  # fmt: skip
SORTS = {
    "recent": (Fiche.changed_at.desc(), Fiche.id),
    "numero": (Fiche.number.is_(None), Fiche.number, Fiche.id),
    "titre": (func.lower(Fiche.title), Fiche.id),
}


def visible(person: Person) -> Any:
    """The SQL twin of rights.see_fiche; a test holds the two together."""
    mine = Fiche.id.in_(select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id))
    roles = person.role_names
    under_way = Fiche.state.in_(rights.UNDER_WAY) if roles & rights.READERS else false()
    nobody = ~select(FicheAuthor.fiche_id).where(FicheAuthor.fiche_id == Fiche.id).exists()
    office = (
        and_(Fiche.state.in_(("BRO", "ANN")), or_(nobody, Fiche.received_at.is_not(None)))
        if roles & rights.OFFICE
        else false()
    )
    return or_(mine, Fiche.state.in_(rights.CATALOGUE), under_way, office)


@dataclass
class Query:
    """What the address says: words, chosen facets, state, language, mine, sort, page. Unknown values are left out."""

    words: str
    chosen: dict[str, str]
    state: str
    language: str
    mine: bool
    sort: str
    page: int

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Query:
        page = args.get("page", "1")
        return cls(
            words=args.get("q", "").strip()[:200],
            chosen={f: args[f][:200] for f in FACETS if args.get(f)},
            state=args.get("etat", "")[:3],
            language=args.get("langue", "")[:5],
            mine=args.get("mes") == "1",
            sort=args.get("tri", "") if args.get("tri", "") in SORTS else "recent",
            page=int(page) if page.isdecimal() and len(page) < 6 and int(page) else 1,
        )

    def args(self, **change: Any) -> dict[str, Any]:
        """The address of this query, with changes; None takes a value away."""
        now = {
            "q": self.words, **self.chosen, "etat": self.state, "langue": self.language,
            "mes": "1" if self.mine else "", "tri": self.sort if self.sort != "recent" else "",
        }  # fmt: skip
        return {k: v for k, v in (now | change).items() if v}

    @property
    def narrowed(self) -> bool:
        return bool(self.words or self.chosen or self.state or self.language or self.mine)


@dataclass
class Page:
    """One page of a list: fiches, how many in all, page of pages, and what narrows it further."""

    fiches: list[Fiche]
    total: int
    page: int
    pages: int
    query: Query
    facets: dict[str, list[dict[str, Any]]]

    def url(self, n: int) -> str:
        return url_for("fiches.index", **self.query.args(page=n if n > 1 else None))


def narrowed(person: Person, query: Query, without: str = "") -> Select[Any]:
    """Ids of the fiches that answer the query; `without` leaves one facet aside, for its own counts."""
    ids = select(Fiche.id).where(visible(person))
    expression = search.expression(query.words)
    if query.words:
        found = text("SELECT fiche_id FROM fiche_text WHERE fiche_text MATCH :words").bindparams(
            words=expression
        )
        ids = ids.where(Fiche.id.in_(found) if expression else false())
    for name, code in query.chosen.items():
        if name != without:
            facet = FACETS[name][0]
            ids = ids.where(
                Fiche.id.in_(
                    select(FicheFacet.fiche_id).where(FicheFacet.facet == facet, FicheFacet.code == code)
                )
            )
    ids = ids.where(Fiche.state == query.state if query.state and without != "etat" else true())
    ids = ids.where(Fiche.language == query.language if query.language and without != "langue" else true())
    if query.mine:
        ids = ids.where(Fiche.id.in_(select(FicheAuthor.fiche_id).where(FicheAuthor.person_id == person.id)))
    return ids


def listing(person: Person, query: Query) -> Page:
    """One page of what this person may see, with counts by facet. A constant number of queries."""
    ids = narrowed(person, query)
    total = db.session.scalar(select(func.count()).select_from(ids.subquery())) or 0
    pages = max(1, -(-total // PER_PAGE))
    page = min(query.page, pages)
    rows = select(Fiche).options(lazyload(Fiche.authors), lazyload(Fiche.call)).where(Fiche.id.in_(ids))
    rows = rows.order_by(*SORTS[query.sort])
    fiches = list(db.session.scalars(rows.limit(PER_PAGE).offset((page - 1) * PER_PAGE)))
    return Page(fiches, total, page, pages, query, counts(person, query))


def counts(person: Person, query: Query) -> dict[str, list[dict[str, Any]]]:
    """For each facet the codes with how many fiches each would leave, most first.

    A facet that is not chosen is counted over the answer itself, all of these in one query; a chosen one over the
    answer without it.
    """
    out: dict[str, list[dict[str, Any]]] = {name: [] for name in (*FACETS, "etat", "langue")}
    by_facet = {facet: name for name, (facet, _v) in FACETS.items()}
    free = [facet for facet, name in by_facet.items() if name not in query.chosen]
    _tally(out, by_facet, free, narrowed(person, query))
    for name in query.chosen:
        _tally(out, by_facet, [FACETS[name][0]], narrowed(person, query, without=name))
    for name, column in (("etat", Fiche.state), ("langue", Fiche.language)):
        ids = narrowed(person, query, without=name)
        grouped = select(column, func.count()).where(Fiche.id.in_(ids)).group_by(column)
        out[name] = [{"code": code, "count": n} for code, n in db.session.execute(grouped)]
    for rows in out.values():
        rows.sort(key=lambda row: (-row["count"], row["code"]))
        del rows[MOST_CODES:]
    return out


def _tally(out: dict[str, Any], names: dict[str, str], facets: list[str], ids: Select[Any]) -> None:
    found = (
        select(FicheFacet.facet, FicheFacet.code, func.count())
        .where(FicheFacet.facet.in_(facets), FicheFacet.fiche_id.in_(ids))
        .group_by(FicheFacet.facet, FicheFacet.code)
    )
    for facet, code, n in db.session.execute(found):
        out[names[facet]].append({"code": code, "count": n})
