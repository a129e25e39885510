"""What a device sends late, beside what tests/test_endpoint.py asks of the one endpoint: pictures ahead of their
answers, clashes that wait on the server, answers that say which operation they answer, the fiche as a device keeps it."""

import hashlib
import io
import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from adapters import storage
from blueprints import fragments
from models.access import Device, note_held
from models.attachments import Attachment, ReceivedFile, attached
from models.editions import Call
from models.fiche import questions
from models.fiche.content import get, normal
from models.fiche.fiche import FicheAuthor, find, revisions
from models.fiche.journal import HeldEdit, Operation
from models.fiche.posting import Posted
from models.fiche.saving import Op, save
from models.store import db, new_id, now, writing
from tests.support import cast
from tests.support.endpoint import (
    complete_fields,
    content_of,
    elsewhere,
    rev_of,
    send,
    stored,
    token,
)  # fmt: skip

IMAGE = "gouvernance.schema.image"


@pytest.fixture(autouse=True)
def fresh_pieces():
    fragments.forget()
    yield
    fragments.forget()


@pytest.fixture
def nadia(client_of):
    return client_of("contributor")


@pytest.fixture
def els(client_of):
    return client_of("group_member")


@pytest.fixture
def ref(demo_app) -> str:
    """A draft of Nadia and Els with a title, at revision 1."""
    with demo_app.app_context():
        op = Op(new_id(), "", Posted({"titre": "Le chemin"}), late=True)
        done = save(None, cast.person("contributor"), op)
        with writing():
            db.session.add(FicheAuthor(fiche_id=done.receipt["id"], person_id=cast.person("group_member").id))
        return done.receipt["id"]


def photo(colour: str = "teal", form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, form)
    return out.getvalue()


def name_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def put(client, data: bytes, name: str | None = None, **headers):
    given = {"X-CSRFToken": token(client), "Accept": "application/json", **headers}
    return client.put(f"/files/{name or name_of(data)}", data=data, headers=given)


def with_picture(digest: str, **more: str) -> dict[str, str]:
    return {"op_id": str(uuid4()), "base": "rev:1", "field": IMAGE, IMAGE: digest, **more}


def files(app) -> Path:
    return Path(app.config["INSTANCE"]) / "files"


# Pictures ahead of their answers.


def test_a_picture_comes_first_and_its_answers_name_it_by_what_was_posted(demo_app, nadia, ref):
    data = photo()
    missing = send(nadia, f"/fiches/{ref}", with_picture(name_of(data)))
    assert (missing.status_code, missing.json["files"]) == (
        424,
        [name_of(data)],
    )  # control: not before it is here
    first = put(nadia, data)
    assert (first.status_code, first.json["sha256"]) == (201, name_of(data))
    assert first.json["stored"] != name_of(data)
    again = put(nadia, data)
    assert (again.status_code, again.json) == (200, first.json)
    fields = with_picture(name_of(data))
    saved = send(nadia, f"/fiches/{ref}", fields)
    assert saved.status_code == 201
    assert get(content_of(demo_app, ref), IMAGE) == first.json["stored"]
    shown = nadia.get(f"/fiches/{ref}/pictures/{first.json['stored']}")
    assert (shown.status_code, shown.mimetype) == (200, "image/png")
    replay = send(
        nadia, f"/fiches/{ref}", fields
    )  # the same operation, though it names another digest than is stored
    assert (replay.status_code, replay.json) == (200, saved.json)
    assert rev_of(demo_app, ref) == 2
    with demo_app.app_context():
        (row,) = db.session.scalars(select(ReceivedFile))
        facts = attached("fiche", ref, row.sha256)
        assert (facts.media_type, facts.width, facts.height) == ("image/png", 64, 48)
        assert facts.size == row.size == len(storage.read(files(demo_app), row.sha256))


def test_a_picture_in_an_item_too(demo_app, nadia, ref):
    data = photo("maroon", "PNG")
    stored_as = put(nadia, data).json["stored"]
    fields = MultiDict([("base", "rev:1"), ("field", "photos"), ("photos", "p1"), ("photos.p1.fichier", name_of(data)),
                        ("photos.p1.legende", name_of(data))])  # fmt: skip
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 201
    (item,) = get(content_of(demo_app, ref), "photos")
    assert item["fichier"] == stored_as
    assert item["legende"] == name_of(data)  # a text that looks like a digest stays a text


def test_the_same_photo_twice_is_one_file(demo_app, nadia):
    data = photo()
    assert put(nadia, data).json["stored"] == put(nadia, data).json["stored"]
    with demo_app.app_context():
        assert len(list(db.session.scalars(select(ReceivedFile)))) == 1


def test_what_somebody_else_sent_names_nothing(demo_app, nadia, els, ref):
    data = photo()
    kept_as = put(els, data).json["stored"]
    before = stored(demo_app)
    for digest in (name_of(data), kept_as):
        refused = send(nadia, f"/fiches/{ref}", with_picture(digest))
        assert (refused.status_code, refused.json["files"]) == (424, [digest])
    assert stored(demo_app) == before
    assert send(els, f"/fiches/{ref}", with_picture(name_of(data))).status_code == 201
    assert put(nadia, data).status_code == 201  # sent by herself it is hers too


@pytest.mark.parametrize(
    ("data", "name", "status", "error"),
    [
        (b"", None, 400, "wrong_digest"), (b"", "ab" * 32, 400, "wrong_digest"), (photo(), "ab" * 32, 400, "wrong_digest"),
        (photo()[:200], name_of(photo()), 400, "wrong_digest"), (b"%PDF-1.4", None, 415, "not_a_picture"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 40, None, 415, "not_a_picture"), (photo()[:200], None, 415, "not_a_picture"),
        (b"\xff" * 15_000_001, None, 413, None), (photo(), "nothing", 400, "wrong_digest"),
    ],
)  # fmt: skip
def test_a_picture_that_is_refused_leaves_nothing_and_says_what_to_do(
    demo_app, nadia, data, name, status, error
):
    wanted = name or name_of(data)
    before = sorted(files(demo_app).rglob("*"))
    refused = put(nadia, data, name)
    assert (refused.status_code, refused.mimetype) == (status, "application/json")
    assert refused.json.get("sha256") == (wanted if len(wanted) == 64 else refused.json.get("sha256"))
    if error:
        assert refused.json["error"] == error
        assert refused.json["sentence"].endswith(".")
    if b"heic" in data:
        assert "HEIC" in refused.json["sentence"]
        assert "JPEG" in refused.json["sentence"]
    with demo_app.app_context():
        assert db.session.scalars(select(ReceivedFile)).all() == []
    assert sorted(files(demo_app).rglob("*")) == before


def test_no_room_for_a_picture(demo_app, nadia, monkeypatch):
    def full(*_args):
        raise storage.NoRoom(28, "full")

    monkeypatch.setattr(storage, "keep", full)
    refused = put(nadia, photo())
    assert (refused.status_code, refused.json["error"]) == (507, "no_room")
    assert "texte part" in refused.json["sentence"]
    monkeypatch.undo()
    assert put(nadia, photo()).status_code == 201


def test_a_picture_is_taken_from_nobody_and_under_no_other_name(demo_app, nadia, els):
    data, name = photo(), name_of(photo())
    stranger = demo_app.test_client().put(f"/files/{name}", data=data, headers={"Accept": "application/json"})
    assert (stranger.status_code, stranger.json["sha256"]) == (401, name)
    stale = nadia.put(f"/files/{name}", data=data, headers={"Accept": "application/json"})
    assert (stale.status_code, stale.json["error"], stale.json["sha256"]) == (403, "csrf_stale", name)
    with demo_app.app_context():
        author = cast.person("contributor").id
    wrong = put(els, data, **{"X-Author": author})
    assert (wrong.status_code, wrong.json["error"]) == (409, "wrong_user")
    with demo_app.app_context():
        assert db.session.scalars(select(ReceivedFile)).all() == []
    assert put(nadia, data, **{"X-Author": author}).status_code == 201


def test_too_many_pictures_in_a_row_wait_and_are_told_how_long(nadia, els):
    given = {"X-CSRFToken": token(nadia), "Accept": "application/json"}
    said = [nadia.put(f"/files/{'ab' * 32}", data=b"", headers=given) for _ in range(241)]
    assert {answer.status_code for answer in said[:-1]} == {400}
    assert (said[-1].status_code, said[-1].json["sha256"]) == (429, "ab" * 32)
    assert int(said[-1].headers["Retry-After"]) > 0
    assert put(els, photo()).status_code == 201  # somebody else does not wait


def test_a_picture_whose_file_was_lost_is_taken_again(demo_app, nadia):
    kept_as = put(nadia, photo()).json["stored"]
    storage.remove(files(demo_app), kept_as)
    assert put(nadia, photo()).status_code == 201
    assert storage.exists(files(demo_app), kept_as)


def test_a_picture_of_a_page_that_was_refused_for_something_else_is_there_when_it_is_mended(
    demo_app, nadia, ref
):
    """The page names what it sent before; nothing is chosen a second time."""
    page = nadia.get(f"/fiches/{ref}/edit/gouvernance")
    sent = {f"{IMAGE}.file": (io.BytesIO(photo()), "a.jpg"), "gouvernance.texte": "x" * 20_001}
    wrong = nadia.submit(page, sent, button="Garder, continuer plus tard")
    assert wrong.status_code == 422
    assert (
        nadia.submit(wrong, {"gouvernance.texte": "Court."}, button="Garder, continuer plus tard").status_code
        == 303
    )
    digest = get(content_of(demo_app, ref), IMAGE)
    assert nadia.get(f"/fiches/{ref}/pictures/{digest}").status_code == 200


# Clashes that wait.


def clash(client, app, ref: str, **more: str):
    """Els saved, then Nadia's device sends: (its operation, the answer)."""
    elsewhere(app, ref, {"titre": "D’Els"})
    fields = {
        "op_id": str(uuid4()),
        "base": "rev:1",
        "part": "titre",
        "titre": "De Nadia",
        "resume": "Aussi",
        **more,
    }
    return fields, send(client, f"/fiches/{ref}", fields)


def choose(client, path: str, side: str):
    page = client.get(path)
    names = set(re.findall(r'name="(choix-[0-9a-f]+)"', page.text))
    return client.submit(page, dict.fromkeys(names, side), form="choices")


def held(app) -> list[str]:
    with app.app_context():
        return list(db.session.scalars(select(HeldEdit.op_id)))


def test_a_clash_waits_on_the_server_and_its_choice_lets_the_device_go(demo_app, nadia, ref):
    fields, refused = clash(nadia, demo_app, ref)
    assert (refused.status_code, refused.json["op_id"]) == (409, fields["op_id"])
    assert refused.json["choose"] == f"/fiches/{ref}/choices/{fields['op_id']}"
    assert refused.json["choose"] in nadia.get("/").text
    again = send(nadia, f"/fiches/{ref}", fields)
    assert (again.status_code, again.json) == (409, refused.json)
    assert held(demo_app) == [fields["op_id"]]
    assert choose(nadia, refused.json["choose"], "mine").status_code == 303
    assert held(demo_app) == []
    assert get(content_of(demo_app, ref), "titre") == "De Nadia"
    told = send(nadia, f"/fiches/{ref}", fields)
    assert (told.status_code, told.headers["Idempotent-Replayed"]) == (200, "true")
    assert (told.json["op_id"], told.json["rev"], told.json["chosen"]) == (fields["op_id"], 3, True)
    assert rev_of(demo_app, ref) == 3
    other = send(nadia, f"/fiches/{ref}", {**fields, "titre": "Autre"})
    assert (other.status_code, other.json["error"]) == (422, "op_reused")
    assert nadia.get(refused.json["choose"]).location == f"/fiches/{ref}"


def test_theirs_was_chosen_and_the_device_is_told_so_too(demo_app, nadia, ref):
    fields, refused = clash(nadia, demo_app, ref)
    choose(nadia, refused.json["choose"], "theirs")
    assert get(content_of(demo_app, ref), "titre") == "D’Els"
    told = send(nadia, f"/fiches/{ref}", fields)
    assert (told.status_code, told.json["chosen"]) == (200, True)
    assert get(content_of(demo_app, ref), "titre") == "D’Els"


def test_what_was_written_on_top_of_a_clash_stands_on_what_was_posted(demo_app, nadia, ref):
    """The device went on writing before the choice: what it did not touch again keeps the choice."""
    fields, refused = clash(nadia, demo_app, ref)
    choose(nadia, refused.json["choose"], "theirs")
    after = {
        "base": f"op:{fields['op_id']}",
        "part": "titre",
        "titre": "De Nadia",
        "resume": "Aussi, et plus",
    }
    assert send(nadia, f"/fiches/{ref}", after).status_code == 201
    content = content_of(demo_app, ref)
    assert (get(content, "titre"), get(content, "resume")) == ("D’Els", "Aussi, et plus")


def test_a_third_edit_during_the_choice_keeps_one_held_edit_under_its_name(demo_app, nadia, ref):
    fields, refused = clash(nadia, demo_app, ref)
    path = refused.json["choose"]
    page = nadia.get(path)
    (name,) = set(re.findall(r'name="(choix-[0-9a-f]+)"', page.text))
    elsewhere(demo_app, ref, {"titre": "D’Els, encore"}, "rev:2")
    written = {name: "write", f"{name}-texte": "Écrit à la main"}
    assert nadia.submit(page, written, form="choices").status_code == 409
    assert held(demo_app) == [fields["op_id"]]
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 409  # a retry does not undo what was chosen
    assert held(demo_app) == [fields["op_id"]]
    assert "Écrit à la main" in unescape(nadia.get(path).text)
    assert choose(nadia, path, "mine").status_code == 303
    assert get(content_of(demo_app, ref), "titre") == "Écrit à la main"
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 200
    with demo_app.app_context():
        journalled = normal(db.session.get(Operation, fields["op_id"]).content)
    assert get(journalled, "titre") == "De Nadia"  # the base of a later edit is what the device posted


def test_a_retry_that_clashes_no_longer_is_saved_and_nothing_waits(demo_app, nadia, ref):
    fields, _refused = clash(nadia, demo_app, ref)
    elsewhere(demo_app, ref, {"titre": "Le chemin"}, "rev:2")
    saved = send(nadia, f"/fiches/{ref}", fields)
    assert (saved.status_code, saved.json["rev"]) == (201, 4)
    assert held(demo_app) == []
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 200


def test_a_held_name_for_something_else_or_by_somebody_else_is_refused(demo_app, nadia, els, ref):
    fields, _refused = clash(nadia, demo_app, ref)
    before = stored(demo_app)
    for who, path, more in (
        (nadia, ref, {"titre": "Autre"}),
        (els, ref, {"titre": "Autre"}),
        (nadia, "", {}),
    ):
        other = send(who, f"/fiches/{path}", {**fields, **more})
        assert (other.status_code, other.json["error"], other.json["op_id"]) == (
            422,
            "op_reused",
            fields["op_id"],
        )
    assert stored(demo_app) == before


def test_a_base_that_is_not_known_waits_for_a_choice_too(demo_app, nadia, ref):
    fields = {"op_id": str(uuid4()), "base": "rev:40", "field": "titre", "titre": "De Nadia"}
    refused = send(nadia, f"/fiches/{ref}", fields)
    assert (refused.status_code, refused.json["error"]) == (409, "base_unknown")
    assert choose(nadia, refused.json["choose"], "mine").status_code == 303
    assert send(nadia, f"/fiches/{ref}", fields).status_code == 200
    with demo_app.app_context():
        assert [get(r.content, "titre") for r in revisions(find(ref))] == ["De Nadia", "Le chemin"]


def test_a_picture_of_an_edit_that_waited_is_shown_after_the_choice(demo_app, nadia, ref):
    data = photo()
    kept_as = put(nadia, data).json["stored"]
    elsewhere(demo_app, ref, {IMAGE: "cd" * 32})
    refused = send(nadia, f"/fiches/{ref}", with_picture(name_of(data)))
    assert refused.status_code == 409
    assert choose(nadia, refused.json["choose"], "mine").status_code == 303
    assert nadia.get(f"/fiches/{ref}/pictures/{kept_as}").status_code == 200
    with demo_app.app_context():
        assert list(db.session.scalars(select(Attachment.sha256).where(Attachment.document_id == ref))) == [
            kept_as
        ]


def test_what_was_written_since_takes_the_place_of_what_waits(demo_app, nadia, els, ref):
    """The device wrote on before the choice: one edit waits, the grown one; nobody else can take its place."""
    fields, _refused = clash(nadia, demo_app, ref)
    grown = {**fields, "resume": "Aussi, et plus"}
    reused = send(nadia, f"/fiches/{ref}", grown)
    assert (reused.status_code, reused.json["error"], reused.json["held"]) == (422, "op_reused", True)
    send(
        els,
        f"/fiches/{ref}",
        {"base": "rev:1", "field": "langue", "langue": "nl", "instead": fields["op_id"]},
    )
    assert held(demo_app) == [fields["op_id"]]
    grown |= {"op_id": str(uuid4()), "instead": fields["op_id"]}
    refused = send(nadia, f"/fiches/{ref}", grown)
    assert (refused.status_code, held(demo_app)) == (409, [grown["op_id"]])
    assert choose(nadia, refused.json["choose"], "mine").status_code == 303
    assert get(content_of(demo_app, ref), "resume") == "Aussi, et plus"
    assert send(nadia, f"/fiches/{ref}", grown).status_code == 200


# Receipts and refusals.


def test_a_receipt_says_where_to_go_and_what_it_is_called(demo_app, nadia, ref):
    base = {"base": "rev:1", "field": "titre", "part": "titre", "langue": "fr"}
    for n, (act, target) in enumerate(
        [("next", "/edit/structure"), ("later", ""), ("add:objectifs", "/edit/titre?add=objectifs#f-objectifs"), ("", "/edit/titre")]
    ):  # fmt: skip
        saved = send(
            nadia, f"/fiches/{ref}", {**base, "base": f"rev:{n + 1}", "titre": f"Titre {n}", "act": act}
        )
        assert (saved.json["next"], saved.json["title"]) == (f"/fiches/{ref}{target}", f"Titre {n}")
        assert "number" not in saved.json
    refused = send(
        nadia, f"/fiches/{ref}", {"base": "rev:5", "field": "titre", "titre": "T", "act": "do:submit"}
    )
    assert refused.json["next"] == f"/fiches/{ref}/check"
    sent = send(nadia, "/fiches/", [*complete_fields(demo_app), ("act", "do:submit")])
    assert sent.json["next"] == f"/fiches/{sent.json['id']}"
    assert sent.json["number"].startswith("F-")
    assert "Titre" not in nadia.get("/").headers.get(
        "Set-Cookie", ""
    )  # nothing is said on the next page by a device


def refusals(app, nadia, ref):
    """name → (answer, its status): one of each refusal that a device may meet."""
    form = {"base": "rev:1", "field": "titre", "titre": "Un"}
    op = {"op_id": str(uuid4()).upper()}
    yield "401", send(app.test_client(), f"/fiches/{ref}", form | op, sign=False), op
    yield "403", send(nadia, f"/fiches/{ref}", form | op | {"csrf_token": "abc"}), op
    yield "404", send(nadia, f"/fiches/{uuid4()}", form | op), op
    yield "409", send(nadia, f"/fiches/{ref}", form | op | {"author": str(uuid4())}), op
    yield (
        "422",
        send(
            nadia,
            f"/fiches/{ref}",
            {"base": "rev:1", "field": "annees.debut", "annees.debut": "vers 2010"} | op,
        ),
        op,
    )
    yield "424", send(nadia, f"/fiches/{ref}", with_picture("ab" * 32) | op), op
    yield "426", send(nadia, f"/fiches/{ref}", form | op | {"schema_version": "0"}), op
    heavy = {"X-Op-Id": op["op_id"]}
    yield "413", send(nadia, f"/fiches/{ref}", form | op | {"titre": "x" * 15_100_000}, **heavy), op


def test_every_refusal_says_which_operation_it_answers(demo_app, nadia, ref):
    before = stored(demo_app)
    for status, answer, op in refusals(demo_app, nadia, ref):
        assert (str(answer.status_code), answer.mimetype) == (status, "application/json")
        assert answer.json["op_id"] == op["op_id"], status
    assert stored(demo_app) == before
    odd = send(nadia, f"/fiches/{uuid4()}", {"op_id": "<b>1</b>", "field": "titre", "titre": "Un"})
    assert (odd.status_code, "op_id" in odd.json) == (404, False)  # what is no name is not said back


@pytest.mark.parametrize(("failure", "status"), [(RuntimeError, 500), (storage.NoRoom, 503)])
def test_a_failure_says_it_too(demo_app, nadia, ref, monkeypatch, failure, status):
    def fail(*_args, **_more):
        raise failure()

    monkeypatch.setattr("blueprints.fiches.saving.save_fiche", fail)
    demo_app.config["PROPAGATE_EXCEPTIONS"] = False
    demo_app.testing = False
    op = str(uuid4())
    answer = send(nadia, f"/fiches/{ref}", {"op_id": op, "base": "rev:1", "field": "titre", "titre": "Un"})
    assert (answer.status_code, answer.json["op_id"]) == (status, op)
    assert rev_of(demo_app, ref) == 1


def test_what_may_be_seen_and_not_written_says_it_too(demo_app, nadia, ref):
    with demo_app.app_context(), writing():
        find(ref).state = "REL"
    op = str(uuid4())
    answer = send(nadia, f"/fiches/{ref}", {"op_id": op, "base": "rev:1", "field": "titre", "titre": "Un"})
    assert (answer.status_code, answer.json["op_id"]) == (403, op)


# The fiche as a device keeps it.


def test_the_answers_are_what_the_form_posts(demo_app, nadia):
    """Filled in from them and sent back, part by part, nothing changes; and each part's page posts the same."""
    kept = nadia.get("/fiches/F-2016-002/answers", headers={"Accept": "application/json"})
    assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "private, no-store")
    said = kept.json
    assert (said["rev"], said["number"], said["schema_version"]) == (1, "F-2016-002", questions.SCHEMA)
    assert set(said["parts"]) == {p.key for p in questions.PARTS}
    for key, pairs in said["parts"].items():
        assert "field" not in dict(pairs)
        fields = [
            *map(tuple, pairs),
            ("part", key),
            ("base", "rev:1"),
            ("schema_version", str(questions.SCHEMA)),
        ]
        assert send(nadia, f"/fiches/{said['id']}", fields).status_code == 201
    assert rev_of(demo_app, "F-2016-002") == 1
    changed = [
        *map(tuple, said["parts"]["objectifs"]),
        ("objectifs", "Un de plus"),
        ("part", "objectifs"),
        ("base", "rev:1"),
    ]
    assert send(nadia, f"/fiches/{said['id']}", changed).status_code == 201
    assert rev_of(demo_app, "F-2016-002") == 2  # control: a line more is a revision


@pytest.mark.parametrize(("role", "status"), [("outsider", 404), ("reader", 403), ("committee", 403)])
def test_the_answers_are_for_whoever_may_write(client_of, role, status):
    assert client_of(role).get("/fiches/F-2016-002/answers").status_code == status


# Times, and what a device holds.


def test_both_times_are_kept_and_shown(demo_app, nadia):
    with demo_app.app_context(), writing():
        for call in db.session.scalars(select(Call)):
            call.closes_at = now() - timedelta(hours=1)
    begun = (now() - timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    fields = [*complete_fields(demo_app), ("act", "do:submit")]
    late = send(nadia, "/fiches/", [*fields, ("begun_at", begun)])
    assert "refused" not in late.json
    assert re.search(r"Commencée le .+ sur un appareil, arrivée le ", nadia.get(late.json["url"]).text)
    over = send(nadia, "/fiches/", [*fields, ("begun_at", now().strftime("%Y-%m-%dT%H:%M:%S.000Z"))])
    assert "refused" in over.json  # control: begun after the deadline
    assert "sur un appareil" not in nadia.get(over.json["url"]).text


def test_a_device_says_how_much_it_holds(demo_app):
    with demo_app.app_context():
        with writing():
            device = Device(token_hash="x", person_id=cast.person("contributor").id)
            db.session.add(device)
            note_held(device, 3)
        assert (device.held, device.held_at is not None) == (3, True)
        with writing():
            note_held(db.session.get_one(Device, device.id), -5)
        assert device.held == 0
