"""My data: a file of everything, and the way out. What is in it and what goes: models/mydata.py, models/forgetting.py."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import to_user_timezone
from itsdangerous import BadSignature, URLSafeSerializer

from adapters import storage
from blueprints import addresses, gate, jobs
from blueprints.accounts import bp
from blueprints.accounts.own import me
from blueprints.accounts.people import known_person
from blueprints.gate import needs, public
from blueprints.shell import DOWNLOAD_CSP
from models import leaving, mydata
from models.audit import record
from models.fiche.fiche import State
from models.leaving import CannotLeave, Farewell
from models.mydata import DataExport
from models.people import Person
from models.store import db, now, writing


def folder() -> Path:
    """Where the files wait. Beside `files`, so that no copy of the instance need hold them."""
    return Path(current_app.config["INSTANCE"]) / "exports"


# ------------------------------------------------------------------------------------------ the file


@bp.get("/account/data")
@needs("account.own")
def data() -> Any:
    who = me()
    export = mydata.latest(who)
    page = make_response(
        render_template("accounts/data.html", export=export, leaving=leaving.farewell_of(who.id))
    )
    if export and export.state == "under way":
        page.headers["Refresh"] = "3"
    return page


@bp.post("/account/data")
@needs("account.own")
def ask_data() -> Any:
    who_id = me().id
    with writing():
        mydata.order(db.session.get_one(Person, who_id))
    jobs.wake()
    return redirect(url_for("accounts.data"), 303)


def known_export(export_id: str) -> DataExport | None:
    return db.session.get(DataExport, export_id)


@bp.post("/account/data/<export_id>/file")
@needs("data.take", known_export, into="export", fresh=True)
def take_data(export: DataExport) -> Any:
    """The file, once it is noted that it was taken. Nobody but its owner sees that it is there."""
    if export.state != "ready" or not storage.exists(folder(), str(export.sha256)):
        flash(_("Ce fichier n’est plus gardé. Demandez-en un nouveau."), "wait")
        return redirect(url_for("accounts.data"), 303)
    path, day = storage.path(folder(), str(export.sha256)), to_user_timezone(export.ready_at).date()
    who_id = me().id
    with writing():
        who = db.session.get_one(Person, who_id)
        record(who, "data.taken", "person", who_id)
    answer = send_file(
        path, mimetype="application/zip", as_attachment=True, download_name=f"mes-donnees-{day}.zip",
        conditional=False, max_age=0,
    )  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-store"
    answer.headers["Content-Security-Policy"] = DOWNLOAD_CSP
    return answer


# --------------------------------------------------------------------------------------- the way out


def at_stake(person: Person) -> dict[str, int]:
    """How many fiches would go whole, and how many would stay without this person."""
    fiches = mydata.fiches_of(person)
    alone = [f for f in fiches if f.author_ids == {person.id} and f.state in (State.DRAFT, State.WITHDRAWN)]
    return {"going": len(alone), "staying": len(fiches) - len(alone)}


def leave_page(person: Person, problem: str = "") -> Any:
    """What goes, what stays, and why. Also for the office, on behalf of somebody who asks on paper."""
    page = render_template(
        "accounts/data_leave.html", person=person, own=person.id == me().id, stake=at_stake(person), problem=problem,
        farewell=leaving.farewell_of(person.id), last=leaving.last_administrator(person), delay=leaving.DELAY.days,
    )  # fmt: skip
    return page, 422 if problem else 200


def ask_to_leave(person: Person, then: str) -> Any:
    """The request of a page, once its box is ticked."""
    if request.form.get("sure") != "1":
        return leave_page(person, _("Cochez la case pour dire que vous avez lu, puis confirmez."))
    person_id, who_id = person.id, me().id
    try:
        with writing():
            leaving.ask(db.session.get_one(Person, person_id), db.session.get_one(Person, who_id))
    except CannotLeave as why:
        return leave_page(db.session.get_one(Person, person_id), str(why))
    jobs.wake()
    flash(_("C’est noté. Pendant sept jours, tout peut encore être annulé."), "ok")
    return redirect(then, 303)


@bp.get("/account/leave")
@needs("account.own")
def leave() -> Any:
    return leave_page(me())


@bp.post("/account/leave")
@needs("account.own", fresh=True)
def ask_leave() -> Any:
    return ask_to_leave(me(), url_for("accounts.data"))


def keep(farewell: Farewell | None, who: Person | None) -> bool:
    """Undo a request; whether there was one to undo."""
    if farewell is None:
        return False
    farewell_id, who_id = farewell.id, who.id if who else None
    with writing():
        by = db.session.get(Person, who_id) if who_id else None
        return leaving.cancel(db.session.get_one(Farewell, farewell_id), by)


def said_kept(done: bool) -> None:
    if done:
        flash(_("Le compte est gardé. Rien n’a été effacé."), "ok")
    else:
        flash(_("Il n’y avait plus de demande à annuler."), "wait")


@bp.post("/account/stay")
@needs("account.own")
def stay() -> Any:
    who = me()
    said_kept(keep(leaving.farewell_of(who.id), who))
    return redirect(url_for("accounts.data"), 303)


@bp.get("/people/<person_id>/leave")
@needs("person.change", known_person, see="person.invite", into="person")
def leave_for(person: Person) -> Any:
    return leave_page(person)


@bp.post("/people/<person_id>/leave")
@needs("person.change", known_person, see="person.invite", into="person", fresh=True)
def ask_leave_for(person: Person) -> Any:
    return ask_to_leave(person, url_for("accounts.person", person_id=person.id))


@bp.post("/people/<person_id>/stay")
@needs("person.change", known_person, see="person.invite", into="person")
def stay_for(person: Person) -> Any:
    person_id = person.id
    said_kept(keep(leaving.farewell_of(person_id), me()))
    return redirect(url_for("accounts.person", person_id=person_id), 303)


# ---------------------------------------------------------------------------------- the link in the mail


def signer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.config["SECRET_KEY"]), salt="stay")


def stay_link(farewell_id: str) -> str:
    """The link that undoes a request. It is signed, so it is kept nowhere; it does that one thing and signs nobody in."""
    return addresses.external("accounts.stay_page", token=signer().dumps(farewell_id))


def by_token(token: str) -> Farewell | None:
    try:
        return db.session.get(Farewell, str(signer().loads(token)))
    except BadSignature:
        return None


@bp.get("/stay/<token>")
@public
def stay_page(token: str) -> Any:
    """Shows one button: mail scanners open links."""
    found = by_token(token)
    page = render_template("accounts/data_stay.html", farewell=found, token=token)
    return page, 200 if found and found.open else 410 if found else 404


@bp.post("/stay/<token>")
@public
def stay_by_mail(token: str) -> Any:
    found = by_token(token)
    if not keep(found, found.person if found else None):
        return stay_page(token)
    said_kept(True)
    return redirect(url_for("accounts.data" if gate.person() else "accounts.sign_in"), 303)


def days_left(farewell: Farewell) -> int:
    """Whole days until it is carried out, at least one."""
    return max(1, -(-int((farewell.due_at - now()).total_seconds()) // 86400))
