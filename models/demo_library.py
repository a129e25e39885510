"""The demonstration's glossary and library: abbreviations and references that exist, told in our own words.

models/data/demo/library.yaml; a test holds every reference to an https address or none.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from models.circles import circle_by_code
from models.glossing import folded
from models.library import GlossaryEntry, Reference
from models.people import Person
from models.store import db, now
from models.vocabularies import DATA, load_yaml


def load(people: Mapping[str, Person]) -> None:
    """Everything. people: by address. Inside writing()."""
    document = load_yaml(DATA / "demo" / "library.yaml")
    assert isinstance(document, dict)
    at = now() - timedelta(days=40)
    for raw in document["glossaire"]:
        row = GlossaryEntry(abbreviation=raw["abreviation"], folded=folded(raw["abreviation"]), meaning=raw["sens"], about=raw.get("mot"),
                            language=raw.get("langue", "fr"), made_by=people[raw["par"]].id, made_at=at, changed_at=at)  # fmt: skip
        db.session.add(row)
    for raw in document["references"]:
        circle = circle_by_code(raw["groupe"]) if raw.get("groupe") else None
        db.session.add(
            Reference(
                kind=raw["sorte"], title=raw["titre"], authors=raw.get("de"), publisher=raw.get("chez"), year=raw.get("annee"), link=raw.get("lien"),
                language=raw.get("langue", "fr"), about=raw.get("mot"), determinants=raw.get("determinants", ""), axes=raw.get("axes", ""),
                circle_id=circle.id if circle else None, made_by=people[raw["par"]].id, made_at=at, changed_at=at,
            )
        )  # fmt: skip
    db.session.flush()
