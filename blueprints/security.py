"""Flask-Security, for what it is good at (argon2, rules for passwords), and rate limits.

Its own views are switched off: they sign a person in by a number in the cookie (Flask-Login's `_user_id`),
and such a cookie, once copied, would outlive sign-out. Here a browser is signed in by a row of `device` alone.
Our view (accounts.password) asks Flask-Security whether the password is right, and then makes the device as a
link does. For the same reason its `current_user` is whoever the gate says, and nobody else.
"""

from __future__ import annotations

import hashlib
import ipaddress
import math
import time
from datetime import timedelta
from typing import Any

from flask import Flask, current_app, request
from flask_limiter import Limiter, RateLimitExceeded
from flask_security import MailUtil, PasswordUtil, Security, SQLAlchemyUserDatastore, hash_password

from blueprints import gate, shell
from models import deliveries, passwords
from models.access import IDLE
from models.people import Person, Role, by_email
from models.store import db, writing

# Enough for a person who mistypes, too little for a machine that guesses. Nobody is locked out: the counts
# pass within ten minutes, a link that somebody else asked for opens too, and links open while passwords wait.
BY_ADDRESS = "40 per 10 minutes"
BY_ACCOUNT = "8 per 10 minutes"


class Mails(MailUtil):
    """What the library wants to send goes through our queue like everything else."""

    def send_mail(
        self, template: str, subject: Any, recipient: Any, sender: Any, body: Any, html: Any, **more: Any
    ) -> None:
        person = by_email(recipient if isinstance(recipient, str) else recipient[1])
        if person:
            with writing():
                deliveries.mail(person, "library", subject=str(subject), body=str(body or ""))


class Passwords(PasswordUtil):
    """The rules of models/passwords.py, on the normalised password."""

    def validate(self, password: str, is_register: bool, **more: Any) -> tuple[list[Any] | None, str]:
        known, user = self.normalize(password), more.get("user")
        about = [current_app.config["SITE_NAME"], *_words_about(user)]
        weak = passwords.weakness(known, about)
        return ([weak] if weak else None), known


def _words_about(user: Person | None) -> list[str]:
    return [text for text in (user.name, user.email, user.organisation) if text] if user else []


def address() -> str:
    """Where a request comes from: its address, or the /64 of an IPv6 one, which a household has to itself."""
    try:
        ip = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)


def typed_account() -> str:
    """What a form says about an account: the address that was typed, or the old link."""
    return request.form.get("email") or request.form.get("link") or ""


def account() -> str:
    """Which account a form is about, known or not, as a digest."""
    typed = typed_account()
    return hashlib.sha256(typed.strip().lower().encode("utf-8", "replace")).hexdigest()[:24]


limiter = Limiter(key_func=address, storage_uri="memory://", strategy="moving-window")


def behind() -> str:
    """The account of the device that asks, whether its second factor was shown or not; "" for none."""
    device = gate.device() or gate.half()
    return device.person_id if device else ""


def limited(scope: str, *, signed_in: bool = False) -> Any:
    """Decorator of a view: its POSTs are counted by address and by account.

    signed_in: the account is that of the device, else the one that the form names.
    """
    named, key = (behind, behind) if signed_in else (typed_account, account)

    def decorate(view: Any) -> Any:
        counted = {"scope": scope, "methods": ["POST"]}
        by_address = limiter.shared_limit(BY_ADDRESS, key_func=address, **counted)
        by_account = limiter.shared_limit(
            BY_ACCOUNT, key_func=key, exempt_when=lambda: not named(), **counted
        )
        return by_address(by_account(view))

    return decorate


def too_many(error: RateLimitExceeded) -> Any:
    """429 with the seconds to wait."""
    limit = limiter.current_limit
    error.retry_after = max(1, math.ceil(limit.reset_at - time.time())) if limit else 60
    return shell.on_http_error(error)


def check_password(email: str, typed: str) -> tuple[Person, str | None] | None:
    """(person, a newer hash to keep or None) where the password is right. Outside writing(): it takes long.

    Where nobody has this address, or no password, as much work is done, so that the time tells nothing.
    """
    person = by_email(email)
    if person is None or not person.active or not person.password or len(typed) > passwords.LONGEST:
        hash_password(typed[: passwords.LONGEST])
        return None
    before = person.password
    with db.session.no_autoflush:
        right = person.verify_and_update_password(library().password_util.normalize(typed))
    newer = person.password if person.password != before else None
    db.session.expire(person)
    return (person, newer) if right else None


def new_password(person: Person, typed: str) -> tuple[str, Any]:
    """(its hash, "") or ("", what is wrong with it). Outside writing(), since it takes long."""
    problems, known = library().password_util.validate(typed, False, user=person)
    return ("", problems[0]) if problems else (hash_password(known), "")


def library() -> Any:
    """The Flask-Security of this application."""
    return current_app.extensions["security"]


def init(app: Flask) -> None:
    """Set up Flask-Security, sessions and rate limits. After the gate: what it refuses is not counted."""
    app.config.update(
        PERMANENT_SESSION_LIFETIME=timedelta(seconds=IDLE.total_seconds()),
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
        # argon2 alone: with a second secret in front, passwords would die with a lost file.
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=passwords.SHORTEST,
        SESSION_PROTECTION=None,
    )
    app.config.setdefault("RATELIMIT_ENABLED", True)
    store = SQLAlchemyUserDatastore(db, Person, Role)
    security = Security(
        app, store, register_blueprint=False, mail_util_cls=Mails, password_util_cls=Passwords
    )
    security.login_manager.user_loader(lambda _number: None)
    security.login_manager.request_loader(lambda _request: gate.person())
    limiter.init_app(app)
    app.register_error_handler(RateLimitExceeded, too_many)
