"""Notes in the domain: one operation one effect, what two write at once, versions, taken away and back, found, forgotten."""

import re
from datetime import timedelta
from itertools import count as numbers

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from models import forgetting, merging, note_writing, retention, seating, work_search
from models.audit import AuditEvent
from models.circles import CHAIR, Circle, circle_by_code
from models.fiche.journal import Operation
from models.fiche.saving import Reused
from models.note_writing import LONGEST, BadNote, NoNote, Written
from models.notes import Note, NoteRevision
from models.people import Person
from models.rights import can
from models.store import db, new_id, now, writing
from tests.support import meetings as made
from tests.support.notes import note, say
from tests.support.queries import counted_queries

BASE = "## Lieu\n\nLe canal.\n\n## Date\n\nEn mai."


@pytest.fixture
def cast(app):
    """Name → person; Ana chairs A, Bo sits there; C is closed, Cy sits there; K is a committee of Ana's; Out sits nowhere."""
    with app.app_context():
        with writing():
            people = {n: made.somebody(n) for n in ("Ana", "Bo", "Cy", "Out")}
            made.circle("A", (people["Ana"], CHAIR), (people["Bo"], "member"))
            made.circle("C", (people["Cy"], CHAIR), closed=True)
            made.circle("K", (people["Ana"], CHAIR), kind="NOY")
        yield people


@pytest.fixture
def row(cast) -> Note:
    with writing():
        return note(circle_by_code("A"), cast["Ana"], "Fête", BASE)


def count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model))


def written(row: Note, by: Person, body: str, base: int = 0, **more) -> dict:
    with writing():
        return say(db.session.get_one(Note, row.id), by, body, base, **more)


def found(person: Person, words: str) -> list[str]:
    return [f.title for f in work_search.find(words, list(work_search.circles_read(person)))]


def test_two_who_start_from_one_version_both_stand_and_the_second_is_told(cast, row):
    first = written(row, cast["Ana"], BASE.replace("Le canal.", "Le parc."))
    assert (first["rev"], first["merged"], first["clashes"]) == (2, False, 0)
    apart = written(row, cast["Bo"], BASE.replace("En mai.", "En juin."), base=1)
    assert (apart["rev"], apart["merged"], apart["clashes"]) == (3, True, 0)
    assert row.body == BASE.replace("Le canal.", "Le parc.").replace("En mai.", "En juin.")
    same = written(row, cast["Ana"], BASE.replace("Le canal.", "La gare."), base=1)
    assert (same["merged"], same["clashes"], row.twice) == (True, 1, 1)
    for text in ("Le parc.", "La gare.", "En juin.", "> **Version 1/2 – Bo, ", "> **Version 2/2 – Ana, "):
        assert text in row.body
    assert (
        len(re.findall(r"^> \*\*Version [12]/2 – \w+, \d+ \w+ \d{4}, \d+ h \d\d\*\*$", row.body, re.M)) == 2
    )
    kept = note_writing.revision(row.id, 4)
    assert note_writing.posted(kept) == ("Fête", BASE.replace("Le canal.", "La gare.")), (
        "what was posted stays"
    )
    assert (kept.base, kept.twice) == (1, 1)
    settled = written(row, cast["Bo"], "Tout est clair.")
    assert (settled["merged"], row.twice) == (False, 0)
    assert [r.rev for r in note_writing.revisions(row.id)] == [5, 4, 3, 2, 1]


def test_the_same_change_twice_is_no_clash_and_no_new_version(cast, row):
    written(row, cast["Ana"], "Pareil.")
    again = written(row, cast["Bo"], "Pareil.", base=1)
    assert (again["rev"], again["merged"], row.rev, row.changed_by) == (2, False, 2, cast["Ana"].id)


def test_titles_that_both_changed_stand_side_by_side(cast, row):
    written(row, cast["Ana"], BASE, title="Fête de mai")
    written(row, cast["Bo"], BASE, base=1, title="La fête")
    assert row.title == "Fête de mai / La fête"
    written(row, cast["Bo"], BASE, base=1, title="x" * 199)
    assert row.title == "x" * 199, "both do not fit; the other stands in the history"


def test_one_operation_has_one_effect(cast, row):
    op = new_id()
    first = written(row, cast["Bo"], "Une fois.", op_id=op)
    with writing():
        again = note_writing.write(row.id, cast["Bo"], Written("Fête", "Une fois.", op, "rev:1"))
    assert (again.receipt, again.replayed, row.rev) == (first, True, 2)
    for by, body, late in ((cast["Bo"], "Autre chose.", True), (cast["Ana"], "Une fois.", True)):
        with pytest.raises(Reused), writing():
            note_writing.write(row.id, by, Written("Fête", body, op, "rev:1", late=late))
    page = written(row, cast["Bo"], "Une fois, et puis.", op_id=op)  # Back button: on top of what it posted
    assert (page["merged"], row.body, row.rev) == (False, "Une fois, et puis.", 3)
    stored = db.session.get_one(Operation, op)
    assert (stored.content, "fois" in str(stored.receipt)) == ({}, False), (
        "nothing typed stands in the journal"
    )


def test_a_late_edit_stands_on_what_its_device_posted_before(cast, row):
    op = new_id()
    written(row, cast["Ana"], BASE.replace("Le canal.", "Le parc."))
    written(row, cast["Bo"], BASE + "\n\nPar Bo.", base=1, op_id=op)  # merged with Ana's
    then = written(row, cast["Bo"], BASE + "\n\nPar Bo, mieux.", start=f"op:{op}")
    assert then["clashes"] == 0
    assert row.body == BASE.replace("Le canal.", "Le parc.") + "\n\nPar Bo, mieux."


def test_a_save_that_made_no_version_is_not_the_version_of_somebody_else(cast, row):
    op, again = new_id(), new_id()
    ours = BASE + "\n\nPar Ana."
    written(row, cast["Ana"], ours, title="Fête de mai")
    told = written(row, cast["Bo"], BASE, base=1, title="Fête", op_id=op)
    assert (told["rev"], told["merged"], row.rev) == (2, False, 2), "the receipt says what stands"
    told = written(row, cast["Bo"], BASE, start=f"op:{op}", title="Fête", op_id=again)  # and once more
    written(row, cast["Bo"], "Par Bo.\n\n" + BASE, start=f"op:{again}", title="Fête")
    assert (row.body, row.title, row.twice) == ("Par Bo.\n\n" + ours, "Fête de mai", 0)
    written(
        row, cast["Bo"], BASE + "\n\nRetour.", base=1, title="Fête", op_id=op
    )  # under a number that was used
    assert {"Par Ana.", "Retour."} <= set(row.body.split("\n"))


def test_a_save_of_what_stands_already_is_the_base_of_the_next(cast, row):
    op = new_id()
    written(row, cast["Ana"], BASE.replace("Le canal.", "Le parc."))
    written(
        row, cast["Ana"], BASE.replace("En mai.", "En juin."), base=1
    )  # merged: posted is not what stands
    written(row, cast["Bo"], row.body, base=1, op_id=op)
    written(row, cast["Ana"], row.body + "\n\nPar Ana.")
    written(
        row, cast["Bo"], row.body.replace("Le parc.\n\n", "").replace("\n\nPar Ana.", ""), start=f"op:{op}"
    )
    assert "Le parc." not in row.body, "what Bo saw and took away is away"
    assert row.body.endswith("En juin.\n\nPar Ana.")


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["Ana", "Bo"]), st.sampled_from(["same", "add", "drop", "open"]), st.integers(0, 9)
    ),
    max_size=9,
)

PASSING = [("Ana", "add", 3), ("Bo", "same", 0), ("Bo", "add", 0)]


def missing(cast, steps, blind: bool = False) -> set[str]:
    """Lines that somebody added, nobody took away, and that do not stand in the note after these saves. Each goes on
    from the operation before, as a device does. blind: a save that made no version passes for the version it met."""
    added, dropped, fresh = set(), set(), numbers()
    with writing():
        note_id = note(circle_by_code("A"), cast["Ana"], "Chaîne", "un\ndeux\ntrois").id
    seen = {name: (["un", "deux", "trois"], "rev:1") for name in ("Ana", "Bo")}
    for name, act, at in steps:
        row = db.session.get_one(Note, note_id)
        lines, base = list(seen[name][0]), seen[name][1]
        if act == "open":
            seen[name] = (row.body.split("\n"), f"rev:{row.rev}")
            continue
        if act == "add":
            lines.insert(at % (len(lines) + 1), f"{name} {next(fresh)}")
            added |= set(lines) - set(seen[name][0])
        elif act == "drop" and lines:
            dropped.add(lines.pop(at % len(lines)))
        op = new_id()
        written(row, cast[name], "\n".join(lines), start=base, op_id=op)
        if blind:
            with writing():
                db.session.get_one(Operation, op).rev = row.rev
        seen[name] = (lines, f"op:{op}")
    return added - dropped - set(db.session.get_one(Note, note_id).body.split("\n"))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
@example(PASSING)
def test_whatever_two_save_one_after_another_no_line_that_one_added_goes(cast, steps):
    assert not missing(cast, steps)


def test_a_save_that_passes_for_what_it_met_loses_a_line_and_the_detector_says_so(cast):
    assert missing(cast, PASSING, blind=True) == {"Ana 0"}


def test_a_base_that_nobody_knows_loses_nothing(cast, row):
    for start in ("rev:99", "op:" + new_id(), "x", ""):
        written(row, cast["Bo"], "Un texte venu d’ailleurs.", start=start)
        assert "Un texte venu d’ailleurs." in row.body
        assert "Le canal." in row.body


@pytest.mark.parametrize(
    ("field", "title", "body", "words"),
    [
        ("title", " ", "x", ""),
        ("title", "x" * 201, "x", ""),
        ("body", "x", "x" * (LONGEST + 1), ""),
        ("words", "x", "x", "x" * 201),
    ],
)
def test_what_cannot_stand_says_why_and_changes_nothing(cast, row, field, title, body, words):
    for act in (
        lambda said: note_writing.write(row.id, cast["Bo"], said),
        lambda said: note_writing.begin(row.circle_id, cast["Bo"], said),
    ):
        with pytest.raises(BadNote) as bad, writing():
            act(Written(title, body, new_id(), "rev:1", words))
        assert bad.value.field == field
    assert (row.rev, count(Note), count(NoteRevision)) == (1, 1, 1)


def test_what_merging_made_long_can_still_be_saved(cast, row):
    written(row, cast["Ana"], "a\n" * 9_000)
    written(row, cast["Bo"], "b\n" * 9_000, base=1)
    assert len(row.body) > LONGEST
    assert written(row, cast["Bo"], row.body[: LONGEST + 100])["rev"] == 4


def test_who_writes_and_who_reads(cast, row):
    with writing():
        closed, council = note(circle_by_code("C"), cast["Cy"]), note(circle_by_code("K"), cast["Ana"])
    assert [can(cast["Out"], "note.see", n) for n in (row, closed, council)] == [True, False, False]
    assert [can(cast["Ana"], "note.see", n) for n in (row, closed, council)] == [True, False, True]
    for by, target in ((cast["Out"], row), (cast["Ana"], closed)):
        with pytest.raises(NoNote), writing():
            say(target, by, "Non.")
    with writing():
        circle_by_code("A").ended_at = now()
    with pytest.raises(NoNote), writing():
        say(row, cast["Ana"], "Trop tard.")


def test_an_old_version_stands_again_as_a_new_one(cast, row):
    written(row, cast["Bo"], "Autre.")
    with writing():
        note_writing.restore(row, note_writing.revision(row.id, 1), cast["Ana"], "Reprise")
        note_writing.restore(row, note_writing.revision(row.id, 1), cast["Ana"], "Reprise")
    assert (row.body, row.rev) == (BASE, 3)
    assert note_writing.revision(row.id, 2).body == "Autre."


def test_what_was_taken_away_comes_back_or_is_swept_after_a_month(cast, row):
    with writing():
        other = note(circle_by_code("A"), cast["Bo"], "Reste", "mirabelle")
        assert note_writing.remove(row, cast["Bo"])
        assert not note_writing.remove(row, cast["Ana"])
    assert [n.title for n in note_writing.notes_of(row.circle_id)] == ["Reste"]
    assert found(cast["Bo"], "canal") == []
    late = written(row, cast["Ana"], BASE + "\n\nÉcrit sans réseau.", base=1)  # nothing is lost meanwhile
    assert late["rev"] == 2
    with writing():
        note_writing.bring_back(row, cast["Ana"])
    assert found(cast["Bo"], "reseau") == ["Fête"]
    with writing():
        note_writing.remove(row, cast["Bo"])
    with writing():
        assert retention.apply(now() + timedelta(days=29))["work"] == 0
    with writing():
        assert retention.apply(now() + timedelta(days=31))["work"] == 1
    assert [n.id for n in db.session.scalars(select(Note))] == [other.id]
    assert count(NoteRevision) == 1


def test_a_search_finds_words_by_their_beginning_and_never_those_of_others(cast, row):
    with writing():
        note(circle_by_code("C"), cast["Cy"], "Secret du canal", "Mirabelle.")
        note(circle_by_code("K"), cast["Ana"], "Comité du canal")
    assert found(cast["Out"], "CANA") == ["Fête"]
    assert found(cast["Ana"], "canal") == ["Comité du canal", "Fête"]
    assert found(cast["Cy"], "mirab") == ["Secret du canal"]
    for words in ("mirabelle", "", "\"'*", "x" * 300, "canal AND secret", "NEAR(canal)", "100 %"):
        assert "Secret du canal" not in found(cast["Out"], words)
    piece = work_search.find("canal", [row.circle_id])[0].pieces
    assert (True, "canal") in piece


def test_lists_and_searches_ask_the_same_however_much_there_is(cast, row):
    def asked() -> list[int]:
        db.session.expunge_all()
        bo = db.session.get_one(Person, bo_id)
        out = [counted_queries(lambda: [(n.title, n.changer.name) for n in note_writing.notes_of(circle_id)])]
        out.append(counted_queries(lambda: note_writing.written_by(bo)))
        return [*out, counted_queries(lambda: work_search.find("canal", [circle_id]))]

    circle_id, bo_id = row.circle_id, cast["Bo"].id
    few = asked()
    with writing():
        for n in range(30):
            note(db.session.get_one(Circle, circle_id), db.session.get_one(Person, bo_id), f"Canal {n}")
    assert asked() == few
    assert len(note_writing.notes_of(circle_id, 5)) == 5


def test_a_person_who_is_forgotten_is_not_named_over_a_passage_either(cast, row):
    written(row, cast["Ana"], "L’un.")
    written(row, cast["Bo"], "L’autre.", base=1)
    assert "– Bo, " in row.body
    with writing():
        forgetting.forget(cast["Bo"], None)
    assert "– Bo, " not in row.body
    assert f"– {forgetting.NAMELESS}, " in row.body
    assert "– Ana, " in row.body
    assert row.twice == 1
    assert not db.session.scalars(select(NoteRevision).where(NoteRevision.body.contains("– Bo, "))).all()


def test_a_double_is_not_named_either_however_their_name_was_typed(cast, row):
    with writing():
        for name, typed in (("Out", "Zoé **  la\tgrande"), ("Cy", "Cy % _")):
            cast[name].name = typed
            seating.take_seat(circle_by_code("A"), cast[name], None, role="member")
    bodies = [
        written(row, cast[name], f"Par {name}.", base=1) and row.body for name in ("Ana", "Out", "Cy", "Bo")
    ]
    assert ["– Zoé la grande, " in bodies[-1], "– Cy % _, " in bodies[-1]] == [True, True]
    with writing():
        for name in ("Out", "Cy"):
            merging.merge_people(cast[name], cast["Bo"], cast["Ana"])
    with writing():
        forgetting.forget(cast["Bo"], None)
    texts = [row.body, *[t for r in note_writing.revisions(row.id) for t in (r.body, r.posted or "")]]
    assert not [t for t in texts if any(name in t for name in ("Zoé", "– Cy", "– Bo, "))]
    assert "– Ana, " in row.body
    assert found(cast["Ana"], "zoe") == []


def test_the_audit_tells_ids_and_no_words(cast, row):
    written(row, cast["Bo"], "Des mots à nous.", words="Ce qui change")
    events = db.session.scalars(select(AuditEvent).where(AuditEvent.object_kind == "note")).all()
    assert [e.act for e in events] == ["note.made", "note.written"]
    assert all(set(e.detail) <= {"rev"} for e in events)
