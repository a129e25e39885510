"""Who is around the table, and who is missing: sector × territory × public of those who sit in a circle, and of the fiches.

A person counts where their organisations work, and where they were welcomed for; two organisations are two places, never
their product. Their publics are those of the fiches they write, and those that they were welcomed for. What somebody
wrote about themselves in their own words is not counted. The number of queries does not grow with anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import select

from models.circles import Circle, Seat
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche, FicheAuthor
from models.organisations import Membership, Organisation, OrganisationSector
from models.rights import CATALOGUE, UNDER_WAY
from models.store import db
from models.vocabularies import terms
from models.widening import Case, CaseState, open_of

TERRITORIES, SECTORS, PUBLICS = "provenance_territoire_be", "secteur", "public"
ABROAD = "AIL"  # a territory outside Belgium
SENT = UNDER_WAY | CATALOGUE  # states of the fiches that are counted
# The first digits of the number of a commune → its province. Source: REFNIS of Statbel, as in fiches.
FIRST = {
    "1": "10000", "21": "04000", "23": "20001", "24": "20001", "25": "20002", "3": "30000", "4": "40000", "5": "50000", "6": "60000",
    "7": "70000", "8": "80000", "9": "90000",
}  # fmt: skip


def place(country: str | None, code: str | None) -> str:
    """The column of a territory: a code of TERRITORIES, ABROAD, or "" for unknown."""
    code = (code or "").strip()
    if country and country != "BE":
        return ABROAD
    if code in terms(TERRITORIES):
        return code
    return (FIRST.get(code[:2]) or FIRST.get(code[:1]) or "") if len(code) == 5 and code.isdigit() else ""


@dataclass(frozen=True)
class Count:
    """How many people who sit here, and how many fiches; cases: codes of the candidatures that would fill it."""

    seats: int = 0
    fiches: int = 0
    cases: tuple[str, ...] = ()


@dataclass(frozen=True)
class Row:
    """A sector: as a whole, and by territory."""

    code: str
    whole: Count
    cells: dict[str, Count] = field(default_factory=dict)

    @property
    def filled(self) -> list[str]:
        """The territories of which there is something to say, in their order."""
        return [code for code, one in self.cells.items() if one.seats or one.fiches or one.cases]


@dataclass(frozen=True)
class Coverage:
    """people, fiches: how many are counted; unplaced: people of whom neither sector nor territory is known."""

    people: int
    fiches: int
    unplaced: int
    rows: list[Row]
    territories: dict[str, Count]
    publics: dict[str, Count]

    @property
    def no_sector(self) -> list[str]:
        """Sectors of which nobody sits here."""
        return [row.code for row in self.rows if not row.whole.seats and row.code != "AUT"]

    @property
    def no_territory(self) -> list[str]:
        """Provinces, Brussels, and abroad, of which nobody sits here; a whole region is not asked for."""
        return [code for code, one in self.territories.items() if not one.seats and not _whole_region(code)]

    @property
    def no_public(self) -> list[str]:
        return [code for code, one in self.publics.items() if not one.seats and code != "TOU"]


def _whole_region(code: str) -> bool:
    """Whether a region has provinces below it, so that its own column is for what works in all of it."""
    return any(term.note == code for term in terms(TERRITORIES).values())


def columns(used: Iterable[str]) -> list[str]:
    """Every province and Brussels, by region, then abroad; a whole region only where something is in it."""
    found, tops = set(used), [code for code, term in terms(TERRITORIES).items() if not term.note]
    out = []
    for top in tops:
        below = [code for code, term in terms(TERRITORIES).items() if term.note == top]
        out += [*([top] if not below or top in found else []), *below]
    return [*out, ABROAD]


class _Pile:
    """Ids by sector, territory, both and public; the public chosen narrows all but the publics."""

    def __init__(self) -> None:
        self.places: dict[str, set[tuple[str, str]]] = defaultdict(set)  # id → pairs (sector, territory)
        self.publics: dict[str, set[str]] = defaultdict(set)

    def add(self, one: str, sectors: Iterable[str], territory: str) -> None:
        self.places[one] |= {(sector, territory) for sector in list(sectors) or [""]}

    def count(self, ids: set[str], sector: str | None = None, territory: str | None = None) -> int:
        return sum(
            any(sector in (None, s) and territory in (None, t) for s, t in self.places.get(one, ()))
            for one in ids
        )

    def within(self, ids: set[str], public: str) -> set[str]:
        return {one for one in ids if public in self.publics.get(one, ())} if public else ids


def coverage(circle: Circle, public: str = "") -> Coverage:
    """The table of a circle now. public: a code of `public`, to count only those who work with it; "" for all."""
    here, seats = _seats(circle)
    sent, fiches = _fiches()
    cases = [case for case in open_of(circle.id) if not public or public in case.publics]
    counted, written = seats.within(here, public), fiches.within(sent, public)
    used = {t for pile in (seats, fiches) for pairs in pile.places.values() for _s, t in pairs}

    def count(sector: str | None = None, territory: str | None = None) -> Count:
        would = tuple(
            c.code for c in cases
            if (sector or territory) and sector in (None, c.sector) and territory in (None, c.territory)
        )  # fmt: skip
        return Count(seats.count(counted, sector, territory), fiches.count(written, sector, territory), would)

    order = columns(used)
    rows = [Row(s, count(s), {t: count(s, t) for t in order}) for s in terms(SECTORS)]
    publics = {
        code: Count(len(seats.within(here, code)), len(fiches.within(sent, code)), tuple(c.code for c in cases if code in c.publics))
        for code in terms(PUBLICS)
    }  # fmt: skip
    known = {one for one, pairs in seats.places.items() if any(s or t for s, t in pairs)}
    return Coverage(
        len(counted), len(written), len(counted - known), rows, {t: count(None, t) for t in order}, publics
    )


def _seats(circle: Circle) -> tuple[set[str], _Pile]:
    """Who sits here, and where they count."""
    sitting = select(Seat.person_id).where(Seat.circle_id == circle.id, Seat.until.is_(None))
    pile, sectors = _Pile(), defaultdict(list)
    mine = (Membership.person_id.in_(sitting), Membership.until.is_(None))
    theirs = select(Membership.organisation_id).where(*mine)
    query = select(OrganisationSector.organisation_id, OrganisationSector.code)
    for organisation, code in db.session.execute(query.where(OrganisationSector.organisation_id.in_(theirs))):
        sectors[organisation].append(code)
    places = select(Membership.person_id, Organisation.id, Organisation.country, Organisation.region)
    for person, organisation, country, region in db.session.execute(places.join(Organisation).where(*mine)):
        pile.add(person, sectors[organisation], place(country, region))
    welcomed = select(Case.person_id, Case.sector, Case.territory, Case.publics).where(
        Case.circle_id == circle.id, Case.state == CaseState.ACCEPTED, Case.person_id.in_(sitting)
    )
    for member, sector, where, publics in db.session.execute(welcomed):
        if member:
            pile.add(member, [sector] if sector else [], where or "")
            pile.publics[member] |= set(publics)
    written = (
        select(FicheAuthor.person_id, FicheFacet.code)
        .join(FicheFacet, FicheFacet.fiche_id == FicheAuthor.fiche_id).join(Fiche, Fiche.id == FicheAuthor.fiche_id)
        .where(FicheFacet.facet == "publics", FicheAuthor.person_id.in_(sitting), Fiche.state.in_(SENT))
    )  # fmt: skip
    for person, code in db.session.execute(written):
        pile.publics[person].add(code)
    return set(db.session.scalars(sitting)), pile


def _fiches() -> tuple[set[str], _Pile]:
    """The fiches that were sent, and where they count."""
    pile, sectors = _Pile(), defaultdict(list)
    sent = select(Fiche.id).where(Fiche.state.in_(SENT))
    facets = select(FicheFacet.fiche_id, FicheFacet.facet, FicheFacet.code).where(
        FicheFacet.facet.in_(("secteurs", "publics")), FicheFacet.fiche_id.in_(sent)
    )
    for fiche, facet, code in db.session.execute(facets):
        if facet == "publics":
            pile.publics[fiche].add(code)
        else:
            sectors[fiche].append(code)
    territory = Fiche.content["territoire"]
    query = select(Fiche.id, territory["pays"].as_string(), territory["code"].as_string()).where(
        Fiche.state.in_(SENT)
    )
    ids = set()
    for fiche, country, code in db.session.execute(query):
        pile.add(fiche, sectors[fiche], place(country, code))
        ids.add(fiche)
    return ids, pile
