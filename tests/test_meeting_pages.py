"""Circles and meetings over HTTP: who passes, what comes back when something cannot stand, what hangs on an item."""

import io
import re
from datetime import timedelta

import pytest
from flask_babel import force_locale, ngettext
from sqlalchemy import select

from blueprints.accounts import letters
from blueprints.admin.forms import named
from models import access, agenda, circles, convening, meetings, notices, planning, replies, scheduling
from models.agenda import AgendaLink
from models.circles import Seat
from models.deliveries import Job, Mail
from models.meetings import Meeting, MeetingState
from models.people import Person, add_person
from models.store import db, now, writing
from tests.support import cast
from tests.support import meetings as made
from tests.support.doors import path_in, statements

R1 = "/meetings/R-2016-01"
PDF = b"%PDF-1.7\n1 0 obj <<>> endobj\ntrailer <<>>\n%%EOF\n"


@pytest.fixture
def inside(demo_app):
    with demo_app.app_context():
        yield demo_app


def here(app, code: str = "R-2016-01") -> list[tuple[str, int]]:
    """(title, minutes) of the agenda now."""
    with app.app_context():
        return [(i.title, i.minutes) for i in agenda.items(meetings.meeting_by_code(code))]


def item_id(app, title: str, code: str = "R-2016-01") -> str:
    with app.app_context():
        return next(i.id for i in agenda.items(meetings.meeting_by_code(code)) if i.title == title)


# ---- who passes


def test_a_plain_member_reads_and_proposes_but_changes_nothing(demo_app, client_of):
    leon = client_of("committee")
    page = leon.get(R1)
    assert page.status_code == 200
    for sign in ("Préparer l’ordre du jour", "La veille", "Annuler la réunion", "traduction chuchotée"):
        assert sign not in page.text
    for path in ("/agenda", "/eve", "/edit", "/agenda/new", f"/agenda/{item_id(demo_app, 'Tour de table')}"):
        assert leon.get(R1 + path).status_code == 403
    assert leon.get("/meetings/new/COPIL").status_code == 403
    assert leon.get("/committee/COPIL/edit").status_code == 403
    before = here(demo_app)
    page = leon.get(R1 + "/agenda/propose")
    answer = leon.submit(page, {"title": "Un goûter", "minutes": "10"})
    assert answer.status_code == 303
    assert here(demo_app) == before
    with demo_app.app_context():
        assert [i.title for i in agenda.proposals(meetings.meeting_by_code("R-2016-01"))] == ["Un goûter"]
    samira = client_of("coordination")
    samira.submit(
        samira.get(R1 + "/agenda"), {"words": "Bonne idée."}, form="/answer", button="Prendre ce point"
    )
    assert here(demo_app) == [*before, ("Un goûter", 10)]


def test_what_is_too_long_is_said_and_not_cut(demo_app, client_of):
    """Why a meeting is cancelled, what one answers to who proposed, what one says with dates: it comes back whole."""
    samira, leon = client_of("coordination"), client_of("committee")
    leon.submit(leon.get(R1 + "/agenda/propose"), {"title": "Un goûter", "minutes": "10"})
    with demo_app.app_context(), writing():
        by = cast.person("coordination")
        other = made.meeting(
            circles.circle_by_code("COPIL"), by, starts_at=None, ends_at=None, title="Plus tard"
        ).code
    dates = {f"{name}-{n}": said for n in (0, 1) for name, said in (("day", f"2030-11-1{n}"), ("begins", "18:00"), ("ends", "20:00"))}  # fmt: skip
    for page, typed, where, button in (
        (f"{R1}/agenda", {"words": "é" * 1000}, "/answer", "Pas cette fois"),
        (f"/meetings/{other}/poll", {**dates, "words": "é" * 1000}, "/poll/dates", None),
        (f"{R1}/transitions/cancel", {"reason": "é" * 500}, "/transitions/cancel", None),
    ):
        [(name, most)] = [(key, text) for key, text in typed.items() if key in ("reason", "words")]
        said = samira.submit(samira.get(page), {**typed, name: most + "à"}, form=where, button=button)
        assert said.status_code == 422, page
        assert "Raccourcissez-le" in said.text
        assert most + "à" in said.text
        assert 'aria-invalid="true"' in said.text
        assert samira.submit(said, typed, form=where, button=button).status_code == 303, page
    with demo_app.app_context():
        assert meetings.meeting_by_code("R-2016-01").cancel_reason == "é" * 500


def test_what_a_plain_contributor_posts_is_refused(demo_app, client_of):
    """Christelle sits nowhere: nothing of a circle is hers to change, whatever she posts."""
    outsider = client_of("outsider")
    token = re.search(r'name="csrf_token" value="([^"]+)"', outsider.get("/account").text)[1]
    one = item_id(demo_app, "Tour de table")
    for path in (f"{R1}/agenda", f"{R1}/edit", f"{R1}/agenda/new", f"{R1}/agenda/{one}", f"{R1}/agenda/{one}/remove", f"{R1}/announce",
                 f"{R1}/agenda/{one}/papers", f"{R1}/transitions/cancel", f"{R1}/remind", f"{R1}/guests", f"{R1}/poll",
                 "/committee/COPIL/edit", "/committee/COPIL/members", "/meetings/new/COPIL", "/committee/new"):  # fmt: skip
        assert (
            outsider.post(path, data={"csrf_token": token, "title": "À moi", "rev": "1"}).status_code == 403
        ), path
    assert ("À moi", 0) not in here(demo_app)
    page = outsider.get(R1)
    assert page.status_code == 200, "an open circle that was convened may be read by any member"
    for secret in ("salle.plateforme.example", "Léon Marchal", "documents/"):
        assert secret not in page.text


def test_nothing_of_a_closed_circle_reaches_who_does_not_sit_there(demo_app, client_of):
    with demo_app.app_context(), writing():
        circle, by = circles.circle_by_code("GT-FIC"), cast.person("reader")
        row = made.meeting(circle, by, title="Rencontre zzclose")
        item = made.item(row, "Point zzclose", 10, by)
        convening.apply(row, "convene", by)
        code, one = row.code, item.id
    insider, other = client_of("companion"), client_of("chair")
    assert "zzclose" in insider.get(f"/meetings/{code}").text
    for path in ("/", "/meetings/", "/meetings/?page=2", "/committee/", "/groups/", "/meetings/new"):
        text = other.get(path).text
        assert "zzclose" not in text, path
        assert "Fiches et catalogue" not in text, path
    absent = other.get("/meetings/R-2099-01")
    for path in (f"/meetings/{code}", f"/meetings/{code}/agenda/{one}", f"/meetings/{code}/eve", "/committee/GT-FIC", "/committee/GT-FIC/history"):  # fmt: skip
        answer = other.get(path)
        assert (answer.status_code, len(answer.text) // 50) == (404, len(absent.text) // 50)


def test_what_people_need_is_shown_to_the_secretariat_alone(demo_app, client_of):
    assert "traduction chuchotée" in client_of("coordination").get(R1 + "/eve").text
    chair = client_of("chair").get(R1 + "/eve")
    assert chair.status_code == 200
    assert "traduction chuchotée" not in chair.text
    assert "Els Peeters" in chair.text


# ---- preparing


def test_twenty_minutes_more_and_the_warning_says_so(demo_app, client_of):
    samira = client_of("coordination")
    page = samira.get(R1 + "/agenda")
    assert "180 / 180 min" in page.text
    assert "dépasse" not in page.text
    one = item_id(demo_app, "Agenda")
    answer = samira.submit(page, {f"minutes-{one}": "35"}, form="/agenda", button="Garder l’ordre du jour")
    assert answer.status_code == 303
    page = samira.get(R1)
    assert "200 / 180 min" in page.text
    assert "dépasse la réunion de 20 minutes" in page.text


def test_numbers_that_cannot_be_read_come_back_as_they_were_typed(demo_app, client_of):
    samira, one = client_of("coordination"), item_id(demo_app, "Agenda")
    before = here(demo_app)
    answer = samira.submit(
        samira.get(R1 + "/agenda"),
        {f"minutes-{one}": "un quart"},
        form="/agenda",
        button="Garder l’ordre du jour",
    )
    assert answer.status_code == 422
    assert 'value="un quart"' in answer.text
    assert here(demo_app) == before


def test_an_arrow_moves_an_item_and_keeps_what_was_typed_beside(demo_app, client_of):
    samira, first = client_of("coordination"), item_id(demo_app, "Tour de table")
    page = samira.get(R1 + "/agenda")
    samira.submit(page, {f"minutes-{first}": "20"}, form="/agenda", button="Monter : Agenda")
    after = here(demo_app)
    assert after[0] == ("Tour de table", 20)
    assert [t for t, _m in after][-2:] == ["Agenda", "Procédure d’élargissement du premier cercle"]


@pytest.mark.parametrize("path", ["/edit", "/agenda/{item}"])
def test_two_who_write_at_once_keep_both_texts(demo_app, client_of, path):
    """A post on an old version changes nothing: 409 with both, and the choice is kept."""
    path = R1 + path.format(item=item_id(demo_app, "Agenda"))
    samira, chair = client_of("coordination"), client_of("chair")
    field = "place" if path.endswith("/edit") else "presenter"
    mine, theirs = samira.get(path), chair.get(path)
    assert samira.submit(mine, {field: "Chez Samira"}, form=path).status_code == 303
    answer = chair.submit(theirs, {field: "Chez Anne-Marie"}, form=path)
    assert answer.status_code == 409
    assert "Chez Samira" in answer.text
    assert "Chez Anne-Marie" in answer.text
    assert chair.submit(answer, {f"pick-{field}": "theirs"}, form=path).status_code == 303
    assert 'value="Chez Samira"' in chair.get(path).text


def test_a_clash_on_minutes_keeps_the_number_of_each(demo_app, client_of):
    samira, chair, one = client_of("coordination"), client_of("chair"), item_id(demo_app, "Agenda")
    mine, theirs = samira.get(R1 + "/agenda"), chair.get(R1 + "/agenda")
    samira.submit(mine, {f"minutes-{one}": "25"}, form="/agenda", button="Garder l’ordre du jour")
    answer = chair.submit(theirs, {f"minutes-{one}": "40"}, form="/agenda", button="Garder l’ordre du jour")
    assert answer.status_code == 409
    assert 'value="40"' in answer.text
    assert "25 minutes" in answer.text
    assert dict(here(demo_app))["Agenda"] == 25
    assert (
        chair.submit(
            answer, {f"minutes-{one}": "40"}, form="/agenda", button="Garder l’ordre du jour"
        ).status_code
        == 303
    )
    assert dict(here(demo_app))["Agenda"] == 40


def test_a_meeting_like_the_last_one_every_month(demo_app, client_of):
    samira = client_of("coordination")
    page = samira.get("/meetings/new/COPIL")
    assert 'value="Siège de la Plate-forme' in page.text
    values = {
        "title": "Suite",
        "day": "2027-05-07",
        "begins": "10:00",
        "ends": "12:00",
        "rule": "month",
        "count": "3",
        "copy": "1",
    }
    assert samira.submit(page, values, form="/new/COPIL").status_code == 303
    with demo_app.app_context():
        rows = list(
            db.session.scalars(
                select(Meeting).where(Meeting.title == "Suite").order_by(Meeting.starts_at)
            ).unique()
        )
        assert [m.starts_at.strftime("%d/%m %H:%M") for m in rows] == [
            "07/05 08:00",
            "04/06 08:00",
            "02/07 08:00",
        ]
        assert [agenda.total(agenda.items(m)) for m in rows] == [190] * 3  # open tasks come by themselves


def test_what_cannot_stand_comes_back_with_its_sentence(client_of):
    samira = client_of("coordination")
    page = samira.get("/meetings/new/COPIL")
    answer = samira.submit(
        page, {"title": "Suite", "day": "2027-05-07", "begins": "13:00", "ends": "12:00"}, form="/new/COPIL"
    )
    assert answer.status_code == 422
    assert "La fin vient avant le début" in answer.text
    assert 'value="Suite"' in answer.text


# ---- what hangs on an item


def add(client, one: str, data: dict):
    page = client.get(f"{R1}/agenda/{one}")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    return client.post(
        f"{R1}/agenda/{one}/papers", data={"csrf_token": token, **data}, content_type="multipart/form-data"
    )


def test_a_document_hangs_on_an_item_and_leaves_it(demo_app, client_of):
    samira, one = client_of("coordination"), item_id(demo_app, "Agenda")
    data = {"kind": "document", "title": "Calendrier", "file": (io.BytesIO(PDF), "../../c.pdf")}
    assert add(samira, one, data).status_code == 303
    with demo_app.app_context():
        link = db.session.scalars(select(AgendaLink).where(AgendaLink.item_id == one)).one()
        path = f"{R1}/documents/{link.id}"
        assert (link.title, link.attachment.media_type, link.attachment.size) == (
            "Calendrier",
            "application/pdf",
            len(PDF),
        )
    leon = client_of("committee").get(path)
    assert leon.data == PDF
    assert leon.headers["Content-Disposition"].startswith("attachment")
    assert leon.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert client_of("outsider").get(path).status_code == 403
    assert samira.get(path.replace("R-2016-01", "R-2016-02")).status_code == 404
    samira.submit(samira.get(f"{R1}/agenda/{one}"), form=f"{link.id}/remove")
    assert client_of("committee").get(path).status_code == 404
    with demo_app.app_context():
        assert db.session.query(Job).filter_by(kind="erase-files").count() == 1


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.pdf", b"%PDF-1.7 and no end"), ("x.docx", b"PK\x03\x04" + b"\0" * 99), ("x.html", b"<script>alert(1)</script>"),
     ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("x.exe", b"MZ" + b"\0" * 99), ("x.pdf", b"")],
)  # fmt: skip
def test_what_is_neither_a_whole_pdf_nor_a_picture_is_refused(demo_app, client_of, name, data):
    samira, one = client_of("coordination"), item_id(demo_app, "Agenda")
    answer = add(samira, one, {"kind": "document", "file": (io.BytesIO(data), name)})
    assert answer.status_code == 422
    assert 'class="error"' in answer.text
    with demo_app.app_context():
        assert db.session.scalars(select(AgendaLink).where(AgendaLink.item_id == one)).all() == []


def test_a_fiche_and_a_candidate_hang_on_an_item(demo_app, client_of):
    samira, one = client_of("coordination"), item_id(demo_app, "Agenda")
    assert add(samira, one, {"kind": "fiche", "fiche": "f-2016-002"}).status_code == 303
    assert add(samira, one, {"kind": "candidate", "candidate": "union des LOCATAIRES"}).status_code == 303
    assert add(samira, one, {"kind": "candidate", "candidate": "Une voisine"}).status_code == 303
    for wrong in (
        {"kind": "fiche", "fiche": "F-1999-999"},
        {"kind": "candidate", "candidate": " "},
        {"kind": "odd"},
        {},
    ):
        assert add(samira, one, wrong).status_code == 422
    page = client_of("committee").get(R1).text
    assert "Les pas du quartier" in page
    assert "Une voisine" in page


def test_a_draft_that_one_may_not_read_is_not_named(demo_app, client_of):
    """Samira may read what Nadia never sent? No: what she cannot see she cannot hang, and others see no title."""
    with demo_app.app_context():
        from models.fiche.content import load
        from models.fiche.saving import adopt

        content, _errors = load({"titre": "Brouillon zzdraft", "langue": "fr"})
        with writing():
            ref = adopt(content, owner=cast.person("contributor")).id
            item = agenda.items(meetings.meeting_by_code("R-2016-01"))[0]
            planning.attach_link(item, "fiche", cast.person("contributor"), fiche_id=ref)
    samira = client_of("coordination")
    assert add(samira, item_id(demo_app, "Agenda"), {"kind": "fiche", "fiche": ref}).status_code == 422
    assert "zzdraft" not in client_of("committee").get(R1).text
    assert "zzdraft" in client_of("contributor").get(R1).text


# ---- the circle


def test_a_place_is_given_changed_and_ended_on_the_page(demo_app, client_of):
    chair = client_of("chair")
    page = chair.get("/committee/COPIL")
    answer = chair.submit(page, {"email": "nobody@nowhere.example"}, form="/members")
    assert answer.status_code == 422
    assert chair.submit(page, {"email": "christelle@locataires.example"}, form="/members").status_code == 303
    with demo_app.app_context():
        outsider = cast.person("outsider")
        seat = circles.seat_here(circles.circle_by_code("COPIL"), outsider.id)
    path = f"/committee/COPIL/members/{seat.id}"
    assert (
        chair.submit(chair.get(path), {"role": "observer"}, form="role", button="Garder").status_code == 303
    )
    assert chair.submit(chair.get(path), form="end").status_code == 303
    assert chair.get(path).status_code == 404, "it ended"
    assert "Observe" in chair.get("/committee/COPIL").text
    assert client_of("committee").get(path).status_code == 404


def test_a_new_circle_from_its_form(demo_app, client_of):
    samira = client_of("coordination")
    page = samira.get("/committee/new")
    answer = samira.submit(page, {"title": "Logement", "code": "gt logement"}, form="/committee/new")
    assert answer.status_code == 422
    values = {"title": "Logement", "code": "gt-logement", "kind": "GDT", "closed": "1", "quorum": "2"}
    answer = samira.submit(page, values, form="/committee/new")
    assert answer.headers["Location"].endswith("/groups/GT-LOGEMENT")
    with demo_app.app_context():
        row = circles.circle_by_code("GT-LOGEMENT")
        assert (row.closed, row.quorum, row.languages) == (True, 2, "fr")
    assert client_of("administration").get("/committee/GT-LOGEMENT").status_code == 404
    assert client_of("chair").get("/committee/new").status_code == 403


# ---- many


def test_pages_ask_no_more_of_the_database_for_two_hundred_meetings_and_five_hundred_people(
    demo_app, client_of
):
    """The lists, the first page, a circle, the eve: as many queries as for one."""
    paths = (
        "/",
        "/meetings/",
        "/committee/",
        "/committee/COPIL",
        "/meetings/R-2016-01",
        "/meetings/R-2016-01/eve",
    )

    def asked() -> dict[str, int]:
        client, out = cast.sign_in(demo_app.test_client(), "coordination"), {}
        for path in paths:
            client.get(path)
            with statements(demo_app) as seen:
                assert client.get(path).status_code == 200
            out[path] = sum(s.startswith(("SELECT", "WITH")) for s in seen)
        return out

    few = asked()
    with demo_app.app_context(), writing():
        circle = circles.circle_by_code("COPIL")
        meeting = meetings.meeting_by_code("R-2016-01")
        people = [add_person(f"Personne {n}", f"p{n}@many.example", active=True) for n in range(500)]
        db.session.add_all([Seat(circle_id=circle.id, person_id=p.id) for p in people])
        db.session.add_all([replies.Reply(meeting_id=meeting.id, person_id=p.id) for p in people])
        for n in range(200):
            row = Meeting(
                code=f"R-2030-{n:03d}",
                circle_id=circle.id,
                title=f"Réunion {n}",
                starts_at=now(),
                ends_at=now(),
            )
            row.state = (MeetingState.HELD, MeetingState.CONVENED)[n % 2]
            if n % 2:
                row.starts_at = row.ends_at = now() + timedelta(days=730)
            row.convened_at = now()
            db.session.add(row)
    many = asked()
    assert many == few
    assert max(few.values()) < 60


def test_hours_without_their_day_come_back_with_a_sentence(demo_app, client_of):
    """Nothing typed is dropped, in a new meeting or in one that changes; nobody typed the hours that a page proposes."""
    samira, sentence = client_of("coordination"), "Donnez aussi le jour, ou effacez l’heure."
    typed = {"title": "Sans jour", "day": "", "begins": "14:00", "ends": "15:00"}
    for path in ("/meetings/new/COPIL", f"{R1}/edit"):
        page = samira.get(path)
        answer = samira.submit(page, typed, form=path)
        assert answer.status_code == 422, path
        assert sentence in answer.text
        for kept in ("Sans jour", "14:00", "15:00"):
            assert f'value="{kept}"' in answer.text, (path, kept)
        late = samira.submit(page, {**typed, "day": "2031-03-04", "reply_day": "", "reply_time": "12:00"}, form=path)  # fmt: skip
        assert late.status_code == 422
        assert late.text.count('id="reply_day-e"') == 1
        assert samira.submit(page, {**typed, "day": "2031-03-04", "reply_day": "", "reply_time": ""}, form=path).status_code == 303  # fmt: skip
    with demo_app.app_context():
        rows = list(db.session.scalars(select(Meeting).where(Meeting.title == "Sans jour")).unique())
    assert [m.starts_at.strftime("%d/%m %H:%M") for m in rows] == ["04/03 13:00"] * 2


def test_an_hour_that_is_no_hour_is_said_once_and_a_date_that_has_passed_is_said_kindly(demo_app, client_of):
    client, path = client_of("coordination"), "/meetings/new/COPIL"
    said = {
        "title": "Une nuit",
        "day": "2027-03-28",
        "begins": "2:30",
        "ends": "1:45",
        "reply_day": "",
        "reply_time": "",
    }
    jumped = client.submit(client.get(path), said, form=path)
    assert (jumped.status_code, "horloges passent" in jumped.text) == (422, True)
    assert "La fin vient avant" not in jumped.text
    control = client.submit(client.get(path), {**said, "begins": "3:30"}, form=path)
    assert "La fin vient avant" in control.text
    for day, told in (("2016-03-04", True), ("2031-03-04", False)):
        done = client.submit(
            client.get(path), {**said, "day": day, "begins": "10:00", "ends": "12:00"}, form=path
        )
        assert done.status_code == 303
        assert ("Sa date est passée" in client.get(done.location).text) is told


def test_the_eve_counts_one_as_one(demo_app):
    with demo_app.app_context(), force_locale("fr"):
        counted = [ngettext("personne vient", "personnes viennent", n) for n in (1, 2)]
    assert counted == ["personne vient", "personnes viennent"]
    assert named("Qui répond ?", "Écrivez un nom.") == "Qui répond ? Écrivez un nom."
    assert named("Lieu", "Écrivez un nom.") == "Lieu\u00a0: écrivez un nom."


def test_a_meeting_that_is_over_reminds_nobody(demo_app, client_of):
    """No button; a page that is still open gets a sentence. The control: the same meeting while it is to come."""
    samira, button = client_of("coordination"), "Leur envoyer un rappel"

    def reminders() -> int:
        with demo_app.app_context():
            return len([m for m in db.session.scalars(select(Mail)) if m.template == "meeting_reminder"])

    def held(days: int):
        with demo_app.app_context(), writing():
            row = db.session.scalars(select(Meeting).where(Meeting.code == "R-2016-01")).unique().one()
            row.starts_at, row.ends_at = (now() + timedelta(days=days, hours=h) for h in (0, 2))
        return samira.get(f"{R1}/eve")

    open_page, before = held(2), reminders()
    assert button in open_page.text
    assert button not in held(-2).text
    answer = samira.submit(open_page, {}, form="/remind")
    assert "Personne n’est rappelé" in samira.get(answer.headers["Location"]).text
    assert reminders() == before
    samira.submit(held(2), {}, form="/remind")
    assert reminders() > before


def test_dates_are_proposed_on_the_page(demo_app, client_of):
    samira = client_of("coordination")
    page = samira.get("/meetings/new/COPIL")
    made = samira.submit(page, {"title": "Une date à trouver"}, form="/meetings/new")
    path = made.headers["Location"].split("?")[0].rstrip("/")
    code = path.split("/meetings/")[1].split("/")[0]
    page = samira.get(f"/meetings/{code}/poll")
    lines = {
        "day-0": "16/11/2027",
        "begins-0": "10:00",
        "ends-0": "12 h 30",
        "day-1": "2027-11-17",
        "begins-1": "10:00",
    }
    wrong = samira.submit(page, lines, form="/poll/dates")
    assert wrong.status_code == 422
    assert "Écrivez une date comme 16/11/2027, et deux heures comme 10:00." in wrong.text
    assert 'value="12 h 30"' in wrong.text
    right = samira.submit(page, {**lines, "ends-1": "12:30"}, form="/poll/dates")
    assert right.status_code == 303
    with demo_app.app_context():
        options = meetings.poll_of(meetings.meeting_by_code(code)).options
        assert [f"{o.starts_at:%d %H:%M}" for o in options] == ["16 09:00", "17 09:00"]  # in UTC


def test_the_poll_of_the_demonstration_from_answer_to_date(demo_app, client_of):
    with demo_app.app_context():
        code = db.session.scalars(select(Meeting.code).where(Meeting.starts_at.is_(None))).one()
    leon, samira = client_of("committee"), client_of("coordination")
    page = leon.get(f"/meetings/{code}/poll")
    names = re.findall(r'name="(o-[^"]+)"', page.text)[::3]
    assert len(names) == 3
    assert (
        leon.submit(page, dict(zip(names, ("yes", "no", "maybe"), strict=True)), form="/poll").status_code
        == 303
    )
    assert client_of("outsider").get(f"/meetings/{code}/poll").status_code == 404
    assert leon.get(f"/meetings/{code}/poll").text.count("Prendre cette date") == 0
    page = samira.get(f"/meetings/{code}/poll")
    assert "oui : 3" in page.text.replace("\xa0", " ")
    token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
    chosen = {"csrf_token": token, "option": names[0][2:]}
    assert samira.post(f"/meetings/{code}/poll/choose", data=chosen).status_code == 303
    with demo_app.app_context():
        row = meetings.meeting_by_code(code)
        assert row.starts_at
        assert isinstance(db.session.get(Person, row.made_by or ""), Person | None)
        assert scheduling.problems({n: getattr(row, n) for n in scheduling.FIELDS}) == {}


def test_dates_are_said_by_the_link_in_a_mail_and_by_nothing_else(demo_app):
    """The link is for one person and one poll: looking answers nothing, another meeting or purpose is refused."""
    with demo_app.app_context():
        with writing():
            asked = db.session.scalars(select(Meeting).where(Meeting.starts_at.is_(None))).unique().one()
            poll = meetings.poll_of(asked)
            notices.asked_for_dates(poll, [cast.person("committee")], cast.person("chair"))
        row = db.session.query(Mail).filter_by(template="meeting_dates").one()
        path, code = path_in(letters.compose(row.id).text), asked.code
        leon = cast.person("committee").id
        with writing():
            other = access.make_link(cast.person("committee"), "sign-in")

    def said() -> list[str]:
        with demo_app.app_context():
            poll = meetings.poll_of(meetings.meeting_by_code(code))
            return [a.answer for o in poll.options for a in o.answers if a.person_id == leon]

    client = demo_app.test_client()
    page = client.get(path)
    client.head(path)
    assert (page.status_code, said()) == (200, [])
    assert "Anne-Marie" not in page.text
    names = re.findall(r'name="(o-[^"]+)"', page.text)[::3]
    for answers in (("yes", "no", "maybe"), ("no", "no", "yes")):
        assert client.submit(client.get(path), dict(zip(names, answers, strict=True))).status_code == 303
        assert said() == list(answers)
    for wrong in (
        path.replace(code, "R-2016-01"),
        f"/meetings/{code}/poll/{other}",
        f"/meetings/{code}/poll/{'x' * 43}",
    ):
        assert client.get(wrong).status_code in (404, 410)
    assert "Relire l’appel" not in client.get(path.replace(code, "R-2016-01")).text
    with demo_app.app_context(), writing():
        poll = meetings.poll_of(meetings.meeting_by_code(code))
        scheduling.choose_date(poll, poll.options[0].id, cast.person("chair"))
    assert client.get(path).status_code == 410
    assert said() == ["no", "no", "yes"]
