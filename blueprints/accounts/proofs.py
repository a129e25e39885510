"""How somebody shows who they are, besides by a link: a passkey, a code of the app or on paper, a password."""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, jsonify, request, session

from adapters import passkeys
from blueprints import addresses, security
from models import factors
from models.access import Device
from models.deliveries import mail
from models.factors import Passkey, Vault
from models.people import Person
from models.store import db, writing

KEPT = "challenge"  # in the session: the id of what a passkey was asked to sign


def vault() -> Vault:
    """What seals the secrets of this instance."""
    return Vault(str(current_app.secret_key))


def host() -> str:
    """The name that passkeys belong to: that of the public address."""
    return urlsplit(addresses.base()).hostname or "localhost"


def origins() -> list[str]:
    """Where a passkey of ours may be used; on this machine under any port."""
    here = urlsplit(request.host_url)
    local = [f"{here.scheme}://{here.netloc}"] if host() == here.hostname == "localhost" else []
    return [addresses.base(), *local]


def elsewhere() -> str:
    """ "" where passkeys work, else this page at the address where they do. Browsers know them by names only."""
    here = urlsplit(request.host_url)
    if here.hostname == host() and not _is_number(host()):
        return ""
    base = addresses.base()
    if _is_number(host()):
        port = f":{here.port}" if here.port else ""
        base = f"{here.scheme}://localhost{port}"
    return base + request.full_path.rstrip("?") if request.method == "GET" else base


def _is_number(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


# ---- passkeys


def ask_key(purpose: str, device: Device | None, person: Person | None) -> Any:
    """JSON for the browser: what to sign. Anybody's key will do where no person is known yet."""
    asked = _asked(purpose, device)
    known = [(key.credential_id, key.transports) for key in factors.passkeys(person)] if person else []
    return jsonify(passkeys.options_to_use(host=host(), challenge=asked, known=known))


def ask_new_key(device: Device | None, person: Person) -> Any:
    """JSON for the browser: which key to make."""
    asked = _asked("make", device)
    known = [(key.credential_id, key.transports) for key in factors.passkeys(person)]
    return jsonify(
        passkeys.options_to_make(
            host=host(), site=str(current_app.config["SITE_NAME"]), user_id=person.id,
            user_name=person.email or person.name, shown_name=person.name, challenge=asked, known=known,
        )
    )  # fmt: skip


def _asked(purpose: str, device: Device | None) -> bytes:
    with writing():
        row = factors.challenge(purpose, device)
        challenge_id, value = row.id, row.value
    session[KEPT] = challenge_id
    return value


def answered(purpose: str, device: Device | None) -> bytes | None:
    """What this browser was asked to sign, once. Inside writing()."""
    return factors.take_challenge(session.pop(KEPT, ""), purpose, device)


def shown_key(purpose: str, device: Device | None, person: Person | None) -> Passkey | None:
    """The passkey that answered; None where it did not, is not known, or is not of this person. Inside writing().

    The challenge is spent whatever the answer was.
    """
    text, asked = (
        request.form.get("passkey") or request.form.get("confirm_passkey", ""),
        answered(purpose, device),
    )
    if asked is None:
        return None
    try:
        credential_id, user_id = passkeys.named(text)
        row = factors.by_credential(credential_id)
        if row is None or (person and row.person_id != person.id) or user_id not in ("", row.person_id):
            return None
        count = passkeys.read_used(
            text, challenge=asked, host=host(), origins=origins(),
            public_key=row.public_key, sign_count=row.sign_count,
        )  # fmt: skip
    except passkeys.Refused as refused:
        current_app.logger.info("a passkey was refused: %s", str(refused)[:200])
        return None
    factors.used(row, count)
    return row


def made_key(device: Device | None, person: Person) -> Passkey | None:
    """Keep the passkey that was just made; None where it is none. Inside writing()."""
    asked = answered("make", device)
    if asked is None:
        return None
    try:
        made = passkeys.read_made(
            request.form.get("passkey", ""), challenge=asked, host=host(), origins=origins()
        )
    except passkeys.Refused as refused:
        current_app.logger.info("a new passkey was refused: %s", str(refused)[:200])
        return None
    return factors.add_passkey(
        person, device, credential_id=made.credential_id, public_key=made.public_key, sign_count=made.sign_count,
        transports=made.transports, name=request.form.get("name", ""),
    )  # fmt: skip


# ---- codes and passwords


def shown_code(person: Person, typed: str) -> str:
    """ "app" or "paper" for a right code, "" for a wrong one. Outside writing().

    Whoever types codes has shown the first proof already: after several wrong ones within an hour its owner is told.
    """
    person_id = person.id
    with writing():
        person = db.session.get_one(Person, person_id)
        shown = factors.use_code(person, typed[:100], vault())
        if not shown and factors.wrong_codes(person) == factors.MANY_WRONG:
            mail(person, "factor", act="codes-wrong")
    return shown


def shown_password(person: Person, typed: str) -> bool:
    """Whether this is the password. Outside writing(): it takes long."""
    return bool(person.email) and security.check_password(person.email or "", typed) is not None
