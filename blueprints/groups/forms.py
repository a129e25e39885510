"""What one types about the work of a group. What may stand is said in models/producing.py and models/reporting.py."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Day, Line, Shared, Text
from blueprints.meetings.fields import Pick
from models import producing, reporting
from models.circles import Circle, seats
from models.fiche.fiche import Fiche
from models.groups import Production, Report
from models.people import Person
from models.store import db


class ProductionForm(Shared):
    """Something that a group makes. Who may keep it in hand and where it may be read is told by `offer`."""

    title = Line(_l("Titre"))
    about = Text(_l("De quoi s’agit-il ?"))
    person_id = Pick(_l("Qui la suit ?"), list)
    due_on = Day(_l("Pour quand ?"))
    at = Pick(_l("Où la lire ?"), list)
    fiche = Line(_l("Ou dans quelle fiche ?"))

    def offer(self, circle: Circle, by: Person, row: Production | None = None) -> ProductionForm:
        self.circle, self.by = circle, by
        people = [(s.person_id, s.person.name) for s in seats(circle) if s.person.active]
        if row and row.person and row.person_id not in dict(people):
            people.append((row.person.id, _("%(name)s, qui ne siège plus ici", name=row.person.name)))
        self.person_id.offered = lambda: people
        kinds = {"note": _("Note"), "file": _("Fichier")}
        places = [(code, f"{kinds[code[:4]]}\u00a0: {title}") for code, title in producing.places(circle.id)]
        if places or (row and producing.at_of(row)):
            self.at.offered = lambda: places
        else:
            del self.at
        return self

    def values(self) -> dict[str, Any]:
        return {name: self[name].data if name in self else None for name in producing.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return producing.problems(values, self.circle, self.by, row)


def production_form(row: Production, by: Person, posted: MultiDict[str, str] | None = None) -> ProductionForm:
    """The form of a production that is there."""
    fiche = db.session.get(Fiche, row.fiche_id) if row.fiche_id else None
    more = {"at": producing.at_of(row), "fiche": (fiche.number or fiche.id) if fiche else None}
    return ProductionForm(posted, obj=row, data=more).offer(row.circle, by, row)


class PeriodForm(Shared):
    """The days of which a report speaks."""

    first_on = Day(_l("Du"))
    last_on = Day(_l("Au"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return reporting.period_problems(values["first_on"], values["last_on"])


class ReportForm(Shared):
    """The text of a report, in Markdown."""

    title = Line(_l("Titre"))
    body = Text(_l("Texte"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return reporting.problems(values)


def report_form(row: Report, posted: MultiDict[str, str] | None = None) -> ReportForm:
    return ReportForm(posted, obj=row)
