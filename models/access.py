"""How somebody comes in: links in mails, and the devices that are signed in.

A link is a random token of which only the SHA-256 is kept. Looking at it (GET) never spends it: mail scanners open
links. Spending it (POST) does, once. A device is the server's side of the session cookie: the signed cookie carries a
random token, the row its hash; without a live row there is no identity, so a copied cookie dies with sign-out.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.audit import record
from models.people import Person
from models.store import Base, Moment, db, new_id, now

LIFE = {"invitation": timedelta(days=7), "sign-in": timedelta(minutes=30), "setup": timedelta(days=7)}
IDLE = timedelta(days=30)
IDLE_OFFICE = timedelta(hours=12)
OFFICE = {"coordination", "administration"}


def digest(token: str) -> str:
    """SHA-256 of a token, in hexadecimal."""
    return hashlib.sha256(token.encode()).hexdigest()


class AccessLink(Base):
    """A link that lets one person in once. purpose: a key of LIFE."""

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
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id], lazy="joined")

    @property
    def state(self) -> str:
        """ "live", "used", "withdrawn" or "expired"."""
        if self.used_at:
            return "used"
        if self.withdrawn_at:
            return "withdrawn"
        return "live" if self.expires_at > now() else "expired"


def make_link(person: Person | None, purpose: str, *, by: Person | None = None, life: timedelta | None = None) -> str:
    """A new link; returns its token, which is kept nowhere. Inside writing()."""
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccessLink(
            token_hash=digest(token),
            purpose=purpose,
            person_id=person.id if person else None,
            made_by=by.id if by else None,
            expires_at=now() + (life or LIFE[purpose]),
        )
    )
    return token


def find_link(token: str) -> AccessLink | None:
    """The link with this token, spent or not."""
    return db.session.scalar(select(AccessLink).where(AccessLink.token_hash == digest(token)))


def spend(token: str) -> AccessLink | None:
    """Mark a live link as used and return it; None where it is not live. Inside writing()."""
    link = find_link(token)
    if link is None or link.state != "live":
        return None
    link.used_at = now()
    if link.person and link.purpose == "invitation":
        link.person.active = True
    record(link.person, f"link.{link.purpose}.used", "person", link.person_id or "")
    return link


class Device(Base):
    """A browser that is signed in."""

    __tablename__ = "device"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[str] = mapped_column(ForeignKey("person.id"), index=True)
    shared: Mapped[bool] = mapped_column(default=False)
    label: Mapped[str] = mapped_column(String(120), default="")
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    seen_at: Mapped[datetime] = mapped_column(Moment, default=now)
    person: Mapped[Person] = relationship(lazy="joined")

    def live(self) -> bool:
        """Whether it was seen recently enough: 30 days for members, 12 hours for the office or a shared device."""
        short = self.shared or bool(self.person.role_names & OFFICE)
        return self.person.active and self.seen_at + (IDLE_OFFICE if short else IDLE) > now()


def add_device(person: Person, *, shared: bool, label: str) -> str:
    """Sign a browser in; returns the token for its cookie. Inside writing()."""
    token = secrets.token_urlsafe(32)
    db.session.add(Device(token_hash=digest(token), person_id=person.id, shared=shared, label=label[:120]))
    record(person, "device.signed-in", "person", person.id)
    return token


def find_device(token: str | None) -> Device | None:
    """The live device with this token."""
    if not token:
        return None
    device = db.session.scalar(select(Device).where(Device.token_hash == digest(token)))
    return device if device and device.live() else None


def drop_device(token: str) -> None:
    """Sign one browser out. Inside writing()."""
    db.session.execute(delete(Device).where(Device.token_hash == digest(token)))


def drop_devices(person: Person) -> None:
    """Sign every browser of a person out. Inside writing()."""
    db.session.execute(delete(Device).where(Device.person_id == person.id))
