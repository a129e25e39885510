"""Setting up, changing and giving up a second factor; taking it away from somebody who lost it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import current_app, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from adapters import qr
from blueprints import gate, jobs, look, security, shell
from blueprints.accounts import bp, proofs
from blueprints.accounts.overview import Overview
from blueprints.accounts.own import me
from blueprints.accounts.second import wrong_code
from blueprints.gate import needs
from models import factors
from models.access import Device
from models.deliveries import mail
from models.factors import Passkey
from models.people import Person
from models.store import db, writing


def on_factor_owed(_error: gate.FactorOwed) -> Any:
    """To the page that sets one up; what was posted is kept."""
    if shell.wants_json():
        return jsonify({"error": "factor_owed"}), 403
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.factors"), 303)
    said = _(
        "Ajoutez d’abord une deuxième preuve à votre compte, dans un nouvel onglet. Votre texte vous attend ici."
    )
    way = {"way_href": url_for("accounts.factors"), "way_label": _("Ajouter une deuxième preuve")}
    return shell.error_answer(403, said, **way)


# ---- the page


def page(status: int = 200, *, key_error: str = "") -> Any:
    who = me()
    answer = render_template(
        "accounts/factors.html", who=who, second=Overview.of(who), key_error=key_error, elsewhere=proofs.elsewhere(),
        fresh=is_fresh(),
    )  # fmt: skip
    return answer, status


def is_fresh() -> bool:
    here = gate.device()
    return here is not None and here.fresh()


@bp.get("/account/second", endpoint="factors")
@needs("account.own", always=True)
def show() -> Any:
    return page()


def changed(act: str, change: Callable[[Person, Device | None], Any]) -> tuple[Any, list[str]]:
    """Make a change; (what it gave, codes on paper where these are the first ones). The person is told by mail.

    Nothing is told, and no codes are made, where the change gave None or False.
    """
    person_id, here = me().id, gate.device()
    device_id = here.id if here else ""
    with writing():
        person, device = db.session.get_one(Person, person_id), db.session.get(Device, device_id)
        gave, codes = change(person, device), []
        if gave not in (None, False):
            db.session.flush()
            if factors.has_factor(person) and not factors.codes_left(person):
                codes = factors.new_codes(person, proofs.vault())
            mail(person, "factor", act=act)
    jobs.wake()
    return gave, codes


def done(codes: list[str], said: str) -> Any:
    """The codes where there are new ones, shown once and stored nowhere; else back to the page."""
    if codes:
        return render_template("accounts/factors_codes.html", codes=codes, said=said, who=me())
    flash(said, "ok")
    return redirect(url_for("accounts.factors"), 303)


# ---- passkeys


@bp.post("/account/second/keys/options")
@security.limited("options")
@needs("account.own", always=True, fresh=True)
def new_key_options() -> Any:
    return proofs.ask_new_key(gate.device(), me())


@bp.post("/account/second/keys")
@needs("account.own", always=True, fresh=True)
def add_key() -> Any:
    key, codes = changed("passkey-added", lambda person, device: proofs.made_key(device, person))
    if key is None:
        return page(422, key_error=_("Cette clé d’accès n’a pas pu être ajoutée. Essayez encore."))
    return done(codes, _("La clé d’accès est ajoutée."))


def own_key(key_id: str) -> Passkey | None:
    """A passkey of whoever is signed in."""
    key, who = db.session.get(Passkey, key_id), gate.person()
    return key if key and who and key.person_id == who.id else None


@bp.post("/account/second/keys/<key_id>")
@needs("account.own", own_key, into="key", always=True)
def rename_key(key: Passkey) -> Any:
    key_id, name = (
        key.id,
        " ".join("".join(c if c.isprintable() else " " for c in request.form.get("name", "")).split()),
    )
    with writing():
        factors.rename(db.session.get_one(Passkey, key_id), name)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("accounts.factors"), 303)


def refused_last() -> Any:
    """The last one of somebody of the office stays."""
    flash(
        _(
            "C’est votre dernière deuxième preuve, et votre rôle en demande une. Ajoutez-en d’abord une autre."
        ),
        "bad",
    )
    return redirect(url_for("accounts.factors"), 303)


def ask(what: str, words: str, action: str) -> Any:
    """Before a proof is taken away: what that changes at the door."""
    second = Overview.of(me())
    last = len(second.keys) + bool(second.app) == 1
    return render_template(
        "accounts/factors_remove.html", what=what, words=words, action=action, last=last, left=second.codes
    )


@bp.get("/account/second/keys/<key_id>/remove")
@needs("account.own", own_key, into="key", always=True)
def ask_remove_key(key: Passkey) -> Any:
    name = key.name or _("Clé d’accès")
    words = _("L’appareil qui la porte n’ouvrira plus votre compte, et il en sort aussitôt.")
    return ask(_("Retirer « %(name)s » ?", name=name), words, url_for("accounts.remove_key", key_id=key.id))


@bp.post("/account/second/keys/<key_id>/remove")
@needs("account.own", own_key, into="key", always=True, fresh=True)
def remove_key(key: Passkey) -> Any:
    key_id = key.id

    def drop(person: Person, device: Device | None) -> bool:
        row = db.session.get(Passkey, key_id)
        if row is None or not factors.may_drop(person):
            return False
        factors.drop_passkey(person, row, device)
        return True

    gave, codes = changed("passkey-removed", drop)
    return done(codes, _("La clé d’accès est retirée.")) if gave else refused_last()


# ---- the app


@bp.post("/account/second/app")
@needs("account.own", always=True, fresh=True)
def start_app() -> Any:
    person_id, sealed = me().id, proofs.vault().seal(factors.new_secret())
    with writing():
        factors.start_app(db.session.get_one(Person, person_id), sealed)
    return redirect(url_for("accounts.app"), 303)


@bp.get("/account/second/app")
@needs("account.own", always=True, fresh=True)
def app() -> Any:
    return app_page()


def app_page(error: str = "") -> Any:
    """The secret to scan or to type, while its first code is awaited."""
    who = me()
    row = factors.app_of(who, confirmed=False)
    secret = proofs.vault().open(row.secret) if row else None
    if secret is None:
        return redirect(url_for("accounts.factors"), 303)
    address = factors.app_address(secret, who.email or who.name, str(current_app.config["SITE_NAME"]))
    answer = render_template(
        "accounts/factors_app.html", code=look.Drawing(qr.svg(address)), secret=" ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        error=error, who=who, address=address,
    )  # fmt: skip
    return answer, 422 if error else 200


@bp.post("/account/second/app/confirm")
@security.limited("code", signed_in=True)
@needs("account.own", always=True, fresh=True)
def confirm_app() -> Any:
    typed = request.form.get("code", "")[:100]
    gave, codes = changed(
        "app-added", lambda person, device: factors.confirm_app(person, typed, proofs.vault(), device)
    )
    return done(codes, _("L’application est liée à votre compte.")) if gave else app_page(wrong_code())


@bp.get("/account/second/app/remove")
@needs("account.own", always=True)
def ask_remove_app() -> Any:
    if factors.app_of(me()) is None:
        return redirect(url_for("accounts.factors"))
    words = _("Ses codes n’ouvriront plus votre compte.")
    return ask(_("Ne plus utiliser l’application ?"), words, url_for("accounts.remove_app"))


@bp.post("/account/second/app/remove")
@needs("account.own", always=True, fresh=True)
def remove_app() -> Any:
    def drop(person: Person, device: Device | None) -> bool:
        if factors.app_of(person) is None or not factors.may_drop(person):
            return False
        factors.drop_app(person, device)
        return True

    gave, codes = changed("app-removed", drop)
    return done(codes, _("L’application n’est plus liée.")) if gave else refused_last()


# ---- codes on paper


@bp.post("/account/second/codes")
@needs("account.own", always=True, fresh=True)
def new_codes() -> Any:
    """Ten new ones; those before open nothing any more."""
    if not factors.has_factor(me()):
        return redirect(url_for("accounts.factors"), 303)
    codes, _more = changed("codes-made", lambda person, _device: factors.new_codes(person, proofs.vault()))
    return done(codes, _("Dix nouveaux codes. Les anciens n’ouvrent plus."))


# ---- for somebody who lost them


def somebody(person_id: str) -> Person | None:
    return db.session.get(Person, person_id)


@bp.get("/people/<person_id>/second/reset")
@needs("factor.reset", somebody, see="person.invite", into="person")
def ask_reset(person: Person) -> Any:
    """What follows from it, before it is done."""
    if not factors.has_factor(person):
        return redirect(url_for("accounts.person", person_id=person.id))
    return render_template(
        "accounts/factors_lost.html", person=person, office=factors.due(person) is not None
    )


@bp.post("/people/<person_id>/second/reset")
@needs("factor.reset", somebody, see="person.invite", into="person", fresh=True)
def reset(person: Person) -> Any:
    """Take every second factor away; the person comes in with a link and sets up another."""
    by, person_id, name = me().id, person.id, person.name
    if not factors.has_factor(person):
        flash(_("%(name)s n’a pas de deuxième preuve à retirer.", name=name), "wait")
        return redirect(url_for("accounts.person", person_id=person_id), 303)
    with writing():
        person = db.session.get_one(Person, person_id)
        factors.reset(person, db.session.get_one(Person, by))
        mail(person, "factor", act="reset")
    jobs.wake()
    flash(_("%(name)s entre maintenant par un lien, puis ajoute une nouvelle preuve.", name=name), "ok")
    return redirect(url_for("accounts.person", person_id=person_id), 303)
