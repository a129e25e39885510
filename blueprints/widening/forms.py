"""What one types about a candidature, and about a welcome. What may stand is said in models/candidates.py, models/arriving.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints import languages
from blueprints.admin.forms import Line, Shared, Text
from blueprints.look import locale
from blueprints.meetings.fields import Pick, Spoken, table, words_of
from models import arriving, candidates, welcoming
from models.circles import Circle
from models.people import Person
from models.vocabularies import terms
from models.widening import PERSON, Case


class Publics(Spoken):
    """Several codes of `public`, kept with blanks between them."""

    def process_data(self, value: Any) -> None:
        self.data = " ".join(value) if isinstance(value, list) else value

    def said(self) -> str:
        return ", ".join(
            terms("public")[code].label(locale()[:2]) for code in self.codes if code in terms("public")
        )


def tongues() -> list[tuple[str, Any]]:
    """The languages in which this site can write to somebody."""
    known = [code for code in candidates.LANGUAGES if code in languages.known()]
    return [(code, terms("langue")[code].label(locale()[:2])) for code in known or candidates.LANGUAGES[:1]]


class CaseForm(Shared):
    """Somebody is proposed for a circle."""

    kind = Pick(_l("Qui proposez-vous ?"), table(candidates.KINDS), default=PERSON)
    name = Line(_l("Son nom"))
    email = Line(_l("Son adresse de courriel"))
    language = Pick(_l("Dans quelle langue lui écrire ?"), tongues, default="fr")
    organisation = Line(_l("Organisation"))
    type = Pick(_l("Genre d’organisation"), words_of("type_organisation"))
    sector = Pick(_l("Quel secteur ?"), words_of("secteur"))
    territory = Pick(_l("Quel territoire ?"), words_of("provenance_territoire_be"))
    publics = Publics(_l("Quels publics ?"))
    reason = Text(_l("Que manque-t-il autour de la table ?"))

    def of(self, circle: Circle) -> CaseForm:
        """Where there is one language, nobody is asked which."""
        self.circle, self.only = circle, tongues()[0][0]
        if len(tongues()) == 1:
            del self.language
        return self

    def values(self) -> dict[str, Any]:
        out = {name: self[name].data if name in self else None for name in candidates.FIELDS}
        return {**out, "language": out["language"] or self.only, "publics": self.publics.codes}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return candidates.problems(values, self.circle, row)


def case_form(case: Case, posted: MultiDict[str, str] | None = None) -> CaseForm:
    """The form of a case that is there; an organisation of the directory is named."""
    form = CaseForm(posted, obj=case).of(case.circle)
    if posted is None:
        form.organisation.data = case.place or None
    return form


class WelcomeForm(Shared):
    """Who welcomes, and where the invitation goes."""

    sponsor_id = Pick(_l("Qui accueille ?"), list)
    name = Line(_l("Son nom"))
    email = Line(_l("Son adresse de courriel"))

    def of(self, case: Case, by: Person) -> WelcomeForm:
        self.case, self.by = case, by
        people = welcoming.sponsors(case)
        self.sponsor_id.offered = lambda: people
        return self

    def values(self) -> dict[str, Any]:
        return {name: self[name].data for name in arriving.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return arriving.problems(values, self.case, self.by)
