"""The advocacy digest of an edition (D10): four pages for somebody who decides. The message, who acts on what, three
actions and three quotes, what is asked of whom.

Its pages are four whatever is in it: where texts are long, fewer are printed and the page says how many there are more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from adapters.pdf.engine import Pdf, Session
from blueprints.dossiers import programme
from blueprints.dossiers.building import NotMade, Report, limits
from blueprints.dossiers.digest import FITS, PAGES, DigestPages
from blueprints.dossiers.orders import EditionOrder
from models import advocacy
from models.dossiers import selection


@dataclass(frozen=True)
class DigestOrder(EditionOrder):
    """D10."""

    def name(self) -> str:
        return _("Plaidoyer %(year)s", year=self.edition.year)

    def made(self) -> DigestPages:
        return DigestPages(advocacy.digest(self.edition), self.language, programme.contact())

    def said(self) -> Any:
        d = self.made()
        return [
            d.headline, d.message, [(f.number, f.base) for f in d.figures()], d.sectors, d.sums, d.coverage_base, d.degrees_said, d.actions,
            [(q.text, d.spoken(q)) for q in d.d.quotes], d.d.held, [(r.number, r.text, r.addressee, r.level, d.whom(r)) for r in d.d.recommendations], list(d.sources()),
        ]  # fmt: skip

    def check(self) -> None:
        if not selection(self.edition).fiches:
            raise NotMade(_("Aucune fiche de cette édition n’est prête à être imprimée. Retenez des fiches et demandez l’accord de leur structure, puis recommencez."))  # fmt: skip

    def htmls(self, made: DigestPages) -> list[str]:
        return [self.html(replace(made, fit=fit)) for fit in FITS]

    def set_all(self, child: Session, htmls: list[str], report: Report) -> Pdf:
        """The amplest that comes out on four pages."""
        for html in htmls:
            pdf = child.render(
                html, limits=limits(10), progress=lambda page, stage: report(min(page, PAGES), PAGES, stage)
            )
            if pdf.pages == PAGES:
                return pdf
        raise NotMade(_("Les textes de cette édition ne tiennent pas en quatre pages. Raccourcissez son titre ou son thème, puis recommencez."))  # fmt: skip
