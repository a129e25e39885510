"""★ The directory: who is a member, found by what the READER may see of each, never by anything else.

A detail that a reader may not see is not read from the database at all. The number of queries is the same for one
member and for five hundred; what is compared in words is compared here, so that accents do not matter.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import or_, select

from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche, FicheAuthor
from models.names import fold, matches
from models.organisations import NAME_LANGUAGES, Membership, Organisation, OrganisationSector
from models.people import Person
from models.profiles import CIRCLE, DETAILS, MEMBERS, ProfileDetail
from models.rights import CATALOGUE, COMMITTEE
from models.statements import Rows, few, statement
from models.store import db
from models.vocabularies import terms

SEARCHED = tuple(name for name, detail in DETAILS.items() if detail.kind == "text")


@dataclass(frozen=True)
class Place:
    """Where somebody belongs now. names: language → name of the organisation."""

    organisation_id: str
    names: dict[str, str]
    abbreviation: str
    commune: str
    function: str

    def name_for(self, wanted: str) -> str:
        return self.names.get(wanted) or next(iter(self.names.values()), "")


@dataclass
class Member:
    """A member as the list shows them to one reader. told: the organisation as it was typed at the invitation, where
    nothing better is known; languages: codes, where this reader may see them; said: the texts that are searched."""

    id: str
    name: str
    told: str = ""
    places: list[Place] = field(default_factory=list)
    languages: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed by; "" for everything. organisation: an id; sector, language: codes; commune: folded."""

    words: str = ""
    organisation: str = ""
    sector: str = ""
    language: str = ""
    commune: str = ""

    @property
    def narrowed(self) -> bool:
        return any((self.words, self.organisation, self.sector, self.language, self.commune))


def shown_to(reader: Person | None) -> tuple[str, ...]:
    """To whom a detail must be shown for this reader to read it, if it is not theirs. None: what every member may read."""
    return (MEMBERS, CIRCLE) if reader and COMMITTEE & reader.role_names else (MEMBERS,)


def may_read(reader_id: Any, seen: Any) -> Any:
    """The SQL twin of profiles.may_read; a test holds the two together. seen: see shown_to()."""
    return or_(ProfileDetail.person_id == reader_id, ProfileDetail.seen_by.in_(seen))


@statement
def _details(reader_id: Any, seen: Any, names: Any, people: Any, *, everybody: bool) -> Rows:
    query = select(ProfileDetail.person_id, ProfileDetail.name, ProfileDetail.text)
    said = (ProfileDetail.name.in_(names), ProfileDetail.text != "", may_read(reader_id, seen))
    query = query.where(*said)
    return query if everybody else query.where(ProfileDetail.person_id.in_(people))


def read_details(reader: Person | None, names: Iterable[str], people: Iterable[str] | None = None) -> dict[str, dict[str, str]]:  # fmt: skip
    """Person → detail → text, of those that this reader may see and that say something. One query. people: their ids,
    None for all."""
    out: dict[str, dict[str, str]] = defaultdict(dict)
    seen = shown_to(reader)
    values = (reader.id if reader else "", list(seen), list(names), list(people or ()))
    for person_id, name, text in _details.rows(*values, everybody=people is None):
        out[person_id][name] = text
    return out


@statement
def _own_only(reader_id: Any, seen: Any) -> Rows:
    said = (ProfileDetail.name.in_(DETAILS), ProfileDetail.seen_by.not_in(seen))
    return select(ProfileDetail.name).where(ProfileDetail.person_id == reader_id, *said).limit(few(1))


def alike_for(reader: Person) -> tuple[str, ...] | str:
    """Those of whom this is the same read the same of every member; their own id where a detail is for them alone."""
    seen = shown_to(reader)
    return reader.id if _own_only.rows(reader.id, list(seen)) else seen


@lru_cache(maxsize=4096)
def order(name: str) -> str:
    """Where a name stands in the alphabet; kept, since every list asks it of the same names."""
    return fold(name)


@statement
def _active() -> Rows:
    here = (Person.active, Person.merged_into.is_(None))
    return select(Person.id, Person.name, Person.organisation).where(*here)


def members(reader: Person, wanted: Wanted = Wanted()) -> list[Member]:
    """The members that answer, by name: one query for all of them, three or four where something is wanted.

    Where nothing is, only their names are read: filled() reads the rest of those on the page.
    """
    rows = [Member(row.id, row.name, row.organisation or "") for row in _active.rows()]
    if wanted.narrowed:
        inside = in_sector(wanted.sector) if wanted.sector else frozenset()
        names = ("languages", *(SEARCHED if wanted.words else ()))
        rows = [one for one in _read(reader, rows, names) if _fits(one, wanted, inside)]
    return sorted(rows, key=lambda one: (order(one.name), one.id))


def filled(reader: Person, rows: list[Member]) -> list[Member]:
    """These members with where they belong and what they speak. Two queries."""
    return _read(reader, rows, ("languages",), [one.id for one in rows])


def _read(reader: Person, rows: list[Member], names: tuple[str, ...], only: list[str] | None = None) -> list[Member]:  # fmt: skip
    """Fill rows with what this reader may see. only: their ids, where they are not everybody."""
    details, held = read_details(reader, names, only), defaultdict(list)
    for person_id, place in places(only):
        held[person_id].append(place)
    for one in rows:
        told = details.get(one.id, {})
        one.languages, one.places = told.get("languages", "").split(), held[one.id]
        one.said = [text for name, text in told.items() if name != "languages"]
    return rows


@statement
def _places(ids: Any, *, everybody: bool) -> Rows:
    columns = (Membership.person_id, Membership.function, Organisation.id, *(getattr(Organisation, f"name_{code}") for code in NAME_LANGUAGES),
               Organisation.abbreviation, Organisation.commune)  # fmt: skip
    query = select(*columns).join(Organisation, Organisation.id == Membership.organisation_id)
    query = query.where(Membership.until.is_(None), Organisation.merged_into.is_(None))
    query = query if everybody else query.where(Membership.person_id.in_(ids))
    return query.order_by(Membership.made_at, Membership.id)


def places(only: list[str] | None = None) -> list[tuple[str, Place]]:
    """(person, where they belong now) of everybody, or of these, as it was noted. One query."""
    out = []
    for row in _places.rows(only or [], everybody=only is None):
        names = {code: name for code, name in zip(NAME_LANGUAGES, row[3:6], strict=True) if name}
        out.append(
            (row[0], Place(row[2], names, row.abbreviation or "", row.commune or "", row.function or ""))
        )
    return out


@statement
def _houses() -> Rows:
    columns = (Organisation.id, *(getattr(Organisation, f"name_{code}") for code in NAME_LANGUAGES))
    return select(*columns).where(Organisation.merged_into.is_(None))


def houses(language: str) -> list[tuple[str, str]]:
    """(id, name as a reader of `language` reads it) of every organisation, by name. One query."""
    out = []
    for id, *said in _houses.rows():
        known = {code: name for code, name in zip(NAME_LANGUAGES, said, strict=True) if name}
        out.append((id, known.get(language) or next(iter(known.values()), "")))
    return sorted(out, key=lambda pair: (order(pair[1]), pair[0]))


@statement
def _communes() -> Rows:
    known = (Organisation.merged_into.is_(None), Organisation.commune.is_not(None))
    return select(Organisation.commune).where(*known).distinct()


def communes() -> dict[str, str]:
    """Folded → as it is written, of the communes of organisations, by name. One query."""
    return dict(sorted((order(name), name) for name in _communes.all() if name))


def in_sector(code: str) -> frozenset[str]:
    """Ids of the organisations of a sector."""
    query = select(OrganisationSector.organisation_id).where(OrganisationSector.code == code)
    return frozenset(db.session.scalars(query))


def _fits(one: Member, wanted: Wanted, inside: frozenset[str]) -> bool:
    here = [place.organisation_id for place in one.places]
    if wanted.organisation and wanted.organisation not in here:
        return False
    if wanted.sector and not inside & set(here):
        return False
    if wanted.language and wanted.language not in one.languages:
        return False
    if wanted.commune and wanted.commune not in [fold(place.commune) for place in one.places]:
        return False
    if not wanted.words:
        return True
    names = [text for p in one.places for text in (*p.names.values(), p.abbreviation, p.commune, p.function)]
    spoken = [terms("langue")[code].label() for code in one.languages if code in terms("langue")]
    return matches(wanted.words, one.name, *(names or [one.told]), *spoken, *one.said)


# ---- the whole of it, as every member may read it


@dataclass(frozen=True)
class House:
    """An organisation with who belongs to it now: (person, name, function), by name."""

    row: Organisation
    people: list[tuple[str, str, str]]


@dataclass(frozen=True)
class Told:
    """A member with what all members may read: detail → text, in the order of DETAILS."""

    member: Member
    details: dict[str, str]


def whole(language: str) -> tuple[list[House], list[Told]]:
    """Every organisation and every member, by name, with nothing that is for fewer than all members. Six queries.

    For what travels on paper: it never depends on who asks.
    """
    details = read_details(None, DETAILS)
    shown = select(ProfileDetail.person_id).where(
        ProfileDetail.name == "email", ProfileDetail.seen_by == MEMBERS
    )
    active = (Person.active, Person.merged_into.is_(None))
    for row in db.session.execute(select(Person.id, Person.email).where(*active, Person.id.in_(shown))):
        details[row.id]["email"] = row.email or ""
    people = {row.id: Member(row.id, row.name, row.organisation or "") for row in db.session.execute(select(Person.id, Person.name, Person.organisation).where(*active))}  # fmt: skip
    inside: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for person_id, place in places():
        if person_id in people:
            people[person_id].places.append(place)
            inside[place.organisation_id].append((person_id, people[person_id].name, place.function))
    rows = db.session.scalars(select(Organisation).where(Organisation.merged_into.is_(None)))
    houses = [House(row, sorted(inside[row.id], key=lambda one: (fold(one[1]), one[0]))) for row in rows]
    told = [Told(one, {name: text for name in DETAILS if (text := details[one.id].get(name))}) for one in people.values()]  # fmt: skip
    return (
        sorted(houses, key=lambda house: (fold(house.row.name_for(language)), house.row.id)),
        sorted(told, key=lambda one: (fold(one.member.name), one.member.id)),
    )


# ---- fiches of people and of organisations: those of the catalogue, which every member may read


def fiches_by(person: Person) -> list[Fiche]:
    """The published fiches that somebody writes, by number. One query."""
    mine = select(FicheAuthor.fiche_id).where(
        FicheAuthor.person_id == person.id, FicheAuthor.helps.is_(False)
    )
    query = (
        select(Fiche).where(Fiche.id.in_(mine), Fiche.state.in_(CATALOGUE)).order_by(Fiche.number, Fiche.id)
    )
    return list(db.session.scalars(query))


def fiches_of(*rows: Organisation) -> dict[str, list[Fiche]]:
    """Organisation → the published fiches whose carrier bears one of its names, or of those it took the place of.

    Three queries whatever the number. A fiche names its carrier in words: accents, capitals and signs do not count.
    """
    every = {row.id: set(row.names.values()) for row in rows}
    columns = (Organisation.merged_into, *(getattr(Organisation, f"name_{code}") for code in NAME_LANGUAGES))
    for into, *names in db.session.execute(select(*columns).where(Organisation.merged_into.in_(every))):
        every[into] |= {name for name in names if name}
    known = {owner: {fold(name) for name in names} for owner, names in every.items()}
    published = select(Fiche.id).where(Fiche.state.in_(CATALOGUE))
    carriers = select(FicheFacet.fiche_id, FicheFacet.code).where(FicheFacet.facet == "structure", FicheFacet.fiche_id.in_(published))  # fmt: skip
    held: dict[str, list[str]] = {owner: [] for owner in every}
    for fiche_id, carrier in db.session.execute(carriers):
        for owner in known:
            if fold(carrier) in known[owner]:
                held[owner].append(fiche_id)
    ids = [one for some in held.values() for one in some]
    query = select(Fiche).where(Fiche.id.in_(ids)).order_by(Fiche.number, Fiche.id)
    fiches = list(db.session.scalars(query)) if ids else []
    return {owner: [f for f in fiches if f.id in held[owner]] for owner in held}
