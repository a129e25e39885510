"""One way to change a fiche, on a real database: an operation has one effect, whatever is sent again and when."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from models.audit import AuditEvent
from models.fiche import questions
from models.fiche.content import REASONS, blank, get, normal, put
from models.fiche.erasing import erase
from models.fiche.facets import FicheFacet
from models.fiche.fiche import Fiche, FicheAuthor, Revision, find, revision, revisions
from models.fiche.journal import HeldEdit, Operation, base_content, canonical
from models.fiche.merge import without
from models.fiche.posting import Posted
from models.fiche.saving import Clash, NoRight, Op, Reused, Saved, adopt, save
from models.store import db, new_id, now, writing
from tests.support import cast
from tests.support.answers import documents, edits

ON_ONE_DATABASE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
QUOTES = "bilan.temoignages"


@pytest.fixture
def data(demo_app):
    with demo_app.app_context():
        yield demo_app


def op(posted: dict | Posted, base: str = "", **more) -> Op:
    if not isinstance(posted, Posted):
        posted = Posted(posted)
    return Op(**{"op_id": new_id(), "base": base, "posted": posted, "late": True, **more})


def whole(content: dict) -> Posted:
    """A form of every question."""
    reasons = dict.fromkeys(questions.leaves(), "") | content[REASONS]
    return Posted({key: get(content, key) for key in questions.leaves()}, reasons)


def nadia():
    return cast.person("contributor")


def made(content: dict | None = None) -> str:
    """A fiche of Nadia and of Els, and its id."""
    done = save(None, nadia(), op(whole(content or blank()) if content else Posted({"titre": "Le chemin"})))
    with writing():
        db.session.add(FicheAuthor(fiche_id=done.receipt["id"], person_id=cast.person("group_member").id))
    return done.receipt["id"]


def state() -> dict[str, list]:
    """Every row of every table that a save may touch."""
    tables = (
        "fiche",
        "fiche_revision",
        "operation",
        "held_edit",
        "fiche_facet",
        "fiche_text",
        "audit_event",
        "mail",
        "attachment",
        "counter",
    )
    return {
        t: [tuple(r) for r in db.session.execute(text(f"SELECT * FROM {t} ORDER BY 1, 2"))] for t in tables
    }


# One effect.


def test_a_new_fiche_is_named_by_its_operation(data):
    begun = datetime(2016, 10, 1, 8, tzinfo=UTC)
    ask = op({"titre": "Le chemin", "secteurs": ["SAN", "SOC"]}, begun_at=begun)
    done = save(None, nadia(), ask)
    assert isinstance(done, Saved)
    assert done.receipt == {"op_id": ask.op_id, "id": ask.op_id, "rev": 1, "merged": []}
    fiche = find(ask.op_id)
    assert (fiche.title, fiche.rev, fiche.number, fiche.state, fiche.begun_at) == (
        "Le chemin",
        1,
        None,
        "BRO",
        begun,
    )
    assert fiche.author_ids == {nadia().id}
    assert [r.op_id for r in revisions(fiche)] == [ask.op_id]
    codes = set(db.session.scalars(select(FicheFacet.code).where(FicheFacet.fiche_id == fiche.id)))
    assert {"SAN", "SOC"} <= codes
    assert (
        db.session.scalar(text("SELECT title FROM fiche_text WHERE fiche_id = :i").bindparams(i=fiche.id))
        == "Le chemin"
    )
    assert (
        db.session.scalar(select(AuditEvent.act).where(AuditEvent.object_id == fiche.id)) == "fiche.created"
    )


@pytest.mark.slow
@ON_ONE_DATABASE
@given(draw=st.data())
def test_whatever_is_sent_again_in_whatever_order_changes_nothing(data, draw):
    """Up to six operations of two people, on old and new bases, then all of them again, shuffled."""
    first = draw.draw(documents())
    ref = made(first)
    sent: list[tuple[str, Op, dict]] = []
    bases = ["rev:1"]
    for _turn in range(draw.draw(st.integers(1, 6))):
        who, base = (
            draw.draw(st.sampled_from(["contributor", "group_member"])),
            draw.draw(st.sampled_from(bases)),
        )
        fiche = db.session.get_one(Fiche, ref)
        ask = op(whole(draw.draw(edits(base_content(fiche, base)))), base)
        done = save(ref, cast.person(who), ask)
        if isinstance(done, Saved):
            sent.append((who, ask, done.receipt))
            bases += [f"rev:{done.receipt['rev']}", f"op:{ask.op_id}"]
    before = state()
    for who, ask, receipt in draw.draw(st.permutations(sent)):
        for again in (ask, replace(ask, base=draw.draw(st.sampled_from([*bases, "rev:999", ""])))):
            done = save(ref, cast.person(who), again)
            assert isinstance(done, Saved)
            assert done.replayed
            assert done.receipt == receipt
    assert state() == before


def test_the_detector_of_second_effects_works(data):
    """Control: the same edit under another name is a second operation."""
    ref = made()
    ask = op({"objectifs": ["un"]}, "rev:1")
    save(ref, nadia(), ask)
    before = state()
    save(ref, nadia(), replace(ask, op_id=new_id(), posted=Posted({"objectifs": ["un", "deux"]})))
    assert state() != before


def test_creating_twice_makes_one_fiche(data):
    ask = op({"titre": "Le chemin"})
    first, count = save(None, nadia(), ask), db.session.scalar(select(func.count()).select_from(Fiche))
    before = state()
    again = save(None, nadia(), ask)
    assert (again.receipt, again.replayed) == (first.receipt, True)
    assert db.session.scalar(select(func.count()).select_from(Fiche)) == count
    assert state() == before


def test_an_unchanged_save_makes_no_revision_but_a_receipt(data):
    ref = made()
    ask = op({"titre": "Le chemin"}, "rev:1")
    done = save(ref, nadia(), ask)
    assert done.receipt == {"op_id": ask.op_id, "id": ref, "rev": 1, "merged": []}
    assert db.session.get(Operation, ask.op_id).receipt == done.receipt
    assert len(revisions(find(ref))) == 1
    assert save(ref, nadia(), ask).replayed
    changed = save(ref, nadia(), op({"titre": "Le sentier"}, "rev:1"))  # control
    assert changed.receipt["rev"] == 2
    assert len(revisions(find(ref))) == 2


# An op_id that was used before.


def test_another_content_under_the_same_name_is_refused_to_a_device_and_a_new_edit_in_a_browser(data):
    ref = made()
    ask = op({"titre": "Un"}, "rev:1")
    save(ref, nadia(), ask)
    other = replace(ask, posted=Posted({"titre": "Deux"}))
    before = state()
    with pytest.raises(Reused):
        save(ref, nadia(), other)
    assert state() == before
    done = save(ref, nadia(), replace(other, late=False))
    assert (find(ref).title, done.receipt["rev"]) == ("Deux", 3)
    assert done.receipt["op_id"] != ask.op_id


def test_going_back_stands_on_what_was_sent_and_not_on_what_came_after(data):
    """Back button: the page of the first sending, another field, after somebody else changed the first."""
    ref = made()
    ask = op({"titre": "Un", "resume": None}, "rev:1", late=False)
    save(ref, nadia(), ask)
    save(ref, cast.person("group_member"), op({"titre": "D’Els"}, "rev:2"))
    done = save(ref, nadia(), replace(ask, posted=Posted({"titre": "Un", "resume": "Ajouté"})))
    assert isinstance(done, Saved)
    fiche = find(ref)
    assert (get(fiche.content, "titre"), get(fiche.content, "resume")) == ("D’Els", "Ajouté")


@pytest.mark.parametrize("late", [True, False])
def test_the_name_of_somebody_elses_operation_shows_and_does_nothing(data, late):
    ref = made()
    ask = op({"titre": "Un"}, "rev:1")
    save(ref, nadia(), ask)
    before = state()
    with pytest.raises(Reused) as refused:
        save(ref, cast.person("group_member"), replace(ask, late=late))
    assert "Un" not in str(refused.value)
    assert state() == before


def test_the_name_of_an_operation_on_another_fiche_does_nothing(data):
    one, two = made(), made()
    ask = op({"titre": "Un"}, "rev:1")
    save(one, nadia(), ask)
    before = state()
    for late in (True, False):
        with pytest.raises(Reused):
            save(two, nadia(), replace(ask, late=late))
    assert state() == before


def test_creating_under_the_name_of_a_fiche_of_somebody_else_is_refused(data):
    ref = made()
    before = state()
    with pytest.raises(NoRight) as refused:
        save(None, cast.person("outsider"), op({"titre": "Un"}, op_id=ref))
    assert not refused.value.seen
    assert state() == before


def test_the_digest_is_of_what_is_said_and_of_nothing_else():
    same = canonical("d", {"a": 1, "b": [2]}, {}, None)
    assert same == canonical("d", {"b": [2], "a": 1}, {}, None)
    for other in (
        ("e", {"a": 1, "b": [2]}, {}, None),
        ("d", {"a": 2, "b": [2]}, {}, None),
        ("d", {"a": 1, "b": [2]}, {"a": ""}, None),
        ("d", {"a": 1, "b": [2]}, {}, "submit"),
    ):
        assert canonical(*other) != same


# Rights, read again.


def test_rights_are_read_in_the_transaction(data):
    ref = made()
    with writing():
        fiche = db.session.get_one(Fiche, ref)
        fiche.state = "REL"
    before = state()
    with pytest.raises(NoRight) as refused:
        save(ref, nadia(), op({"titre": "Un"}, "rev:1"))
    assert refused.value.seen
    with pytest.raises(NoRight) as refused:
        save(ref, cast.person("outsider"), op({"titre": "Un"}, "rev:1"))
    assert not refused.value.seen
    with pytest.raises(LookupError):
        save(str(uuid4()), nadia(), op({"titre": "Un"}, "rev:1"))
    assert state() == before


def test_somebody_whose_access_was_closed_writes_nothing(data):
    ref, who = made(), nadia()
    with writing():
        who.active = False
    before = state()
    for target in (ref, None):
        with pytest.raises(NoRight):
            save(target, nadia(), op({"titre": "Un"}, "rev:1"))
    assert state() == before


# Bases.


@pytest.mark.parametrize(
    "base",
    [
        "",
        "rev:0",
        "rev:99",
        "rev:-1",
        "rev:abc",
        "rev:" + "9" * 30,
        "op:",
        "op:inconnu",
        "rev",
        "autre:1",
        "rev:²",
        "rev:1 ",
    ],
)
def test_a_base_that_is_not_known_makes_every_difference_a_choice(data, base):
    ref = made()
    clash = save(ref, nadia(), op(Posted({"titre": "Un", "resume": "Deux"}, {"contexte": "à écrire"}), base))
    assert isinstance(clash, Clash)
    assert not clash.base_known
    assert {c.unit for c in clash.conflicts} == {"titre", "resume", f"{REASONS}.contexte"}
    assert find(ref).rev == 1
    assert (
        db.session.scalar(select(func.count()).select_from(Operation).where(Operation.document_id == ref))
        == 1
    )


def test_a_base_of_another_fiche_is_not_known(data):
    one, two = made(), made()
    done = save(one, nadia(), op({"titre": "Un"}, "rev:1"))
    fiche = find(two)
    assert base_content(fiche, f"op:{done.receipt['op_id']}") is None
    assert base_content(fiche, f"op:{two}") is not None  # control


def test_an_edit_made_on_an_unsent_one_stands_on_what_that_one_said(data):
    """Two edits of a device that was away: the second is no conflict with the first, whatever came between."""
    ref = made()
    first = op({"resume": "Un", "contexte": "C"}, "rev:1")
    save(ref, cast.person("group_member"), op({"titre": "D’Els"}, "rev:1"))
    save(ref, nadia(), first)
    second = save(ref, nadia(), op({"resume": "Deux", "contexte": "C"}, f"op:{first.op_id}"))
    assert isinstance(second, Saved)
    content = find(ref).content
    assert (get(content, "titre"), get(content, "resume"), get(content, "contexte")) == ("D’Els", "Deux", "C")


def test_what_was_merged_is_named_where_others_had_written(data):
    ref = made()
    save(ref, cast.person("group_member"), op({"titre": "D’Els"}, "rev:1"))
    done = save(ref, nadia(), op({"titre": "Le chemin", "resume": "Deux"}, "rev:1"))
    assert done.receipt["merged"] == ["resume"]
    alone = save(ref, nadia(), op({"resume": "Trois"}, f"rev:{done.receipt['rev']}"))
    assert alone.receipt["merged"] == []


# Clashes and held edits.


def clash_of(ref: str, **more) -> tuple[Op, Clash]:
    save(ref, cast.person("group_member"), op({"titre": "D’Els"}, "rev:1"))
    ask = op({"titre": "De Nadia", "resume": "Aussi"}, "rev:1", **more)
    return ask, save(ref, nadia(), ask)


@pytest.mark.parametrize("late", [True, False])
def test_a_clash_changes_nothing_and_holds_the_edit(data, late):
    ref = made()
    ask, clash = clash_of(ref, late=late)
    assert [c.unit for c in clash.conflicts] == ["titre"]
    assert clash.taken == ["resume"]
    assert clash.who["titre"][0].name == "Els Peeters"
    assert find(ref).rev == 2
    assert db.session.get(Operation, ask.op_id) is None
    held = db.session.get(HeldEdit, clash.held)
    assert (held.op_id, held.fiche_id, held.person_id) == (ask.op_id, ref, nadia().id)
    assert (get(held.content, "titre"), get(held.base, "titre")) == ("De Nadia", "Le chemin")
    assert find(ref).rev == 2


@pytest.mark.parametrize("late", [True, False])
def test_a_clash_that_is_sent_twice_is_held_once(data, late):
    ref = made()
    ask, _clash = clash_of(ref, late=late)
    before = state()
    again = save(ref, nadia(), ask)
    assert again.held == ask.op_id
    assert state() == before


def test_nobody_writes_into_the_held_edit_of_another(data):
    ref = made()
    ask, clash = clash_of(ref, late=False)
    kept = json.dumps(db.session.get(HeldEdit, clash.held).content)
    save(ref, nadia(), op({"titre": "Encore"}, "rev:2"))
    other = save(
        ref, cast.person("group_member"), op({"titre": "Autre"}, "rev:1", op_id=ask.op_id, late=False)
    )
    assert isinstance(other, Clash)
    assert other.held != ask.op_id
    assert json.dumps(db.session.get(HeldEdit, ask.op_id).content) == kept
    assert db.session.get(HeldEdit, other.held).person_id == cast.person("group_member").id


# Erased.


def quote(n: int) -> dict:
    return {
        "id": f"t{n}",
        "texte": f"phrase secrète {n}",
        "consentement": {"statut": "oui", "usages": ["intranet"]},
    }


def everything() -> str:
    """All that the database holds, as text."""
    names = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")).all()
    return "\n".join(str([tuple(r) for r in db.session.execute(text(f'SELECT * FROM "{n}"'))]) for n in names)


@pytest.mark.slow
@ON_ONE_DATABASE
@given(draw=st.data())
def test_an_erased_item_never_comes_back(data, draw):
    """Erased, then sent again by whoever still has it: on every base, with every change, by restoring too."""
    first = blank()
    put(first, QUOTES, [quote(1), quote(2)])
    ref = made(normal(first))
    save(ref, nadia(), op({"titre": "Un"}, "rev:1", op_id=(known := new_id())))
    with writing():
        erase(db.session.get_one(Fiche, ref), "t1", nadia())
    for _turn in range(draw.draw(st.integers(1, 3))):
        base = draw.draw(st.sampled_from(["rev:1", "rev:2", f"op:{known}", f"op:{ref}", "rev:999", ""]))
        late = draw.draw(st.booleans())
        mine = draw.draw(edits(normal(first), among=[QUOTES, "resume"]))
        save(ref, nadia(), op(whole(mine), base, late=late))
    fiche = find(ref)
    assert without(normal(fiche.content), {"t1"}) == normal(fiche.content)
    assert all(without(normal(r.content), {"t1"}) == normal(r.content) for r in revisions(fiche))
    held = db.session.scalars(select(HeldEdit).where(HeldEdit.fiche_id == ref))
    assert all(without(normal(h.content), {"t1"}) == normal(h.content) for h in held)


def test_nothing_that_is_sent_late_leaves_a_trace_of_what_was_erased(data):
    first = blank()
    put(first, QUOTES, [quote(1), quote(2)])
    ref = made(normal(first))
    assert "phrase secrète 1" in everything()  # control: it is found where it stands
    with writing():
        erase(db.session.get_one(Fiche, ref), "t1", nadia())
    assert "phrase secrète 1" not in everything()
    for base in ("rev:1", f"op:{ref}", "rev:99"):
        for late in (True, False):
            save(
                ref,
                nadia(),
                op({QUOTES: [quote(1), {**quote(2), "prenom": base + str(late)}]}, base, late=late),
            )
    assert "phrase secrète 2" in everything()
    assert "phrase secrète 1" not in everything()


# Imports.


def test_a_number_that_is_taken_is_kept_as_the_previous_one(data):
    with writing():
        first = adopt(blank(), owner=None, number="F-2016-777")
        second = adopt(blank(), owner=nadia(), number="F-2016-777")
        third = adopt(blank(), owner=nadia())
    assert (first.number, first.previous_number) == ("F-2016-777", None)
    assert (second.number, second.previous_number) == (None, "F-2016-777")
    assert (third.number, third.previous_number) == (None, None)
    assert (first.author_ids, second.author_ids) == (frozenset(), {nadia().id})


def test_history_knows_each_revision_by_its_number(data):
    ref = made()
    for n in range(2, 5):
        save(ref, nadia(), op({"titre": f"Titre {n}"}, f"rev:{n - 1}"))
    fiche = find(ref)
    assert [r.rev for r in revisions(fiche)] == [4, 3, 2, 1]
    assert [get(revision(fiche, n).content, "titre") for n in range(1, 5)] == [
        "Le chemin",
        "Titre 2",
        "Titre 3",
        "Titre 4",
    ]
    assert (
        db.session.scalar(select(func.count()).select_from(Revision).where(Revision.fiche_id == ref))
        == fiche.rev
    )
    assert fiche.changed_at <= now()
