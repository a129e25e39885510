"""What the four pages of the advocacy digest say (D10), in words; its figures are those of models/advocacy.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import formats
from blueprints.dossiers import edition as edition_pages
from blueprints.dossiers import pages
from blueprints.dossiers.pages import cut
from models.advocacy import CARE, FEW, Digest, Quote, families, family_of
from models.fiche import questions
from models.fiche.content import get
from models.fiche.fiche import Fiche
from models.recommendations import LEVELS, Recommendation
from models.vocabularies import label, terms

PAGES = 4
OTHER = "AUT"


@dataclass(frozen=True)
class Fit:
    """How much stands on the four pages: recommendations, signs of one and of its cause, rows of sectors, signs of a summary, of a quote."""

    recommendations: int
    signs: int
    cause: int
    sectors: int
    summary: int
    quote: int


# From ample to narrow; the last one fits whatever is in it.
FITS = (
    Fit(8, 420, 260, 19, 300, 340), Fit(12, 300, 0, 17, 240, 300), Fit(8, 240, 0, 14, 180, 240), Fit(4, 150, 0, 10, 110, 160),
)  # fmt: skip
TITLE = 110  # signs of a title, a name, an addressee


@dataclass(frozen=True)
class Figure:
    """One number. base: what it was counted over, and how many do not say."""

    number: str
    words: str
    base: str


@dataclass(frozen=True)
class DigestPages:
    """All that the template of D10 says."""

    d: Digest
    lang: str
    contact: str = ""
    fit: Fit = field(default_factory=lambda: FITS[0])

    # ---- what is kept with the PDF

    @cached_property
    def fiche_ids(self) -> list[str]:
        """Every fiche counted here: one that is withdrawn calls the digest back."""
        return [f.id for f in self.d.chosen.fiches]

    @property
    def notes(self) -> list[str]:
        out = edition_pages.held_sentences(self.d.held, 0)
        return (
            out
            if self.d.recommendations
            else [*out, _("Aucune recommandation n’est encore adoptée : la quatrième page le dit.")]
        )

    # ---- the message

    @property
    def under(self) -> list[str]:
        lines = edition_pages.EditionPages(self.d.edition, [], self.lang, pages.today(), 0).under[1:]
        return [cut(line, TITLE) for line in lines]

    @property
    def title(self) -> str:
        return cut(self.d.edition.title, TITLE)

    @property
    def headline(self) -> str:
        bits = [ngettext("%(num)s action", "%(num)s actions", self.d.base)]
        if self.d.communes:
            bits.append(ngettext("%(num)s commune", "%(num)s communes", self.d.communes))
        people = self.d.totals[0]
        if people.known:
            bits.append(_("%(n)s citoyens qui y prennent part", n=formats.number(int(people.value))))
        return f"{', '.join(bits)}."

    @property
    def message(self) -> list[str]:
        """What the figures say together, a sentence each."""
        d, out = self.d, []
        if outside := [
            label("secteur", code, self.lang)
            for code, _n in ranked(d.coverage.sectors)
            if code not in CARE | {OTHER}
        ][:FEW]:
            said = ngettext(
                "%(num)s sur %(base)s agit aussi hors des soins, d’abord ici : %(sectors)s.",
                "%(num)s sur %(base)s agissent aussi hors des soins, d’abord ici : %(sectors)s.",
                d.beyond,
                base=d.base,
                sectors=together(outside),
            )
            out.append(said)
        if touched := [self.family(code) for code, _n in ranked(d.coverage.families)][:FEW]:
            out.append(_("Ce qu’elles changent d’abord : %(what)s.", what=together(touched)))
        p = d.participation
        if p.both:
            out.append(
                ngettext(
                    "%(num)s sur les %(both)s qui le disent atteint la participation qu’elle visait.",
                    "%(num)s sur les %(both)s qui le disent atteignent la participation qu’elles visaient.",
                    p.reach,
                    both=p.both,
                )
            )
        if d.recommendations:
            asked = ngettext("une recommandation", "%(num)s recommandations", len(d.recommendations))
            out.append(_("Il en sort %(asked)s, à lire en page %(page)s.", asked=asked, page=PAGES))
        return out

    def figures(self) -> Iterator[Figure]:
        """The numbers of the first page."""
        d = self.d
        yield Figure(
            formats.number(d.base),
            ngettext(
                "action retenue, dont la structure accepte qu’elle soit publique",
                "actions retenues, dont la structure accepte qu’elles soient publiques",
                d.base,
            ),
            _("Base : %(n)s fiches reçues.", n=d.chosen.received),
        )
        for total in d.totals:
            value = formats.money(total.value) if total.money else formats.number(int(total.value))
            yield Figure(value if total.known else "–", str(total.title), self.say(total.known, total.base))

    def say(self, known: int, base: int) -> str:
        """The base of a number, and how many do not say."""
        if not known:
            return _("Aucune des %(base)s fiches ne le dit encore.", base=base)
        said = ngettext(
            "%(num)s fiche sur %(base)s le dit", "%(num)s fiches sur %(base)s le disent", known, base=base
        )
        if not (rest := base - known):
            return f"{said}."
        unknown = ngettext("%(num)s ne le sait pas encore", "%(num)s ne le savent pas encore", rest)
        return _("%(said)s ; %(unknown)s.", said=said, unknown=unknown)

    # ---- who acts on what

    @property
    def families(self) -> list[tuple[str, str]]:
        return [(code, self.family(code)) for code in families()]

    def family(self, code: str) -> str:
        """The words of a family of determinants, as the form of a fiche has them."""
        groups = next(q.families for q in questions.leaves().values() if q.vocabulary == "determinant")
        return next((str(words) for words, prefix in groups if family_of(prefix) == code), code)

    @cached_property
    def sectors(self) -> list[tuple[str, list[int], int]]:
        """(sector, fiches by family, fiches in all), the fullest first."""
        c = self.d.coverage
        return [
            (label("secteur", code, self.lang), [c.cells.get((code, family), 0) for family in families()], n)
            for code, n in ranked(c.sectors)[: self.fit.sectors]
        ]

    @property
    def sums(self) -> list[int]:
        return [self.d.coverage.families.get(code, 0) for code in families()]

    @property
    def coverage_base(self) -> str:
        d = self.d
        out = ngettext("Base : une fiche.", "Base : %(num)s fiches.", d.base)
        out += " " + _("Une fiche compte dans chaque secteur et chaque famille qu’elle nomme.")
        if d.coverage.without:
            out += " " + ngettext(
                "%(num)s ne nomme pas l’un des deux.",
                "%(num)s ne nomment pas l’un des deux.",
                d.coverage.without,
            )
        if more := len(d.coverage.sectors) - len(self.sectors):
            out += " " + ngettext(
                "%(num)s secteur de plus, moins cité.", "%(num)s secteurs de plus, moins cités.", more
            )
        return out

    @property
    def gaps(self) -> list[str]:
        """The sectors that no fiche names yet."""
        return [
            label("secteur", code, self.lang)
            for code in terms("secteur")
            if code not in self.d.coverage.sectors and code != OTHER
        ]

    # ---- participation

    @property
    def degrees(self) -> list[tuple[str, int, int]]:
        """(words, how many aim at it, how many reach it at most)."""
        p = self.d.participation
        return [
            (f"{code} {label('participation', code, self.lang)}", p.aimed[code], p.real[code])
            for code in terms("participation")
        ]

    @property
    def degrees_said(self) -> str:
        p = self.d.participation
        rows = "; ".join(
            _("%(words)s : visée par %(a)s, atteinte par %(r)s", words=w, a=a, r=r)
            for w, a, r in self.degrees
        )
        return _("%(rows)s; sans réponse : %(a)s et %(r)s.", rows=rows, a=p.no_aim, r=p.no_real)

    @property
    def degrees_base(self) -> str:
        p, base = self.d.participation, self.d.base
        out = ngettext("Base : une fiche.", "Base : %(num)s fiches.", base)
        out += " " + _(
            "Sans réponse : %(aim)s sur ce qu’elles visent, %(real)s sur ce qu’elles atteignent.",
            aim=p.no_aim,
            real=p.no_real,
        )
        if p.below:
            out += " " + ngettext("%(num)s n’y est pas encore.", "%(num)s n’y sont pas encore.", p.below)
        return out

    # ---- three actions, three quotes

    @property
    def actions(self) -> list[dict[str, Any]]:
        return [self.action(fiche, n) for fiche, n in self.d.fiches]

    def action(self, fiche: Fiche, support: int) -> dict[str, Any]:
        place = [
            get(fiche.content, "structure_porteuse.nom"),
            get(fiche.content, "structure_porteuse.commune"),
        ]
        people = get(fiche.content, "bilan.citoyens.nombre")
        return {
            "number": fiche.number or "", "title": cut(fiche.title, TITLE), "lang": fiche.language, "where": cut(", ".join(x for x in place if x), TITLE),
            "summary": cut(get(fiche.content, "resume"), self.fit.summary),
            "axes": [(code, label("axe", code, self.lang)) for code in get(fiche.content, "axes") or []],
            "facts": ngettext("%(num)s citoyen y prend part", "%(num)s citoyens y prennent part", people) if people is not None else _("Nombre de citoyens : pas encore connu"),
            "support": ngettext("Appuie une recommandation", "Appuie %(num)s recommandations", support) if support else "",
        }  # fmt: skip

    @cached_property
    def quotes(self) -> list[Quote]:
        """Three at most, none of them cut: what somebody said is printed whole or not at all."""
        return [q for q in self.d.quotes if len(q.text) <= self.fit.quote][:FEW]

    @property
    def silence(self) -> str:
        """Why there is no quote."""
        if self.d.quotes:
            return _("elles sont trop longues pour ces pages, et se lisent dans les fiches")
        return _("personne n’a encore donné son accord pour cet usage")

    def spoken(self, quote: Quote) -> str:
        """Who said it, where, when."""
        said = [*quote.by, formats.partial_date(quote.date), quote.fiche.number or ""]
        return cut(", ".join(x for x in said if x), 2 * TITLE)

    # ---- what is asked

    @cached_property
    def asked(self) -> list[Recommendation]:
        """As many as there is room for: the first of each level, then the second."""
        by_level: dict[str, list[Recommendation]] = {}
        for row in self.d.recommendations:
            by_level.setdefault(row.level or "", []).append(row)
        turns = [row for turn in zip_longest(*by_level.values()) for row in turn if row]
        return sorted(turns[: self.fit.recommendations], key=self.d.recommendations.index)

    def levels(self) -> Iterator[tuple[str, list[Recommendation]]]:
        """(level of power, what is asked of it)."""
        for code in [*LEVELS, None]:
            if rows := [row for row in self.asked if (row.level or None) == code]:
                yield str(LEVELS[code]) if code else _("Niveau de pouvoir à préciser"), rows

    def sentence(self, row: Recommendation) -> str:
        return cut(row.text, self.fit.signs)

    def cause(self, row: Recommendation) -> str:
        return cut(row.cause, self.fit.cause) if self.fit.cause else ""

    def whom(self, row: Recommendation) -> str:
        """To whom, and which decision adopted it."""
        by = self.d.adopting.get(row.decision_id or "")
        bits = [
            _("À : %(who)s.", who=cut(row.addressee, TITLE)) if row.addressee else "",
            _("Adoptée par %(number)s.", number=by) if by else _("Adoptée."),
        ]
        return " ".join(x for x in bits if x)

    @property
    def more(self) -> str:
        n = len(self.d.recommendations) - len(self.asked)
        return (
            ngettext(
                "%(num)s recommandation de plus se lit dans le registre.",
                "%(num)s recommandations de plus se lisent dans le registre.",
                n,
            )
            if n
            else ""
        )

    def sources(self) -> Iterator[str]:
        d = self.d
        some = ngettext("%(num)s fiche", "%(num)s fiches", d.base)
        yield _(
            "Les chiffres portent sur %(some)s sur %(received)s reçues : celles que le comité a retenues et dont la structure accepte qu’elles soient publiques.",
            some=some,
            received=d.chosen.received,
        )
        yield _("Chaque nombre dit combien de fiches l’ont donné. Ce qui n’est pas connu n’est pas estimé.")
        yield _("Les paroles sont imprimées avec l’accord des personnes, pour cet usage.")
        yield _(
            "Les trois actions sont celles qui appuient le plus de recommandations, puis les plus récentes."
        )
        yield _(
            "Les recommandations sont adoptées par des comités et des groupes ouverts ; leurs motifs sont au registre des décisions."
        )
        if self.contact:
            yield _("Pour en parler : %(who)s.", who=self.contact)


def ranked(counts: Any) -> list[tuple[str, int]]:
    """Codes with their counts, the largest first, then by code."""
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))


def together(words: Sequence[str]) -> str:
    """ "a, b et c", as they stand inside a sentence."""
    inside = [formats.inline(word) for word in words]
    return (
        inside[0]
        if len(inside) < 2
        else _("%(first)s et %(last)s", first=", ".join(inside[:-1]), last=inside[-1])
    )
