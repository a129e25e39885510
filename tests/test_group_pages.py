"""Groups over HTTP with the cast: asked and answered, invited by mail, handed over and left; a series of evenings; a
production; a report from its first line to the agenda of the committee. And who learns nothing."""

import re

import pytest
from sqlalchemy import select

from blueprints.accounts import letters
from blueprints.dossiers.meetings import MeetingOrder
from blueprints.dossiers.packing import Pack
from blueprints.groups.inviting import seat_token, signer
from models import agenda, audit, circles, gathering, meetings, merging
from models.circles import circle_by_code, seat_here
from models.deliveries import Mail
from models.groups import Production, Report, SeatRequest
from models.meetings import Meeting
from models.people import add_person, by_email
from models.profiles import ProfileDetail
from models.store import db, writing
from models.workflow import Refused
from tests.support import cast
from tests.support import meetings as made_up
from tests.support.doors import mailed, path_in
from tests.support.groups import CLOSED_PRODUCTION, asks, production, report
from tests.support.meetings import circle
from tests.support.queries import counted_queries
from tests.support.tasks import task

BART, LEON, ELS = "bart@ziekenfonds.example", "leon@amis-du-chemin.example", "els@wijkadem.example"
CHAIR, PLA, FIC = "am.lhoest@habitants.example", "/groups/GT-PLA", "/groups/GT-FIC"


def plain(answer) -> str:
    return answer.text.replace("\u00a0", " ")


def sits(app, code: str, email: str) -> bool:
    with app.app_context():
        return by_email(email).id in circle_by_code(code).member_ids


def waiting(app, code: str, email: str) -> str:
    """The id of what waits between a group and somebody."""
    with app.app_context():
        return gathering.pending(circle_by_code(code).id, by_email(email).id).id


def test_asked_answered_handed_over_and_left(demo_app, client_of):
    outsider, chair = client_of("outsider"), client_of("chair")
    assert "Demander à rejoindre" in outsider.get("/groups/").text
    long = outsider.submit(outsider.get(f"{PLA}/ask"), {"words": "é" * 1001}, form="/ask")
    assert long.status_code == 422
    assert "é" * 1001 in long.text
    assert "Raccourcissez-le" in long.text
    assert outsider.submit(long, {"words": "Je connais les communes."}, form="/ask").status_code == 303
    assert "Votre demande est partie" in outsider.get(PLA).text
    assert outsider.get(f"{PLA}/ask").status_code == 302  # once is enough
    email = "christelle@locataires.example"
    asked = waiting(demo_app, "GT-PLA", email)
    page = f"{PLA}/requests/{asked}"
    for stranger in ("outsider", "contributor", "group_member"):
        assert client_of(stranger).get(page).status_code == 404
    [text] = [one for one in mailed(demo_app, CHAIR) if "Christelle" in one]
    assert "Je connais les communes." in text
    assert path_in(text) == page
    assert "Je connais les communes." in chair.get(PLA).text
    assert chair.submit(chair.get(page), {"words": "Bienvenue !"}, button="Oui, lui donner une place").status_code == 303  # fmt: skip
    assert sits(demo_app, "GT-PLA", email)
    assert "Bienvenue !" in mailed(demo_app, email)[0]
    assert "La réponse est oui" in chair.get(page).text
    assert "Toutes les tâches" in outsider.get(PLA).text

    stopped = chair.get(f"{PLA}/leave")
    assert "seule personne qui anime" in stopped.text
    with demo_app.app_context():
        seat = seat_here(circle_by_code("GT-PLA"), by_email(ELS).id).id
    path = f"/committee/GT-PLA/members/{seat}"
    assert chair.submit(chair.get(path), {"role": "chair"}, form="role").headers["Location"].endswith(PLA)
    assert chair.submit(chair.get(f"{PLA}/leave"), {}, form="/leave").status_code == 303
    assert not sits(demo_app, "GT-PLA", CHAIR)
    assert any("a quitté" in one for one in mailed(demo_app, ELS))
    assert outsider.submit(outsider.get(f"{PLA}/leave"), {}, form="/leave").status_code == 303
    assert outsider.get(f"{PLA}/leave").status_code == 403


def test_invited_by_a_name_and_answered_by_the_link_of_the_mail(demo_app, client_of):
    """Bart invites Léon into a closed group, of which Léon knows nothing before."""
    bart, leon, stranger = client_of("reader"), client_of("committee"), demo_app.test_client()
    assert leon.get(FIC).status_code == 404
    none = bart.submit(bart.get(f"{FIC}/invite"), {"email": "personne@test.example", "words": "Venez."}, form="inviter")  # fmt: skip
    assert none.status_code == 422
    assert "Venez." in none.text
    assert "Nous ne pouvons pas inviter par cette adresse" in plain(none)
    found = bart.get(f"{FIC}/invite?q=leon")
    assert "Léon Marchal" in found.text
    assert "Monique Lambert" not in bart.get(f"{FIC}/invite?q=monique").text  # she sits there
    assert bart.submit(found, {"words": "Vous lisez bien."}, form="inviter", button="Envoyer l’invitation").status_code == 303  # fmt: skip
    [text] = [one for one in mailed(demo_app, LEON) if "vous invite" in one]
    link = path_in(text)
    assert link.startswith("/groups/place/")
    asked = stranger.get(link)
    for words in ("Bart Claes", "Vous lisez bien.", "Lire les fiches à deux voix"):
        assert words in plain(asked)
    assert not sits(demo_app, "GT-FIC", LEON)  # looking answers nothing
    assert leon.get(FIC).status_code == 404
    assert "Vous lisez bien." in leon.get(f"/groups/invitations/{waiting(demo_app, 'GT-FIC', LEON)}").text
    assert stranger.submit(asked, {}, form=link, button="Oui, j’en suis").status_code == 303
    assert sits(demo_app, "GT-FIC", LEON)
    assert "vous avez dit oui" in stranger.get(link).text
    assert leon.get(FIC).status_code == 200
    for wrong in (link[:-3] + "abc", "/groups/place/x"):
        assert stranger.get(wrong).status_code == 404


def test_an_address_does_not_say_whose_it_is_to_who_may_not_read_it(demo_app, client_of):
    """Els chairs a group of her own and reads no address that is for the committee: known or not, one answer."""
    with demo_app.app_context(), writing():
        circle("GT-SONDE", (by_email(ELS), "chair"))
        for name, seen_by in (("Nina", "members"), ("Omer", "committee")):
            one = add_person(name, f"{name.lower()}@test.example", ["contributor"], active=True)
            db.session.add(ProfileDetail(person_id=one.id, name="email", seen_by=seen_by))
    els, page = client_of("group_member"), "/groups/GT-SONDE/invite"

    def answer(email: str):
        said = els.submit(els.get(page), {"email": email, "words": "Venez donc."}, form="inviter")
        return said, said.text.replace(email, "") if said.status_code == 422 else ""

    hidden, text = answer("omer@test.example")
    nobody, same = answer("personne@test.example")
    strip = re.compile(r'(csrf_token|op_id)" value="[^"]+"')
    assert (hidden.status_code, nobody.status_code) == (422, 422)
    assert strip.sub("", text) == strip.sub("", same)
    assert "Omer" not in text
    assert "Venez donc." in text
    assert answer("nina@test.example")[0].status_code == 303  # the control: she shows hers to all
    assert mailed(demo_app, "omer@test.example") == []


def test_a_place_and_a_guest_by_an_address_say_no_more_than_an_invitation(demo_app, client_of):
    """Els leads and reads no address that is for the committee; the coordination reads every one."""
    with demo_app.app_context(), writing():
        row = circle("GT-SONDE", (by_email(ELS), "chair"))
        code = made_up.meeting(row, by_email(ELS), title="Rencontre").code
        for name, seen_by in (("Nina", "members"), ("Omer", "committee"), ("Rosa", "me")):
            one = add_person(name, f"{name.lower()}@test.example", ["contributor"], active=True)
            db.session.add(ProfileDetail(person_id=one.id, name="email", seen_by=seen_by))
    els, samira = client_of("group_member"), client_of("coordination")
    place, guest = (
        ("/groups/GT-SONDE/invite", "/committee/GT-SONDE/members"),
        (f"/meetings/{code}", "/guests"),
    )

    def answer(who, where, email: str) -> str:
        said = who.submit(who.get(where[0]), {"email": email}, form=where[1])
        said = who.get(said.location) if said.status_code == 303 else said
        return re.sub(r'(csrf_token|op_id)" value="[^"]+"', "", plain(said).replace(email, ""))

    for where, done in ((place, "siège ici maintenant"), (guest, "est de la réunion")):
        hidden = answer(els, where, "omer@test.example")
        assert hidden == answer(els, where, "personne@test.example")
        assert "n’est pas montrée à tous" in hidden
        assert "Omer" not in hidden
        assert f"Nina {done}" in answer(els, where, "nina@test.example")
        assert f"Rosa {done}" in answer(samira, where, "rosa@test.example")
    assert not sits(demo_app, "GT-SONDE", "omer@test.example")
    assert sits(demo_app, "GT-SONDE", "nina@test.example")


def test_a_word_that_comes_too_late_is_not_lost(demo_app, client_of):
    """Who answers what was taken back, or answered, reads why, and the word that was typed."""
    with demo_app.app_context(), writing():
        row = gathering.invite(circle_by_code("GT-FIC"), by_email(ELS), None, by_email(BART))
        ask_id, link = row.id, f"/groups/place/{seat_token(row)}"
        nina = add_person("Nina", "nina@test.example", ["contributor"], active=True)
        asked = gathering.ask(circle_by_code("GT-PLA"), nina, None).id
    els, chair, stranger = client_of("group_member"), client_of("chair"), demo_app.test_client()
    inside, outside = els.get(f"/groups/invitations/{ask_id}"), stranger.get(link)
    waits = chair.get(f"{PLA}/requests/{asked}")
    assert "Une place vous attend" in inside.text
    with demo_app.app_context(), writing():
        gathering.withdraw(db.session.get_one(SeatRequest, ask_id), by_email(BART))
        gathering.withdraw(db.session.get_one(SeatRequest, asked), by_email("nina@test.example"))
    late = (
        els.submit(inside, {"words": "Zzlong mot"}, form="/groups/invitations", button="Oui, j’en suis"),
        stranger.submit(outside, {"words": "Zzlong mot"}, form=link, button="Oui, j’en suis"),
        chair.submit(waits, {"words": "Zzlong mot"}, form="/requests", button="Non, décliner"),
    )
    for answer in late:
        assert answer.status_code == 409
        assert "Zzlong mot" in answer.text
        assert "a été retirée" in answer.text
        assert "Une place vous attend" not in answer.text
    assert not sits(demo_app, "GT-FIC", ELS)


def test_who_has_left_is_not_told_that_they_sit_there(demo_app):
    with demo_app.app_context(), writing():
        row = gathering.invite(circle_by_code("GT-FIC"), by_email(LEON), None, by_email(BART))
        gathering.answer(row, True, by_email(LEON))
        link = f"/groups/place/{seat_token(row)}"
    stranger = demo_app.test_client()
    assert "Vous siégez dans ce groupe" in stranger.get(link).text  # the control
    with demo_app.app_context(), writing():
        gathering.leave(circle_by_code("GT-FIC"), by_email(LEON))
    page = stranger.get(link).text
    assert "Vous siégez dans ce groupe" not in page
    assert "Vous ne siégez plus" in page


def test_a_closed_account_is_told_of_itself(demo_app):
    with demo_app.app_context():
        with writing():
            row = gathering.invite(circle_by_code("GT-FIC"), by_email(LEON), None, by_email(BART))
            by_email(LEON).active = False
        with pytest.raises(Refused, match="Votre compte est fermé"), writing():
            gathering.answer(row, True, by_email(LEON))


def test_an_invitation_is_declined_on_the_site_and_a_request_is_taken_back(demo_app, client_of):
    els = client_of("group_member")
    with demo_app.app_context(), writing():
        invited = asks(circle_by_code("GT-FIC"), by_email(ELS), kind="invite", by=by_email(BART)).id
    page = f"/groups/invitations/{invited}"
    assert client_of("contributor").get(page).status_code == 404
    answer = els.submit(els.get(page), {"words": "Pas cette année."}, form=page, button="Non, merci")
    assert answer.status_code == 303
    assert not sits(demo_app, "GT-FIC", ELS)
    assert any("Pas cette année." in one for one in mailed(demo_app, BART))
    bart, asked = client_of("reader"), waiting(demo_app, "GT-PLA", BART)
    assert bart.submit(bart.get(PLA), {}, form="/withdraw").status_code == 303
    with demo_app.app_context():
        assert db.session.get_one(SeatRequest, asked).state == "withdrawn"
    assert "Demander à rejoindre" in bart.get(PLA).text


def test_a_closed_group_says_nothing_to_who_does_not_sit_there(demo_app, client_of):
    with demo_app.app_context(), writing():
        closed, bart = circle_by_code("GT-FIC"), by_email(BART)
        made, told = production(closed, "Zzsecret").id, report(closed, "Zzsecret", made_by=bart.id).id
        asked = asks(closed, by_email("nadia@passerelle.example"), kind="invite", by=bart).id
    inside = [FIC, f"{FIC}/productions", f"{FIC}/invite", f"{FIC}/leave", f"{FIC}/end", f"{FIC}/dates", f"{FIC}/reports/new",
              f"{FIC}/requests/{asked}", f"/groups/productions/{made}", f"/groups/reports/{told}", "/committee/GT-FIC"]  # fmt: skip
    for role in ("outsider", "group_member", "committee", "chair", "administration"):
        client = client_of(role)
        for path in (*inside, f"{FIC}/ask"):
            assert client.get(path).status_code == 404, (role, path)
        assert "Fiches et catalogue" not in client.get("/groups/").text
        assert "Zzsecret" not in client.get("/groups/").text
    member = client_of("companion")
    for path in (FIC, f"{FIC}/productions", f"/groups/productions/{made}", f"/groups/reports/{told}"):
        assert "Zzsecret" in member.get(path).text, path  # the control
    assert member.get(f"{FIC}/invite").status_code == 403


def test_a_network_its_evenings_and_its_end(demo_app, client_of):
    coordination = client_of("coordination")
    said = {"title": "Les voisins du parc", "code": "RV-PARC", "territory": "Le parc et ses cinq rues", "leader": "inconnu@test.example"}  # fmt: skip
    form = coordination.get("/committee/new?kind=RES")
    bad = coordination.submit(form, {**said, "decided_by": "D-1999-01"}, form="/committee/new")
    assert bad.status_code == 422
    assert "Nous ne trouvons pas cette décision" in bad.text
    bad = coordination.submit(bad, {**said, "decided_by": ""}, form="/committee/new")
    assert bad.status_code == 422
    assert "Invitez d’abord cette personne" in bad.text
    made = coordination.submit(bad, {**said, "leader": LEON}, form="/committee/new")
    assert made.headers["Location"].endswith("/groups/RV-PARC")
    leon = client_of("committee")
    page = leon.get("/groups/RV-PARC")
    assert "Le parc et ses cinq rues" in page.text
    assert client_of("outsider").get("/groups/RV-PARC/dates").status_code == 403
    assert leon.submit(leon.get("/groups/RV-PARC/dates"), {"count": "40"}, form="/dates").status_code == 422
    assert leon.submit(leon.get("/groups/RV-PARC/dates"), {}, form="/dates").status_code == 303  # one press
    with demo_app.app_context():
        rows = gathering.coming(circle_by_code("RV-PARC"))
        assert len(rows) == 6
        assert len({row.series for row in rows}) == 1
        assert len({row.starts_at.weekday() for row in rows}) == 1
    assert "encore prévues" in leon.get("/groups/RV-PARC/end").text
    stop = leon.get("/groups/RV-PARC/dates/cancel")
    assert leon.submit(stop, {"meeting": [], "reason": "Le café ferme."}, form="/cancel").status_code == 422
    long = leon.submit(stop, {"reason": "Le café ferme, " * 40}, form="/cancel")
    assert long.status_code == 422
    assert "Cette raison est trop longue. Raccourcissez-la à 500 signes." in long.text
    assert ("Le café ferme, " * 40).strip() in long.text
    assert long.text.count(" checked") == 6, "and what was ticked"
    assert leon.submit(long, {"reason": "Le café ferme."}, form="/cancel").status_code == 303
    with demo_app.app_context():
        assert gathering.coming(circle_by_code("RV-PARC")) == []
        reasons = set(db.session.scalars(select(Meeting.cancel_reason).where(Meeting.series == rows[0].series)))  # fmt: skip
        assert reasons == {"Le café ferme."}
        with writing():
            left = f"/tasks/{task(circle_by_code('RV-PARC'), by_email(LEON), by_email(LEON)).id}"
    assert "Modifier la tâche" in leon.get(left).text
    ends = leon.get("/groups/RV-PARC/end")
    assert "Une tâche est encore à faire ici" in ends.text
    assert leon.submit(ends, {}, form="/end").status_code == 303
    assert "La tâche peut encore être faite ou abandonnée" in leon.get(left).text
    assert "Modifier la tâche" not in leon.get(left).text
    assert leon.get(f"{left}/edit").status_code == 403
    assert leon.submit(leon.get(f"{left}/drop"), {"words": "Plus besoin."}, form="/drop").status_code == 303
    over = leon.get("/groups/RV-PARC")
    assert "a terminé son travail" in over.text
    for gone in ("Prévoir les rencontres", "Inviter une personne", "Confier une tâche"):
        assert gone not in over.text
    for path in ("/groups/RV-PARC/dates", "/groups/RV-PARC/invite", "/groups/RV-PARC/productions/new", "/committee/RV-PARC/tasks/new"):  # fmt: skip
        assert leon.get(path).status_code == 403, path
    with demo_app.app_context():
        seat = f"/committee/RV-PARC/members/{seat_here(circle_by_code('RV-PARC'), by_email(LEON).id).id}"
    assert leon.get(seat).headers["Location"] == "/groups/RV-PARC"  # nobody's place changes there any more
    assert leon.submit(leon.get("/groups/RV-PARC/reopen"), {}, form="/reopen").status_code == 303
    assert leon.get(seat).status_code == 200
    assert "Inviter une personne" in leon.get("/groups/RV-PARC").text


def test_a_production_from_a_plan_to_its_end(demo_app, client_of):
    nadia, chair = client_of("contributor"), client_of("chair")
    assert client_of("outsider").get(f"{PLA}/productions/new").status_code == 403
    empty = nadia.submit(nadia.get(f"{PLA}/productions/new"), {"title": "", "about": "Pour le marché."}, form="/new")  # fmt: skip
    assert empty.status_code == 422
    assert "Pour le marché." in empty.text
    assert nadia.submit(empty, {"title": "Une affiche", "fiche": "F-2016-003", "due_on": "2016-01-02"}, form="/new").status_code == 303  # fmt: skip
    with demo_app.app_context():
        row = db.session.scalars(select(Production).where(Production.title == "Une affiche")).one()
        page = f"/groups/productions/{row.id}"
    assert "En retard" in nadia.get(PLA).text
    assert "/fiches/F-2016-003" in client_of("outsider").get(page).text
    assert nadia.get(f"{page}/edit").status_code == 403  # she keeps none of it in hand, and does not lead
    form = chair.get(f"{page}/edit")
    other = chair.submit(chair.get(f"{page}/edit"), {"title": "Deux affiches"}, form="/edit")
    assert other.status_code == 303
    clash = chair.submit(form, {"title": "Trois affiches"}, form="/edit")
    assert clash.status_code == 409
    assert "Deux affiches" in clash.text
    assert "Trois affiches" in clash.text
    assert chair.submit(chair.get(page), {"words": ""}, form="/state", button="L’abandonner").status_code == 422  # fmt: skip
    assert chair.submit(chair.get(page), {"words": "Collées partout."}, form="/state", button="Elle est finie").status_code == 303  # fmt: skip
    assert "Collées partout." in chair.get(f"{PLA}/productions").text
    assert chair.submit(chair.get(page), {}, form="/state", button="La reprendre").status_code == 303
    assert "Collées partout." in chair.get(page).text


def test_a_report_from_its_first_line_to_the_agenda(demo_app, client_of):
    chair, reader, outsider = client_of("chair"), client_of("companion"), client_of("outsider")
    assert client_of("contributor").get(f"{PLA}/reports/new").status_code == 403
    wrong = chair.submit(chair.get(f"{PLA}/reports/new"), {"first_on": "2016-06-01", "last_on": "2016-04-01"}, form="/new")  # fmt: skip
    assert wrong.status_code == 422
    made = chair.submit(wrong, {"first_on": "2016-04-01", "last_on": "2016-06-30"}, form="/new")
    edit = made.headers["Location"]
    page = edit.removesuffix("/edit")
    form = chair.get(edit)
    for words in ("D-2016-03", "Réunions tenues", "Ce que le groupe demande"):
        assert words in plain(form)
    looked = chair.submit(form, {"body": "# Zzdemande\n\n**Dix** minutes."}, form="/edit", button="Voir comme on le lira")  # fmt: skip
    assert "<strong>Dix</strong>" in looked.text
    assert "Zzdemande" not in chair.get(page).text  # looked at, and kept nowhere
    sent = chair.submit(looked, {}, form="/edit", button="Garder, et choisir la réunion")
    assert sent.headers["Location"].endswith("/send")
    for client in (reader, outsider):
        assert client.get(page).status_code == 404  # a draft is its group's
    choose = chair.get(f"{page}/send")
    with demo_app.app_context():
        row = next(m for m in meetings.visible(cast.person("chair")) if m.title.startswith("Relire l’appel"))
        code = row.code
    stray = chair.post(f"{page}/send", data={"csrf_token": token_of(chair), "at": "R-1999-01 x"})
    assert stray.status_code == 422
    assert chair.submit(choose, {"at": f"{code} "}, form="/send").status_code == 303
    agenda = reader.get(f"/meetings/{code}")
    assert page in agenda.text
    assert "Zzdemande" in reader.get(page).text
    assert outsider.get(page).status_code == 404
    assert page not in outsider.get("/meetings/").text
    assert chair.get(edit).status_code == 403  # frozen
    late = chair.post(edit, data={"csrf_token": token_of(chair), "title": "Trop tard", "body": "Un texte.", "rev": "1"})  # fmt: skip
    assert late.status_code == 403
    assert "Un texte." in late.text  # nothing typed is lost
    with demo_app.app_context():
        assert db.session.get_one(Report, page.rpartition("/")[2]).state == "sent"


def test_the_pack_of_a_meeting_holds_the_report_and_is_set_anew_with_it(demo_app):
    with demo_app.app_context():
        meeting = next(
            m for m in meetings.visible(cast.person("chair")) if m.title.startswith("Relire l’appel")
        )
        order = {"kind": "D5", "meeting": meeting, "by": "Samira"}
        before = MeetingOrder(**order).content
        with writing():
            item = agenda.items(meeting)[0]
            report(circle_by_code("GT-PLA"), "Un brouillon", "**Rien** encore.", item_id=item.id)
            assert MeetingOrder(**order).content == before
            report(
                circle_by_code("GT-PLA"), "Le printemps", "**Dix** minutes.", state="sent", item_id=item.id
            )
        assert MeetingOrder(**order).content != before
        first, *others = Pack(MeetingOrder(**order)).pages(None).items
        assert [(title, "<strong>Dix</strong>" in text) for title, text in first.reports] == [
            ("Le printemps", True)
        ]
        assert not any(one.reports for one in others)


def token_of(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]


def test_a_link_answers_for_its_own_invitation_alone(demo_app, client_of):
    """One of another purpose, signed with the same key, opens nothing; nor one that names no person, or another."""
    from blueprints.accounts.data import signer as stay

    with demo_app.app_context():
        waits = gathering.pending(circle_by_code("GT-PLA").id, by_email(BART).id)
        good, bare, wrong = (
            seat_token(waits),
            signer().dumps(waits.id),
            signer().dumps([waits.id, by_email(ELS).id]),
        )
        other = stay().dumps([waits.id, waits.person_id])
        none = signer().dumps([CLOSED_PRODUCTION, waits.person_id])
    stranger = demo_app.test_client()
    assert [stranger.get(f"/groups/place/{one}").status_code for one in (good, bare, wrong, other, none)] == [200, 404, 404, 404, 404]  # fmt: skip


def test_once_two_accounts_are_one_the_link_in_the_mailbox_of_the_other_ends(demo_app, client_of):
    with demo_app.app_context(), writing():
        double = add_person("Léon Double", "double@test.example", ["contributor"], active=True)
        row = gathering.invite(circle_by_code("GT-FIC"), double, "Zzmot", by_email(BART))
        ask_id, link = row.id, f"/groups/place/{seat_token(row)}"
    stranger = demo_app.test_client()
    assert "Zzmot" in stranger.get(link).text  # the control
    form = stranger.get(link)
    with demo_app.app_context():
        with writing():
            merging.merge_people(
                by_email("double@test.example"), by_email(LEON), by_email("samira@plateforme.example")
            )
        assert db.session.get_one(SeatRequest, ask_id).person_id == by_email(LEON).id
        mail_id = db.session.scalars(select(Mail.id).where(Mail.template == "seat_invited", Mail.to == "double@test.example")).one()  # fmt: skip
        with pytest.raises(letters.Moot):
            letters.compose(mail_id)
    assert stranger.get(link).status_code == 404
    assert stranger.submit(form, {}, form=link, button="Oui, j’en suis").status_code == 404
    assert not sits(demo_app, "GT-FIC", LEON)
    leon = client_of("committee")
    assert "Zzmot" in leon.get(f"/groups/invitations/{ask_id}").text  # on the site it waits still


def test_who_asked_and_who_said_no_is_not_in_the_history_that_any_member_reads(demo_app, client_of):
    with demo_app.app_context():
        with writing():
            nina = add_person("Nina", "nina@test.example", ["contributor"], active=True)
            row = gathering.ask(circle_by_code("GT-PLA"), nina, None)
            gathering.answer(row, False, by_email(CHAIR), "Non.")
            row = gathering.invite(circle_by_code("GT-PLA"), nina, None, by_email(CHAIR))
            gathering.answer(row, False, nina, "Non merci.")
            row = gathering.invite(circle_by_code("GT-PLA"), nina, None, by_email(CHAIR))
            gathering.withdraw(row, by_email(CHAIR))
            row = gathering.ask(circle_by_code("GT-PLA"), nina, None)
            gathering.answer(row, True, by_email(CHAIR))
        said = {act: str(audit.words(act)) for act in gathering.ANSWERS}
        taken = str(audit.words("seat.taken"))
        assert {
            one.act for one in audit.events_of("circle", circle_by_code("GT-PLA").id)
        } >= gathering.ANSWERS
    path = "/committee/GT-PLA/history"
    leads, others = client_of("chair").get(path).text.lower(), client_of("outsider").get(path).text.lower()
    assert all(one.lower() in leads for one in said.values())  # the control
    assert [act for act, one in said.items() if one.lower() in others] == []
    assert taken.lower() in others


@pytest.mark.parametrize("path", ["/groups/", PLA, f"{PLA}/productions"])
def test_a_page_asks_as_often_for_many_as_for_few(demo_app, client_of, path):
    """Groups, people, productions, requests: ten times as many make no more queries."""
    client = client_of("chair")
    client.get(path)
    with demo_app.app_context():
        few = counted_queries(lambda: client.get(path))
    with demo_app.app_context(), writing():
        group, people = circle_by_code("GT-PLA"), [made_up.somebody(f"Qui{n}") for n in range(12)]
        for n, person in enumerate(people):
            production(group, f"Production {n}", person_id=person.id)
            made_up.circle(f"GT-{n}", (person, circles.CHAIR), axis="PLA")
            asks(group, person, words="Moi aussi.")
    client.get(path)
    with demo_app.app_context():
        assert counted_queries(lambda: client.get(path)) == few
