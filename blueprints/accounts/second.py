"""The second step of coming in, and coming in with a passkey alone."""

from __future__ import annotations

from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import gate, jobs, security, shell
from blueprints.accounts import bp, devices, proofs
from blueprints.accounts.routes import asked_next, wanted
from blueprints.gate import public
from models import access, factors
from models.access import Device
from models.deliveries import mail
from models.people import Person
from models.store import db, writing


def wrong_code() -> str:
    return _(
        "Ce code n’ouvre pas. Prenez celui que l’application montre maintenant : chacun ne sert qu’une fois."
    )


def wrong_key() -> str:
    return _("Cette clé d’accès n’a pas ouvert. Essayez encore, ou prenez un code.")


def on_second_step(_error: gate.SecondStep) -> Any:
    """To the second step, and from there to where one wanted to go; what was posted is kept."""
    if shell.wants_json():
        return jsonify({"error": "second_step"}), 401
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.second_step", next=request.full_path.rstrip("?")))
    said = _("Il reste une deuxième preuve à montrer. Votre texte vous attend.")
    return shell.error_answer(401, said, sign_in_href=url_for("accounts.second_step"))


@bp.get("/enter/second")
@public
def second_step() -> Any:
    here = gate.half()
    if here is None:
        return redirect(wanted() if gate.person() else url_for("accounts.sign_in"))
    return page(here)


def page(here: Device, code: str = "", key: str = "") -> Any:
    """The second step, with what is wrong with the code or with the passkey."""
    person = here.person
    answer = render_template(
        "accounts/second.html", who=person, has_key=bool(factors.passkeys(person)), has_app=factors.app_of(person),
        left=factors.codes_left(person), code_error=code, key_error=key, elsewhere=proofs.elsewhere(),
        next=asked_next(),
    )  # fmt: skip
    return answer, 422 if code or key else 200


@bp.post("/enter/second")
@security.limited("code", signed_in=True)
@public
def show_second() -> Any:
    """A passkey, a code of the app or a code on paper."""
    here = gate.half()
    if here is None:
        return redirect(wanted() if gate.person() else url_for("accounts.sign_in"), 303)
    shared, device_id = here.shared, here.id
    if request.form.get("passkey"):
        with writing():
            here = db.session.get_one(Device, device_id)
            shown = "passkey" if proofs.shown_key("use", here, here.person) else ""
    else:
        shown = proofs.shown_code(here.person, request.form.get("code", ""))
    if not shown:
        here = db.session.get_one(Device, device_id)
        return page(here, key=wrong_key()) if request.form.get("passkey") else page(here, code=wrong_code())
    with writing():
        here = db.session.get_one(Device, device_id)
        token, person_id = access.complete(here), here.person_id
    target = wanted()
    devices.begin(token, shared=shared)
    if shown == "paper":
        tell_paper(person_id)
    return redirect(target, 303)


def tell_paper(person_id: str) -> None:
    """Somebody came in with a code on paper: they are told by mail, and how many are left."""
    with writing():
        person = db.session.get_one(Person, person_id)
        mail(person, "factor", act="code-used")
        left = factors.codes_left(person)
    jobs.wake()
    flash(
        ngettext(
            "Ce code de secours a servi. Il en reste un.",
            "Ce code de secours a servi. Il en reste %(num)s.",
            left,
        )
        if left
        else _("C’était votre dernier code de secours. Faites-en d’autres dans votre compte."),
        "wait",
    )


# ---- passkeys at the door


@bp.post("/enter/passkey/options")
@security.limited("options")
@public
def key_options() -> Any:
    """What the browser is to sign: for the second step or a confirmation with the keys of who is here, else with any."""
    here = gate.device() or gate.half()
    return proofs.ask_key("use", here, here.person if here else None)


@bp.post("/enter/passkey")
@security.limited("passkey")
@public
def enter_by_key() -> Any:
    """A passkey is both proofs: it opens without a link. For somebody who is in already it is the key of this person."""
    here = gate.device() or gate.half()
    here_id, shared = here.id if here else None, request.form.get("shared") == "1"
    device = ""
    with writing():
        here = db.session.get(Device, here_id) if here_id else None
        key = proofs.shown_key("use", here, None)
        person = db.session.get(Person, key.person_id) if key else None
        if person and person.active:
            device = devices.sign_in(person, shared=shared, second=True)
    if not device:
        flash(_("Cette clé d’accès n’ouvre pas ici. Essayez encore, ou demandez un lien."), "bad")
        return redirect(url_for("accounts.sign_in", next=asked_next() or None), 303)
    target = wanted()
    devices.begin(device, shared=shared)
    return redirect(target, 303)
