"""How numbers, dates and paragraphs are written, in the language of the page."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from flask import Flask
from flask_babel import format_date, format_decimal, to_user_timezone
from flask_babel import gettext as _
from markupsafe import Markup, escape

from blueprints.languages import here

NBSP = "\u00a0"


def language() -> str:
    """Of the page, or of what is printed: "fr" where nothing says another."""
    locale = here()
    return locale.language if locale else "fr"


def pattern(french: str) -> str:
    """How a day is written in the language of the page, from how French writes it."""
    return re.sub(r"\bd\b", "d.", french).replace("EEEE ", "EEEE, ") if language() == "de" else french


def inline(words: str, kind: str = "noun") -> str:
    """Words of a vocabulary as they stand inside a sentence: "Par an" → "par an".

    kind: "phrase" always loses its capital; a "noun" keeps it in German; the name of a "language" everywhere but in
    French.
    """
    keeping = {"phrase": False, "noun": language() == "de", "language": language() != "fr"}
    return words if keeping[kind] else words[:1].lower() + words[1:]


def money(amount: float) -> str:
    """2400.0 → "2 400 €", 27480.75 → "27 480,75 €"; in Dutch "€ 2.400"."""
    text = format_decimal(amount, format="#,##0" if amount == int(amount) else "#,##0.00")
    return _("%(amount)s €", amount=str(text).replace("\u202f", NBSP))


def number(value: float) -> str:
    """A number with the separators of the language, with no-break spaces that every face draws."""
    return _number(value, language())


@lru_cache(maxsize=2048)
def _number(value: float, _language: str) -> str:
    return str(format_decimal(value)).replace("\u202f", NBSP)


def partial_date(text: str | None) -> str:
    """2016-04-21 → "21 avril 2016", 2016-04 → "avril 2016", 2016 → "2016", None → ""."""
    return _partial_date(text, language()) if text else ""


@lru_cache(maxsize=2048)
def _partial_date(text: str, _language: str) -> str:
    bits = [int(n) for n in text.split("-")]
    if len(bits) == 1:
        return str(bits[0])
    form = "LLLL y" if len(bits) == 2 else pattern("d MMMM y")
    out = str(format_date(date(*[*bits, 1][:3]), form))
    return first(out, bits[2] if len(bits) == 3 else 0).replace(" ", NBSP)


def first(text: str, day: int) -> str:
    """In French the first of a month is its 1er."""
    return re.sub(r"\b1 ", "1er ", text, count=1) if day == 1 and language() == "fr" else text


def day(moment: datetime | date | None) -> str:
    """A day in local time: "lundi 3 octobre 2016"."""
    if moment is None:
        return ""
    on = to_user_timezone(moment).date() if isinstance(moment, datetime) else moment
    return _day(on, language())


@lru_cache(maxsize=2048)
def _day(on: date, _language: str) -> str:
    """Lists say the same few days again and again; reading the pattern anew took a tenth of their time."""
    return first(str(format_date(on, pattern("EEEE d MMMM y"))), on.day)


def clock(moment: datetime) -> str:
    """A time in local time: "17 h 42" in French."""
    local = to_user_timezone(moment)
    return f"{local.hour}{NBSP}h{NBSP}{local:%M}" if language() == "fr" else f"{local:%H:%M}"


def moment(at: datetime | None) -> str:
    """Day and time: "lundi 3 octobre 2016, 17 h 42"."""
    return "" if at is None else _("%(day)s, %(time)s", day=day(at), time=clock(at))


def hours(starts: datetime | None, ends: datetime | None) -> str:
    """From when to when: "de 10 h 00 à 13 h 00"; "" where one of them is not known."""
    return _("de %(start)s à %(end)s", start=clock(starts), end=clock(ends)) if starts and ends else ""


def paragraphs(text: str) -> Markup:
    """Blank lines part paragraphs, a single line end stays one. The text is escaped."""
    blocks = [b.strip() for b in re.split(r"\n\s*\n", text.strip()) if b.strip()]
    return Markup("").join(
        Markup("<p>{}</p>").format(Markup("<br>").join(escape(line) for line in b.split("\n")))
        for b in blocks
    )


def size(octets: int) -> str:
    """1258291 → "1,2 Mo"; below one megabyte in ko."""
    if octets < 1_000_000:
        return _("%(n)s ko", n=number(max(1, round(octets / 1000))))
    return _("%(n)s Mo", n=number(round(octets / 1_000_000, 1)))


def init(app: Flask) -> None:
    """Give them to the templates as filters."""
    filters: dict[str, Any] = {
        "money": money, "numberformat": number, "partial_date": partial_date, "day": day, "clock": clock,
        "moment": moment, "paragraphs": paragraphs, "filesize": size, "inline": inline,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
