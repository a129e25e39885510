"""The demonstration's directory: organisations in three languages, who belongs to them, profiles, requests.

The content is invented, in models/data/demo/network.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from models.companions import Companion
from models.editions import Call
from models.joining import JoinRequest
from models.organisations import NAME_LANGUAGES, Membership, Organisation, OrganisationSector
from models.people import Person
from models.profiles import DETAILS, ProfileDetail
from models.store import db, now
from models.vocabularies import DATA, load_yaml

FIELDS = {
    "genre": "kind", "etendue": "level", "pays": "country", "region": "region", "commune": "commune", "site": "site",
    "texte": "about", "abreviation": "abbreviation", "sens": "meaning",
}  # fmt: skip


def load(people: Mapping[str, Person], call: Call) -> None:
    """Everything of the directory. people: by address. Inside writing()."""
    document = load_yaml(DATA / "demo" / "network.yaml")
    assert isinstance(document, dict)
    places = {raw["cle"]: _organisation(raw) for raw in document["organisations"]}
    for raw in document["membres"]:
        row = Membership(person=people[raw["qui"]], organisation=places[raw["ou"]], confirmed=True)
        row.function, row.since, row.until = raw.get("fonction"), raw.get("depuis"), raw.get("jusque")
        db.session.add(row)
    for raw in document["profils"]:
        _profile(people[raw.pop("qui")], raw)
    for raw in document["aide"]:
        db.session.add(Companion(person=people[raw["qui"]], companion=people[raw["par"]]))
    for raw in document["demandes"]:
        db.session.add(
            JoinRequest(
                call_id=call.id, name=raw["nom"], email=raw["courriel"], organisation=raw["organisation"], words=raw["mot"],
                language=raw.get("langue", "fr"), told_at=now(), at=now() - timedelta(days=raw["jours"]),
            )
        )  # fmt: skip
    db.session.flush()


def _organisation(raw: dict[str, Any]) -> Organisation:
    row = Organisation(**{ours: raw.get(key) for key, ours in FIELDS.items()})
    for language in NAME_LANGUAGES:
        setattr(row, f"name_{language}", raw.get(language))
    row.sector_rows = [OrganisationSector(code=code) for code in raw["secteurs"]]
    db.session.add(row)
    db.session.flush()
    return row


def _profile(person: Person, raw: dict[str, Any]) -> None:
    """Each detail as a text, or as a text with who sees it."""
    for name, said in raw.items():
        text, seen_by = said if isinstance(said, list) else (said, DETAILS[name].seen_by)
        db.session.add(ProfileDetail(person_id=person.id, name=name, text=text, seen_by=seen_by))
