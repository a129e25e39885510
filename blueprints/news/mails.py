"""What the mail of news says, and the address in it that stops it. Registered with blueprints/accounts/letters.py.

The words are read when it leaves, by what its reader may see then. RFC 8058: a mail programme offers one press to stop,
which posts to the address of List-Unsubscribe without a session; what proves the wish is the signature in that address.
"""

from __future__ import annotations

from datetime import datetime

from flask import current_app
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from itsdangerous import BadSignature, Signer

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from blueprints.news import words
from models import telling
from models.deliveries import Mail
from models.news import AT_ONCE, NEVER
from models.people import Person
from models.store import db
from models.waiting import waiting

ONE_CLICK = "List-Unsubscribe=One-Click"
SHOWN = 6  # lines of one group; the others are on its page


def signer() -> Signer:
    return Signer(str(current_app.config["SECRET_KEY"]), salt="news")


def stop_link(person_id: str) -> str:
    """The address that stops the news of a person. It is signed, so it is kept nowhere; it does that one thing."""
    return addresses.external("news.stop_page", token=signer().sign(person_id).decode())


def by_token(token: str) -> Person | None:
    """Whose news this is about: of a double that was merged, the one that stays."""
    try:
        found = db.session.get(Person, signer().unsign(token).decode())
    except (BadSignature, UnicodeError):
        return None
    if found and found.merged_into:
        found = db.session.get(Person, found.merged_into)
    return found if found and found.forgotten_at is None else None


def _news(row: Mail) -> Values:
    who = row.person
    if who is None or not who.active:
        raise Moot(_("Ce compte est fermé."))
    choice = telling.choice_of(who)
    if choice.rhythm == NEVER:
        raise Moot(_("Cette personne ne reçoit plus de nouvelles."))
    since, until = (datetime.fromisoformat(str(row.context[name])) for name in ("since", "until"))
    found = telling.by_circle(telling.news(who, since, until))
    groups = [
        (circle, [words.new(i, external=True) for i in items[:SHOWN]], len(items[SHOWN:]))
        for circle, items in found
    ]
    waits = words.asked(waiting(who), external=True)
    if not groups and (choice.rhythm == AT_ONCE or not waits):
        raise Moot(_("Il n’y a plus rien à raconter."))
    return {
        "groups": groups, "waits": waits, "weekly": choice.rhythm != AT_ONCE, "href": addresses.external("home.index"),
        "stop": stop_link(who.id), "choose": addresses.external("news.index"),
    }  # fmt: skip


def _headers(row: Mail) -> tuple[tuple[str, str], ...]:
    return ("List-Unsubscribe", f"<{stop_link(str(row.person_id))}>"), ("List-Unsubscribe-Post", ONE_CLICK)


letters.KINDS[telling.TEMPLATE] = (_l("Nouvelles"), _news)
letters.HEADERS[telling.TEMPLATE] = _headers
