"""Mails about meetings, received by a real server: convocation, change, cancellation, reminder, voices; the .ics read back."""

import io
import re
from contextlib import contextmanager
from datetime import timedelta

import pikepdf
import pytest
from icalendar import Calendar
from sqlalchemy import select

from blueprints import jobs, styleguide
from blueprints.accounts import letters
from blueprints.meetings import convocation, mails
from models import answering, convening, notices, replies, scheduling
from models.access import AccessLink, digest, find_link
from models.answering import Answer
from models.deliveries import Mail
from models.meetings import Meeting
from models.store import db, new_id, now, writing
from tests.support import gatherings
from tests.support.gatherings import ANNE, LEON, NADIA, SAMIRA, who


class Held:
    """A meeting that is read anew each time: the worker lets go of what was loaded."""

    def __init__(self, made: Meeting):
        self.id, self.code = made.id, made.code

    def __getattr__(self, name: str):
        return getattr(db.session.get_one(Meeting, self.id), name)


def meeting() -> Held:
    return Held(gatherings.meeting())


@contextmanager
def posted(make_app, smtp):
    """A site whose mails go to a real server; none waits."""
    app = make_app(
        {"MAIL_SERVER": smtp.host, "MAIL_PORT": smtp.port, "MAIL_TIMEOUT": 5, "MAIL_SENDER": "table@tablee.example"}, demo=True
    )  # fmt: skip
    with app.app_context():
        with writing():
            for row in db.session.scalars(select(Mail)):
                db.session.delete(row)
        yield app


@pytest.fixture
def posting(make_app, smtp, monkeypatch):
    """The worker lets convocations go at once: setting their paper takes a second."""
    monkeypatch.setitem(jobs.JOBS, "convocation", convocation.out)
    with posted(make_app, smtp) as app:
        yield app


def sweep(smtp) -> dict[str, object]:
    """What the worker sends now, by recipient; what its jobs let go wakes it once more."""
    before = len(smtp.messages)
    jobs.sweep()
    jobs.sweep()
    return {delivered.recipients[0]: delivered for delivered in smtp.messages[before:]}


def calendar_of(delivered):
    """(part, calendar, event) of the file that came along."""
    (part,) = [p for p in delivered.message.walk() if p.get_content_type() == "text/calendar"]
    whole = Calendar.from_ical(part.get_payload(decode=True))
    (event,) = whole.walk("VEVENT")
    return part, whole, event


def again(made) -> Meeting:
    return db.session.get_one(Meeting, made.id)


def change(made, **new) -> None:
    with writing():
        row = again(made)
        values = {name: getattr(row, name) for name in scheduling.FIELDS} | new
        scheduling.change_meeting(row, values, row.rev, who(SAMIRA))


KINDS = [name for name in letters.KINDS if name.startswith(("meeting_", "minutes_"))]


@pytest.mark.parametrize("name", KINDS)
def test_each_reads_well_twice(demo_app, name):
    with demo_app.test_request_context("/"):
        words = styleguide.sample(name)
    assert 10 <= len(words.subject) <= 78
    assert "Samira Haddad" in words.text
    for address in re.findall(r'class="btn" href="([^"]+)"', words.html):
        assert address in words.text.splitlines()
    assert "<" not in words.text
    assert "\n\n\n" not in words.text
    assert '<html lang="fr">' in words.html
    assert not re.search(r"<(img|script|link)|url\(", words.html)


def test_convened_changed_and_cancelled_in_real_mails(posting, smtp):
    made = meeting()
    first = sweep(smtp)
    assert len(first) == 6  # one mail a reader
    leon = first[LEON]
    assert "venez-vous" in str(leon.message["Subject"])
    assert "180 minutes" in leon.text.replace("\u00a0", " ")
    part, whole, event = calendar_of(leon)
    assert (part.get_param("method"), str(whole["METHOD"])) == ("REQUEST", "REQUEST")
    assert part.get_filename() == f"{made.code.lower()}.ics"
    assert event["DTSTART"].dt == made.starts_at
    assert str(whole.walk("VTIMEZONE")[0]["TZID"]) == "Europe/Brussels"
    assert (event["UID"], event["SEQUENCE"]) == (f"{made.id}@{mails.host()}", 0)
    assert str(event["ATTENDEE"]) == f"mailto:{LEON}"
    assert not any(NADIA in str(v) for v in event.values())

    starts = made.starts_at + timedelta(days=1)
    change(made, starts_at=starts, ends_at=starts + timedelta(hours=3), place="Salle verte")
    changed = sweep(smtp)[LEON]
    assert "le jour et l’heure, le lieu" in changed.text
    _, whole, moved = calendar_of(changed)
    assert (str(whole["METHOD"]), moved["UID"], moved["SEQUENCE"]) == ("REQUEST", event["UID"], 1)
    assert moved["DTSTART"].dt == starts

    with writing():
        convening.apply(again(made), "cancel", who(SAMIRA), reason="La salle est fermée.")
    gone = sweep(smtp)[LEON]
    assert "La salle est fermée." in gone.text
    part, whole, event = calendar_of(gone)
    assert (part.get_param("method"), str(whole["METHOD"]), str(event["STATUS"])) == (
        "CANCEL",
        "CANCEL",
        "CANCELLED",
    )
    assert (event["UID"], event["SEQUENCE"]) == (moved["UID"], 2)


def paper_of(delivered) -> bytes | None:
    parts = [p for p in delivered.message.walk() if p.get_content_type() == "application/pdf"]
    assert len(parts) < 2
    return parts[0].get_payload(decode=True) if parts else None


@pytest.mark.pdf
def test_the_convocation_on_paper_goes_along(make_app, smtp):
    with posted(make_app, smtp):
        made = meeting()
        assert {row.state for row in notices.convocations(again(made))} == {"waiting"}
        sent = sweep(smtp)
        assert len(sent) == 6
        papers = {paper_of(one) for one in sent.values()}
        assert len(papers) == 1 + len({row.language for row in db.session.scalars(select(Mail))} - {"fr"})
        assert "La convocation est jointe aussi" in sent[LEON].text
        with pikepdf.open(io.BytesIO(paper_of(sent[LEON]))) as pdf:
            assert len(pdf.pages) >= 1
            assert str(pdf.Root.Lang) == "fr"


@pytest.mark.parametrize("broken", ["made later", "not made"])
def test_a_convocation_waits_for_its_paper_and_not_for_ever(make_app, smtp, monkeypatch, broken):
    with posted(make_app, smtp):
        if broken == "not made":
            monkeypatch.setitem(jobs.JOBS, "dossier", fails)
            made = meeting()
            sent = sweep(smtp)
        else:
            monkeypatch.setattr(jobs, "run_one", lambda: False)  # the worker does nothing but send
            made = meeting()
            assert sweep(smtp) == {}
            with writing():
                for row in notices.convocations(again(made)):
                    assert timedelta(minutes=9) < row.due_at - now() <= notices.PAPER
                    row.due_at -= notices.PAPER
            sent = sweep(smtp)
        assert len(sent) == 6
        assert {paper_of(one) for one in sent.values()} == {None}
        assert "jointe aussi" not in sent[LEON].text
        assert calendar_of(sent[LEON])


def fails(_job) -> None:
    raise RuntimeError("no paper")


def test_the_link_of_a_mail_is_made_when_it_leaves_and_ends_with_the_meeting(posting, smtp):
    made = meeting()
    links = select(AccessLink).where(AccessLink.purpose == notices.REPLY)
    assert db.session.scalars(links).all() == []
    text = sweep(smtp)[LEON].text
    token = re.search(rf"/meetings/{made.code}/reply/(\S+)", text)[1]
    link = find_link(token)
    assert (link.person_id, link.meeting_id, link.expires_at) == (who(LEON).id, made.id, made.ends_at)
    assert token not in "".join(str(row.context) for row in db.session.scalars(select(Mail)))
    later = made.starts_at + timedelta(days=3)
    change(made, starts_at=later, ends_at=later + timedelta(hours=3))
    assert find_link(token).expires_at == later + timedelta(hours=3)
    assert link.token_hash == digest(token)


def test_no_personal_link_stands_in_a_calendar(posting, smtp):
    meeting()
    part, _, _ = calendar_of(sweep(smtp)[LEON])
    assert b"/reply/" not in part.get_payload(decode=True).replace(b"\r\n ", b"")


def test_reminders_leave_by_themselves_and_only_to_who_is_missing(posting, smtp):
    made = meeting()
    sweep(smtp)
    answering.answer(made.id, who(LEON).id, who(LEON), Answer("OUI", new_id()))
    assert sweep(smtp) == {}
    with writing():
        again(made).reply_by = now() + timedelta(days=1, hours=23)
    jobs.sweep()
    sent = {**sweep(smtp), **{d.recipients[0]: d for d in smtp.messages[6:]}}
    assert len(sent) == 5
    assert LEON not in sent
    assert "Il manque votre réponse" in str(sent[NADIA].message["Subject"])
    assert sweep(smtp) == {}


def test_who_answers_before_a_reminder_leaves_is_not_reminded(posting, smtp):
    made = meeting()
    sweep(smtp)
    with writing():
        notices.remind(again(made), who(SAMIRA))
    answering.answer(made.id, who(LEON).id, who(LEON), Answer("OUI", new_id()))
    assert LEON not in sweep(smtp)


def test_voices_are_told_and_their_loss(posting, smtp):
    made = meeting()
    sweep(smtp)
    answering.answer(made.id, who(LEON).id, who(LEON), Answer("PRO", new_id(), proxy_id=who(ANNE).id))
    told = sweep(smtp)
    assert list(told) == [ANNE]
    assert "Léon Marchal" in told[ANNE].text
    answering.answer(made.id, who(ANNE).id, who(ANNE), Answer("IND", new_id()))
    lost = sweep(smtp)
    assert sorted(lost) == sorted([LEON, SAMIRA])
    assert "/reply/" in lost[LEON].text  # to answer again
    assert "/reply/" not in lost[SAMIRA].text


def test_what_is_not_true_any_more_does_not_leave(posting, smtp):
    made = meeting()
    with writing():
        answering.left(again(made), who(NADIA), who(SAMIRA))
        convening.apply(again(made), "cancel", who(SAMIRA))
    assert sweep(smtp) == {}  # who never heard of it hears of nothing
    assert {row.state for row in db.session.scalars(select(Mail))} == {"moot"}


@pytest.mark.parametrize(
    "text", ["Fin\r\nBcc: tous@example.org", "=cmd|'/C calc'!A0", "<script>alert(1)</script>", "a\u2028b"]
)
def test_hostile_titles_stay_words(posting, smtp, text):
    made = meeting()
    with writing():
        again(made).title, again(made).place, again(made).words = text, text, text
    leon = sweep(smtp)[LEON]
    assert leon.message["Bcc"] is None
    assert "<script>" not in leon.html
    _, whole, event = calendar_of(leon)
    assert not str(event["SUMMARY"]).startswith("=")
    assert len(whole.walk()) == len(whole.walk("VEVENT")) + len(whole.walk("VTIMEZONE")) + 1 + len(
        whole.walk("STANDARD")
    ) + len(whole.walk("DAYLIGHT"))


def test_needs_are_in_no_mail(posting, smtp):
    made = meeting()
    sweep(smtp)
    said = Answer("PRO", new_id(), proxy_id=who(ANNE).id, needs="zzrampe", message="zzmot")
    answering.answer(made.id, who(LEON).id, who(LEON), said)
    answering.answer(made.id, who(ANNE).id, who(ANNE), Answer("IND", new_id(), needs="zzbande"))
    change(made, place="Salle verte")
    sent = sweep(smtp)
    assert len(sent) >= 6
    for delivered in smtp.messages:
        parts = [
            p.get_payload(decode=True) for p in delivered.message.walk() if p.get_content_maintype() == "text"
        ]
        said = b"\n".join([str(delivered.message["Subject"]).encode(), *parts])
        assert len(said) > 200
        assert b"zz" not in said  # as it is read: two letters of base64 say nothing
    assert replies.needs(again(made))
