"""Candidatures as one reads them: those of my circles, one of them; proposing, changing, what becomes of one."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs
from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.gate import can, needs
from blueprints.meetings.fields import words_of
from blueprints.meetings.keeping import attempt, carried
from blueprints.meetings.loading import circle as by_code
from blueprints.meetings.routes import named
from blueprints.widening import bp, loading
from blueprints.widening.forms import CaseForm, case_form
from blueprints.widening.steps import steps
from models import candidates, circles, coverage, opinions, welcoming, widening
from models.audit import events_of
from models.circles import Circle
from models.people import Person
from models.seating import Stale
from models.store import db, writing
from models.vocabularies import terms
from models.widening import STATES, Case
from models.workflow import Refused


@bp.get("/widening/")
@needs("widening.list")
def index() -> Any:
    """Those of the circles where I sit; what waits for my voice first."""
    who = me()
    asked = {case.id for case in widening.to_say(who)}
    rows = sorted(widening.visible(who), key=lambda case: case.id not in asked)
    mine = [seat.circle for seat in circles.seats_of(who) if seat.circle.ended_at is None]
    return render_template(
        "widening/index.html", rows=rows, to_say=asked, circles=mine,
        objections=widening.objections([case.id for case in rows]),
    )  # fmt: skip


@bp.get("/widening/<case_code>")
@needs("widening.see", loading.case, into="case")
def show(case: Case) -> Any:
    return case_page(case)


def case_page(case: Case, status: int = 200, *, error: str = "") -> Any:
    who, said, events = me(), widening.opinions(case), events_of("widening", case.id)
    return render_template(
        "widening/show.html", case=case, steps=steps(case, events, said), opinions=said, events=named(events), error=error,
        acts=[t.name for t in welcoming.possible(who, case)], mine=next((o for o in said if o.person_id == who.id), None),
        asked=can("widening.say", case) and not opinions.closed(case), why_not=welcoming.lacking(case, "accept"), early=not welcoming.lacking(case, "close"),
        handed=not welcoming.lacking(case, "postpone"), state=STATES[case.state],
    ), status  # fmt: skip


@bp.get("/committee/<circle_code>/coverage")
@needs("widening.propose", by_code, see="circle.see", into="circle")
def missing(circle: Circle) -> Any:
    """Who is missing around the table. public: a code, to count those who work with it; case: marked in the table."""
    public = request.args.get("public", "")
    public = public if public in terms("public") else ""
    return render_template(
        "widening/coverage.html", circle=circle, table=coverage.coverage(circle, public), public=public, abroad=coverage.ABROAD,
        publics=words_of("public")(), cases={case.code: case for case in widening.open_of(circle.id)}, marked=request.args.get("case", ""),
    )  # fmt: skip


# ---- proposing, changing


@bp.route("/committee/<circle_code>/widening/new", methods=["GET", "POST"])
@needs("widening.propose", by_code, see="circle.see", into="circle")
def new(circle: Circle) -> Any:
    """sector, territory: the gap that was clicked on the page of who is missing."""
    if request.method == "GET":
        gap = {name: request.args.get(name) for name in ("sector", "territory")}
        return form_page(CaseForm(data=gap).of(circle), circle)
    form, who, circle_id = CaseForm(request.form).of(circle), me(), circle.id

    def act(values: dict[str, Any]) -> tuple[str, bool]:
        case = candidates.propose(
            db.session.get_one(Circle, circle_id), values, db.session.get_one(Person, who.id)
        )
        return case.code, bool(case.asked_at)

    made = attempt(form, act, to=lambda new: page_of(new[0]))
    if not made:
        return form_page(form, circle, status=422)
    jobs.wake()
    flash(_("C’est proposé. Un courriel part vers cette personne.") if made[1] else _("C’est proposé. Parlez-en à cette personne, puis notez sa réponse ici."), "ok")  # fmt: skip
    return redirect(page_of(made[0]), 303)


def page_of(code: str) -> str:
    return url_for("widening.show", case_code=code)


@bp.route("/widening/<case_code>/edit", methods=["GET", "POST"])
@needs("widening.edit", loading.case, see="widening.see", into="case")
def edit(case: Case) -> Any:
    here, case_id, who = {"case_code": case.code}, case.id, me()
    if not case.open or case.person_id:
        flash(_("Cette candidature ne se change plus."), "wait")
        return redirect(url_for("widening.show", **here), 303)
    if request.method == "GET":
        return form_page(case_form(case), case.circle, case)
    form = case_form(case, chosen(request.form, case_form(case)))
    try:
        kept = attempt(
            form, lambda values: candidates.change(loading.again(case_id), values, int(request.form["rev"]), db.session.get_one(Person, who.id)), case
        )  # fmt: skip
    except Stale:
        action, done = (url_for(e, **here) for e in ("widening.edit", "widening.show"))
        fresh = loading.again(case_id)
        return stale_page(form, case_form(fresh), fresh, action, kind="widening", done=done, nav="committee")
    if kept is None:
        return form_page(form, case.circle, case, 422)
    jobs.wake()
    flash(_("C’est gardé."), "ok")
    return redirect(url_for("widening.show", **here), 303)


def form_page(form: CaseForm, circle: Circle, case: Case | None = None, status: int = 200) -> Any:
    return render_template(
        "widening/form.html", form=form, circle=circle, case=case, days=candidates.LIFE.days, publics=words_of("public")(), **carried(form, case)
    ), status  # fmt: skip


@bp.post("/widening/<case_code>/ask")
@needs("widening.lead", loading.case, see="widening.see", into="case")
def ask(case: Case) -> Any:
    """The mail to the person, once more: the link of the one before ends when this one leaves."""
    case_id, code, who = case.id, case.code, me()
    try:
        with writing():
            gone = candidates.ask(loading.again(case_id), db.session.get_one(Person, who.id))
    except Refused as refused:
        return case_page(loading.again(case_id), 409, error=str(refused))
    jobs.wake()
    flash(_("Le courriel part encore une fois.") if gone else _("Un courriel attend déjà de partir."), "ok")
    return redirect(url_for("widening.show", case_code=code), 303)


# ---- from step to step


@bp.get("/widening/<case_code>/transitions/<name>")
@needs("widening.see", loading.case, into="case")
def ask_words(case: Case) -> Any:
    """Asked before it ends: a word that the group will read."""
    name = named_act()
    if name not in ENDINGS or name not in [t.name for t in welcoming.possible(me(), case)]:
        return redirect(url_for("widening.show", case_code=case.code))
    return ending_page(case, name)


ENDINGS = ("later", "withdraw", "refuse")


def named_act() -> str:
    """The transition that the address names, and that this person may do on it. 404, 403."""
    name = (request.view_args or {})["name"]
    if name not in welcoming.TRANSITIONS:
        abort(404)
    return str(name)


def ending_page(case: Case, name: str, status: int = 200, *, error: str = "", words: str = "") -> Any:
    return render_template(
        "widening/end.html",
        case=case,
        name=name,
        change=welcoming.TRANSITIONS[name],
        error=error,
        words=words,
    ), status


@bp.post("/widening/<case_code>/transitions/<name>")
@needs("widening.see", loading.case, into="case")
def transition(case: Case) -> Any:
    name, case_id, code, who = named_act(), case.id, case.code, me()
    change = welcoming.TRANSITIONS[name]
    if not can(change.right, case):
        abort(403)
    words, expected = loading.words(), loading.rev()
    try:
        with writing():
            welcoming.apply(
                loading.again(case_id), name, db.session.get_one(Person, who.id), expected, words or None
            )
    except Refused as refused:
        found = loading.case(code)
        assert found is not None
        if found.state not in change.sources or expected not in (None, found.rev):
            return case_page(found, 409, error=str(refused))
        if name in ENDINGS:
            return ending_page(found, name, 422, error=str(refused), words=words)
        return case_page(found, 422, error=str(refused))
    jobs.wake()
    flash(told(name), "ok")
    return redirect(url_for("widening.show", case_code=code), 303)


def told(name: str) -> str:
    return {
        "agree": _("C’est noté : la personne a dit oui."),
        "open": _("Les membres reçoivent un courriel. Ils ont dix jours."),
        "close": _("Les avis sont clos. La suite est à la réunion."),
        "accept": _("C’est noté. Reste l’accueil : qui ouvrira la porte ?"),
        "postpone": _("La candidature va à la réunion suivante."),
        "later": _("C’est remis à plus tard. La raison reste ici."),
        "refuse": _("C’est noté : la personne a dit non."),
        "withdraw": _("La candidature est retirée. La raison reste ici."),
    }[name]
