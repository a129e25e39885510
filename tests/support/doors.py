"""Coming in, in tests of the door itself: links as a person gets them, and what a session holds."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import event

from blueprints import alike
from blueprints.accounts import letters
from models import access, deliveries
from models.access import AccessLink
from models.people import by_email
from models.store import db, now, writing

NADIA = "nadia@passerelle.example"
SAMIRA = "samira@plateforme.example"


def make_link(app, email: str, purpose: str = "sign-in") -> str:
    """The path of a fresh link of somebody."""
    with app.app_context(), writing():
        return "/enter/" + access.make_link(by_email(email), purpose)


def age(app, path: str, by: timedelta) -> None:
    """Let a link have been made that long ago."""
    with app.app_context(), writing():
        link = db.session.query(AccessLink).filter_by(token_hash=access.digest(path.rpartition("/")[2])).one()
        link.expires_at, link.made_at = link.expires_at - by, link.made_at - by


def withdraw(app, path: str) -> None:
    with app.app_context(), writing():
        link = db.session.query(AccessLink).filter_by(token_hash=access.digest(path.rpartition("/")[2])).one()
        link.withdrawn_at = now()


def mailed(app, email: str) -> list[str]:
    """The texts of the mails that wait for somebody, as they would leave now, the latest first."""
    with app.app_context():
        rows = [row.id for row in deliveries.mails("waiting") if row.to == email]
        return [letters.compose(mail_id).text for mail_id in rows]


def path_in(text: str) -> str:
    """The path of the link in a mail."""
    return re.search(r"https?://[^/\s]+(/\S+)", text)[1]


def open_door(client, path: str, **values):
    """Look at a link and touch its button; the answer of the button."""
    return client.submit(client.get(path), values)


def held(client) -> dict:
    """What the session cookie of a client holds now."""
    with client.session_transaction() as session:
        return dict(session)


@contextmanager
def statements(app) -> Iterator[list[str]]:
    """Collects the SQL that an application sends meanwhile, with no part of a page kept from before. Settings of the
    connection are left out: they are sent when reading turns to writing."""
    seen: list[str] = []
    alike.shelf = alike.Shelf()

    def note(_connection, _cursor, statement, *_more) -> None:
        if not statement.startswith("PRAGMA"):
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
