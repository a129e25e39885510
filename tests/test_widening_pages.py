"""Widening over HTTP with the cast: proposed, answered by the link, said, decided, welcomed; who learns nothing; one that
ends in an objection."""

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from blueprints.accounts import letters
from blueprints.dossiers.packing import Pack
from blueprints.meetings import mails
from blueprints.widening import jobs
from models import agenda, candidates, circles, seating, widening
from models.circles import OBSERVER
from models.deliveries import Mail
from models.meetings import meeting_by_code
from models.people import by_email
from models.store import db, new_id, now, writing
from models.widening import Case, CaseState
from tests.support import cast
from tests.support.doors import mailed, open_door, path_in, statements
from tests.support.meetings import meeting
from tests.support.widening import case

AGREE = "Je suis d’accord ou ne dites rien : le silence vaut accord"
ZOE, LEON = "zoe@haies.example", "leon@amis-du-chemin.example"
DEMO = "/widening/E-2016-01"
SAID = {
    "name": "Zoé Lambrecht",
    "email": ZOE,
    "reason": "Personne ne plante de haies.",
    "sector": "ENV",
    "territory": "60000",
}


def row(app, code: str) -> Case:
    with app.app_context():
        found = widening.case_by_code(code)
        assert found is not None
        _ = (found.person, found.meeting)
        return found


def last(app) -> str:
    """The path of the case that was proposed last."""
    with app.app_context():
        return "/widening/" + db.session.scalars(select(Case.code).order_by(Case.proposed_at.desc())).first()


def code_of(path: str) -> str:
    return path.rpartition("/")[2]


def proposed(app, client) -> tuple[str, str]:
    """(path of the case, path of the link in the mail)."""
    answer = client.submit(client.get("/committee/COPIL/widening/new"), SAID, form="/widening/new")
    assert answer.status_code == 303
    [text] = mailed(app, ZOE)
    with app.app_context(), writing():
        db.session.query(Mail).filter_by(template="widening_ask").one().sent_at = now()
    return last(app), path_in(text)


def over(app, code: str) -> None:
    """The time of opinions passes, and the worker sweeps."""
    with app.app_context():
        with writing():
            widening.case_by_code(code).opinion_until = now() - timedelta(seconds=1)
        jobs.move_on()


def met(app, code: str) -> None:
    with app.app_context(), writing():
        widening.case_by_code(code).meeting.starts_at = now() - timedelta(hours=1)


def plain(answer) -> str:
    return answer.text.replace("\u00a0", " ")


def token_of(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]


def test_from_a_proposal_to_the_first_visit(demo_app, client_of):
    """Léon proposes Zoé, who says yes by her link; Anne-Marie asks, Nadia agrees; the meeting says yes; Zoé comes in."""
    leon, chair, stranger = client_of("committee"), client_of("chair"), demo_app.test_client()
    bad = leon.submit(leon.get("/committee/COPIL/widening/new"), {**SAID, "reason": "", "email": "zoe"}, form="/widening/new")  # fmt: skip
    assert bad.status_code == 422
    assert "Zoé Lambrecht" in bad.text
    assert "ce qui manque autour de la table" in bad.text
    page, link = proposed(demo_app, leon)
    code = code_of(page)

    asked = stranger.get(link)
    for words in ("Léon Marchal", SAID["reason"], "90 jours", "Ce qu’un oui veut dire"):
        assert words in plain(asked)
    stranger.head(link)
    assert row(demo_app, code).state == "proposed"
    assert stranger.submit(asked, {"words": ""}, form=link, button="Poser ma question").status_code == 422
    assert (
        stranger.submit(asked, {"words": "Le soir ?"}, form=link, button="Poser ma question").status_code
        == 303
    )
    assert "Le soir ?" in chair.get(page).text
    assert "Le soir ?" not in client_of("contributor").get(page).text
    assert stranger.submit(stranger.get(link), {}, form=link, button="Oui, parlez-en").status_code == 303
    assert "vous avez dit oui" in stranger.get(link).text
    again = stranger.post(link, data={"csrf_token": re.search(r'name="csrf_token" value="([^"]+)"', asked.text)[1], "answer": "no"})  # fmt: skip
    assert (again.status_code, row(demo_app, code).state) == (409, "agreed")

    assert "a dit oui" in chair.get("/").text
    assert chair.submit(chair.get(page), {}, form="/transitions/open").status_code == 303
    nadia = client_of("contributor")
    assert "Une candidature attend votre avis" in plain(nadia.get("/"))
    assert nadia.submit(nadia.get(f"{page}/opinion"), {}, button=AGREE).status_code == 303
    assert "vous êtes d’accord" in nadia.get(f"{page}/opinion").text
    over(demo_app, code)
    booked = row(demo_app, code)
    assert (booked.state, booked.meeting.title) == ("decision", "Relire l’appel, préparer la suite")
    agenda = chair.get(f"/meetings/{booked.meeting.code}")
    assert f'href="{page}"' in agenda.text
    assert "Zoé" not in agenda.text
    assert "pas encore eu lieu" in chair.get(page).text
    refused = chair.post(f"{page}/transitions/accept", data={"csrf_token": token_of(chair)})
    assert refused.status_code == 422

    met(demo_app, code)
    assert chair.submit(chair.get(page), {}, form="/transitions/accept").status_code == 303
    form = chair.get(f"{page}/welcome")
    assert chair.submit(form, {"sponsor_id": ""}, form="/welcome").status_code == 422
    with demo_app.app_context():
        sponsor = by_email(LEON).id
    assert chair.submit(form, {"sponsor_id": sponsor}, form="/welcome").status_code == 303
    sheet = chair.get(f"{page}/sheet")
    for words in ("Zoé Lambrecht", "Léon Marchal", "Préparer la biennale"):
        assert words in sheet.text
    [invitation] = [text for text in mailed(demo_app, ZOE) if "mot de passe" in text]
    assert open_door(stranger, path_in(invitation)).status_code == 303
    assert row(demo_app, code).state == "accepted"
    own = stranger.get(page)
    assert "Accueillie" in own.text
    assert stranger.get(f"{page}/sheet").status_code == 200
    with demo_app.app_context():
        [welcome] = db.session.scalars(
            select(Mail.id).where(Mail.template == "widening_welcome", Mail.to == ZOE)
        )
        assert f"{page}/sheet" in letters.compose(welcome).text


def test_an_objection_goes_to_the_meeting_with_its_reason_and_may_end_it(demo_app, client_of):
    nadia, chair = client_of("contributor"), client_of("chair")
    form = nadia.get(f"{DEMO}/opinion")
    refused = nadia.submit(form, {"reason": ""}, button="Dire mon objection")
    assert (refused.status_code, "Dites pourquoi" in refused.text) == (422, True)
    assert (
        nadia.submit(
            form, {"reason": "Deux fédérations y sont déjà."}, button="Dire mon objection"
        ).status_code
        == 303
    )
    assert "Deux fédérations" in chair.get(DEMO).text
    over(demo_app, "E-2016-01")
    found = row(demo_app, "E-2016-01")
    assert "avec objection" in plain(chair.get(f"/meetings/{found.meeting.code}"))
    late = nadia.post(f"{DEMO}/opinion", data={"csrf_token": token_of(nadia), "opinion": "agree"})
    assert (late.status_code, "est passé" in late.text) == (409, True)
    ask = chair.get(f"{DEMO}/transitions/later")
    assert chair.submit(ask, {"words": ""}, form="/transitions/later").status_code == 422
    assert chair.submit(ask, {"words": "Après l’été"}, form="/transitions/later").status_code == 303
    ended = chair.get(DEMO)
    assert "Après l’été" in ended.text
    assert "/transitions/" not in ended.text
    with demo_app.app_context():
        told = db.session.scalars(select(Mail.to).where(Mail.template == "widening_news")).all()
    assert "christelle@locataires.example" not in told  # nobody writes to the person in the place of a person


def test_a_device_that_sends_late_gets_one_receipt(demo_app, client_of):
    nadia, op = client_of("contributor"), new_id()
    said = {"csrf_token": token_of(nadia), "opinion": "object", "reason": "Trop tôt", "op_id": op, "base": "at:0", "schema_version": "1"}  # fmt: skip
    late = {"Accept": "application/json"}
    first = nadia.post(f"{DEMO}/opinion", data=said, headers=late)
    again = nadia.post(f"{DEMO}/opinion", data=said, headers=late)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json == again.json
    assert (first.json["op_id"], first.json["url"]) == (op, f"{DEMO}/opinion")
    assert nadia.post(f"{DEMO}/opinion", data={**said, "opinion": "agree"}, headers=late).status_code == 422
    bad = nadia.post(f"{DEMO}/opinion", data={**said, "op_id": new_id(), "reason": " "}, headers=late)
    assert (bad.status_code, list(bad.json["errors"])) == (422, ["reason"])
    over(demo_app, "E-2016-01")
    closed = nadia.post(f"{DEMO}/opinion", data={**said, "op_id": new_id()}, headers=late)
    assert (closed.status_code, closed.json["error"]) == (409, "over")


@pytest.fixture
def closed(demo_app):
    """A case of the closed circle, in which the reader chairs; Monique sits there, Els observes."""
    with demo_app.app_context(), writing():
        circle = circles.circle_by_code("GT-FIC")
        seating.take_seat(circle, cast.person("group_member"), None, role=OBSERVER)
        made = case(
            circle,
            cast.person("reader"),
            name="Zzcandidate Close",
            email="zz@quai.example",
            reason="zzreason",
        )
        made.state, made.agreed_at = CaseState.OPINION, now()
        made.opinion_from, made.opinion_until = now(), now() + timedelta(days=3)
        return "/widening/" + made.code


def test_who_does_not_sit_there_learns_nothing(demo_app, client_of, closed):
    """An outsider, and members of another circle: 404 for the closed one, and nothing of it anywhere."""
    for role in ("outsider", "committee", "chair"):
        client = client_of(role)
        data = {"csrf_token": token_of(client), "opinion": "agree"}
        for path in ("", "/opinion", "/edit", "/welcome", "/sheet", "/transitions/later"):
            assert client.get(closed + path).status_code == 404, (role, path)
        for path in ("/opinion", "/ask", "/invite", "/transitions/withdraw"):
            assert client.post(closed + path, data=data).status_code == 404, (role, path)
        assert client.get("/committee/GT-FIC/coverage").status_code == 404
        for path in ("/", "/widening/", "/committee/", "/meetings/"):
            assert "zzreason" not in client.get(path).text, path
            assert "Zzcandidate" not in client.get(path).text, path
    outsider = client_of("outsider")
    assert outsider.get(DEMO).status_code == 404
    for path in ("coverage", "widening/new"):
        assert outsider.get(f"/committee/COPIL/{path}").status_code == 403, "an open circle is known, who is proposed is not"  # fmt: skip
    assert "Union des locataires" not in outsider.get("/committee/COPIL").text
    assert "Zzcandidate" in client_of("companion").get("/widening/").text


def test_an_agenda_and_its_papers_say_no_more_of_a_candidature_than_that_there_is_one(demo_app, client_of):
    """One that is typed in the demonstration, and one that came there by itself with an objection."""
    nadia, chair, outsider = client_of("contributor"), client_of("chair"), client_of("outsider")
    nadia.submit(nadia.get(f"{DEMO}/opinion"), {"reason": "Déjà deux."}, button="Dire mon objection")
    over(demo_app, "E-2016-01")
    code = row(demo_app, "E-2016-01").meeting.code
    secrets = ("E-2016-01", "locataires", "objection")
    with demo_app.app_context(), writing():
        there = meeting_by_code(code)
        there.convened_at, there.state = there.convened_at or now(), "convened"
        there.starts_at, there.ends_at = now() + timedelta(days=2), now() + timedelta(days=2, hours=2)
    for path in (f"/meetings/{code}", "/meetings/R-2016-01"):
        said = outsider.get(path)
        assert said.status_code == 200
        assert "Une candidature" in said.text
        assert [word for word in secrets if word in said.text] == [], path
    assert "Union des locataires" in chair.get("/meetings/R-2016-01").text  # the controls: who may see it
    shown = plain(chair.get(f"/meetings/{code}"))
    assert [word for word in secrets if word not in shown] == []
    with demo_app.app_context():
        there = meeting_by_code(code)
        items = agenda.items(there)
        event = repr(mails.event(there, items))
        paper = Pack(SimpleNamespace(kind="D4", language="fr"))
        printed = repr([vars(paper.item(n, i, None)) for n, i in enumerate(items, 1) if i.nature == "ELA"])
        for text in (event, printed):
            assert "Une candidature" in text
            assert [word for word in secrets if word in text] == []


def test_an_observer_reads_and_has_no_voice_and_a_member_does_not_lead(demo_app, client_of, closed):
    els, monique = client_of("group_member"), client_of("companion")
    assert els.get(closed).status_code == 200
    assert "Donner mon avis" not in els.get(closed).text
    assert els.get(f"{closed}/opinion").status_code == 403
    assert (
        els.post(f"{closed}/opinion", data={"csrf_token": token_of(els), "opinion": "agree"}).status_code
        == 403
    )
    page = monique.get(closed)
    assert "zz@quai.example" not in page.text
    assert "/transitions/" not in page.text
    token = token_of(monique)
    for path in (
        "/edit",
        "/welcome",
        "/ask",
        "/invite",
        "/transitions/close",
        "/transitions/later",
        "/transitions/withdraw",
    ):
        assert monique.post(closed + path, data={"csrf_token": token, "words": "x"}).status_code == 403, path
    with demo_app.app_context():
        assert widening.case_by_code(code_of(closed)).state == "opinion"


def test_links_that_are_forged_expired_or_replaced_answer_nothing(demo_app, client_of):
    leon, chair, stranger = client_of("committee"), client_of("chair"), demo_app.test_client()
    page, first = proposed(demo_app, leon)
    assert leon.post(f"{page}/ask", data={"csrf_token": token_of(leon)}).status_code == 403
    assert chair.submit(chair.get(page), {}, form="/ask").status_code == 303
    assert len(mailed(demo_app, ZOE)) == 1
    with demo_app.app_context(), writing():
        fresh = "/place/" + candidates.fresh_token(widening.case_by_code(code_of(page)))
    token = re.search(r'name="csrf_token" value="([^"]+)"', stranger.get("/enter").text)[1]
    for path, code in ((first, 404), ("/place/" + "x" * 43, 404), ("/place/E-2016-01", 404)):
        assert stranger.get(path).status_code == code
        assert stranger.post(path, data={"csrf_token": token, "answer": "yes"}).status_code == code
    with demo_app.app_context(), writing():
        widening.case_by_code(code_of(page)).link_until = now()
    gone = stranger.get(fresh)
    assert (gone.status_code, "Zoé" in gone.text, "Comité" in gone.text) == (410, False, False)
    assert stranger.post(fresh, data={"csrf_token": token, "answer": "yes"}).status_code == 410
    assert row(demo_app, code_of(page)).state == "proposed"


def test_the_link_is_not_asked_a_hundred_times(make_app):
    app = make_app(demo=True)
    client = app.test_client()
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/enter").text)[1]
    said = {"csrf_token": token, "answer": "yes"}
    codes = [client.post("/place/" + "x" * 43, data=said).status_code for _ in range(42)]
    assert (codes[0], codes[-1]) == (404, 429)


def test_two_pages_at_once(demo_app, client_of):
    """The second page is of an old revision: nothing is changed twice, both texts stand side by side."""
    chair, samira = client_of("chair"), client_of("coordination")
    pages = [who.get(f"{DEMO}/edit") for who in (chair, samira)]
    assert chair.submit(pages[0], {"reason": "Le logement manque."}, form="/edit").status_code == 303
    answer = samira.submit(pages[1], {"reason": "Un toit pour tous."}, form="/edit")
    assert answer.status_code == 409
    for words in ("Le logement manque.", "Un toit pour tous."):
        assert words in answer.text
    old = chair.get(f"{DEMO}/transitions/withdraw")
    assert samira.submit(samira.get(f"{DEMO}/transitions/later"), {"words": "Plus tard"}, form="/later").status_code == 303  # fmt: skip
    assert chair.submit(old, {"words": "Retirée"}, form="/withdraw").status_code == 409
    assert row(demo_app, "E-2016-01").state == "later"


def test_pages_ask_no_more_for_twenty_than_for_two(demo_app, client_of):
    samira = client_of("coordination")
    paths = ("/", "/widening/", "/committee/COPIL", "/committee/COPIL/coverage", DEMO)

    def asked() -> list[int]:
        out = []
        for path in paths:
            with statements(demo_app) as seen:
                samira.get(path)
            out.append(len([s for s in seen if s.startswith("SELECT")]))
        return out

    def add(first: int, count: int) -> None:
        with demo_app.app_context(), writing():
            for n in range(first, first + count):
                made = case(circles.circle_by_code("COPIL"), by_email(LEON), email=f"z{n}@quai.example")
                made.state, made.opinion_until = CaseState.OPINION, now() + timedelta(days=1)

    add(0, 1)
    asked()
    few = asked()
    add(1, 18)
    assert asked() == few


def test_a_new_meeting_takes_up_what_waits(demo_app, client_of, closed):
    over(demo_app, code_of(closed))
    reader = client_of("reader")
    assert "elle viendra d’elle-même" in plain(reader.get(closed))
    with demo_app.app_context():
        with writing():
            code = meeting(circles.circle_by_code("GT-FIC"), cast.person("reader")).code
        jobs.move_on()
    assert f"/meetings/{code}" in reader.get(closed).text


def test_an_empty_place_has_a_shape_and_a_word_and_no_nought(client_of):
    """Where nobody sits: a sign and hidden words. The control: where somebody sits there is a number."""
    table = client_of("coordination").get("/committee/COPIL/coverage").text.split('class="cover"')[1].split("</table>")[0]  # fmt: skip
    cells = re.findall(r"<td.*?</td>", table, re.S)
    empty = [cell for cell in cells if "<i></i>" in cell]
    assert 0 < len(empty) < len(cells)
    assert all('class="hidden-text">personne,' in cell for cell in empty)
    assert all("<b>" in cell for cell in cells if cell not in empty)
    assert ">0" not in table
