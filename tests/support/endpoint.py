"""Posting a fiche in tests of the endpoint: as a device does or as a page does, and what is stored then."""

import re
from html import unescape
from uuid import uuid4

from sqlalchemy import text
from werkzeug.datastructures import MultiDict

from models.fiche import questions
from models.fiche.content import normal
from models.fiche.fiche import find
from models.fiche.posting import Posted, write
from models.fiche.saving import Op, save
from models.store import db, new_id
from tests.support import cast

JSON = {"Accept": "application/json"}


def token(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/fiches/new").text)[1]


def send(client, path: str, fields, *, late: bool = True, sign: bool = True, **headers):
    """Post an operation; a token and an op_id are added where there are none."""
    pairs = MultiDict(fields)
    pairs.setdefault("op_id", str(uuid4()))
    if sign:
        pairs.setdefault("csrf_token", token(client))
    return client.post(path, data=pairs, headers={**(JSON if late else {}), **headers})


def stored(app) -> dict[str, list]:
    tables = (
        "fiche",
        "fiche_revision",
        "operation",
        "held_edit",
        "fiche_facet",
        "mail",
        "audit_event",
        "attachment",
        "counter",
    )
    with app.app_context():
        return {
            t: [tuple(r) for r in db.session.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2"))]
            for t in tables
        }


def content_of(app, ref: str) -> dict:
    with app.app_context():
        return normal(find(ref).content)


def rev_of(app, ref: str) -> int:
    with app.app_context():
        return find(ref).rev


def shows(page, *typed: str) -> bool:
    """Whether each text stands on the page, in a field or to be read, marked or not."""
    seen = unescape(page.text) + unescape(re.sub(r"</?mark>", "", page.text))
    missing = [t for t in typed if t not in seen]
    assert not missing, missing
    return True


def elsewhere(app, ref: str, values: dict, base: str = "rev:1", role: str = "group_member") -> None:
    """Els saves something from another device."""
    with app.app_context():
        save(ref, cast.person(role), Op(new_id(), base, Posted(values), late=True))


def complete_fields(app) -> list[tuple[str, str]]:
    with app.app_context():
        return list(write(normal(find("F-2016-009").content), list(questions.leaves())))
