"""Minutes as one reads them: the newest version that somebody may see, an older one, two of them side by side."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import abort, redirect, render_template, request, url_for

from blueprints import minutes_words
from blueprints.accounts.own import me
from blueprints.gate import can, needs
from blueprints.meetings import loading
from blueprints.minutes import bp, comparing
from models import approving, minuting, notices, remarks
from models.meetings import Meeting, meeting_by_code
from models.minutes import APPROVED, OPEN, Minutes, MinutesComment, comments_of
from models.store import db, new_id


@dataclass(frozen=True)
class View:
    """A version on its page. rows: those that this person may read, the newest first.

    typed: (id of the item or "", text, sentence, op_id) of a remark that came back; wrong: (id of a remark, words,
    sentence) of an answer that did.
    """

    meeting: Meeting
    row: Minutes
    rows: list[Minutes]
    typed: tuple[str, str, str, str] = ("", "", "", "")
    wrong: tuple[str, str, str] = ("", "", "")

    @cached_property
    def content(self) -> dict[str, Any]:
        return minuting.revived(self.row.content)

    @property
    def newest(self) -> bool:
        return self.row.id == self.rows[0].id

    @property
    def frozen(self) -> bool:
        return self.row.state == APPROVED

    @property
    def leads(self) -> bool:
        """Whether this person answers remarks, and changes the proposal."""
        return self.newest and not self.frozen and can("minutes.lead", self.meeting)

    @cached_property
    def takes(self) -> bool:
        """Whether this person may remark on this version now."""
        return self.newest and remarks.taking(self.row) and can("minutes.comment", self.meeting)

    @cached_property
    def stale(self) -> bool:
        """Whether what was noted changed since; told to who can do something about it."""
        return self.leads and approving.stale(self.row)

    @cached_property
    def comments(self) -> dict[str, list[MinutesComment]]:
        """Id of an item, or "" → what was remarked on it: for the circle and those who were invited."""
        out: dict[str, list[MinutesComment]] = {}
        if can("meeting.papers", self.meeting):
            for one in comments_of(self.row):
                out.setdefault(one.item_id or "", []).append(one)
        return out

    @property
    def open(self) -> int:
        """How many remarks wait for an answer."""
        return sum(one.state == OPEN for some in self.comments.values() for one in some)

    @cached_property
    def approved_in(self) -> Meeting | None:
        return db.session.get(Meeting, self.row.approved_in) if self.row.approved_in else None

    def op_id(self, item_id: str) -> str:
        """Of the remark that one would make here: again the same where it came back."""
        return self.typed[3] if self.typed[3] and self.typed[0] == item_id else new_id()


def with_minutes(meeting_code: str, **_more: Any) -> Meeting | None:
    """A meeting whose minutes can be read, or proposed, by somebody."""
    return meeting_by_code(meeting_code)


def version(meeting: Meeting, text: str | None) -> View | None:
    """The version of this number, else the newest one; None where this person may read none such."""
    rows = approving.readable(meeting, me())
    if text:
        rows_of = [row for row in rows if str(row.version) == text]
        return View(meeting, rows_of[0], rows) if rows_of else None
    return View(meeting, rows[0], rows) if rows else None


def page(view: View, status: int = 200) -> Any:
    """The page of a version."""
    return render_template(
        "minutes/show.html", v=view, meeting=view.meeting, say=minutes_words, who=me(), whom=whom(view.meeting), live=live(view.meeting)
    ), status  # fmt: skip


def whom(meeting: Meeting) -> str:
    """To whom one writes about these minutes: the contact of the meeting, else its secretariat."""
    said = ", ".join(x for x in (meeting.contact_name, meeting.contact_email, meeting.contact_phone) if x)
    return said or ", ".join(one.name or "" for one in notices.secretariat(meeting))


def live(meeting: Meeting) -> str:
    """Where what was said is noted, while it can be."""
    known = loading.known("minutes.live") and can("minutes.write", meeting)
    return url_for("minutes.live", meeting_code=meeting.code) if known else ""


@bp.get("/minutes")
@needs("minutes.see", with_minutes, into="meeting")
def show(meeting: Meeting) -> Any:
    """version: the number of an older one."""
    view = version(meeting, request.args.get("version"))
    if view is None and (request.args.get("version") or not can("minutes.write", meeting)):
        abort(404)
    return page(view) if view else redirect(url_for("minutes.propose", meeting_code=meeting.code))


@bp.get("/minutes/compare")
@needs("minutes.see", loading.meeting, into="meeting")
def compare(meeting: Meeting) -> Any:
    """before, after: numbers of two versions; the last two where nothing is said."""
    rows = approving.readable(meeting, me())
    known = {str(row.version): row for row in rows}
    after = known.get(request.args.get("after", str(rows[0].version) if rows else ""))
    before = known.get(request.args.get("before", str(after.version - 1) if after else ""))
    if after is None or before is None:
        abort(404)
    pairs = comparing.pairs(minuting.revived(before.content), minuting.revived(after.content))
    return render_template("minutes/compare.html", meeting=meeting, before=before, after=after, pairs=pairs)


def newest(meeting: Meeting) -> View:
    """The newest version for this person; 404 where there is none."""
    view = version(meeting, None)
    if view is None:
        abort(404)
    return view
