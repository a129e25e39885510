"""What one types to prepare a meeting. What may stand is said in models/scheduling.py and models/planning.py."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Clock, Day, Line, Shared, Text, Whole, exists, moment, zone
from blueprints.meetings.fields import Pick, Spoken, Tick, table, words_of
from models import planning, scheduling
from models.agenda import AgendaItem
from models.meetings import Meeting


def at(day: date | None, clock: time | None, *, last: bool = False) -> datetime | None:
    """The instant, in UTC, of a day and an hour on our clocks; None where one of them is missing."""
    return moment(day, clock, zone(), last=last) if day is not None and clock is not None else None


class MeetingForm(Shared):
    """A meeting. Days and hours are local; it ends on the day on which it begins."""

    title = Line(_l("Titre"))
    words = Text(_l("Quelques mots"))
    day = Day(_l("Jour"))
    begins = Clock(_l("De"))
    ends = Clock(_l("À"))
    place = Line(_l("Lieu"))
    link = Line(_l("Lien à distance"))
    languages = Spoken(_l("Langues"), default="fr")
    reply_day = Day(_l("Jour"))
    reply_time = Clock(_l("Heure"))
    contact_name = Line(_l("Qui répond aux questions ?"))
    contact_email = Line(_l("Son courriel"))
    contact_phone = Line(_l("Son téléphone"))
    remind_days = Whole(_l("Rappel, en jours avant"), default=2)
    where = {
        "starts_at": ("day", "begins"), "ends_at": ("ends",), "reply_by": ("reply_day", "reply_time"),
    }  # fmt: skip

    def validate(self, extra_validators: Any = None) -> bool:
        """A day wants its two hours, and hours want their day; an hour that the clocks jump over is no hour."""
        good = super().validate(extra_validators)
        if self.day.data:
            for clock in (self.begins, self.ends):
                if clock.data is None and not clock.errors:
                    clock.errors = [Clock.sentence]
                elif clock.data is not None and not exists(self.day.data, clock.data, zone()):
                    clock.errors = [
                        _l("Cette nuit-là, les horloges passent de 2 h à 3 h. Choisissez une autre heure.")
                    ]
                good = good and not clock.errors
        return self._days() and good

    def _days(self) -> bool:
        """Whether every hour has its day; an hour alone would be lost without a word."""
        good = True
        for name, clocks in (("day", ("begins", "ends")), ("reply_day", ("reply_time",))):
            typed = any(clock in self and self[clock].data is not None for clock in clocks)
            if typed and name in self and self[name].data is None and not self[name].errors:
                self[name].errors, good = [_l("Donnez aussi le jour, ou effacez l’heure.")], False
        return good

    def values(self) -> dict[str, Any]:
        data = dict(self.data)
        day, begins, ends = data.pop("day"), data.pop("begins"), data.pop("ends")
        reply_day, reply_time = data.pop("reply_day"), data.pop("reply_time")
        data["starts_at"], data["ends_at"] = at(day, begins), at(day, ends, last=True)
        data["reply_by"] = at(reply_day, reply_time or time(18, 0), last=True)
        return {name: data.get(name) for name in scheduling.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        """Where an hour cannot be read, nothing more is said of when it begins and ends: it was not compared."""
        unread = any(name in self and self[name].errors for name in ("day", "begins", "ends"))
        found = scheduling.problems(values)
        return {name: why for name, why in found.items() if not (unread and name in ("starts_at", "ends_at"))}


class NewMeetingForm(MeetingForm):
    """A meeting that is new: perhaps several of them, perhaps with the agenda of the last one."""

    copy = Tick(_l("Reprendre les points de la dernière réunion"))
    rule = Pick(_l("Se répète-t-elle ?"), table(scheduling.RULES))
    count = Whole(_l("Combien de réunions en tout ?"))


def hours(starts: datetime | None, ends: datetime | None, reply_by: datetime | None) -> dict[str, Any]:
    """Moments as the form has them."""
    begin, end, reply = (one.astimezone(zone()) if one else None for one in (starts, ends, reply_by))
    return {
        "day": begin.date() if begin else None, "begins": begin.time() if begin else None, "ends": end.time() if end else None,
        "reply_day": reply.date() if reply else None, "reply_time": reply.time() if reply else None,
    }  # fmt: skip


def meeting_form(meeting: Meeting, posted: MultiDict[str, str] | None = None) -> MeetingForm:
    """The form of a meeting that is there."""
    return MeetingForm(posted, obj=meeting, data=hours(meeting.starts_at, meeting.ends_at, meeting.reply_by))


class ItemForm(Shared):
    """One item of an agenda."""

    title = Line(_l("Titre"))
    nature = Pick(_l("De quelle nature ?"), words_of("point_odj"), default="DIV")
    minutes = Whole(_l("Combien de minutes ?"), default=15)
    presenter = Line(_l("Qui le présente ?"))
    aim = Text(_l("À quoi veut-on arriver ?"))
    decision = Tick(_l("Une décision est attendue"))
    decision_words = Text(_l("Quelle décision ?"))

    def values(self) -> dict[str, Any]:
        return {name: self[name].data for name in planning.FIELDS}

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return planning.problems(values)


def item_form(item: AgendaItem, posted: MultiDict[str, str] | None = None) -> ItemForm:
    return ItemForm(posted, obj=item)
