"""People and roles, inviting by page and by command, and the first steps of who was invited."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from models import access, people
from models.audit import AuditEvent
from models.deliveries import Mail
from models.people import BadPerson, Person, by_email, tidy_email, tidy_name
from models.store import db, writing
from tests.support.doors import NADIA, SAMIRA, age, held, mailed, open_door, path_in, statements

ZOE = "zoe@habitants.example"


def person_id(app, email: str) -> str:
    with app.app_context():
        return by_email(email).id


def invite(client, **values):
    values = {"name": "Zoé Lambrecht", "email": ZOE, "roles": ["reader"], **values}
    return client.submit(client.get("/people"), values, form="/people")


def shown_link(page) -> str:
    return re.search(r'value="https?://[^/"]+(/enter/[^"]+)"', page.text)[1]


# ---- names and addresses


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" Nadia@Passerelle.EXAMPLE\n", NADIA), ("mailto:nadia@passerelle.example", NADIA),
        ("\u200bnadia@passerelle.example\u00a0", NADIA), ("n.b+x@a-b.co.uk", "n.b+x@a-b.co.uk"),
    ],
)  # fmt: skip
def test_an_address_is_kept_without_what_a_copy_brings(typed, kept):
    assert tidy_email(typed) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "x", "@", "a@", "@b.be", "a@b", "a@b.", "a@.be", "a@b..be", ".a@b.be", "a.@b.be", "a..b@b.be", "a b@c.be",
     "a@b.be, c@d.be", "a@b.be>", "<a@b.be>", '"a b"@c.be', "a@b c.be", "a@-b.be", "a@b-.be", "a\\@b.be", "a@b_c.be",
     "a" * 65 + "@b.be", "a@" + "b." * 130 + "be", "a@[127.0.0.1]"],
)  # fmt: skip
def test_what_is_no_address_is_refused(app, typed):
    with app.app_context(), pytest.raises(BadPerson, match="adresse complète"):
        tidy_email(typed)


@pytest.mark.parametrize("sign", ["\r\n", "\n", "\x0b", "\x0c", "\x1e", "\x85", "\u2028", "\u2029", "\x00"])
def test_no_line_ends_in_a_name_or_an_address(app, sign):
    assert tidy_name(f"Nadia{sign}Bcc: x").splitlines() == [tidy_name(f"Nadia{sign}Bcc: x")]
    assert "\x00" not in tidy_name(f"Nadia{sign}B")
    assert tidy_email(f"nadia@passerelle.example{sign}") == NADIA


def test_a_name_is_not_turned_around():
    assert tidy_name("Na\u202edia  \u2066Ben\tsaïd") == "Nadia Ben saïd"
    assert tidy_name("نادية بن سعيد") == "نادية بن سعيد"
    for bad in ("", " \u200b ", "x" * 121):
        with pytest.raises(BadPerson):
            tidy_name(bad)


# ---- the page


def test_everybody_is_listed_with_what_they_do(demo_app, client_of):
    page = client_of("coordination").get("/people")
    assert "9 personnes sont connues ici" in page.text
    for words in ("Nadia Bensaïd", NADIA, "Lit pour le comité", "Maison de quartier La Passerelle"):
        assert words in page.text


def test_the_list_takes_as_many_queries_for_many(demo_app, client_of):
    client, counts = client_of("coordination"), []
    client.get("/people")
    for more in (1, 2, 47):
        with demo_app.app_context(), writing():
            for n in range(more):
                someone = people.invited(f"P{more} {n}", f"p{more}.{n}@example.org", ["reader", "companion"])
                access.invite(someone, by_email(SAMIRA))
        with statements(demo_app) as seen:
            assert client.get("/people").status_code == 200
        counts.append(len([s for s in seen if s.startswith("SELECT")]))
    assert counts[0] == counts[1] == counts[2]


@pytest.mark.parametrize("role", ["contributor", "companion", "reader", "committee", "chair", "outsider"])
def test_only_the_office_sees_people(client_of, role):
    client = client_of(role)
    assert client.get("/people").status_code == 403
    assert "/people" not in client.get("/").text


def test_an_invitation_from_page_to_table(demo_app, client_of, smtp):
    from blueprints import jobs

    office = client_of("coordination")
    answer = invite(office, organisation="Habitants")
    assert answer.status_code == 303
    page = office.get(answer.location)
    assert "L’invitation de Zoé Lambrecht est prête" in page.text
    shown = shown_link(page)
    # The link is shown once, and then nowhere.
    assert office.get("/people/invited").location == "/people"
    assert "invited" not in held(office)
    assert "Invitation envoyée" in office.get("/people").text

    demo_app.config.update(MAIL_SERVER=smtp.host, MAIL_PORT=smtp.port)
    with demo_app.app_context():
        jobs.sweep()
    [delivered] = smtp.messages
    assert delivered.recipients == [ZOE]
    assert "Samira Haddad vous invite" in delivered.message["Subject"]
    path = path_in(delivered.text)
    assert path != shown

    zoe = demo_app.test_client()
    page = zoe.get(path)
    assert "Bienvenue à la table" in page.text
    assert zoe.submit(page, {"name": "Zoé L."}).status_code == 303
    assert "Bonjour Zoé L." in zoe.get("/").text
    with demo_app.app_context():
        who = by_email(ZOE)
        assert (who.active, who.role_names, who.organisation) == (True, {"reader"}, "Habitants")
    for used in (path, shown):
        assert demo_app.test_client().get(used).status_code == 410
    assert "Invitation envoyée" not in office.get("/people").text


def test_an_invitation_may_be_answered_without_a_name(demo_app, client_of):
    office = client_of("coordination")
    path = shown_link(office.get(invite(office).location))
    zoe = demo_app.test_client()
    assert zoe.submit(zoe.get(path), {"name": None}).status_code == 303
    with demo_app.app_context():
        assert by_email(ZOE).name == "Zoé Lambrecht"


def test_a_bad_name_spends_no_invitation(demo_app, client_of):
    office = client_of("coordination")
    path = shown_link(office.get(invite(office).location))
    zoe = demo_app.test_client()
    answer = zoe.submit(zoe.get(path), {"name": " \u202e "})
    assert answer.status_code == 422
    assert "Écrivez un nom" in answer.text
    assert zoe.submit(answer, {"name": "Zoé"}).status_code == 303


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"name": ""}, "Écrivez un nom"), ({"email": "zoe"}, "Écrivez une adresse complète"),
        ({"roles": []}, "Cochez au moins un rôle"), ({"organisation": "x" * 201}, "200 signes au plus"),
        ({"email": NADIA.upper()}, "Nadia Bensaïd entre déjà avec cette adresse"),
    ],
)  # fmt: skip
def test_what_cannot_be_invited_is_said_beside_its_field(demo_app, client_of, values, said):
    office = client_of("administration")
    answer = invite(office, **values)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    if "name" not in values:
        assert "Zoé Lambrecht" in answer.text
    with demo_app.app_context():
        assert db.session.scalars(select(Mail)).all() == []
        assert by_email(ZOE) is None


def post(client, path: str, **values):
    """A post that no form of ours offers."""
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]
    return client.post(path, data={"csrf_token": token, **values})


def test_an_unknown_role_is_refused(demo_app, client_of):
    answer = post(client_of("administration"), "/people", name="Z", email=ZOE, roles=["reader", "emperor"])
    assert answer.status_code == 422
    assert "n’existe pas" in answer.text
    with demo_app.app_context():
        assert by_email(ZOE) is None


def test_nobody_lifts_a_second_address_above_themselves(demo_app, client_of):
    office, admin = client_of("coordination"), client_of("administration")
    assert 'value="administration"' not in office.get("/people").text
    assert 'value="administration"' in admin.get("/people").text
    assert post(office, "/people", name="Z", email=ZOE, roles=["administration"]).status_code == 403
    with demo_app.app_context():
        assert by_email(ZOE) is None
    invite(admin, roles=["administration"])
    zoe = person_id(demo_app, ZOE)
    # The link that would be sent again opens an account with that role.
    assert post(office, f"/people/{zoe}/invite").status_code == 403
    assert post(office, "/people", name="Z", email=ZOE, roles=["reader"]).status_code == 403
    assert post(office, f"/people/{zoe}", roles=["reader"]).status_code == 403
    assert post(admin, f"/people/{zoe}/invite").status_code == 303


def test_sending_again_and_withdrawing(demo_app, client_of):
    office = client_of("coordination")
    first = shown_link(office.get(invite(office).location))
    zoe = person_id(demo_app, ZOE)
    page = office.get("/people")
    second = shown_link(office.get(office.submit(page, form=f"/people/{zoe}/invite").location))
    stranger = demo_app.test_client()
    assert stranger.get(first).status_code == 410
    assert stranger.get(second).status_code == 200
    office.submit(office.get("/people"), form=f"/people/{zoe}/withdraw")
    answer = stranger.get(second)
    assert answer.status_code == 410
    assert "Ce lien a été retiré" in answer.text
    assert "Demander une autre invitation" not in answer.text
    page = office.get("/people")
    assert "L’invitation de Zoé Lambrecht est retirée" in page.text
    assert "Invitation retirée" in page.text
    with demo_app.app_context():
        acts = [e.act for e in db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == zoe))]
    assert acts == ["person.invited", "person.invited", "person.invitation-withdrawn"]
    # What still waits to be mailed has nothing to say any more.
    with demo_app.app_context():
        from blueprints.accounts import letters

        for row in db.session.scalars(select(Mail)):
            with pytest.raises(letters.Moot):
                letters.compose(row.id)


def test_a_member_is_not_invited_again(demo_app, client_of):
    answer = post(client_of("coordination"), f"/people/{person_id(demo_app, NADIA)}/invite")
    assert answer.location == "/people"
    with demo_app.app_context():
        assert db.session.scalars(select(Mail)).all() == []


def test_an_expired_invitation_is_not_revived_by_a_sign_in_link(demo_app, client_of):
    office = client_of("coordination")
    path = shown_link(office.get(invite(office).location))
    age(demo_app, path, timedelta(days=8))
    stranger = demo_app.test_client()
    stranger.submit(stranger.get("/enter"), {"email": ZOE}, form="/enter")
    page = stranger.get(path)
    assert "Ce lien n’est plus valable" in page.text
    # The button asks whoever invited; it opens nothing.
    answer = stranger.submit(page)
    assert (answer.status_code, answer.location) == (303, path)
    assert "Votre demande est partie" in stranger.get(path).text
    with demo_app.app_context():
        waiting = [(m.to, m.template) for m in db.session.scalars(select(Mail)) if m.template != "invitation"]
        assert waiting == [(SAMIRA, "invitation_asked")]
        assert not by_email(ZOE).active
    text = mailed(demo_app, SAMIRA)[0]
    assert "L’invitation de Zoé Lambrecht a expiré avant de servir" in text
    # Whoever was asked sends another one, and that one opens.
    page = office.get(path_in(text))
    link = shown_link(office.get(office.submit(page, form=f"{path_in(text)}/invite").location))
    assert open_door(stranger, link).status_code == 303


def test_a_person_without_an_address_has_no_button(demo_app, client_of):
    with demo_app.app_context(), writing():
        paul = people.add_person("Paul", None, ["contributor"]).id
    office = client_of("coordination")
    assert f"/people/{paul}/invite" not in office.get("/people").text
    assert post(office, f"/people/{paul}/invite").location == "/people"


# ---- one person


def test_roles_change_and_rights_with_them(demo_app, client_of):
    office, nadia = client_of("coordination"), client_of("contributor")
    path = f"/people/{person_id(demo_app, NADIA)}"
    assert nadia.get("/people").status_code == 403
    answer = office.submit(office.get(path), {"roles": ["coordination"]}, form=path)
    assert answer.status_code == 303
    assert nadia.get("/people").status_code == 200
    office.submit(office.get(path), {"roles": ["companion", "reader"]}, form=path)
    assert nadia.get("/people").status_code == 403
    with demo_app.app_context():
        assert by_email(NADIA).role_names == {"companion", "reader"}
    answer = office.submit(office.get(path), {"roles": []}, form=path)
    assert "Cochez au moins un rôle" in office.get(path).text
    with demo_app.app_context():
        assert by_email(NADIA).role_names == {"companion", "reader"}


def test_nobody_changes_their_own_roles_nor_an_administrator_from_below(demo_app, client_of):
    office = client_of("coordination")
    for email in (SAMIRA, "karim@plateforme.example"):
        path = f"/people/{person_id(demo_app, email)}"
        assert "<form" not in office.get(path).text.partition("<main")[2]
        for target in (path, f"{path}/close"):
            assert post(office, target, roles=["reader"]).status_code == 403
    nadia = f"/people/{person_id(demo_app, NADIA)}"
    assert post(office, nadia, roles=["administration"]).status_code == 403
    with demo_app.app_context():
        assert by_email(SAMIRA).role_names == {"coordination"}
        assert by_email(NADIA).role_names == {"contributor"}


def test_suspending_says_what_follows_ends_every_visit_and_can_be_undone(demo_app, client_of):
    office, nadia = client_of("coordination"), client_of("contributor")
    path = f"/people/{person_id(demo_app, NADIA)}"
    assert nadia.get("/account").status_code == 200
    asked = office.get(f"{path}/close")
    for said in ("Son appareil sort à l’instant", "Sa fiche reste, avec son nom", "Ses rôles sont gardés"):
        assert said in asked.text
    assert nadia.get("/account").status_code == 200, "looking changes nothing"
    done = office.submit(asked, form=f"{path}/close")
    assert nadia.get("/account").status_code == 302
    nadia.submit(nadia.get("/enter"), {"email": NADIA}, form="/enter")
    with demo_app.app_context():
        assert db.session.scalars(select(Mail)).all() == []
        who = by_email(NADIA)
        assert (who.active, who.role_names, access.devices(who)) == (False, {"contributor"}, [])
    page = office.get(done.location)
    assert "est suspendu. Ses appareils sont sortis." in page.text.replace("\u00a0", " ")
    assert "Accès suspendu" in office.get(path).text
    # The act that takes it back stands in the message, and on the page of the person.
    assert page.text.count(f'action="{path}/reopen"') == 2
    assert office.submit(office.get(path), form=f"{path}/reopen").status_code == 303
    assert "est rouvert" in office.get(path).text
    nadia.submit(nadia.get("/enter"), {"email": NADIA}, form="/enter")
    assert open_door(nadia, path_in(mailed(demo_app, NADIA)[0])).status_code == 303
    assert nadia.get("/fiches/F-2016-002").status_code == 200
    with demo_app.app_context():
        acts = [e.act for e in db.session.scalars(select(AuditEvent).where(AuditEvent.object_id == path[8:]))]
        assert [a for a in acts if a in ("person.closed", "person.reopened")] == [
            "person.closed",
            "person.reopened",
        ]


def test_an_invitation_opens_a_suspended_account_too(demo_app, client_of):
    office, nadia = client_of("coordination"), client_of("contributor")
    path = f"/people/{person_id(demo_app, NADIA)}"
    office.submit(office.get(f"{path}/close"), form=f"{path}/close")
    link = shown_link(office.get(post(office, f"{path}/invite").location))
    assert open_door(nadia, link).status_code == 303
    with demo_app.app_context():
        assert (by_email(NADIA).active, by_email(NADIA).closed_at) == (True, None)


def test_what_was_not_suspended_is_not_reopened(demo_app, client_of):
    office = client_of("coordination")
    invite(office)
    zoe = f"/people/{person_id(demo_app, ZOE)}"
    assert post(office, f"{zoe}/reopen").status_code == 303
    assert "n’était pas suspendu" in office.get(zoe).text
    assert office.get(f"{zoe}/close").location == zoe
    with demo_app.app_context():
        assert not by_email(ZOE).active


def test_the_list_is_searched_narrowed_and_paged(demo_app, client_of):
    office = client_of("coordination")
    invite(office)
    found = office.get("/people?q=lhoést").text
    assert "Anne-Marie Lhoest" in found
    assert "Nadia Bensaïd" not in found
    assert "Zoé Lambrecht" in office.get("/people?qui=others").text
    assert "Zoé Lambrecht" not in office.get("/people?qui=members").text
    assert "Personne ne répond à ces mots" in office.get("/people?q=xyz").text
    with demo_app.app_context(), writing():
        for n in range(60):
            people.add_person(f"Voisin {n:02d}", f"voisin{n}@example.org", ["reader"])
    last = office.get("/people?page=2").text
    assert "Voisin 59" in last
    assert "Anne-Marie" not in last
    for odd in ("0", "99", "-1", "x", "²"):
        assert office.get("/people", query_string={"page": odd}).status_code == 200


# ---- the letter


def test_the_invitation_can_be_printed(demo_app, client_of):
    office = client_of("coordination")
    page = office.get(invite(office, organisation="Habitants", circle="GDT").location)
    link = shown_link(page)
    letter = page.text.partition('aria-labelledby="lettre"')[2]
    for said in (
        "Samira Haddad vous invite",
        "Zoé Lambrecht",
        "Lit pour le comité",
        "Groupe de travail",
        "Habitants",
        link,
        "<svg",
    ):
        assert said in letter, said
    assert "Groupe de travail" in mailed(demo_app, ZOE)[0]
    with demo_app.app_context():
        assert access.find_link(link.rpartition("/")[2]).circle == "GDT"
    again = office.submit(office.get("/people"), form=f"/people/{person_id(demo_app, ZOE)}/invite")
    assert "Groupe de travail" in office.get(again.location).text


def test_a_circle_that_there_is_not_is_refused(demo_app, client_of):
    office = client_of("coordination")
    answer = post(office, "/people", name="Zoé", email=ZOE, roles=["reader"], circle="XXX")
    assert answer.status_code == 422
    assert "Choisissez dans la liste" in answer.text
    with demo_app.app_context():
        assert by_email(ZOE) is None


def test_somebody_who_is_not_there_is_404(client_of):
    office = client_of("coordination")
    assert office.get("/people/nobody").status_code == 404
    for act in ("", "/invite", "/withdraw", "/close"):
        assert post(office, f"/people/nobody{act}").status_code == 404


# ---- the command


@pytest.fixture
def command(demo_app):
    def run(*arguments: str):
        return demo_app.test_cli_runner().invoke(args=["invite", *arguments])

    return run


def test_the_command_prints_the_link_and_nothing_else(demo_app, command):
    result = command(ZOE, "--role", "reader", "--role", "companion", "--name", "Zoé Lambrecht")
    assert result.exit_code == 0
    assert result.stderr == ""
    assert re.fullmatch(r"http://\S+/enter/[\w-]{43}\n", result.stdout)
    client = demo_app.test_client()
    assert open_door(client, path_in(result.stdout)).status_code == 303
    assert "Bonjour Zoé Lambrecht" in client.get("/").text
    with demo_app.app_context():
        assert by_email(ZOE).role_names == {"reader", "companion"}
        assert [m.template for m in db.session.scalars(select(Mail))] == ["invitation"]


def test_the_command_names_somebody_by_the_address(demo_app, command):
    assert command("zoe.lambrecht@habitants.example", "--role", "reader").exit_code == 0
    with demo_app.app_context():
        assert by_email("zoe.lambrecht@habitants.example").name == "zoe lambrecht"


def test_the_command_invites_again(demo_app, command):
    first = command(ZOE, "--role", "reader", "--name", "Zoé").stdout
    second = command(ZOE, "--role", "companion").stdout
    stranger = demo_app.test_client()
    assert stranger.get(path_in(first)).status_code == 410
    assert open_door(stranger, path_in(second)).status_code == 303
    with demo_app.app_context():
        assert (by_email(ZOE).name, by_email(ZOE).role_names) == ("Zoé", {"reader", "companion"})


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            (ZOE, "--role", "emperor"),
            "Le rôle «\u00a0emperor\u00a0» n’existe pas. Choisissez parmi\u00a0: contributor, companion",
        ),
        (("zoe", "--role", "reader"), "Ceci n’est pas une adresse"),
        ((NADIA.upper(), "--role", "reader"), "Nadia Bensaïd est déjà là"),
        ((ZOE, "--role", "reader", "--name", "x" * 121), "Un nom a de 1 à 120 signes"),
    ],
)
def test_the_command_refuses_with_one_sentence(demo_app, command, arguments, said):
    result = command(*arguments)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.count("\n") == 1
    with demo_app.app_context():
        assert db.session.scalars(select(Mail)).all() == []
        assert by_email(ZOE) is None
        assert len(db.session.scalars(select(Person)).all()) == 9
