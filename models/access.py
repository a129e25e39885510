"""How somebody comes in: links in mails, and the devices that are signed in.

A link is a random token of which only the SHA-256 is kept. Looking at it (GET) never spends it: mail scanners
open links. Spending it (POST) does, once. The link of a mail is made when the mail leaves
(blueprints/accounts/letters.py), so that its token waits in no queue.

A device is the server's side of the session cookie: the signed cookie carries a random token, the row its
hash; without a live row there is no identity, so a copied cookie dies with sign-out.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ForeignKey, Select, String, Update, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, joinedload, mapped_column, relationship

from models.audit import done_since, record
from models.deliveries import mail
from models.people import OFFICE_ROLES as OFFICE
from models.people import Person, note_office, people_with
from models.store import Base, Moment, db, new_id, now

LIFE = {"invitation": timedelta(days=7), "sign-in": timedelta(minutes=30), "setup": timedelta(days=7)}
ENTERING = frozenset(LIFE)  # the purposes that let somebody in; a link of another purpose opens no account
# What is done, in the same transaction, when somebody comes in by an invitation.
ARRIVALS: list[Callable[[Person], None]] = []
IDLE = timedelta(days=30)
IDLE_OFFICE = timedelta(hours=12)
SEEN_EVERY = timedelta(hours=1)
FRESH = timedelta(minutes=15)  # how long a proof serves for acts that ask for a fresh one


def digest(token: str) -> str:
    """SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


class AccessLink(Base):
    """A link that lets one person in once. purpose: a key of LIFE; circle: where an invitation leads, of `cercle`.

    meeting_id: the one meeting that a link to answer is for.
    """

    __tablename__ = "access_link"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"), index=True)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    expires_at: Mapped[datetime] = mapped_column(Moment)
    used_at: Mapped[datetime | None] = mapped_column(Moment)
    withdrawn_at: Mapped[datetime | None] = mapped_column(Moment)
    circle: Mapped[str] = mapped_column(String(20), default="")
    meeting_id: Mapped[str | None] = mapped_column(ForeignKey("meeting.id"), index=True)
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="joined")

    @property
    def state(self) -> str:
        """ "live", "used", "withdrawn" or "expired". A closed account withdraws its sign-in links."""
        if self.used_at:
            return "used"
        if self.withdrawn_at or (self.purpose == "sign-in" and self.person and not self.person.active):
            return "withdrawn"
        return "live" if self.expires_at > now() else "expired"


def make_link(
    person: Person | None,
    purpose: str,
    *,
    by: Person | None = None,
    life: timedelta | None = None,
    until: datetime | None = None,
    circle: str = "",
    meeting_id: str | None = None,
) -> str:
    """A new link; returns its token, which is kept nowhere. Inside writing().

    It ends at `until`, else after `life`, else after what is usual for its purpose. meeting_id: the one meeting that a
    link to answer is for.
    """
    token = secrets.token_urlsafe(32)
    row = AccessLink(token_hash=digest(token), purpose=purpose, person_id=person.id if person else None)
    row.made_by, row.circle, row.meeting_id = by.id if by else None, circle, meeting_id
    row.expires_at = until or now() + (life or LIFE[purpose])
    db.session.add(row)
    db.session.flush()
    return token


def find_link(token: str) -> AccessLink | None:
    """The link with this token, spent or not."""
    return db.session.scalar(select(AccessLink).where(AccessLink.token_hash == digest(token)))


def spend(token: str) -> AccessLink | None:
    """Mark a live link as used and return it; None where it is not live. Inside writing().

    An invitation makes its person active. It is one however many links carry it: all of them are used.
    """
    link = find_link(token)
    if link is None or link.state != "live" or link.purpose not in ENTERING:
        return None
    link.used_at = now()
    if link.person and link.purpose == "invitation":
        link.person.active, link.person.closed_at = True, None
        db.session.execute(_live_invitations(link.person_id).values(used_at=now()))
    record(link.person, f"link.{link.purpose}.used", "person", link.person_id or "")
    if link.person and link.purpose == "invitation":
        for arrived in ARRIVALS:
            arrived(link.person)
    return link


def invite(person: Person, by: Person | None, *, circle: str = "") -> str:
    """Invite somebody, or once more: earlier invitations end, a mail is queued. Inside writing().

    Returns the token. by: None for a command; circle: a code of `cercle`, or "" for none.
    """
    db.session.execute(_live_invitations(person.id).values(withdrawn_at=now()))
    token = make_link(person, "invitation", by=by, circle=circle)
    mail(person, "invitation", link=digest(token))
    record(by, "person.invited", "person", person.id, roles=sorted(person.role_names))
    return token


def carry(person: Person, by: Person) -> str:
    """Another link of the invitation that a person has: nothing ends, no mail leaves. "" where none is live. Inside writing()."""
    last = invitations([person]).get(person.id)
    if last is None or last.state != "live":
        return ""
    return make_link(person, "invitation", by=by, until=last.expires_at, circle=last.circle)


def ask_invitation(link: AccessLink) -> bool:
    """Tell who may invite that somebody asks for another invitation, once a day; whether they were told now.

    Only for one that ended by itself: what was withdrawn stays so. Inside writing().
    """
    person = link.person
    if person is None or person.active or link.purpose != "invitation" or link.state != "expired":
        return False
    if done_since("invitation.asked", person.id, now() - timedelta(days=1)):
        return False
    maker = db.session.get(Person, link.made_by) if link.made_by else None
    for to in [maker] if maker and maker.active else people_with("coordination"):
        mail(to, "invitation_asked", person=person.id)
    record(None, "invitation.asked", "person", person.id)
    return True


def withdraw_invitation(person: Person, by: Person) -> bool:
    """End the live invitation of a person; False where there was none. Inside writing()."""
    done = db.session.execute(_live_invitations(person.id).values(withdrawn_at=now()))
    if not getattr(done, "rowcount", 0):
        return False
    record(by, "person.invitation-withdrawn", "person", person.id)
    return True


def close_account(person: Person, by: Person) -> None:
    """Nobody comes in as this person any more. What they wrote stays theirs. Inside writing()."""
    if person.active:
        person.closed_at = now()
    person.active, person.password = False, None
    db.session.execute(_live_invitations(person.id).values(withdrawn_at=now()))
    drop_devices(person)
    record(by, "person.closed", "person", person.id)


def reopen_account(person: Person, by: Person) -> bool:
    """Whoever was suspended comes in again, with a link by mail; False where nobody was. Inside writing()."""
    if person.active or person.closed_at is None or person.merged_into:
        return False
    person.active, person.closed_at = True, None
    record(by, "person.reopened", "person", person.id)
    return True


def _live_invitations(person_id: str | None) -> Update:
    """The statement that changes what is left of the invitations of a person."""
    mine = (AccessLink.person_id == person_id, AccessLink.purpose == "invitation")
    open_ones = (AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None))
    return update(AccessLink).where(*mine, *open_ones).execution_options(synchronize_session="fetch")


def never_came(person: Person) -> bool:
    """Whether this is somebody who was invited, never came in, and is waited for no more."""
    links = select(AccessLink.id).where(AccessLink.person_id == person.id, AccessLink.purpose == "invitation")
    used = links.where(AccessLink.used_at.is_not(None))
    live = links.where(
        AccessLink.used_at.is_(None), AccessLink.withdrawn_at.is_(None), AccessLink.expires_at > now()
    )
    known = person.active or person.closed_at or person.forgotten_at or person.merged_into
    return not known and not any(db.session.scalar(query.limit(1)) for query in (used, live))


def invitations(people: Iterable[Person]) -> dict[str, AccessLink]:
    """The latest invitation of each of these people who has one, by id of the person. One query."""
    ids = [p.id for p in people]
    query = select(AccessLink).where(AccessLink.purpose == "invitation", AccessLink.person_id.in_(ids))
    rows = db.session.scalars(query.order_by(AccessLink.made_at))
    return {str(link.person_id): link for link in rows}


class Device(Base):
    """A browser that is signed in. proved_at: when somebody last showed here who they are.

    second_at: since when nothing more is asked, because the second factor was shown, or there was none to show.
    Until then the device opens the second step and nothing else (blueprints/gate.py).
    held, held_at: how many unsent items the device said it holds, and when, so that a loss can be told.
    """

    __tablename__ = "device"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
    second_at: Mapped[datetime | None] = mapped_column(Moment)
    proved_at: Mapped[datetime] = mapped_column(Moment, default=now)
    held: Mapped[int] = mapped_column(default=0, server_default="0")
    held_at: Mapped[datetime | None] = mapped_column(Moment)
    person: Mapped[Person] = relationship(lazy="joined")

    def fresh(self) -> bool:
        """Whether somebody showed here who they are within a quarter of an hour."""
        return self.second_at is not None and self.proved_at + FRESH > now()

    def live(self) -> bool:
        """Whether it was seen lately: within 30 days, within 12 hours for the office or a shared device."""
        short = self.shared or bool(self.person.role_names & OFFICE)
        return self.person.active and self.seen_at + (IDLE_OFFICE if short else IDLE) > now()


def add_device(person: Person, *, shared: bool, label: str, second: bool = False) -> str:
    """Sign a browser in; returns the token for its cookie. Inside writing().

    second: the second factor was shown already. Else whoever has one is asked for it next.
    """
    from models.factors import has_factor

    token = secrets.token_urlsafe(32)
    row = Device(token_hash=digest(token), person_id=person.id, shared=shared, label=label[:120])
    row.second_at = now() if second or not has_factor(person) else None
    db.session.add(row)
    note_office(person)
    record(person, "device.signed-in", "person", person.id)
    return token


def complete(device: Device) -> str:
    """The second factor was shown: the device opens everything, under a token of its own. Inside writing().

    A copy of the cookie from before the second step is worth nothing from here on.
    """
    token = secrets.token_urlsafe(32)
    device.token_hash, device.second_at, device.proved_at = digest(token), now(), now()
    record(device.person, "device.second-shown", "person", device.person_id)
    return token


def prove(device: Device) -> None:
    """Somebody showed again who they are. Inside writing()."""
    device.proved_at = now()
    record(device.person, "device.proved", "person", device.person_id)


def note_held(device: Device, items: int) -> None:
    """Note how many unsent items a device says it holds. Inside writing()."""
    device.held, device.held_at = max(0, min(items, 100_000)), now()


def ask_second(person: Person, *, but: Device | None) -> None:
    """The browsers of a person, other than `but`, must show the second factor before they go on. Inside writing()."""
    theirs = update(Device).where(Device.person_id == person.id).values(second_at=None)
    db.session.execute(theirs.where(Device.id != but.id) if but else theirs)


@cache
def _by_token() -> Select[Any]:
    """Written once: every request asks it, and making a statement anew costs as much as asking. Not at import, when
    models to which others point may be missing still."""
    device = select(Device).options(joinedload(Device.person).joinedload(Person.roles))
    return device.where(Device.token_hash == bindparam("token"))


def find_device(token: str | None) -> Device | None:
    """The live device with this token."""
    if not token:
        return None
    device: Device | None = db.session.scalars(_by_token(), {"token": digest(token)}).unique().one_or_none()
    return device if device and device.live() else None


def touch(device: Device) -> bool:
    """Note that a device was used, at most once an hour; whether it was noted now. Inside writing()."""
    note_office(device.person)
    late = (Device.id == device.id, Device.seen_at < now() - SEEN_EVERY)
    done = db.session.execute(update(Device).where(*late).values(seen_at=now()))
    return bool(getattr(done, "rowcount", 0))


def devices(person: Person) -> list[Device]:
    """The live devices of a person, the latest seen first."""
    query = select(Device).where(Device.person_id == person.id).order_by(Device.seen_at.desc())
    return [row for row in db.session.scalars(query) if row.live()]


def drop_device(token: str) -> None:
    """Sign one browser out. Inside writing()."""
    device = db.session.scalar(select(Device).where(Device.token_hash == digest(token)))
    if device:
        record(device.person, "device.signed-out", "person", device.person_id)
        db.session.delete(device)


def drop_one(person: Person, device_id: str) -> bool:
    """Sign out one browser of this person, by its id; False where it is not theirs. Inside writing()."""
    device = db.session.get(Device, device_id)
    if device is None or device.person_id != person.id:
        return False
    record(person, "device.dropped", "person", person.id)
    db.session.delete(device)
    return True


def drop_devices(person: Person, *, but: Device | None = None) -> None:
    """Sign every browser of a person out, or every other than `but`. Inside writing()."""
    gone = delete(Device).where(Device.person_id == person.id)
    db.session.execute(gone.where(Device.id != but.id) if but else gone)
    record(person, "devices.dropped", "person", person.id)
