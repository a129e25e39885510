"""The paper of a convocation (D4) goes along with its mail: made once a language, before the mails leave.

A mail never waits for long: where the paper cannot be made it leaves without, and the job says why (models/notices.py).
"""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _

from adapters import storage
from adapters.mail import Attached
from blueprints import jobs, languages
from blueprints.accounts import letters
from blueprints.accounts.letters import Values
from blueprints.dossiers.building import files_folder
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.meetings.mails import calendar_file, called
from models import dossiers, notices
from models.deliveries import Job, Mail, job
from models.meetings import Meeting, MeetingState
from models.people import Person
from models.store import db, writing

KIND = "D4"
LARGEST = 3_000_000  # bytes of a file that goes to everybody


@jobs.does("convocation")
def convocation(row: Job) -> None:
    """Ask for the paper in each language in which somebody is written to; the mails leave after it."""
    meeting_id, by_id = str(row.payload["meeting"]), row.made_by
    meeting, by = db.session.get(Meeting, meeting_id), db.session.get(Person, by_id)
    if meeting is None or by is None or meeting.state != MeetingState.CONVENED:
        return
    wanted = {languages.spoken(one.language) for one in notices.convocations(meeting)}
    orders = []
    for language in sorted(wanted):
        with force_locale(language):
            order = MeetingOrder(KIND, by.name, meeting, language)
            orders.append((language, order.key, order.content))
    with writing():
        by, meeting = db.session.get_one(Person, by_id), db.session.get_one(Meeting, meeting_id)
        for language, key, content in orders:
            if dossiers.same(key) is None:
                dossiers.order(KIND, by, key, content, meeting=meeting, language=language)
        job("convocation-out", by, meeting=meeting_id)  # the oldest job comes first: after the papers


@jobs.does("convocation-out")
def out(row: Job) -> None:
    """The papers are there, or have failed."""
    meeting_id = str(row.payload["meeting"])
    with writing():
        notices.release(db.session.get_one(Meeting, meeting_id))
    jobs.wake()


def paper(row: Mail, values: Values) -> tuple[Attached, ...]:
    """The convocation as it reads today, in the language of the mail; nothing where it is not there."""
    meeting, language = values["meeting"], languages.spoken(row.language)
    content = MeetingOrder(KIND, "", meeting, language).content
    made = next(
        (one for one in dossiers.ready_papers(KIND, meeting.id, language) if one.content == content), None
    )
    if made is None or (made.size or 0) > LARGEST or not storage.exists(files_folder(), made.sha256 or ""):
        return ()
    name = _("convocation-%(code)s.pdf", code=meeting.code.lower())
    return (Attached(name, "application/pdf", storage.read(files_folder(), made.sha256 or "")),)


def _said(row: Mail) -> Values:
    values = called(row)
    return {**values, "papers": paper(row, values)}


letters.KINDS[notices.CONVENED] = (letters.KINDS[notices.CONVENED][0], _said)
letters.FILES[notices.CONVENED] = lambda row, values: (*calendar_file(row, values), *values["papers"])
