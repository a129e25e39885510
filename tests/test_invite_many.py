"""Many invitations at once: what each line says, what would happen, and that nothing happens before somebody said so."""

import io

import pytest
from sqlalchemy import select

from models import access, inviting, people
from models.deliveries import Mail
from models.inviting import BadList, better_address, decoded, lines_of, plan
from models.people import Person, by_email
from models.store import db, writing
from tests.support import cast
from tests.support.doors import NADIA, SAMIRA, mailed, open_door, path_in, statements

PATH = "/people/many"
LIST = """Nom;Courriel;Organisation;Rôle
Zoé Lambrecht;zoe@habitants.example;Habitants;Lit pour le comité
Nadia;nadia@passerelle.example;;
Omar;omar@quai,example;;
Zoé encore;ZOE@habitants.example;;
Karim bis;karim2@quai.example;;Administre
Ivo;ivo@quai.example;;Empereur
;aline.petit@quai.example
"""


def fates(text: str, by: str = SAMIRA) -> list[tuple[str, str]]:
    return [(line.email, line.fate) for line in plan(text, by_email(by))]


def mails(app) -> list[str]:
    with app.app_context():
        return sorted(m.to for m in db.session.scalars(select(Mail)))


# ---- reading


@pytest.mark.parametrize("sign", [";", ",", "\t"])
def test_any_separator(sign):
    [one, two] = lines_of(
        sign.join(("Zoé", "zoe@a.example", "H")) + "\r\n" + sign.join(("Ivo", "ivo@a.example", "", "reader"))
    )
    assert (one.name, one.email, one.organisation, one.roles) == ("Zoé", "zoe@a.example", "H", [])
    assert (two.name, two.email, two.organisation, two.roles) == ("Ivo", "ivo@a.example", "", ["reader"])


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "cp1252"])
def test_either_encoding(coding):
    text = decoded("Zoé Lœwe – Noël;zoe@a.example".encode(coding))
    assert lines_of(text)[0].name == "Zoé Lœwe – Noël"


@pytest.mark.parametrize("heading", ["Courriel;Nom;Rôle", "E-MAIL;NAAM;rol", "adresse;Name;Rolle"])
def test_a_heading_names_the_columns(heading):
    [line] = lines_of(f"{heading}\nzoe@a.example;Zoé;Contribue / Lit pour le comité")
    assert (line.number, line.name, line.email, line.roles) == (
        2,
        "Zoé",
        "zoe@a.example",
        ["Contribue", "Lit pour le comité"],
    )


@pytest.mark.parametrize("text", ["zoe@a.example;Zoé", "Zoé <zoe@a.example>", "zoe@a.example"])
def test_an_address_is_found_where_it_stands(text):
    [line] = lines_of(text)
    assert line.email == "zoe@a.example"


@pytest.mark.parametrize(
    "cell", ['=HYPERLINK("http://x")', "+32", "-1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1"]
)
def test_a_formula_is_a_text_like_another(app, cell):
    with app.app_context():
        [line] = lines_of(
            f'"{cell.replace(chr(34), chr(34) * 2)}";zoe@a.example;"{cell.replace(chr(34), chr(34) * 2)}"'
        )
    assert not line.name.startswith(("=", "+", "-", "@", "\t", "|"))
    assert not line.organisation.startswith(("=", "+", "-", "@", "\t", "|"))


@pytest.mark.parametrize(
    ("typed", "better"),
    [
        ("omar@quai,example", "omar@quai.example"), ("omar @quai.example", "omar@quai.example"), ("omar(at)quai.example", "omar@quai.example"),
        ("<omar@quai.example>;", "omar@quai.example"), ("omar@quai..example", "omar@quai.example"), ("omar", ""), ("omar@quai", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_wrong_address_comes_with_a_better_one_where_there_is_one(typed, better):
    assert better_address(typed) == better


@pytest.mark.parametrize(
    ("data", "said"),
    [(b"PK\x03\x04", "tableur"), (b"a\x00b", "texte"), (b"x" * 200_001, "trop grand")],
)
def test_a_file_that_is_no_list(app, data, said):
    with app.app_context(), pytest.raises(BadList, match=said):
        decoded(data)


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "rien à lire"), (" \n;;\n", "rien à lire"), ("a;a@b.example\n" * 201, "201 lignes")],
)
def test_a_list_that_cannot_be_read(app, text, said):
    with app.app_context(), pytest.raises(BadList, match=said):
        lines_of(text)


def test_two_hundred_lines_and_a_heading_can_be_read(app):
    with app.app_context():
        assert len(lines_of("Nom;Courriel\n" + "a;a@b.example\n" * 200)) == 200
        with pytest.raises(BadList):
            lines_of("Nom;Courriel\n" + "a;a@b.example\n" * 201)


# ---- what would happen


def test_each_line_says_what_would_happen(demo_app):
    with demo_app.app_context():
        lines = plan(LIST, by_email(SAMIRA))
        assert [line.fate for line in lines] == ["new", "known", "wrong", "wrong", "wrong", "wrong", "new"]
        said = [str(line.why).replace("\u00a0", " ") for line in lines]
        for n, words in (
            (1, "entre déjà ici"),
            (2, "Vouliez-vous écrire omar@quai.example ?"),
            (3, "à la ligne 2"),
            (4, "donner ce rôle"),
            (5, "« Empereur » n’existe pas"),
        ):
            assert words in said[n]
        assert lines[6].name == "Aline Petit"
        assert lines[6].roles == ["contributor"]
        # Who administers may give that role.
        assert dict(fates(LIST, "karim@plateforme.example"))["karim2@quai.example"] == "new"


def test_who_was_invited_or_suspended_or_merged(demo_app):
    with demo_app.app_context():
        samira = by_email(SAMIRA)
        with writing():
            waiting = people.invited("Zoé", "zoe@habitants.example", ["reader"])
            access.invite(waiting, samira)
            access.close_account(by_email(NADIA), samira)
            old = people.add_person("Vieux Léon", "vieux@leon.example", ["reader"])
            old.merged_into = by_email("leon@amis-du-chemin.example").id
            people.add_person("Chef", "chef@quai.example", ["administration"])
        text = (
            "a;zoe@habitants.example\nb;nadia@passerelle.example\nc;vieux@leon.example\nd;chef@quai.example"
        )
        assert [fate for _email, fate in fates(text)] == ["again", "known", "known", "wrong"]
        said = [str(line.why) for line in plan(text, samira)]
        assert "Nadia Bensaïd a été suspendu" in said[1]
        assert "Léon Marchal" in said[2]


def test_to_look_takes_as_many_queries_for_many(demo_app, client_of):
    counts = []
    with demo_app.app_context():
        samira = by_email(SAMIRA)
        assert samira.role_names
        for many in (1, 3, 50):
            text = "\n".join(f"P {n};p{n}@quai.example" for n in range(many))
            with statements(demo_app) as seen:
                plan(text, samira)
            counts.append(len(seen))
    assert counts[0] == counts[1] == counts[2]


# ---- the page


def test_nothing_leaves_before_it_is_confirmed_and_then_once_each(demo_app, client_of):
    office = client_of("coordination")
    looked = office.submit(office.get(PATH), {"text": LIST}, form=PATH, button="Voir ce qui se passerait")
    assert looked.status_code == 200
    text = looked.text.replace("\u00a0", " ")
    assert "2 invitations partiraient." in text
    assert "Une personne est déjà là." in text
    assert "4 lignes sont à revoir" in text
    assert mails(demo_app) == []
    done = send(office, looked)
    assert (done.status_code, done.location) == (303, "/people")
    assert "2 invitations partent" in office.get("/people").text
    assert mails(demo_app) == ["aline.petit@quai.example", "zoe@habitants.example"]
    with demo_app.app_context():
        zoe = by_email("zoe@habitants.example")
        assert (zoe.name, zoe.organisation, zoe.role_names, zoe.active) == (
            "Zoé Lambrecht",
            "Habitants",
            {"reader"},
            False,
        )
        assert by_email("karim2@quai.example") is None
    stranger = demo_app.test_client()
    assert open_door(stranger, path_in(mailed(demo_app, "zoe@habitants.example")[0])).status_code == 303


def send(client, looked):
    """Press the button under the preview: the form that carries the seal."""
    from lxml import html

    form = next(f for f in html.fromstring(looked.text).forms if "seal" in f.fields)
    data = {name: value for name, value in form.form_values() if name != "act"}
    return client.post(PATH, data={**data, "act": "go"})


def test_a_list_that_would_do_something_else_by_now_is_shown_again(demo_app, client_of):
    office = client_of("coordination")
    looked = office.submit(office.get(PATH), {"text": LIST}, form=PATH, button="Voir ce qui se passerait")
    with demo_app.app_context(), writing():
        people.add_person("Zoé", "zoe@habitants.example", ["reader"], active=True)
    answer = send(office, looked)
    assert answer.status_code == 409
    assert "Quelque chose a changé entre-temps" in answer.text
    assert mails(demo_app) == []
    assert send(office, answer).status_code == 303
    assert mails(demo_app) == ["aline.petit@quai.example"]


def test_the_control_an_unsealed_list_sends_nothing(demo_app, client_of):
    office = client_of("coordination")
    page = office.get(PATH)
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    for seal in ("", "0" * 16):
        answer = office.post(PATH, data={"csrf_token": token, "act": "go", "text": LIST, "seal": seal})
        assert answer.status_code == 409
    assert mails(demo_app) == []


def test_all_or_nothing(demo_app, monkeypatch):
    """A fault in the middle leaves no invitation of the list."""
    real, calls = access.invite, []

    def invite(*values, **more):
        calls.append(values)
        if len(calls) == 2:
            raise RuntimeError
        return real(*values, **more)

    monkeypatch.setattr(access, "invite", invite)
    with demo_app.app_context():
        with pytest.raises(RuntimeError), writing():
            inviting.carry_out(plan(LIST, by_email(SAMIRA)), by_email(SAMIRA))
        assert len(calls) == 2
        assert db.session.scalars(select(Mail)).all() == []
        assert len(db.session.scalars(select(Person)).all()) == 9


def test_a_file_takes_the_place_of_the_text(demo_app, client_of):
    office = client_of("coordination")
    file = (io.BytesIO("Zoé;zoe@habitants.example".encode("cp1252")), "liste.csv")
    looked = office.submit(
        office.get(PATH),
        {"text": "Ivo;ivo@quai.example", "file": file},
        form=PATH,
        button="Voir ce qui se passerait",
    )
    assert "zoe@habitants.example" in looked.text
    assert "ivo@quai.example" not in looked.text
    assert send(office, looked).status_code == 303
    assert mails(demo_app) == ["zoe@habitants.example"]


def test_what_cannot_be_read_keeps_what_was_typed(client_of):
    office = client_of("coordination")
    text = "a;a@b.example\n" * 201
    answer = office.submit(office.get(PATH), {"text": text}, form=PATH, button="Voir ce qui se passerait")
    assert answer.status_code == 422
    assert "Envoyez-les en plusieurs fois" in answer.text
    assert answer.text.count("a@b.example") == 201
    sheet = (io.BytesIO(b"PK\x03\x04rest"), "liste.xlsx")
    answer = office.submit(
        office.get(PATH),
        {"text": "Ivo;ivo@quai.example", "file": sheet},
        form=PATH,
        button="Voir ce qui se passerait",
    )
    assert answer.status_code == 422
    assert "format CSV" in answer.text
    assert "ivo@quai.example" in answer.text


def test_a_list_with_markup_is_text(client_of):
    office = client_of("coordination")
    answer = office.submit(
        office.get(PATH),
        {"text": "<script>alert(1)</script>;zoe@habitants.example"},
        form=PATH,
        button="Voir ce qui se passerait",
    )
    assert "<script>alert" not in answer.text
    assert "&lt;script&gt;alert(1)" in answer.text


@pytest.mark.parametrize("role", sorted(set(cast.ROLES) - {"coordination", "administration"}))
def test_only_the_office_invites_many(client_of, role):
    assert client_of(role).get(PATH).status_code == 403


def test_nadia_is_who_she_was(demo_app, client_of):
    """A member in the list is neither renamed nor given a role."""
    office = client_of("coordination")
    looked = office.submit(
        office.get(PATH),
        {"text": f"Quelqu’un;{NADIA};;Coordonne\nZoé;zoe@quai.example"},
        form=PATH,
        button="Voir ce qui se passerait",
    )
    assert send(office, looked).status_code == 303
    with demo_app.app_context():
        assert (by_email(NADIA).name, by_email(NADIA).role_names) == ("Nadia Bensaïd", {"contributor"})
