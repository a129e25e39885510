"""A meeting of the tests that took place, with something said and decided; its minutes proposed, the next meeting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from models import agenda, approving, convening, minuting, planning, scheduling
from models.approving import Said
from models.circles import circle_by_code
from models.contributions import HERE, Attendance, Contribution
from models.decisions import Decision
from models.meetings import Meeting, meeting_by_code
from models.minutes import Minutes, MinutesComment
from models.store import db, new_id, now, writing
from tests.support import gatherings
from tests.support.gatherings import ANNE, LEON, NADIA, SAMIRA, who


def shift(meeting: Meeting, days: float) -> None:
    """So many days from now it begins; three hours later it ends. Inside writing()."""
    meeting.starts_at = now() + timedelta(days=days)
    meeting.ends_at = meeting.starts_at + timedelta(hours=3)


def line(meeting: Meeting, text: str, **more: Any) -> Contribution:
    """A line of the first item. Inside writing()."""
    row = Contribution(
        id=new_id(), meeting_id=meeting.id, item_id=agenda.items(meeting)[0].id, text=text, **more
    )
    db.session.add(row)
    db.session.flush()
    return row


def held(code: str = "GT-ESSAI", *, days: float = -1, decision: str = "", **of_circle: Any) -> Meeting:
    """A meeting that began so many days ago: Anne-Marie was there and late, Nadia spoke; one decision, where it has a number."""
    made = gatherings.meeting(code, **of_circle)
    with writing():
        shift(made, days)
        start = made.starts_at + timedelta(minutes=15)
        db.session.add(Attendance(meeting_id=made.id, person_id=who(ANNE).id, state=HERE, arrived_at=start))
        line(made, "Une parole zzparole", kind="reaction", person_id=who(NADIA).id)
        if decision:
            db.session.add(
                Decision(
                    id=new_id(), number=decision, circle_id=made.circle_id, meeting_id=made.id,
                    item_id=agenda.items(made)[1].id, text="On décide zzdecide", mode="consent",
                )
            )  # fmt: skip
        return made


def act(meeting: Meeting, name: str, email: str = ANNE, **said: Any) -> None:
    """One transition of its minutes."""
    with writing():
        convening.apply(meeting, name, who(email), said=Said(**said))


def remarks(row: Minutes, count: int) -> None:
    """So many remarks of people of the circle on a proposal. Inside writing()."""
    for n in range(count):
        person = who((NADIA, LEON, ANNE)[n % 3])
        db.session.add(MinutesComment(minutes_id=row.id, person_id=person.id, text=f"Remarque {n}"))


def next_one(code: str = "GT-ESSAI", *, begun: bool = True) -> Meeting:
    """The meeting after it, that begins in an hour."""
    made = gatherings.meeting(code, title="La suivante")
    if begun:
        with writing():
            shift(made, 1 / 24)
    return made


def approved(code: str = "GT-ESSAI", **more: Any) -> Meeting:
    """A meeting whose minutes were approved at the next one."""
    made = held(code, **more)
    act(made, "propose")
    next_one(code)
    act(made, "approve")
    return made


# ---- for tests that go over all pages

CLOSED_COMMENT = "00000000-0000-4000-8000-00000000c009"


def everything(out: dict[str, str], texts: tuple[str, ...]) -> None:
    """Minutes in each state, with texts at the limits, remarks of each sort; one remark of the closed circle. Inside writing()."""
    samira, nadia, words = who(SAMIRA), who(NADIA), "\n\n".join(texts)
    circle, made = circle_by_code(out["circle_nasty"]), {}
    for name, days in (("approved", -20), ("proposed", -10)):
        start = now() + timedelta(days=40)
        said = {"title": f"{texts[0]} {texts[1]}"[:200], "languages": "fr", "remind_days": 2, "place": texts[0], "starts_at": start,
                "ends_at": start + timedelta(hours=1), "contact_name": texts[0]}  # fmt: skip
        row = scheduling.add_meeting(circle, said, samira)
        item = planning.add_item(row, {"title": said["title"], "nature": "DEC", "minutes": 70}, samira)
        convening.apply(row, "convene", samira)
        shift(row, days)
        for kind, speaker in (("note", None), ("reaction", words[:200])):
            line(row, words, kind=kind, speaker=speaker)
        db.session.add(Attendance(meeting_id=row.id, name=words[:200], arrived_at=now(), left_at=now()))
        number = "D-2014-01" if name == "approved" else "D-2014-02"
        db.session.add(Decision(number=number, circle_id=circle.id, meeting_id=row.id, item_id=item.id, text=words, mode="vote", how="hands", votes_for=1, objections=words))  # fmt: skip
        db.session.flush()
        convening.apply(row, "propose", samira)
        made[name] = row
        out[f"meeting_{name}"] = row.code
    for reason in ("", words):
        if reason:
            convening.apply(made["approved"], "correct", samira, said=Said(reason=reason))
            line(made["approved"], words)
            approving.refresh(made["approved"], samira, 1)
        convening.apply(made["approved"], "approve", samira)
    version = approving.current(made["proposed"])
    for state, answer in (("open", None), ("taken", words), ("declined", texts[0])):
        one = MinutesComment(
            id=new_id(), minutes_id=version.id, person_id=nadia.id, text=words, state=state, answer=answer
        )
        db.session.add(one)
        out.setdefault("comment", one.id)
    hidden = meeting_by_code(out["meeting_closed"])
    row = Minutes(id=new_id(), meeting_id=hidden.id, content=minuting.compose(hidden))
    db.session.add(row)
    db.session.flush()
    db.session.add(
        MinutesComment(id=CLOSED_COMMENT, minutes_id=row.id, person_id=nadia.id, text="Remarque fermée")
    )
    db.session.flush()
