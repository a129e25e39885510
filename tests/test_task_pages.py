"""Tasks over HTTP: given, changed, done and taken back; who passes and who learns nothing."""

import re

import pytest
from sqlalchemy import select

from models import circles, following, seating, tasks
from models.store import db, writing
from models.tasks import Task
from tests.support import cast
from tests.support.doors import statements
from tests.support.tasks import due, task, values

LEON, R1 = "leon@amis-du-chemin.example", "/meetings/R-2016-01"
LATE = "Écrire aux trois communes qui n’ont pas répondu"


def id_of(app, what: str) -> str:
    with app.app_context():
        return db.session.scalars(select(Task.id).where(Task.what == what)).one()


def state(app, task_id: str) -> tuple:
    with app.app_context():
        row = db.session.get_one(Task, task_id)
        return row.state, row.words, row.what


def test_a_task_from_the_meeting_to_its_end(demo_app, client_of):
    """Samira gives it at an item; Léon sees it first on his page, does it with a word, takes it back; it is dropped."""
    samira, leon = client_of("coordination"), client_of("committee")
    page = samira.get(R1)
    assert LATE in page.text
    assert "En retard de 6 jours" in page.text
    with demo_app.app_context():
        person_id = cast.person("committee").id
    refused = samira.submit(
        page, {"what": "Imprimer les badges", "due_on": due(9).isoformat()}, form="/tasks/new"
    )
    assert refused.status_code == 422
    for sentence in ("une tâche que personne ne prend ne se fait pas", "Imprimer les badges"):
        assert sentence in refused.text
    said = {"what": "Imprimer les badges", "person_id": person_id, "due_on": due(9).isoformat()}
    assert samira.submit(page, said, form="/tasks/new").status_code == 303
    one = id_of(demo_app, "Imprimer les badges")
    mine = leon.get("/tasks/").text
    assert mine.index(LATE) < mine.index("Imprimer les badges")
    assert LATE in leon.get("/").text
    assert leon.get(f"/tasks/{one}/edit").status_code == 403
    leon.submit(leon.get(f"/tasks/{one}"), {"words": "Quarante badges."}, form="/transitions/done")
    assert state(demo_app, one)[:2] == ("done", "Quarante badges.")
    undo = leon.get("/tasks/")  # the message of what was done brings the way back
    leon.submit(undo, {}, form="/transitions/reopen")
    assert state(demo_app, one)[:2] == ("open", None)
    page = samira.get(f"/tasks/{one}/drop")
    assert samira.submit(page, {"words": ""}, form="/transitions/drop").status_code == 422
    assert samira.submit(page, {"words": "Plus besoin"}, form="/transitions/drop").status_code == 303
    assert state(demo_app, one)[:2] == ("dropped", "Plus besoin")


def test_two_who_write_at_once_choose_between_both_texts(demo_app, client_of):
    samira, chair, one = client_of("coordination"), client_of("chair"), id_of(demo_app, LATE)
    pages = [who.get(f"/tasks/{one}/edit") for who in (samira, chair)]
    assert samira.submit(pages[0], {"what": "Téléphoner"}, form="/edit").status_code == 303
    answer = chair.submit(pages[1], {"what": "Écrire une lettre"}, form="/edit")
    assert answer.status_code == 409
    assert "Téléphoner" in answer.text
    assert "Écrire une lettre" in answer.text
    assert state(demo_app, one)[2] == "Téléphoner"


@pytest.fixture
def closed(demo_app):
    """A task of a closed circle in which the reader leads."""
    with demo_app.app_context(), writing():
        circle, reader = circles.circle_by_code("GT-FIC"), cast.person("reader")
        circle.closed = True
        seating.take_seat(circle, reader, cast.person("coordination"), role="chair")
        return task(circle, reader, reader, "Tâche zzclose").id


def test_who_does_not_sit_there_learns_nothing(demo_app, client_of, closed):
    """An outsider, and who sits in another circle: 404 for the task, nothing on any page, no act has an effect."""
    one = id_of(demo_app, LATE)
    outsider, other = client_of("outsider"), client_of("committee")
    token = re.search(r'name="csrf_token" value="([^"]+)"', outsider.get("/account").text)[1]
    for path in (f"/tasks/{one}", f"/tasks/{one}/edit", f"/tasks/{one}/drop"):
        assert outsider.get(path).status_code == 404, path
    assert outsider.get("/committee/COPIL/tasks").status_code == 403, (
        "an open circle is known, its tasks are not"
    )
    assert outsider.post(f"/tasks/{one}/transitions/done", data={"csrf_token": token}).status_code == 404
    assert state(demo_app, one)[0] == "open"
    for path in ("/", "/tasks/", R1, "/committee/COPIL"):
        assert LATE not in outsider.get(path).text, path
    for path in (f"/tasks/{closed}", "/committee/GT-FIC/tasks", "/committee/GT-FIC/tasks/new"):
        assert other.get(path).status_code == 404, path
    for path in ("/", "/tasks/", "/committee/"):
        assert "zzclose" not in other.get(path).text, path
    assert "zzclose" in client_of("reader").get("/tasks/").text


def test_a_plain_member_sees_and_changes_nothing_of_others(demo_app, client_of):
    nadia, one = client_of("contributor"), id_of(demo_app, LATE)
    page = nadia.get(f"/tasks/{one}")
    assert page.status_code == 200
    assert "/transitions/" not in page.text
    token = re.search(r'name="csrf_token" value="([^"]+)"', nadia.get("/account").text)[1]
    for path in (f"/tasks/{one}/edit", f"/tasks/{one}/transitions/done", f"/tasks/{one}/transitions/drop", f"{R1}/tasks/new", "/committee/COPIL/tasks/new"):  # fmt: skip
        assert nadia.post(path, data={"csrf_token": token, "words": "x", "rev": "1"}).status_code == 403, path
    assert state(demo_app, one)[0] == "open"


def test_pages_ask_no_more_for_forty_than_for_two(demo_app, client_of):
    samira = client_of("coordination")
    paths = ("/tasks/", "/committee/COPIL/tasks", "/committee/COPIL", R1)

    def asked() -> list[int]:
        out = []
        for path in paths:
            with statements(demo_app) as seen:
                samira.get(path)
            out.append(len([s for s in seen if s.startswith("SELECT")]))
        return out

    def add(count: int) -> None:
        with demo_app.app_context(), writing():
            by, circle = cast.person("coordination"), circles.circle_by_code("COPIL")
            for n in range(count):
                following.add_task(circle, values(by, f"Tâche {n}"), by)

    add(1)
    asked()
    few = asked()
    add(38)
    assert asked() == few
    with demo_app.app_context():
        assert tasks.counts(circles.circle_by_code("COPIL").id)["open"] == 42
    assert "page=2" in samira.get("/committee/COPIL/tasks").text
