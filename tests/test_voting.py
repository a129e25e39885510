"""Votes: totals against the voices that are there; by name, for oneself and for a voice that one carries; many at once."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from sqlalchemy import create_engine, func, select, text

from models import noting, sitting, voting
from models.audit import AuditEvent
from models.decisions import Decision, Vote, votes_of
from models.fiche.journal import Operation
from models.meetings import Meeting, meeting_by_code
from models.people import Person
from models.replies import Reply
from models.sides import seen_of
from models.sitting import Act, BadNote, NotYours
from models.store import Busy, db, new_id, now, writing
from tests.support import meetings as made
from tests.test_sitting import DECISION

THREADS, EACH = 8, 100
VOTE = {**DECISION, "mode": "vote"}


def gathered(names: tuple[str, ...], present: tuple[str, ...], proxies: dict[str, str]) -> str:
    """The code of a meeting that is held: the first of these people chairs; proxies: giver → carrier."""
    with writing():
        who = {name: made.somebody(name, "contributor") for name in names}
        roles = ["chair", *["member"] * (len(names) - 2), "observer"]
        circle = made.circle("TABLE", *zip(who.values(), roles, strict=True))
        row = made.meeting(circle, who[names[0]], starts=now().replace(microsecond=0) - timedelta(minutes=5))
        row.state, row.convened_at = "convened", now()
        for giver, carrier in proxies.items():
            db.session.add(Reply(meeting_id=row.id, person_id=who[giver].id, answer="PRO", proxy_id=who[carrier].id))  # fmt: skip
        code = row.code
    for name in present:
        sitting.attend(here(code).id, person(name).id, "here", act(names[0]))
    return code


@pytest.fixture
def held(app):
    """Ana chairs; Bo carries Cy's voice; Di is away, Ed observes."""
    with app.app_context():
        yield gathered(("Ana", "Bo", "Cy", "Di", "Ed"), ("Ana", "Bo", "Ed"), {"Cy": "Bo"})


def here(code: str) -> Meeting:
    db.session.rollback()
    return meeting_by_code(code)


def person(name: str) -> Person:
    return db.session.scalars(select(Person).where(Person.name == name)).one()


def act(name: str) -> Act:
    return Act(new_id(), person(name))


def named(code: str) -> Decision:
    made_one = noting.add_decision(here(code).id, {**VOTE, "how": "named"}, act("Ana")).receipt
    return db.session.get(Decision, made_one["id"])


# ---- totals


def test_totals_are_checked_against_the_voices_that_are_there(held):
    with pytest.raises(BadNote, match="Vous comptez 4 voix, et 3 sont là"):
        noting.add_decision(
            here(held).id,
            {**VOTE, "how": "hands", "votes_for": "3", "votes_against": "1"},
            act("Ana"),
        )
    for totals, sentence in (({}, "combien de voix"), ({"votes_for": "beaucoup"}, "en chiffres"), ({"votes_for": "1", "votes_against": "2"}, "autre résultat")):  # fmt: skip
        with pytest.raises(BadNote, match=sentence):
            noting.add_decision(here(held).id, {**VOTE, "how": "hands", **totals}, act("Ana"))
    with pytest.raises(BadNote, match="comment on vote"):
        noting.add_decision(here(held).id, VOTE, act("Ana"))
    counted = {"how": "paper", "votes_for": "2", "votes_abstain": "1"}
    one = noting.add_decision(here(held).id, {**VOTE, **counted}, act("Ana")).receipt["id"]
    row = db.session.get(Decision, one)
    assert (row.votes_for, row.votes_against, row.votes_abstain, row.voices, row.voting) == (
        2,
        0,
        1,
        3,
        False,
    )


def test_a_text_is_still_changed_when_those_who_voted_have_left(held):
    counted = {"how": "hands", "votes_for": "3"}
    one = noting.add_decision(here(held).id, {**VOTE, **counted}, act("Ana")).receipt["id"]
    sitting.attend(here(held).id, person("Bo").id, "leave", act("Ana"))
    row = db.session.get(Decision, one)
    texts, seen = noting.decision_texts(row), seen_of(noting.decision_texts(row))
    noting.change(row, {**texts, "text": "Mieux dit."}, seen, act("Ana"))
    row = db.session.get(Decision, one)
    assert (row.text, row.votes_for, row.voices) == ("Mieux dit.", 3, 3)
    texts = noting.decision_texts(row)
    with pytest.raises(BadNote, match="et 1 sont là"):  # the control: other numbers are looked at
        noting.change(row, {**texts, "votes_for": "2"}, seen_of(texts), act("Ana"))


# ---- by name


def test_each_votes_for_itself_and_for_the_voice_it_carries_until_it_is_closed(held):
    row = named(held)
    voting.cast(row, person("Ana").id, "against", act("Ana"))
    voting.cast(row, person("Ana").id, "for", act("Ana"))  # she changes her mind
    voting.cast(row, person("Bo").id, "for", act("Bo"))
    voting.cast(row, person("Cy").id, "abstain", act("Bo"))
    assert votes_of(row) == {person("Ana").id: "for", person("Bo").id: "for", person("Cy").id: "abstain"}
    assert voting.close(row, act("Ana")).receipt["outcome"] == "adopted"
    row = db.session.get(Decision, row.id)
    assert (row.votes_for, row.votes_against, row.votes_abstain, row.voices) == (2, 0, 1, 3)
    with pytest.raises(BadNote, match="n’est pas ouvert"):
        voting.cast(row, person("Ana").id, "against", act("Ana"))
    with pytest.raises(NotYours):
        voting.close(row, act("Ana"))


def test_who_leads_notes_a_voice_and_nobody_else_votes_for_another(held):
    row = named(held)
    voting.cast(row, person("Bo").id, "for", act("Ana"))
    assert db.session.get(Vote, (row.id, person("Bo").id)).cast_by == person("Ana").id
    for voice, by, error in (("Ana", "Bo", NotYours), ("Di", "Di", BadNote), ("Ed", "Ed", BadNote), ("Cy", "Cy", None)):  # fmt: skip
        if error is None:  # whose voice is carried may still say it
            voting.cast(row, person(voice).id, "for", act(by))
            continue
        with pytest.raises(error):
            voting.cast(row, person(voice).id, "for", act(by))
    with pytest.raises(NotYours):
        voting.close(row, act("Bo"))
    with pytest.raises(BadNote, match="pour, contre"):
        voting.cast(row, person("Ana").id, "peut-être", act("Ana"))
    assert len(votes_of(row)) == 2


def test_a_secret_vote_never_stores_who_voted_what(held):
    counted = {"how": "paper", "votes_for": "3"}
    one = noting.add_decision(here(held).id, {**VOTE, **counted}, act("Ana")).receipt["id"]
    with pytest.raises(BadNote, match="n’est pas ouvert"):
        voting.cast(db.session.get(Decision, one), person("Ana").id, "for", act("Ana"))
    assert db.session.scalar(select(func.count()).select_from(Vote)) == 0
    row = named(held)
    voting.cast(row, person("Ana").id, "for", act("Ana"))
    texts = noting.decision_texts(row)
    noting.change(
        row, {**texts, **counted}, seen_of(texts), act("Ana")
    )  # it becomes a secret one: the names go
    assert votes_of(db.session.get(Decision, row.id)) == {}
    told = [(e.detail, e.act) for e in db.session.scalars(select(AuditEvent)) if e.act.startswith("vote.")]
    assert told
    assert not any({"for", "against", "abstain"} & set(map(str, detail.values())) for detail, _act in told)
    assert '"for"' not in str(
        [(o.receipt, o.content) for o in db.session.scalars(select(Operation))]
    ).replace("'", '"')


# ---- many at once


def at_once(act_of) -> list:
    gate = Barrier(THREADS)

    def run(n: int):
        gate.wait()
        return act_of(n)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(run, range(THREADS)))


@pytest.mark.parametrize("each", [10, pytest.param(EACH, marks=pytest.mark.long)])
def test_every_vote_of_eight_at_once_is_counted_once(make_app, each):
    """Eight voices vote on so many decisions at once (a hundred: eight hundred votes); two threads note them all again
    on the first. Who is told that the site is busy sends the same act once more, as a device does."""
    app = make_app()
    names = (*(f"V{n}" for n in range(THREADS)), "Obs")
    with app.app_context():
        code = gathered(names, names, {})
        meeting = here(code)
        voices = [person(name).id for name in names[:THREADS]]
        with writing():
            rows = [Decision(number=f"D-2016-{n:03}", circle_id=meeting.circle_id, meeting_id=meeting.id, text="?", mode="vote",
                             how="named", opened_at=now()) for n in range(each)]  # fmt: skip
            db.session.add_all(rows)
            db.session.flush()
            ids = [row.id for row in rows]

    def cast(one: str, voice: str, by: str, choice: str) -> None:
        op = new_id()
        while True:
            try:
                voting.cast(db.session.get(Decision, one), voice, choice, Act(op, db.session.get(Person, by), late=True))  # fmt: skip
                return
            except Busy:
                continue

    def vote(n: int) -> int:
        with app.app_context():
            for one in ids:
                cast(one, voices[n], voices[n], "for")
            for voice in voices if n < 2 else ():
                cast(ids[0], voice, voices[0], "against")
        return each

    assert sum(at_once(vote)) == THREADS * each
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Vote)) == THREADS * each
        assert all(sum(voting.count(db.session.get(Decision, one)).values()) == THREADS for one in ids)
        voting.close(db.session.get(Decision, ids[1]), Act(new_id(), db.session.get(Person, voices[0])))
        assert db.session.get(Decision, ids[1]).votes_for == THREADS


def test_the_control_counts_by_reading_and_writing_and_loses_votes(tmp_path):
    """The same as a counter, two hundred times, with the transactions that SQLAlchemy opens by itself."""
    engine = create_engine(f"sqlite:///{tmp_path / 'plain.db'}", connect_args={"timeout": 30})
    with engine.begin() as connection:
        connection.execute(text("PRAGMA journal_mode=WAL"))
        connection.execute(text("CREATE TABLE decision (votes_for INTEGER)"))
        connection.execute(text("INSERT INTO decision VALUES (0)"))

    def vote(_n: int) -> int:
        done = 0
        for _ in range(25):
            try:
                with engine.begin() as connection:
                    value = connection.execute(text("SELECT votes_for FROM decision")).scalar()
                    connection.execute(text("UPDATE decision SET votes_for = :v"), {"v": value + 1})
            except Exception:  # what fails loudly is not acknowledged
                continue
            done += 1
        return done

    acknowledged = sum(at_once(vote))
    engine.dispose()
    with sqlite3.connect(tmp_path / "plain.db") as connection:
        kept = connection.execute("SELECT votes_for FROM decision").fetchone()[0]
    assert kept < acknowledged
