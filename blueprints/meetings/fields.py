"""Fields of the forms of meetings and circles. Each has one text, so that two versions of it can be laid side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask_babel import gettext as _

from blueprints.admin.forms import Line
from blueprints.look import locale
from models.fiche.kinds import clean
from models.vocabularies import terms

Offered = Callable[[], list[tuple[str, Any]]]


def words_of(vocabulary: str) -> Offered:
    """(code, words) of a vocabulary, in the language of the page."""
    return lambda: [(code, term.label(locale()[:2])) for code, term in terms(vocabulary).items()]


def table(rows: Mapping[str, Any]) -> Offered:
    return lambda: list(rows.items())


class Pick(Line):
    """One code of a list, or none. What is not in it is judged by the domain."""

    def __init__(self, label: Any, offered: Offered, **more: Any) -> None:
        super().__init__(label, **more)
        self.offered = offered

    def said(self) -> str:
        return str(dict(self.offered()).get(self.data or "", ""))


class Tick(Line):
    """Yes or no."""

    def process_data(self, value: Any) -> None:
        self.data = bool(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = bool(valuelist and clean(valuelist[0], lines=False))

    def _value(self) -> str:
        return "1" if self.data else ""

    def said(self) -> str:
        return _("Oui") if self.data else _("Non")


class Spoken(Line):
    """Several codes of `langue`, kept with blanks between them."""

    def process_formdata(self, valuelist: list[str]) -> None:
        codes = " ".join(clean(text, lines=False) or "" for text in valuelist).split()
        self.data = " ".join(dict.fromkeys(codes))

    @property
    def codes(self) -> list[str]:
        return (self.data or "").split()

    def said(self) -> str:
        return ", ".join(
            terms("langue")[code].label(locale()[:2]) for code in self.codes if code in terms("langue")
        )
