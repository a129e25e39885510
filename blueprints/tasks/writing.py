"""Giving a task, at a meeting or in a circle alone, and changing one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import needs
from blueprints.meetings import loading
from blueprints.meetings.keeping import attempt, carried
from blueprints.tasks import bp
from blueprints.tasks.forms import TaskForm, task_form
from blueprints.tasks.routes import by_id
from models import following
from models.circles import Circle
from models.meetings import Meeting
from models.people import Person
from models.seating import Stale
from models.store import db
from models.tasks import Task


@bp.route("/committee/<circle_code>/tasks/new", methods=["GET", "POST"])
@needs("task.make", loading.circle, see="circle.see", into="circle")
def new(circle: Circle) -> Any:
    return write_new(circle, None)


@bp.route("/meetings/<meeting_code>/tasks/new", methods=["GET", "POST"])
@needs("meeting.lead", loading.meeting, see="meeting.see", into="meeting")
def new_at_meeting(meeting: Meeting) -> Any:
    """item: the id of the item of the agenda from which it comes."""
    return write_new(meeting.circle, meeting)


def write_new(circle: Circle, meeting: Meeting | None) -> Any:
    if request.method == "GET":
        form = TaskForm(item_id=request.args.get("item")).offer(circle, meeting)
        return form_page(form, circle, meeting)
    form, who, code = TaskForm(request.form).offer(circle, meeting), me(), circle.code
    meeting_id, at = (meeting.id, meeting.code) if meeting else (None, "")

    def act(values: dict[str, Any]) -> Task:
        at = db.session.get_one(Meeting, meeting_id) if meeting_id else None
        return following.add_task(db.session.get_one(Circle, circle.id), values, db.session.get_one(Person, who.id), at)  # fmt: skip

    then = after(code, at)
    made = attempt(form, act, to=lambda _task: then)
    if not made:
        return form_page(form, circle, meeting, status=422)
    jobs.wake()
    flash(_("La tâche est confiée à %(name)s.", name=made.person.name), "ok")
    return redirect(then, 303)


def after(circle_code: str, meeting_code: str) -> str:
    """Where a new task leads: to the next one, or to the list that it stands in."""
    if meeting_code and request.form.get("act") == "another":
        return url_for("tasks.new_at_meeting", meeting_code=meeting_code)
    if meeting_code:
        return url_for("meetings.show", meeting_code=meeting_code, _anchor="taches")
    return url_for("tasks.of_circle", circle_code=circle_code)


@bp.route("/tasks/<task_id>/edit", methods=["GET", "POST"])
@needs("task.edit", by_id, see="task.see", into="task")
def edit(task: Task) -> Any:
    if request.method == "GET":
        return form_page(task_form(task), task.circle, task.meeting, task)
    form, who, task_id = task_form(task, chosen(request.form, task_form(task))), me(), task.id
    here = {"task_id": task_id}
    try:
        kept = attempt(
            form, lambda values: following.change_task(task, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), task
        )  # fmt: skip
    except Stale:
        action, done = (url_for(e, **here) for e in ("tasks.edit", "tasks.show"))
        return stale_page(form, task_form(task), task, action, kind="task", done=done, nav="meetings")
    if kept is None:
        return form_page(form, task.circle, task.meeting, task, 422)
    jobs.wake()
    flash(_("C’est gardé."), "ok")
    return redirect(url_for("tasks.show", **here), 303)


def form_page(
    form: TaskForm, circle: Circle, meeting: Meeting | None, task: Task | None = None, status: int = 200
) -> Any:
    return render_template(
        "tasks/form.html", form=form, circle=circle, meeting=meeting, task=task, **carried(form, task)
    ), status  # fmt: skip
