"""What may be printed of an edition beside its fiches: the register (D8) and the advocacy digest (D10).

`EditionOrder` stands beside building.Order and has what is asked of that; each kind says what it holds.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_babel import force_locale

from adapters.pdf.engine import Pdf, RenderFailed, Session, session
from blueprints.dossiers import keys, pages
from blueprints.dossiers.building import Built, NotMade, Report, limits
from blueprints.languages import written
from models.editions import Edition
from models.store import db


@dataclass(frozen=True)
class EditionOrder(ABC):
    """What somebody wants printed of an edition. by: the name that is printed; lang: of the words that are ours."""

    kind: str
    by: str
    edition: Edition
    lang: str = ""
    fiche: None = None
    who: str = ""

    @property
    def language(self) -> str:
        return self.lang or "fr"

    @abstractmethod
    def said(self) -> Any:
        """All that is printed and can change, as it can be written in JSON."""

    @abstractmethod
    def made(self) -> Any:
        """What the template is told."""

    @abstractmethod
    def name(self) -> str:
        """What it is called at the head of each page."""

    @abstractmethod
    def check(self) -> None:
        """NotMade where there is nothing to print."""

    @property
    def content(self) -> str:
        """SHA-256 of what would be said today, in whatever language somebody looks."""
        e = self.edition
        with force_locale("fr"):
            said = [self.kind, e.code, e.title, e.year, e.theme, e.place, e.starts, e.ends, self.said()]
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()

    @property
    def key(self) -> str:
        """SHA-256 of all that decides the PDF of today."""
        return keys.key(self.content, self.kind, self.language, self.by, pages.today(), pages.site_name())

    def build(self, report: Report | None = None, child: Session | None = None) -> Built:
        """The PDF, as things stand now. Raises NotMade. Holds no database transaction while it is set."""
        self.check()
        key, content = self.key, self.content
        with force_locale(self.language):
            made = self.made()
            htmls = self.htmls(made)
        fiches, notes = list(made.fiche_ids), list(made.notes)
        db.session.rollback()
        with contextlib.nullcontext(child) if child else session() as renderer:
            try:
                pdf = self.set_all(renderer, htmls, report or (lambda done, total, stage: None))
            except RenderFailed as failed:
                raise NotMade(str(failed)) from failed
        return Built(pdf.data, pdf.pages, fiches, notes, key, content)

    def htmls(self, made: Any) -> list[str]:
        """The page, and after it those that are tried where it does not come out as it should."""
        return [self.html(made)]

    def html(self, made: Any) -> str:
        lang, name = self.language, self.name()
        p = pages.PageFacts(
            title=f"{name} – {self.edition.title}", running=name, colophon=pages.colophon(self.by, pages.today()),
            lang=lang if lang in written() else "fr", author=pages.site_name(), summary=f"{name} : {self.edition.title}",
        )  # fmt: skip
        return pages.set_page(f"{self.kind.lower()}.html", lang, d=made, p=p)

    def pictures(self) -> dict[str, Path]:
        return {}

    def set_all(self, child: Session, htmls: list[str], report: Report) -> Pdf:
        return child.render(htmls[0], pictures=self.pictures(), limits=limits(40), progress=lambda page, stage: report(page, page, stage))  # fmt: skip
