"""Lines and tasks of a meeting that is held: added, changed, taken away, put back, chosen between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request, url_for
from flask_babel import gettext as _

from blueprints import shell
from blueprints.gate import needs
from blueprints.meetings import loading
from blueprints.minutes import bp, live
from blueprints.minutes.live_forms import LineForm, NoteForm, form_of, take
from blueprints.tasks.forms import TaskForm
from models import noting
from models.contributions import Contribution
from models.following import items_of
from models.meetings import Meeting
from models.noting import Row
from models.sitting import BadNote
from models.store import db

SHORT = 80


def short(text: str) -> str:
    return text if len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def came_back(form: NoteForm, meeting_id: str) -> Callable[[dict[str, Any]], Any]:
    """The page again, each sentence beside its field."""

    def answer(problems: dict[str, Any]) -> Any:
        form.blame(BadNote(problems))
        return live.page(db.session.get_one(Meeting, meeting_id), 422, **{form.key: form})

    return answer


@bp.post("/live/lines")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def add_line(meeting: Meeting) -> Any:
    at, form = meeting.id, LineForm(request.form).at("line", items_of(meeting))
    values = form.values()
    return take(meeting, lambda act: noting.add_line(at, values, act), came_back(form, at), short(values["text"]))  # fmt: skip


def of_line(meeting_code: str, line_id: str, **_more: Any) -> Meeting | None:
    """The meeting, where it has this line."""
    row = db.session.get(Contribution, line_id)
    return row.meeting if row and row.meeting.code == meeting_code else None


def line() -> Contribution:
    return db.session.get_one(Contribution, (request.view_args or {})["line_id"])


@bp.post("/live/lines/<line_id>")
@needs("minutes.lead", of_line, see="meeting.see", into="meeting")
def change_line(meeting: Meeting) -> Any:
    return changed(meeting, line())


def changed(meeting: Meeting, row: Row) -> Any:
    at, form = meeting.id, form_of(row, items_of(meeting), request.form)
    values, seen = form.values(), request.form.get("seen", "")[:2000]
    return take(meeting, lambda act: noting.change(row, values, seen, act), came_back(form, at), short(values["text"]))  # fmt: skip


@bp.post("/live/lines/<line_id>/acts")
@needs("minutes.lead", of_line, see="meeting.see", into="meeting")
def line_act(meeting: Meeting) -> Any:
    """what: remove, back, first, late, both."""
    return acted(meeting, line(), "minutes.line_act", line_id=line().id)


def acted(meeting: Meeting, row: Row, endpoint: str, **ids: str) -> Any:
    what, at, code = request.form.get("what", "")[:10], meeting.id, meeting.code
    title = short(row.text)
    answer = take(meeting, lambda act: noting.do(row, what, act), lambda _p: live.page(db.session.get_one(Meeting, at), 422), title)  # fmt: skip
    if what == "remove" and getattr(answer, "status_code", 0) == 303 and not shell.wants_json():
        there = url_for(endpoint, meeting_code=code, **ids)
        shell.flash_undo(_("C’est retiré."), there, _("Remettre"), [("what", "back")])
    return answer


@bp.post("/live/tasks")
@needs("minutes.lead", loading.meeting, see="meeting.see", into="meeting")
def add_task(meeting: Meeting) -> Any:
    at, form = meeting.id, TaskForm(request.form).offer(meeting.circle, meeting)
    good, values = form.validate(), form.values()

    def refused(problems: dict[str, Any]) -> Any:
        for name, sentence in problems.items():
            if name in form and not form[name].errors:
                form[name].errors = [sentence]
        return live.page(db.session.get_one(Meeting, at), 422, task=form)

    def do(act: Any) -> Any:
        if not good:
            raise BadNote({field.name: field.errors[0] for field in form if field.errors})
        return noting.give_task(at, values, act)

    return take(meeting, do, refused, short(values.get("what") or ""))
