"""What mails about meetings say, the links by which one answers, and the calendar files that go along.

Registered with blueprints/accounts/letters.py. The words are read when a mail leaves: who is not invited any more, or a
meeting that is over, is not spoken of.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from adapters import calendars
from adapters.mail import Attached
from blueprints import addresses, formats
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from models import access, agenda, answering, notices, replies
from models.deliveries import Mail
from models.meetings import Meeting, MeetingState, Poll
from models.people import Person
from models.replies import Reply
from models.store import db, now, writing

CONVENED, CANCELLED = MeetingState.CONVENED, MeetingState.CANCELLED
FIELDS: dict[str, Any] = {
    "title": _l("le titre"),
    "starts_at": _l("le jour et l’heure"),
    "ends_at": _l("l’heure de la fin"),
    "place": _l("le lieu"),
    "link": _l("le lien à distance"),
    "reply_by": _l("jusqu’à quand on répond"),
    "agenda": _l("l’ordre du jour"),
}


def when(meeting: Meeting) -> str:
    """Day and hours: "vendredi 4 mars 2016, de 10 h 00 à 13 h 00"; that there is no date yet where there is none."""
    if meeting.starts_at is None:
        return _("date à choisir")
    return _(
        "%(day)s, %(hours)s",
        day=formats.day(meeting.starts_at),
        hours=formats.hours(meeting.starts_at, meeting.ends_at),
    )


def changes(fields: list[str]) -> list[str]:
    """What changed, in words, each once; the end says nothing beside the beginning."""
    return [str(words) for name, words in FIELDS.items()
            if name in fields and not (name == "ends_at" and "starts_at" in fields)]  # fmt: skip


# ------------------------------------------------------------------------------------------ what a mail needs


def _meeting(row: Mail, *states: str) -> Meeting:
    meeting = db.session.get(Meeting, str(row.context.get("meeting")))
    if meeting is None or meeting.state not in states:
        raise Moot(_("Cette réunion n’est plus à ce point."))
    if meeting.over and CONVENED in states:
        raise Moot(_("Cette réunion est passée."))
    return meeting


def _invited(row: Mail, meeting: Meeting) -> Reply:
    reply = replies.reply_of(meeting.id, str(row.person_id))
    if reply is None or (row.person and row.person.closed_at):
        raise Moot(_("Cette personne n’est plus attendue à cette réunion."))
    return reply


def _facts(row: Mail, meeting: Meeting) -> Values:
    items = agenda.items(meeting)
    return {
        "meeting": meeting, "when": when(meeting), "items": items, "total": agenda.total(items),
        "by": db.session.get(Person, str(row.context.get("by"))),
    }  # fmt: skip


def called(row: Mail) -> Values:
    """Convocation and update: to whoever is invited, while one can still answer."""
    meeting = _meeting(row, CONVENED)
    reply = _invited(row, meeting)
    return _facts(row, meeting) | {"reply": reply, "changes": changes(row.context.get("changed") or [])}


def _reminder(row: Mail) -> Values:
    values = called(row)
    if values["reply"].answer != replies.WAITING or answering.closed(values["meeting"]):
        raise Moot(_("Il n’y a plus de réponse à demander."))
    return values


def _cancelled(row: Mail) -> Values:
    meeting = _meeting(row, CANCELLED)
    _invited(row, meeting)
    return _facts(row, meeting)


def _voice(row: Mail) -> Values:
    """A voice that was given, taken back, or is carried by nobody any more."""
    meeting = _meeting(row, CONVENED)
    giver, reply = (db.session.get(Person, str(row.context.get("giver"))),
                    replies.reply_of(meeting.id, str(row.context.get("giver"))))  # fmt: skip
    act, carrier = row.context.get("act"), db.session.get(Person, str(row.context.get("carrier")))
    given = bool(reply and reply.proxy_id == row.person_id)
    if giver is None or (act == "given") > given or (act == "taken" and given):
        raise Moot(_("Cela a changé entre-temps."))
    if row.template == "meeting_proxy_lost" and (reply is None or reply.lost_proxy_at is None):
        raise Moot(_("Cela a changé entre-temps."))
    mine = row.person_id == giver.id
    return {
        "meeting": meeting,
        "when": when(meeting),
        "giver": giver,
        "carrier": carrier,
        "act": act,
        "mine": mine,
    }


def _dates(row: Mail) -> Values:
    poll = db.session.get(Poll, str(row.context.get("poll")))
    if poll is None or poll.closed_at or (poll.closes_at and poll.closes_at <= now()):
        raise Moot(_("La date est choisie."))
    by = db.session.get(Person, str(row.context.get("by")))
    return {"meeting": poll.meeting, "poll": poll, "by": by, "href": here("meetings.show", poll.meeting)}


# ------------------------------------------------------------------------------------------------- links


def here(endpoint: str, meeting: Meeting, **values: Any) -> str:
    return addresses.external(endpoint, meeting_code=meeting.code, **values)


def answer_link(row: Mail, values: Values) -> str:
    """The link by which one person answers for one meeting, as often as they like until the meeting ends."""
    meeting_id, code, person_id = values["meeting"].id, values["meeting"].code, row.person_id
    until = values["meeting"].ends_at
    with writing():
        person = db.session.get_one(Person, person_id)
        token = access.make_link(person, notices.REPLY, until=until, meeting_id=meeting_id)
    return addresses.external("meetings.answer_by_link", meeting_code=code, token=token)


def voice_link(row: Mail, values: Values) -> str:
    """Who gave a voice answers again by a link; who keeps the replies goes to the eve of the meeting."""
    if values["mine"]:
        return answer_link(row, values)
    return here("meetings.show", values["meeting"])


# ---------------------------------------------------------------------------------------- calendar files


def host() -> str:
    """What stands behind the @ of the identifier of an event: always the same for an instance."""
    return urlsplit(addresses.base()).hostname or "localhost"


def event(
    meeting: Meeting, items: list[agenda.AgendaItem], to: Person | None = None, *, afar: bool = True
) -> calendars.Event:
    """A meeting as an event; it must have a date. to: who is invited, for a file that goes by mail. afar: with the link
    by which one is there from a distance.

    No personal link stands in it: calendars are shared.
    """
    assert meeting.starts_at
    assert meeting.ends_at
    link = meeting.link if afar else None
    lines = [_("À distance : %(link)s", link=link)] if link else []
    lines += [_("%(n)s. %(title)s (%(minutes)s min)", n=n, title=i.title, minutes=i.minutes) for n, i in enumerate(items, 1)]  # fmt: skip
    organizer = None
    if to and meeting.contact_email:
        organizer = calendars.Party(meeting.contact_name or _("Le secrétariat"), meeting.contact_email)
    return calendars.Event(
        uid=f"{meeting.id}@{host()}", sequence=meeting.sequence, stamp=meeting.changed_at, starts=meeting.starts_at,
        ends=meeting.ends_at, timezone=meeting.timezone, title=meeting.title, description="\n".join(lines),
        place=meeting.place or link or "", url=here("meetings.show", meeting),
        cancelled=meeting.state == CANCELLED, organizer=organizer,
        attendee=calendars.Party(to.name, to.email) if to and to.email else None,
    )  # fmt: skip


def calendar_file(row: Mail, values: Values) -> tuple[Attached, ...]:
    """The meeting for a calendar: kept, moved or taken out by the same identifier."""
    meeting: Meeting = values["meeting"]
    if meeting.starts_at is None or meeting.ends_at is None:
        return ()
    method = calendars.CANCEL if meeting.state == CANCELLED else calendars.REQUEST
    data = calendars.calendar([event(meeting, values["items"], row.person)], method=method)
    name = f"{meeting.code.lower()}.ics"
    return (Attached(name, calendars.MEDIA_TYPE, data, (("method", method), ("name", name))),)


letters.KINDS.update(
    meeting_convened=(_l("Convocation"), called),
    meeting_updated=(_l("Réunion changée"), called),
    meeting_reminder=(_l("Réponse attendue"), _reminder),
    meeting_cancelled=(_l("Réunion annulée"), _cancelled),
    meeting_proxy=(_l("Voix donnée ou reprise"), _voice),
    meeting_proxy_lost=(_l("Voix que personne ne porte plus"), _voice),
    meeting_dates=(_l("Choix d’une date"), _dates),
)
for _name in ("meeting_convened", "meeting_updated", "meeting_reminder"):
    letters.LINKS[_name] = answer_link
    letters.FILES[_name] = calendar_file
letters.FILES["meeting_cancelled"] = calendar_file
letters.LINKS["meeting_proxy_lost"] = voice_link
