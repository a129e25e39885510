"""How long things are kept: each rule, with a moved clock, and one minute too young as its control."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select, text, update

from adapters import storage
from blueprints import jobs
from models import retention
from models.access import AccessLink, Device
from models.attachments import ReceivedFile, attach
from models.audit import AuditEvent
from models.deliveries import Job, Mail
from models.dossiers import Dossier
from models.editions import Edition
from models.exchanges import Exchange, Notice
from models.fiche.content import get, normal, put
from models.fiche.fiche import Fiche, Revision, find
from models.fiche.journal import HeldEdit, Operation
from models.fiche.posting import Posted
from models.fiche.saving import Op, save
from models.groups import SeatRequest
from models.joining import JoinRequest
from models.mydata import DataExport
from models.notes import Note
from models.people import by_email
from models.replies import AccessNeed
from models.retention import RULES
from models.store import db, new_id, now, writing
from models.tasks import Task
from models.widening import Case
from tests.support import gatherings
from tests.support.doors import NADIA

AT = now().replace(microsecond=0)
MINUTE = timedelta(minutes=1)
RULE = {rule.key: rule for rule in RULES}
FICHE = "F-2016-002"


@pytest.fixture
def demo_app(demo_app):
    """Without what the demonstration keeps of its meetings of 2016, which the rules erase at once."""
    with demo_app.app_context(), writing():
        db.session.execute(delete(AccessNeed))
        db.session.execute(update(Exchange).values(words=None, end_words=None))
        db.session.execute(delete(Task).where(Task.state != "open"))
    return demo_app


def device(moment):
    db.session.add(Device(token_hash=new_id(), person_id=by_email(NADIA).id, seen_at=moment, made_at=moment))


def link(moment):
    db.session.add(
        AccessLink(token_hash=new_id(), purpose="sign-in", person_id=by_email(NADIA).id, expires_at=moment)
    )


def sent(moment):
    db.session.add(Mail(to=NADIA, template="password", person_id=by_email(NADIA).id, sent_at=moment))


def ended(moment):
    db.session.add(Job(kind="dossier", state="done", ended_at=moment))


def sheet(moment):
    db.session.add(Dossier(kind="D1", key="k", sha256="1" * 64, ready_at=moment, fiche_id=find(FICHE).id))


def need(moment):
    made = gatherings.meeting()
    made.ends_at = moment
    db.session.add(AccessNeed(meeting_id=made.id, person_id=by_email(NADIA).id, text="Une rampe"))


def task(moment):
    made = gatherings.meeting()
    db.session.add(
        Task(circle_id=made.circle_id, person_id=by_email(NADIA).id, what="Trier les chaises", due_on=moment.date(),
             state="done", ended_at=moment)
    )  # fmt: skip


def candidate(moment):
    made = gatherings.meeting()
    db.session.add(
        Case(code="E-2016-99", circle_id=made.circle_id, name="Ada", reason="Le logement manque", state="later", ended_at=moment)
    )  # fmt: skip


def notice(moment):
    row = Notice(kind="offer", title="Greffer", person_id=by_email(NADIA).id, closed_at=moment)
    db.session.add(row)
    db.session.flush()
    ids = {"giver_id": by_email(NADIA).id, "receiver_id": by_email("leon@amis-du-chemin.example").id}
    db.session.add(Exchange(subject="Greffer", offer_id=row.id, **ids))


def words(moment):
    ids = {"giver_id": by_email(NADIA).id, "receiver_id": by_email("leon@amis-du-chemin.example").id}
    said = {"words": "Un samedi", "end_words": "Plus le temps"}
    db.session.add(Exchange(subject="Greffer", state="ended", ended_at=moment, **said, **ids))


def waiting(moment):
    ids = {"giver_id": by_email(NADIA).id, "receiver_id": by_email("leon@amis-du-chemin.example").id}
    db.session.add(Exchange(subject="Tresser", words="Un samedi", made_at=moment, **ids))


def request(moment):
    more = {"name": "Ada", "state": "declined", "answered_at": moment}
    db.session.add(JoinRequest(email="ada@quai.example", **more))


def dossier(moment):
    db.session.add(Dossier(kind="D3", key="k", sha256="2" * 64, ready_at=moment))


def export(moment):
    db.session.add(DataExport(person_id=by_email(NADIA).id, sha256="3" * 64, ready_at=moment))


def work(moment):
    made = gatherings.meeting()
    db.session.add(Note(circle_id=made.circle_id, title="Retirée", removed_at=moment))


def asked(moment):
    made, who = gatherings.meeting(), by_email(NADIA).id
    more = {"kind": "ask", "state": "no", "answered_at": moment}
    db.session.add(SeatRequest(circle_id=made.circle_id, person_id=who, words="Moi aussi", **more))


def picture(moment, sha256="4" * 64):
    who = by_email(NADIA).id
    more = {"media_type": "image/png", "size": 1, "width": 1, "height": 1}
    db.session.add(ReceivedFile(person_id=who, posted_sha256=new_id(), sha256=sha256, at=moment, **more))


def count(model, *where) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where))


# rule → (how such a row is made, how many are left)
CASES = {
    "devices": (device, lambda: count(Device)),
    "links": (link, lambda: count(AccessLink)),
    "mails": (sent, lambda: count(Mail)),
    "jobs": (ended, lambda: count(Job, Job.kind == "dossier")),
    "requests": (request, lambda: count(JoinRequest, JoinRequest.email == "ada@quai.example")),
    "sheets": (sheet, lambda: count(Dossier, Dossier.sha256.is_not(None))),
    "dossiers": (dossier, lambda: count(Dossier, Dossier.sha256.is_not(None))),
    "pictures": (picture, lambda: count(ReceivedFile)),
    "exports": (export, lambda: count(DataExport)),
    "meeting_needs": (need, lambda: count(AccessNeed)),
    "tasks": (task, lambda: count(Task, Task.what == "Trier les chaises")),
    "notices": (notice, lambda: count(Notice, Notice.title == "Greffer")),
    "exchange_words": (
        words,
        lambda: count(Exchange, Exchange.subject == "Greffer", Exchange.words.is_not(None)),
    ),
    "waiting_words": (
        waiting,
        lambda: count(Exchange, Exchange.subject == "Tresser", Exchange.words.is_not(None)),
    ),
    "seat_requests": (asked, lambda: count(SeatRequest, SeatRequest.words == "Moi aussi")),
    "work": (work, lambda: count(Note, Note.title == "Retirée")),
    "candidates": (candidate, lambda: count(Case, Case.name == "Ada")),
}


def test_every_rule_is_tried_here():
    assert set(RULE) == {*CASES, "needs"}


@pytest.mark.parametrize("key", CASES)
@pytest.mark.parametrize(("age", "left"), [(timedelta(), 0), (MINUTE, 0), (-MINUTE, 1)])
def test_a_rule_removes_what_is_over_and_leaves_what_is_a_minute_too_young(demo_app, key, age, left):
    make, remaining = CASES[key]
    with demo_app.app_context():
        with writing():
            make(AT - RULE[key].after - age)
        assert remaining() == 1
        with writing():
            done = retention.apply(AT)
        assert remaining() == left
        assert done[key] == 1 - left
        assert sum(done.values()) == 1 - left  # and no other rule touched it


def test_a_notice_whose_day_passed_goes_like_one_that_was_taken_away_and_the_exchange_stays(demo_app):
    """The control: one without a day stays on the board, however old."""
    with demo_app.app_context():
        with writing():
            notice(AT - RULE["notices"].after)
            long_ago = (AT - RULE["notices"].after).date() - timedelta(days=2)
            db.session.add(Notice(kind="offer", title="Passée", person_id=by_email(NADIA).id, until=long_ago))
            db.session.add(
                Notice(
                    kind="offer",
                    title="Toujours",
                    person_id=by_email(NADIA).id,
                    made_at=AT - timedelta(days=3000),
                )
            )
        with writing():
            assert retention.apply(AT)["notices"] == 2
        assert count(Notice, Notice.title.in_(("Greffer", "Passée"))) == 0
        assert count(Notice, Notice.title == "Toujours") == 1
        assert count(Exchange, Exchange.subject == "Greffer", Exchange.offer_id.is_(None)) == 1


@pytest.mark.parametrize(
    ("state", "days", "left"),
    [
        ("done", 91, 0),
        ("done", 90, 1),
        ("in_touch", 365, 0),
        ("in_touch", 364, 1),
        ("proposed", 91, 1),
        ("ended", 91, 0),
    ],
)
def test_what_was_written_of_an_exchange_ends_in_each_state(demo_app, state, days, left):
    """One that was done long ago, as somebody says today, keeps its words as long as one that was done today."""
    then = AT - timedelta(days=days)
    with demo_app.app_context():
        with writing():
            ids = {"giver_id": by_email(NADIA).id, "receiver_id": by_email("leon@amis-du-chemin.example").id}
            past = {"made_at": then - timedelta(days=9), "in_touch_at": None if state == "proposed" else then}
            over = {"done": {"done_on": then.date()}, "ended": {"ended_at": then}}.get(state, {})
            db.session.add(Exchange(subject="Vanner", words="Un mot", state=state, **past, **over, **ids))
            if state == "done":
                late = {"in_touch_at": AT, "done_on": date(2016, 1, 1)}
                db.session.add(Exchange(subject="Vanner", words="Un mot", state=state, **late, **ids))
        with writing():
            retention.apply(AT)
        kept = count(Exchange, Exchange.subject == "Vanner", Exchange.words.is_not(None))
        assert kept == left + (state == "done")
        assert count(Exchange, Exchange.subject == "Vanner") == 1 + (state == "done")


def test_invitations_are_history(demo_app):
    with demo_app.app_context():
        with writing():
            db.session.add(
                AccessLink(token_hash="x", purpose="invitation", expires_at=AT - timedelta(days=3000))
            )
        with writing():
            retention.apply(AT)
        assert count(AccessLink) == 1


def test_a_picture_that_a_document_has_or_that_waits_for_a_choice_stays_with_its_file(demo_app):
    """And of one that nothing names any more, the file goes with the row."""
    files = Path(demo_app.config["INSTANCE"]) / "files"
    digests = [storage.keep(files, name.encode()) for name in ("attached", "held", "alone")]
    with demo_app.app_context():
        with writing():
            for digest in digests:
                picture(AT - RULE["pictures"].after, digest)
            more = {"media_type": "image/png", "size": 1, "width": 1, "height": 1}
            attach("fiche", find(FICHE).id, digests[0], None, **more)
            row = HeldEdit(op_id=new_id(), fiche_id=find(FICHE).id, person_id=by_email(NADIA).id, base={})
            row.content = {"gouvernance": {"schema": {"image": digests[1]}}}
            db.session.add(row)
        with writing():
            assert retention.apply(AT)["pictures"] == 1
        jobs.sweep()
        assert set(db.session.scalars(select(ReceivedFile.sha256))) == set(digests[:2])
    assert [storage.exists(files, digest) for digest in digests] == [True, True, False]


@pytest.mark.parametrize("state", [{}, {"dead_at": None}])
def test_a_mail_that_waits_is_never_too_old(demo_app, state):
    with demo_app.app_context():
        with writing():
            db.session.add(Mail(to=NADIA, template="password", made_at=AT - timedelta(days=3000), **state))
        with writing():
            retention.apply(AT)
        assert count(Mail) == 1


def test_a_mail_that_was_given_up_goes_too(demo_app):
    with demo_app.app_context():
        with writing():
            db.session.add(Mail(to=NADIA, template="password", attempts=7, dead_at=AT - RULE["mails"].after))
        with writing():
            retention.apply(AT)
        assert count(Mail) == 0


def test_a_job_that_runs_stays_and_what_points_to_one_that_goes_stays_too(demo_app):
    with demo_app.app_context():
        with writing():
            old = Job(kind="dossier", state="done", ended_at=AT - RULE["jobs"].after)
            db.session.add_all([old, Job(kind="dossier", state="running", made_at=AT - timedelta(days=3000))])
            db.session.flush()
            db.session.add(Dossier(kind="D3", key="k", sha256="2" * 64, ready_at=AT, job_id=old.id))
        with writing():
            retention.apply(AT)
        assert [j.state for j in db.session.scalars(select(Job))] == ["running"]
        [row] = db.session.scalars(select(Dossier))
        assert (row.job_id, row.state) == (None, "ready")


def test_the_file_of_a_pdf_goes_with_it_unless_another_row_names_it(demo_app):
    folder = Path(demo_app.config["INSTANCE"]) / "files"
    with demo_app.app_context():
        gone, kept = storage.keep(folder, b"one"), storage.keep(folder, b"two")
        with writing():
            for sha, moment in (
                (gone, AT - RULE["sheets"].after),
                (kept, AT - RULE["sheets"].after),
                (kept, AT),
            ):
                db.session.add(Dossier(kind="D1", key="k", sha256=sha, ready_at=moment))
        with writing():
            retention.apply(AT)
        jobs.sweep()
    assert (storage.exists(folder, gone), storage.exists(folder, kept)) == (False, True)


# ---- what people need to come


@pytest.fixture
def need(demo_app):
    """A need, written in a fiche in two versions and a journalled operation, of an edition that ends."""
    with demo_app.app_context():
        with writing():
            fiche = find(FICHE)
            content = normal(fiche.content)
            put(content, "biennale.besoins_acces", "Une boucle magnétique")
            fiche.content = content
            db.session.scalar(select(Revision).where(Revision.fiche_id == fiche.id)).content = content
        with writing():
            save(
                find(FICHE).id,
                by_email(NADIA),
                Op(new_id(), "rev:1", Posted({"reussites": "Une de plus."}, {})),
            )
        yield demo_app


def standing() -> int:
    rows = [
        text(f"SELECT count(*) FROM {t} WHERE content LIKE '%boucle magn%'")
        for t in ("fiche", "fiche_revision", "operation")
    ]
    return sum(db.session.scalar(row) for row in rows)


def ends(day: date | None, closed: bool = True) -> None:
    with writing():
        edition = db.session.scalar(select(Edition))
        edition.ends, edition.calls[0].closes_at = day, AT + timedelta(days=-40 if closed else 40)


def written() -> int:
    """How many fiches say what somebody needs."""
    rows = db.session.scalars(select(Fiche.content).where(Fiche.call_id.is_not(None)))
    return sum(get(content, "biennale.besoins_acces") is not None for content in rows)


def test_needs_are_erased_everywhere_thirty_days_after_the_biennale(need):
    today = AT.date()
    assert standing() == 4
    ends(today - timedelta(days=29))
    with writing():
        assert retention.apply(AT)["needs"] == 0
    assert standing() == 4  # the control: a day too young
    ends(today - timedelta(days=400), closed=False)
    with writing():
        assert retention.apply(AT)["needs"] == 0  # somebody may still write one
    ends(today - timedelta(days=30))
    all_of_them = written()
    assert all_of_them
    before = normal(find(FICHE).content)
    with writing():
        assert retention.apply(AT)["needs"] == all_of_them
    assert standing() == 0
    after = normal(find(FICHE).content)
    assert get(after, "biennale.besoins_acces") is None
    put(before, "biennale.besoins_acces", None)
    assert after == before
    assert db.session.scalar(select(Operation.content)) is not None
    assert db.session.scalar(select(Fiche.rev).where(Fiche.number == FICHE)) == 2


def test_an_edition_without_an_end_keeps_them(need):
    ends(None)
    with writing():
        retention.apply(AT + timedelta(days=9000))
    assert standing() == 4


# ---- the worker applies them, once a day


def test_the_worker_applies_them_once_a_day_and_says_so(demo_app, monkeypatch):
    with demo_app.app_context():
        jobs.sweep()
        with writing():
            device(now() - timedelta(days=100))
        jobs.sweep()
        assert count(Device) == 1  # today it was done already
        real = now
        monkeypatch.setattr("models.retention.now", lambda: real() + timedelta(days=1))
        monkeypatch.setattr("blueprints.accounts.data_jobs.now", lambda: real() + timedelta(days=1))
        jobs.sweep()
        assert count(Device) == 0
        [event] = db.session.scalars(select(AuditEvent).where(AuditEvent.act == "retention.applied"))
        assert (event.person_id, event.object_id, event.detail) == (None, "devices", {"rows": 1})


def test_a_rule_that_fails_changes_nothing(demo_app, monkeypatch):
    from dataclasses import replace

    def broken(_before):
        raise RuntimeError

    with demo_app.app_context():
        with writing():
            device(now() - timedelta(days=100))
        rules = (*RULES[:1], replace(RULES[1], apply=broken))
        monkeypatch.setattr(retention, "RULES", rules)
        jobs.sweep()
        assert count(Device) == 1
        assert retention.due(now())


def test_the_page_prints_the_same_table(demo_client):
    page = demo_client.get("/privacy").text
    for rule in RULES:
        assert str(rule.what) in page.replace("&#39;", "'")
        said = {365: "un an", 730: "2 ans"}.get(rule.days, f"{rule.days} jours")
        assert f"{said} {rule.since}" in page.replace("\u00a0", " ").replace("&#39;", "'")
    for what, _why in retention.WITHOUT_END:
        assert str(what) in page
