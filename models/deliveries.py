"""What must go out: mails and jobs, rows written in the transaction of their cause. The worker sweeps."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.people import Person
from models.store import Base, Moment, db, new_id, now

BACKOFF = [timedelta(minutes=m) for m in (1, 5, 30, 120, 720, 1440)]


class Mail(Base):
    """One mail to one person. template: a name in templates/mail; context: ids and words that it needs."""

    __tablename__ = "mail"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    person_id: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    to: Mapped[str] = mapped_column(String(255))
    language: Mapped[str] = mapped_column(String(5), default="fr")
    template: Mapped[str] = mapped_column(String(60))
    context: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    due_at: Mapped[datetime] = mapped_column(Moment, default=now, index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(Moment)
    dead_at: Mapped[datetime | None] = mapped_column(Moment)
    error: Mapped[str | None] = mapped_column(Text)
    person: Mapped[Person | None] = relationship(lazy="joined")

    @property
    def state(self) -> str:
        """A key of STATES."""
        if self.sent_at:
            return "sent"
        return "waiting" if self.dead_at is None else "dead" if self.attempts else "moot"


def mail(person: Person, template: str, /, **context: Any) -> Mail | None:
    """Queue a mail to a person; None for one who has no address. Inside writing()."""
    if not person.email:
        return None
    row = Mail(to=person.email, language=person.language, template=template, context=context)
    row.person_id = person.id
    db.session.add(row)
    return row


# waiting to leave; given up after attempts; not sent because there was nothing to say any more; sent
STATES = {
    "waiting": Mail.sent_at.is_(None) & Mail.dead_at.is_(None),
    "dead": Mail.dead_at.is_not(None) & (Mail.attempts > 0),
    "moot": Mail.dead_at.is_not(None) & (Mail.attempts == 0),
    "sent": Mail.sent_at.is_not(None),
}


def mails(state: str, limit: int = 50) -> list[Mail]:
    """The latest mails of a state, a key of STATES."""
    query = select(Mail).where(STATES[state]).order_by(Mail.made_at.desc(), Mail.id).limit(limit)
    return list(db.session.scalars(query))


def mail_count(state: str) -> int:
    """How many mails are in a state."""
    return db.session.scalar(select(func.count()).select_from(Mail).where(STATES[state])) or 0


def try_again(row: Mail) -> None:
    """A mail that was given up goes back to the queue, with all its attempts. Inside writing()."""
    row.dead_at, row.error, row.attempts, row.due_at = None, None, 0, now()


def due_mails(limit: int = 50) -> list[Mail]:
    """Mails to try now, oldest first."""
    query = select(Mail).where(Mail.sent_at.is_(None), Mail.dead_at.is_(None), Mail.due_at <= now())
    return list(db.session.scalars(query.order_by(Mail.due_at).limit(limit)))


def mail_failed(mail_id: str, error: str, *, final: bool) -> None:
    """Put a mail off (1 min to 1 day), or give it up at a final refusal or after the last delay.

    Inside writing().
    """
    row = db.session.get_one(Mail, mail_id)
    row.error = error[:500]
    if final or row.attempts >= len(BACKOFF):
        row.dead_at = now()
    else:
        row.due_at = now() + BACKOFF[row.attempts]
    row.attempts += 1


def mail_moot(mail_id: str, reason: str) -> None:
    """There is nothing to say any more: the invitation was withdrawn, the account closed. Inside writing()."""
    row = db.session.get_one(Mail, mail_id)
    row.dead_at, row.error, row.attempts = now(), reason[:500], 0


def mail_sent(mail_id: str) -> None:
    """Inside writing()."""
    row = db.session.get_one(Mail, mail_id)
    row.sent_at, row.error = now(), None
    row.context = {}  # what it said is not needed any more


class Job(Base):
    """Work for the worker. kind: a key of the table of jobs; done, total, label: progress as one shows it."""

    __tablename__ = "job"
    id: Mapped[str] = mapped_column(String(36), primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(12), default="queued", index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    label: Mapped[str] = mapped_column(String(200), default="")
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime] = mapped_column(Moment, default=now)
    started_at: Mapped[datetime | None] = mapped_column(Moment)
    ended_at: Mapped[datetime | None] = mapped_column(Moment)


def job(kind: str, by: Person | None, **payload: Any) -> Job:
    """Queue a job. Inside writing()."""
    row = Job(kind=kind, payload=payload, made_by=by.id if by else None)
    db.session.add(row)
    db.session.flush()
    return row


def next_job() -> Job | None:
    """Take the oldest job that waits. Inside writing()."""
    row = db.session.scalar(select(Job).where(Job.state == "queued").order_by(Job.made_at).limit(1))
    if row:
        row.state, row.started_at, row.attempts = "running", now(), row.attempts + 1
    return row


def adopt_orphans() -> int:
    """Jobs that a worker left behind when it died go back to the queue; after three starts they have failed.

    Called once, when the only worker of the instance starts. Inside writing(). Returns how many.
    """
    rows = list(db.session.scalars(select(Job).where(Job.state == "running")))
    for row in rows:
        row.state = "queued" if row.attempts < 3 else "failed"
        if row.state == "failed":
            row.error, row.ended_at = "worker died three times", now()
    return len(rows)
