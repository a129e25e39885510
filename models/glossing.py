"""The glossary: an abbreviation once a language, beside those that organisations carry. All acts stand inside writing()."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from models.audit import record
from models.lengths import too_long
from models.library import GlossaryEntry
from models.names import fold, matches
from models.organisations import Organisation
from models.people import Person
from models.seating import Stale
from models.store import db, new_id, now
from models.vocabularies import terms

FIELDS = ("abbreviation", "meaning", "about", "language")
LENGTHS = {"abbreviation": 40, "meaning": 300, "about": 600}


class BadEntry(ValueError):
    """What was given cannot stand. problems: name of the field → sentence that names the remedy."""

    def __init__(self, problems: dict[str, Any]) -> None:
        super().__init__("; ".join(f"{name}: {sentence}" for name, sentence in problems.items()))
        self.problems = problems


@dataclass(frozen=True)
class Line:
    """One line of the glossary. language: of the meaning; entry: what may be changed, None for what comes from an
    organisation (its id then)."""

    abbreviation: str
    meaning: str
    language: str
    about: str = ""
    entry: GlossaryEntry | None = None
    organisation_id: str = ""

    @property
    def order(self) -> tuple[bool, str, str]:
        """By the alphabet, what begins with a letter first."""
        key = fold(self.abbreviation)
        return not key[:1].isalpha(), key, self.language

    @property
    def letter(self) -> str:
        """Under which it stands: A to Z, "#" for the rest."""
        first = fold(self.abbreviation)[:1].upper()
        return first if first.isalpha() and first.isascii() else "#"


def folded(text: str | None) -> str:
    """What two spellings of one abbreviation have in common: "C.P.A.S." and "cpas" are the same."""
    return fold(text).replace(" ", "") or (text or "").strip().casefold()


def twin(values: Mapping[str, Any], row: GlossaryEntry | None = None) -> GlossaryEntry | None:
    """Another entry for this abbreviation in this language."""
    same = (GlossaryEntry.folded == folded(values.get("abbreviation")), GlossaryEntry.language == values.get("language"))  # fmt: skip
    found = db.session.scalar(select(GlossaryEntry).where(*same))
    return None if found is None or (row is not None and found.id == row.id) else found


def problems(values: Mapping[str, Any], row: GlossaryEntry | None = None) -> dict[str, Any]:
    """Why these values cannot stand, by field."""
    out = too_long(values, LENGTHS)
    if not values.get("abbreviation"):
        out["abbreviation"] = _l("Écrivez l’abréviation, par exemple CPAS.")
    if not values.get("meaning"):
        out["meaning"] = _l("Écrivez les mots entiers : c’est d’eux que l’on a besoin.")
    if values.get("language") not in terms("langue"):
        out["language"] = _l("Choisissez dans la liste.")
    if not out and (known := twin(values, row)):
        out["abbreviation"] = _l(
            "« %(known)s » est déjà dans le glossaire : %(meaning)s. Complétez plutôt ce qui s’y trouve.",
            known=known.abbreviation, meaning=known.meaning,
        )  # fmt: skip
    return out


def add_entry(values: Mapping[str, Any], by: Person | None) -> GlossaryEntry:
    """A new entry. Raises BadEntry."""
    if found := problems(values):
        raise BadEntry(found)
    row = GlossaryEntry(id=new_id(), folded=folded(values["abbreviation"]), made_by=by.id if by else None, **{name: values.get(name) for name in FIELDS})  # fmt: skip
    db.session.add(row)
    db.session.flush()
    record(by, "glossary.made", "glossary", row.id)
    return row


def change_entry(row: GlossaryEntry, values: Mapping[str, Any], rev: int, by: Person) -> None:
    """Raises Stale, BadEntry. Values that are the same change nothing, not even the rev."""
    if row.rev != rev:
        raise Stale
    if found := problems(values, row):
        raise BadEntry(found)
    changed = [name for name in FIELDS if getattr(row, name) != values.get(name)]
    for name in changed:
        setattr(row, name, values.get(name))
    if changed:
        row.folded, row.rev, row.changed_at = folded(row.abbreviation), row.rev + 1, now()
        record(by, "glossary.changed", "glossary", row.id, rev=row.rev, fields=changed)


def remove_entry(row: GlossaryEntry, by: Person) -> None:
    """It goes; what it said stands nowhere else."""
    record(by, "glossary.removed", "glossary", row.id)
    db.session.delete(row)


# ---- reading


def lines(words: str = "", language: str = "", shown_in: str = "fr") -> list[Line]:
    """What answers, in the order of the alphabet. Two queries.

    language: only meanings in it; shown_in: of the reader, for the names of organisations.
    """
    out = [
        Line(row.abbreviation, row.meaning, row.language, row.about or "", row)
        for row in db.session.scalars(select(GlossaryEntry))
    ]
    out += [line for line in _of_organisations(shown_in) if line.abbreviation]
    return sorted(
        (
            one
            for one in out
            if (not language or one.language == language) and (not words or _answers(words, one))
        ),
        key=lambda one: one.order,
    )


def _answers(words: str, line: Line) -> bool:
    """Letters one by one are an abbreviation with its dots, and are looked for in abbreviations alone."""
    if all(len(word) == 1 for word in fold(words).split()):
        return folded(line.abbreviation).startswith(folded(words))
    return matches(words, line.abbreviation, line.meaning, line.about)


def _of_organisations(shown_in: str) -> Iterable[Line]:
    """Of a name in no language of the reader, the language is that of the name."""
    columns = (Organisation.id, Organisation.abbreviation, Organisation.meaning, Organisation.name_fr, Organisation.name_nl, Organisation.name_de)  # fmt: skip
    query = select(*columns).where(Organisation.merged_into.is_(None), Organisation.abbreviation.is_not(None))
    for row in db.session.execute(query):
        names = {"fr": row.name_fr, "nl": row.name_nl, "de": row.name_de}
        known = [code for code, name in names.items() if name]
        here = shown_in if shown_in in known else known[0] if known else "fr"
        yield Line(row.abbreviation or "", row.meaning or names[here] or "", here, organisation_id=row.id)


def by_letter(rows: Iterable[Line]) -> list[tuple[str, list[Line]]]:
    """(letter, its lines), in the order of the alphabet."""
    return [(letter, list(some)) for letter, some in groupby(rows, key=lambda one: one.letter)]


def entry(entry_id: str) -> GlossaryEntry | None:
    return db.session.get(GlossaryEntry, entry_id) if len(entry_id) <= 36 else None
