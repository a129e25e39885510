"""What mails about minutes say. Registered with blueprints/accounts/letters.py.

The words are read when a mail leaves: minutes that were approved in the meantime wait for nobody's reading.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from blueprints.meetings.mails import when
from models.deliveries import Mail
from models.minutes import OPEN, Minutes, MinutesComment
from models.people import Person
from models.remarks import taking
from models.rights import can
from models.store import db


def _proposed(row: Mail) -> Values:
    """To who was invited, while one can remark."""
    found = db.session.get(Minutes, str(row.context.get("minutes")))
    if found is None or not taking(found) or not can(row.person, "minutes.comment", found.meeting):
        raise Moot(_("Ce procès-verbal n’attend plus de remarques."))
    by, meeting = db.session.get(Person, str(row.context.get("by"))), found.meeting
    href = addresses.external("minutes.show", meeting_code=meeting.code)
    return {"version": found, "meeting": meeting, "when": when(meeting), "by": by, "href": href}


def _answered(row: Mail) -> Values:
    found = db.session.get(MinutesComment, str(row.context.get("comment")))
    if found is None or found.state == OPEN or not can(row.person, "minutes.see", found.minutes.meeting):
        raise Moot(_("Il n’y a plus rien à dire de cette remarque."))
    meeting = found.minutes.meeting
    href = addresses.external("minutes.show", meeting_code=meeting.code, _anchor=f"remarque-{found.id}")
    return {"comment": found, "meeting": meeting, "when": when(meeting), "href": href}


letters.KINDS.update(
    minutes_proposed=(_l("Procès-verbal à relire"), _proposed),
    minutes_answered=(_l("Réponse à une remarque"), _answered),
)
