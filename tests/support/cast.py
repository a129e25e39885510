"""The cast of the demonstration in tests: who is who, and how each of them comes in.

A role of models.demo.CAST names its first person; "outsider" is the last one, who has written nothing.
Signing in here makes the device that the link in a mail would make, so that a test about something else does
not go through the door; the door has tests of its own.
"""

from models import access, demo
from models.people import Person
from models.store import writing

OUTSIDER = "outsider"
ROLES = (*dict.fromkeys(role for role, *_ in demo.CAST), OUTSIDER)


def person(role: str) -> Person:
    """Who plays a role. Inside an application context, with the demonstration data. Raises KeyError."""
    cast = demo.cast()
    if role == OUTSIDER:
        return cast[-1][1]
    return dict(reversed(cast))[role]


def session_of(app, role: str, *, shared: bool = False) -> dict[str, str]:
    """What the cookie of a new device of this person holds."""
    with app.app_context(), writing():
        return {"device": access.add_device(person(role), shared=shared, label="test")}


def sign_in(client, role: str, *, shared: bool = False):
    """Sign a test client in, and return it."""
    held = session_of(client.application, role, shared=shared)
    with client.session_transaction() as session:
        session.update(held)
    return client


def cookie_of(app, role: str, url: str, *, shared: bool = False) -> dict[str, str]:
    """The session cookie of a new device, as a browser is given it for `url`."""
    serializer = app.session_interface.get_signing_serializer(app)
    value = serializer.dumps(session_of(app, role, shared=shared))
    return {"name": app.config["SESSION_COOKIE_NAME"], "value": value, "url": url}
