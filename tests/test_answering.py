"""Answers to a convocation, in the domain: who, until when, whose voice is carried, and that none is lost."""

import sqlite3
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, delete, func, select, text

from models import answering, notices, replies, retention
from models.answering import Answer, BadAnswer, Closed, NotInvited, answer
from models.audit import AuditEvent
from models.circles import circle_by_code
from models.deliveries import Mail
from models.fiche.journal import Operation
from models.fiche.saving import Reused
from models.meetings import Meeting
from models.replies import AccessNeed
from models.store import Base, db, now, writing
from models.workflow import Refused
from tests.support.gatherings import ANNE, BART, ELS, LEON, MONIQUE, NADIA, SAMIRA, meeting, reply, who
from tests.test_race import EACH, THREADS, at_once


@pytest.fixture
def made(demo_app):
    with demo_app.app_context():
        yield meeting()


def say(made, email: str, code: str, *, by: str = "", **more):
    said = Answer(answer=code, op_id=more.pop("op_id", str(uuid4())), **more)
    return answer(made.id, who(email).id, who(by or email), said)


def give(made, giver: str, carrier: str, **more):
    return say(made, giver, "PRO", proxy_id=who(carrier).id, **more)


def queued(template: str) -> list[str]:
    rows = db.session.scalars(select(Mail).where(Mail.template == template, Mail.sent_at.is_(None)))
    return sorted(row.to for row in rows)


def shift(made, **moments) -> None:
    with writing():
        row = db.session.get_one(Meeting, made.id)
        for name, value in moments.items():
            setattr(row, name, value)


# ------------------------------------------------------------------------------------------ one answer


def test_everybody_is_asked_and_one_answers(made):
    assert {r.answer for r in replies.of(made)} == {"ATT"}
    assert len(queued("meeting_convened")) == 6
    done = say(made, LEON, "OUI", message=" À vendredi ", needs="Un siège près de la porte")
    row = reply(made, LEON)
    assert (row.answer, row.message, row.rev, row.entered_by) == ("OUI", "À vendredi", 1, None)
    assert row.at is not None
    assert done.receipt["rev"] == 1
    assert replies.needs(made) == {who(LEON).id: "Un siège près de la porte"}


def test_one_changes_ones_mind_and_what_is_not_asked_stays(made):
    say(made, LEON, "OUI", needs="Une rampe", message="oui")
    say(made, LEON, "IND")
    assert (reply(made, LEON).answer, reply(made, LEON).message) == ("IND", "oui")
    say(made, LEON, "OUI", needs="", message="")
    assert reply(made, LEON).message is None
    assert replies.needs(made) == {}


def test_one_operation_has_one_effect(made):
    op = str(uuid4())
    first = say(made, LEON, "OUI", op_id=op, needs="Une rampe")
    again = say(made, LEON, "OUI", op_id=op, needs="Une rampe")
    assert again.replayed
    assert again.receipt == first.receipt
    assert reply(made, LEON).rev == 1
    with pytest.raises(Reused):
        say(made, LEON, "IND", op_id=op, late=True)
    say(made, LEON, "IND", op_id=op)  # a page that was sent twice with other words: a new answer
    assert reply(made, LEON).answer == "IND"
    with pytest.raises(Reused):
        say(made, NADIA, "OUI", op_id=op, late=True)


def test_the_journal_holds_no_word_of_what_somebody_needs(made):
    say(made, LEON, "OUI", needs="zzcanary", message="zzmessage")
    rows = db.session.scalars(select(Operation).where(Operation.document_kind == "reply"))
    assert not any("zz" in f"{row.receipt}{row.content}" for row in rows)


def test_the_last_to_arrive_wins_and_hears_of_the_other(made):
    seen = reply(made, BART).rev
    say(made, BART, "IND", by=SAMIRA, base=seen)
    row = reply(made, BART)
    assert row.entered_by == who(SAMIRA).id
    done = say(made, BART, "OUI", base=seen)
    assert done.replaced["answer"] == "IND"
    assert done.replaced["by"] == who(SAMIRA).id
    assert (reply(made, BART).answer, reply(made, BART).entered_by) == ("OUI", None)
    assert say(made, BART, "DIS", base=2).replaced is None


@pytest.mark.parametrize("by", [NADIA, MONIQUE, BART])
def test_nobody_but_who_keeps_the_replies_notes_for_another(made, by):
    with pytest.raises(NotInvited):
        say(made, LEON, "OUI", by=by)
    assert reply(made, LEON).answer == "ATT"
    say(made, LEON, "OUI", by=ANNE)


def test_who_was_not_invited_does_not_answer(made):
    with pytest.raises(NotInvited):
        say(made, MONIQUE, "OUI")


# ------------------------------------------------------------------------------------------- until when


def test_after_the_time_only_the_secretariat_notes(made):
    shift(made, reply_by=now() - timedelta(seconds=1))
    with pytest.raises(Closed) as late:
        say(made, LEON, "OUI")
    assert late.value.reason == "late"
    say(made, LEON, "OUI", by=SAMIRA)
    shift(made, ends_at=now() - timedelta(seconds=1))
    with pytest.raises(Closed):
        say(made, LEON, "IND", by=SAMIRA)
    assert reply(made, LEON).answer == "OUI"


@pytest.mark.parametrize(
    ("state", "why"), [("prepared", "prepared"), ("cancelled", "cancelled"), ("held", "over")]
)
def test_no_answer_is_taken_in_another_state(made, state, why):
    with writing():
        db.session.get_one(Meeting, made.id).state = state
    with pytest.raises(Closed) as over:
        say(made, LEON, "OUI")
    assert over.value.reason == why
    assert answering.WHY[why]


def test_an_answer_that_is_none_is_refused(made):
    for code in ("", "ATT", "PRE", "oui", "X" * 9):
        with pytest.raises(BadAnswer):
            say(made, LEON, code)
    with pytest.raises(BadAnswer) as long:
        say(made, LEON, "OUI", message="x" * 2001)
    assert long.value.field == "message"
    shift(made, link=None)
    with pytest.raises(BadAnswer):
        say(made, LEON, "DIS")
    assert reply(made, LEON).rev == 0


# ----------------------------------------------------------------------------------------------- voices


def test_a_voice_is_given_and_its_carrier_told(made):
    give(made, LEON, ANNE)
    assert reply(made, LEON).proxy_id == who(ANNE).id
    assert queued("meeting_proxy") == [ANNE]
    say(made, LEON, "OUI")
    assert reply(made, LEON).proxy_id is None
    assert queued("meeting_proxy") == [ANNE, ANNE]


@pytest.mark.parametrize(
    ("carrier", "before"),
    [(LEON, None), (ELS, None), (MONIQUE, None), ("", None), (ANNE, ("IND",)), (ANNE, ("PRO", BART)), (ANNE, ("full",))],
)  # fmt: skip
def test_who_cannot_carry_a_voice(made, carrier, before):
    """Oneself, who only observes, who was not invited, nobody; who does not come, gives their own, or carries enough."""
    if before and before[0] == "full":
        give(made, BART, ANNE)
    elif before:
        say(made, ANNE, before[0], proxy_id=who(before[1]).id if len(before) > 1 else "")
    with pytest.raises(BadAnswer) as bad:
        say(made, LEON, "PRO", proxy_id=who(carrier).id if carrier else "")
    assert bad.value.field == "proxy"
    assert reply(made, LEON).answer == "ATT"
    if carrier:
        offered = answering.carriers(made, who(LEON).id, replies.of(made))
        assert who(carrier) not in offered


def test_a_circle_says_how_many_voices_one_carries(made):
    with writing():
        circle_by_code("GT-ESSAI").proxies = 2
    give(made, LEON, ANNE)
    give(made, BART, ANNE)
    with pytest.raises(BadAnswer):
        give(made, NADIA, ANNE)
    give(made, LEON, ANNE)  # it is theirs already
    with writing():
        circle_by_code("GT-ESSAI").proxies = 0
    with pytest.raises(BadAnswer):
        give(made, NADIA, BART)


def test_who_observes_has_no_voice_to_give(made):
    with pytest.raises(BadAnswer):
        give(made, ELS, ANNE)


@pytest.mark.parametrize("how", ["IND", "PRO", "leaves"])
def test_when_the_carrier_drops_out_it_is_noticed(made, how):
    give(made, LEON, ANNE)
    if how == "leaves":
        with writing():
            answering.left(made, who(ANNE), who(SAMIRA))
        assert replies.reply_of(made.id, who(ANNE).id) is None
    else:
        say(made, ANNE, how, proxy_id=who(BART).id if how == "PRO" else "")
    row = reply(made, LEON)
    assert (row.answer, row.proxy_id, row.lost_proxy_id) == ("PRO", None, who(ANNE).id)
    assert row.lost_proxy_at is not None
    assert queued("meeting_proxy_lost") == sorted([LEON, SAMIRA])
    say(made, LEON, "OUI")
    assert reply(made, LEON).lost_proxy_id is None


def test_a_carrier_who_still_comes_keeps_the_voice(made):
    """The control of the one above."""
    give(made, LEON, ANNE)
    say(made, ANNE, "OUI")
    say(made, ANNE, "DIS")
    assert reply(made, LEON).proxy_id == who(ANNE).id
    assert queued("meeting_proxy_lost") == []


# -------------------------------------------------------------------------------------------- reminders


def test_only_missing_answers_are_reminded_and_once_a_day(made):
    say(made, LEON, "OUI")
    with writing():
        assert notices.remind(db.session.get_one(Meeting, made.id), who(SAMIRA)) == 5
    assert LEON not in queued("meeting_reminder")
    with writing():
        assert notices.remind(db.session.get_one(Meeting, made.id), who(SAMIRA)) == 0


def test_nobody_is_reminded_of_a_meeting_that_is_over_or_cancelled(made):
    hour = timedelta(hours=1)
    for values in ({"starts_at": now() - 2 * hour, "ends_at": now() - hour}, {"state": "cancelled"}):
        kept = {name: getattr(db.session.get_one(Meeting, made.id), name) for name in values}
        shift(made, **values)
        with pytest.raises(Refused, match="Personne n’est rappelé"), writing():
            notices.remind(db.session.get_one(Meeting, made.id), who(SAMIRA))
        assert notices.due(made.reply_by - hour) == []
        assert queued("meeting_reminder") == []
        shift(made, **kept)
    assert notices.due(made.reply_by - hour) == [made.id]  # the control


def test_the_worker_reminds_some_days_before_once(made):
    asked = made.reply_by - timedelta(days=2)
    assert notices.due(asked - timedelta(minutes=1)) == []
    assert notices.due(asked) == [made.id]
    assert notices.due(made.reply_by) == []
    with writing():
        notices.remind(db.session.get_one(Meeting, made.id), None)
    assert notices.due(asked) == []
    shift(made, reminded_at=None, remind_days=0)
    assert notices.due(asked) == []


def test_a_change_before_the_first_mail_left_is_told_by_that_mail(made):
    with writing():
        notices.updated(db.session.get_one(Meeting, made.id), ["place"], who(SAMIRA))
    assert queued("meeting_updated") == []
    with writing():
        for row in db.session.scalars(select(Mail).where(Mail.template == "meeting_convened")):
            row.sent_at = now()
        notices.updated(db.session.get_one(Meeting, made.id), ["place"], who(SAMIRA))
        notices.updated(db.session.get_one(Meeting, made.id), ["agenda"], who(SAMIRA))
    assert len(queued("meeting_updated")) == 6
    changed = {
        tuple(r.context["changed"])
        for r in db.session.scalars(select(Mail).where(Mail.template == "meeting_updated"))
    }
    assert changed == {("agenda", "place")}


# ------------------------------------------------------------------------------------------------- races


@pytest.mark.parametrize("each", [12, pytest.param(EACH, marks=pytest.mark.long)])
def test_every_answer_of_many_at_once_is_kept(demo_app, each):
    """R5. Eight people answer a hundred times each, four of them for one person."""
    with demo_app.app_context():
        meeting_id = meeting().id
        pairs = [(email, email) for email in (LEON, NADIA, BART, ELS)] + [(ANNE, SAMIRA)] * 4
        ids = [(who(of).id, who(by).id) for of, by in pairs]

    def act(n: int) -> int:
        from models.people import Person

        person_id, by_id = ids[n]
        with demo_app.app_context():
            for turn in range(each):
                by = db.session.get_one(Person, by_id)
                answer(meeting_id, person_id, by, Answer(("OUI", "IND")[turn % 2], str(uuid4())))
        return each

    acknowledged = sum(at_once(THREADS, act))
    with demo_app.app_context():
        kept = sum(row.rev for row in replies.of(db.session.get_one(Meeting, meeting_id)))
        told = db.session.scalar(
            select(func.count()).where(AuditEvent.act.in_(("reply.given", "reply.noted")))
        )
        journal = db.session.scalar(select(func.count()).where(Operation.document_kind == "reply"))
        assert kept == told == journal == acknowledged == THREADS * each


def test_the_control_loses_answers(tmp_path):
    """The same read, change and write in the transactions that SQLAlchemy opens by itself."""
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}", connect_args={"timeout": 30})
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE reply (rev INTEGER)"))
        connection.execute(text("INSERT INTO reply VALUES (0)"))

    def act(_n: int) -> int:
        done = 0
        for _ in range(EACH):
            try:
                with engine.begin() as connection:
                    rev = connection.execute(text("SELECT rev FROM reply")).scalar()
                    connection.execute(text("UPDATE reply SET rev = :rev"), {"rev": rev + 1})
            except Exception:  # what fails loudly is not acknowledged
                continue
            done += 1
        return done

    acknowledged = sum(at_once(THREADS, act))
    engine.dispose()
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        assert connection.execute("SELECT rev FROM reply").fetchone()[0] < acknowledged


def test_of_many_who_want_the_same_carrier_one_is_taken(demo_app):
    with demo_app.app_context():
        meeting_id, carrier = meeting().id, who(ANNE).id
        givers = [who(email).id for email in (LEON, NADIA, BART, SAMIRA)]

    def act(n: int) -> str:
        from models.people import Person

        with demo_app.app_context():
            by = db.session.get_one(Person, givers[n])
            try:
                answer(meeting_id, by.id, by, Answer("PRO", str(uuid4()), proxy_id=carrier))
            except BadAnswer as bad:
                return bad.field
        return "taken"

    assert sorted(at_once(4, act)) == ["proxy", "proxy", "proxy", "taken"]


def test_needs_stand_in_one_table_alone(made):
    """What somebody needs is met nowhere else in the database."""
    say(made, LEON, "OUI", needs="zzrampe")
    assert list(db.session.scalars(select(AccessNeed.text).where(AccessNeed.meeting_id == made.id))) == [
        "zzrampe"
    ]
    holding = [
        name for name, table in Base.metadata.tables.items()
        if any("zzrampe" in str(row) for row in db.session.execute(select(table)))
    ]  # fmt: skip
    assert holding == ["access_need"]


def test_needs_are_erased_thirty_days_after(made):
    with writing():
        db.session.execute(delete(AccessNeed))  # those of the demonstration are of long ago
    say(made, LEON, "OUI", needs="zzrampe")
    other = meeting(title="Une autre")
    say(other, LEON, "OUI", needs="zzautre")
    shift(made, ends_at=made.starts_at)
    month = timedelta(days=30)
    with writing():
        assert retention.apply(made.ends_at + month - timedelta(seconds=1))["meeting_needs"] == 0
    shift(other, ends_at=other.ends_at + timedelta(days=5))
    with writing():
        assert retention.apply(made.ends_at + month)["meeting_needs"] == 1
    assert replies.needs(made) == {}
    assert list(replies.needs(other).values()) == ["zzautre"]
    assert reply(made, LEON).answer == "OUI"  # the answer itself stays
    journal = db.session.scalars(select(Operation.document_id).where(Operation.document_kind == "reply"))
    assert list(journal) == [reply(other, LEON).id]
