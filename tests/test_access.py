"""Links, invitations and devices, as rows and rules."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from models import access, people
from models.access import AccessLink, Device
from models.audit import AuditEvent
from models.deliveries import Mail
from models.people import Person, add_person, by_email
from models.store import db, now, writing

ADA, EVE = "ada@example.org", "eve@example.org"


@pytest.fixture
def ada(app):
    """Ada is a member; tests run in an application context."""
    with app.app_context():
        with writing():
            person = add_person("Ada", ADA, ["coordination"], active=True)
        yield person


def link_of(token: str) -> AccessLink:
    link = access.find_link(token)
    assert link is not None
    return link


def made(person: Person | None, purpose: str = "sign-in", **more) -> str:
    with writing():
        return access.make_link(person, purpose, **more)


def spent(token: str) -> bool:
    with writing():
        return access.spend(token) is not None


def test_the_files_of_the_database_hold_no_token(ada, instance):
    tokens = [made(ada), made(ada, "invitation"), made(None, "setup")]
    with writing():
        tokens.append(access.add_device(ada, shared=False, label="x"))
    kept = b"".join(path.read_bytes() for path in instance.glob("tablee.db*"))
    assert ADA.encode() in kept  # the control
    assert [token for token in tokens if token.encode() in kept] == []
    assert all(len(token) >= 43 for token in tokens)


def test_a_link_is_spent_once(ada):
    token = made(ada)
    assert link_of(token).state == "live"
    assert spent(token)
    assert link_of(token).state == "used"
    assert not spent(token)


@pytest.mark.parametrize(("purpose", "life"), access.LIFE.items())
def test_a_link_lives_as_long_as_its_purpose(ada, purpose, life):
    token = made(ada if purpose != "setup" else None, purpose)
    assert abs(link_of(token).expires_at - now() - life) < timedelta(minutes=1)
    with writing():
        link_of(token).expires_at = now()
    assert link_of(token).state == "expired"
    assert not spent(token)


def test_what_is_no_token_is_nothing(ada):
    for token in ("", "x", "\x00", "é" * 5000, link_of(made(ada)).token_hash):
        assert access.find_link(token) is None
        assert not spent(token)


def test_a_closed_account_spends_no_link(ada):
    token = made(ada)
    with writing():
        db.session.get_one(Person, ada.id).active = False
    assert link_of(token).state == "withdrawn"
    assert not spent(token)


# ---- invitations


@pytest.fixture
def eve(ada):
    with writing():
        return people.invited("Eve", EVE, ["reader"])


def invite(person: Person, by: Person | None = None) -> str:
    with writing():
        return access.invite(db.session.get_one(Person, person.id), by)


def test_an_invited_person_is_active_once_the_invitation_was_spent(ada, eve):
    token = invite(eve, ada)
    assert not by_email(EVE).active
    assert spent(token)
    assert by_email(EVE).active
    assert by_email(EVE).role_names == {"reader"}


def test_inviting_again_ends_the_invitation_before(ada, eve):
    first, second = invite(eve, ada), invite(eve, ada)
    assert [link_of(t).state for t in (first, second)] == ["withdrawn", "live"]
    assert not spent(first)
    assert access.invitations([eve])[eve.id].state == "live"


def test_one_invitation_may_have_two_links(ada, eve):
    """The one that was shown and the one that was mailed: the first that is spent ends both."""
    shown = invite(eve, ada)
    mailed = made(eve, "invitation", until=link_of(shown).expires_at)
    assert spent(mailed)
    assert [link_of(t).state for t in (shown, mailed)] == ["used", "used"]
    assert not spent(shown)


def test_a_withdrawn_invitation_opens_nothing(ada, eve):
    token = invite(eve, ada)
    with writing():
        assert access.withdraw_invitation(by_email(EVE), ada)
        assert not access.withdraw_invitation(by_email(EVE), ada)
    assert not spent(token)
    assert not by_email(EVE).active


def test_invitations_are_read_in_one_query(ada, eve):
    from tests.support.doors import statements

    with writing():
        others = [people.invited(f"P{n}", f"p{n}@example.org", ["reader"]) for n in range(20)]
        for other in others:
            access.invite(other, ada)
    everybody = [ada, eve, *others]
    from flask import current_app

    with statements(current_app._get_current_object()) as seen:
        found = access.invitations(everybody)
    assert set(found) == {other.id for other in others}
    assert len([s for s in seen if "FROM access_link" in s]) == 1


def test_who_asks_for_another_invitation_is_heard_once_a_day(ada, eve):
    token = invite(eve, ada)

    def ask() -> bool:
        with writing():
            return access.ask_invitation(link_of(token))

    assert not ask()  # it is still open
    with writing():
        link_of(token).expires_at = now()
    assert ask()
    assert not ask()
    asked = [m for m in db.session.scalars(select(Mail)) if m.template == "invitation_asked"]
    assert [m.to for m in asked] == [ADA]
    assert link_of(token).state == "expired"
    assert not by_email(EVE).active


def test_who_was_withdrawn_is_not_heard(ada, eve):
    token = invite(eve, ada)
    with writing():
        access.withdraw_invitation(by_email(EVE), ada)
        link_of(token).expires_at = now()
    with writing():
        assert not access.ask_invitation(link_of(token))


def test_each_act_is_in_the_audit(ada, eve):
    token = invite(eve, ada)
    with writing():
        access.withdraw_invitation(by_email(EVE), ada)
    spent(invite(eve))
    with writing():
        access.close_account(by_email(EVE), ada)
    events = [(e.act, e.person_id) for e in db.session.scalars(select(AuditEvent).order_by(AuditEvent.id))]
    assert events == [
        ("person.invited", ada.id),
        ("person.invitation-withdrawn", ada.id),
        ("person.invited", None),
        ("link.invitation.used", eve.id),
        ("devices.dropped", eve.id),
        ("person.closed", ada.id),
    ]
    assert not spent(token)


# ---- devices


def device(person: Person, *, shared: bool = False, seen: timedelta = timedelta(0)) -> str:
    with writing():
        token = access.add_device(db.session.get_one(Person, person.id), shared=shared, label="x")
        row = db.session.scalar(select(Device).where(Device.token_hash == access.digest(token)))
        row.seen_at = now() - seen
    return token


@pytest.mark.parametrize(
    ("role", "shared", "seen", "live"),
    [
        ("contributor", False, timedelta(days=29), True),
        ("contributor", False, timedelta(days=31), False),
        ("contributor", True, timedelta(hours=11), True),
        ("contributor", True, timedelta(hours=13), False),
        ("coordination", False, timedelta(hours=11), True),
        ("coordination", False, timedelta(hours=13), False),
        ("administration", False, timedelta(hours=13), False),
        ("committee", False, timedelta(hours=13), True),
    ],
)
def test_how_long_a_device_lives(app, role, shared, seen, live):
    with app.app_context():
        with writing():
            person = add_person("Zoé", EVE, [role], active=True)
        token = device(person, shared=shared, seen=seen)
        assert (access.find_device(token) is not None) is live
        assert len(access.devices(person)) == int(live)


def test_a_device_without_its_row_is_nobody(ada):
    token = device(ada)
    assert access.find_device(token).person.email == ADA
    with writing():
        access.drop_device(token)
    assert access.find_device(token) is None
    assert access.find_device(None) is None
    assert access.find_device("") is None


def test_a_device_of_a_closed_account_is_nobody(ada):
    token = device(ada)
    with writing():
        db.session.get_one(Person, ada.id).active = False
    assert access.find_device(token) is None


def test_dropping_all_but_one(ada):
    tokens = [device(ada) for _ in range(3)]
    here = access.find_device(tokens[1])
    with writing():
        access.drop_devices(ada, but=here)
    assert [access.find_device(t) is not None for t in tokens] == [False, True, False]


def test_a_device_is_touched_at_most_once_an_hour(ada):
    row = access.find_device(device(ada, seen=timedelta(minutes=50)))
    with writing():
        assert not access.touch(row)
        db.session.get_one(Device, row.id).seen_at = now() - timedelta(minutes=61)
        db.session.flush()
        assert access.touch(row)
        assert not access.touch(row)
