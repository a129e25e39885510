"""Common actions as one reads them: what needs whom, one of them; proposing, changing, counting in, what becomes of one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.actions import bp
from blueprints.actions.forms import ActionForm, JoinForm, action_form, join_form
from blueprints.admin.stale import chosen, stale_page
from blueprints.alike import alike
from blueprints.gate import can, needs
from blueprints.look import locale
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.routes import named
from blueprints.paging import Page
from models import acting
from models.audit import events_of
from models.fiche.fiche import Fiche
from models.fiche.kinds import clean
from models.joint_actions import JointAction
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.workflow import Refused


def by_number(action_number: str, **_more: Any) -> JointAction | None:
    return acting.action_by_number(action_number)


def again(action_id: str) -> JointAction:
    return db.session.get_one(JointAction, action_id)


def myself() -> Person:
    """Who acts, loaded in the transaction of the act."""
    return db.session.get_one(Person, me().id)


def here(number: str) -> str:
    return url_for("actions.show", action_number=number)


@bp.get("/actions/")
@needs("action.list")
def index() -> Any:
    """Those that are open, each with what it lacks; those that ended below the last of them."""

    def read() -> dict[str, Any]:
        page = Page.of(acting.count_open())
        rows = acting.open_actions(*page.window)
        over = acting.ended_actions() if page.page == page.pages else []
        around = acting.tables((*rows, *over))
        return {
            "page": page,
            "rows": [(row, around[row.id]) for row in rows],
            "over": [(row, around[row.id]) for row in over],
        }

    part = alike(("actions", request.args.get("page", "")[:6]), read)
    return render_template("actions/index.html", part=part, lang=locale()[:2])


@bp.get("/actions/<action_number>")
@needs("action.see", by_number, into="action")
def show(action: JointAction) -> Any:
    return action_page(action)


def action_page(
    action: JointAction, status: int = 200, *, form: JoinForm | None = None, error: str = "", words: str = ""
) -> Any:
    who, people = me(), acting.round_of(action)
    mine, fiche = people.of(who), db.session.get(Fiche, action.fiche_id) if action.fiche_id else None
    return render_template(
        "actions/show.html", action=action, people=people, mine=mine, form=form or join_form(who, mine), error=error, words=words,
        acts=[t.name for t in acting.possible(who, action)], lang=locale()[:2], open=action.state in acting.OPEN,
        fiche=fiche if fiche and can("fiche.see", fiche) else None, has_fiche=action.fiche_id is not None, group_asked=acting.group_asked(action),
        events=named(events_of("action", action.id)),
    ), status  # fmt: skip


# ---- proposing, changing


@bp.route("/actions/new", methods=["GET", "POST"])
@needs("action.make")
def new() -> Any:
    who = me()
    if request.method == "GET":
        return form_page(ActionForm().of(who))
    form = ActionForm(request.form).of(who)
    made = attempt(form, lambda values: acting.make(values, myself()).number, to=here)
    if not made:
        return form_page(form, status=422)
    flash(_("C’est proposé, et vous en êtes. Dites-le autour de vous."), "ok")
    return redirect(here(made), 303)


@bp.route("/actions/<action_number>/edit", methods=["GET", "POST"])
@needs("action.edit", by_number, see="action.see", into="action")
def edit(action: JointAction) -> Any:
    who, action_id, number = me(), action.id, action.number
    if request.method == "GET":
        return form_page(action_form(action, who), action)
    form = action_form(action, who, chosen(request.form, action_form(action, who)))

    def act(values: dict[str, Any]) -> None:
        acting.change(again(action_id), values, int(request.form["rev"]), myself())

    try:
        kept = attempt(form, act, action)
    except Stale:
        fresh = again(action_id)
        url = url_for("actions.edit", action_number=number)
        return stale_page(
            form, action_form(fresh, who), fresh, url, kind="action", done=here(number), nav="directory"
        )
    if kept is None:
        return form_page(form, action, 422)
    flash(_("C’est gardé."), "ok")
    return redirect(here(number), 303)


def form_page(form: ActionForm, action: JointAction | None = None, status: int = 200) -> Any:
    return render_template("actions/form.html", form=form, action=action, **carried(form, action)), status


# ---- counting in


@bp.post("/actions/<action_number>/partakings")
@needs("action.join", by_number, see="action.see", into="action")
def join(action: JointAction) -> Any:
    """“Comptez-moi.”"""
    action_id, number = action.id, action.number
    form = join_form(me(), posted=request.form)

    def act(values: dict[str, Any]) -> bool:
        acting.join(again(action_id), myself(), values["organisation_id"], values["words"] or "")
        return True

    try:
        kept = attempt(form, act)
    except Refused as refused:
        return action_page(again(action_id), 422, form=form, error=str(refused))
    if not kept:
        return action_page(again(action_id), 422, form=form)
    jobs.wake()
    flash(_("Vous en êtes. Merci."), "ok")
    return redirect(here(number), 303)


@bp.post("/actions/<action_number>/leave")
@needs("action.join", by_number, see="action.see", into="action")
def leave(action: JointAction) -> Any:
    action_id, number = action.id, action.number
    with writing():
        acting.leave(again(action_id), myself())
    flash(_("On ne compte plus sur vous pour cette action."), "ok")
    return redirect(here(number), 303)


# ---- from state to state


@bp.post("/actions/<action_number>/transitions/<name>")
@needs("action.edit", by_number, see="action.see", into="action")
def transition(action: JointAction) -> Any:
    name, action_id, number = (request.view_args or {})["name"], action.id, action.number
    if name not in acting.TRANSITIONS:
        abort(404)
    words, rev = clean(request.form.get("words", "")) or "", request.form.get("rev", "")
    expected = int(rev) if rev.isascii() and rev.isdigit() and len(rev) < 10 else None
    try:
        with writing():
            acting.apply(again(action_id), name, myself(), words, expected)
    except Refused as refused:
        return action_page(again(action_id), 422, error=str(refused), words=words)
    jobs.wake()
    flash(told(name), "ok")
    return redirect(here(number), 303)


def told(name: str) -> str:
    return {
        "start": _("L’action est en route. Celles et ceux qui comptent reçoivent un courriel."),
        "done": _("C’est noté\u00a0: l’action est faite."),
        "drop": _("L’action est abandonnée. Votre mot reste ici."),
        "reopen": _("L’action est reprise. Elle attend de nouveau."),
    }[name]
