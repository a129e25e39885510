"""My news: how often they come by mail, and what is new in my groups."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints.accounts.own import me
from blueprints.alike import own
from blueprints.gate import needs
from blueprints.news import bp, words
from models import telling
from models.news import NEVER, RHYTHMS
from models.people import Person
from models.store import db, now, writing

BACK = timedelta(days=7)  # how far back the page looks


def page(status: int = 200, error: str = "") -> Any:
    who, at = me(), now()

    def read() -> dict[str, Any]:
        found = telling.by_circle(telling.news(who, at - BACK, at))
        return {"groups": [(circle, [(item, words.new(item)) for item in items]) for circle, items in found]}

    answer = render_template(
        "news/index.html",
        who=who,
        choice=telling.choice_of(who),
        rhythms=RHYTHMS,
        part=own("news", read),
        error=error,
    )
    return answer, status


@bp.get("/")
@needs("news.choose")
def index() -> Any:
    return page()


@bp.post("/")
@needs("news.choose")
def choose() -> Any:
    rhythm, who_id = request.form.get("rhythm", ""), me().id
    if rhythm not in RHYTHMS:
        return page(422, _("Choisissez l’une des trois réponses, puis gardez-la."))
    with writing():
        telling.choose(db.session.get_one(Person, who_id), rhythm)
    if rhythm == NEVER:
        flash(
            _(
                "C’est noté\u00a0: vous ne recevez plus de nouvelles par courriel. Elles restent sur cette page."
            ),
            "ok",
        )
    else:
        flash(_("C’est noté."), "ok")
    return redirect(url_for("news.index"), 303)
