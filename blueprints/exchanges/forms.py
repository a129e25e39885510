"""What one types about an offer or a request, and about an exchange that is done. What may stand: models/mediating.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Day, Line, Shared, Text
from blueprints.meetings.fields import Pick, Spoken, table, words_of
from models import mediating
from models.exchanges import KINDS, Evaluation, Notice
from models.lengths import too_long
from models.people import Person


class NoticeForm(Shared):
    """An offer or a request. For whom one may speak is told by `of`."""

    kind = Pick(_l("Vous offrez, ou vous cherchez\u00a0?"), table(KINDS))
    title = Line(_l("Quel savoir\u00a0?"))
    words = Text(_l("Dites-en plus, si vous voulez"))
    languages = Spoken(_l("En quelles langues\u00a0?"), default="fr")
    organisation_id = Pick(_l("Pour qui parlez-vous\u00a0?"), list)
    place = Line(_l("Commune"))
    region = Pick(_l("Province ou région"), words_of("provenance_territoire_be"))
    country = Pick(_l("Pays"), words_of("pays"))
    until = Day(_l("Jusqu’à quand\u00a0?"))

    def of(self, by: Person, notice: Notice | None = None) -> NoticeForm:
        self.by, self.notice = by, notice
        houses = mediating.organisations_of(by)
        if notice and notice.organisation and notice.organisation_id not in dict(houses):
            houses = [*houses, (notice.organisation.id, notice.organisation.name_for("fr"))]
        self.organisation_id.offered = lambda: list(houses)
        return self

    def values(self) -> dict[str, Any]:
        return {name: self[name].data for name in mediating.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return mediating.problems(values, self.by, row)


def notice_form(notice: Notice, by: Person, posted: MultiDict[str, str] | None = None) -> NoticeForm:
    """The form of one that is there."""
    return NoticeForm(posted, obj=notice).of(by, notice)


class LinesForm(Shared):
    """Three lines on an exchange that is done."""

    learned = Line(_l("Ce que j’ai appris"))
    worked = Line(_l("Ce qui a marché"))
    following = Line(_l("La suite"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return too_long(values, dict.fromkeys(mediating.LINES, mediating.LONGEST_LINE))


def lines_form(row: Evaluation | None, posted: MultiDict[str, str] | None = None) -> LinesForm:
    return LinesForm(posted, obj=row)
