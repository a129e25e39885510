"""Groups and networks as one reads them: the list, the page of one."""

from __future__ import annotations

from typing import Any

from flask import redirect, render_template, request

from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.alike import Part, alike, own
from blueprints.decisions.routes import of_circle as of_register
from blueprints.gate import can, needs
from blueprints.groups import bp
from blueprints.meetings.fields import words_of
from blueprints.meetings.loading import circle as by_code
from blueprints.meetings.loading import known
from models import (
    circles,
    decisions,
    filing,
    gathering,
    note_writing,
    replies,
    reporting,
    rights,
    tasks,
    widening,
)
from models.circles import NETWORK, Circle
from models.decisions import Decision
from models.meetings import Meeting
from models.people import Person

FEW = 4  # of each thing, on the page of a group
KINDS = ("GDT", NETWORK, "INF")


@bp.get("/groups/")
@needs("circle.list")
def index() -> Any:
    """Mine first, then the others; what ended is folded. kind, axis: codes to choose by."""
    who, kind, axis = me(), request.args.get("kind", ""), request.args.get("axis", "")
    return render_template(
        "groups/index.html", mine=own(("groups", kind, axis), lambda: lists(who, kind, axis)), kind=kind, axis=axis,
        kinds=[one for one in words_of("cercle")() if one[0] in KINDS], axes=words_of("axe")(),
    )  # fmt: skip


def lists(who: Person, kind: str, axis: str) -> dict[str, Any]:
    """The part for who sits in the same groups, and what waits between them and this person."""
    seats, asked = circles.seats_of(who), gathering.asked_by(who)
    mine = {seat.circle_id for seat in seats}

    def read() -> dict[str, Any]:
        every = [one for one in circles.circles() if not one.is_committee]
        rows = [one for one in every if rights.can(who, "circle.see", one)]
        chosen = [one for one in rows if kind in ("", one.kind) and axis in ("", one.axis)]
        led = [one.id for one in chosen if one.ended_at is None and who.id in one.lead_ids]
        return {
            "mine": [c for c in chosen if c.id in mine and c.ended_at is None], "ended": [c for c in chosen if c.ended_at],
            "others": [c for c in chosen if c.id not in mine and c.ended_at is None], "none": not rows,
            "counts": circles.headcounts(chosen), "waiting": gathering.counts(led),
            "asks": {c.id for c in chosen if rights.can(who, "circle.ask", c)},
        }  # fmt: skip

    # What the rights in a circle depend on, and what waits between a circle and this person.
    places = frozenset((seat.circle_id, seat.role) for seat in seats)
    key = ("groups", kind, axis, who.role_names, places, frozenset(row.id for row in asked.values()))
    return {"part": alike(key, read), "asked": asked, "sits": mine}


@bp.get("/groups/<circle_code>")
@needs("circle.see", by_code, into="circle")
def show(circle: Circle) -> Any:
    if circle.is_committee:
        return redirect(circle_href(circle))
    who = me()
    return render_template(
        "groups/show.html",
        circle=circle,
        part=own(("group", circle.id), lambda: inside(circle, who)),
        known=known,
    )


def inside(circle: Circle, who: Person) -> dict[str, Any]:
    """What waits for an answer here, what comes next, what was decided; the parts that are alike for others."""
    committee = None
    if can("report.write", circle):
        committee = next((m for m in reporting.coming(who) if m.starts_at), None)
    return {
        "mine": gathering.pending(circle.id, who.id), "requests": gathering.requests_of(circle.id) if can("circle.invite", circle) else [],
        "work": work(circle, committee), "about": about(circle, decision_of(circle)),
        **of_meetings(circle, who), **of_tasks(circle, who), **of_register(circle),
    }  # fmt: skip


def about(circle: Circle, decision: Decision | None) -> Part:
    """Who is in it, its mandate, how it works."""

    def read() -> dict[str, Any]:
        return {
            "seats": circles.seats(circle), "past": circles.past_seats(circle), "roles": circles.SEATS, "deciding": circles.DECIDING,
            "decision": decision,
        }  # fmt: skip

    rights = [(right, circle) for right in ("circle.edit", "circle.invite", "circle.leave")]
    return alike(("about", circle.id, decision is None), read, *rights)


def work(circle: Circle, committee: Meeting | None) -> Part:
    """What it makes; who could join. committee: its next meeting, for who writes the report."""

    def read() -> dict[str, Any]:
        sees, inside = can("work.see", circle), can("circle.tasks", circle)
        return {
            "productions": gathering.productions_of(circle.id, open_only=True, limit=FEW) if sees else [],
            "notes": note_writing.notes_of(circle.id, limit=FEW) if sees else [],
            "files": filing.files_of(circle.id, limit=FEW) if sees else [],
            "reports": reporting.reports_of(circle.id, FEW) if inside else [],
            "committee": committee,
            "cases": widening.open_of(circle.id) if can("widening.propose", circle) else [],
        }

    rights = [
        (right, circle)
        for right in ("work.see", "work.write", "circle.tasks", "report.write", "widening.propose")
    ]
    return alike(("work", circle.id, committee and committee.id), read, *rights)


def decision_of(circle: Circle) -> Decision | None:
    """The decision that gave the mandate, where this person may read it."""
    found = decisions.decision_by_number(circle.decided_by) if circle.decided_by else None
    return found if found and can("decision.see", found) else None


def of_meetings(circle: Circle, who: Person) -> dict[str, Any]:
    """The next meeting that this person may see, what they answered to it, those that follow."""
    ahead = [m for m in gathering.coming(circle) if can("meeting.see", m)]
    first = ahead[0] if ahead else None
    return {
        "next_meeting": first,
        "next_reply": replies.reply_of(first.id, who.id) if first else None,
        "later": ahead[1:],
        "series": next((m.series for m in ahead if m.series), None),
    }


def of_tasks(circle: Circle, who: Person) -> dict[str, Any]:
    """Mine here, the others' few; None for who does not see them."""
    if not can("circle.tasks", circle):
        return {"tasks": None}
    own, others, count = tasks.shared_out(circle.id, who.id, FEW)
    return {
        "tasks": count,
        "own_tasks": own,
        "other_tasks": others,
        "more_tasks": count > len(own) + len(others),
    }
