"""What one types about an abbreviation or a reference. What may stand is said in models/glossing.py, models/referencing.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Line, Shared, Text
from blueprints.look import locale
from blueprints.meetings.fields import Pick, table, words_of
from models import glossing, referencing
from models.fiche import questions
from models.fiche.kinds import clean
from models.library import REFERENCE_KINDS, Reference
from models.people import Person
from models.vocabularies import Term, terms


class Codes(Line):
    """Several codes of a vocabulary, kept with blanks between them."""

    def __init__(self, label: Any, vocabulary: str, **more: Any) -> None:
        super().__init__(label, **more)
        self.vocabulary = vocabulary

    def process_formdata(self, valuelist: list[str]) -> None:
        codes = " ".join(clean(text, lines=False) or "" for text in valuelist).split()
        self.data = " ".join(dict.fromkeys(codes))

    @property
    def codes(self) -> list[str]:
        return (self.data or "").split()

    def said(self) -> str:
        known = terms(self.vocabulary)
        return ", ".join(known[code].label(locale()[:2]) for code in self.codes if code in known)

    def families(self) -> list[tuple[str, list[Term]]]:
        """(family, its terms), as the form of a fiche groups them; one without a name where it does not."""
        groups = next(
            (q.families for q in questions.leaves().values() if q.vocabulary == self.vocabulary), ()
        )
        every = terms(self.vocabulary)
        if not groups:
            return [("", list(every.values()))]
        return [(str(name), [t for code, t in every.items() if code.startswith(prefix)]) for name, prefix in groups]  # fmt: skip


class EntryForm(Shared):
    """An abbreviation and what it means."""

    abbreviation = Line(_l("L’abréviation"))
    meaning = Line(_l("Ce qu’elle veut dire"))
    language = Pick(_l("Dans quelle langue ?"), words_of("langue"), default="fr")
    about = Text(_l("Une phrase de plus"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return glossing.problems(values, row)


class ReferenceForm(Shared):
    """Something to read. Who writes it, and so for which groups it may be kept, is told by `offer`."""

    title = Line(_l("Titre"))
    kind = Pick(_l("De quoi s’agit-il ?"), table(REFERENCE_KINDS), default="book")
    authors = Line(_l("De qui ?"))
    publisher = Line(_l("Chez qui ?"))
    year = Line(_l("Année"))
    language = Pick(_l("Dans quelle langue ?"), words_of("langue"), default="fr")
    link = Line(_l("Où la lire ?"))
    about = Text(_l("Pourquoi la lire ?"))
    axes = Codes(_l("Pour quelles actions ?"), "axe")
    determinants = Codes(_l("De quels déterminants de la santé parle-t-elle ?"), "determinant")
    circle_id = Pick(_l("Pour qui ?"), list)

    def offer(self, by: Person, row: Reference | None = None) -> ReferenceForm:
        self.by = by
        groups = referencing.groups_of(by)
        if row and row.circle and row.circle_id not in [c.id for c in groups]:
            groups.append(row.circle)
        self.circle_id.offered = lambda: [(c.id, c.title) for c in groups]
        return self

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return referencing.problems(values, self.by, row)


def reference_form(row: Reference, by: Person, posted: MultiDict[str, str] | None = None) -> ReferenceForm:
    """The form of one that is there."""
    return ReferenceForm(posted, obj=row).offer(by, row)
