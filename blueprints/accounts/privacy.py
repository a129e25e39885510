"""What is done with personal data, in plain words; who can read what; the agreements behind quotes and pictures."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy import func, select

from blueprints.accounts import bp
from blueprints.accounts.own import me
from blueprints.gate import can, needs, public
from models import audit, consents, retention
from models.access import Device
from models.audit import AuditEvent
from models.people import ROLES, Person, people_with
from models.rights import READERS
from models.store import db, now
from models.vocabularies import terms

PER_PAGE = 50


@bp.get("/privacy")
@public
def privacy() -> str:
    return render_template("accounts/privacy.html", rules=retention.RULES, forever=retention.WITHOUT_END)


def last_seen(ids: list[str]) -> dict[str, Any]:
    """By id: when each was last seen on a device, else when they last came in. Two queries."""
    came = select(AuditEvent.person_id, func.max(AuditEvent.at)).where(AuditEvent.person_id.in_(ids))
    came = came.where(AuditEvent.act == "device.signed-in").group_by(AuditEvent.person_id)
    seen = select(Device.person_id, func.max(Device.seen_at)).where(Device.person_id.in_(ids))
    return dict(db.session.execute(came).all()) | dict(
        db.session.execute(seen.group_by(Device.person_id)).all()
    )  # type: ignore[arg-type]


@bp.get("/access-list")
@needs("access.list")
def access_list() -> str:
    """Who can read fiches under way. Source: Belgian law of 30 July 2018, article 9."""
    people: list[Person] = people_with(*READERS)
    since = audit.roles_since(READERS)
    seen = last_seen([p.id for p in people])
    rows = [
        (p, ", ".join(str(ROLES[r.name]) for r in p.roles if r.name in READERS), since.get(p.id, p.created_at), seen.get(p.id))
        for p in people
    ]  # fmt: skip
    return render_template("accounts/access_list.html", rows=rows, today=now())


@bp.get("/consents", endpoint="consents")
@needs("account.own")
def consents_page() -> str:
    """The agreements in the fiches that the reader may edit; for the office, in all, with what was withdrawn."""
    use = request.args.get("usage", "") if request.args.get("usage") in terms("usage") else ""
    state = request.args.get("etat", "") if request.args.get("etat") in terms("consentement") else ""
    office = can("consent.all")
    found = consents.given(None if office else me().id)
    found = [c for c in found if can("fiche.see", c.fiche)]
    rows = [c for c in found if (not use or use in c.uses) and (not state or c.state == state)]
    page = Page(
        len(rows), request.args.get("page", "1"), {k: v for k, v in (("usage", use), ("etat", state)) if v}
    )
    return render_template(
        "accounts/consents.html", rows=rows[page.first : page.first + PER_PAGE], page=page, use=use, state=state,
        uses=terms("usage"), states=terms("consentement"), office=office, all=len(found),
        withdrawn=consents.withdrawn() if office else [],
    )  # fmt: skip


class Page:
    """For ui.pagination."""

    def __init__(self, total: int, asked: str, args: dict[str, str]) -> None:
        self.total, self.args, self.pages = total, args, max(1, -(-total // PER_PAGE))
        wanted = int(asked) if asked.isdecimal() and len(asked) < 7 else 1
        self.page = min(max(wanted, 1), self.pages)

    @property
    def first(self) -> int:
        return (self.page - 1) * PER_PAGE

    def url(self, n: int) -> str:
        return url_for("accounts.consents", **self.args, **({"page": n} if n > 1 else {}))
