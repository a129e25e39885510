"""★ Two organisations side by side: what both say, what only one of them says, what is not said yet, and what one could
learn from the other.

`compare` and `meetings` are pure. What a side says comes from the organisation itself, from its published fiches, and from
what its members let the reader read. Nothing is concluded from silence: what one of them did not say is called so.

Source: domain document, “common points; comparison of two organisations”.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from models import directory, exchanging
from models.exchanges import OFFER, REQUEST
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche
from models.matching import Match, Subject, match, region_of
from models.names import fold
from models.organisations import Membership, Organisation
from models.people import Person
from models.profiles import DETAILS
from models.store import db

TOLD = ("expertise", "knowledge")  # details of members that stand beside each other


@dataclass(frozen=True)
class Theme:
    """Something that both may say. vocabulary: of its codes, "" for words; facets: the answers of fiches that say it."""

    name: str
    label: Any
    vocabulary: str = ""
    facets: tuple[str, ...] = ()


THEMES = (
    Theme("kind", _l("Genre"), "type_organisation"),
    Theme("sectors", _l("Secteurs"), "secteur", ("secteurs",)),
    Theme("axes", _l("Actions"), "axe", ("axes",)),
    Theme("determinants", _l("Déterminants de la santé"), "determinant", ("determinants",)),
    Theme("milieux", _l("Milieux de vie"), "milieu", ("milieux",)),
    Theme("publics", _l("Pour qui d’abord"), "public", ("publics",)),
    Theme("communes", _l("Communes"), "", ("commune",)),
    Theme("regions", _l("Région, province"), "provenance_territoire_be"),
    Theme("countries", _l("Pays"), "pays", ("territoire.pays",)),
    Theme("levels", _l("Étendue"), "niveau_territoire", ("territoire.niveau",)),
    Theme("languages", _l("Langues"), "langue", ("langue",)),
)


@dataclass(frozen=True)
class Side:
    """One of the two. said: theme → codes or words; people: (id, name, (label, text) of what they tell) of its members;
    offers, requests: what it can teach and would like to learn."""

    id: str
    names: Mapping[str, str]
    said: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    abbreviation: str = ""
    meaning: str = ""
    people: tuple[tuple[str, str, tuple[tuple[Any, str], ...]], ...] = ()
    fiches: tuple[Any, ...] = ()
    offers: tuple[Subject, ...] = ()
    requests: tuple[Subject, ...] = ()

    def name_for(self, wanted: str) -> str:
        return self.names.get(wanted) or next(iter(self.names.values()), "")


@dataclass(frozen=True)
class Point:
    """What the two say of a theme: both, only the first, only the second; silent: who says nothing of it."""

    theme: Theme
    both: tuple[str, ...]
    only: tuple[tuple[str, ...], tuple[str, ...]]
    silent: tuple[bool, bool]


@dataclass(frozen=True)
class Meeting:
    """What one of the two offers and the other looks for. giver: 0 or 1."""

    giver: int
    offer: Subject
    fit: Match


def compare(first: Side, second: Side) -> list[Point]:
    """Theme by theme, in the order of THEMES, those of which neither says anything too."""
    out = []
    for theme in THEMES:
        mine, theirs = (side.said.get(theme.name, ()) for side in (first, second))
        known, others = {key(theme, one) for one in mine}, {key(theme, one) for one in theirs}
        both = tuple(one for one in mine if key(theme, one) in others)
        left = tuple(one for one in mine if key(theme, one) not in others)
        right = tuple(one for one in theirs if key(theme, one) not in known)
        out.append(Point(theme, both, (left, right), (not mine, not theirs)))
    return out


def key(theme: Theme, said: str) -> str:
    """What is the same: a code is; words are whatever their accents and capitals."""
    return said if theme.vocabulary else fold(said)


def meetings(first: Side, second: Side) -> list[Meeting]:
    """What each could learn from the other, by the words that both use; nothing is weighed here."""
    out = []
    for giver, (gives, takes) in enumerate(((first, second), (second, first))):
        for offer in gives.offers:
            fits = (match(offer, wish) for wish in takes.requests)
            out += [Meeting(giver, offer, fit) for fit in fits if fit]
    return out


# ---- what each says: a constant number of queries


def pair(first_id: str, second_id: str) -> tuple[Organisation, Organisation]:
    """Two organisations that are there, with who belongs to them. Raises ValueError."""
    people = selectinload(Organisation.memberships).joinedload(Membership.person).lazyload(Person.roles)
    wanted = (first_id, second_id)
    rows = db.session.scalars(select(Organisation).where(Organisation.id.in_(wanted)).options(people))
    found = {row.id: row for row in rows}
    first, second = (found[one] for one in wanted if one in found)
    return first, second


def sides(reader: Person, first: Organisation, second: Organisation) -> tuple[Side, Side]:
    """Both, as this reader may see them."""
    rows = (first, second)
    fiches = directory.fiches_of(*rows)
    inside: dict[str, dict[str, str]] = {row.id: _members(row) for row in rows}
    details = directory.read_details(
        reader, (*TOLD, "languages"), [p for some in inside.values() for p in some]
    )
    facets, lines = _facets(fiches), _lines(fiches)
    one, two = (_side(row, inside[row.id], details, fiches[row.id], facets.get(row.id, {})) for row in rows)
    notices = _notices(reader, inside)
    return _with_lines(one, lines, notices, details, inside), _with_lines(two, lines, notices, details, inside)  # fmt: skip


def _members(row: Organisation) -> dict[str, str]:
    """Id → name of who belongs to it now and has come in, by name."""
    here = {m.person_id: m.person.name for m in row.memberships if not m.until and m.person.active}
    return dict(sorted(here.items(), key=lambda pair: fold(pair[1])))


def _side(row: Organisation, inside: Mapping[str, str], details: Mapping[str, Mapping[str, str]], fiches: Iterable[Fiche], facets: Mapping[str, list[str]]) -> Side:  # fmt: skip
    own: dict[str, list[Any]] = {
        "kind": [row.kind], "sectors": row.sectors, "communes": [row.commune], "countries": [row.country], "levels": [row.level],
        "regions": [region_of(row.region), row.region] if row.region else [],
        "languages": [code for person in inside for code in details.get(person, {}).get("languages", "").split()],
    }  # fmt: skip
    said = {}
    for theme in THEMES:
        every = [
            *own.get(theme.name, []),
            *(code for facet in theme.facets for code in facets.get(facet, [])),
        ]
        known: dict[str, str] = {}
        for one in every:
            if one:
                known.setdefault(key(theme, one), one)
        said[theme.name] = tuple(known.values())
    people = [
        (person, name, tuple((DETAILS[d].label, text) for d in TOLD if (text := details.get(person, {}).get(d))))
        for person, name in inside.items()
    ]  # fmt: skip
    return Side(
        row.id, row.names, said, row.abbreviation or "", row.meaning or "", tuple(people), tuple(fiches)
    )


def _facets(fiches: Mapping[str, list[Fiche]]) -> dict[str, dict[str, list[str]]]:
    """Organisation → facet → codes of its fiches. One query."""
    owners = {f.id: owner for owner, some in fiches.items() for f in some}
    wanted = {facet for theme in THEMES for facet in theme.facets}
    query = select(FicheFacet.fiche_id, FicheFacet.facet, FicheFacet.code).where(FicheFacet.fiche_id.in_(owners), FicheFacet.facet.in_(wanted))  # fmt: skip
    out: dict[str, dict[str, list[str]]] = {}
    for fiche_id, facet, code in db.session.execute(query.order_by(FicheFacet.id)):
        out.setdefault(owners[fiche_id], {}).setdefault(facet, []).append(code)
    return out


def _lines(fiches: Mapping[str, list[Fiche]]) -> dict[str, dict[str, list[Subject]]]:
    """Organisation → side of the board → what its fiches say. One query."""
    owners = {f.id: (owner, f) for owner, some in fiches.items() for f in some}
    query = select(Fiche.id, Fiche.content["echanges"]).where(Fiche.id.in_(owners)).order_by(Fiche.number)
    out: dict[str, dict[str, list[Subject]]] = {}
    for fiche_id, said in db.session.execute(query):
        owner, fiche = owners[fiche_id]
        for kind, name in ((OFFER, "offres"), (REQUEST, "demandes")):
            some = [Subject(text, languages=(fiche.language,), thing=fiche) for text in (said or {}).get(name) or [] if text]  # fmt: skip
            out.setdefault(owner, {}).setdefault(kind, []).extend(some)
    return out


def _notices(reader: Person, inside: Mapping[str, Mapping[str, str]]) -> list[exchanging.Line]:
    """What stands on the board of the network, of these organisations and their members."""
    people = {person for some in inside.values() for person in some}
    lines = exchanging.lines_on(reader)
    return [line for line in lines if line.organisation_id in inside or line.person_id in people]


def _with_lines(side: Side, lines: Mapping[str, Mapping[str, list[Subject]]], notices: Iterable[exchanging.Line],
                details: Mapping[str, Mapping[str, str]], inside: Mapping[str, Mapping[str, str]]) -> Side:  # fmt: skip
    """The side with what it offers and looks for: its notices, those of its members, lines of its fiches, what its
    members say they can teach."""
    both: dict[str, list[Subject]] = {OFFER: [], REQUEST: []}
    for line in notices:
        of = line.organisation_id or ""
        if of == side.id or (not of and line.person_id in inside[side.id]):
            both[line.kind].append(line.subject)
    for kind in both:
        both[kind] += lines.get(side.id, {}).get(kind, [])
    for person, name in inside[side.id].items():
        said = details.get(person, {})
        spoken = tuple(said.get("languages", "").split())
        texts = [" ".join(text.split()) for text in said.get("knowledge", "").splitlines()]
        both[OFFER] += [Subject(text, languages=spoken, thing=name) for text in texts if text]
    return replace(side, offers=tuple(both[OFFER]), requests=tuple(both[REQUEST]))
