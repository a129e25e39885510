"""What must go out: mails and jobs, as rows written in the transaction of their cause. The worker sweeps them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, select
from sqlalchemy.orm import Mapped, mapped_column

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


def mail(person: Person, template: str, **context: Any) -> None:
    """Queue a mail to a person; one who has no address is passed over. Inside writing()."""
    if person.email:
        db.session.add(
            Mail(person_id=person.id, to=person.email, language=person.language, template=template, context=context)
        )


def due_mails(limit: int = 50) -> list[Mail]:
    """Mails to try now, oldest first."""
    query = select(Mail).where(Mail.sent_at.is_(None), Mail.dead_at.is_(None), Mail.due_at <= now())
    return list(db.session.scalars(query.order_by(Mail.due_at).limit(limit)))


def mail_failed(mail_id: str, error: str, *, final: bool) -> None:
    """Put a mail off (1 min to 1 day), or give it up after the last delay or a final refusal. Inside writing()."""
    row = db.session.get_one(Mail, mail_id)
    row.error = error[:500]
    if final or row.attempts >= len(BACKOFF):
        row.dead_at = now()
    else:
        row.due_at = now() + BACKOFF[row.attempts]
    row.attempts += 1


def mail_sent(mail_id: str) -> None:
    """Inside writing()."""
    row = db.session.get_one(Mail, mail_id)
    row.sent_at, row.error = now(), None
    # What it said is not needed any more; a link in it should not lie about.
    row.context = {}


class Job(Base):
    """Work for the worker. kind: a key of the table of jobs; done/total/label: progress as one can show it."""

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
