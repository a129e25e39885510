"""A glossary and a library for tests: texts at the limits, and a reference that a closed group keeps for itself."""

from __future__ import annotations

from models.circles import circle_by_code
from models.glossing import folded
from models.library import GlossaryEntry, Reference
from models.people import by_email
from models.store import db
from models.vocabularies import terms

CLOSED_REFERENCE = "00000000-0000-4000-8000-0000000000f1"


def entry(abbreviation: str, meaning: str, language: str = "fr", **more: object) -> GlossaryEntry:
    """A line of the glossary. Inside writing()."""
    row = GlossaryEntry(
        abbreviation=abbreviation, folded=folded(abbreviation), meaning=meaning, language=language, **more
    )
    db.session.add(row)
    db.session.flush()
    return row


def reference(title: str, **more: object) -> Reference:
    """Something to read. Inside writing()."""
    row = Reference(**{"kind": "book", "title": title, **more})
    db.session.add(row)
    db.session.flush()
    return row


def everything(out: dict[str, str], texts: tuple[str, str, str]) -> None:
    """Texts at the limits (a word without end, markup, Arabic), and what a closed group reads. Inside writing()."""
    word, markup, arabic = texts
    nadia, closed = by_email("nadia@passerelle.example"), circle_by_code(out["circle_closed"])
    wild = {"authors": f"{word} ; {markup}"[:300], "publisher": f"{word}{word}"[:200], "year": "vers 1900-2000", "about": f"{arabic}\n\n{markup} {word}",
            "language": "ar", "link": f"https://a.example/{'x' * 460}", "axes": " ".join(terms("axe")),
            "determinants": " ".join([*terms("determinant")][:6]), "made_by": nadia.id}  # fmt: skip
    out["reference_nasty"] = reference(f"{word} {markup} {arabic}"[:300], **wild).id
    out["reference_bare"] = reference("Nu", made_by=nadia.id).id
    reference("Référence fermée", id=CLOSED_REFERENCE, circle_id=closed.id, about="Mots fermés")
    out["reference_closed"] = CLOSED_REFERENCE
    out["entry_nasty"] = entry(f"{word}"[:40], f"{word} {markup} {arabic}"[:300], "ar", about=f"{arabic} {markup} {word}").id  # fmt: skip
    entry("3X", "Trois fois", about=markup)
