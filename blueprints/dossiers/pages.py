"""What is printed, as HTML: one fiche (D1) or the dossier of an edition (D3). Nothing is set here; see building.py."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import force_locale, to_user_timezone
from flask_babel import gettext as _
from markupsafe import Markup

from adapters import storage
from blueprints.formats import partial_date
from blueprints.languages import written
from models.editions import Edition
from models.fiche import questions
from models.fiche.content import has_answer, normal
from models.fiche.fiche import Fiche
from models.fiche.question import Question, Row
from models.fiche.reading import Sheet
from models.store import now

NAME = 60  # signs of a name in a running foot


def today() -> date:
    """The day that stands on what is printed, in local time."""
    day: date = to_user_timezone(now()).date()
    return day


def site_name() -> str:
    return str(current_app.config["SITE_NAME"])


@dataclass(frozen=True)
class PageFacts:
    """What surrounds the pages. running, colophon: head and foot of each page; lang: of the words that are ours."""

    title: str
    running: str
    colophon: str
    lang: str = "fr"
    author: str = ""
    summary: str = ""


@dataclass(frozen=True)
class Printed(Sheet):
    """A fiche as it is set. lang: of labels and vocabularies; language: the one it is written in.

    standin: why a page has to stand for it, where it could not be set.
    """

    number: str = ""
    state_code: str = ""
    language: str = "fr"
    title: str = ""
    anchor: str = ""
    words_in: str = "fr"
    standin: str = ""

    @property
    def says(self) -> Markup:
        """The language of our own words, where it is not that of the text around them."""
        return Markup(' lang="{}"').format(self.words_in) if self.words_in != self.language else Markup("")

    @property
    def medium(self) -> dict[str, Any]:
        """What templates/reading.html asks for."""
        return {"paper": True, "says": self.says}

    @property
    def mark(self) -> str:
        """Its name among the bookmarks."""
        return f"{self.number} – {self.title}" if self.number else self.title

    @property
    def lead(self) -> str:
        return str(self.get("resume") or "")

    @property
    def previous(self) -> str:
        return str(self.get("precedente") or "")

    def marks(self) -> list[tuple[str, str]]:
        """(code, words) of the actions of the biennale that it belongs to."""
        return [(code, self.word("axe", code)) for code in self.get("axes") or []]

    def bands(self) -> Iterator[tuple[Any, list[tuple[Row, list[Question]]]]]:
        """(name of the band or "", its rows), in reading order."""
        for band, rows in groupby(self.rows(), key=lambda pair: pair[0].band):
            yield questions.BANDS.get(band, ""), list(rows)

    def placed(self) -> set[str]:
        """The reasons that stand where their answer would, by key."""
        given = self.content.get("donnees_manquantes") or {}
        out: set[str] = set()
        for _row, asked in self.rows():
            for q in asked:
                if q.kind != "contact" and q.key != "consentements" and self.state(q) == "missing":
                    bits = q.key.split(".")
                    keys = [
                        q.key,
                        *(x.key for x in q.leaves()),
                        *(".".join(bits[:n]) for n in range(len(bits) - 1, 0, -1)),
                    ]
                    out.update([k for k in keys if k in given][:1])
                elif q.kind != "contact":
                    out |= {leaf.key for leaf, _why in self.gaps(q)}
        return out

    def untold(self) -> list[tuple[str, str]]:
        """(name, reason) of each reason that no answer has room for; a reason beside an answer is out of date."""
        named = {**questions.leaves(), **questions.questions()}
        told = self.placed()
        out = []
        for key, why in (self.content.get("donnees_manquantes") or {}).items():
            q = named.get(key)
            if key not in told and not (q and has_answer(self.content, q)):
                out.append((str(q.label) if q else key, why))
        return out


def printed(fiche: Fiche, usage: str, lang: str = "", why: str = "") -> Printed:
    """A fiche to set, its labels in its own language or in `lang`."""
    said = lang or fiche.language
    return Printed(
        normal(fiche.content), usage, said, number=fiche.number or "", state_code=fiche.state, language=fiche.language,
        title=fiche.title or _("Sans titre"), anchor=fiche.number or f"fiche-{fiche.id}",
        words_in=said if said in written() else "fr", standin=why,
    )  # fmt: skip


def pictures(folder: Path, sheets: list[Printed]) -> dict[str, Path]:
    """Where the pictures of these fiches are, by the name that the pages call them."""
    names = {name for sheet in sheets for name in sheet.digests()}
    return {name: storage.path(folder, name) for name in sorted(names) if storage.exists(folder, name)}


def cut(text: str | None, most: int) -> str:
    """The beginning of a text on one line, at the end of a word."""
    line = " ".join((text or "").split())
    if len(line) <= most:
        return line
    return f"{(line[:most].rsplit(' ', 1)[0] or line[:most]).rstrip(' ,;:.')}…"


def colophon(by: str, day: date) -> str:
    who = by if len(by) <= NAME else by[: NAME - 1] + "…"
    return _(
        "Édition de travail du %(day)s – établie par %(who)s", day=partial_date(day.isoformat()), who=who
    )


def set_page(template: str, lang: str, **values: Any) -> str:
    """A printed page in a language. Context processors, which want a request, have no part in it."""
    with force_locale(lang):
        return str(current_app.jinja_env.get_template(f"print/{template}").render(**values))


def piece(sheet: Printed, level: int, first: str = "") -> Markup:
    """A fiche as it is set, its title a heading of this level; a page that stands for it where it could not be.

    first: the name among the bookmarks of what begins here.
    """
    with force_locale(sheet.lang):
        macros: Any = current_app.jinja_env.get_template("print/fiche.html").module
        out: Markup = (macros.standin if sheet.standin else macros.fiche)(sheet, level, first)
        return out


def fiche_html(sheet: Printed, edition: Edition | None, by: str, day: date) -> str:
    """D1."""
    with force_locale(sheet.lang):
        name = _("Biennale %(year)s", year=edition.year) if edition else site_name()
        facts = PageFacts(
            title=sheet.mark, running=f"{name} – {_('Fiche d’action')}", colophon=colophon(by, day),
            lang=sheet.words_in, author=site_name(), summary=sheet.lead,
        )  # fmt: skip
    return set_page("d1.html", sheet.lang, fiche=piece(sheet, 1), p=facts)
