"""Tasks as one reads them: mine, those of a circle, one of them; what becomes of one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import paging, shell
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.alike import alike, own
from blueprints.gate import can, needs
from blueprints.meetings.loading import circle as by_code
from blueprints.meetings.routes import named
from blueprints.paging import Page
from blueprints.tasks import bp
from models import circles, following, tasks
from models.audit import events_of
from models.circles import Circle
from models.fiche.kinds import clean
from models.people import Person
from models.store import db, writing
from models.tasks import FILTERS, Task
from models.workflow import Refused


def by_id(task_id: str, **_more: Any) -> Task | None:
    return tasks.task_by_id(task_id)


@bp.get("/tasks/")
@needs("task.list")
def index() -> Any:
    """Mine: what is to do, the late ones first; what I did lately."""
    who = me()

    def read() -> dict[str, Any]:
        mine = [seat.circle for seat in circles.seats_of(who) if seat.circle.ended_at is None]
        page = Page.of(tasks.count_mine(who))
        rows, done = tasks.mine(who, *page.window), tasks.mine_done(who)
        return {"rows": rows, "page": page, "done": done, "circles": mine}

    return render_template("tasks/index.html", part=own(("my tasks", paging.asked()), read))


@bp.get("/committee/<circle_code>/tasks")
@needs("circle.tasks", by_code, see="circle.see", into="circle")
def of_circle(circle: Circle) -> Any:
    which = request.args.get("which", "open")
    which = which if which in FILTERS else "open"
    own = () if can("circle.edit", circle) else tasks.own_open(circle.id, me().id)

    def read() -> dict[str, Any]:
        counts = tasks.counts(circle.id)
        page = Page.of(counts[which], "which")
        rows = tasks.filtered(circle.id, which, *page.window)
        ends = {one.id for one in rows if one.id in own or can("circle.edit", circle)}  # what `task.end` says
        return {"counts": counts, "page": page, "rows": rows, "ends": ends}

    part = alike(("tasks", circle.id, which, paging.asked(), own), read, ("circle.edit", circle))
    return render_template("tasks/circle.html", circle=circle, which=which, filters=FILTERS, part=part)


@bp.get("/tasks/<task_id>")
@needs("task.see", by_id, into="task")
def show(task: Task) -> Any:
    return task_page(task)


def task_page(task: Task, status: int = 200, *, error: str = "", words: str = "") -> Any:
    return render_template(
        "tasks/show.html", task=task, item=following.item_of(task), error=error, words=words, acts=[t.name for t in following.possible(me(), task)],
        events=named(events_of("task", task.id)),
    ), status  # fmt: skip


@bp.get("/tasks/<task_id>/drop")
@needs("task.drop", by_id, see="task.see", into="task")
def drop(task: Task) -> Any:
    """Asked before: why it is dropped."""
    if not task.open:
        return redirect(url_for("tasks.show", task_id=task.id))
    return drop_page(task)


def drop_page(task: Task, status: int = 200, *, error: str = "", words: str = "") -> Any:
    return render_template("tasks/drop.html", task=task, error=error, words=words), status


@bp.post("/tasks/<task_id>/transitions/<name>")
@needs("task.see", by_id, into="task")
def transition(task: Task) -> Any:
    """Done, dropped, or to do again; what is done can be taken back at once. rev, where it is sent, must be the last."""
    name, task_id, who = (request.view_args or {})["name"], task.id, me()
    change = following.TRANSITIONS.get(name)
    if change is None:
        abort(404)
    if not can(change.right, task):
        abort(403)
    words, rev = clean(request.form.get("words", "")) or "", request.form.get("rev", "")
    expected = int(rev) if rev.isascii() and rev.isdigit() and len(rev) < 10 else None
    try:
        with writing():
            task = db.session.get_one(Task, task_id)
            following.apply(task, name, db.session.get_one(Person, who.id), expected, words or None)
    except Refused as refused:
        found = tasks.task_by_id(task_id)
        if found is None:
            abort(404)
        page = drop_page if name == "drop" and found.open else task_page
        return page(found, 409 if found.state not in change.sources or expected not in (None, found.rev) else 422,
                    error=str(refused), words=words)  # fmt: skip
    tell(task_id, name)
    return redirect(back(task_id), 303)


def tell(task_id: str, name: str) -> None:
    """What was done, and the way back where there is one."""
    if name == "done":
        action = url_for("tasks.transition", task_id=task_id, name="reopen")
        shell.flash_undo(_("C’est noté : la tâche est faite."), action, _("Annuler"))
    elif name == "drop":
        flash(_("La tâche est abandonnée. Sa raison reste ici."), "ok")
    else:
        flash(_("La tâche est de nouveau à faire."), "ok")


def back(task_id: str) -> str:
    """Where one came from: a page of ours that lists tasks, else the task."""
    place, task = request.form.get("from", ""), tasks.task_by_id(task_id)
    if task and place == "meeting" and task.meeting and can("meeting.see", task.meeting):
        return url_for("meetings.show", meeting_code=task.meeting.code, _anchor="taches")
    if task and place == "circle" and can("circle.tasks", task.circle):
        return url_for("tasks.of_circle", circle_code=task.circle.code)
    if task and place == "group" and can("circle.see", task.circle):
        return circle_href(task.circle)
    if place == "home":
        return url_for("home.index")
    if place == "mine":
        return url_for("tasks.index")
    return url_for("tasks.show", task_id=task_id)
