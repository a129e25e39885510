"""The directory on paper (D9): organisations, then members, then the glossary where it is short.

It holds what all members may read, and nothing more, whoever orders it: paper is handed on, and what a detail says to the
committee alone must not travel with it. Each page says that it is not to circulate.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from adapters.pdf.engine import Pdf, Session
from blueprints.dossiers import pages
from blueprints.dossiers.building import NotMade, Report, limits
from blueprints.dossiers.orders import EditionOrder
from blueprints.languages import written
from models import directory, glossing
from models.directory import House, Place, Told
from models.names import fold
from models.organisations import Organisation
from models.profiles import DETAILS
from models.vocabularies import label

MOST_WORDS = 80  # lines of a glossary that still stands at the end of the directory
PEOPLE_A_FICHE = 8  # members that cost about as much as one fiche


@dataclass(frozen=True)
class DirectoryPages:
    """All that the template of D9 says."""

    houses: list[House]
    people: list[Told]
    glossary: list[glossing.Line]
    lang: str = "fr"
    fiche_ids: tuple[str, ...] = ()

    @property
    def contains(self) -> str:
        houses = ngettext("%(num)s organisation", "%(num)s organisations", len(self.houses))
        return f"{houses}, {ngettext('%(num)s membre', '%(num)s membres', len(self.people))}"

    @cached_property
    def notes(self) -> list[str]:
        """What is not in it, in sentences."""
        return [_("Ce qui est réservé au comité n’y est pas, même pour qui peut le lire en ligne.")]

    def letters(self) -> Iterator[tuple[str, list[Told]]]:
        """(letter, members whose name begins with it)."""
        for letter, some in groupby(self.people, key=lambda one: fold(one.member.name)[:1].upper()):
            yield letter if letter.isalpha() else "#", list(some)

    def language_of(self, names: dict[str, str]) -> str:
        """The language of the name that is printed, "" where it is that of the page."""
        here = self.lang if self.lang in names else next(iter(names), self.lang)
        return "" if here == self.lang else here

    def facts(self, row: Organisation) -> str:
        """What it is and where, on one line."""
        where = [
            row.commune,
            label("provenance_territoire_be", row.region, self.lang) if row.region else None,
        ]
        country = label("pays", row.country, self.lang) if row.country and row.country != "BE" else None
        bits = [
            label("type_organisation", row.kind, self.lang) if row.kind else None,
            *dict.fromkeys(where),
            country,
        ]
        return ", ".join(bit for bit in bits if bit)

    def sectors(self, row: Organisation) -> str:
        return ", ".join(label("secteur", code, self.lang) for code in row.sectors)

    def where(self, place: Place) -> str:
        """What somebody does, and where."""
        name = place.name_for(self.lang)
        return f"{place.function}, {name}" if place.function else name

    def ways(self, one: Told) -> str:
        """How to reach somebody, and in which languages."""
        spoken = [label("langue", code, self.lang) for code in one.details.get("languages", "").split()]
        bits = [one.details.get("phone"), one.details.get("email"), ", ".join(spoken)]
        return " – ".join(bit for bit in bits if bit)

    def texts(self, one: Told) -> list[tuple[str, str]]:
        """(what it is about, text) of what somebody tells."""
        return [
            (str(DETAILS[name].label), text)
            for name, text in one.details.items()
            if DETAILS[name].kind == "text"
        ]


@dataclass(frozen=True)
class DirectoryOrder(EditionOrder):
    """D9. It belongs to no edition."""

    edition: Any = None

    def name(self) -> str:
        return _("Annuaire – ne pas faire circuler")

    def made(self) -> DirectoryPages:
        houses, people = directory.whole(self.language)
        glossary = glossing.lines(shown_in=self.language)
        return DirectoryPages(houses, people, glossary if len(glossary) <= MOST_WORDS else [], self.language)

    def said(self) -> Any:
        houses, people = directory.whole("fr")
        columns = [
            c.key for c in Organisation.__table__.columns if c.key not in ("rev", "made_at", "merged_into")
        ]
        return [
            [[[getattr(h.row, c) for c in columns], h.row.sectors, h.people] for h in houses],
            [[p.member.id, p.member.name, p.member.told, p.details] for p in people],
            [[one.abbreviation, one.meaning, one.language] for one in glossing.lines()],
        ]

    @property
    def content(self) -> str:
        """SHA-256 of what would be said today; no edition has a part in it."""
        return hashlib.sha256(json.dumps([self.kind, self.said()], default=str).encode()).hexdigest()

    def check(self) -> None:
        houses, people = directory.whole("fr")
        if not (houses or people):
            raise NotMade(_("L’annuaire est encore vide. Ajoutez une organisation, puis recommencez."))

    def html(self, made: Any) -> str:
        lang, name = self.language, self.name()
        p = pages.PageFacts(
            title=f"{name} – {pages.site_name()}", running=name, colophon=pages.colophon(self.by, pages.today()),
            lang=lang if lang in written() else "fr", author=pages.site_name(), summary=made.contains,
        )  # fmt: skip
        return pages.set_page("d9.html", lang, d=made, p=p)

    def set_all(self, child: Session, htmls: list[str], report: Report) -> Pdf:
        with force_locale("fr"):
            size = len(directory.whole("fr")[1])
        return child.render(htmls[0], limits=limits(40 + size // PEOPLE_A_FICHE), progress=lambda page, stage: report(page, page, stage))  # fmt: skip
