"""A group and its board of exchanges on paper (D12): what it is for, who sits there, what comes, what is offered and sought.

It holds what any member who sees the group may read, whoever orders it; `inside` adds what is for who sits there alone: its
open tasks, and the meetings that are still in preparation. Who gave and who received are two lists of names, never a figure.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select

from adapters.pdf.engine import RenderFailed, Session, session
from blueprints import formats
from blueprints.dossiers import keys, pages
from blueprints.dossiers.building import Built, NotMade, Report, limits
from blueprints.languages import written
from models import circles, exchanging, gathering, tasks
from models.circles import SEATS, Circle
from models.exchanges import OFFER
from models.exchanging import Board, Line, Reciprocity
from models.groups import PRODUCTION_STATES, Production
from models.matching import Match
from models.meetings import Meeting
from models.profiles import MEMBERS, ProfileDetail
from models.store import db
from models.vocabularies import label

MOST_MEETINGS, MOST_TASKS = 6, 60


@dataclass(frozen=True)
class CirclePages:
    """All that the template of D12 says. people: (name, role, organisation, how to reach them) of who sits there."""

    circle: Circle
    inside: bool
    lang: str
    people: list[tuple[str, str, str, str]]
    meetings: list[Meeting]
    productions: list[Production]
    todo: list[tuple[str, str, date]]
    board: Board
    pairs: list[tuple[Line, Match]]
    both: Reciprocity

    @property
    def fiche_ids(self) -> list[str]:
        """Of the fiches whose lines are printed: when one is withdrawn, so is this paper."""
        refs = [fit.subject.thing.ref for _line, fit in self.pairs]
        return sorted(
            {ref.split("-offer-")[0].split("-request-")[0][2:] for ref in refs if ref.startswith("f-")}
        )

    @cached_property
    def notes(self) -> list[str]:
        return (
            []
            if self.inside
            else [_("Les tâches du groupe n’y sont pas\u00a0: elles sont pour qui y siège.")]
        )

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """(term, words) at the head of the first page."""
        c = self.circle
        leads = [name for name, role, _house, _way in self.people if role == str(SEATS[circles.CHAIR])]
        spoken = ", ".join(label("langue", code, self.lang) for code in c.languages.split())
        rows = [
            (_("Animation"), ", ".join(leads)),
            (_("Action"), label("axe", c.axis, self.lang) if c.axis else ""),
            (_("Territoire"), c.territory or ""),
            (_("Mandat donné par"), _("la décision %(number)s", number=c.decided_by) if c.decided_by else ""),
            (_("Rythme"), c.rhythm or ""),
            (_("Langues"), spoken),
            (_("Jusqu’au"), formats.day(c.ends_on) if c.ends_on else ""),
            (_("Ouvert"), _("non\u00a0: ce papier reste dans le groupe") if c.closed else _("oui\u00a0: tout membre peut demander une place")),
        ]  # fmt: skip
        return [(term, said) for term, said in rows if said]

    def met(self, meeting: Meeting) -> str:
        """When and where a meeting is."""
        if meeting.starts_at is None:
            return _("Date à choisir")
        return ", ".join(x for x in (formats.moment(meeting.starts_at), meeting.place or "") if x)

    def production(self, row: Production) -> str:
        """State, day and name of something the group makes."""
        due = _("pour le %(day)s", day=formats.day(row.due_on)) if row.due_on and not row.ended_at else ""
        bits = (str(PRODUCTION_STATES[row.state]), due, row.person.name if row.person else "")
        return ", ".join(x for x in bits if x)

    def who(self, line: Line) -> str:
        """Who offers or seeks, and where."""
        written_in = _("fiche %(number)s", number=line.fiche) if line.fiche else ""
        return ", ".join(x for x in (line.who, line.by, line.where, written_in) if x)

    def spoken(self, line: Line) -> str:
        """In which languages, in a few words."""
        names = [formats.inline(label("langue", code, self.lang), "language") for code in line.languages]
        return ", ".join(names) if len(names) < 3 else _("%(n)s langues", n=len(names))

    def kind(self, line: Line) -> str:
        return _("Offre") if line.kind == OFFER else _("Demande")

    def why(self, fit: Match) -> str:
        """The match in words."""
        said = fit.said(lambda code: formats.inline(label("langue", code, self.lang), "language"))
        return f"{said[:1].upper()}{said[1:]}."


def people_of(circle: Circle) -> list[tuple[str, str, str, str]]:
    """Who sits there: name, role, organisation, and the ways that they show to every member. Two queries."""
    rows = circles.seats(circle)
    wanted = (ProfileDetail.name.in_(("email", "phone")), ProfileDetail.seen_by == MEMBERS)
    query = select(ProfileDetail).where(ProfileDetail.person_id.in_([s.person_id for s in rows]), *wanted)
    shown = {(d.person_id, d.name): d.text for d in db.session.scalars(query)}
    out = []
    for seat in rows:
        person, id = seat.person, seat.person_id
        mail = (person.email or "") if (id, "email") in shown else ""
        ways = ", ".join(x for x in (mail, shown.get((id, "phone"), "")) if x)
        out.append((person.name, str(SEATS[seat.role]), person.organisation or "", ways))
    return out


@dataclass(frozen=True)
class CircleOrder:
    """What somebody wants printed of a group; stands beside building.Order and has what is asked of that."""

    kind: str
    by: str
    circle: Circle
    inside: bool = False
    lang: str = ""
    edition: None = None
    fiche: None = None
    who: str = ""

    @property
    def language(self) -> str:
        return self.lang or "fr"

    def check(self) -> None:
        """There is always something to print of a group."""

    def made(self, lang: str = "") -> CirclePages:
        """What the template is told; lang: of the words that are ours, where not that of the order."""
        c = self.circle
        coming = gathering.coming(c)[:MOST_MEETINGS]
        todo = tasks.open_of(c.id, MOST_TASKS) if self.inside else []
        board, pairs = exchanging.printed(c)
        return CirclePages(
            c, self.inside, lang or self.language, people_of(c), [m for m in coming if self.inside or m.convened_at],
            gathering.productions_of(c.id), [(t.what, t.person.name, t.due_on) for t in todo], board, pairs,
            exchanging.reciprocity_in(c, None),
        )  # fmt: skip

    @cached_property
    def content(self) -> str:
        """SHA-256 of what would be said today, in whatever language somebody looks."""
        with force_locale("fr"):
            d, c = self.made("fr"), self.circle
            said: list[Any] = [
                self.kind, c.code, c.title, c.mandate, c.ended_at, self.inside, d.facts, d.people, [[m.code, m.title, d.met(m)] for m in d.meetings],
                [[p.title, d.production(p)] for p in d.productions], d.todo, [[x.title, x.words, d.who(x), d.spoken(x)] for x in d.board.lines],
                [[x.title, fit.subject.title, d.who(fit.subject.thing), d.why(fit)] for x, fit in d.pairs], d.both.gave, d.both.received,
            ]  # fmt: skip
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()

    @property
    def key(self) -> str:
        """SHA-256 of all that decides the PDF of today."""
        return keys.key(
            self.content, self.kind, self.language, self.by, self.inside, pages.today(), pages.site_name()
        )

    def html(self, made: CirclePages) -> str:
        lang, name = self.language, _("Groupe et tableau des échanges")
        p = pages.PageFacts(
            title=f"{name} – {self.circle.title}", running=name, colophon=pages.colophon(self.by, pages.today()),
            lang=lang if lang in written() else "fr", author=pages.site_name(), summary=f"{name}\u00a0: {self.circle.title}",
        )  # fmt: skip
        return pages.set_page("d12.html", lang, d=made, p=p)

    def build(self, report: Report | None = None, child: Session | None = None) -> Built:
        """The PDF, as things stand now. Raises NotMade. Holds no database transaction while it is set."""
        key, content, tell = self.key, self.content, report or (lambda done, total, stage: None)
        with force_locale(self.language):
            made = self.made()
            html, fiches, notes = self.html(made), made.fiche_ids, made.notes
        db.session.rollback()
        with contextlib.nullcontext(child) if child else session() as renderer:
            try:
                pdf = renderer.render(html, pictures={}, limits=limits(10), progress=lambda page, stage: tell(page, page, stage))  # fmt: skip
            except RenderFailed as failed:
                raise NotMade(str(failed)) from failed
        return Built(pdf.data, pdf.pages, fiches, notes, key, content)
