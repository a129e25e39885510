"""One press to stop, from the mail: no sign-in, no password. Looking (GET) writes nothing, since mail scanners open links.

A mail programme posts by itself when its reader presses "unsubscribe" there (RFC 8058, 3.2): it has no session and no
token of a form, so stopping asks for none. The address alone proves the wish, and all it can do is stop or resume.
"""

from __future__ import annotations

from typing import Any

from flask import Response, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from blueprints import languages
from blueprints.gate import posted_by_mail, public
from blueprints.news import bp, mails
from models import telling
from models.news import NEVER, WEEKLY
from models.people import Person
from models.store import db, writing


@bp.get("/mail/<token>")
@public
def stop_page(token: str) -> Any:
    """One button; another one, once it was pressed."""
    who = mails.by_token(token)
    if who is None:
        return render_template("news/stop.html", choice=None, token=token), 404
    with force_locale(languages.spoken(who.language)):
        return render_template(
            "news/stop.html", choice=telling.choice_of(who), stopped=_stopped(who), token=token
        )


def _stopped(who: Person) -> bool:
    return telling.choice_of(who).rhythm == NEVER


@bp.post("/mail/<token>")
@posted_by_mail
@public
def stop(token: str) -> Any:
    """By the button of the page, or by the mail programme, which is answered in a word and led nowhere."""
    who = mails.by_token(token)
    if who is None:
        return stop_page(token)
    _keep(who.id, NEVER, stopped=True)
    if "List-Unsubscribe" in request.form:
        return Response(_("C’est fait."), mimetype="text/plain")
    return redirect(url_for("news.stop_page", token=token), 303)


@bp.post("/mail/<token>/back")
@public
def resume(token: str) -> Any:
    """Once a week again, for who stopped by mistake."""
    who = mails.by_token(token)
    if who is None:
        return stop_page(token)
    _keep(who.id, WEEKLY, stopped=False)
    return redirect(url_for("news.stop_page", token=token), 303)


def _keep(person_id: str, rhythm: str, *, stopped: bool) -> None:
    """Pressed twice, it holds once: what is so already is not written again, and resuming takes nothing away."""
    if _stopped(db.session.get_one(Person, person_id)) is stopped:
        return
    with writing():
        telling.choose(db.session.get_one(Person, person_id), rhythm, by_link=True)
