"""The register over HTTP: found, read, written and carried on; who passes and who learns nothing."""

import re
from datetime import timedelta

import pytest

from models import recommending
from models.circles import CHAIR, circle_by_code
from models.contributions import Contribution
from models.decisions import Decision
from models.meetings import MeetingState
from models.recommendations import recommendation_by_number
from models.store import db, now, writing
from tests.support import cast
from tests.support import meetings as made
from tests.support.doors import statements
from tests.support.register import decision, held, recommendation, values

WORD = "zzregistre"


@pytest.fixture
def rows(demo_app):
    """name → number: of an open and a closed circle that Anne-Marie and Bart chair, approved and not yet."""
    out = {}
    with demo_app.app_context(), writing():
        chair, reader, nadia = (cast.person(role) for role in ("chair", "reader", "contributor"))
        made.circle("OUVERT", (chair, CHAIR), (nadia, "member"))
        made.circle("FERME", (reader, CHAIR), closed=True)
        for code, lead in (("OUVERT", chair), ("FERME", reader)):
            for state in (MeetingState.APPROVED, MeetingState.PROPOSED):
                meeting = made.meeting(circle_by_code(code), lead, starts=now() - timedelta(days=20))
                point = made.item(meeting, "Un point", 10, lead)
                row = decision(meeting, f"{WORD} {code} {state}", item_id=point.id, mode="vote", how="hands", votes_for=5, votes_against=1,
                               votes_abstain=0, voices=7, objections=f"Une objection {code}.")  # fmt: skip
                out[f"{code} {state}"] = row.number
                if state == MeetingState.PROPOSED:
                    db.session.add(Contribution(id=f"said-{code}", meeting_id=meeting.id, kind="recommendation", text=f"{WORD} dite {code}", speaker="Rosa"))  # fmt: skip
                    out[f"{code} meeting"] = meeting.code
                held(meeting, state)
            for state in ("proposed", "adopted"):
                one = recommendation(circle_by_code(code), f"{WORD} {code} {state}", state=state, level="commune",
                                     decision_id=row.id if state == "adopted" else None)  # fmt: skip
                out[f"RC {code} {state}"] = one.number
    return out


def address(number: str) -> str:
    return f"/{'recommendations' if number.startswith('RC') else 'decisions'}/{number}"


def token(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]


def test_each_finds_and_reads_what_is_theirs(demo_app, client_of, rows):
    """An outsider: what an open circle approved. Who sits there: what is proposed too. The closed circle: its own alone."""
    public = {rows["OUVERT minutes_approved"], rows["RC OUVERT adopted"]}
    opened = public | {rows["OUVERT minutes_proposed"], rows["RC OUVERT proposed"]}
    closed = {n for name, n in rows.items() if "FERME" in name and "meeting" not in name}
    for role, seen in (("outsider", public), ("contributor", opened), ("reader", public | closed), ("coordination", opened | closed)):  # fmt: skip
        client = client_of(role)
        page = client.get(f"/decisions/?q={WORD}").text
        for number in opened | closed:
            assert (number in page) is (number in seen), (role, number)
            assert client.get(address(number)).status_code == (200 if number in seen else 404), (role, number)
        assert ("Cercle FERME" in client.get("/decisions/").text) is (role in ("reader", "coordination")), (
            role
        )
    stranger = demo_app.test_client().get(address(rows["OUVERT minutes_approved"]))
    assert stranger.status_code == 302


def test_an_outsider_changes_nothing(demo_app, client_of, rows):
    number = rows["RC OUVERT adopted"]
    for role, wanted in (("outsider", 403), ("contributor", 403)):
        client = client_of(role)
        data = {"csrf_token": token(client), "rev": "1", "words": "x", "text": "x"}
        for path in (
            f"{address(number)}/edit",
            f"{address(number)}/transitions/send",
            "/recommendations/new/OUVERT",
        ):
            assert client.get(path).status_code == wanted, (role, path)
            assert client.post(path, data=data).status_code == wanted, (role, path)
        assert client.post("/recommendations/new/FERME", data=data).status_code == 404
        assert (
            client.post(f"{address(rows['RC FERME adopted'])}/transitions/send", data=data).status_code == 404
        )
    with demo_app.app_context():
        assert recommendation_by_number(number).state == "adopted"


def test_a_decision_says_where_how_and_by_what_it_was_replaced(demo_app, client_of, rows):
    with demo_app.app_context(), writing():
        meeting = made.meeting(circle_by_code("OUVERT"), cast.person("chair"))
        old = db.session.query(Decision).filter_by(number=rows["OUVERT minutes_approved"]).one()
        new = decision(meeting, "Autrement, désormais.", replaces_id=old.id)
        gone = decision(meeting, "Une phrase que personne ne doit plus lire.", removed_at=now())
        new_number, gone_number = new.number, gone.number
        held(meeting)
    client = client_of("outsider")
    page = client.get(address(rows["OUVERT minutes_approved"])).text
    for said in ("Un point", "5 pour, 1 contre, aucune abstention", "7 voix pouvaient voter", "Une objection OUVERT.", "à main levée", "ne vaut plus", new_number):  # fmt: skip
        assert said in page, said
    assert rows["OUVERT minutes_approved"] in client.get(address(new_number)).text
    for path in (address(gone_number), "/decisions/"):
        page = client.get(path).text
        assert gone_number in page
        assert "retirée avant l’approbation" in page
        assert "ne doit plus lire" not in page
    page = client.get("/decisions/?etat=replaced&sorte=decision").text
    assert rows["OUVERT minutes_approved"] in page
    assert new_number in page, "by which"


def test_a_recommendation_from_the_word_in_the_meeting_to_the_answer(demo_app, client_of, rows):
    chair, outsider = client_of("chair"), client_of("outsider")
    meeting = chair.get(f"/meetings/{rows['OUVERT meeting']}")
    assert "En faire une recommandation" in meeting.text
    assert (
        "En faire une recommandation"
        not in client_of("contributor").get(f"/meetings/{rows['OUVERT meeting']}").text
    )
    form = chair.get("/recommendations/new/OUVERT?contribution=said-OUVERT")
    assert f"{WORD} dite OUVERT" in form.text
    bad = chair.submit(
        form, {"numbers": "F-1999-001", "cause": "Une cause que l’on ne perd pas."}, form="/new/OUVERT"
    )
    assert bad.status_code == 422
    assert "Une cause que l’on ne perd pas." in bad.text
    assert "F-1999-001" in bad.text
    made_one = chair.submit(
        bad, {"numbers": "F-2016-003, F-2016-002", "determinants": ["EN1", "LS1"]}, form="/new/OUVERT"
    )
    assert made_one.status_code == 303
    here = made_one.headers["Location"]
    assert outsider.get(here).status_code == 404
    again = chair.get("/recommendations/new/OUVERT?contribution=said-OUVERT")
    assert again.headers["Location"] == here
    assert (
        chair.submit(chair.get(f"{here}/transitions/adopt"), {"decision": ""}, form="/adopt").status_code
        == 422
    )
    for name, said in (
        ("adopt", {"decision": rows["OUVERT minutes_proposed"]}), ("send", {"words": "Portée à l’échevine."}), ("answer", {"words": "Elle dit oui."}),
    ):  # fmt: skip
        assert (
            chair.submit(chair.get(f"{here}/transitions/{name}"), said, form=f"/{name}").status_code == 303
        ), name
    page = chair.get(here).text
    assert "Elle dit oui." in page
    assert rows["OUVERT minutes_proposed"] in page
    seen = outsider.get(here).text
    assert "F-2016-003" in seen
    assert "F-2016-002" not in seen, "it is not in the catalogue yet"
    assert "pas encore au catalogue" in seen
    assert rows["OUVERT minutes_proposed"] not in seen, "its minutes are not approved yet"
    assert here.rpartition("/")[2] in outsider.get("/fiches/F-2016-003").text, (
        "the fiche says what it supports"
    )
    late = chair.post(
        f"{here}/transitions/close",
        data={"csrf_token": token(chair), "rev": "1", "words": "Une phrase gardée."},
    )
    assert late.status_code == 409
    assert "Une phrase gardée." in late.text
    assert chair.get(f"{here}/transitions/rien").status_code == 404


def test_two_who_write_at_once_choose_between_both_texts(demo_app, client_of, rows):
    number = rows["RC OUVERT proposed"]
    chair, samira = client_of("chair"), client_of("coordination")
    pages = [who.get(f"{address(number)}/edit") for who in (chair, samira)]
    assert chair.submit(pages[0], {"cause": "La première."}, form="/edit").status_code == 303
    answer = samira.submit(pages[1], {"cause": "La seconde."}, form="/edit")
    assert answer.status_code == 409
    for said in ("La première.", "La seconde."):
        assert said in answer.text
    assert samira.submit(answer, {"pick-cause": "both"}, form="/edit").status_code == 303
    with demo_app.app_context():
        assert recommendation_by_number(number).cause == "La première.\n\nLa seconde."


def test_a_form_that_is_opened_for_somebody_else_s_word_knows_nothing_of_it(client_of, rows):
    """The word of another circle, of no recommendation, of nothing: an empty form."""
    chair = client_of("chair")
    for said in ("said-FERME", "rien", "x" * 300):
        page = chair.get(f"/recommendations/new/OUVERT?contribution={said}")
        assert page.status_code == 200
        assert f"{WORD} dite" not in page.text


def test_the_adopted_sentence_is_not_asked_again(client_of, rows):
    chair, number = client_of("chair"), rows["RC OUVERT adopted"]
    page = chair.get(f"{address(number)}/edit")
    assert 'name="text"' not in page.text
    assert chair.submit(page, {"addressee": "La ministre"}, form="/edit").status_code == 303
    assert "La ministre" in chair.get(address(number)).text


def test_an_empty_register_and_an_empty_search_say_what_to_do(client_of, demo_app):
    page = client_of("outsider").get("/decisions/?q=rien-de-tel&annee=1999&etat=x&niveau=%00&page=99").text
    assert "Rien ne répond à cette recherche" in page
    assert "1999 (0)" in page


def test_pages_ask_no_more_for_forty_than_for_two(demo_app, client_of, rows):
    paths = ("/decisions/", "/committee/OUVERT", f"/meetings/{rows['OUVERT meeting']}", "/fiches/F-2016-002")
    client = client_of("coordination")

    def asked() -> list[int]:
        out = []
        for path in paths:
            with statements(demo_app) as seen:
                client.get(path)
            out.append(len([s for s in seen if s.startswith("SELECT")]))
        return out

    def add(count: int) -> None:
        with demo_app.app_context(), writing():
            by, circle = cast.person("coordination"), circle_by_code("OUVERT")
            meeting = made.meeting(circle, by)
            for n in range(count):
                decision(meeting, f"Décision {n}")
                recommending.make(circle, values(f"Recommandation {n}", fiches="F-2016-002"), by)

    add(2)
    asked()
    few = asked()
    add(38)
    assert asked() == few
