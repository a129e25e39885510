"""Every page of the application, with something to show in it, as those who may see it: axe finds nothing, nothing
scrolls sideways, nothing is inline, every target is large enough. Both schemes on a desk, the light one on a phone."""

import re
import shutil

import pytest

from tests.support.browser import (
    Watcher,
    axe,
    open_all,
    open_context,
    screenshot,
    sideways_scroll,
    small_targets,
)
from tests.support.cast import ROLES, cookie_of
from tests.support.everything import STATES, fill
from tests.support.site import Site

# Who sees which page best: "role path". Names in braces are those of tests/support/everything.py.
NOBODY = ["/enter", "/enter/password", "/enter/second", "/enter/sent",
          "/enter/{link}", "/enter/{invitation}", "/enter/{lapsed_link}",
          "/enter/{used_link}", "/enter/unknown", "/welcome/unknown", "/styleguide", "/styleguide/mails", "/nowhere", "/join/{call}", "/join/{call}/asked",
          "/join/{coming_call}", "/join/{closed_call}"]  # fmt: skip
WRITER = [
    "/", "/account", "/account/second", "/account/second/app", "/enter/confirm?next=/account", "/edition",
    "/fiches/", "/fiches/?q=rien-de-tel", "/fiches/?secteur=ACS&etat=PUB", "/fiches/new",
    "/fiches/import", "/fiches/{empty}", "/fiches/{empty}/edit", "/fiches/{empty}/check", "/fiches/{empty}/edit/bilan?check=1",
    "/fiches/{nasty}", "/fiches/{nasty}/edit/gouvernance", "/fiches/{nasty}/edit/objectifs", "/fiches/{nasty}/edit/bilan",
    "/fiches/{nasty}/history", "/fiches/{nasty}/history/1", "/fiches/{nasty}/writers",
    "/fiches/{shared}", "/fiches/{shared}/choices/{held}", "/fiches/{shared}/history", "/fiches/{shared}/history/2",
    "/fiches/{shared}/writers", "/fiches/{BRO}/check", "/fiches/{BRO}/transitions/withdraw", "/fiches/F-2016-002",
    "/fiches/F-2016-002/erase/{quote}", "/fiches/F-2016-002/edit/accords", "/fiches/{CPL}/edit/structure",
    "/account/profile", "/account/companions", "/directory/", "/directory/?q=rien-de-tel", "/directory/organisations/new",
    "/directory/organisations/{organisation}", "/directory/organisations/{own_organisation}/edit", "/directory/people/{nadia}",
    "/directory/people/{talker}", "/calls/{call}/poster", "/dossiers/{dossier_sheet}", *[f"/fiches/{{{state}}}" for state in STATES],
]  # fmt: skip
OTHERS = [
    "companion /", "companion /fiches/F-2016-006", "group_member /", "outsider /", "outsider /fiches/?mes=1", "reader /",
    "reader /fiches/{SOU}", "reader /fiches/figures", "committee /", "committee /fiches/{SOU}", "committee /dossiers/",
    "committee /dossiers/{dossier_ready}", "chair /", "chair /dossiers/{dossier_under_way}", "chair /dossiers/{dossier_failed}",
    "chair /dossiers/{dossier_revoked}", "chair /dossiers/{dossier_gone}", "chair /fiches/figures?etat=ARC",
    "coordination /", "coordination /fiches/imported?ref={imported}", "coordination /fiches/{imported}", "coordination /people",
    "coordination /people/{nadia}", "coordination /people/{invited}", "coordination /people/{lapsed}", "coordination /people/{closed}", "coordination /people/{closed}/second/reset",
    "companion /fiches/new", "coordination /people/many", "coordination /people?q=rien-de-tel", "coordination /people/{nadia}/close",
    "coordination /people/{nadia}/companions", "coordination /people/{talker}/merge", "coordination /people/{talker}/merge?email=nadia@passerelle.example",
    "coordination /people/requests", "coordination /people/requests?etat=accepted", "coordination /people/requests/{request_waiting}",
    "coordination /people/requests/{request_declined}", "coordination /directory/organisations/{organisation}",
    "coordination /directory/organisations/{organisation}/edit",
    "coordination /directory/organisations/{organisation}/members/{membership}/remove", "coordination /directory/organisations/{organisation}/merge",
    "coordination /directory/organisations/{organisation}/merge?with={bare_organisation}", "coordination /calls/{closed_call}/poster",
    "coordination /admin/editions", "coordination /admin/editions/new", "coordination /admin/editions/{edition}",
    "coordination /admin/editions/{bare_edition}/delete", "coordination /admin/editions/{edition}/calls/new",
    "coordination /admin/calls/{call}", "coordination /admin/calls/{call}/close", "coordination /admin/calls/{call}/delete",
    "coordination /admin/calls/{coming_call}/delete", "coordination /fiches/{PUB}", "administration /", "administration /mails",
    "administration /mails/{waiting_mail}", "administration /mails/{dead_mail}", "administration /mails/{moot_mail}",
    "administration /mails/{sent_mail}", "administration /rights",
]  # fmt: skip
DATA = [
    "nobody /privacy", "nobody /stay/{stay}", "nobody /stay/unknown", "contributor /account/data", "contributor /account/leave",
    "contributor /consents", "committee /account/data", "committee /account/leave", "outsider /consents", "coordination /consents",
    "coordination /access-list", "coordination /people/{nadia}/leave", "administration /audit", "administration /audit?since=hier",
    "administration /audit?act=rien", "administration /account/leave",
]  # fmt: skip
MEETINGS = [
    "contributor /meetings/", "contributor /meetings/{meeting_convened}", "contributor /meetings/{meeting_undated}/poll",
    "contributor /meetings/R-2016-01/agenda/propose", "outsider /meetings/new", "contributor /committee/", "committee /groups/",
    "contributor /committee/{circle_nasty}", "contributor /committee/COPIL/history", "chair /meetings/R-2016-01",
    "chair /meetings/R-2016-01/eve", "coordination /meetings/?page=2", "coordination /meetings/new", "coordination /meetings/new/COPIL",
    "coordination /meetings/R-2016-01/eve", "coordination /meetings/{meeting_convened}/eve", "coordination /meetings/{meeting_convened}/edit",
    "coordination /meetings/{meeting_convened}/agenda", "coordination /meetings/{meeting_prepared}/agenda/{item_prepared}",
    "coordination /meetings/{meeting_prepared}/agenda/{item_prepared}/remove", "coordination /meetings/{meeting_prepared}/agenda/new",
    "coordination /meetings/{meeting_prepared}/transitions/convene", "coordination /meetings/{meeting_convened}/transitions/cancel",
    "coordination /meetings/{meeting_cancelled}", "coordination /meetings/{meeting_held}", "coordination /meetings/{meeting_closed}",
    "coordination /meetings/{meeting_undated}/poll", "coordination /meetings/{meeting_prepared}/poll",
    "coordination /meetings/{meeting_convened}/history", "coordination /committee/{circle_closed}", "coordination /committee/new",
    "contributor /tasks/", "contributor /tasks/{task_0}", "contributor /tasks/{task_1}", "coordination /tasks/{task_2}",
    "coordination /tasks/{task_0}/edit", "coordination /tasks/{task_0}/drop", "coordination /committee/{circle_nasty}/tasks",
    "coordination /committee/{circle_nasty}/tasks/new", "coordination /meetings/{meeting_held}/tasks/new",
    "contributor /meetings/{meeting_proposed}/minutes", "coordination /meetings/{meeting_proposed}/minutes", "outsider /meetings/{meeting_approved}/minutes",
    "coordination /meetings/{meeting_approved}/minutes/compare", "coordination /meetings/{meeting_proposed}/minutes/approve",
    "coordination /meetings/{meeting_approved}/minutes/correct", "chair /meetings/R-2016-04/minutes/propose",
    "coordination /meetings/{meeting_held}/live", "committee /meetings/R-2016-01/live", "coordination /meetings/{meeting_prepared}/live",
    "coordination /committee/{circle_nasty}/edit", "coordination /committee/{circle_closed}/members/{seat}",
]  # fmt: skip
REPLIES = [
    "contributor /meetings/{meeting_convened}/reply", "coordination /meetings/{meeting_convened}/replies/{nadia}",
    "nobody /meetings/{meeting_convened}/reply/{reply_link}", "nobody /meetings/{meeting_undated}/poll/{poll_link}",
    "nobody /meetings/{meeting_convened}/reply/unknown", "contributor /meetings/calendar", "coordination /meetings/calendar?month=2016-03",
]  # fmt: skip
REGISTER = [
    "outsider /decisions/", "outsider /decisions/?q=rien-de-tel", "coordination /decisions/?sorte=decision&etat=adopted", "coordination /decisions/{decision_nasty}",
    "coordination /decisions/{decision_removed}", "coordination /decisions/{decision_voting}", "contributor /recommendations/{recommendation_answered}",
    "coordination /recommendations/{recommendation_proposed}", "coordination /recommendations/{recommendation_proposed}/edit",
    "coordination /recommendations/{recommendation_closed}/edit", "coordination /recommendations/new/{circle_nasty}",
    "coordination /recommendations/{recommendation_proposed}/transitions/adopt", "coordination /recommendations/{recommendation_proposed}/transitions/drop",
]  # fmt: skip
OFFLINE = [
    "nobody /outbox",
    "contributor /outbox",
    "nobody /outbox/fiche",
    "nobody /outbox/meeting",
    "contributor /outbox/fiche#new",
]
WIDENING = [
    "nobody /place/{place}", "nobody /place/{place_used}", "nobody /place/{place_over}", "nobody /place/unknown", "contributor /widening/",
    "contributor /widening/{case_opinion}/opinion", "committee /widening/E-2016-01", "chair /widening/E-2016-01/edit",
    "chair /widening/E-2016-01/transitions/later", "committee /committee/COPIL/coverage?case=E-2016-01", "contributor /committee/{circle_nasty}/coverage?public=LOI",
    "contributor /committee/{circle_nasty}/widening/new", "coordination /widening/{case_welcome}/welcome", "coordination /widening/{case_accepted}/sheet",
    *(f"coordination /widening/{{case_{state}}}" for state in ("proposed", "agreed", "opinion", "decision", "welcome", "accepted", "later", "withdrawn")),
]  # fmt: skip
NETWORK = [
    "outsider /library/", "contributor /library/?q=rien-de-tel", "contributor /library/references/{reference_nasty}", "contributor /library/references/{reference_bare}",
    "contributor /library/references/{reference_nasty}/edit", "contributor /library/references/{reference_nasty}/remove", "contributor /library/references/new",
    "contributor /library/glossary", "outsider /library/glossary?q=rien-de-tel", "contributor /library/glossary/new?abbr=XYZ",
    "contributor /library/glossary/{entry_nasty}/edit", "contributor /library/glossary/{entry_nasty}/remove",
    "outsider /directory/people", "contributor /directory/people?q=rien-de-tel&langue=fr",
    "coordination /directory/compare?a={organisation}&b={own_organisation}", "contributor /directory/compare?a={bare_organisation}&b={organisation}",
    "contributor /directory/compare",
]  # fmt: skip
EXCHANGES = [
    "contributor /exchanges/", "contributor /exchanges/?q=rien-de-tel", "contributor /exchanges/mine", "contributor /exchanges/new?kind=request",
    "contributor /exchanges/groups/{circle_nasty}", "contributor /exchanges/groups/{circle_nasty}/new", "contributor /exchanges/notices/{notice}/edit",
    "coordination /exchanges/lines/{line_notice}", "coordination /exchanges/lines/{line_over}", "coordination /exchanges/lines/{line_notice}/proposals?with={line_notice_circle}",
    *(f"contributor /exchanges/{{exchange_{state}}}" for state in ("proposed", "in_touch", "done", "ended")), "coordination /exchanges/{exchange_asked}",
    "contributor /exchanges/{exchange_done}/lines", "contributor /actions/", "contributor /actions/new", "contributor /actions/{action_idea}/edit",
    "coordination /actions/{action_idea}/group", *(f"contributor /actions/{{action_{state}}}" for state in ("idea", "under_way", "done", "dropped")),
]  # fmt: skip
NOTES = [
    "contributor /groups/{circle_nasty}/notes", "contributor /groups/{circle_nasty}/notes?q=rien-de-tel", "outsider /groups/GT-PLA/notes?q=fiche",
    "contributor /groups/search?q=fiche", "contributor /groups/{circle_nasty}/notes/new", "contributor /groups/{circle_nasty}/notes/{note}?merged=3",
    "contributor /groups/{circle_nasty}/notes/{note}/edit", "contributor /groups/{circle_nasty}/notes/{note}/history", "contributor /groups/{circle_nasty}/notes/{note}?rev=1",
    "contributor /groups/{circle_nasty}/notes/{note}/compare?from=1&to=3", "contributor /groups/{circle_nasty}/notes/{note}/remove", "contributor /groups/{circle_nasty}/notes/{note_gone}",
    "contributor /groups/{circle_nasty}/files/new", "contributor /groups/{circle_nasty}/files/{file}", "contributor /groups/{circle_nasty}/files/{file_gone}",
    "contributor /groups/{circle_nasty}/files/{file}/remove", "nobody /outbox/note",
]  # fmt: skip
GROUPS = [
    "outsider /groups/", "chair /groups/?kind=RES", "coordination /groups/?axis=SAV", "chair /groups/GT-PLA", "chair /groups/GT-PLA/dossiers", "outsider /groups/GT-PLA/dossiers", "contributor /groups/{circle_wild}",
    "committee /groups/{circle_wild}", "group_member /groups/{circle_wild}", "contributor /groups/{circle_ended}", "outsider /groups/GT-PLA/ask",
    "contributor /groups/{circle_wild}/requests/{ask_waiting}", "contributor /groups/{circle_wild}/requests/{ask_invited}",
    "group_member /groups/invitations/{ask_invited}", "nobody /groups/place/{seat_link}", "nobody /groups/place/{seat_link_used}",
    "nobody /groups/place/unknown", "contributor /groups/{circle_wild}/invite?q=a", "contributor /groups/{circle_wild}/leave",
    "group_member /groups/GT-PLA/leave", "contributor /groups/{circle_wild}/end", "contributor /groups/{circle_ended}/reopen", "companion /groups/RV-CANAL/end",
    "companion /groups/RV-CANAL/dates", "companion /groups/RV-CANAL/dates/cancel", "outsider /groups/{circle_wild}/productions",
    "contributor /groups/{circle_wild}/productions/new", "contributor /groups/productions/{production_planned}", "outsider /groups/productions/{production_done}",
    "contributor /groups/productions/{production_making}/edit", "contributor /groups/{circle_wild}/reports/new", "contributor /groups/reports/{report_draft}",
    "contributor /groups/reports/{report_draft}/edit", "contributor /groups/reports/{report_draft}/send", "contributor /groups/reports/{report_draft}/remove",
    "coordination /groups/reports/{report_sent}", "coordination /committee/new?kind=RES",
]  # fmt: skip
NEWS = [
    "contributor /news/", "outsider /news/", "coordination /news/", "nobody /news/mail/{news_stop}", "nobody /news/mail/{news_stopped}",
    "nobody /news/mail/unknown",
]  # fmt: skip
PAGES = [
    *NEWS,
    *GROUPS,
    *(f"nobody {path}" for path in NOBODY),
    *(f"contributor {path}" for path in WRITER),
    *OTHERS,
    *DATA,
    *MEETINGS,
    *REPLIES,
    *WIDENING,
    *REGISTER,
    *NETWORK,
    *EXCHANGES,
    *NOTES,
    *OFFLINE,
]
# Answers that are no page; and the page that comes after an invitation, which needs its session.
NO_PAGES = {
    "accounts.ask_remove_key",  # these two are for who has one: tests/browser/test_factors.py
    "accounts.ask_remove_app",
    "home.healthz",
    "fiches.export",
    "fiches.picture",
    "meetings.paper",
    "accounts.invited",
    "accounts.audit_file",
    "styleguide.mail",
    "fiches.answers",
    "meetings.feed",
    "meetings.one",
    "offline.session",
    "offline.worker",
    "offline.manifest",
    "notes.text",
    "files.download",
    "files.of_circle",
}
MISSING = {
    "/meetings/{meeting_convened}/reply/unknown",
    "/place/unknown",
    "/groups/place/unknown",
    "/news/mail/unknown",
    "/nowhere",
    "/stay/unknown",
    "/enter/unknown",
    "/welcome/unknown",
}
OVER = {"/enter/{lapsed_link}", "/enter/{used_link}", "/join/{closed_call}", "/place/{place_over}"}
INLINE = """() => [...document.querySelectorAll('script:not([src]):not([type="application/json"]), style, [style]'),
  ...[...document.querySelectorAll('*')].filter((e) => [...e.attributes].some((a) => a.name.startsWith('on')))]
  .map((e) => e.outerHTML.slice(0, 90))"""
# What depends on the scheme, and on nothing else.
COLOUR = "color-contrast"


@pytest.fixture(scope="module")
def whole(tmp_path_factory, demo_template):
    """The site in which everything has happened; `.names` are those of its addresses."""
    folder = tmp_path_factory.mktemp("whole") / "instance"
    shutil.copytree(demo_template, folder)
    running = Site(folder)
    running.names = fill(running.application)
    running.start()
    yield running
    running.stop()


@pytest.fixture
def base_url(whole):
    return whole.url


@pytest.fixture(scope="module")
def page_of(whole, browser):
    """page_of("chair"): the page of who plays this role, one for all tests, with its watcher."""
    known = {}

    def page(role: str):
        if role not in known:
            context = open_context(browser, 1280, base_url=whole.url, service_workers="block")
            if role != "nobody":
                context.add_cookies([cookie_of(whole.application, role, whole.url)])
            known[role] = (context.new_page(), Watcher(context))
        known[role][0].set_viewport_size({"width": 1280, "height": 900})
        return known[role]

    yield page
    for opened, _watcher in known.values():
        opened.context.close()


def sound(page, name: str, turn: int | None = None) -> list[str]:
    """Everything that is wrong with the page as it stands, in words. With a turn axe looks in one of three ways only:
    in light, at colours in the dark, on a phone; without one in all three."""
    found = [f"inline: {text}" for text in page.evaluate(INLINE)]
    screenshot(page, f"{name}-1280")
    open_all(page)
    if turn in (None, 0):
        found += [f"light: {text}" for text in axe(page)]
    if turn in (None, 1):
        page.emulate_media(color_scheme="dark")
        found += [f"dark: {text}" for text in axe(page, only=(COLOUR,) if turn is None else ())]
        page.emulate_media(color_scheme="light")
    for width in (1280, 360, 320):
        page.set_viewport_size({"width": width, "height": 740})
        if wide := sideways_scroll(page):
            found.append(f"{wide} px too wide at {width}")
        if width == 360:
            screenshot(page, f"{name}-360")
            if turn in (None, 2):  # colours were seen at the desk, where axe was there
                found += [f"phone: {text}" for text in axe(page, without=(COLOUR,) if turn is None else ())]
            found += [f"small target: {text}" for text in small_targets(page)]
    return found


def shape(what: str) -> str:
    """What pages of one view have in common: the path without what is named in it."""
    path = what.split(" ", 1)[1].partition("?")[0]
    return re.sub(r"\{\w+\}|\b[A-Z]-[0-9]{4}-[0-9]+|COPIL|unknown", "*", path)


def firsts() -> list:
    """Each page; those of a view of which one was seen already are for the run that takes long. A page that shows what
    somebody nasty wrote goes before the others of its view."""
    seen, out = set(), []
    for what in sorted(PAGES, key=lambda one: "nasty" not in one):
        long = [pytest.mark.long] if shape(what) in seen else []
        seen.add(shape(what))
        out.append(pytest.param(what, marks=long))
    return out


@pytest.mark.parametrize("ways", ["one", pytest.param("all", marks=pytest.mark.long)])
@pytest.mark.parametrize("what", firsts())
def test_nothing_stands_in_anybody_s_way(whole, page_of, what, ways):
    """In one way here, another for the next page; the run that takes long looks at each page in all ways."""
    role, path = what.split(" ", 1)
    page, watcher = page_of(role)
    status = 404 if path in MISSING else 422 if "hier" in path else 410 if path in OVER else 200
    if status != 200:
        watcher.allow(f"status of {status}")
    # A PDF that is being made renews its page; the page is looked at as it came first.
    page.route("**/dossiers/*", without_refresh)
    answer = page.goto(path.format(**whole.names))
    assert answer.status == status
    turn = PAGES.index(what) % 3 if ways == "one" else None
    found = sound(page, what.replace("/", "-").replace(" ", ""), turn) + watcher.problems()
    watcher.errors.clear()
    assert found == []


def without_refresh(route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, headers={k: v for k, v in answer.headers.items() if k != "refresh"})


def test_every_page_is_among_them(whole):
    app, covered = whole.application, set()
    adapter = app.url_map.bind("local")
    for what in PAGES:
        path = what.split(" ", 1)[1].format(**whole.names).partition("?")[0].partition("#")[0]
        covered.add("" if path == "/nowhere" else adapter.match(path, method="GET")[0])
    pages = {rule.endpoint for rule in app.url_map.iter_rules() if "GET" in rule.methods}
    assert pages - covered - NO_PAGES == set()
    assert {what.split(" ")[0] for what in PAGES} == {"nobody", *ROLES}


# ---- the whole product of roles and pages


@pytest.mark.long
@pytest.mark.parametrize("role", ROLES)
def test_nothing_stands_in_the_way_of_any_role(whole, page_of, role):
    found: list[str] = []
    for path in dict.fromkeys(what.split(" ", 1)[1] for what in PAGES):
        page = page_of(role)[0]
        page.route("**/dossiers/*", without_refresh)
        if page.goto(path.format(**whole.names)).status == 200:
            found += [f"{path}: {text}" for text in sound(page, "")]
    assert found == []


# ---- the control: what is wrong is found


WRONG = {
    "light: color-contrast": "(main) => { main.innerHTML += '<p class=\"soft\">faible</p>'; "
    "main.lastChild.style.color = '#ddd'; main.lastChild.style.background = '#eee' }",
    "light: image-alt": "(main) => { main.append(new Image()); main.lastChild.src = '/favicon.ico' }",
    "px too wide at 320": "(main) => { main.innerHTML += '<p>' + 'x'.repeat(300) + '</p>'; "
    "main.lastChild.style.whiteSpace = 'nowrap' }",
    "small target": "(main) => { main.append(document.createElement('button')) }",
    "inline": "(main) => { main.innerHTML += '<p style=\"color: red\">rouge</p>' }",
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_found(whole, open_page, allow, wrong):
    page = open_page(1280)
    page.goto("/enter")
    if wrong in ("light: image-alt", "inline"):
        allow("404|Refused|violates|CSP")
    page.locator("main").evaluate(WRONG[wrong])
    assert any(wrong in text for text in sound(page, ""))
