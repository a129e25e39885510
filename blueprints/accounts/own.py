"""My account: what others read about me, my devices, my password."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import gate, jobs, security
from blueprints.accounts import bp, devices
from blueprints.accounts.forms import NewPasswordForm, SelfForm, errors
from blueprints.accounts.overview import Overview
from blueprints.gate import needs
from models import access
from models.access import Device
from models.audit import record
from models.deliveries import mail
from models.people import Person
from models.store import db, writing


def me() -> Person:
    """Who is signed in, on a route that only lets such a person pass."""
    who = gate.person()
    if who is None:
        abort(401)
    return who


def unknown() -> str:
    """Why nothing is done with an address that was typed: it does not say whether somebody has it."""
    if gate.can("person.invite"):
        return _("Nous ne connaissons pas cette adresse. Invitez d’abord cette personne sur le site, puis revenez.")  # fmt: skip
    return _("Nous ne pouvons rien faire de cette adresse\u00a0: elle n’est pas connue ici, ou n’est pas montrée à tous. Demandez à la coordination, qui voit toutes les adresses.")  # fmt: skip


def page(status: int = 200, *, myself: SelfForm | None = None, secret: NewPasswordForm | None = None) -> Any:
    """The account, with the form that came back."""
    who = me()
    myself, secret = myself or SelfForm(obj=who), secret or NewPasswordForm()
    found = errors(myself) + errors(secret)
    answer = render_template(
        "accounts/account.html", who=who, myself=myself, secret=secret, errors=found, here=gate.device(),
        devices=access.devices(who), fresh=devices.is_fresh(), second=Overview.of(who),
    )  # fmt: skip
    return answer, status


@bp.get("/account")
@needs("account.own", always=True)
def account() -> Any:
    return page()


@bp.post("/account")
@needs("account.own", always=True)
def change_account() -> Any:
    form, who = SelfForm(request.form), me()
    if not form.validate():
        return page(422, myself=form)
    with writing():
        who = db.session.get_one(Person, who.id)
        who.name, who.organisation = str(form.name.data), form.organisation.data or None
        record(who, "person.changed", "person", who.id)
    flash(_("C’est noté."), "ok")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/password")
@security.limited("password")
@needs("account.own", fresh=True, always=True)
def set_password() -> Any:
    """A first password after a fresh proof; another one with the one before it as well."""
    form, who = NewPasswordForm(request.form), me()
    if who.password and not proven(form, who):
        return page(422, secret=form)
    hashed, weak = security.new_password(who, str(form.password.data or ""))
    if weak:
        form.password.errors = [weak]
        return page(422, secret=form)
    keep_password(who, hashed, "changed" if who.password else "added")
    flash(_("Votre mot de passe est gardé. Le lien par courriel marche toujours."), "ok")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/password/remove")
@security.limited("password")
@needs("account.own", fresh=True, always=True)
def remove_password() -> Any:
    form, who = NewPasswordForm(request.form), me()
    if who.password and not proven(form, who):
        return page(422, secret=form)
    if who.password:
        keep_password(who, None, "removed")
    flash(_("Il n’y a plus de mot de passe. Vous entrez avec un lien reçu par courriel."), "ok")
    return redirect(url_for("accounts.account"), 303)


def proven(form: NewPasswordForm, who: Person) -> bool:
    """Whether the password in use was typed as well; if not, the form says so."""
    if security.check_password(who.email or "", str(form.current.data or "")):
        return True
    form.validate()
    form.current.errors = [_("Ce n’est pas le mot de passe actuel. Relisez-le, ou entrez par courriel.")]
    return False


def keep_password(who: Person, hashed: str | None, act: str) -> None:
    """Write it, sign the other browsers out, and tell the person by mail."""
    person_id, here = who.id, gate.device()
    with writing():
        who = db.session.get_one(Person, person_id)
        who.password = hashed
        if act != "added":
            access.drop_devices(who, but=here)
        record(who, f"password.{act}", "person", who.id)
        mail(who, "password", act=act)
    jobs.wake()


def own_device(device_id: str) -> Device | None:
    """A device of whoever is signed in."""
    device, who = db.session.get(Device, device_id), gate.person()
    return device if device and who and device.person_id == who.id else None


@bp.post("/account/devices/<device_id>/drop")
@needs("account.own", own_device, into="device", always=True)
def drop_device(device: Device) -> Any:
    device_id, name = device.id, device.label or _("Appareil")
    with writing():
        access.drop_one(db.session.get_one(Person, me().id), device_id)
    flash(_("Cet appareil est sorti : %(name)s.", name=name), "ok")
    return redirect(url_for("accounts.account"), 303)


@bp.post("/account/devices/drop")
@needs("account.own", always=True)
def drop_all() -> Any:
    with writing():
        access.drop_devices(db.session.get_one(Person, me().id))
    devices.end()
    flash(_("Vous êtes sorti de tous vos appareils."), "ok")
    return redirect(url_for("accounts.sign_in"), 303)
