"""The last step: who welcomes, the invitation, and the sheet that a new member takes along."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import addresses, jobs
from blueprints.accounts.own import me
from blueprints.gate import needs
from blueprints.meetings.keeping import blame, carried
from blueprints.widening import bp, loading
from blueprints.widening.forms import WelcomeForm
from blueprints.widening.routes import case_page
from models import arriving, candidates, welcoming
from models.candidates import BadCase
from models.circles import DECIDING
from models.people import Person
from models.store import db, writing
from models.widening import Case, CaseState
from models.workflow import Refused


@bp.route("/widening/<case_code>/welcome", methods=["GET", "POST"])
@needs("widening.lead", loading.case, see="widening.see", into="case")
def welcome(case: Case) -> Any:
    case_id, code, who = case.id, case.code, me()
    if case.state != CaseState.WELCOME or case.person_id:
        return redirect(url_for("widening.show", case_code=code), 303)
    if request.method == "GET":
        form = WelcomeForm(data={"name": case.named, "email": case.email}).of(case, who)
        return welcome_page(case, form)
    form = WelcomeForm(request.form).of(case, who)
    try:
        with writing():
            there = arriving.welcome(
                loading.again(case_id), form.values(), loading.rev() or 0, db.session.get_one(Person, who.id)
            )
    except BadCase as bad:
        blame(form, bad.problems)
        return welcome_page(loading.again(case_id), form, 422)
    except Refused as refused:
        return case_page(loading.again(case_id), 409, error=str(refused))
    jobs.wake()
    flash(_("La place est prise : cette personne siège ici maintenant.") if there else _("L’invitation part. La place sera prise à la première visite."), "ok")  # fmt: skip
    return redirect(url_for("widening.show", case_code=code), 303)


def welcome_page(case: Case, form: WelcomeForm, status: int = 200) -> Any:
    return render_template("widening/welcome.html", case=case, form=form, **carried(form, case)), status


@bp.post("/widening/<case_code>/invite")
@needs("widening.lead", loading.case, see="widening.see", into="case")
def invite(case: Case) -> Any:
    """The invitation once more, where the one before was lost or ended."""
    case_id, code, who = case.id, case.code, me()
    try:
        with writing():
            arriving.invite_again(loading.again(case_id), db.session.get_one(Person, who.id))
    except Refused as refused:
        return case_page(loading.again(case_id), 409, error=str(refused))
    jobs.wake()
    flash(_("Une nouvelle invitation part. L’ancienne ne s’ouvre plus."), "ok")
    return redirect(url_for("widening.show", case_code=code), 303)


@bp.get("/widening/<case_code>/sheet")
@needs("widening.see", loading.case, into="case")
def sheet(case: Case) -> Any:
    """One page to print: who we are, the mandate, the rhythm, the next meeting, who welcomes, how to come in, whom to call."""
    return render_template(
        "widening/sheet.html", case=case, circle=case.circle, meeting=welcoming.next_meeting(case), deciding=DECIDING,
        leaders=candidates.leaders(case.circle), href=addresses.external("home.index"),
    )  # fmt: skip
