"""What mails about groups say. Registered with blueprints/accounts/letters.py.

The words are read when a mail leaves: what was answered in the meantime, or may not be seen any more, is not spoken of.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from blueprints.groups import inviting
from models.circles import Circle
from models.deliveries import Mail
from models.groups import ASK, NO, WAITING, YES, Report, SeatRequest
from models.people import Person
from models.rights import can, report_open
from models.store import db


def _request(row: Mail) -> SeatRequest:
    found = db.session.get(SeatRequest, str(row.context.get("request")))
    if found is None:
        raise Moot(_("Cette demande n’est plus connue."))
    return found


def _asked(row: Mail) -> Values:
    """To who leads: somebody wants to come in."""
    found = _request(row)
    if found.state != WAITING or not can(row.person, "circle.invite", found.circle):
        raise Moot(_("Cette demande a sa réponse, ou une autre personne y répond."))
    href = addresses.external("groups.answer", circle_code=found.circle.code, ask_id=found.id)
    return {"seat": found, "href": href}


def _invited(row: Mail) -> Values:
    found = _request(row)
    who = row.person
    if (
        found.state != WAITING
        or found.circle.ended_at
        or who is None
        or not who.active
        or who.id != found.person_id
    ):
        raise Moot(_("Cette invitation a sa réponse, ou n’est plus ouverte."))
    by = db.session.get(Person, found.made_by) if found.made_by else None
    return {"seat": found, "by": by}


def _invited_link(_row: Mail, values: Values) -> str:
    return inviting.link(values["seat"])


def _answered(row: Mail) -> Values:
    """To who asked, or who invited."""
    found = _request(row)
    if found.state not in (YES, NO):
        raise Moot(_("Cette demande n’a pas de réponse à dire."))
    seen = can(row.person, "circle.see", found.circle)
    if found.kind != ASK and not seen:
        raise Moot(_("Cette personne ne suit plus ce groupe."))
    by = db.session.get(Person, found.answered_by) if found.answered_by else None
    href = addresses.external("groups.show", circle_code=found.circle.code) if seen else addresses.external("groups.index")  # fmt: skip
    return {"seat": found, "by": by, "yes": found.state == YES, "href": href}


def _left(row: Mail) -> Values:
    circle = db.session.get(Circle, str(row.context.get("circle")))
    person = db.session.get(Person, str(row.context.get("person")))
    if circle is None or person is None or not can(row.person, "circle.edit", circle):
        raise Moot(_("Cette personne ne suit plus ce groupe."))
    return {"left_circle": circle, "person": person, "href": addresses.external("groups.show", circle_code=circle.code)}  # fmt: skip


def _report(row: Mail) -> Values:
    """To who leads the meeting."""
    report = db.session.get(Report, str(row.context.get("report")))
    if report is None or report_open(report) or not can(row.person, "report.see", report):
        raise Moot(_("Ce rapport n’est plus à l’ordre du jour."))
    assert report.item is not None
    return {
        "report": report,
        "item": report.item,
        "taken_at": report.item.meeting,
        "href": addresses.external("groups.report", report_id=report.id),
    }


letters.KINDS.update(
    seat_asked=(_l("Demande de rejoindre un groupe"), _asked),
    seat_invited=(_l("Invitation dans un groupe"), _invited),
    seat_answered=(_l("Réponse pour une place dans un groupe"), _answered),
    seat_left=(_l("Une personne quitte un groupe"), _left),
    report_sent=(_l("Rapport d’un groupe au comité"), _report),
)
letters.LINKS.update(seat_invited=_invited_link)
