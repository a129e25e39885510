"""The papers of a meeting: convocation (D4), pack (D5), attendance sheet (D6).

In the pack each item is followed by its documents, page by page, in a frame between our head and foot, so that every
sheet has its number and every document its bookmarks, its own among them. A document that cannot be taken is named with
the reason, and the rest comes out. What people need to come stands on none of these papers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from adapters import storage
from adapters.pdf.engine import Heading, Limits, Pdf, RenderFailed, Session, session
from blueprints import formats
from blueprints.dossiers import keys, pages
from blueprints.dossiers.building import AROUND, MIB, Built, NotMade, Report, files_folder
from blueprints.languages import written
from models import agenda, replies
from models.agenda import AgendaItem, AgendaLink
from models.meetings import STATES, Meeting
from models.replies import PROXY
from models.store import db
from models.tasks import Task
from models.vocabularies import label

PDF_TYPE = "application/pdf"
FIRST_ROWS, MORE_ROWS = 14, 18  # of an attendance sheet, on its first page and on each other
MOST_LEAVES = 400  # pages of documents in one pack
FRAME = Markup('<svg viewBox="0 0 185 261"><rect x=".1" y=".1" width="184.8" height="260.8" fill="none" stroke="#796f60" stroke-width=".2"/></svg>')  # fmt: skip


@dataclass(frozen=True)
class Leaf:
    """One page of a document. marks: (level, words) of its bookmarks; picture: its digest, for what is no PDF."""

    anchor: str
    alt: str
    marks: list[tuple[int, str]] = field(default_factory=list)
    picture: str = ""


@dataclass(frozen=True)
class Paper:
    """A document of an item, as it is printed."""

    title: str
    running: str
    leaves: list[Leaf]

    @property
    def anchor(self) -> str:
        return self.leaves[0].anchor


@dataclass
class Item:
    """An item as it is printed. named: what is read online; documents: what follows; lacking: what could not be taken."""

    title: str
    nature: str
    minutes: int
    presenter: str
    aim: str
    decision: bool
    decision_words: str
    papers: list[str]
    named: list[str]
    documents: list[Paper] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MeetingPages:
    """All that the templates of D4 to D6 say."""

    meeting: Meeting
    items: list[Item]
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: int = 0
    previous: Meeting | None = None
    tasks: list[str] = field(default_factory=list)
    lang: str = "fr"
    frame = FRAME

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        m, out = self.meeting, []
        when = (
            f"{formats.day(m.starts_at)}, {formats.hours(m.starts_at, m.ends_at)}"
            if m.starts_at
            else _("date à choisir")
        )
        out.append((_("Quand"), when))
        if m.place:
            out.append((_("Où"), m.place))
        if m.link:
            out.append((_("À distance"), m.link))
        if m.reply_by:
            out.append((_("Réponse"), ", ".join(x for x in (_("avant le %(when)s", when=formats.moment(m.reply_by)), self.contact) if x)))  # fmt: skip
        out.append((_("Langues"), ", ".join(formats.inline(label("langue", code, self.lang), "language") for code in m.languages.split())))  # fmt: skip
        return out

    @property
    def contact(self) -> str:
        m = self.meeting
        phone = (m.contact_phone or "").replace(" ", formats.NBSP)
        return ", ".join(x for x in (m.contact_name, phone, m.contact_email) if x)

    @property
    def words(self) -> str:
        default = _("Vous êtes invité à cette réunion. Votre présence compte, et votre absence se dit aussi : répondez avec le talon ci-dessous, par courriel ou par téléphone.")  # fmt: skip
        return self.meeting.words or default

    @property
    def cut(self) -> str:
        by = _("Talon à découper et à rendre avant le %(when)s", when=formats.moment(self.meeting.reply_by)) if self.meeting.reply_by else _("Talon à découper et à rendre")  # fmt: skip
        return _("%(by)s, ou réponse à %(who)s.", by=by, who=self.contact) if self.contact else f"{by}."

    @property
    def sum(self) -> str:
        """The minutes of the items against those of the meeting, in words."""
        total, room = sum(i.minutes for i in self.items), self.meeting.minutes
        said = ngettext("Somme des points : %(num)s minute", "Somme des points : %(num)s minutes", total)
        if room is None:
            return f"{said}."
        if total == room:
            return _("%(sum)s, pour une réunion de %(room)s minutes : l’horaire est juste rempli.", sum=said, room=room)  # fmt: skip
        left = abs(room - total)
        if total < room:
            return _("%(sum)s, pour une réunion de %(room)s minutes : il en reste %(left)s.", sum=said, room=room, left=left)  # fmt: skip
        return _("%(sum)s, pour une réunion de %(room)s minutes : c’est %(left)s de trop.", sum=said, room=room, left=left)  # fmt: skip

    @property
    def decisions(self) -> list[tuple[int, Item]]:
        return [(n, i) for n, i in enumerate(self.items, 1) if i.decision]

    @property
    def previous_state(self) -> str:
        return formats.inline(str(STATES[self.previous.state]), "phrase") if self.previous else ""

    @property
    def blank(self) -> int:
        """Empty lines: to the end of the page on which the last name stands, and never less than four."""
        room, names = FIRST_ROWS, len(self.rows)
        while room < names + 4:
            room += MORE_ROWS
        return room - names

    @property
    def base(self) -> str:
        asked = ngettext("Base : une personne invitée", "Base : %(num)s personnes invitées", len(self.rows))
        return _("%(asked)s, dont %(n)s sans réponse.", asked=asked, n=self.waiting)


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
        previous = agenda.previous_of(m)
        said.append([previous.code, previous.state] if previous else [])
        return hashlib.sha256(json.dumps(said, default=str).encode()).hexdigest()

    @property
    def key(self) -> str:
        """SHA-256 of all that decides the PDF of today."""
        return keys.key(self.content, self.kind, self.language, self.by, pages.today(), pages.site_name())

    def check(self) -> None:
        """NotMade where there is nothing to print."""
        if self.kind == "D6" and not self.meeting.circle.member_ids and not replies.of(self.meeting):
            raise NotMade(_("Personne n’est encore invité à cette réunion. Ajoutez des membres au cercle, puis recommencez."))  # fmt: skip

    def build(self, report: Report | None = None, child: Session | None = None) -> Built:
        """The PDF, as things stand now. Raises NotMade. Holds no database transaction while it is set."""
        self.check()
        key, content, work = self.key, self.content, _Pack(self)
        with contextlib.nullcontext(child) if child else session() as renderer:
            try:
                pdf = work.set_all(renderer, report or (lambda done, total, stage: None))
            except RenderFailed as failed:
                raise NotMade(str(failed)) from failed
        return Built(pdf.data, pdf.pages, [], work.notes, key, content)


def _row(item: AgendaItem) -> list[Any]:
    links = [
        (ln.kind, ln.title, ln.fiche and (ln.fiche.number, ln.fiche.title, ln.fiche.state), ln.organisation and ln.organisation.names,
         ln.attachment and ln.attachment.sha256) for ln in item.links
    ]  # fmt: skip
    return [item.title, item.nature, item.minutes, item.presenter, item.aim, item.decision, item.decision_words, links]  # fmt: skip


def _task(task: Task) -> str:
    """A task as it is printed: what, who, by when, and that it is late."""
    said = _("%(what)s – %(who)s, pour le %(day)s", what=task.what, who=task.person.name, day=formats.day(task.due_on))  # fmt: skip
    return _("%(task)s, en retard", task=said) if task.late else said


def _named(link: AgendaLink) -> str:
    """What is read online, as it is called on paper."""
    if link.fiche:
        return _("Fiche %(name)s", name=f"{link.fiche.number} – {link.fiche.title}" if link.fiche.number else link.fiche.title)  # fmt: skip
    name = link.organisation.name_for(formats.language()) if link.organisation else link.title
    return _("Une place pour : %(name)s", name=name or "")


class _Pack:
    """The papers of one meeting while they are set."""

    def __init__(self, order: MeetingOrder) -> None:
        self.order, self.notes = order, list[str]()
        self.documents: list[bytes] = []
        self.pictures: dict[str, Any] = {}
        self.leaves = 0

    def set_all(self, child: Session, report: Report) -> Pdf:
        order, lang = self.order, self.order.language
        with force_locale(lang):
            facts = self.pages(child)
            name = {"D4": _("Convocation"), "D5": _("Dossier de réunion"), "D6": _("Feuille de présence")}[order.kind]  # fmt: skip
            circle, title = order.meeting.circle.title, order.meeting.title
            p = pages.PageFacts(
                title=f"{name} – {title}", running=f"{circle} – {name}", colophon=pages.colophon(order.by, pages.today()),
                lang=lang if lang in written() else "fr", author=pages.site_name(), summary=f"{name} : {title}",
            )  # fmt: skip
            html = pages.set_page(f"{order.kind.lower()}.html", lang, m=facts, p=p)
        expected = self.leaves + AROUND
        db.session.rollback()
        weight = sum(map(len, self.documents))
        return child.render(
            html, pictures=self.pictures, documents=self.documents,
            limits=Limits(cpu=60 + self.leaves, wall=120 + 2 * self.leaves, memory=1200 * MIB + 6 * weight, output=64 * MIB + 2 * weight),
            progress=lambda page, stage: report(page, max(expected, page), stage),
        )  # fmt: skip

    def pages(self, child: Session) -> MeetingPages:
        meeting, kind = self.order.meeting, self.order.kind
        items = [self.item(n, i, child) for n, i in enumerate(agenda.items(meeting), 1)]
        rows, waiting = self.people() if kind == "D6" else ([], 0)
        return MeetingPages(
            meeting, items, rows, waiting, previous=agenda.previous_of(meeting),
            tasks=[_task(task) for task in agenda.open_tasks(meeting.circle)] if kind == "D5" else [], lang=self.order.language,
        )  # fmt: skip

    def item(self, n: int, item: AgendaItem, child: Session) -> Item:
        documents = [ln for ln in item.links if ln.attachment]
        out = Item(
            item.title, label("point_odj", item.nature, self.order.language), item.minutes, item.presenter or "", item.aim or "",
            item.decision, item.decision_words or "", [ln.title or "" for ln in documents],
            [_named(ln) for ln in item.links if not ln.attachment],
        )  # fmt: skip
        for link in documents if self.order.kind == "D5" else ():
            try:
                out.documents.append(self.paper(n, link, child))
            except RenderFailed as failed:
                said = _(
                    "« %(title)s » n’est pas dans ce dossier. %(why)s", title=link.title or "", why=failed
                )
                out.lacking.append(said)
                self.notes.append(said)
        return out

    def paper(self, n: int, link: AgendaLink, child: Session) -> Paper:
        """The pages of a document. Raises RenderFailed where nothing can be taken of it."""
        assert link.attachment is not None
        folder, sha256, title = files_folder(), link.attachment.sha256, link.title or _("Document")
        if not storage.exists(folder, sha256):
            raise RenderFailed("broken", "no file")
        running = _("Point %(n)s – %(title)s", n=n, title=title)
        if link.attachment.media_type != PDF_TYPE:
            self.pictures[sha256] = storage.path(folder, sha256)
            self.leaves += 1
            alt = _("Image jointe au point %(n)s : %(title)s", n=n, title=title)
            return Paper(title, running, [Leaf(f"image-{self.leaves}", alt, picture=sha256)])
        data = storage.read(folder, sha256)
        found = child.look(data)
        if self.leaves + found.pages > MOST_LEAVES:
            raise RenderFailed("long", "the whole pack")
        at = len(self.documents)
        self.documents.append(data)
        self.leaves += found.pages
        return Paper(title, running, [self.leaf(at, page, found.pages, title, found.marks) for page in range(1, found.pages + 1)])  # fmt: skip

    @staticmethod
    def leaf(at: int, page: int, of: int, title: str, marks: tuple[Heading, ...]) -> Leaf:
        alt = _("Page %(page)s sur %(of)s du document « %(title)s », repris tel quel. Son texte se lit en ligne.", page=page, of=of, title=title)  # fmt: skip
        return Leaf(f"doc-{at}-{page}", alt, [(3 + m.level, m.title) for m in marks if m.page == page])

    def people(self) -> tuple[list[tuple[str, str, str]], int]:
        """(name, organisation, answer) of each person invited, and how many have not answered."""
        from models.convening import invited

        meeting = self.order.meeting
        answers = {row.person_id: row for row in replies.of(meeting)}
        out = []
        for person in invited(meeting):
            row = answers.get(person.id)
            said = label("presence", row.answer if row else replies.WAITING, self.order.language)
            if row and row.answer == PROXY:
                said = _("Voix donnée à %(name)s", name=row.proxy.name) if row.proxy else _("Voix que personne ne porte")  # fmt: skip
            out.append((person.name, person.organisation or "", said))
        return out, sum(row.answer == replies.WAITING for row in answers.values()) if answers else len(out)
