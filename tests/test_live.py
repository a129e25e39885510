"""The page of a meeting while it is held, over HTTP: what one writes, who follows, who passes and who learns nothing."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from models import seating
from models.agenda import AgendaItem
from models.circles import circle_by_code
from models.contributions import Attendance, Contribution
from models.decisions import Decision, Vote
from models.meetings import meeting_by_code
from models.store import db, new_id, now, writing
from models.tasks import Task
from tests.support import cast
from tests.support import meetings as made
from tests.support.queries import counted_queries
from tests.support.tasks import due

JSON = {"Accept": "application/json"}
ANNE, SAMIRA, LEON = "chair", "coordination", "committee"


@pytest.fixture
def code(demo_app) -> str:
    """A meeting of a closed circle that begins now: Anne-Marie chairs, Samira keeps the secretariat, Léon sits there."""
    with demo_app.app_context(), writing():
        anne, samira, leon = (cast.person(role) for role in (ANNE, SAMIRA, LEON))
        circle = made.circle("TABLE", (anne, "chair"), (samira, "secretary"), (leon, "member"), closed=True, quorum=2)  # fmt: skip
        row = made.meeting(circle, anne, starts=now().replace(microsecond=0) - timedelta(minutes=5), title="La table")  # fmt: skip
        for title in ("Tour de table", "Le budget"):
            made.item(row, title, 20, anne)
        row.state, row.convened_at = "convened", now()
        return row.code


def ids(app) -> dict[str, str]:
    with app.app_context():
        rows = db.session.scalars(
            select(AgendaItem).where(AgendaItem.title.in_(("Tour de table", "Le budget")))
        )
        return {row.title: row.id for row in rows if row.meeting.title == "La table"}


def rows(app, model) -> list:
    with app.app_context():
        found = db.session.scalars(select(model)).all()
        db.session.expunge_all()
        return found


def of(app, code: str, model) -> list:
    with app.app_context():
        here = meeting_by_code(code).id
        found = db.session.scalars(select(model).where(model.meeting_id == here)).all()
        db.session.expunge_all()
        return found


def test_a_meeting_is_held_without_scripts(demo_app, client_of, code):
    """Who is there, the clock, lines, decisions, a task, a text that cannot stand and comes back, one taken away and put back."""
    anne, live, items = client_of(ANNE), f"/meetings/{code}/live", ids(demo_app)
    page = anne.get(live)
    assert "Aucune voix" in page.text
    with demo_app.app_context():
        leon = cast.person(LEON)
        leon_id, leon_name = leon.id, leon.name
    for role in (ANNE, SAMIRA, LEON):
        with demo_app.app_context():
            who = cast.person(role).id
        answer = anne.post(f"{live}/attendance", data={"who": who, "what": "here", "csrf_token": token(page)})
        assert (answer.status_code, answer.location.partition("#")[0]) == (303, live)
    page = anne.get(live)
    assert "3 voix" in page.text
    assert "Quorum atteint (2)" in page.text
    assert anne.submit(page, {"name": "Madame Voisine"}, form="g-form").status_code == 303

    anne.post(f"{live}/clock", data={"item": items["Le budget"], "what": "begin", "csrf_token": token(page)})
    page = anne.get(live)
    assert f'<option value="{items["Le budget"]}" selected>' in page.text
    assert "0 min sur 20" in page.text

    bad = anne.submit(page, {"text": "C’est trop cher.", "kind": "reaction"}, form="/live/lines")
    assert bad.status_code == 422
    assert "C’est trop cher." in bad.text
    assert "Écrivez qui l’a dit" in bad.text
    good = anne.submit(bad, {"who": leon_name.upper()}, form="/live/lines")
    assert good.status_code == 303
    line = of(demo_app, code, Contribution)[0]
    assert (line.text, line.kind, line.person_id, line.item_id) == ("C’est trop cher.", "reaction", leon_id, items["Le budget"])  # fmt: skip

    page = anne.get(live)
    bad = anne.submit(page, {"text": "On paie.", "mode": "vote", "how": "hands", "votes_for": "9"}, form="/live/decisions")  # fmt: skip
    assert bad.status_code == 422
    assert "Vous comptez 9 voix, et 3 sont là" in bad.text
    assert anne.submit(bad, {"votes_for": "2", "votes_against": "1"}, form="/live/decisions").status_code == 303  # fmt: skip
    decision = of(demo_app, code, Decision)[0]
    assert re.fullmatch(r"D-20\d\d-\d\d", decision.number)
    assert (decision.votes_for, decision.votes_against, decision.voices) == (2, 1, 3)

    page = anne.get(live)
    bad = anne.submit(page, {"what": "Payer"}, form="/live/tasks")
    assert bad.status_code == 422
    assert "une tâche que personne ne prend" in bad.text
    assert anne.submit(bad, {"person_id": leon_id, "due_on": due(9).isoformat()}, form="/live/tasks").status_code == 303  # fmt: skip
    assert [t.what for t in of(demo_app, code, Task)] == ["Payer"]

    page = anne.get(live)
    for words in ("C’est trop cher.", decision.number, "Payer", "Pour : 2. Contre : 1.", "Madame Voisine"):
        assert words in page.text
    here = f"/live/lines/{line.id}"
    anne.submit(page, {"text": "C’est un peu cher."}, form=here)
    gone = anne.submit(anne.get(live), {}, form=f"{here}/acts", button="Retirer")
    assert gone.status_code == 303
    page = anne.get(live)
    assert "C’est retiré." in page.text
    anne.post(f"{live}/lines/{line.id}/acts", data={"what": "back", "csrf_token": token(page)})
    assert of(demo_app, code, Contribution)[0].removed_at is None
    assert of(demo_app, code, Contribution)[0].text == "C’est un peu cher."


def token(page) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def test_two_texts_at_once_stand_side_by_side_and_one_chooses(demo_app, client_of, code):
    anne, samira, live = client_of(ANNE), client_of(SAMIRA), f"/meetings/{code}/live"
    anne.submit(anne.get(live), {"text": "On commence."}, form="/live/lines")
    line = of(demo_app, code, Contribution)[0].id
    mine, hers = anne.get(live), samira.get(live)
    anne.submit(mine, {"text": "On commence à l’heure."}, form=f"/lines/{line}")
    late = samira.submit(hers, {"text": "On commence en retard.", "kind": "comment", "who": "Léon"}, form=f"/lines/{line}")  # fmt: skip
    page = anne.get(live)
    assert f'id="{late.location.partition("#")[2]}"' in page.text  # she comes back to the choice
    assert "Deux textes, un choix" in page.text
    for words in ("On commence à l’heure.", "On commence en retard.", "Garder les deux", "Samira"):
        assert words in page.text
    assert "Un passage a deux textes" in anne.get(f"/meetings/{code}/minutes/propose").text
    other = next(r for r in of(demo_app, code, Contribution) if r.beside_id)
    chosen = anne.submit(page, {}, form=f"/lines/{other.id}/acts", button="Garder l’autre")
    assert chosen.status_code == 303
    page = anne.get(live)
    assert "Deux textes, un choix" not in page.text
    assert [r.text for r in of(demo_app, code, Contribution) if not r.removed_at] == ["On commence en retard."]  # fmt: skip


def test_an_item_under_which_one_wrote_stays_and_the_page_says_why(demo_app, client_of, code):
    anne, item = client_of(ANNE), ids(demo_app)["Le budget"]
    live, remove = f"/meetings/{code}/live", f"/meetings/{code}/agenda/{item}/remove"
    anne.submit(anne.get(live), {"text": "Un mot.", "item_id": item}, form="/live/lines")
    assert anne.submit(anne.get(remove), {}, form="/remove").status_code == 303
    assert "On a déjà écrit sous ce point" in anne.get(f"/meetings/{code}/agenda").text
    assert ids(demo_app)["Le budget"] == item


def test_a_vote_by_name_is_cast_by_those_who_follow_and_closed_by_who_leads(demo_app, client_of, code):
    anne, leon, live = client_of(ANNE), client_of(LEON), f"/meetings/{code}/live"
    with demo_app.app_context():
        people = {role: cast.person(role).id for role in (ANNE, SAMIRA, LEON)}
    page = anne.get(live)
    for who in people.values():
        anne.post(f"{live}/attendance", data={"who": who, "what": "here", "csrf_token": token(page)})
    anne.submit(anne.get(live), {"text": "On vote ?", "mode": "vote", "how": "named"}, form="/live/decisions")  # fmt: skip
    row = of(demo_app, code, Decision)[0]
    page = leon.get(live)
    assert "0 voix sur 3 ont voté" in page.text
    assert page.text.count("/votes") == 1  # his own voice alone
    assert leon.submit(page, {}, form=f"/decisions/{row.id}/votes", button=f"Pour : {name(demo_app, LEON)}").status_code == 303  # fmt: skip
    other = {"voice": people[ANNE], "what": "against", "csrf_token": token(page)}
    assert leon.post(f"{live}/decisions/{row.id}/votes", data=other).status_code == 404
    assert leon.post(f"{live}/decisions/{row.id}/acts", data={"what": "close", "csrf_token": token(page)}).status_code == 403  # fmt: skip
    said = {**other, "csrf_token": token(anne.get(live))}
    anne.post(f"{live}/decisions/{row.id}/votes", data=said)
    anne.post(f"{live}/decisions/{row.id}/acts", data={**said, "what": "close"})
    row = of(demo_app, code, Decision)[0]
    assert (row.votes_for, row.votes_against, row.outcome) == (1, 1, "rejected")
    late = leon.post(f"{live}/decisions/{row.id}/votes", data={"voice": people[LEON], "what": "for", "csrf_token": token(page)})  # fmt: skip
    assert late.status_code == 422
    assert "n’est pas ouvert" in late.text
    assert len(rows(demo_app, Vote)) == 2


def name(app, role: str) -> str:
    with app.app_context():
        return cast.person(role).name


def test_what_a_device_sends_late_has_one_effect_and_its_number_comes_with_the_receipt(
    demo_app, client_of, code
):
    anne, live = client_of(ANNE), f"/meetings/{code}/live"
    op, at = new_id(), (now() - timedelta(minutes=3)).isoformat().replace("+00:00", "Z")
    form = {"op_id": op, "csrf_token": token(anne.get(live)), "begun_at": at, "schema_version": "1"}
    said = {**form, "text": "On garde cela.", "mode": "consent", "outcome": "adopted"}
    first = anne.post(f"{live}/decisions", data=said, headers=JSON)
    again = anne.post(f"{live}/decisions", data=said, headers=JSON)
    assert (first.status_code, again.status_code, first.json) == (201, 200, again.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    assert first.json["title"].startswith(first.json["decision"])
    assert first.json["op_id"] == first.json["id"] == op
    row = of(demo_app, code, Decision)[0]
    assert row.decided_at.isoformat().startswith(at[:19])
    other = anne.post(f"{live}/decisions", data={**said, "text": "Autre."}, headers=JSON)
    assert (other.status_code, other.json["error"]) == (422, "op_reused")
    wrong = anne.post(
        f"{live}/lines", data={**form, "op_id": new_id(), "text": "", "kind": "note"}, headers=JSON
    )
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["text"])
    old = anne.post(f"{live}/lines", data={**form, "schema_version": "0", "text": "x"}, headers=JSON)
    assert old.status_code == 426
    nameless = anne.post(f"{live}/lines", data={**form, "op_id": "", "text": "x"}, headers=JSON)
    assert nameless.status_code == 422
    with demo_app.app_context(), writing():
        meeting_by_code(code).state = "minutes_approved"
    shut = anne.post(f"{live}/lines", data={**form, "op_id": new_id(), "text": "x"}, headers=JSON)
    assert shut.status_code == 409
    assert "Le procès-verbal est approuvé" in shut.json["sentence"]
    plain = anne.post(f"{live}/lines", data={"text": "Mon texte reste.", "kind": "note", "csrf_token": form["csrf_token"]})  # fmt: skip
    assert plain.status_code == 409
    assert "Mon texte reste." in plain.text
    assert "Le procès-verbal est approuvé" in anne.get(live).text


def test_who_follows_reads_and_who_does_not_sit_there_learns_nothing(demo_app, client_of, code):
    anne, live = client_of(ANNE), f"/meetings/{code}/live"
    page = anne.get(live)
    anne.submit(page, {"text": "Un mot dit ici."}, form="/live/lines")
    line = of(demo_app, code, Contribution)[0].id
    leon, nadia = client_of(LEON), client_of("contributor")
    followed = leon.get(live)
    assert "Un mot dit ici." in followed.text
    assert 'method="post" action="/meetings' not in followed.text  # nothing to write with
    assert "Tenir la réunion" not in leon.get(f"/meetings/{code}").text
    assert "Suivre la réunion" in leon.get(f"/meetings/{code}").text
    assert "Tenir la réunion" in anne.get(f"/meetings/{code}").text
    posts = {
        "attendance": {"name": "X"}, "clock": {"item": "x", "what": "begin"}, "lines": {"text": "Non"}, "decisions": {"text": "Non"},
        "tasks": {"what": "Non"}, f"lines/{line}": {"text": "Non"}, f"lines/{line}/acts": {"what": "remove"},
    }  # fmt: skip
    for path, data in posts.items():
        for client, status in ((leon, 403), (nadia, 404)):
            data["csrf_token"] = token(client.get("/account"))
            assert client.post(f"{live}/{path}", data=data).status_code == status, path
    assert nadia.get(live).status_code == 404
    assert demo_app.test_client().get(live).status_code == 302
    with demo_app.app_context():
        assert (
            db.session.scalar(select(func.count()).select_from(Attendance).where(Attendance.name == "X")) == 0
        )
        assert [r.text for r in db.session.scalars(select(Contribution).where(Contribution.id == line))] == ["Un mot dit ici."]  # fmt: skip
        with writing():
            seating.take_seat(circle_by_code("TABLE"), cast.person("contributor"), cast.person(ANNE))
    assert nadia.get(live).status_code == 200  # the control: with a seat the door is open


def test_the_page_asks_the_database_the_same_however_much_was_said(demo_app, client_of, code):
    anne, live = client_of(ANNE), f"/meetings/{code}/live"
    with demo_app.app_context(), writing():
        here = meeting_by_code(code)
        for n in range(2):
            db.session.add(Contribution(meeting_id=here.id, text=f"{n}", made_by=cast.person(ANNE).id))
    anne.get(live)
    with demo_app.app_context():
        few = counted_queries(lambda: anne.get(live))
    with demo_app.app_context(), writing():
        here, leon = meeting_by_code(code), cast.person(LEON)
        for n in range(40):
            db.session.add(Contribution(meeting_id=here.id, text=f"{n}", kind="comment", person_id=leon.id))
        for n in range(8):
            db.session.add(
                Decision(number=f"D-1999-{n}", circle_id=here.circle_id, meeting_id=here.id, text="?")
            )
    with demo_app.app_context():
        assert counted_queries(lambda: anne.get(live)) == few
