"""A meeting of the tests: a circle of the cast, a meeting in ten days, convened."""

from __future__ import annotations

from datetime import timedelta

from models import convening, replies, scheduling, seating
from models.circles import CHAIR, MEMBER, OBSERVER, SECRETARY, Circle, circle_by_code
from models.meetings import Meeting
from models.people import Person, by_email
from models.planning import add_item
from models.store import db, now, writing

LEON, NADIA, BART, ELS = (
    "leon@amis-du-chemin.example", "nadia@passerelle.example", "bart@ziekenfonds.example", "els@wijkadem.example",
)  # fmt: skip
ANNE, SAMIRA, MONIQUE = (
    "am.lhoest@habitants.example", "samira@plateforme.example", "monique@cafe-papote.example",
)  # fmt: skip
ROLES = {ANNE: CHAIR, SAMIRA: SECRETARY, LEON: MEMBER, NADIA: MEMBER, BART: MEMBER, ELS: OBSERVER}
LINK = "https://salle.example/table"


def who(email: str) -> Person:
    person = by_email(email)
    assert person is not None
    return person


def circle(code: str = "GT-ESSAI", *, proxies: int = 1, closed: bool = False) -> Circle:
    """A circle in which those of ROLES sit. Inside writing()."""
    made = Circle(
        code=code, kind="GDT", title=f"Cercle {code}", languages="fr nl", proxies=proxies, closed=closed
    )
    db.session.add(made)
    db.session.flush()
    for email, role in ROLES.items():
        seating.take_seat(made, who(email), who(SAMIRA), role=role)
    db.session.expire(made)
    return made


def meeting(
    code: str = "GT-ESSAI", *, title: str = "Rencontre d’essai", link: str | None = LINK, convene: bool = True,
    days: int = 10, reply_days: int = 3, **of_circle: object
) -> Meeting:  # fmt: skip
    """A meeting with two items, from 10:00 to 13:00 in so many days; convened, with its mails queued."""
    with writing():
        here = circle_by_code(code) or circle(code, **of_circle)  # type: ignore[arg-type]
        starts = (now() + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)
        values = {
            "title": title, "words": "", "starts_at": starts, "ends_at": starts + timedelta(hours=3), "place": "Salle bleue",
            "link": link, "languages": "fr nl", "reply_by": starts - timedelta(days=reply_days),
            "contact_name": "Secrétariat", "contact_email": SAMIRA, "contact_phone": "02 555 01 00", "remind_days": 2,
        }  # fmt: skip
        made = scheduling.add_meeting(here, values, who(SAMIRA))
        for name, minutes, decision in (("Tour de table", 60, False), ("Agenda", 120, True)):
            add_item(
                made, {"title": name, "nature": "TDT", "minutes": minutes, "decision": decision}, who(SAMIRA)
            )
        if convene:
            convening.apply(made, "convene", who(SAMIRA))
        return made


def reply(made: Meeting, email: str) -> replies.Reply:
    row = replies.reply_of(made.id, who(email).id)
    assert row is not None
    return row
