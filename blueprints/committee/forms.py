"""What one types about a circle and who sits in it. What may stand is said in models/seating.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Form

from blueprints.admin.forms import Code, Day, Line, Shared, Text, Whole
from blueprints.meetings.fields import Pick, Spoken, Tick, table, words_of
from models import seating
from models.circles import DECIDING, MEMBER, SEATS, Circle
from models.people import Person


class CircleForm(Shared):
    """A circle. The code is asked once, and never changed."""

    title = Line(_l("Nom"))
    code = Code(_l("Code"))
    kind = Pick(_l("De quel genre ?"), words_of("cercle"), default="GDT")
    mandate = Text(_l("Mandat"))
    axis = Pick(_l("Pour quelle action ?"), words_of("axe"))
    rhythm = Line(_l("Rythme"))
    place = Line(_l("Lieu habituel"))
    languages = Spoken(_l("Langues"), default="fr")
    expenses = Text(_l("Frais"))
    deciding = Pick(_l("Comment décide-t-on ?"), table(DECIDING))
    deciding_words = Text(_l("Précisions sur la décision"))
    quorum = Whole(_l("Quorum, en voix"), default=0)
    proxies = Whole(_l("Procurations par personne"), default=1)
    closed = Tick(_l("Groupe fermé"))
    territory = Line(_l("Territoire"))
    decided_by = Code(_l("Décision qui l’a créé"))
    ends_on = Day(_l("Dernier jour"))
    leader = Line(_l("Qui l’anime ?"))
    by: Person | None = None

    def of(self, by: Person) -> CircleForm:
        """Who writes: a decision that they may not read is not named by them."""
        self.by = by
        return self

    def values(self) -> dict[str, Any]:
        names = (*seating.FIELDS, "code", "leader") if "code" in self else seating.FIELDS
        out = {name: self[name].data for name in names}
        return {**out, "code": out["code"] or ""} if "code" in out else out

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return seating.problems(values, row, self.by)


def circle_form(circle: Circle, posted: MultiDict[str, str] | None = None) -> CircleForm:
    """The form of a circle that is there."""
    form = CircleForm(posted, obj=circle)
    del form.code
    del form.leader
    return form


class SeatForm(Form):
    """Somebody sits in a circle."""

    email = Line(_l("Adresse de courriel"))
    role = Pick(_l("Rôle"), table(SEATS), default=MEMBER)
    since = Day(_l("Depuis"))

    def summary(self) -> list[tuple[str, str]]:
        return [(field.id, str(sentence)) for field in self for sentence in field.errors]
