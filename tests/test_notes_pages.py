"""Notes and files over HTTP with the cast: written, previewed, merged, compared, restored, taken along; who learns nothing."""

import io
import re
from uuid import uuid4

import pytest
from flask_babel import force_locale
from lxml import html as parser
from sqlalchemy import select

from blueprints.notes import choosing
from blueprints.notes.comparing import hunks
from models import note_writing, weaving
from models.circles import circle_by_code
from models.note_writing import LONGEST
from models.notes import Note, NoteRevision
from models.store import db, now, writing
from tests.support.notes import PDF, office

JSON = {"Accept": "application/json"}
HERE = "/groups/GT-PLA/notes"
FIC = "/groups/GT-FIC"


def of(app, code: str, model=Note):
    """The first of a group, with what its pages say."""
    with app.app_context():
        row = db.session.scalars(select(model).where(model.circle_id == circle_by_code(code).id)).first()
        db.session.expunge_all()
        return row


def last(app, note_id: str) -> NoteRevision:
    with app.app_context():
        return db.session.scalars(
            select(NoteRevision).where(NoteRevision.note_id == note_id).order_by(NoteRevision.rev.desc())
        ).first()


def token_of(client) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get("/account").text)[1]


def begun(app, client, title="Repas", body="- pain\n- café") -> str:
    """The path of a new note."""
    answer = client.submit(client.get(f"{HERE}/new"), {"title": title, "body": body})
    assert answer.status_code == 303
    return answer.location


def test_two_write_one_note_without_scripts_and_both_read_both(demo_app, client_of):
    els, nadia, chair = client_of("group_member"), client_of("contributor"), client_of("chair")
    path = begun(demo_app, els, body="Le matin.\n\nLe soir.")
    page_of_els, page_of_nadia = els.get(f"{path}/edit"), nadia.get(f"{path}/edit")
    first = els.submit(page_of_els, {"body": "Le matin, au canal.\n\nLe soir."})
    assert first.location == path
    second = nadia.submit(
        page_of_nadia, {"body": "Le matin, à la gare.\n\nLe soir, tous.", "words": "Le soir"}
    )
    assert second.location == f"{path}?merged=3"
    told = nadia.get(second.location)
    for words in (
        "Deux textes se sont rejoints",
        "Pendant que vous écriviez",
        "Un passage est en deux versions",
        "au canal",
        "à la gare",
        "Le soir, tous.",
    ):
        assert words in told.text
    assert "<ins>" in told.text
    for reader in (els, chair):
        text = reader.get(path).text
        assert "au canal" in text
        assert "à la gare" in text
        assert "Deux textes se sont rejoints" not in text
    again = chair.submit(
        chair.get(f"{path}/edit"), {"body": "Le matin, de la gare au canal.\n\nLe soir, tous."}, button="Garder la note"
    )  # fmt: skip
    assert "en deux versions" not in chair.get(again.location).text
    history = nadia.get(f"{path}/history").text
    assert history.count("<li>") >= 4
    assert "Le soir" in history
    compared = nadia.get(f"{path}/compare?from=3&to=4").text
    assert "[ajouté]" in compared
    assert "[retiré]" in compared
    old = nadia.get(f"{path}?rev=1")
    restored = nadia.submit(old, {}, button="Reprendre cette version")
    assert (restored.status_code, last(demo_app, path.rpartition("/")[2]).body) == (
        303,
        "Le matin.\n\nLe soir.",
    )


def test_a_preview_keeps_nothing_and_every_word(demo_app, client_of):
    els = client_of("group_member")
    path = begun(demo_app, els)
    shown = els.submit(
        els.get(f"{path}/edit"),
        {"title": "Repas du **soir**", "body": "Du **pain**.\n\n<script>x</script>"},
        button="Aperçu",
    )
    assert shown.status_code == 200
    assert "<strong>pain</strong>" in shown.text
    assert "<script>x" not in shown.text
    assert "&lt;script&gt;x&lt;/script&gt;" in shown.text
    assert last(demo_app, path.rpartition("/")[2]).rev == 1
    kept = els.submit(shown, {}, button="Garder la note")
    assert (kept.status_code, last(demo_app, path.rpartition("/")[2]).title) == (303, "Repas du **soir**")


def test_a_text_that_is_too_long_comes_back_whole(demo_app, client_of):
    els = client_of("group_member")
    long = "mot " * (LONGEST // 4 + 1)
    answer = els.submit(els.get(f"{HERE}/new"), {"title": "Long", "body": long})
    assert answer.status_code == 422
    assert "Faites-en deux notes." in answer.text
    assert long.strip() in answer.text
    assert 'aria-invalid="true"' in answer.text


def test_a_device_that_sends_late_is_answered_in_its_way(demo_app, client_of):
    els, nadia = client_of("group_member"), client_of("contributor")
    token, op, doc = token_of(els), str(uuid4()), str(uuid4())
    said = {
        "csrf_token": token,
        "op_id": doc,
        "base": "",
        "schema_version": "1",
        "title": "Du train",
        "body": "Un.",
        "begun_at": "2026-11-20T08:00:00.000Z",
    }

    def post(path: str, client=els, **more):
        return client.post(path, data={**said, **more}, headers=JSON)

    made = post(f"{HERE}/new")
    assert (made.status_code, made.json["id"], made.json["op_id"], made.json["url"]) == (
        201,
        doc,
        doc,
        f"{HERE}/{doc}",
    )
    again = post(f"{HERE}/new")
    assert (again.status_code, again.json["rev"], again.headers["Idempotent-Replayed"]) == (200, 1, "true")
    nadia.submit(nadia.get(f"{HERE}/{doc}/edit"), {"body": "Un, par Nadia."})
    edited = post(f"{HERE}/{doc}/edit", op_id=op, base=f"op:{doc}", body="Un, par Els.")
    assert (edited.status_code, edited.json["merged"], edited.json["clashes"]) == (201, True, 1)
    assert edited.json["url"] == f"{HERE}/{doc}?merged=3"
    wrong = post(f"{HERE}/{doc}/edit", op_id=op, body="Autre.")
    assert (wrong.status_code, wrong.json) == (422, {"error": "op_reused", "op_id": op})
    bad = post(f"{HERE}/{doc}/edit", op_id=str(uuid4()), title="")
    assert (bad.status_code, list(bad.json["errors"])) == (422, ["title"])
    assert post(f"{HERE}/{doc}/edit", op_id="x").status_code == 422
    assert post(f"{HERE}/{doc}/edit", op_id=str(uuid4()), schema_version="0").status_code == 426
    absent = str(uuid4())
    assert post(f"{HERE}/{absent}/edit", op_id=absent).status_code == 404
    assert "Els" in els.get(f"{HERE}/{doc}/history").text
    copy = els.get(f"{HERE}/{doc}/text").json
    assert (copy["rev"], copy["parts"]["note"][0], copy["page"]) == (
        3,
        ["title", "Du train"],
        f"/outbox/note#GT-PLA/{doc}",
    )
    mine = els.get("/session?mine=1").json["notes"]
    assert mine[0] == [doc, 3, f"{HERE}/{doc}/text"]
    assert all(FIC not in url for _id, _rev, url in mine)


def test_a_first_text_that_comes_again_once_its_note_was_swept_is_told_that_it_is_not_there(
    demo_app, client_of
):
    els, doc = client_of("group_member"), str(uuid4())
    said = {"csrf_token": token_of(els), "op_id": doc, "base": "", "schema_version": "1", "title": "Balayée", "body": "Un."}  # fmt: skip
    assert els.post(f"{HERE}/new", data=said, headers=JSON).status_code == 201
    with demo_app.app_context():
        with writing():
            row = db.session.get_one(Note, doc)
            note_writing.remove(row, row.changer)
        with writing():
            assert note_writing.sweep(now()) == 1
    again = els.post(f"{HERE}/new", data=said, headers=JSON)
    assert (again.status_code, again.json["op_id"]) == (404, doc), (
        "an answer of ours, which a device believes"
    )


def test_the_number_of_a_version_stands_in_the_name_of_the_longest_file(demo_app, client_of):
    els = client_of("group_member")
    made = els.submit(
        els.get("/groups/GT-PLA/files/new"), {"title": "mot " * 49, "file": (io.BytesIO(PDF), "a.pdf")}
    )
    path = made.location
    els.submit(els.get(path), {"file": (io.BytesIO(PDF + b"2"), "b.pdf")}, form="/versions")
    for rev in (1, 2):
        name = els.get(f"{path}/versions/{rev}").headers["Content-Disposition"]
        assert name.replace("%20", " ").strip('"').endswith(f"mot v{rev}.pdf")


def test_taken_away_asked_first_and_brought_back(demo_app, client_of):
    els, outsider = client_of("group_member"), client_of("outsider")
    path = begun(demo_app, els, "À retirer")
    late = els.get(f"{path}/edit")
    assert outsider.get(path).status_code == 200, "an open group is read by all members"
    assert outsider.get(f"{path}/edit").status_code == 403
    gone = els.submit(els.get(f"{path}/remove"), {}, button="Retirer la note", follow_redirects=True)
    assert "La remettre" in gone.text
    assert outsider.get(path).status_code == 404
    assert path not in outsider.get(HERE).text
    kept = els.submit(late, {"body": "Écrit quand même."}, follow_redirects=True)
    assert "Votre texte y est gardé" in kept.text
    assert els.submit(kept, {}, button="Remettre la note").status_code == 303
    assert "Écrit quand même." in outsider.get(path).text


def two_versions(app, els, nadia) -> str:
    """The path of a note of which two passages stand in two versions."""
    path = begun(app, els, body="Le **matin**.\n\nAvec *qui*.\n\nLe soir.")
    pages = [one.get(f"{path}/edit") for one in (els, nadia)]
    els.submit(pages[0], {"body": "Le matin, au **canal**.\n\nAvec *qui*.\n\nLe soir, <b>on mange</b>."})
    nadia.submit(pages[1], {"body": "Le matin, à la **gare**.\n\nAvec *qui*.\n\nLe soir, on danse."})
    return path


def cards(page) -> list[str]:
    """What each version reads, without its words for screen readers."""
    return [" ".join(one.text_content().split()) for one in parser.fromstring(page.text).iter("div") if one.get("class") == "written"]  # fmt: skip


def typed_in(page) -> str:
    return parser.fromstring(page.text).xpath("//textarea[@name='body']")[0].text.removeprefix("\n")


def press(client, page, which: str, nth: int):
    """Press the button of the nth version, as a browser without scripts does."""
    values = parser.fromstring(page.text).xpath(
        f"//button[@name='act'][starts-with(@value, '{which}:')]/@value"
    )
    form = parser.fromstring(page.text).xpath("//form[@data-local]")[0]
    fields = {name: value for name, value in form.form_values() if name != "act"}
    return client.post(form.get("action"), data={**fields, "body": typed_in(page), "act": values[nth]})


def test_two_versions_are_read_and_one_is_chosen_without_scripts(demo_app, client_of):
    els, nadia = client_of("group_member"), client_of("contributor")
    path = two_versions(demo_app, els, nadia)
    note_id = path.rpartition("/")[2]
    page = els.get(f"{path}/edit")
    assert "2 passages sont en deux versions" in page.text
    assert cards(page) == ["Le matin, au canal.", "Le matin, à la gare.", "Le soir, <b>on mange</b>.", "Le soir, on danse."]  # fmt: skip
    assert "<strong>canal</strong>" in page.text
    assert "<b>on mange" not in page.text
    before = last(demo_app, note_id).rev

    one = press(els, page, "two", 0)
    assert one.status_code == 200
    assert "Un passage est en deux versions" in one.text
    assert typed_in(one).startswith("Le matin, à la **gare**.\n\nAvec *qui*.\n\n> **Version 1/2")
    both = press(els, one, "both", 0)
    assert (
        typed_in(both)
        == "Le matin, à la **gare**.\n\nAvec *qui*.\n\nLe soir, <b>on mange</b>.\n\nLe soir, on danse."
    )
    assert "Aperçu, pas encore gardé" in both.text
    assert last(demo_app, note_id).rev == before, "a choice keeps nothing"
    assert els.submit(both, {}, button="Garder la note").status_code == 303
    assert "en deux versions" not in els.get(path).text
    assert last(demo_app, note_id).twice == 0


def test_a_choice_about_a_passage_that_is_another_one_by_now_replaces_nothing(demo_app, client_of):
    els = client_of("group_member")
    path = two_versions(demo_app, els, client_of("contributor"))
    page = els.get(f"{path}/edit")
    changed = typed_in(page).replace("au **canal**", "au parc")
    answer = els.post(
        f"{path}/edit",
        data={"csrf_token": token_of(els), "title": "Repas", "body": changed, "act": press_value(page)},
    )
    assert "Rien n’est remplacé. Voici ce qui reste à choisir." in answer.text
    assert typed_in(answer) == changed
    # Lines that somebody took away by hand are told of in words.
    torn = changed.replace("> **Fin des deux versions**", "", 1)
    answer = els.post(
        f"{path}/edit", data={"csrf_token": token_of(els), "title": "Repas", "body": torn, "act": "two:"}
    )
    assert "Cherchez les lignes" in answer.text
    assert len(cards(answer)) == 2
    assert typed_in(answer) == torn


def press_value(page) -> str:
    return parser.fromstring(page.text).xpath("//button[starts-with(@value, 'one:')]/@value")[0]


def test_a_passage_that_one_took_away_goes_where_that_is_kept(demo_app, client_of):
    els, nadia = client_of("group_member"), client_of("contributor")
    path = begun(demo_app, els, body="Un.\n\nDeux.\n\nTrois.")
    pages = [one.get(f"{path}/edit") for one in (els, nadia)]
    els.submit(pages[0], {"body": "Un.\n\nTrois."})
    nadia.submit(pages[1], {"body": "Un.\n\nDeux, et demi.\n\nTrois."})
    with demo_app.app_context():
        body = db.session.get(Note, path.rpartition("/")[2]).body
    assert "*(ce passage a été enlevé)*" in body
    page = els.get(f"{path}/edit")
    assert cards(page) == ["Ce passage a été enlevé.", "Deux, et demi."]
    assert 'value="both:' not in page.text
    assert typed_in(press(els, page, "one", 0)) == "Un.\n\nTrois."


def test_what_was_written_in_any_language_is_chosen_from(demo_app):
    with demo_app.test_request_context():
        for language in ("fr", "nl", "de", "en"):
            with force_locale(language):
                heads = [weaving.head(str(note_writing.VERSION), n, "Els, 3 mei 2016") for n in (1, 2)]
                ends = weaving.end(str(note_writing.END))
                text = "\n".join(weaving.both([str(note_writing.GONE)], ["Un."], (*heads, ends)))
            [passage] = choosing.passages(text)
            one, two = passage.versions
            assert (one.name, one.when, one.text, two.text) == ("Els", "3 mei 2016", "", "<p>Un.</p>\n")
            assert choosing.chosen(text, one.act).strip() == ""
            assert choosing.chosen(text, two.act).strip() == "Un."
            assert choosing.chosen(text, f"three{one.act[3:]}") is None


def test_files_from_one_version_to_the_next(demo_app, client_of):
    els, outsider = client_of("group_member"), client_of("outsider")
    new = els.get("/groups/GT-PLA/files/new")
    bad = els.submit(
        new, {"title": "Budget", "about": "Nos comptes", "file": (io.BytesIO(b"MZ\x90"), "virus.exe")}
    )
    assert bad.status_code == 422
    assert "Nous ne gardons pas ce genre de fichier." in bad.text
    assert "Nos comptes" in bad.text
    made = els.submit(
        new, {"title": "Budget 2016/2017", "file": (io.BytesIO(office("ods")), "Budget 2016.ods")}
    )
    assert made.status_code == 303
    path = made.location
    more = els.submit(
        els.get(path), {"file": (io.BytesIO(PDF), "../budget.pdf"), "words": "En PDF"}, form="/versions"
    )
    assert more.location == path
    page = outsider.get(path).text
    assert "En PDF" in page
    assert "Nouvelle version" not in page
    for rev, data, kind in ((1, office("ods"), "opendocument.spreadsheet"), (2, PDF, "application/pdf")):
        answer = outsider.get(f"{path}/versions/{rev}")
        assert (answer.status_code, len(answer.data)) == (200, len(data))
        assert kind in answer.headers["Content-Type"]
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert f"Budget 2016-2017 v{rev}" in answer.headers["Content-Disposition"].replace("%20", " ")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]
    assert outsider.get(f"{path}/versions/3").status_code == 404
    gone = els.submit(els.get(f"{path}/remove"), {}, button="Retirer le fichier", follow_redirects=True)
    assert "Le remettre" in gone.text
    assert outsider.get(f"{path}/versions/1").status_code == 404
    assert els.submit(els.get(path), {}, button="Remettre le fichier").status_code == 303
    assert outsider.get(f"{path}/versions/1").status_code == 200


def test_a_closed_group_shows_nothing_from_outside_and_nothing_under_another_name(demo_app, client_of):
    secret, bart, els = of(demo_app, "GT-FIC"), client_of("reader"), client_of("group_member")
    made = bart.submit(
        bart.get(f"{FIC}/files/new"), {"title": "Impressions secrètes", "file": (io.BytesIO(PDF), "x.pdf")}
    )
    file_path = made.location
    bart.submit(bart.get(f"{FIC}/notes/{secret.id}/edit"), {"body": "zzsecretkwx"})
    paths = [f"{FIC}/notes", f"{FIC}/files", f"{FIC}/notes/new", f"{FIC}/files/new"]
    paths += [
        f"{FIC}/notes/{secret.id}{more}"
        for more in (
            "",
            "/edit",
            "/history",
            "/compare",
            "/compare?from=1&to=2",
            "/text",
            "?rev=1",
            "?merged=1",
        )
    ]
    paths += [f"{file_path}{more}" for more in ("", "/versions/1", "/remove")]
    for path in paths:
        assert bart.get(path).status_code in (200, 302), path
        assert els.get(path).status_code == 404, path
        elsewhere = path.replace("GT-FIC", "GT-PLA")
        if secret.id in path or made.location.rpartition("/")[2] in path:
            for client in (bart, els):
                assert client.get(elsewhere).status_code == 404, elsewhere
    token = token_of(els)
    for path in (
        f"{FIC}/notes/new",
        f"{FIC}/notes/{secret.id}/edit",
        f"{FIC}/notes/{secret.id}/restore",
        f"{file_path}/versions",
        f"{HERE}/{secret.id}/edit",
    ):
        assert (
            els.post(path, data={"csrf_token": token, "title": "x", "body": "x", "rev": "1"}).status_code
            == 404
        ), path
    for q in ("zzsecretkwx", "relire", "Impressions"):
        assert "Rien avec" in els.get(f"/groups/search?q={q}").text
        assert "Rien avec" in els.get(f"{HERE}?q={q}").text
    assert "zzsecretkwx" in bart.get("/groups/search?q=zzsecret").text
    assert secret.title not in els.get("/groups/search?q=fiches").text
    assert "/GT-FIC/" not in str(els.get("/session?mine=1").json)
    assert FIC in str(bart.get("/session?mine=1").json)


def test_pages_of_lists_ask_the_same_however_much_there_is(demo_app, client_of):
    from tests.support.doors import statements

    els = client_of("group_member")

    def asked(path: str) -> int:
        with statements(demo_app) as seen:
            assert els.get(path).status_code == 200
        return len(seen)

    paths = (HERE, f"{HERE}?q=repas", "/groups/search?q=repas")
    begun(demo_app, els, "Repas 0")
    els.get(HERE)
    few = [asked(path) for path in paths]
    for n in range(12):
        begun(demo_app, els, f"Repas {n}")
    assert [asked(path) for path in paths] == few


# ---- what differs


def text_of(pieces, kind: str) -> list[str]:
    return [text for k, text in pieces if k == kind and text.strip()]


def test_what_differs_is_shown_by_words_with_a_little_around():
    before = "\n".join(f"ligne {n}" for n in range(30))
    after = before.replace("ligne 5", "ligne cinq, enfin").replace("ligne 25\n", "")
    first, second = hunks(before, after)
    assert text_of(first, "del") == ["5"]
    assert text_of(first, "ins") == ["cinq, enfin"]
    assert text_of(second, "del") == ["ligne 25"]
    assert "ligne 12" not in "".join(text for _k, text in [*first, *second])
    for pieces, whole in ((first, before), (second, before)):
        assert "".join(t for k, t in pieces if k != "ins").strip() in whole


@pytest.mark.parametrize("text", ["", "un", "un\n\ndeux", "é\n" * 3000])
def test_nothing_differs_from_itself(text):
    assert hunks(text, text) == []
