"""What an action becomes: a working group, or a fiche."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.actions import bp
from blueprints.actions.forms import GroupForm
from blueprints.actions.routes import action_page, again, by_number, here, myself
from blueprints.gate import can, needs
from blueprints.meetings.keeping import attempt, carried
from models import acting
from models.joint_actions import JointAction
from models.store import writing
from models.workflow import Refused


@bp.route("/actions/<action_number>/group", methods=["GET", "POST"])
@needs("circle.make", by_number, see="action.see", into="action")
def group(action: JointAction) -> Any:
    """A working group in which those who count sit."""
    action_id, number = action.id, action.number
    if request.method == "GET":
        return group_page(GroupForm(data={"title": action.title}), action)
    form = GroupForm(request.form)

    def act(values: dict[str, Any]) -> bool:
        acting.to_group(again(action_id), values["code"] or "", values["title"], myself())
        return True

    try:
        kept = attempt(form, act)
    except Refused as refused:
        return action_page(again(action_id), 409, error=str(refused))
    if not kept:
        return group_page(form, again(action_id), 422)
    jobs.wake()
    flash(_("Le groupe est là, avec celles et ceux qui comptaient."), "ok")
    return redirect(here(number), 303)


def group_page(form: GroupForm, action: JointAction, status: int = 200) -> Any:
    people = acting.round_of(action)
    return render_template(
        "actions/group.html", form=form, action=action, people=people, **carried(form)
    ), status


@bp.post("/actions/<action_number>/group-requests")
@needs("action.edit", by_number, see="action.see", into="action")
def ask_group(action: JointAction) -> Any:
    """Who may not make a group asks the coordination."""
    action_id, number = action.id, action.number
    try:
        with writing():
            acting.ask_group(again(action_id), myself())
    except Refused as refused:
        return action_page(again(action_id), 409, error=str(refused))
    jobs.wake()
    flash(_("La coordination reçoit un courriel. C’est elle qui crée les groupes."), "ok")
    return redirect(here(number), 303)


@bp.post("/actions/<action_number>/fiche")
@needs("action.edit", by_number, see="action.see", into="action")
def fiche(action: JointAction) -> Any:
    """A draft fiche that says what is known already."""
    action_id = action.id
    if not can("fiche.create"):
        return action_page(action, 422, error=_("Vous ne pouvez pas commencer une fiche. La coordination peut le faire avec vous."))  # fmt: skip
    try:
        with writing():
            ref = acting.to_fiche(again(action_id), myself()).ref
    except Refused as refused:
        return action_page(again(action_id), 409, error=str(refused))
    flash(_("La fiche est commencée. Ce que l’action dit déjà y est."), "ok")
    return redirect(url_for("fiches.show", ref=ref), 303)
