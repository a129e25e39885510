"""Who may do what: the predicates against people and things, and the table that is read from them."""

import re
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from models import rights, rights_table
from models.fiche.fiche import Fiche
from models.people import ROLES
from models.rights import RIGHTS, can
from models.store import db
from tests.support import cast

ALL = frozenset(rights_table.STATES)
UNDER_WAY, CATALOGUE = frozenset({"SOU", "REL", "CPL", "RET", "PLT"}), frozenset({"PUB", "ARC"})


def somebody(*roles: str, who: str = "me", active: bool = True):
    return SimpleNamespace(id=who, active=active, role_names=frozenset(roles))


def fiche(state: str, *authors: str, received: bool = True):
    return SimpleNamespace(
        state=state, author_ids=frozenset(authors), received_at=object() if received else None
    )


def states(person, right: str, *authors: str, received: bool = True) -> frozenset[str]:
    """In which states a person has a right on a fiche of these authors."""
    return frozenset(s for s in ALL if can(person, right, fiche(s, *authors, received=received)))


# ---- nobody, and the inactive


@pytest.mark.parametrize("right", RIGHTS)
def test_nobody_may_nothing(right):
    for person in (None, somebody(*ROLES, active=False)):
        assert can(person, right, fiche("PUB", "me")) is False


def test_a_person_without_a_role_is_a_reader_of_the_catalogue_and_no_more():
    person = somebody()
    plain = [r for r in RIGHTS if not {r, r.partition(".")[0]} & set(rights_table.SAMPLES)]
    assert {r for r in plain if can(person, r)} == {
        "home.see",
        "account.own",
        "file.send",
        "edition.see",
        "directory.see",
        "organisation.make",
        "action.list",
        "action.see",
        "action.make",
        "action.join",
        "glossary.see",
        "news.choose",
        "reference.list",
    }
    assert states(person, "fiche.see", "other") == CATALOGUE


# ---- fiches


@pytest.mark.parametrize("role", ROLES)
def test_an_author_sees_their_fiche_in_every_state(role):
    for received in (True, False):
        assert states(somebody(role), "fiche.see", "me", "other", received=received) == ALL


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("contributor", CATALOGUE), ("companion", CATALOGUE), ("group_member", CATALOGUE), ("administration", CATALOGUE),
        ("reader", CATALOGUE | UNDER_WAY), ("committee", CATALOGUE | UNDER_WAY), ("chair", CATALOGUE | UNDER_WAY),
        ("coordination", ALL),
    ],
)  # fmt: skip
def test_who_sees_a_fiche_of_others(role, seen):
    assert states(somebody(role), "fiche.see", "other") == seen
    # What was never sent is its authors' alone, for the coordination too.
    assert states(somebody(role), "fiche.see", "other", received=False) == seen - {"BRO", "ANN"}


def test_a_draft_that_nobody_writes_is_seen_and_taken_in_hand_by_the_coordination_only():
    for role in ROLES:
        office = role == "coordination"
        assert can(somebody(role), "fiche.see", fiche("BRO", received=False)) is office
        assert can(somebody(role), "fiche.edit", fiche("BRO", received=False)) is office


def test_who_writes_in_a_fiche():
    assert states(somebody("contributor"), "fiche.edit", "me") == {"BRO", "SOU", "CPL", "RET", "PLT"}
    assert states(somebody("coordination"), "fiche.edit", "other") == UNDER_WAY | {"PUB"}
    for role in set(ROLES) - {"coordination"}:
        assert states(somebody(role), "fiche.edit", "other") == frozenset()


def test_only_its_author_withdraws_a_fiche():
    for role in ROLES:
        assert states(somebody(role), "fiche.withdraw", "other") == frozenset()
        assert states(somebody(role), "fiche.withdraw", "me") == ALL


@pytest.mark.parametrize(
    ("right", "roles"),
    [
        ("fiche.retain", {"committee", "chair", "coordination"}), ("fiche.publish", {"coordination"}),
        ("edition.manage", {"coordination"}), ("mail.see", {"administration"}),
        ("person.invite", {"coordination", "administration"}), ("rights.see", {"coordination", "administration"}),
        ("dossier.make", {"reader", "committee", "chair", "coordination"}),
        ("fiche.create", set(ROLES) - {"administration"}),
    ],
)  # fmt: skip
def test_which_roles_have_a_right(right, roles):
    assert {role for role in ROLES if can(somebody(role), right, fiche("SOU", "other"))} == roles


# ---- people


def test_nobody_gives_a_role_above_their_own():
    assert {r for r in ROLES if can(somebody("coordination"), "role.give", r)} == set(ROLES) - {
        "administration"
    }
    assert {r for r in ROLES if can(somebody("administration"), "role.give", r)} == set(ROLES)
    for role in set(ROLES) - {"coordination", "administration"}:
        assert not any(can(somebody(role), "role.give", r) for r in ROLES)


def test_nobody_changes_themselves_or_somebody_above():
    office, admin = somebody("coordination"), somebody("administration")
    assert not can(admin, "person.change", somebody("contributor", who="me"))
    assert can(office, "person.change", somebody("coordination", who="other"))
    assert not can(office, "person.change", somebody("reader", "administration", who="other"))
    assert can(admin, "person.change", somebody("administration", who="other"))
    assert not can(somebody("chair"), "person.change", somebody(who="other"))


# ---- the same answers over HTTP


@pytest.mark.parametrize("role", cast.ROLES)
def test_each_fiche_opens_for_whom_the_rights_say(demo_app, client_of, role):
    client = client_of(role)
    with demo_app.app_context():
        who = cast.person(role)
        every = [
            (f.ref, can(who, "fiche.see", f), can(who, "fiche.edit", f))
            for f in db.session.scalars(select(Fiche))
        ]
    assert {see for _, see, _ in every} == {True, False}
    for ref, see, edit in every:
        assert client.get(f"/fiches/{ref}").status_code == (200 if see else 404)
        assert client.get(f"/fiches/{ref}/edit").status_code == (200 if edit else 403 if see else 404)


# ---- the table


def test_the_table_has_every_right_and_role():
    rows = rights_table.table()
    assert [row.right for row in rows] == list(RIGHTS)
    assert all(set(row.answers) == set(ROLES) for row in rows)
    assert {answer for row in rows for answer in row.answers.values()} == set(rights_table.WORDS)


@pytest.mark.parametrize(
    ("right", "role", "expected"),
    [
        ("home.see", "contributor", "yes"), ("mail.see", "coordination", "no"), ("mail.see", "administration", "yes"),
        ("fiche.withdraw", "reader", "own"), ("fiche.edit", "contributor", "own"), ("fiche.edit", "coordination", "some"),
        ("fiche.see", "contributor", "some"), ("fiche.publish", "chair", "no"), ("fiche.publish", "coordination", "yes"),
        ("role.give", "coordination", "some"), ("role.give", "administration", "yes"), ("role.give", "chair", "no"),
        ("dossier.see", "contributor", "own"),
    ],
)  # fmt: skip
def test_the_table_says_what_the_predicates_say(right, role, expected):
    assert rights_table.answer(role, right) == expected


def test_a_predicate_that_changes_changes_the_table(monkeypatch):
    """The control: nothing in the table is written by hand."""
    monkeypatch.setitem(RIGHTS, "mail.see", (rights.has("chair"), "x"))
    assert [rights_table.answer(role, "mail.see") for role in ("chair", "administration")] == ["yes", "no"]


def test_the_page_shows_the_table_to_the_office(client_of):
    page = client_of("coordination").get("/rights")
    assert page.status_code == 200
    assert page.text.count("<tr>") == len(RIGHTS) + 1
    assert len(re.findall("<td>", page.text)) == len(RIGHTS) * len(ROLES)
    for role in ("contributor", "committee", "chair"):
        assert client_of(role).get("/rights").status_code == 403


def test_the_command_prints_the_table(app):
    result = app.test_cli_runner().invoke(args=["rights"])
    assert result.exit_code == 0
    head, *lines = result.stdout.splitlines()
    assert head.split() == list(ROLES)
    assert [line.split()[0] for line in lines] == list(RIGHTS)
    assert next(line for line in lines if line.startswith("mail.see")).split()[1:] == ["non"] * 7 + ["oui"]
