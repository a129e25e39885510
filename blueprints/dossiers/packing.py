"""The papers of one meeting while they are set: what each item says, its documents, who was invited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask_babel import force_locale
from flask_babel import gettext as _

from adapters import storage
from adapters.markdown import to_html
from adapters.pdf.engine import Heading, Limits, Passes, Pdf, RenderFailed, Session
from blueprints import formats
from blueprints.dossiers import building, minutes, pages
from blueprints.dossiers.building import AROUND, MIB, Report, files_folder
from blueprints.dossiers.edition import held_sentences
from blueprints.dossiers.meeting_pages import Item, Leaf, MeetingPages, Paper
from blueprints.dossiers.minutes import MinutesPages
from blueprints.languages import written
from models import agenda, annexes, replies, reporting
from models.agenda import AgendaItem, AgendaLink
from models.dossiers import KINDS, USAGE, held_back
from models.groups import Report as GroupReport
from models.replies import PROXY
from models.store import db
from models.tasks import Task
from models.vocabularies import label

if TYPE_CHECKING:
    from blueprints.dossiers.meetings import MeetingOrder

PDF_TYPE = "application/pdf"
MOST_LEAVES = 400  # pages of documents in one pack


def _task(task: Task) -> str:
    """A task as it is printed: what, who, by when, and that it is late."""
    said = _("%(what)s – %(who)s, pour le %(day)s", what=task.what, who=task.person.name, day=formats.day(task.due_on))  # fmt: skip
    return _("%(task)s, en retard", task=said) if task.late else said


def _named(link: AgendaLink) -> str:
    """What is read online, as it is called on paper. Guests read these papers, who may not see whose candidature it is, nor
    a fiche that is not in the catalogue: the page of the meeting gives either to whoever may read it."""
    return _("Une fiche en préparation") if link.fiche else _("Une candidature")


class Pack:
    """The papers of one meeting while they are set."""

    def __init__(self, order: MeetingOrder) -> None:
        self.order, self.notes = order, list[str]()
        self.documents: list[bytes] = []
        self.reports: dict[str, list[GroupReport]] = {}
        self.pictures: dict[str, Any] = {}
        self.leaves = 0
        self.fiches = annexes.annexed(order.meeting) if order.kind == "D5" else []
        self.sheets = [pages.printed(f, USAGE[order.kind], order.lang) for f in self.fiches]
        self.pictures.update(pages.pictures(files_folder(), self.sheets))

    def set_all(self, child: Session, report: Report) -> Pdf:
        """Once; where that fails because of a fiche, once more with a page in its place. Raises RenderFailed."""
        with force_locale(self.order.language):
            facts = self.pages(child)
            self.notes += held_sentences(*held_back(self.fiches, USAGE[self.order.kind]))
            html = self.html(facts)
            try:
                pdf = self.render(html, child, report)
            except RenderFailed:
                found = building.stand_in(
                    self.sheets, self.pictures, child, lambda k: report(k, len(self.sheets), "search")
                )
                if not found:
                    raise
                self.notes += found
                pdf = self.render(self.html(facts), child, report)
            self.notes += building.missing(pdf)
        return pdf

    def html(self, facts: MeetingPages | MinutesPages) -> str:
        """The whole page; the database is let go of."""
        order, lang = self.order, self.order.language
        try:
            name = str(KINDS[order.kind])
            if isinstance(facts, MinutesPages):
                name = _("%(name)s – %(state)s", name=name, state=facts.state)
            circle, title = order.meeting.circle.title, order.meeting.title
            p = pages.PageFacts(
                title=f"{name} – {title}", running=f"{circle} – {name}", colophon=pages.colophon(order.by, pages.today()),
                lang=lang if lang in written() else "fr", author=pages.site_name(), summary=f"{name} : {title}",
            )  # fmt: skip
            return pages.set_page(f"{order.kind.lower()}.html", lang, m=facts, p=p)
        finally:
            db.session.rollback()

    def render(self, html: str, child: Session, report: Report) -> Pdf:
        weight, fiches = sum(map(len, self.documents)), building.limits(len(self.sheets))
        expected = self.leaves + building.expected(self.sheets) + AROUND
        return child.render(
            html, pictures=self.pictures, documents=self.documents, passes=Passes(most=20) if self.order.kind == "D6" else None,
            limits=Limits(cpu=fiches.cpu + self.leaves, wall=fiches.wall + 2 * self.leaves, memory=fiches.memory + 6 * weight, output=64 * MIB + 2 * weight),
            progress=lambda page, stage: report(page, max(expected, page), stage),
        )  # fmt: skip

    def pages(self, child: Session) -> MeetingPages | MinutesPages:
        meeting, kind = self.order.meeting, self.order.kind
        if kind == "D7":
            return minutes.pages_of(meeting)
        rows = agenda.items(meeting)
        self.reports = reporting.attached(rows) if kind == "D5" else {}
        items = [self.item(n, i, child) for n, i in enumerate(rows, 1)]
        rows, waiting = self.people() if kind == "D6" else ([], 0)
        previous = agenda.previous_of(meeting)
        return MeetingPages(
            meeting, items, rows, waiting, previous=previous, minutes=minutes.proposed(previous) if kind == "D5" else None,
            tasks=[_task(task) for task in agenda.open_tasks(meeting.circle)] if kind == "D5" else [], lang=self.order.language,
            sheets=self.sheets,
        )  # fmt: skip

    def item(self, n: int, item: AgendaItem, child: Session) -> Item:
        documents = [ln for ln in item.links if ln.attachment]
        inside = [f.id for f in self.fiches]
        online = [ln for ln in item.links if not ln.attachment and ln.fiche_id not in inside]
        out = Item(
            item.title, label("point_odj", item.nature, self.order.language), item.minutes, item.presenter or "", item.aim or "",
            item.decision, item.decision_words or "", [ln.title or "" for ln in documents], [_named(ln) for ln in online],
        )  # fmt: skip
        out.fiches = [inside.index(ln.fiche_id) for ln in item.links if ln.fiche_id in inside]
        if self.order.kind == "D5" and any(ln.fiche for ln in online):
            self.notes.append(_("Point %(n)s : une fiche n’est pas dans ce dossier, parce qu’une personne au moins, à cette réunion, ne peut pas la lire. Elle se lit en ligne.", n=n))  # fmt: skip
        out.reports = [(row.title, to_html(row.body, top=4)) for row in self.reports.get(item.id, ())]
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
