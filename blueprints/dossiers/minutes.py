"""The minutes of a meeting on paper (D7), and those of the meeting before in its pack (D5).

Before the meeting what is prepared is printed, and each page says that it is a draft; once a version was proposed, its
frozen content is.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask_babel import gettext as _

from blueprints import formats, minutes_words
from models import approving, minuting
from models.meetings import Meeting
from models.minutes import APPROVED, Minutes
from models.store import db


@dataclass(frozen=True)
class MinutesPages:
    """All that the template of D7 says. row: the version, None for a draft; content: what it says, revived."""

    meeting: Meeting
    row: Minutes | None
    content: dict[str, Any]
    say = minutes_words

    @property
    def approved(self) -> bool:
        return self.row is not None and self.row.state == APPROVED

    @property
    def state(self) -> str:
        """As it stands in the head of each page: "projet", "proposé" or "approuvé"."""
        if self.row is None:
            return _("projet")
        return _("approuvé") if self.approved else _("proposé")

    @property
    def kind(self) -> str:
        if self.row is None:
            return _("Procès-verbal – projet")
        return _("Procès-verbal, version %(n)s – %(state)s", n=self.row.version, state=self.state)

    @property
    def reason(self) -> str:
        return (self.row.reason if self.row else None) or ""

    @property
    def empty(self) -> str:
        """What stands under an item at which nothing was noted; nothing before the meeting."""
        return _("Rien n’a été noté à ce point") if self.row or self.meeting.near else ""

    @cached_property
    def approved_in(self) -> str:
        found = db.session.get(Meeting, self.row.approved_in) if self.row and self.row.approved_in else None
        return _("%(code)s, %(title)s", code=found.code, title=found.title) if found else ""

    @property
    def facts(self) -> list[tuple[str, str]]:
        heading = self.content["heading"]
        out = [(_("Groupe"), heading["circle"])]
        if heading["starts"]:
            out.append((_("Quand"), minutes_words.when(heading)))
        where = [heading["place"], _("à distance") if heading["remote"] else ""]
        if any(where):
            out.append((_("Où"), ", ".join(x for x in where if x)))
        if heading["edition"]:
            out.append((_("Édition"), heading["edition"]))
        if self.row and self.approved:
            day = formats.day(self.row.approved_at)
            out.append((_("Approuvé"), _("le %(day)s, à la réunion %(code)s", day=day, code=self.approved_in) if self.approved_in else _("le %(day)s", day=day)))  # fmt: skip
        return out

    @property
    def after(self) -> str:
        """What becomes of this paper, in a sentence."""
        if self.row is None:
            return _("Ceci est un projet\u00a0: ce qui est préparé et noté à ce jour. Il n’engage personne.")
        if self.approved:
            return _(
                "Cette version est approuvée et ne change plus. Une correction serait une nouvelle version."
            )
        return _("Remarques jusqu’au %(when)s. Ce texte sera approuvé à une réunion suivante\u00a0; il peut encore changer.", when=formats.moment(self.row.comments_until))  # fmt: skip


def pages_of(meeting: Meeting) -> MinutesPages:
    """The minutes of a meeting as they stand today."""
    row = approving.current(meeting)
    content = row.content if row else minuting.compose(meeting)
    return MinutesPages(meeting, row, minuting.revived(content))


def proposed(meeting: Meeting | None) -> MinutesPages | None:
    """The minutes of an earlier meeting as they were proposed; None where they were not."""
    row = approving.current(meeting) if meeting else None
    return MinutesPages(row.meeting, row, minuting.revived(row.content)) if row else None


def said(meeting: Meeting) -> list[Any]:
    """All that is printed of the minutes of a meeting and can change."""
    row = approving.current(meeting)
    if row is None:
        return [minuting.compose(meeting)]
    return [row.id, row.rev, row.state, row.approved_at, row.approved_in]
