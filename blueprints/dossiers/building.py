"""From an order to a PDF: what goes in, under which key, set by the engine behind its fence.

A fiche that the engine cannot set is found by setting each one alone under narrow limits; a page stands for it, and
the rest of the dossier comes out.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import current_app
from flask_babel import force_locale, ngettext
from flask_babel import gettext as _

from adapters.pdf.engine import Limits, Passes, Pdf, Pictures, RenderFailed, Session, session
from blueprints.dossiers import edition as edition_pages
from blueprints.dossiers import keys, pages, programme, recommended
from models import published
from models.dossiers import USAGE, Selection, committees, digest, held_back, selection, working_groups
from models.editions import Edition
from models.fiche import statistics
from models.fiche.fiche import Fiche, State
from models.store import db

ALONE = Limits(cpu=30, wall=90, pages=150)  # for one fiche; two pages take half a second
MIB = 1 << 20
SIGNS = 3300  # on a page of a fiche
AROUND = 6  # pages of a dossier around its fiches
PAUSE = 0.4  # seconds between two reports

Report = Callable[[int, int, str], None]  # (pages laid out, pages expected, stage)


def figures(fiches: Sequence[Fiche], lang: str) -> dict[str, Any]:
    """charts and totals of the fiches that are printed."""
    if not fiches:
        return {}
    return {"charts": statistics.charts([f.id for f in fiches], lang), "totals": statistics.totals(fiches)}


class NotMade(Exception):
    """There is no PDF; str() says why and what to do."""


@dataclass(frozen=True)
class Built:
    """A PDF with what is known of it: ids of the fiches inside, sentences about what is not as it should be."""

    data: bytes
    pages: int
    fiches: list[str]
    notes: list[str]
    key: str
    content: str


@dataclass(frozen=True)
class Order:
    """What somebody wants printed. lang: of the words around the answers, "" where each fiche speaks its own.

    by: the name that is printed; who: the id of the person for whom a fiche is printed alone.
    """

    kind: str
    by: str
    lang: str = ""
    edition: Edition | None = None
    fiche: Fiche | None = None
    who: str = ""

    @cached_property
    def chosen(self) -> Selection:
        if self.edition:
            return selection(self.edition)
        assert self.fiche is not None
        return Selection([self.fiche], [], 1)

    @cached_property
    def content(self) -> str:
        """SHA-256 of what would be said today."""
        more = [*recommended.said(self.edition), *programme.said(self.edition)] if self.edition else ()
        return digest(self.chosen.fiches, self.edition, more)

    @property
    def key(self) -> str:
        """SHA-256 of all that decides the PDF of today."""
        return keys.key(
            self.content, self.kind, USAGE[self.kind], self.lang, self.who, self.chosen.received, pages.today(),
            pages.site_name(),
        )  # fmt: skip

    def check(self) -> None:
        """NotMade where there is nothing to print."""
        if self.fiche and self.fiche.state == State.WITHDRAWN:
            raise NotMade(
                _(
                    "La fiche « %(title)s » a été retirée : elle n’est plus imprimée. Reprenez-la, puis recommencez.",
                    title=self.fiche.title,
                )
            )
        if self.edition and not self.chosen.fiches:
            raise NotMade(
                _(
                    "Aucune fiche de cette édition n’est prête à être imprimée. Retenez des fiches et demandez l’accord de leur structure, puis recommencez."
                )
            )


def files_folder() -> Path:
    return Path(current_app.config["INSTANCE"]) / "files"


def notes(order: Order) -> list[str]:
    """What will not be printed, and why."""
    sentences = {
        "agreement": _("« %(title)s » : accord à demander. La fiche n’est pas imprimée."),
        "internal": _("« %(title)s » : sa structure la garde dans cet outil. La fiche n’est pas imprimée."),
    }
    out = [sentences[why] % {"title": f.title} for f, why in order.chosen.left_out]
    return out + edition_pages.held_sentences(*held_back(order.chosen.fiches, USAGE[order.kind]))


def build(order: Any, report: Report | None = None, child: Session | None = None) -> Built:
    """The PDF of an order, as things stand now. Raises NotMade. Holds no database transaction while it is set.

    child: a renderer that is warm already. The papers of a meeting are an order that sets itself.
    """
    if not isinstance(order, Order):
        return order.build(report, child)
    order.check()
    work = _Work(order, report or (lambda done, total, stage: None))
    with contextlib.nullcontext(child) if child else session() as renderer:
        pdf = work.set_all(renderer)
    return Built(pdf.data, pdf.pages, work.ids, [*work.notes, *missing(pdf)], work.key, work.content)


def limits(fiches: int) -> Limits:
    """What a document of so many fiches may use."""
    return Limits(cpu=60 + 4 * fiches, wall=120 + 12 * fiches, memory=(1200 + 5 * fiches) * MIB)


def missing(pdf: Pdf) -> list[str]:
    """What became of pictures that could not be read, in a sentence."""
    n = len(pdf.missing)
    if not n:
        return []
    return [
        ngettext(
            "Une image n’a pas pu être lue : sa description est imprimée à sa place.",
            "%(num)s images n’ont pas pu être lues : leur description est imprimée à leur place.",
            n,
        )
    ]


class _Work:
    """One order while it is being set."""

    def __init__(self, order: Order, report: Report) -> None:
        self.order, self.report = order, report
        self.key, self.content, self.notes = order.key, order.content, notes(order)
        self.ids = [f.id for f in order.chosen.fiches]
        self.sheets = [pages.printed(f, USAGE[order.kind], order.lang) for f in order.chosen.fiches]
        self.held = held_back(order.chosen.fiches, USAGE[order.kind])
        self.pictures = pages.pictures(files_folder(), self.sheets)
        self.expected = expected(self.sheets) + (AROUND if order.edition else 0)
        self.told = 0.0

    def html(self) -> str:
        """The whole page; the database is let go of."""
        order, day = self.order, pages.today()
        try:
            if order.edition is None:
                edition = order.fiche.call.edition if order.fiche and order.fiche.call else None
                return pages.fiche_html(self.sheets[0], edition, order.by, day)
            lang = order.lang or "fr"
            asked = published.recommendations(order.edition)
            with force_locale(lang):
                seats = edition_pages.seats_in_words(committees())
            facts = edition_pages.EditionPages(
                order.edition, self.sheets, lang, day, order.chosen.received, *self.held,
                **figures(order.chosen.fiches, lang), committees=seats,
                groups=edition_pages.groups_in_words(working_groups()), recommended=recommended.by_circle(asked),
                adopting=published.numbers(row.decision_id for row in asked),
            )  # fmt: skip
            return edition_pages.edition_html(facts, order.by)
        finally:
            db.session.rollback()

    def progress(self, page: int, stage: str) -> None:
        if time.monotonic() - self.told >= PAUSE:
            self.told = time.monotonic()
            self.report(page, max(self.expected, page), stage)

    def render(self, child: Session) -> Pdf:
        passes = None if self.order.edition else Passes(under=130, most=20)
        return child.render(
            self.html(),
            pictures=self.pictures,
            limits=limits(len(self.sheets)),
            passes=passes,
            progress=self.progress,
        )

    def set_all(self, child: Session) -> Pdf:
        try:
            return self.render(child)
        except RenderFailed as failed:
            if self.order.edition is None:
                raise NotMade(
                    _("« %(title)s » : %(why)s", title=self.sheets[0].title, why=failed)
                ) from failed
            self.stand_in(child, failed)
        try:
            return self.render(child)
        except RenderFailed as failed:
            raise NotMade(str(failed)) from failed

    def stand_in(self, child: Session, failed: RenderFailed) -> None:
        """Put a page in the place of each fiche that cannot be set alone; NotMade where all of them can."""
        found = stand_in(
            self.sheets, self.pictures, child, lambda k: self.report(k, len(self.sheets), "search")
        )
        if not found:
            raise NotMade(str(failed)) from failed
        self.notes += found


def stand_in(
    sheets: list[pages.Printed], pictures: Pictures, child: Session, trying: Callable[[int], None]
) -> list[str]:
    """Put a page in the place of each of these fiches that cannot be set alone; a sentence about each. trying: told the
    place of the one that is tried."""
    notes = []
    for k, sheet in enumerate(sheets):
        trying(k)
        try:
            child.render(pages.fiche_html(sheet, None, "", pages.today()), pictures=pictures, limits=ALONE)
        except RenderFailed as why:
            sheets[k] = replace(sheet, standin=str(why))
            notes.append(_("« %(title)s » : %(why)s Une page tient sa place.", title=sheet.title, why=why))
    return notes


def expected(sheets: Sequence[pages.Printed]) -> int:
    """About how many pages these fiches take."""
    return round(sum(1.3 + signs(s) / SIGNS for s in sheets))


def signs(sheet: pages.Printed) -> int:
    """About how many signs a fiche has."""
    return len(str(sheet.content))
