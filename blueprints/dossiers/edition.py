"""The dossier of the biennale (D3) as HTML: cover, letter, actions, programme, contents, fiches, index, practical part, thanks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from adapters.markdown import Html, to_html
from adapters.pdf.text import FRENCH, NBSP
from blueprints.dossiers import programme
from blueprints.dossiers.pages import PageFacts, Printed, colophon, cut, piece, set_page, site_name
from blueprints.dossiers.recommended import Recommending
from blueprints.formats import partial_date
from blueprints.languages import written
from models import published
from models.circles import SEATS, Circle, Seat
from models.editions import Edition
from models.fiche import questions
from models.fiche.statistics import Chart, Total
from models.names import fold
from models.recommendations import Recommendation
from models.vocabularies import label, terms

MANDATE = 180  # signs of a mandate that is told in a line
OTHER = "AUT"  # "another one": no gap to name
BY_CODE = (
    "secteurs",
    "milieux",
    "determinants",
)  # indexes by the terms of a vocabulary; the first names its gaps
BY_WORDS = ("structure_porteuse.commune", "structure_porteuse.nom")  # and by what was written


def letter(text: str | None) -> Html:
    """A letter in Markdown as paragraphs, its headings below that of the part."""
    return to_html(FRENCH.sub(NBSP, (text or "").strip()), top=3)


@dataclass(frozen=True)
class Index:
    """One order of the fiches. rows: (words, fiches); gaps: words that no fiche names yet."""

    id: str
    title: Any
    rows: list[tuple[str, list[Printed]]]
    gaps: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class EditionPages(Recommending):
    """All that the template of D3 says. lang: of the words that are ours.

    committees: (title, (name, organisation, role) of who sits there); groups: (name, mandate in a line, who leads).
    """

    edition: Edition
    sheets: list[Printed]
    lang: str
    day: date
    received: int
    quotes: int = 0
    pictures: int = 0
    charts: list[Chart] = field(default_factory=list)
    totals: list[Total] = field(default_factory=list)
    committees: list[tuple[str, list[tuple[str, str, str]]]] = field(default_factory=list)
    groups: list[tuple[str, str, str]] = field(default_factory=list)
    recommended: list[tuple[Circle, list[Recommendation]]] = field(default_factory=list)
    adopting: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def parts(self) -> dict[str, tuple[int, str]]:
        """id → (number, title) of each part, in order."""
        titles = {
            "lettre": _("Lettre"), "actions": _("Les cinq actions"), "comite": _("Comité de pilotage"),
            "groupes": _("Groupes de travail"), "programme": _("Programme"), "contenu": _("Contenu"),
            "recommandations": _("Recommandations"), "index": _("Index"), "chiffres": _("Chiffres"),
            "pratique": _("Pratique"), "merci": _("Merci"),
        }  # fmt: skip
        there = {"lettre": self.letter, "comite": self.committees, "groupes": self.groups, "programme": self.brought,
                 "recommandations": self.recommended, "chiffres": self.charts}  # fmt: skip
        titles = {id: title for id, title in titles.items() if there.get(id, True)}
        return {id: (n, title) for n, (id, title) in enumerate(titles.items(), 1)}

    def contents(self) -> list[tuple[str, str, bool]]:
        """(target, words, whether it is a fiche) of each line of the contents."""
        lines = [(id, title, False) for id, (_n, title) in self.parts.items()]
        at = next(k for k, line in enumerate(lines) if line[0] == "contenu") + 1
        fiches = [(self.sheets[0].anchor, _("Les fiches"), False)] if self.sheets else []
        fiches += [(s.anchor, f"{s.number} {s.title}".strip(), True) for s in self.sheets]
        return [*lines[: at - 1], *fiches, *lines[at:]]

    @cached_property
    def letter(self) -> Html:
        return letter(self.edition.letter)

    @property
    def title_size(self) -> str:
        """A class: a long title is set smaller."""
        long = len(self.edition.title)
        return "" if long <= 48 else "long" if long <= 110 else "longer"

    @property
    def under(self) -> list[str]:
        """What stands below the title, a line each: what it is, the theme, when and where."""
        e = self.edition
        where = ", ".join(x for x in (programme.days(e), e.place) if x)
        return [x for x in (_("Dossier de la biennale %(year)s", year=e.year), e.theme, where) if x]

    def count_sentence(self) -> str:
        """How many of how many, and why not all."""
        n = len(self.sheets)
        some = ngettext("%(num)s fiche", "%(num)s fiches", n)
        of = ngettext("%(num)s reçue", "%(num)s reçues", self.received)
        return _(
            "%(some)s sur %(of)s : celles que le comité a retenues et dont la structure est d’accord.",
            some=some,
            of=of,
        )

    @cached_property
    def actions(self) -> list[dict[str, Any]]:
        """The five actions: code, words, help, and how many of these fiches belong to each."""
        return [
            {"code": t.code, "words": t.label(self.lang), "help": t.help_in(self.lang),
             "n": sum(t.code in (s.get("axes") or []) for s in self.sheets)}
            for t in terms("axe").values()
        ]  # fmt: skip

    @cached_property
    def brought(self) -> list[tuple[str, list[tuple[Printed, str]]]]:
        """What the fiches bring to the day, by form."""
        return list(programme.brought(self.sheets, self.lang))

    def brought_base(self) -> str:
        return programme.base(self.sheets)

    def practical(self) -> list[tuple[str, list[str]]]:
        return programme.practical(self.edition)

    def indexes(self) -> Iterator[Index]:
        """The fiches in each order in which somebody may look for one."""
        for key in BY_CODE:
            q = questions.leaves()[key]
            found: dict[str, list[Printed]] = {code: [] for code in terms(q.vocabulary)}
            for sheet in self.sheets:
                for code in sheet.get(key) or []:
                    found.setdefault(code, []).append(sheet)
            named = {code: label(q.vocabulary, code, self.lang) for code in found}
            gaps = (
                [named[c] for c, items in found.items() if not items and c != OTHER]
                if key == BY_CODE[0]
                else []
            )
            yield Index(
                f"index-{key}",
                q.label,
                in_order((named[c], items) for c, items in found.items() if items),
                gaps,
            )
        for key in BY_WORDS:
            yield Index(f"index-{key.rpartition('.')[2]}", questions.leaves()[key].label, self._by_words(key))

    def support(self, row: Recommendation) -> list[Printed]:
        """The fiches of this dossier that support it."""
        numbers = {f.number for f in published.fiches(row)}
        return [s for s in self.sheets if s.number in numbers]

    def _by_words(self, key: str) -> list[tuple[str, list[Printed]]]:
        found: dict[str, list[Printed]] = {}
        for sheet in self.sheets:
            if words := str(sheet.get(key) or "").strip():
                found.setdefault(words, []).append(sheet)
        return in_order(found.items())

    @cached_property
    def structures(self) -> list[str]:
        """Who wrote, each once, in alphabetical order."""
        names = {
            str(s.get("structure_porteuse.nom")).strip()
            for s in self.sheets
            if s.get("structure_porteuse.nom")
        }
        return sorted(names, key=str.casefold)

    @property
    def made(self) -> list[str]:
        """The sentences of the colophon."""
        out = [
            _(
                "Ce dossier est du %(day)s. Les fiches peuvent avoir changé depuis : elles se lisent en ligne.",
                day=partial_date(self.day.isoformat()),
            ),
            self.count_sentence(),
            _(
                "Chaque fiche est imprimée dans la langue où elle est écrite, avec les mots de ses auteurs. Ce qui n’est pas encore connu est dit, avec la raison."
            ),
        ]
        held = held_sentences(self.quotes, self.pictures)
        return [
            *out,
            *held,
            _("Caractères : Atkinson Hyperlegible Next. Composé avec %(site)s.", site=site_name()),
        ]

    def bodies(self) -> Iterator[Markup]:
        """The fiches as they are set, each in its own words; the first one is where "Les fiches" begin."""
        first = _("Les fiches")
        for sheet in self.sheets:
            yield piece(sheet, 2, first)
            first = ""


def in_order(rows: Iterable[tuple[str, list[Printed]]]) -> list[tuple[str, list[Printed]]]:
    """Rows of an index as one looks for them: by their words in the language of the paper, accents aside."""
    return sorted(rows, key=lambda pair: (fold(pair[0]), pair[0]))


def seats_in_words(rows: list[tuple[Circle, list[Seat]]]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Committees as they are printed, in the language of the moment."""
    return [
        (c.title, [(s.person.name, s.person.organisation or "", str(SEATS[s.role])) for s in seats])
        for c, seats in rows
    ]


def groups_in_words(rows: list[tuple[Circle, list[Seat]]]) -> list[tuple[str, str, str]]:
    """(name, mandate in a line, who leads) of each group."""
    return [(c.title, cut(c.mandate, MANDATE), ", ".join(s.person.name for s in seats)) for c, seats in rows]


def held_sentences(quotes: int, pictures: int) -> list[str]:
    """What is not printed because nobody agreed to this use."""
    out = []
    if quotes:
        out.append(
            ngettext(
                "%(num)s citation sans accord pour cet usage reste hors du PDF.",
                "%(num)s citations sans accord pour cet usage restent hors du PDF.",
                quotes,
            )
        )
    if pictures:
        out.append(
            ngettext(
                "%(num)s photo sans accord pour cet usage reste hors du PDF.",
                "%(num)s photos sans accord pour cet usage restent hors du PDF.",
                pictures,
            )
        )
    return out


def edition_html(pages: EditionPages, by: str) -> str:
    """D3 as one page of HTML."""
    with force_locale(pages.lang):
        name = _("Dossier de la biennale %(year)s", year=pages.edition.year)
        facts = PageFacts(
            title=f"{name} – {pages.edition.title}", running=name, colophon=colophon(by, pages.day),
            lang=pages.lang if pages.lang in written() else "fr", author=site_name(), summary=pages.edition.theme or "",
        )  # fmt: skip
    return set_page("d3.html", pages.lang, d=pages, p=facts)
