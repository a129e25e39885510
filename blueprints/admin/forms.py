"""What one types to prepare an edition and its calls. What may stand is said in models/preparing.py."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict
from wtforms import Field, Form, StringField, TextAreaField
from wtforms.widgets import TextInput

from models.editions import Call, Edition
from models.fiche.kinds import clean
from models.preparing import BadEdition, call_problems, edition_problems
from models.sides import seen_of

DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
DAY_AS_SAID = re.compile(r"([0-9]{1,2})[/.\- ]([0-9]{1,2})[/.\- ]([0-9]{4})")
CLOCK = re.compile(r"([0-9]{1,2})(?:\s?[h:.]\s?([0-9]{2})?)?(?::[0-9]{2})?")


def named(label: Any, text: str) -> str:
    """A label and what is wrong beside it, as one line of the summary; a question keeps its sign and begins a sentence."""
    label = str(label)
    return f"{label} {text}" if label.endswith("?") else f"{label}\u00a0: {text[:1].lower()}{text[1:]}"


class Line(StringField):
    """A text on one line; "" becomes None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = clean(valuelist[0], lines=False) if valuelist else None


class Text(TextAreaField):
    """A text on several lines; "" becomes None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = clean(valuelist[0]) if valuelist else None


class Code(Line):
    """A public code, in capitals."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = self.data.upper() if self.data else None


class Typed(Field):
    """A value that is read from one text; a text that cannot be read is kept as it was typed, with `sentence`."""

    widget = TextInput()
    sentence: Any = ""

    def read(self, text: str) -> Any:
        """The value. Raises ValueError."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """The value as the browser wants it."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = clean(valuelist[0], lines=False) if valuelist else None
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except ValueError:
                raise ValueError(self.sentence) from None

    def _value(self) -> str:
        if self.data is None:
            return clean(str(self.raw_data[0]), lines=False) or "" if self.raw_data else ""
        return self.write(self.data)


class Whole(Typed):
    """A whole number."""

    sentence = _l("Écrivez un nombre en chiffres.")

    def read(self, text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", text):
            raise ValueError
        return int(text)


def day_of(text: str) -> date:
    """2027-11-16 or 16/11/2027 as a day. Raises ValueError."""
    if found := DAY.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := DAY_AS_SAID.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    raise ValueError(text)


def clock_of(text: str) -> time:
    """23:59, 23 h 59 or 23h as an hour. Raises ValueError."""
    if found := CLOCK.fullmatch(text):
        return time(int(found[1]), int(found[2] or 0))
    raise ValueError(text)


class Day(Typed):
    """A day, as a browser sends it or as one says it: 2027-11-16, 16/11/2027."""

    sentence = _l("Écrivez une date comme 16/11/2027.")

    def read(self, text: str) -> date:
        return day_of(text)

    def write(self, value: date) -> str:
        return value.isoformat()


class Clock(Typed):
    """An hour: 23:59, 23 h 59, 23h."""

    sentence = _l("Écrivez une heure comme 18:00.")

    def read(self, text: str) -> time:
        return clock_of(text)

    def write(self, value: time) -> str:
        return f"{value:%H:%M}"


class Shared(Form):
    """What both forms can do: give their values and texts, carry problems, tell which fields were touched."""

    where: dict[str, tuple[str, ...]] = {}  # a field of the domain → ours, where several make one

    def texts(self) -> dict[str, str]:
        """Every field as text, as it would come back from a browser."""
        return {field.name: clean(str(field._value())) or "" for field in self}

    def seen(self) -> str:
        """Short digests of the texts: with them a later post knows which fields its writer touched."""
        return seen_of(self.texts())

    def blame(self, bad: BadEdition) -> None:
        """Put the problems of the domain beside their fields; what could not be read keeps its own sentence."""
        for name, sentence in bad.problems.items():
            fields = [self[ours] for ours in self.where.get(name, (name,))]
            if not any(field.errors for field in fields):
                fields[0].errors = [sentence]

    def values(self) -> dict[str, Any]:
        """As the domain keeps them."""
        raise NotImplementedError

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        """What the domain says against these values. row: what is changed; None for something new."""
        raise NotImplementedError

    def problems(self) -> list[tuple[str, str]]:
        """(id of the control, sentence), for the summary: there the question stands before the sentence."""
        found = [(field, str(sentence)) for field in self for sentence in field.errors]
        return [(f.id, named(f.label.text, text)) for f, text in found]


class EditionForm(Shared):
    """An edition. The code is asked once, and never changed."""

    title = Line(_l("Titre"))
    year = Whole(_l("Année"))
    code = Code(_l("Code"))
    theme = Line(_l("Thème"))
    starts = Day(_l("Premier jour"))
    ends = Day(_l("Dernier jour"))
    place = Line(_l("Lieu"))
    letter = Text(_l("Texte de la lettre"))
    signature = Line(_l("Signature"))
    thanks = Text(_l("Remerciements"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return edition_problems(values, row)


class CallForm(Shared):
    """A call. Days and hours are local."""

    title = Line(_l("Titre"), default=_l("Appel à fiches"))
    code = Code(_l("Code"))
    wanted = Text(_l("Ce que vous cherchez"))
    opens_day = Day(_l("Jour d’ouverture"))
    opens_time = Clock(_l("Heure d’ouverture"), default=time(0, 0))
    closes_day = Day(_l("Date limite"))
    closes_time = Clock(_l("Heure limite"), default=time(23, 59))
    grace_days = Whole(_l("Jours de grâce"), default=3)
    where = {"opens_at": ("opens_day", "opens_time"), "closes_at": ("closes_day", "closes_time")}

    def validate(self, extra_validators: Any = None) -> bool:
        """An hour that the clocks jump over is no hour."""
        good = super().validate(extra_validators)
        for stem in ("opens", "closes"):
            day, clock = self[f"{stem}_day"], self[f"{stem}_time"]
            if clock.data is None and not clock.errors:
                clock.errors = [Clock.sentence]
            elif day.data and clock.data is not None and not exists(day.data, clock.data, zone()):
                clock.errors = [
                    _l("Cette nuit-là, les horloges passent de 2 h à 3 h. Choisissez une autre heure.")
                ]
            good = good and not clock.errors
        return good

    def values(self) -> dict[str, Any]:
        """As a call keeps them. An hour that comes twice, when clocks go back, means the later one for a deadline."""
        data = dict(self.data)
        opens = data.pop("opens_day"), data.pop("opens_time")
        closes = data.pop("closes_day"), data.pop("closes_time")
        data["opens_at"] = moment(*opens, zone()) if None not in opens else None
        data["closes_at"] = moment(*closes, zone(), last=True) if None not in closes else None
        return data

    def wrong(self, values: dict[str, Any], row: Any) -> dict[str, Any]:
        return call_problems(values, row)


def edition_form(edition: Edition, posted: MultiDict[str, str] | None = None) -> EditionForm:
    """The form of an edition that is there."""
    form = EditionForm(posted, obj=edition)
    del form.code
    return form


def call_form(call: Call, posted: MultiDict[str, str] | None = None) -> CallForm:
    """The form of a call that is there."""
    opens, closes = call.opens_at.astimezone(zone()), call.closes_at.astimezone(zone())
    hours = {
        "opens_day": opens.date(), "opens_time": opens.time(), "closes_day": closes.date(), "closes_time": closes.time(),
    }  # fmt: skip
    form = CallForm(posted, obj=call, data=hours)
    del form.code
    return form


def zone() -> ZoneInfo:
    """Where the clock of this instance hangs."""
    return ZoneInfo(current_app.config["TIMEZONE"])


def moment(day: date, clock: time, where: ZoneInfo, *, last: bool = False) -> datetime:
    """The instant, in UTC. last: the second one, of an hour that comes twice."""
    return datetime.combine(day, clock, where).replace(fold=int(last)).astimezone(UTC)


def exists(day: date, clock: time, where: ZoneInfo) -> bool:
    """Whether the clocks show this hour on this day; one hour in spring is jumped over."""
    back = moment(day, clock, where).astimezone(where)
    return (back.date(), back.time()) == (day, clock)
