"""The papers of a meeting: convocation (D4), pack (D5), attendance sheet (D6), minutes (D7).

In the pack each item is followed by its documents, page by page, in a frame between our head and foot, so that every
sheet has its number and every document its bookmarks, its own among them. A document that cannot be taken is named with
the reason, and the rest comes out. Its fiches follow it too, set as everywhere, where all who get the pack may read them
(models/annexes.py). What people need to come stands on none of these papers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from adapters.pdf.engine import RenderFailed, Session, session
from blueprints.dossiers import keys, minutes, pages
from blueprints.dossiers.building import Built, NotMade, Report
from blueprints.dossiers.meeting_pages import FIRST_ROWS, MeetingPages
from blueprints.dossiers.packing import Pack
from models import agenda, annexes, replies, reporting
from models.agenda import AgendaItem
from models.dossiers import digest
from models.meetings import Meeting

__all__ = ["FIRST_ROWS", "MeetingOrder", "MeetingPages"]


@dataclass(frozen=True)
class MeetingOrder:
    """What somebody wants printed of a meeting; stands beside building.Order and has what is asked of that."""

    kind: str
    by: str
    meeting: Meeting
    lang: str = ""
    edition: None = None
    fiche: None = None
    who: str = ""

    @property
    def language(self) -> str:
        return self.lang or "fr"

    @cached_property
    def content(self) -> str:
        """SHA-256 of what these papers would say today."""
        m = self.meeting
        said: list[Any] = [
            [m.id, m.title, m.words, m.starts_at, m.ends_at, m.place, m.link, m.languages, m.reply_by, m.state, m.circle.title],
            [m.contact_name, m.contact_email, m.contact_phone, m.circle.proxies],
            [_row(item) for item in agenda.items(m)],
        ]  # fmt: skip
        if self.kind == "D6":
            said.append([(r.person.name, r.person.organisation, r.answer, r.proxy_id, r.lost_proxy_id) for r in replies.of(m)])  # fmt: skip
        if self.kind == "D5":
            said.append([(t.id, t.rev, t.person.name, t.late) for t in agenda.open_tasks(m.circle)])
            told = reporting.attached(agenda.items(m))
            said.append(sorted((item, [(r.id, r.rev) for r in rows]) for item, rows in told.items()))
            said.append(digest(annexes.annexed(m)))
        if self.kind == "D7":
            said.append(minutes.said(m))
        previous = agenda.previous_of(m)
        said.append(
            [previous.code, previous.state, minutes.said(previous) if self.kind == "D5" else ""]
            if previous
            else []
        )
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()

    @property
    def key(self) -> str:
        """SHA-256 of all that decides the PDF of today."""
        return keys.key(self.content, self.kind, self.language, self.by, pages.today(), pages.site_name())

    def check(self) -> None:
        """NotMade where there is nothing to print."""
        if self.kind == "D6" and not self.meeting.circle.member_ids and not replies.of(self.meeting):
            raise NotMade(_("Personne n’est encore invité à cette réunion. Ajoutez des membres au cercle, puis recommencez."))  # fmt: skip
        if self.kind == "D7" and not agenda.items(self.meeting):
            raise NotMade(_("L’ordre du jour est vide : il n’y a pas encore de procès-verbal. Écrivez un point, puis recommencez."))  # fmt: skip

    def build(self, report: Report | None = None, child: Session | None = None) -> Built:
        """The PDF, as things stand now. Raises NotMade. Holds no database transaction while it is set."""
        self.check()
        key, content, work = self.key, self.content, Pack(self)
        ids = [fiche.id for fiche in work.fiches]
        with contextlib.nullcontext(child) if child else session() as renderer:
            try:
                pdf = work.set_all(renderer, report or (lambda done, total, stage: None))
            except RenderFailed as failed:
                raise NotMade(str(failed)) from failed
        return Built(pdf.data, pdf.pages, ids, work.notes, key, content)


def _row(item: AgendaItem) -> list[Any]:
    links = [
        (ln.kind, ln.title, ln.fiche and (ln.fiche.number, ln.fiche.title, ln.fiche.state), ln.organisation and ln.organisation.names,
         ln.attachment and ln.attachment.sha256) for ln in item.links
    ]  # fmt: skip
    return [item.title, item.nature, item.minutes, item.presenter, item.aim, item.decision, item.decision_words, links]  # fmt: skip
