"""Minutes over HTTP: proposed, remarked on, answered, approved at the next meeting, corrected; who passes and who learns nothing."""

import pytest

from blueprints.accounts import letters
from models import approving, deliveries
from models.meetings import meeting_by_code
from models.minutes import comments_of
from models.store import new_id, writing
from tests.support import cast
from tests.support import minutes as support
from tests.support.gatherings import NADIA
from tests.support.queries import counted_queries

SAID = "Une parole zzparole"


@pytest.fixture
def held(demo_app):
    """The code of a meeting that took place, of a circle of the cast, and that of the next one, which begins in an hour."""
    with demo_app.app_context():
        made = support.held(decision="D-2026-07")
        return made.code, support.next_one().code


def current(app, code):
    with app.app_context():
        row = approving.current(meeting_by_code(code))
        return row.version, row.state, row.rev, len(comments_of(row))


def mailed(app, email: str) -> str:
    """What the mails about minutes say that wait for somebody."""
    with app.app_context():
        waiting = deliveries.mails("waiting")
        rows = [row.id for row in waiting if row.to == email and row.template.startswith("minutes_")]
        return "\n".join(letters.compose(one).text for one in rows)


def test_from_the_end_of_a_meeting_to_approved_minutes(demo_app, client_of, held):
    code, later = held
    chair, nadia, bart, christelle = (
        client_of(role) for role in ("chair", "contributor", "reader", "outsider")
    )
    meeting, page = f"/meetings/{code}", f"/meetings/{code}/minutes"
    # Before: the circle reads nothing, who leads is one button away.
    assert nadia.get(page).status_code == 404
    assert f"{page}/propose" in chair.get(meeting).text
    preview = chair.get(page, follow_redirects=True)
    assert SAID in preview.text
    refused = chair.submit(preview, {"days": "90"}, form="/minutes/propose")
    assert (refused.status_code, 'value="90"' in refused.text) == (422, True)
    assert chair.submit(preview, {"days": "10"}, form="/minutes/propose").status_code == 303
    # Proposed: who was there reads and remarks, others learn nothing.
    assert f"{page}\n" in mailed(demo_app, NADIA)
    assert "procès-verbal attend votre relecture" in nadia.get("/").text
    assert christelle.get(page).status_code == 404
    shown = nadia.get(page)
    assert SAID in shown.text
    assert "zzdecide" in shown.text
    assert bart.get(f"{page}/approve").status_code == 403
    empty = nadia.submit(shown, {"text": ""}, form="f-remarque-ensemble")
    assert (empty.status_code, "Écrivez votre remarque" in empty.text) == (422, True)
    long = nadia.submit(shown, {"text": "x" * 2001}, form="f-remarque-ensemble")
    assert (long.status_code, "x" * 2001 in long.text) == (422, True)
    assert (
        nadia.submit(shown, {"text": "C’était <b>mardi</b>"}, form="f-remarque-ensemble").status_code == 303
    )
    assert (
        nadia.submit(shown, {"text": "C’était <b>mardi</b>"}, form="f-remarque-ensemble").status_code == 303
    )
    assert current(demo_app, code) == (1, "proposed", 1, 1)
    assert "C’était &lt;b&gt;mardi&lt;/b&gt;" in bart.get(page).text
    assert "relecture" not in nadia.get("/").text
    # Answered by who leads.
    assert "Une remarque attend votre réponse" in chair.get("/").text
    answer = chair.get(page)
    assert chair.submit(answer, {"words": ""}, form="/answer", button="Pas reprise").status_code == 422
    assert (
        chair.submit(answer, {"words": "Bien vu"}, form="/answer", button="Reprise dans le texte").status_code
        == 303
    )
    assert "Bien vu" in mailed(demo_app, NADIA)
    with demo_app.app_context(), writing():
        support.line(meeting_by_code(code), "C’était mardi zzmardi")
    stale = chair.get(page)
    assert "n’est plus ce qui est noté" in stale.text
    assert "n’est plus ce qui est noté" not in nadia.get(page).text
    assert chair.submit(stale, {}, form="/refresh").status_code == 303
    assert chair.submit(stale, {}, form="/refresh").status_code == 409
    assert "zzmardi" in nadia.get(page).text
    # Approved at the next meeting, from its agenda.
    agenda = chair.get(f"/meetings/{later}")
    assert "Approbation du procès-verbal précédent" in agenda.text
    approve = chair.get(f"{page}/approve?in={later}")
    assert f"/minutes/approve?in={later}" in agenda.text
    assert chair.submit(approve, {}, form="/approve").status_code == 303
    approved = christelle.get(page)
    assert later in approved.text
    assert "Bien vu" not in approved.text  # remarks stay in the circle
    assert christelle.get(f"/meetings/{later}").text.count(f"{page}") == 1
    assert (
        nadia.submit(shown, {"text": "Encore", "op_id": new_id()}, form="f-remarque-ensemble").status_code
        == 409
    )
    # Corrected: both are there, and can be compared.
    correct = chair.get(f"{page}/correct")
    assert chair.submit(correct, {"reason": ""}, form="/correct").status_code == 422
    assert chair.submit(correct, {"reason": "Une faute"}, form="/correct").status_code == 303
    assert "Une faute" in nadia.get(page).text
    with demo_app.app_context(), writing():
        support.line(meeting_by_code(code), "Le mot zzjuste")
    chair.submit(chair.get(page), {}, form="/refresh")
    compared = nadia.get(f"{page}/compare").text
    assert "zzjuste" in compared
    assert SAID not in compared
    assert "zzjuste" not in christelle.get(page).text
    for hidden in (f"{page}?version=2", f"{page}/compare"):
        assert christelle.get(hidden).status_code == 404
    assert nadia.get(f"{page}?version=1").status_code == 200
    assert nadia.get(f"{page}?version=9").status_code == 404


def test_a_device_sends_a_remark_late_and_once(demo_app, client_of, held):
    code, _later = held
    with demo_app.app_context():
        support.act(meeting_by_code(code), "propose")
        author = cast.person("contributor").id
    nadia, url = client_of("contributor"), f"/meetings/{code}/minutes/comments"
    token = nadia.get("/session").json["csrf"]
    said = {
        "op_id": new_id(),
        "schema_version": "1",
        "author": author,
        "item": "",
        "text": "Du train",
        "csrf_token": token,
    }
    accept = {"Accept": "application/json"}
    first, again = (nadia.post(url, data=said, headers=accept) for _ in range(2))
    assert (first.status_code, again.status_code, again.headers["Idempotent-Replayed"]) == (201, 200, "true")
    assert first.json["url"] == again.json["url"]
    assert nadia.post(url, data={**said, "text": "Autre"}, headers=accept).json["error"] == "op_reused"
    wrong = nadia.post(url, data={**said, "op_id": new_id(), "text": ""}, headers=accept)
    assert (wrong.status_code, "text" in wrong.json["errors"]) == (422, True)
    assert nadia.post(url, data={**said, "op_id": ""}, headers=accept).status_code == 422
    with demo_app.app_context():
        row = approving.current(meeting_by_code(code))
        with writing():
            row.comments_until = row.proposed_at
    over = nadia.post(url, data={**said, "op_id": new_id()}, headers=accept)
    assert (over.status_code, over.json["error"]) == (409, "late")
    late = nadia.get(f"/meetings/{code}/minutes").text
    assert "Le temps des remarques est passé" in late
    assert "Secrétariat" in late
    assert current(demo_app, code)[3] == 1


def test_a_closed_circle_is_nowhere_and_a_guest_reads_what_was_proposed(demo_app, client_of):
    """Monique is asked for this once; Christelle and Karim, who administers, are not; the open circle is the control."""
    from models import convening
    from tests.support import gatherings
    from tests.support.gatherings import MONIQUE, SAMIRA, who

    codes = {}
    with demo_app.app_context():
        for name, closed in (("GT-CLOS", True), ("GT-LIBRE", False)):
            made = gatherings.meeting(name, closed=closed)
            with writing():
                convening.invite_guest(made, who(MONIQUE), who(SAMIRA))
                support.shift(made, -1)
                support.line(made, SAID)
            support.act(made, "propose")
            codes[name] = made.code
    monique, outsiders = client_of("companion"), [client_of(role) for role in ("outsider", "administration")]
    for code in codes.values():
        assert SAID in monique.get(f"/meetings/{code}/minutes").text
        assert monique.get(f"/meetings/{code}/minutes/approve").status_code == 403
        for path in ("minutes", "minutes/compare", "minutes?version=1"):
            assert all(one.get(f"/meetings/{code}/{path}").status_code == 404 for one in outsiders)
    with demo_app.app_context():
        for name, code in codes.items():
            support.next_one(name)
            support.act(meeting_by_code(code), "approve")
    assert {one.get(f"/meetings/{codes['GT-LIBRE']}/minutes").status_code for one in outsiders} == {200}
    assert {one.get(f"/meetings/{codes['GT-CLOS']}/minutes").status_code for one in outsiders} == {404}
    for path in ("minutes", "minutes/propose", "minutes/approve", "minutes/correct"):
        assert {one.get(f"/meetings/{codes['GT-CLOS']}/{path}").status_code for one in outsiders} == {404}


def test_a_page_with_thirty_remarks_asks_no_more(demo_app, client_of, held):
    code, _later = held
    with demo_app.app_context():
        support.act(meeting_by_code(code), "propose")
    nadia = client_of("contributor")
    page, counts = f"/meetings/{code}/minutes", []
    for more in (1, 30):
        with demo_app.app_context(), writing():
            row = approving.current(meeting_by_code(code))
            support.remarks(row, more)
        with demo_app.app_context():
            counts.append(counted_queries(lambda: nadia.get(page)))
    assert counts[0] == counts[1]
