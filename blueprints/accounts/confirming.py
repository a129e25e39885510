"""A fresh proof before a sensitive act: asked for in between, with what was typed kept, and then the act goes on."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _

from blueprints import addresses, gate, security, shell
from blueprints.accounts import bp, proofs, second
from blueprints.accounts.own import me
from blueprints.accounts.routes import wanted
from blueprints.errors_text import is_secret
from blueprints.gate import needs
from models import access, factors
from models.access import Device
from models.store import db, writing


def on_not_fresh(_error: gate.NotFresh) -> Any:
    """The page that asks. A form is posted again afterwards, unless it held secrets: those are not written anywhere."""
    if shell.wants_json():
        return jsonify({"error": "not_fresh"}), 401
    if request.method in ("GET", "HEAD"):
        return redirect(url_for("accounts.confirm", next=request.full_path.rstrip("?")))
    if any(
        value and is_secret(name) for name, value in request.form.items(multi=True) if name != "csrf_token"
    ):
        return page(came_from(), "get", lost=True, status=401)
    return page(request.full_path.rstrip("?"), "post", back=came_from(), kept=shell.kept_fields(), status=401)


def came_from() -> str:
    """The page of ours that the form stood on, else the account."""
    here = urlsplit(request.referrer or "")
    path = f"{here.path}?{here.query}" if here.query else here.path
    return addresses.local(path, url_for("accounts.account"))


def page(
    target: str,
    way: str,
    *,
    back: str = "",
    kept: Any = (),
    lost: bool = False,
    status: int = 200,
    wrong: dict[str, str] | None = None,
) -> Any:
    """way: how `target` goes on, "post" or "get". back: the page to return to. wrong: what is wrong with which proof."""
    who = me()
    guarded = factors.has_factor(who)
    answer = render_template(
        "accounts/confirm.html", who=who, target=target, way=way, back=back or target, kept=kept, lost=lost, wrong=wrong or {},
        has_key=guarded and bool(factors.passkeys(who)), has_app=guarded and factors.app_of(who),
        left=factors.codes_left(who) if guarded else 0, has_password=bool(who.password) and not guarded,
        guarded=guarded, elsewhere=proofs.elsewhere(),
    )  # fmt: skip
    return answer, status


@bp.get("/enter/confirm")
@needs("account.own", always=True)
def confirm() -> Any:
    return page(wanted(), "get")


@bp.post("/enter/confirm")
@security.limited("code", signed_in=True)
@needs("account.own", always=True)
def show_again() -> Any:
    """Whoever has a second factor shows it; the password does for the others.

    What goes on goes on with 307: the browser posts the very form again, with the token that it just used.
    """
    way = "post" if request.form.get("confirm_way") == "post" else "get"
    target = addresses.local(request.form.get("confirm_to"), "/", "POST" if way == "post" else "GET")
    if target == "/":
        way = "get"
    wrong = shown()
    if wrong:
        back = addresses.local(request.form.get("confirm_back"), url_for("accounts.account"))
        kept = shell.kept_fields() if way == "post" else []
        return page(target, way, back=back, kept=kept, status=422, wrong=wrong)
    return redirect(target, 307 if way == "post" else 303)


def shown() -> dict[str, str]:
    """Nothing where the proof was right, and then it is noted; else what is wrong with it."""
    who, here = me(), gate.device()
    device_id = here.id if here else ""
    done, wrong = "", {"code": second.wrong_code()}
    if request.form.get("confirm_passkey"):
        with writing():
            here = db.session.get_one(Device, device_id)
            done = "passkey" if proofs.shown_key("use", here, here.person) else ""
        wrong = {"key": second.wrong_key()}
    elif factors.has_factor(who):
        done = proofs.shown_code(who, request.form.get("confirm_code", ""))
    elif who.password:
        done = "password" if proofs.shown_password(who, request.form.get("confirm_password", "")) else ""
        wrong = {"password": _("Ce n’est pas le mot de passe de ce compte. Relisez-le, ou demandez un lien.")}
    if not done:
        return wrong
    with writing():
        here = db.session.get_one(Device, device_id)
        access.prove(here)
        person_id = here.person_id
    if done == "paper":
        second.tell_paper(person_id)
    return {}
