"""The page of the person who is proposed, by the link in their mail: no account, three ways to answer.

Looking at it (GET, HEAD) writes nothing. A yes or a no spends the link; a question leaves it open.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import jobs, security
from blueprints.gate import public
from blueprints.widening import bp, loading
from models import candidates, welcoming
from models.candidates import LIVE, USED, BadCase, Spent
from models.store import writing
from models.widening import Case
from models.workflow import Refused

ANSWERS = ("yes", "no", "question")


@bp.get("/place/<token>")
@public
def place(token: str) -> Any:
    case = candidates.case_of(token)
    state = candidates.link_state(case) if case else ""
    if case is None or state not in (LIVE, USED):
        return over(case is not None)
    return place_page(case, token)


def place_page(case: Case, token: str, status: int = 200, *, error: str = "", words: str = "") -> Any:
    return render_template(
        "widening/place.html", case=case, token=token, answered=candidates.link_state(case) == USED, error=error, words=words
    ), status  # fmt: skip


def over(known: bool) -> Any:
    """A link that answers nothing. For whom, or for what, is told to nobody by it."""
    return render_template("widening/place_over.html", known=known), 410 if known else 404


@bp.post("/place/<token>")
@security.limited("place")
@public
def answer(token: str) -> Any:
    case = candidates.case_of(token)
    said, words = request.form.get("answer", ""), loading.words()
    if case is None:
        return over(False)
    case_id = case.id
    try:
        if said not in ANSWERS:
            raise BadCase({"answer": _("Choisissez : oui, non, ou une question.")})
        with writing():
            if said == "question":
                candidates.question(token, words)
            else:
                welcoming.answer_by_link(token, said == "yes", words or None)
    except Spent as spent:
        case = loading.again(case_id)
        return place_page(case, token, 409) if spent.state == USED else over(True)
    except (BadCase, Refused) as bad:
        sentence = next(iter(bad.problems.values())) if isinstance(bad, BadCase) else str(bad)
        return place_page(loading.again(case_id), token, 422, error=str(sentence), words=words)
    jobs.wake()
    if said == "question":
        flash(_("Votre question est partie. Le lien reste ouvert : répondez quand vous voulez."), "ok")
    return redirect(url_for("widening.place", token=token), 303)
