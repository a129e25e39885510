"""★ Common actions: proposed, “count me in”, under way with two organisations of two sectors, then a group or a fiche.

A change of state is a row of TRANSITIONS, carried out as those of a fiche are (models/workflow.py). All acts stand inside
writing(). Source of the rule: domain document, “joint action: at least 2 organisations and 2 sectors; count me in”.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, load_only

from models import seating
from models.audit import done_since, record
from models.circles import CHAIR, MEMBER, Circle
from models.deliveries import mail
from models.fiche.content import load
from models.fiche.fiche import Fiche
from models.fiche.saving import adopt
from models.joint_actions import (
    DONE,
    DROPPED,
    IDEA,
    LEAST_ORGANISATIONS,
    LEAST_SECTORS,
    UNDER_WAY,
    JointAction,
    Partaking,
)
from models.lengths import shorten, too_long
from models.mediating import organisations_of
from models.names import fold
from models.numbers import next_in_year
from models.organisations import NAME_LANGUAGES, Organisation
from models.people import Person, people_with
from models.rights import can
from models.seating import Stale
from models.statements import NO_LIMIT, Rows, statement
from models.store import db, new_id, now
from models.vocabularies import label, terms
from models.workflow import Refused, Transition, step

OPEN = (IDEA, UNDER_WAY)
FIELDS = ("title", "about", "axis", "place", "starts_on")
LENGTHS = {"title": 200, "about": 3000, "place": 200}
MOST_WORDS = 300


class BadAction(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


# ---- reading


def _rows(*where: Any) -> Rows:
    whole = (joinedload(JointAction.maker).lazyload(Person.roles), joinedload(JointAction.circle))
    query = select(JointAction).options(*whole).where(*where)
    return query.order_by(JointAction.made_at.desc(), JointAction.number.desc())


@statement
def _some(most: Any, after: Any, *, ended: bool) -> Rows:
    fits = JointAction.state.not_in(OPEN) if ended else JointAction.state.in_(OPEN)
    return _rows(fits).limit(most).offset(after)


def open_actions(limit: int = NO_LIMIT, offset: int = 0) -> list[JointAction]:
    """Ideas and what is under way, the latest first."""
    return _some.all(limit, offset, ended=False)


@statement
def _count_open() -> Rows:
    return select(func.count(JointAction.number)).where(JointAction.state.in_(OPEN))


def count_open() -> int:
    """How many ideas there are, and actions under way."""
    return int(_count_open.first())


def ended_actions(limit: int = 50) -> list[JointAction]:
    """What was done or dropped, the latest first."""
    return _some.all(limit, 0, ended=True)


@statement
def _by_number(number: Any) -> Rows:
    return _rows(JointAction.number == number)


def action_by_number(number: str) -> JointAction | None:
    found: JointAction | None = _by_number.first(number.upper())
    return found


@statement
def _partakings(action_id: Any) -> Rows:
    whole = joinedload(Partaking.person).lazyload(Person.roles), joinedload(Partaking.organisation)
    here = (Partaking.action_id == action_id, Partaking.left_at.is_(None))
    return select(Partaking).where(*here).options(*whole).order_by(Partaking.at)


@statement
def _houses(action_ids: Any) -> Rows:
    names = (getattr(Organisation, f"name_{code}") for code in NAME_LANGUAGES)
    query = select(Partaking.action_id, Organisation).options(load_only(*names, Organisation.sector_codes))
    query = query.join(Organisation, Organisation.id == Partaking.organisation_id).distinct()
    return query.where(Partaking.action_id.in_(action_ids), Partaking.left_at.is_(None))


def tables(actions: Iterable[JointAction]) -> dict[str, Round]:
    """Id of an action → the organisations around its table, without the people. One query for all of them."""
    found: dict[str, list[Organisation]] = {action.id: [] for action in actions}
    for action_id, house in _houses.rows(list(found)):
        found[action_id].append(house)
    return {id: Round([], tuple(houses)) for id, houses in found.items()}


@lru_cache(maxsize=4096)
def _order(name: str) -> str:
    """Where a name stands in the alphabet; kept, since a list asks it of the same few."""
    return fold(name)


@dataclass(frozen=True)
class Round:
    """Who is around the table of an action. houses: the organisations, each once; sectors: their codes.

    alone: the organisations, where they are read without the people.
    """

    rows: list[Partaking]
    alone: tuple[Organisation, ...] = ()

    @cached_property
    def houses(self) -> list[Organisation]:
        found = {house.id: house for house in self.alone}
        found |= {p.organisation.id: p.organisation for p in self.rows if p.organisation}
        return sorted(found.values(), key=lambda house: _order(house.name_for("fr")))

    @cached_property
    def sectors(self) -> list[str]:
        mine = {code for house in self.houses for code in house.sectors}
        return [code for code in terms("secteur") if code in mine]

    @property
    def lacks(self) -> str:
        """ "house", "houses", "sector", "sectors" or "": what is missing before it can be under way."""
        if len(self.houses) < LEAST_ORGANISATIONS:
            return "house" if self.houses else "houses"
        if len(self.sectors) < LEAST_SECTORS:
            return "sector" if self.sectors else "sectors"
        return ""

    def missing(self, lang: str = "fr") -> str:
        """The same as a sentence; "" where nothing is missing."""
        if self.lacks == "houses":
            return _("Il manque deux organisations, de deux secteurs différents.")
        if self.lacks == "house":
            house = self.houses[0]
            if not house.sectors:
                return _("Il manque une deuxième organisation, et le secteur de %(house)s.", house=house.name_for(lang))  # fmt: skip
            known = _and([label("secteur", code, lang) for code in house.sectors])
            return _("Il manque une deuxième organisation. Déjà là\u00a0: %(sectors)s.", sectors=known)
        if self.lacks == "sectors":
            return _(
                "Aucune des organisations ne dit encore son secteur. Il s’écrit sur sa page de l’annuaire."
            )
        if self.lacks == "sector":
            return _("Il manque un deuxième secteur. Déjà là\u00a0: %(sector)s.", sector=label("secteur", self.sectors[0], lang))  # fmt: skip
        return ""

    def of(self, person: Person | None) -> Partaking | None:
        return next((row for row in self.rows if person and row.person_id == person.id), None)


def _and(words: list[str]) -> str:
    return (
        words[0]
        if len(words) == 1
        else _("%(first)s et %(last)s", first=", ".join(words[:-1]), last=words[-1])
    )


def round_of(action: JointAction) -> Round:
    return Round(_partakings.all(action.id))


# ---- proposing, changing, counting in


def problems(values: Mapping[str, Any], action: JointAction | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("title"):
        out["title"] = _l(
            "Donnez un nom à cette action, par exemple «\u00a0Une marche entre deux quartiers\u00a0»."
        )
    if values.get("axis") and values["axis"] not in terms("axe"):
        out["axis"] = _l("Choisissez dans la liste.")
    day = values.get("starts_on")
    if isinstance(day, date) and not 2000 <= day.year <= 2100:
        out["starts_on"] = _l("Écrivez une date de 2000 à 2100.")
    return out


def _house(by: Person, organisation_id: str | None) -> str | None:
    """The organisation for which somebody speaks: one that they belong to now, or none. Raises BadAction."""
    if organisation_id and organisation_id not in dict(organisations_of(by)):
        raise BadAction(
            {"organisation_id": _l("Choisissez une organisation dont vous êtes, ou parlez pour vous.")}
        )
    return organisation_id or None


def make(values: Mapping[str, Any], by: Person) -> JointAction:
    """A new idea; whoever proposes it counts in it at once, for the organisation that they name. Raises BadAction."""
    if found := problems(values):
        raise BadAction(found)
    house = _house(by, values.get("organisation_id"))
    action = JointAction(
        id=new_id(), number=next_in_year(JointAction.number, "A", seating.today().year), made_by=by.id,
        **{name: values.get(name) or None for name in FIELDS},
    )  # fmt: skip
    db.session.add(action)
    db.session.flush()
    record(by, "action.made", "action", action.id, number=action.number)
    join(action, by, house, "")
    return action


def change(action: JointAction, values: Mapping[str, Any], rev: int, by: Person) -> list[str]:
    """The names of what changed. Raises Stale, BadAction."""
    if action.rev != rev:
        raise Stale
    if found := problems(values, action):
        raise BadAction(found)
    changed = [name for name in FIELDS if getattr(action, name) != (values.get(name) or None)]
    for name in changed:
        setattr(action, name, values.get(name) or None)
    if changed:
        action.rev, action.changed_at = action.rev + 1, now()
        record(by, "action.changed", "action", action.id, rev=action.rev, fields=changed)
    db.session.flush()
    return changed


def join(action: JointAction, by: Person, organisation_id: str | None, words: str) -> Partaking:
    """“Count me in”; saying it again changes for whom, and the words. Raises Refused, BadAction."""
    if action.state not in OPEN:
        raise Refused(_l("Cette action a pris fin. Proposez-en une autre, ou demandez qu’on la reprenne."))
    if len(words) > MOST_WORDS:
        raise BadAction(too_long({"words": words}, {"words": MOST_WORDS}))
    house = _house(by, organisation_id)
    mine = (Partaking.action_id == action.id, Partaking.person_id == by.id, Partaking.left_at.is_(None))
    row = db.session.scalar(select(Partaking).where(*mine))
    if row is None:
        row = Partaking(id=new_id(), action_id=action.id, person_id=by.id)
        db.session.add(row)
        record(by, "action.joined", "action", action.id, organisation=house)
        if action.maker and action.made_by != by.id and action.maker.active:
            mail(action.maker, "action_joined", action=action.id, person=by.id)
    row.organisation_id, row.words = house, words or None
    db.session.flush()
    return row


def leave(action: JointAction, by: Person) -> None:
    """Counted no more; who was not has nothing to leave."""
    mine = (Partaking.action_id == action.id, Partaking.person_id == by.id, Partaking.left_at.is_(None))
    row = db.session.scalar(select(Partaking).where(*mine))
    if row:
        row.left_at = now()
        record(by, "action.left", "action", action.id)
        db.session.flush()


# ---- what becomes of it


def _enough(action: JointAction) -> None:
    if missing := round_of(action).missing():
        raise Refused(missing)


def _ended(action: JointAction) -> None:
    action.ended_at = now()


def _again(action: JointAction) -> None:
    action.ended_at = action.words = None


TRANSITIONS: dict[str, Transition] = {
    t.name: t
    for t in (
        Transition("start", _l("Elle est en route"), (IDEA,), UNDER_WAY, "action.edit", _enough, main=True),
        Transition("done", _l("Elle est faite"), (UNDER_WAY,), DONE, "action.edit", effect=_ended),
        Transition("drop", _l("L’abandonner"), OPEN, DROPPED, "action.edit", effect=_ended),
        Transition("reopen", _l("La reprendre"), (DONE, DROPPED), IDEA, "action.edit", effect=_again),
    )
}  # fmt: skip


def possible(person: Person | None, action: JointAction) -> list[Transition]:
    """What this person may do with it now; guards are asked at the act."""
    return [t for t in TRANSITIONS.values() if action.state in t.sources and can(person, t.right, action)]


def apply(action: JointAction, name: str, by: Person, words: str = "", expected: int | None = None) -> None:
    """Change the state. Raises Refused."""
    pace = TRANSITIONS.get(name)
    if pace is None or not can(by, pace.right, action):
        raise Refused(
            _l("Vous ne pouvez pas faire cela avec cette action. La personne qui l’a proposée le peut.")
        )
    if name == "drop" and not words:
        raise Refused(_l("Dites pourquoi en un mot\u00a0: celles et ceux qui comptaient dessus le liront."))
    if len(words) > MOST_WORDS:
        raise Refused(shorten(words, MOST_WORDS))
    step(action, pace, expected, _l("L’action a changé entre-temps. Relisez-la, puis recommencez."))
    if pace.effect:
        pace.effect(action)
    if name in ("done", "drop"):
        action.words = words or None
    action.rev, action.changed_at = action.rev + 1, now()
    db.session.flush()
    record(by, f"action.{pace.name}", "action", action.id)
    if name in ("start", "done", "drop"):
        for row in round_of(action).rows:
            if row.person_id != by.id and row.person.active:
                mail(row.person, "action_news", action=action.id)


def _no_group_yet(action: JointAction) -> None:
    """A group comes of what is open, and once. Raises Refused."""
    if action.circle_id:
        raise Refused(_l("Cette action a déjà son groupe."))
    if action.state not in OPEN:
        raise Refused(_l("Cette action a pris fin. Reprenez-la d’abord, puis faites-en un groupe."))


def to_group(action: JointAction, code: str, title: str, by: Person) -> Circle:
    """It becomes a working group: who counts sits in it, and who proposed it chairs. Raises BadCircle, Refused."""
    _no_group_yet(action)
    values = {
        "code": code, "title": title, "kind": "GDT", "mandate": (action.about or "")[:3000] or None, "axis": action.axis,
        "languages": "fr", "quorum": 0, "proxies": 1, "closed": False, "place": action.place,
    }  # fmt: skip
    circle = seating.add_circle(values, by)
    for row in round_of(action).rows:
        if row.person.active:
            role = CHAIR if row.person_id == action.made_by else MEMBER
            seating.take_seat(circle, row.person, by, role=role)
    action.circle_id, action.rev, action.changed_at = circle.id, action.rev + 1, now()
    db.session.flush()
    record(by, "action.group", "action", action.id, circle=circle.id)
    return circle


def group_asked(action: JointAction) -> bool:
    """Whether the coordination was asked for its group, which is not there yet."""
    return action.circle_id is None and done_since("action.group-asked", action.id, action.made_at)


def ask_group(action: JointAction, by: Person) -> None:
    """Whoever may not make a group asks the coordination for one, once. Raises Refused."""
    _no_group_yet(action)
    if group_asked(action):
        raise Refused(_l("Ce groupe est déjà demandé. La coordination a reçu le courriel."))
    for person in people_with("coordination"):
        mail(person, "action_group", action=action.id, person=by.id)
    record(by, "action.group-asked", "action", action.id)


def to_fiche(action: JointAction, by: Person) -> Fiche:
    """A draft fiche, with what is known of the action: title, description, partners, place. Raises Refused."""
    if action.fiche_id:
        raise Refused(_l("Cette action a déjà sa fiche."))
    if action.state == DROPPED:
        raise Refused(_l("Cette action est abandonnée. Reprenez-la d’abord, puis commencez sa fiche."))
    houses, mine = round_of(action).houses, dict(organisations_of(by))
    carrier = next((house for house in houses if house.id in mine), None)
    known = {
        "titre": action.title, "langue": "fr", "descriptif": action.about, "axes": [action.axis] if action.axis else [],
        "partenaires": [{"nom": house.name_for("fr")} for house in houses if house is not carrier],
        "structure_porteuse": {"nom": carrier.name_for("fr"), "commune": carrier.commune} if carrier else {},
        "territoire": {"libelle": action.place},
    }  # fmt: skip
    content, _errors = load(known)
    fiche = adopt(content, owner=by)
    action.fiche_id, action.rev, action.changed_at = fiche.id, action.rev + 1, now()
    db.session.flush()
    record(by, "action.fiche", "action", action.id, fiche=fiche.id)
    return fiche
