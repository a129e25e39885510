"""Thousands of requests that nobody means well: no answer is an error of ours, and the site goes on."""

import re

import pytest
from flask import Flask, request
from sqlalchemy import text

from blueprints import fragments
from models.store import db
from tests.support.cast import sign_in
from tests.support.everything import fill
from tests.support.hostile import Door, doors, storm

ROLES = ("contributor", "committee", "coordination", "administration")
STARTS = ("/", "/account", "/fiches/new", "/fiches/import", "/dossiers/", "/people", "/mails", "/admin/editions",
          "/fiches/{shared}/choices/{held}", "/fiches/{nasty}/edit/gouvernance", "/fiches/F-2016-002/edit", "/enter", "/enter/password",
          "/people/{invited}", "/enter/{link}", "/account/second", "/tasks/{task_1}", "/tasks/{task_1}/edit",
          "/meetings/{meeting_held}/tasks/new", "/committee/{circle_nasty}", "/meetings/{meeting_held}/live",
          "/meetings/{meeting_proposed}/minutes", "/meetings/{meeting_proposed}/minutes/approve", "/meetings/{meeting_held}/minutes/propose",
          "/recommendations/{recommendation_proposed}/edit", "/recommendations/new/{circle_nasty}", "/widening/{case_opinion}/opinion",
          "/committee/{circle_nasty}/widening/new", "/widening/{case_proposed}", "/widening/{case_welcome}/welcome",
          "/meetings/{meeting_convened}/agenda", "/meetings/{meeting_convened}/reply", "/place/{place}",
          "/groups/{circle_nasty}/notes/new", "/groups/{circle_nasty}/notes/{note}/edit", "/groups/{circle_nasty}/notes/{note}?rev=1",
          "/groups/{circle_nasty}/notes/{note}/remove", "/groups/{circle_nasty}/notes/{note_gone}", "/groups/{circle_nasty}/files/new",
          "/groups/{circle_nasty}/files/{file}", "/groups/{circle_nasty}/files/{file}/remove", "/groups/{circle_nasty}/files/{file_gone}",
          "/exchanges/new?kind=offer", "/exchanges/groups/{circle_nasty}/new", "/exchanges/notices/{notice}/edit", "/exchanges/lines/{line_notice}",
          "/exchanges/lines/{line_over}", "/exchanges/lines/{line_notice}/proposals?with={line_over}", "/exchanges/{exchange_proposed}", "/exchanges/{exchange_asked}",
          "/exchanges/{exchange_in_touch}", "/exchanges/{exchange_done}/lines", "/actions/new", "/actions/{action_idea}", "/actions/{action_idea}/edit",
          "/actions/{action_idea}/group", "/actions/{action_under_way}", "/groups/GT-PLA/dossiers",
          "/library/glossary/new", "/library/glossary/{entry_nasty}/edit", "/library/references/new", "/library/references/{reference_nasty}/edit",
          "/library/references/{reference_bare}/remove", "/groups/GT-PLA/ask", "/groups/{circle_wild}/requests/{ask_waiting}", "/groups/{circle_wild}/invite",
          "/groups/{circle_wild}/leave", "/groups/{circle_wild}/end", "/groups/{circle_ended}/reopen", "/groups/{circle_wild}/dates", "/groups/RV-CANAL/dates/cancel",
          "/groups/{circle_wild}/productions/new", "/groups/productions/{production_planned}", "/groups/productions/{production_making}/edit",
          "/groups/{circle_wild}/reports/new", "/groups/reports/{report_draft}/edit", "/groups/reports/{report_draft}/send", "/groups/reports/{report_draft}/remove",
          "/groups/invitations/{ask_invited}", "/groups/place/{seat_link}")  # fmt: skip
OUTSIDE = ("/enter", "/enter/password", "/enter/{link}", "/enter/{invitation}", "/enter/{used_link}")


@pytest.fixture
def site(make_app):
    """The site in which everything has happened, without rate limits, and the names of its addresses."""
    app = make_app({"RATELIMIT_ENABLED": False, "DEMO": False}, demo=True)
    names = fill(app)
    yield app, names
    fragments.forget()


def token_of(client) -> str:
    page = client.get("/enter")
    if page.status_code != 200:
        page = client.get("/account")
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


@pytest.mark.parametrize("turns", [3, pytest.param(35, marks=pytest.mark.long)])
def test_no_post_is_answered_with_an_error_of_ours(site, turns):
    """Each form that somebody reaches is sent so many times, by whoever reaches few forms oftener."""
    app, names = site
    known = {r.rule: r.endpoint for r in app.url_map.iter_rules() if "POST" in r.methods}
    reached, broken = set(), []
    for n, role in enumerate((*ROLES, None)):
        client = app.test_client()
        client.checks_pages = False

        def renew(client=client, role=role):
            if role:
                sign_in(client, role)
            return token_of(client)

        token = renew()
        starts = [p.format(**names) for p in (STARTS if role else OUTSIDE)]
        targets = doors(client, starts, most=300 if turns > 20 else 160)
        assert len(targets) > (8 if role else 1), role
        share = max(25, len(targets)) * turns
        met = storm(client, targets, share, seed=n, token=token, renew=renew)
        reached |= met.reached
        broken += met.broken
        assert sum(met.statuses.values()) == share
        assert met.statuses[413] + met.statuses[400] + met.statuses[422] > 0
    assert broken == []
    # Most forms were met behind the gate, not only at it.
    adapter = app.url_map.bind("localhost")
    met_endpoints = {adapter.match(path.replace("*", "x"), method="POST")[0] for path in reached}
    assert len(met_endpoints) > (0.7 if turns > 20 else 0.6) * len(known)
    with app.app_context():
        assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    # What was stored meanwhile can be shown; 302 is for an account that coordination closed meanwhile.
    more = {"coordination": ("/people", "/admin/editions")}
    for role in ROLES:
        client = sign_in(app.test_client(), role)
        for path in ("/", "/account", "/fiches/", "/fiches/F-2016-002", *more.get(role, ())):
            assert client.get(path).status_code in (200, 302, 404), (role, path)


def test_a_careless_view_is_noticed():
    """The control: a view that trusts what it is sent breaks under the same requests."""
    app = Flask("careless")

    @app.post("/add")
    def add():
        return str(int(request.form["number"]) + 1)

    met = storm(app.test_client(), [Door("/add", [("number", "1")])], 200, seed=1, token="x")
    assert len(met.broken) > 50
