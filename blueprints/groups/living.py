"""A group ends, and may begin again. Both are asked before."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.gate import needs
from blueprints.groups import bp, loading
from models import gathering, tasks
from models.circles import Circle
from models.people import Person
from models.store import db, writing
from models.workflow import Refused

ACTS = {"end": gathering.end, "reopen": gathering.reopen}


@bp.route("/groups/<circle_code>/end", methods=["GET", "POST"])
@needs("circle.edit", loading.group, see="circle.see", into="circle")
def end(circle: Circle) -> Any:
    return live(circle, "end")


@bp.route("/groups/<circle_code>/reopen", methods=["GET", "POST"])
@needs("circle.edit", loading.group, see="circle.see", into="circle")
def reopen(circle: Circle) -> Any:
    return live(circle, "reopen")


def live(circle: Circle, act: str) -> Any:
    circle_id, who, href = circle.id, me(), circle_href(circle)
    if (act == "end") == bool(circle.ended_at):
        return redirect(href)
    if request.method == "GET":
        return page(circle, act)
    try:
        with writing():
            ACTS[act](db.session.get_one(Circle, circle_id), db.session.get_one(Person, who.id))
    except Refused as refused:
        return page(db.session.get_one(Circle, circle_id), act, 422, error=str(refused))
    flash(_("Le groupe a terminé son travail. Tout ce qu’il a fait reste à lire.") if act == "end" else _("Le groupe reprend son travail."), "ok")  # fmt: skip
    return redirect(href, 303)


def page(circle: Circle, act: str, status: int = 200, *, error: str = "") -> Any:
    ahead = gathering.coming(circle) if act == "end" else []
    left = tasks.count_open(circle.id) if act == "end" else 0
    return render_template(
        "groups/live.html", circle=circle, act=act, ahead=ahead, left=left, error=error
    ), status
