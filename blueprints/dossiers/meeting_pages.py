"""What the papers of a meeting say, as their templates are told it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from adapters.markdown import Html
from blueprints import formats
from blueprints.dossiers.minutes import MinutesPages
from blueprints.dossiers.pages import Printed, piece
from models.meetings import Meeting
from models.vocabularies import label

FIRST_ROWS, MORE_ROWS = 14, 18  # of an attendance sheet, on its first page and on each other
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


@dataclass(eq=False)
class Item:
    """An item as it is printed. named: what is read online; reports: (title, text) of groups; documents: what follows;
    lacking: what could not be taken; fiches: which of MeetingPages.sheets it names."""

    title: str
    nature: str
    minutes: int
    presenter: str
    aim: str
    decision: bool
    decision_words: str
    papers: list[str]
    named: list[str]
    reports: list[tuple[str, Html]] = field(default_factory=list)
    documents: list[Paper] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    fiches: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class MeetingPages:
    """All that the templates of D4 to D6 say. minutes: of the meeting before, as they were proposed; sheets: the fiches
    that are annexed."""

    meeting: Meeting
    items: list[Item]
    rows: list[tuple[str, str, str]] = field(default_factory=list)
    waiting: int = 0
    previous: Meeting | None = None
    minutes: MinutesPages | None = None
    tasks: list[str] = field(default_factory=list)
    lang: str = "fr"
    sheets: list[Printed] = field(default_factory=list)
    frame = FRAME

    def papers(self, item: Item) -> list[str]:
        """The names of what goes with an item, in this paper."""
        return item.papers + [self.sheets[k].mark for k in item.fiches]

    def inside(self, item: Item) -> list[tuple[str, str]]:
        """(anchor, name) of what stands in this paper for an item."""
        fiches = [(self.sheets[k].anchor, self.sheets[k].mark) for k in item.fiches]
        return [(d.anchor, d.title) for d in item.documents] + fiches

    def first(self, item: Item) -> list[int]:
        """Those fiches that follow this item; one that an item before names stands there."""
        before = self.items[: self.items.index(item)]
        return [k for k in item.fiches if not any(k in one.fiches for one in before)]

    def annex(self, k: int) -> Markup:
        """A fiche as it is set, below the item that names it."""
        return piece(self.sheets[k], 3)

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
