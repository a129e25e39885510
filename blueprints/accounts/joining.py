"""Asking to join, from the public link of a call; and the answers of the coordination."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Form, StringField, TextAreaField, validators

from adapters import qr
from blueprints import addresses, jobs, languages, security
from blueprints.accounts import bp
from blueprints.accounts.forms import (
    ORGANISATION,
    InviteForm,
    email_address,
    errors,
    on_one_line,
    person_name,
)
from blueprints.accounts.own import me
from blueprints.accounts.people import circles, may_give
from blueprints.gate import needs, public
from blueprints.look import Drawing
from models import joining, names
from models.editions import Call, call_by_code
from models.fiche.kinds import clean
from models.joining import Answered, JoinRequest
from models.people import ROLES, Person, by_email
from models.store import Busy, db, writing

TOO_LONG = validators.Length(max=joining.LONGEST, message=_l("Écrivez 1000 signes au plus."))


class JoinForm(Form):
    """What somebody says who wants to join."""

    name = StringField(_l("Votre nom"), [person_name])
    email = EmailField(_l("Votre adresse de courriel"), [email_address])
    organisation = StringField(_l("Votre organisation"), **ORGANISATION)
    words = TextAreaField(
        _l("Un mot pour vous présenter"), [TOO_LONG], filters=[lambda text: clean(text or "") or ""]
    )


@bp.get("/join/<call>")
@public
def join(call: str) -> Any:
    row = call_by_code(call)
    if row is None:
        abort(404)
    return join_page(row, JoinForm())


def join_page(call: Call, form: JoinForm, status: int = 200) -> Any:
    """The page of an open call; what a closed one, or one to come, has to say instead."""
    page = render_template("accounts/join.html", call=call, form=form, errors=errors(form))
    return page, 410 if call.state == "closed" else status


@bp.post("/join/<call>")
@security.limited("join")
@public
def ask_to_join(call: str) -> Any:
    """The same answer, and the same work, whether somebody is known or not: only a mailbox learns the difference."""
    row = call_by_code(call)
    if row is None:
        abort(404)
    form = JoinForm(request.form)
    if row.state != "open":
        return join_page(row, form, 409)
    if not form.validate():
        return join_page(row, form, 422)
    call_id = row.id
    with writing():
        joining.ask(
            db.session.get_one(Call, call_id), str(form.email.data), str(form.name.data),
            organisation=form.organisation.data or None, words=form.words.data or None,
            language=languages.wanted(),
        )  # fmt: skip
    jobs.wake()
    return redirect(url_for("accounts.join_asked", call=call), 303)


@bp.get("/join/<call>/asked")
@public
def join_asked(call: str) -> Any:
    row = call_by_code(call)
    if row is None:
        abort(404)
    return render_template("accounts/join_asked.html", call=row)


@bp.get("/calls/<call>/poster")
@needs("edition.see", lambda call: call_by_code(call), into="row")
def poster(row: Call) -> Any:
    """A sheet to hang up: what it is, a code for a telephone, the address in words."""
    href = addresses.external("accounts.join", call=row.code)
    return render_template("accounts/join_poster.html", call=row, href=href, code=Drawing(qr.svg(href)))


# ---- the coordination answers


@bp.get("/people/requests", endpoint="requests")
@needs("join.answer")
def every_request() -> Any:
    """Those that wait, and those that were answered, a page at a time."""
    state = request.args.get("etat", joining.WAITING)
    state = state if state in joining.STATES else joining.WAITING
    page = request.args.get("page", "1")
    part = names.sliced(joining.requests(state), int(page) if page.isdecimal() and len(page) < 6 else 1)
    return render_template(
        "accounts/join_requests.html", state=state, rows=names.in_order(JoinRequest, part.ids), page=Pages(part, state),
        states=joining.STATES, waiting=joining.waiting_count(),
    )  # fmt: skip


class Pages:
    """Pages of the requests in a state."""

    def __init__(self, part: names.Slice, state: str) -> None:
        self.page, self.pages, self.total, self.state = part.page, part.pages, part.total, state

    def url(self, n: int) -> str:
        return url_for("accounts.requests", etat=self.state, page=n if n > 1 else None)


def known_request(request_id: str) -> JoinRequest | None:
    return db.session.get(JoinRequest, request_id)


@bp.get("/people/requests/<request_id>", endpoint="request")
@needs("join.answer", known_request, into="row")
def one_request(row: JoinRequest) -> Any:
    return request_page(
        row,
        InviteForm(
            data={
                "name": row.name,
                "email": row.email,
                "organisation": row.organisation or "",
                "roles": ["contributor"],
            }
        ),
    )


def request_page(
    row: JoinRequest, form: InviteForm, status: int = 200, *, answer: str = "", error: Any = ""
) -> Any:
    found = [(f"answer-{name}", text) for name, text in errors(form)] + ([("answer", error)] if error else [])
    page = render_template(
        "accounts/join_request.html", row=row, form=form, offered=InviteForm.offered(me()), circles=circles(), errors=found,
        answer=answer, error=error, states=joining.STATES, known=by_email(row.email),
    )  # fmt: skip
    return page, status


@bp.post("/people/requests/<request_id>/accept")
@needs("join.answer", known_request, into="row")
def accept_request(row: JoinRequest) -> Any:
    posted = InviteForm(request.form)
    who, request_id = me(), row.id
    posted.email.data = row.email
    if not posted.validate():
        return request_page(row, posted, 422)
    roles, known = [role for role in posted.roles.data or () if role in ROLES], by_email(row.email)
    if not may_give(who, [*roles, *(known.role_names if known else ())]):
        abort(403)
    try:
        with writing():
            person = joining.accept(
                db.session.get_one(JoinRequest, request_id), db.session.get_one(Person, who.id), roles,
                name=str(posted.name.data), organisation=on_one_line(posted.organisation.data) or None, circle=posted.circle.data or "",
            )  # fmt: skip
            name = person.name
    except Answered:
        return already(request_id)
    jobs.wake()
    flash(_("%(name)s reçoit son invitation par courriel.", name=name), "ok")
    return redirect(url_for("accounts.requests"), 303)


@bp.post("/people/requests/<request_id>/decline")
@needs("join.answer", known_request, into="row")
def decline_request(row: JoinRequest) -> Any:
    who, request_id, answer = me(), row.id, clean(request.form.get("answer", "")) or ""
    error = ""
    if not answer:
        error = _("Écrivez une phrase : la personne la lira.")
    elif len(answer) > joining.LONGEST:
        error = _("Écrivez 1000 signes au plus.")
    if error:
        form = InviteForm(
            data={
                "name": row.name,
                "email": row.email,
                "organisation": row.organisation or "",
                "roles": ["contributor"],
            }
        )
        return request_page(row, form, 422, answer=answer, error=error)
    try:
        with writing():
            joining.decline(
                db.session.get_one(JoinRequest, request_id), db.session.get_one(Person, who.id), answer
            )
    except Answered:
        return already(request_id)
    jobs.wake()
    flash(_("C’est noté. Un courriel part avec votre phrase."), "ok")
    return redirect(url_for("accounts.requests"), 303)


def already(request_id: str) -> Any:
    """Somebody was faster."""
    flash(_("Une autre personne vient de répondre à cette demande. Voici sa réponse."), "wait")
    return redirect(url_for("accounts.request", request_id=request_id), 303)


@jobs.swept
def tell_office() -> None:
    """Requests that came after the last mail are told once that is a day old."""
    if not joining.to_tell():
        return
    try:
        with writing():
            joining.tell_office()
    except Busy:
        return
