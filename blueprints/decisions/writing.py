"""A recommendation: written, changed, and what becomes of it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.admin.stale import chosen, stale_page
from blueprints.decisions import bp, loading
from blueprints.decisions.forms import RecommendationForm, recommendation_form
from blueprints.gate import needs
from blueprints.meetings.keeping import attempt, carried, rev
from blueprints.meetings.loading import circle as by_code
from models import recommending
from models.circles import Circle
from models.contributions import RECOMMENDATION, Contribution
from models.fiche.kinds import clean
from models.people import Person
from models.recommendations import Recommendation, recommendation_by_number
from models.seating import Stale
from models.store import db, writing
from models.workflow import Refused


def said_in(circle: Circle) -> Contribution | None:
    """The line of a meeting of this circle that the address names, where it is a recommendation that stands."""
    said = db.session.get(Contribution, request.values.get("contribution", "")[:36])
    if said is None or said.kind != RECOMMENDATION or said.removed_at or said.meeting.circle_id != circle.id:
        return None
    return said


@bp.route("/recommendations/new/<circle_code>", methods=["GET", "POST"])
@needs("recommendation.make", by_code, see="circle.see", into="circle")
def new_recommendation(circle: Circle) -> Any:
    """contribution: the id of what was said in a meeting, of which it is made; once only."""
    who, said = me(), said_in(circle)
    if said and (known := recommending.made_of(said)):
        flash(_("Cette recommandation a déjà été reprise : la voici."), "wait")
        return redirect(url_for("decisions.show_recommendation", recommendation_number=known.number), 303)
    if request.method == "GET":
        cause = _("Dit en réunion par %(name)s.", name=said.who) if said and said.who else None
        return form_page(RecommendationForm(text=said.text if said else None, cause=cause).offer(who), circle, said=said)  # fmt: skip
    form, said_id = RecommendationForm(request.form).offer(who), said.id if said else None

    def act(values: dict[str, Any]) -> str:
        by, of = (
            db.session.get_one(Person, who.id),
            db.session.get_one(Contribution, said_id) if said_id else None,
        )
        known = recommending.made_of(of) if of else None
        return str(
            (
                known or recommending.make(db.session.get_one(Circle, circle.id), values, by, contribution=of)
            ).number
        )

    made = attempt(form, act, to=page_of)
    if not made:
        return form_page(form, circle, said=said, status=422)
    flash(
        _(
            "La recommandation %(number)s est gardée. Elle est proposée : une décision l’adoptera.",
            number=made,
        ),
        "ok",
    )
    return redirect(page_of(made), 303)


def page_of(number: str) -> str:
    return url_for("decisions.show_recommendation", recommendation_number=number)


@bp.route("/recommendations/<recommendation_number>/edit", methods=["GET", "POST"])
@needs("recommendation.edit", loading.recommendation, see="recommendation.see", into="row")
def edit_recommendation(row: Recommendation) -> Any:
    who = me()
    if request.method == "GET":
        return form_page(recommendation_form(row, who), row.circle, row)
    form = recommendation_form(row, who, chosen(request.form, recommendation_form(row, who)))
    here = {"recommendation_number": row.number}
    try:
        kept = attempt(
            form, lambda values: recommending.change(row, values, int(request.form["rev"]), db.session.get_one(Person, who.id)), row
        )  # fmt: skip
    except Stale:
        action, done = (
            url_for(f"decisions.{e}", **here) for e in ("edit_recommendation", "show_recommendation")
        )
        return stale_page(form, recommendation_form(row, who), row, action, kind="recommendation", done=done, nav="committee")  # fmt: skip
    if kept is None:
        return form_page(form, row.circle, row, status=422)
    flash(_("C’est gardé."), "ok")
    return redirect(url_for("decisions.show_recommendation", **here), 303)


def form_page(form: RecommendationForm, circle: Circle, row: Recommendation | None = None, *, said: Any = None, status: int = 200) -> Any:  # fmt: skip
    return render_template(
        "decisions/form.html", form=form, circle=circle, row=row, said=said, **carried(form, row)
    ), status


@bp.get("/recommendations/<recommendation_number>/transitions/<name>")
@needs("recommendation.edit", loading.recommendation, see="recommendation.see", into="row")
def ask_transition(row: Recommendation) -> Any:
    """What is to be said with it, before it is done."""
    name = (request.view_args or {})["name"]
    if name not in recommending.TRANSITIONS:
        abort(404)
    if name not in [t.name for t in recommending.possible(me(), row)]:
        return redirect(url_for("decisions.show_recommendation", recommendation_number=row.number))
    return transition_page(row, name)


def transition_page(row: Recommendation, name: str, status: int = 200, error: str = "") -> Any:
    return render_template(
        "decisions/transition.html", row=row, act=recommending.TRANSITIONS[name], error=error, asked=name in recommending.ASKED,
        words=clean(request.form.get("words", "")) or "", picked=request.form.get("decision", ""),
        decisions=recommending.adoptable(me(), row) if name == "adopt" else [],
    ), status  # fmt: skip


@bp.post("/recommendations/<recommendation_number>/transitions/<name>")
@needs("recommendation.edit", loading.recommendation, see="recommendation.see", into="row")
def transition(row: Recommendation) -> Any:
    name, row_number, who = (request.view_args or {})["name"], row.number, me()
    if name not in recommending.TRANSITIONS:
        abort(404)
    words = clean(request.form.get("words", "")) or None
    decision = clean(request.form.get("decision", ""), lines=False) or None
    try:
        with writing():
            row = db.session.get_one(Recommendation, row.id)
            recommending.apply(row, name, db.session.get_one(Person, who.id), rev(), words, decision)
    except Refused as refused:
        found = recommendation_by_number(row_number)
        assert found is not None
        late = found.state not in recommending.TRANSITIONS[name].sources or found.rev != rev()
        return transition_page(found, name, 409 if late else 422, str(refused))
    flash(_("C’est noté."), "ok")
    return redirect(url_for("decisions.show_recommendation", recommendation_number=row_number), 303)
