"""The demonstration's groups at work: productions, a request that waits, a report that is being written; a network of
neighbours with its monthly meetings. The content is invented, in models/data/demo/groups.yaml; days count from today.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from models import scheduling
from models.agenda import AgendaItem
from models.circles import Circle, circle_by_code
from models.demo_committee import add_circle
from models.editions import LOCAL
from models.fiche.fiche import find
from models.groups import ASK, Production, Report, SeatRequest
from models.people import Person
from models.seating import today
from models.store import db, new_id, now
from models.vocabularies import DATA, load_yaml


def load(people: Mapping[str, Person]) -> None:
    """Everything. people: by address. After the committee and its decisions; inside writing()."""
    document = load_yaml(DATA / "demo" / "groups.yaml")
    assert isinstance(document, dict)
    for raw in document["mandats"]:
        _circle(raw["cercle"]).decided_by = raw["decision"]
    for raw in document["reseaux"]:
        circle = add_circle(raw, people)
        circle.territory = raw["territoire"]
        _meetings(circle, raw["rencontres"])
    for raw in document["productions"]:
        _production(raw, people)
    for raw in document["demandes"]:
        asked = now() - timedelta(days=raw["il_y_a"])
        who = people[raw["qui"]].id
        db.session.add(
            SeatRequest(id=new_id(), circle_id=_circle(raw["cercle"]).id, person_id=who, kind=ASK, words=raw["mots"], made_by=who, made_at=asked)
        )  # fmt: skip
    for raw in document["rapports"]:
        _report(raw, people)
    db.session.flush()


def _circle(code: str) -> Circle:
    found = circle_by_code(code)
    assert found
    return found


def _meetings(circle: Circle, raw: dict[str, Any]) -> None:
    """The same Thursday evening of each month, in preparation."""
    day = today() + timedelta(days=raw["apres"])
    first = day + timedelta(days=(3 - day.weekday()) % 7)
    series = new_id()
    for one in scheduling.days_of(first, "month", raw["combien"]):
        made = scheduling.add_meeting(
            circle,
            {
                "title": raw["titre"], "languages": circle.languages, "place": circle.place, "remind_days": 2,
                "starts_at": _at(one, raw["de"]), "ends_at": _at(one, raw["a"]),
            }, None, series=series,
        )  # fmt: skip
        titles = ((20, "TDT", "Tour de table"), (100, "REA", "Ce que chacun apporte et cherche"))
        for place, (minutes, nature, title) in enumerate(titles, start=1):
            db.session.add(AgendaItem(meeting_id=made.id, place=place, title=title, nature=nature, minutes=minutes))  # fmt: skip


def _at(day: date, clock: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), LOCAL)


def _production(raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    fiche = find(raw["fiche"]) if "fiche" in raw else None
    db.session.add(
        Production(
            id=new_id(), circle_id=_circle(raw["cercle"]).id, title=raw["titre"], about=raw.get("de_quoi"), state=raw["etat"],
            due_on=today() + timedelta(days=raw["dans"]), person_id=people[raw["qui"]].id if "qui" in raw else None,
            fiche_id=fiche.id if fiche else None, words=raw.get("mots"),
            ended_at=now() + timedelta(days=raw["fini"]) if "fini" in raw else None,
        )
    )  # fmt: skip


def _report(raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    db.session.add(
        Report(
            id=new_id(), circle_id=_circle(raw["cercle"]).id, title=raw["titre"], first_on=raw["du"], last_on=raw["au"],
            body=raw["texte"], made_by=people[raw["par"]].id,
        )
    )  # fmt: skip
