"""The demonstration's notes and files: one note in which two wrote at once, one of a closed group, one file in two versions.

The content is invented, in models/data/demo/notes.yaml. Each version is written as its writer would, then dated back.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from models import filing, note_writing
from models.circles import circle_by_code
from models.filing import Sent
from models.note_writing import Written
from models.notes import Note
from models.people import Person
from models.store import db, new_id, now
from models.vocabularies import DATA, load_yaml

DOCUMENTS = ("deux-pages-1.pdf", "deux-pages-2.pdf")


def load(people: Mapping[str, Person], documents: Mapping[str, Mapping[str, Any]]) -> None:
    """people: by address; documents: by name, what is kept of each of DOCUMENTS. Inside writing()."""
    said = load_yaml(DATA / "demo" / "notes.yaml")
    assert isinstance(said, dict)
    for raw in said["notes"]:
        _note(raw, people)
    for raw in said["fichiers"]:
        _file(raw, people, documents)


def _note(raw: dict[str, Any], people: Mapping[str, Person]) -> None:
    circle = circle_by_code(raw["groupe"])
    assert circle is not None
    note_id, made = "", now()
    for version in raw["versions"]:
        by, at = people[version["par"]], _before(version["jours"])
        text = Written(
            version["titre"],
            version["texte"],
            new_id(),
            f"rev:{version.get('de', 0)}",
            version.get("mots", ""),
        )
        if note_id:
            note_writing.write(note_id, by, text, at)
        else:
            note_id, made = note_writing.begin(circle.id, by, text, at).receipt["id"], at
    db.session.get_one(Note, note_id).made_at = made


def _file(
    raw: dict[str, Any], people: Mapping[str, Person], documents: Mapping[str, Mapping[str, Any]]
) -> None:
    circle = circle_by_code(raw["groupe"])
    assert circle is not None
    file = None
    for version in raw["versions"]:
        kept = documents.get(version["document"])
        if kept is None:
            continue
        sent = Sent(kept["sha256"], version["document"], kept["media_type"], kept["size"])
        by, words = people[version["par"]], version.get("mots", "")
        if file is None:
            file = filing.add(
                circle, by, sent, {"title": raw["titre"], "about": raw["a_propos"], "words": words}
            )
        else:
            filing.add_version(file, by, sent, words)
        at = _before(version["jours"])
        filing.versions(file.id)[0].at = file.changed_at = at
        file.made_at = min(file.made_at, at)
    db.session.flush()


def _before(days: int) -> datetime:
    """That many days ago, at an hour at which people write."""
    return (now() - timedelta(days=days)).replace(
        hour=9 + days % 9, minute=days * 7 % 60, second=0, microsecond=0
    )
