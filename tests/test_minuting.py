"""What minutes say: composed from attendance, else from the answers; proposed, amended, approved, corrected."""

import json
from datetime import timedelta

import pytest

from models import agenda, answering, approving, forgetting, minuting, remarks
from models.answering import Answer
from models.contributions import Attendance
from models.decisions import decision_by_number
from models.deliveries import Mail
from models.fiche.journal import Operation
from models.fiche.saving import Reused
from models.meetings import meeting_by_code
from models.minutes import comments_of, versions
from models.remarks import BadRemark, Late, Remark
from models.store import db, new_id, now, writing
from models.workflow import Refused
from tests.support import cast, gatherings
from tests.support import minutes as support
from tests.support.gatherings import ANNE, BART, LEON, NADIA, who
from tests.support.queries import counted_queries


def names(content, group):
    return [one["name"] for one in content["people"][group]]


def test_the_demonstration_has_minutes_that_say_everything(demo_app):
    """Three decisions of each kind, who carried whose voice, who left; and what was frozen is what is composed."""
    with demo_app.app_context():
        meeting = meeting_by_code("R-2016-03")
        (row,) = versions(meeting)
        content = row.content
        assert json.loads(json.dumps(content)) == content
        assert content == minuting.compose(meeting)
        decided = {d["number"]: d for item in content["items"] for d in item["decisions"]}
        assert (decided["D-2016-02"]["for"], decided["D-2016-02"]["against"]) == (3, 1)
        assert decided["D-2016-03"]["objections"]
        assert decided["D-2016-04"]["replaces"] == "D-2016-01"
        assert content["people"]["proxies"] == [{"name": "Léon Marchal", "carrier": "Nadia Bensaïd"}]
        assert names(content, "present") == [
            "Anne-Marie Lhoest",
            "Nadia Bensaïd",
            "Rosa Dupont, voisine de la salle",
        ]
        (els,) = minuting.revived(content)["people"]["remote"]
        assert els["left"].isoformat() == "2016-05-20T13:55:00+00:00"
        assert content["voices"] == {"present": 3, "carried": 1, "of": 4, "quorum": 0}
        assert (content["items"][1]["planned"], content["items"][1]["real"]) == (40, 48)
        assert content["next"]["code"] == "R-2016-04"
        assert meeting_by_code("R-2016-04").previous_id == meeting.id


@pytest.fixture
def here(demo_app):
    with demo_app.app_context():
        yield demo_app


def mails(template):
    rows = db.session.scalars(db.select(Mail).where(Mail.template == template))
    return sorted(row.person.name for row in rows)


def refusal(act):
    with pytest.raises(Refused) as refused:
        act()
    return str(refused.value)


def test_what_was_announced_stands_in_for_what_nobody_noted(here):
    """Noted: Anne-Marie. Announced: Nadia comes, Bart is away, Léon gave Nadia his voice. Els never answered."""
    meeting = gatherings.meeting()
    for email, said in ((NADIA, "OUI"), (BART, "IND")):
        answering.answer(meeting.id, who(email).id, who(email), Answer(said, new_id()))
    answering.answer(meeting.id, who(LEON).id, who(LEON), Answer("PRO", new_id(), proxy_id=who(NADIA).id))
    with writing():
        db.session.add(Attendance(meeting_id=meeting.id, person_id=who(ANNE).id, state="remote"))
        for n, kind in enumerate(("note", "comment")):
            support.line(meeting, f"Ligne {n}", kind=kind, speaker="Rosa" if n else None)
        support.line(meeting, "Ôtée", removed_at=now())
        support.line(meeting, "Attend un choix", beside_id=new_id())
    said = minuting.compose(meeting)
    assert [(p["name"], p["by"]) for p in said["people"]["remote"]] == [("Anne-Marie Lhoest", "noted")]
    assert [(p["name"], p["by"]) for p in said["people"]["present"]] == [("Nadia Bensaïd", "announced")]
    assert [(p["name"], p["by"]) for p in said["people"]["excused"]] == [("Bart Claes", "announced")]
    assert said["people"]["proxies"] == [{"name": "Léon Marchal", "carrier": "Nadia Bensaïd"}]
    assert {p["by"] for p in said["people"]["absent"]} == {""}
    assert (said["voices"]["present"], said["voices"]["carried"]) == (2, 1)
    assert [(line["who"], line["text"]) for line in said["items"][0]["lines"]] == [("", "Ligne 0"), ("Rosa", "Ligne 1")]  # fmt: skip
    with writing():  # he came after all: his voice is his own
        db.session.add(Attendance(meeting_id=meeting.id, person_id=who(LEON).id, state="here"))
    said = minuting.compose(meeting)
    assert said["people"]["proxies"] == []
    assert (said["voices"]["present"], said["voices"]["carried"]) == (3, 0)


def test_what_is_said_costs_no_more_queries_when_there_is_more_of_it(here):
    meeting = support.held(decision="D-2026-07")
    few = counted_queries(lambda: minuting.compose(meeting))
    with writing():
        for n in range(30):
            support.line(meeting, f"Ligne {n}", kind="comment", person_id=who(ANNE).id)
            name = f"Personne {n}"
            db.session.add(Attendance(meeting_id=meeting.id, name=name))
    db.session.expire_all()
    assert counted_queries(lambda: minuting.compose(meeting)) <= few + 2  # those that were expired


def test_proposed_in_one_act_everybody_invited_is_told_and_the_next_agenda_carries_it(here):
    meeting, later = support.held(), support.next_one(begun=False)
    assert not any(item.carried for item in agenda.items(later))
    support.act(meeting, "propose", days=7)
    (row,) = versions(meeting)
    assert (meeting.state, row.version, row.state, row.rev) == ("minutes_proposed", 1, "proposed", 1)
    assert timedelta(days=6.9) < row.comments_until - now() <= timedelta(days=7)
    assert len(mails("minutes_proposed")) == 5  # six were invited, one of them proposes
    assert agenda.items(later)[0].carried == "minutes"
    assert later.previous_id == meeting.id


@pytest.mark.parametrize("days", [0, 61])
def test_what_cannot_be_proposed(here, days):
    coming = gatherings.meeting()
    assert "pas encore commencé" in refusal(lambda: support.act(coming, "propose"))
    meeting = support.held("GT-AUTRE", decision="D-2026-07")
    assert "jours pour les remarques" in refusal(lambda: support.act(meeting, "propose", days=days))
    assert "Vous ne pouvez pas" in refusal(lambda: support.act(meeting, "propose", LEON))
    with writing():
        row = support.line(meeting, "Deux fois", beside_id=new_id())
    assert "attendent votre choix" in refusal(lambda: support.act(meeting, "propose"))
    with writing():
        row.removed_at = now()
        decision_by_number("D-2026-07").opened_at = now()
    assert "vote est encore ouvert" in refusal(lambda: support.act(meeting, "propose"))
    assert (meeting.state, versions(meeting)) == ("convened", [])
    with writing():
        decision_by_number("D-2026-07").closed_at = now()
    support.act(meeting, "propose")  # the control: nothing else stood in the way


def test_a_proposal_is_amended_and_only_what_was_read_is_approved(here):
    meeting = support.held()
    support.act(meeting, "propose")
    row = approving.current(meeting)
    assert "suivante" in refusal(lambda: support.act(meeting, "approve"))
    later = support.next_one()
    with writing():
        support.line(meeting, "Oubliée zzoubli")
    assert approving.stale(row)
    assert "Actualisez" in refusal(lambda: support.act(meeting, "approve"))
    with pytest.raises(Refused), writing():
        approving.refresh(meeting, who(ANNE), 9)
    with pytest.raises(Refused), writing():
        approving.refresh(meeting, who(LEON), 1)
    with writing():
        approving.refresh(meeting, who(ANNE), 1)
    assert (row.rev, row.version, "zzoubli" in json.dumps(row.content)) == (2, 1, True)
    assert "choisissez dans la liste" in refusal(
        lambda: support.act(meeting, "approve", approved_in=meeting.id)
    )
    support.act(meeting, "approve")
    assert (meeting.state, row.state, row.approved_in) == ("minutes_approved", "approved", later.id)
    assert row.approved_by == who(ANNE).id
    assert refusal(lambda: support.act(meeting, "propose"))


def test_a_correction_is_another_version_and_what_was_approved_stays(here):
    meeting = support.approved()
    before = approving.current(meeting).content
    assert "pourquoi" in refusal(lambda: support.act(meeting, "correct"))
    support.act(meeting, "correct", reason="Le nom de Nadia manquait")
    with writing():
        support.line(meeting, "Corrigée zzcorrige")
        approving.refresh(meeting, who(ANNE), 1)
    second, first = versions(meeting)
    assert (first.state, first.content) == ("approved", before)
    assert (second.version, second.state, second.reason) == (2, "proposed", "Le nom de Nadia manquait")
    assert "zzcorrige" in json.dumps(second.content)
    outsider = cast.person("outsider")
    assert [row.version for row in approving.readable(meeting, outsider)] == [1]
    assert [row.version for row in approving.readable(meeting, who(NADIA))] == [2, 1]
    support.act(meeting, "approve")
    assert [row.version for row in approving.readable(meeting, outsider)] == [2, 1]


def test_a_remark_is_there_once_answered_once_and_its_writer_is_told(here):
    meeting = support.held()
    support.act(meeting, "propose")
    row, item = approving.current(meeting), agenda.items(meeting)[0]
    said = Remark("C’était mardi zzmardi", new_id(), item.id)

    def keep(one, email=NADIA):
        with writing():
            return remarks.remark(row.id, who(email), one)

    first, again = keep(said), keep(said)
    assert (first.receipt, again.replayed) == (again.receipt, True)
    with pytest.raises(Reused):
        keep(Remark("Autre chose", said.op_id, late=True))
    for bad, field in ((Remark("", new_id()), "text"), (Remark("x" * 2001, new_id()), "text"), (Remark("x", new_id(), "ailleurs"), "item")):  # fmt: skip
        with pytest.raises(BadRemark) as wrong:
            keep(bad)
        assert wrong.value.field == field
    with pytest.raises(Late):  # who does not sit here
        keep(Remark("x", new_id()), cast.person("outsider").email)
    (comment,) = comments_of(row)
    assert "pourquoi" in refusal(lambda: remarks.answer(comment, "declined", None, who(ANNE)))
    with writing():
        assert remarks.answer(comment, "taken", "Bien vu", who(ANNE))
        assert not remarks.answer(comment, "declined", "Non", who(ANNE))
    assert (comment.state, comment.answer, mails("minutes_answered")) == (
        "taken",
        "Bien vu",
        ["Nadia Bensaïd"],
    )
    journal = db.session.get(Operation, said.op_id)
    assert "zzmardi" not in json.dumps([journal.receipt, journal.content])
    with writing():
        row.comments_until = now() - timedelta(seconds=1)
    with pytest.raises(Late):
        keep(Remark("Trop tard", new_id()))


def test_who_is_forgotten_stays_in_minutes_that_were_approved(here):
    """Elsewhere the name goes; what the page of leaving says is what happens."""
    meeting = support.approved()
    before, nadia = approving.current(meeting).content, who(NADIA)
    with writing():
        forgetting.forget(nadia, None)
    db.session.expire_all()
    assert nadia.name == forgetting.NAMELESS
    assert approving.current(meeting).content == before
    assert "Nadia Bensaïd" in json.dumps(before, ensure_ascii=False)


def test_who_is_renamed_leaves_a_proposal_as_it_was_read(here):
    meeting = support.held()
    support.act(meeting, "propose")
    with writing():
        who(NADIA).name = "Nadia B."
    assert not approving.stale(approving.current(meeting))
    support.next_one()
    support.act(meeting, "approve")
    assert "Nadia Bensaïd" in json.dumps(approving.current(meeting).content, ensure_ascii=False)
