"""The life of a fiche: every transition from every state by every one of the cast, and nothing half done.

MAY and FROM are written by hand from docs and domain, and not from the table that they check.
"""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from models import workflow
from models.audit import AuditEvent
from models.deliveries import Mail
from models.demo import sample_fiches
from models.editions import Call, Edition, open_call
from models.fiche.content import load, put
from models.fiche.fiche import Fiche, FicheAuthor, find, next_number
from models.fiche.posting import Posted
from models.fiche.saving import Op, adopt, save
from models.seating import today
from models.store import Busy, db, new_id, now, writing
from models.workflow import TRANSITIONS, Refused, apply, possible
from tests.support import cast

STATES = ("BRO", "SOU", "REL", "CPL", "RET", "PLT", "PUB", "ARC", "ANN")
FROM = {
    "submit": {"BRO", "CPL"},
    "retain": {"SOU", "REL", "PLT"},
    "publish": {"RET"},
    "withdraw": {"BRO", "SOU", "REL", "CPL", "RET", "PLT", "PUB"},
    "reopen": {"ANN"},
}
TO = {"submit": "SOU", "retain": "RET", "publish": "PUB", "withdraw": "ANN", "reopen": "BRO"}
AUTHOR, OFFICE = "contributor", "coordination"
MAY = {
    "submit": lambda role, state: role == AUTHOR or (role == OFFICE and state == "CPL"),
    "retain": lambda role, state: role in ("committee", "chair", OFFICE),
    "publish": lambda role, state: role == OFFICE,
    "withdraw": lambda role, state: role == AUTHOR,
    "reopen": lambda role, state: role == AUTHOR,
}


@pytest.fixture
def data(demo_app):
    with demo_app.app_context():
        yield demo_app


def complete() -> dict:
    """The answers of a sample that lacks nothing and may be published."""
    raw = next(f for f in sample_fiches() if f["statut"] == "PUB")
    return load({k: v for k, v in raw.items() if k not in ("code", "statut")})[0]


def made(state: str = "BRO", content: dict | None = None, **row) -> str:
    """A fiche of Nadia in a state; returns its id."""
    call = open_call()
    with writing():
        fiche = adopt(
            content or complete(),
            owner=cast.person(AUTHOR),
            **{"state": state, "call_id": call.id if call else None, **row},
        )
        return fiche.id


class Undo(Exception):
    pass


@contextmanager
def undone():
    """What happens inside is looked at and then rolled back."""
    try:
        with writing():
            yield
            raise Undo
    except Undo:
        pass


def state() -> dict[str, list]:
    tables = ("fiche", "fiche_revision", "audit_event", "mail", "job", "counter", "fiche_text", "call")
    return {
        t: [tuple(r) for r in db.session.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2"))] for t in tables
    }


def test_the_tables_name_every_transition():
    assert set(TRANSITIONS) == set(FROM) == set(TO) == set(MAY)


@pytest.mark.parametrize("source", STATES)
def test_every_transition_by_every_one_of_the_cast(data, source):
    ref = made(source)
    before, done = state(), Counter()
    for role in cast.ROLES:
        expected = {name for name in TRANSITIONS if source in FROM[name] and MAY[name](role, source)}
        assert {t.name for t in possible(cast.person(role), find(ref))} == expected
        for name in TRANSITIONS:
            with undone():
                fiche, person = find(ref), cast.person(role)
                if name in expected:
                    apply(fiche, name, person)
                    event = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id.desc())).first()
                    assert fiche.state == TO[name]
                    assert (event.act, event.person_id, event.object_id) == (f"fiche.{name}", person.id, ref)
                    assert (event.detail["source"], event.detail["to"]) == (source, TO[name])
                    done[name] += 1
                else:
                    with pytest.raises(Refused) as refused:
                        apply(fiche, name, person)
                    assert str(refused.value).endswith(".")
            assert state() == before
    assert set(done) == {name for name in TRANSITIONS if source in FROM[name]}


def test_nobody_and_somebody_whose_access_was_closed_may_nothing(data):
    ref = made("BRO")
    with writing():
        person = cast.person(AUTHOR)
        person.active = False
    assert possible(None, find(ref)) == []
    assert possible(cast.person(AUTHOR), find(ref)) == []
    with writing(), pytest.raises(Refused):
        apply(find(ref), "submit", cast.person(AUTHOR))


@pytest.mark.parametrize("name", ["", "archive", "SUBMIT", "submit ", "__class__", "x" * 5000])
def test_a_transition_that_does_not_exist_is_refused(data, name):
    ref = made()
    with writing(), pytest.raises(Refused):
        apply(find(ref), name, cast.person(OFFICE))


def test_a_refused_guard_leaves_nothing(data):
    content = complete()
    put(content, "equite", None)
    ref = made(content=content)
    before = state()
    with pytest.raises(Refused) as refused, writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert [p.key for p in refused.value.problems] == ["equite"]
    assert state() == before


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("consentements.accord_structure", False),
        ("consentements.publication", "interne"),
        ("consentements.publication", None),
    ],
)
def test_only_what_its_structure_wants_public_is_published(data, key, value):
    content = complete()
    put(content, key, value)
    ref = made("RET", content)
    before = state()
    with pytest.raises(Refused, match="structure"), writing():
        apply(find(ref), "publish", cast.person(OFFICE))
    assert state() == before


@pytest.mark.parametrize("breaks", ["record", "mail", "next_number"])
def test_a_crash_on_the_way_leaves_nothing(data, monkeypatch, breaks):
    """State, number, audit and mail are one transaction."""
    ref = made()
    before = state()

    def broken(*_args, **_kwargs):
        raise RuntimeError("the power goes")

    monkeypatch.setattr(workflow, breaks, broken)
    with pytest.raises(RuntimeError), writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert state() == before
    monkeypatch.undo()
    with writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert state() != before  # control


def mails() -> list[tuple[str, str]]:
    return sorted((m.template, m.person.email.split("@")[0]) for m in db.session.scalars(select(Mail)))


@pytest.mark.parametrize(
    ("source", "name", "by", "expected"),
    [
        ("BRO", "submit", AUTHOR, [("fiche_new", "samira"), ("fiche_received", "els"), ("fiche_received", "nadia")]),
        ("CPL", "submit", OFFICE, [("fiche_received", "els"), ("fiche_received", "nadia")]),
        ("SOU", "retain", "chair", [("fiche_retained", "els"), ("fiche_retained", "nadia")]),
        ("RET", "publish", OFFICE, [("fiche_published", "els"), ("fiche_published", "nadia")]),
        ("SOU", "withdraw", AUTHOR, [("fiche_withdrawn", "samira")]),
        ("ANN", "reopen", AUTHOR, []),
    ],
)  # fmt: skip
def test_who_is_told(data, source, name, by, expected):
    ref = made(source)
    with writing():
        db.session.add(FicheAuthor(fiche_id=ref, person_id=cast.person("group_member").id))
    with undone():
        apply(find(ref), name, cast.person(by))
        assert mails() == expected
        assert all(m.context["fiche"] == ref for m in db.session.scalars(select(Mail)))
    assert mails() == []


def test_somebody_who_has_left_is_not_told(data):
    ref = made("SOU")
    with writing():
        person = cast.person(AUTHOR)
        person.active = False
    with undone():
        apply(find(ref), "retain", cast.person("chair"))
        assert mails() == []


# Races.


def together(app, acts: list) -> list:
    """Run each in a thread and an application context of its own, all at once; what each returned or raised."""
    gate, out = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int) -> None:
        with app.app_context():
            gate.wait()
            try:
                out[n] = acts[n]()
            except Exception as error:
                out[n] = error

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for t in threads:
        t.start()
    for t in threads:
        t.join(60)
    return out


def act(ref: str, name: str, role: str, rev: int | None = None):
    def run() -> str:
        with writing():
            apply(find(ref), name, cast.person(role), rev)
        return name

    return run


@pytest.mark.parametrize("pair", [("retain", "retain"), ("retain", "withdraw")])
def test_of_two_that_race_one_wins_and_the_other_is_told(data, pair):
    roles = {"retain": ["chair", OFFICE], "withdraw": [AUTHOR]}
    for _turn in range(5):
        ref = made("SOU")
        one, two = together(
            data, [act(ref, pair[0], roles[pair[0]][0]), act(ref, pair[1], roles[pair[1]][-1], 1)]
        )
        db.session.rollback()
        acts = db.session.scalars(select(AuditEvent.act).where(AuditEvent.object_id == ref)).all()
        if pair == ("retain", "retain"):
            assert sorted(type(x).__name__ for x in (one, two)) == ["Refused", "str"]
            assert acts == ["fiche.retain"]
        else:  # to withdraw is possible after retaining too, and not the other way round
            assert two == "withdraw"
            assert acts in (["fiche.withdraw"], ["fiche.retain", "fiche.withdraw"])
        assert find(ref).state == TO[pair[1]]


def test_whoever_read_an_older_version_is_refused(data):
    ref = made("SOU")
    with writing():
        fiche = find(ref)
        fiche.rev += 1
    before = state()
    with pytest.raises(Refused, match="Relisez"), writing():
        apply(find(ref), "retain", cast.person("chair"), 1)
    assert state() == before
    with writing():
        apply(find(ref), "retain", cast.person("chair"), 2)


@pytest.mark.slow
def test_numbers_have_no_gap_and_no_double_under_sixteen_threads(data):
    """Among sixty-four that are sent at once, eight are not complete: they take no number."""
    bad = complete()
    put(bad, "resume", None)
    refs = [
        [made(content=bad if (n, k) in {(i, i % 4) for i in range(8)} else None) for k in range(4)]
        for n in range(16)
    ]
    first = int(next_number_now().rsplit("-", 1)[1])

    def four(mine: list[str]):
        def run() -> int:
            refused, left = 0, list(mine)
            while left:
                try:
                    act(left[0], "submit", AUTHOR)()
                except Busy:  # nothing happened: as a browser would, once more
                    continue
                except Refused:
                    refused += 1
                left.pop(0)
            return refused

        return run

    out = together(data, [four(mine) for mine in refs])
    assert sum(out) == 8, out
    db.session.rollback()
    numbers = sorted(int(f.number.rsplit("-", 1)[1]) for mine in refs for f in map(find, mine) if f.number)
    assert numbers == list(range(first, first + 56))


def next_number_now() -> str:
    """The number that would come next; it is not taken."""
    found = []
    with undone():
        found.append(next_number(today().year))
    return found[0]


def test_a_number_goes_on_after_the_highest_that_an_import_brought(data):
    year = today().year
    with writing():
        adopt(complete(), owner=None, number=f"F-{year}-041")
        adopt(complete(), owner=None, number=f"F-{year + 1}-900")
    assert next_number_now() == f"F-{year}-042"


def test_the_year_of_a_number_is_that_of_the_place(data, monkeypatch):
    """Half an hour into the new year here, the old one is not over in UTC."""
    monkeypatch.setattr(workflow, "now", lambda: datetime(2031, 12, 31, 23, 30, tzinfo=UTC))
    ref = made()
    with writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert find(ref).number.startswith("F-2032-")


def test_a_number_is_given_once_and_stays(data):
    ref = made()
    with writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    number, received = find(ref).number, find(ref).received_at
    for name in ("withdraw", "reopen", "submit"):
        with writing():
            apply(find(ref), name, cast.person(AUTHOR))
    assert (find(ref).number, find(ref).received_at) == (number, received)
    assert (
        db.session.execute(text("SELECT number FROM fiche_text WHERE fiche_id = :i"), {"i": ref}).scalar()
        == number
    )


# The deadline: the server's clock, and the grace for what was begun before it.

HOUR = timedelta(hours=1)


def calls(*moments: tuple[timedelta, timedelta]) -> list[str]:
    """Calls that open and close so long from now instead of those of the demonstration; grace 3 days; their ids."""
    with writing():
        for one in db.session.scalars(select(Call)):
            one.opens_at, one.closes_at = now() - 900 * 24 * HOUR, now() - 800 * 24 * HOUR
        edition = db.session.scalars(select(Edition)).first()
        rows = [
            Call(
                edition_id=edition.id,
                code=f"AP-2020-{n}",
                title="Appel",
                opens_at=now() + a,
                closes_at=now() + b,
                grace_days=3,
            )
            for n, (a, b) in enumerate(moments, 1)
        ]
        db.session.add_all(rows)
        db.session.flush()
        return [row.id for row in rows]


def sent(begun: timedelta | None = None) -> Fiche:
    """A new fiche that is sent to the committee at once, begun so long ago on a device."""
    content = complete()
    posted = Posted({key: value for key, value in content.items() if key != "donnees_manquantes"}, {})
    from models.fiche import questions
    from models.fiche.content import get

    posted.values = {key: get(content, key) for key in questions.leaves()}
    ask = Op(new_id(), "", posted, "submit", now() - begun if begun else None, late=True)
    done = save(None, cast.person(AUTHOR), ask)
    fiche = find(done.receipt["id"])
    assert ("refused" in done.receipt) == (fiche.state == "BRO")
    return fiche


DAY = 24 * HOUR


@pytest.mark.parametrize(
    ("opens", "closes", "begun", "taken"),
    [
        (-10 * DAY, DAY, None, True), (-10 * DAY, DAY, 5 * DAY, True), (-10 * DAY, -HOUR, None, False), (-10 * DAY, -HOUR, 2 * HOUR, True),
        (-10 * DAY, -HOUR, HOUR / 2, False), (-10 * DAY, -3 * DAY + HOUR, 4 * DAY, True), (-10 * DAY, -3 * DAY - HOUR, 4 * DAY, False),
        (-10 * DAY, -HOUR, 20 * DAY, False), (DAY, 2 * DAY, None, False),
    ],
)  # fmt: skip
def test_what_was_begun_before_the_deadline_may_arrive_within_the_grace(data, opens, closes, begun, taken):
    (call,) = calls((opens, closes))
    fiche = sent(begun)
    assert (fiche.state == "SOU") is taken
    assert (fiche.call_id == call) is (taken or fiche.call_id is not None)
    if taken:
        assert fiche.call_id == call
        assert fiche.received_at is not None
        assert (fiche.begun_at is None) == (begun is None)


def test_a_refused_fiche_stays_and_answers_the_next_call(data):
    """It was late for the first call; when the next opens it is sent, and belongs to that one."""
    first, second = calls((-10 * DAY, -4 * DAY), (DAY, 2 * DAY))
    fiche = sent()
    assert (fiche.state, fiche.call_id, fiche.number) == ("BRO", None, None)
    with writing():
        row = db.session.get_one(Call, second)
        row.opens_at = now() - HOUR
    with writing():
        apply(find(fiche.id), "submit", cast.person(AUTHOR))
    assert (find(fiche.id).state, find(fiche.id).call_id) == ("SOU", second)
    assert first != second


def test_a_draft_of_a_closed_call_goes_to_the_one_that_is_open(data):
    old, new = calls((-30 * DAY, -20 * DAY), (-DAY, DAY))
    ref = made(call_id=old, made_at=now() - 25 * DAY)
    with writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert find(ref).call_id == new


def test_what_was_asked_to_change_may_come_back_after_the_deadline(data):
    (call,) = calls((-30 * DAY, -20 * DAY))
    ref = made("CPL", call_id=call, received_at=now() - 25 * DAY, number="F-2016-555")
    with writing():
        apply(find(ref), "submit", cast.person(AUTHOR))
    assert (find(ref).state, find(ref).call_id) == ("SOU", call)


def test_where_there_is_no_call_at_all_nothing_is_late(app):
    from models.people import add_person

    with app.app_context():
        with writing():
            person = add_person("Ada", "ada@passerelle.example", ["contributor"], active=True)
            fiche = adopt(complete(), owner=person)
        with writing():
            apply(fiche, "submit", person)
        assert (fiche.state, fiche.call_id) == ("SOU", None)
