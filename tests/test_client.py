"""The test client itself: it fails on a page with a problem, and sends what a browser would send."""

import io

import pytest
from flask import Flask, jsonify, redirect, request

from tests.support.client import CheckedClient

PAGE = """<!doctype html><html lang="fr"><head><title>Page</title></head><body>
<header><form id="leave" method="post" action="/leave"><button>Sortir</button></form></header>
<main><h1>Page</h1>{}</main></body></html>"""
FORM = """<form id="card" method="post" action="/echo" enctype="multipart/form-data">
<input type="hidden" name="csrf" value="token">
<label>Nom <input name="name" value="Ada"></label>
<label>Texte <textarea name="text">
un
deux</textarea></label>
<label>A <input type="checkbox" name="box" value="a" checked></label>
<label>B <input type="checkbox" name="box" value="b"></label>
<label>Oui <input type="radio" name="choice" value="yes"></label>
<label>Non <input type="radio" name="choice" value="no" checked></label>
<label>Ville <select name="town"><option value="">–</option><option>Liège</option>
<option value="nam" selected>Namur</option></select></label>
<label>Sujets <select name="topics" multiple><option>un<option>deux</select></label>
<label>Image <input type="file" name="file"></label>
<fieldset disabled><legend>Fermé</legend><label>Clos <input name="closed"></label></fieldset>
<button>Garder</button><button name="act" value="send">Garder et envoyer</button></form>
<label>Loin <input form="card" name="far" value="1"></label>"""


@pytest.fixture
def client():
    app = Flask(__name__)
    app.test_client_class = CheckedClient

    @app.get("/form")
    def form():
        return PAGE.format(FORM)

    @app.get("/two")
    def two():
        return PAGE.format('<form action="/a/1"></form><form action="/echo"></form>')

    @app.get("/wrong")
    def wrong():
        return PAGE.format("<h1>Encore</h1>")

    @app.get("/refused")
    def refused():
        return PAGE.format("<p style='color:red'>Non.</p>"), 403

    @app.get("/away")
    def away():
        return redirect("/wrong")

    @app.post("/leave")
    @app.route("/echo", methods=["GET", "POST"])
    def echo():
        files = {name: file.filename for name, file in request.files.items()}
        return jsonify(method=request.method, fields=request.values.to_dict(flat=False), files=files)

    return app.test_client()


def test_a_wrong_page_fails_with_its_address_and_rule(client):
    with pytest.raises(AssertionError, match=r"GET /wrong \(200\):\n  one_h1: 2 h1"):
        client.get("/wrong")


def test_an_error_page_is_read_too(client):
    with pytest.raises(AssertionError, match=r"GET /refused \(403\):\n  nothing_is_inline"):
        client.get("/refused")


def test_a_redirect_is_not_a_page_but_where_it_leads_is(client):
    assert client.get("/away").status_code == 302
    with pytest.raises(AssertionError, match="GET /wrong"):
        client.get("/away", follow_redirects=True)


def test_the_check_can_be_left_out(client):
    client.checks_pages = False
    assert "Encore" in client.get("/wrong").text


def test_an_untouched_form_sends_what_a_browser_sends(client):
    answer = client.submit(client.get("/form"))
    assert answer.json == {
        "method": "POST",
        "fields": {
            "csrf": ["token"],
            "name": ["Ada"],
            "text": ["un\ndeux"],
            "box": ["a"],
            "choice": ["no"],
            "town": ["nam"],
            "far": ["1"],
        },
        "files": {},
    }


def test_a_form_is_filled_in(client):
    values = {"name": "Bo", "box": ["a", "b"], "choice": "yes", "town": "Liège", "topics": ["un", "deux"]}
    picture = {"file": (io.BytesIO(b"x"), "a.png")}
    answer = client.submit(
        client.get("/form"), {**values, **picture, "text": None}, button="Garder et envoyer"
    )
    sent = answer.json["fields"]
    assert {name: sent[name] for name in values} == {
        "name": ["Bo"],
        "box": ["a", "b"],
        "choice": ["yes"],
        "town": ["Liège"],
        "topics": ["un", "deux"],
    }
    assert "text" not in sent
    assert sent["act"] == ["send"]
    assert answer.json["files"] == {"file": "a.png"}


def test_a_box_is_ticked_and_unticked(client):
    page = client.get("/form")
    assert "box" not in client.submit(page, {"box": False}).json["fields"]
    assert client.submit(page, {"box": True}).json["fields"]["box"] == ["a"]


@pytest.mark.parametrize(
    ("values", "options", "words"),
    [
        ({"absent": "x"}, {}, "no field 'absent'"),
        ({"closed": "x"}, {}, "no field 'closed'"),
        ({"choice": "perhaps"}, {}, "does not offer 'perhaps'"),
        ({"town": "Gand"}, {}, "does not offer 'Gand'"),
        ({}, {"button": "Jeter"}, "no button 'Jeter'"),
        ({}, {"form": "absent"}, "0 forms fit 'absent'"),
    ],
)
def test_what_is_not_there_cannot_be_used(client, values, options, words):
    with pytest.raises(AssertionError, match=words):
        client.submit(client.get("/form"), values, **options)


def test_a_form_is_picked_by_its_action_where_there_are_several(client):
    page = client.get("/two")
    with pytest.raises(AssertionError, match="2 forms"):
        client.submit(page)
    assert client.submit(page, form="/echo").json["method"] == "GET"
    assert client.submit(page, form="leave").json["method"] == "POST"
