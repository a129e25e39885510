"""Inviting somebody into a group, and their answer: on a page of the site, or by the link in the mail.

The link is signed, so it is kept nowhere; it answers this one invitation and lets nobody in. Looking at it writes nothing.
"""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from itsdangerous import BadSignature, URLSafeTimedSerializer
from sqlalchemy import select

from blueprints import addresses, jobs, security
from blueprints.accounts.own import me
from blueprints.addresses import circle_href
from blueprints.committee.forms import SeatForm
from blueprints.gate import can, needs, public
from blueprints.groups import bp, loading
from blueprints.once import once
from models import gathering, profiles
from models.circles import Circle
from models.fiche.kinds import clean
from models.gathering import BadWork
from models.groups import INVITE, WAITING, SeatRequest
from models.names import fold
from models.people import Person
from models.store import db, writing
from models.workflow import Refused

FOUND = 12  # people that a search shows
LIFE = 30 * 86400  # seconds that the link answers


@bp.route("/groups/<circle_code>/invite", methods=["GET", "POST"])
@needs("circle.invite", loading.group, see="circle.see", into="circle")
def invite(circle: Circle) -> Any:
    """By the address of an account, or picked among those whose name was searched (q)."""
    if request.method == "GET":
        return invite_page(circle)
    who, words, circle_id, href = me(), loading.words(), circle.id, circle_href(circle)
    other = asked_for()
    if other is None:
        sentence = _("Nous ne pouvons pas inviter par cette adresse\u00a0: elle n’est pas connue ici, ou n’est pas montrée à tous. Cherchez la personne par son nom, ou invitez-la d’abord sur le site.")  # fmt: skip
        return invite_page(circle, 422, error=("email", sentence), words=words)
    other_id, name = other.id, other.name
    try:
        once(
            lambda: gathering.invite(
                db.session.get_one(Circle, circle_id), db.session.get_one(Person, other_id), words,
                db.session.get_one(Person, who.id),
            ),
            lambda _row: href,
        )  # fmt: skip
    except BadWork as bad:
        return invite_page(again(circle_id), 422, error=("words", bad.problems["words"]), words=words)
    except Refused as refused:
        return invite_page(again(circle_id), 422, error=("email", str(refused)), words=words)
    jobs.wake()
    flash(_("%(name)s reçoit votre invitation par courriel.", name=name), "ok")
    return redirect(href, 303)


def again(circle_id: str) -> Circle:
    return db.session.get_one(Circle, circle_id)


def asked_for() -> Person | None:
    """Who is meant: the one that was picked, else the one with this address; with an open account. An address says whose
    it is to those alone who may read it."""
    picked, email = request.form.get("person", ""), clean(request.form.get("email", ""), lines=False)
    if not picked:
        return profiles.by_address(me(), email) if email else None
    found = db.session.get(Person, picked)
    return found if found and found.active else None


def search(words: str, circle: Circle) -> list[Person]:
    """Members of the site whose name has these words, and who do not sit here."""
    if len(words) < 2:
        return []
    rows = db.session.execute(select(Person.id, Person.name).where(Person.active).order_by(Person.name))
    wanted = fold(words).split()
    ids = [row.id for row in rows if row.id not in circle.member_ids and all(word in fold(row.name) for word in wanted)]  # fmt: skip
    query = select(Person).where(Person.id.in_(ids[:FOUND])).order_by(Person.name, Person.id)
    return list(db.session.scalars(query))


def invite_page(
    circle: Circle, status: int = 200, *, error: tuple[str, Any] = ("", ""), words: str = "", seat: SeatForm | None = None
) -> Any:  # fmt: skip
    """seat: what was typed to give a seat at once."""
    typed = clean(request.values.get("q", ""), lines=False) or ""
    picked = request.form.get("person", "") or request.args.get("person", "")
    found = search(typed, circle)
    if picked and picked not in {one.id for one in found}:
        known = db.session.get(Person, picked)
        found = [known, *found] if known and known.active and known.id not in circle.member_ids else found
    seat = seat or SeatForm()
    return render_template(
        "groups/invite.html", circle=circle, q=typed, found=found, picked=picked, words=words, error=error, form=seat,
        errors=seat.summary(), email=clean(request.form.get("email", ""), lines=False) or "" if not errors_of(seat) else "",
    ), status  # fmt: skip


def errors_of(seat: SeatForm) -> bool:
    return bool(seat.summary())


# ---- the answer


@bp.route("/groups/invitations/<ask_id>", methods=["GET", "POST"])
@needs("seat.answer", loading.seat_request, into="row")
def invitation(row: SeatRequest) -> Any:
    """Whoever is invited answers, signed in."""
    if row.kind != INVITE:
        return redirect(circle_href(row.circle) if can("circle.see", row.circle) else url_for("groups.index"))
    if request.method == "GET":
        return place_page(row, url_for("groups.invitation", ask_id=row.id))
    return answered(row, url_for("groups.invitation", ask_id=row.id), inside=True)


def signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="seat")


def seat_token(row: SeatRequest) -> str:
    """It names who is invited too: where two accounts became one, the link in the mailbox of the other ends."""
    return str(signer().dumps([row.id, row.person_id]))


def link(row: SeatRequest) -> str:
    """The link of the mail."""
    return addresses.external("groups.place", token=seat_token(row))


def by_token(token: str) -> SeatRequest | None:
    """The invitation that a link is for, for thirty days, while it is for the same person."""
    try:
        said = signer().loads(token, max_age=LIFE)
    except BadSignature:
        return None
    if not (isinstance(said, list) and len(said) == 2):
        return None
    found = gathering.request_by_id(str(said[0]))
    return found if found and found.person_id == said[1] else None


@bp.get("/groups/place/<token>")
@public
def place(token: str) -> Any:
    row = by_token(token)
    if row is None:
        return render_template("groups/place_over.html"), 404
    return place_page(row, url_for("groups.place", token=token))


@bp.post("/groups/place/<token>")
@security.limited("place")
@public
def place_answer(token: str) -> Any:
    row = by_token(token)
    if row is None:
        return render_template("groups/place_over.html"), 404
    return answered(row, url_for("groups.place", token=token), inside=False)


def place_page(row: SeatRequest, action: str, status: int = 200, *, error: Any = "", words: str = "") -> Any:
    maker = db.session.get(Person, row.made_by) if row.made_by else None
    return render_template(
        "groups/place.html", row=row, circle=row.circle, by=maker, action=action, error=error, words=words, open=row.state == WAITING
    ), status  # fmt: skip


def answered(row: SeatRequest, action: str, *, inside: bool) -> Any:
    request_id, said, words = row.id, request.form.get("answer", ""), loading.words()
    if said not in ("yes", "no"):
        return place_page(row, action, 422, error=_("Choisissez : oui, ou non."), words=words)
    try:
        with writing():
            found = db.session.get_one(SeatRequest, request_id)
            gathering.answer(found, said == "yes", db.session.get_one(Person, found.person_id), words)
    except BadWork as bad:
        found = gathering.request_by_id(request_id)
        assert found is not None
        return place_page(found, action, 422, error=bad.problems["words"], words=words)
    except Refused as refused:
        found = gathering.request_by_id(request_id)
        assert found is not None
        return place_page(found, action, 409, error=str(refused), words=words)
    jobs.wake()
    found = gathering.request_by_id(request_id)
    if inside and found and said == "yes":
        flash(_("Bienvenue. Vous siégez ici maintenant."), "ok")
        return redirect(circle_href(found.circle), 303)
    return redirect(action, 303)
