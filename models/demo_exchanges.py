"""The demonstration's board of exchanges: offers and requests, an exchange in each state, two common actions.

The content is invented, in models/data/demo/exchanges.yaml. Days count from today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from models.circles import circle_by_code
from models.exchanges import DONE, ENDED, IN_TOUCH, PROPOSED, Evaluation, Exchange, Notice
from models.joint_actions import JointAction, Partaking
from models.organisations import named
from models.people import Person
from models.seating import today
from models.store import db, new_id, now
from models.vocabularies import DATA, load_yaml

LINES = ("learned", "worked", "following")


def load(people: Mapping[str, Person]) -> None:
    """Everything. people: by address. After the directory and the circles. Inside writing()."""
    document = load_yaml(DATA / "demo" / "exchanges.yaml")
    assert isinstance(document, dict)
    notices = {raw["cle"]: _notice(raw, people) for raw in document["annonces"]}
    db.session.flush()
    for raw in document["echanges"]:
        _exchange(raw, people, notices)
    for raw in document["actions"]:
        _action(raw, people)
    db.session.flush()


def _circle_id(raw: Mapping[str, Any]) -> str | None:
    circle = circle_by_code(raw.get("cercle", ""))
    return circle.id if circle else None


def _house(name: str) -> str | None:
    found = named(name) if name else None
    return found.id if found else None


def _notice(raw: Mapping[str, Any], people: Mapping[str, Person]) -> Notice:
    at, who = now() - timedelta(days=raw["jours"]), people[raw["qui"]]
    row = Notice(
        id=new_id(), kind=raw["genre"], title=raw["titre"], words=raw["mots"] or None, languages=raw["langues"], place=raw["lieu"],
        region=raw["region"], country=raw["pays"], person_id=who.id, made_by=who.id, organisation_id=_house(raw["organisation"]),
        circle_id=_circle_id(raw), made_at=at, changed_at=at,
    )  # fmt: skip
    db.session.add(row)
    return row


def _exchange(raw: Mapping[str, Any], people: Mapping[str, Person], notices: Mapping[str, Notice]) -> None:
    at, giver, receiver = now() - timedelta(days=raw["jours"]), people[raw["donne"]], people[raw["recoit"]]
    state, by = raw["etat"], people.get(raw.get("par", ""))
    offer, request = notices.get(raw.get("offre", "")), notices.get(raw.get("demande", ""))
    both = state in (IN_TOUCH, DONE, ENDED)
    yes = {giver.email, receiver.email} if both else set(raw.get("oui", ()))
    if state == "asked":  # who answered has said yes; nobody has put the two in touch yet
        state, yes = PROPOSED, {receiver.email}
    row = Exchange(
        id=new_id(), offer_id=offer.id if offer else None, request_id=request.id if request else None, circle_id=_circle_id(raw),
        subject=raw["sujet"], giver_id=giver.id, receiver_id=receiver.id, mediator_id=by.id if by else None, state=state,
        giver_agreed_at=at if giver.email in yes else None, receiver_agreed_at=at if receiver.email in yes else None,
        giver_named=bool(raw.get("nommes")), receiver_named=bool(raw.get("nommes")), words=raw["mots"] or None, made_at=at,
        in_touch_at=at if both else None, done_on=today() - timedelta(days=raw["fait"]) if "fait" in raw else None,
        end_words=raw.get("fin"), ended_at=at + timedelta(days=9) if state == ENDED else None,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for email, lines in raw.get("lignes", {}).items():
        said = dict(zip(LINES, (text or None for text in lines), strict=True))
        db.session.add(Evaluation(exchange_id=row.id, person_id=people[email].id, **said))


def _action(raw: Mapping[str, Any], people: Mapping[str, Person]) -> None:
    at = now() - timedelta(days=raw["jours"])
    row = JointAction(
        id=new_id(), number=raw["numero"], title=raw["titre"], about=raw["mots"], axis=raw["axe"], place=raw["lieu"], state=raw["etat"],
        made_by=people[raw["par"]].id, made_at=at, changed_at=at,
    )  # fmt: skip
    db.session.add(row)
    db.session.flush()
    for n, (email, house, words) in enumerate(raw["compte"]):
        db.session.add(
            Partaking(action_id=row.id, person_id=people[email].id, organisation_id=_house(house), words=words, at=at + timedelta(hours=n))
        )  # fmt: skip
