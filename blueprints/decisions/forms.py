"""What one types about a recommendation. What may stand is said in models/recommending.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Line, Shared, Text
from blueprints.look import locale
from blueprints.meetings.fields import Pick, table
from models import recommending
from models.fiche import questions
from models.fiche.kinds import clean
from models.people import Person
from models.recommendations import KINDS, LEVELS, Recommendation
from models.vocabularies import Term, terms


class Several(Line):
    """Several codes of a vocabulary, kept as a list; as one text, with blanks between them."""

    def __init__(self, label: Any, vocabulary: str, **more: Any) -> None:
        super().__init__(label, **more)
        self.vocabulary = vocabulary

    def process_data(self, value: Any) -> None:
        self.data = list(value or [])

    def process_formdata(self, valuelist: list[str]) -> None:
        codes = " ".join(clean(text, lines=False) or "" for text in valuelist).split()
        self.data = list(dict.fromkeys(codes))

    def _value(self) -> str:
        return " ".join(self.data or [])

    def said(self) -> str:
        known = terms(self.vocabulary)
        return ", ".join(known[code].label(locale()[:2]) for code in self.data or [] if code in known)

    def families(self) -> list[tuple[str, list[Term]]]:
        """(family, its terms), as the form of a fiche groups them."""
        groups = next(q.families for q in questions.leaves().values() if q.vocabulary == self.vocabulary)
        return [
            (str(name), [t for code, t in terms(self.vocabulary).items() if code.startswith(prefix)])
            for name, prefix in groups
        ]


class RecommendationForm(Shared):
    """A recommendation. Who writes it, and so which fiches may be named, is told by `offer`."""

    text = Text(_l("Que recommandez-vous ?"))
    kind = Pick(_l("De quoi s’agit-il ?"), table(KINDS), default="demand")
    cause = Text(_l("D’où cela vient-il ?"))
    addressee = Line(_l("À qui le demandez-vous ?"))
    level = Pick(_l("Quel niveau de pouvoir ?"), table(LEVELS))
    determinants = Several(_l("Sur quoi cela agit-il ?"), "determinant")
    numbers = Line(_l("Quelles fiches l’appuient ?"))
    where = {"fiches": ("numbers",)}

    def offer(self, by: Person, row: Recommendation | None = None) -> RecommendationForm:
        """row: what is changed; the sentence of one that was adopted is not asked again."""
        self.by, self.row = by, row
        if row and row.state != "proposed":
            del self.text
        return self

    def values(self) -> dict[str, Any]:
        out = {name: self[name].data for name in recommending.FIELDS if name in self}
        kept = {"text": self.row.text} if self.row and "text" not in self else {}
        return {**out, **kept, "fiches": self.numbers.data}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return recommending.problems(values, self.by, row)


def recommendation_form(row: Recommendation, by: Person, posted: MultiDict[str, str] | None = None) -> RecommendationForm:  # fmt: skip
    """The form of one that is there."""
    named = ", ".join(str(f.number) for f in recommending.seen_fiches(row, by)[0])
    return RecommendationForm(posted, obj=row, numbers=named).offer(by, row)
