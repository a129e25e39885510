"""The look in a real browser: axe, widths, zoom, print, and each small behaviour with and without scripts."""

import re
import threading

import pytest
from flask import render_template, render_template_string, request, send_from_directory
from playwright.sync_api import expect
from werkzeug.serving import make_server

from blueprints.errors_text import error_texts
from blueprints.look import STATIC
from blueprints.shell import CSP
from tests.look.plain import plain_app
from tests.support.browser import axe, open_all, screenshot, sideways_scroll, small_targets
from tests.support.often import often

FRAME = {
    "site": {
        "name": "Plate-forme santé",
        "tagline": "Biennale",
        "demo": True,
        "contact_phone": "02 555 01 00",
    },
    "nav_items": [
        {"key": key, "label": label, "href": f"/samples/{key}"}
        for key, label in (("form", "Fiches"), ("other", "Réunions"), ("long", "Un mot bien plus long"))
    ],
    "account": {"name": "Nadia Bensaïd", "href": "/samples/other", "sign_out": "/sign-out"},
    "foot_items": [{"label": "Aide", "href": "/samples/other"}],
}
PAGE = """{% extends 'base.html' %}{% block title %}Essai{% endblock %}
{% block main %}<div class="wrap"><h1>Essai</h1>"""
SAMPLES = {
    "form": PAGE
    + """<form method="post" action="/saved" data-guard>
<p><label for="t">Texte</label><textarea id="t" name="t" aria-describedby="t-c"></textarea></p>
{{ ui.counter('t', 0, 5) }}
{{ ui.upload('f', 'f', 'Une photo') }}{{ ui.copy_box('c', 'Le lien', 'https://a.example/x') }}
<button type="submit" class="btn main">Garder</button></form></div>{% endblock %}""",
    "errors": PAGE
    + """<form method="post" action="/saved">{{ ui.error_summary([('n', 'Écrivez un nombre')]) }}
<label for="n">Combien</label><input id="n" name="n"></form></div>{% endblock %}""",
    "other": PAGE
    + """<p id="end">Autre page</p><button type="button" class="btn">Agir</button>
<details class="fold"><summary>Plus</summary><p id="inside">Dedans</p></details></div>{% endblock %}""",
    "work": PAGE
    + "{% if not over %}{{ ui.busy('Pages', 'Encore un peu.', done, 3, '/samples/work') }}{% else %}"
    + "<p id='ready'>Prêt</p>{% endif %}</div>{% endblock %}",
}


@pytest.fixture(scope="module")
def sample_site():
    """A server of the samples under the application's policy; `.looked` counts looks at the long work."""
    app = plain_app()
    app.looked = 0

    @app.get("/static/<version>/<path:path>")
    def files(version, path):
        return send_from_directory(STATIC, path)

    @app.get("/styleguide")
    def guide():
        return render_template("styleguide/index.html", **FRAME)

    @app.get("/errors/<int:code>")
    def error(code):
        title, sentence, remedy = error_texts(code)
        kept = [("titre", "Les pas"), ("texte", "Une ligne\n" * 9)]
        return render_template(
            "errors/page.html", code=code, title=title, sentence=sentence, remedy=remedy,
            kept=kept if "kept" in request.args else [], kept_action="/saved", **FRAME,
        )  # fmt: skip

    @app.get("/samples/<name>")
    def sample(name):
        app.looked += name == "work"
        return render_template_string(SAMPLES[name], done=app.looked, over=app.looked > 2, **FRAME)

    @app.after_request
    def policy(answer):
        answer.headers["Content-Security-Policy"] = CSP
        return answer

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    app.url = f"http://localhost:{server.server_port}"
    yield app
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base_url(sample_site):
    return sample_site.url


@pytest.mark.parametrize("scheme", often(["light", "dark"]))
@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("path", ["/styleguide", "/errors/404", "/errors/409?kept=1", "/samples/errors"])
def test_nothing_stands_in_anybody_s_way(open_page, path, width, scheme):
    page = open_page(width, scheme=scheme)
    page.goto(path)
    assert sideways_scroll(page) == 0
    screenshot(page, f"look-{path.strip('/').split('?')[0].replace('/', '-')}-{width}-{scheme}")
    open_all(page)
    assert axe(page) == []


@pytest.mark.parametrize("path", ["/styleguide", "/errors/409?kept=1"])
@pytest.mark.parametrize(("width", "zoom"), [(320, 100), (360, 200), (640, 200), (1280, 200)])
def test_small_windows_and_large_letters_fit(open_page, path, width, zoom):
    page = open_page(width)
    page.goto(path)
    page.evaluate("(zoom) => document.documentElement.style.setProperty('font-size', `${zoom}%`)", zoom)
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == f"{16 * zoom // 100}px"
    assert sideways_scroll(page) == 0


@pytest.mark.parametrize("width", [360, 1280])
def test_what_is_touched_is_large_enough(open_page, width):
    page = open_page(width)
    page.goto("/styleguide")
    open_all(page)
    assert small_targets(page) == []


def test_a_small_target_is_seen(page):
    page.goto("/samples/other")
    page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    assert any(text.startswith("<button></button>") for text in small_targets(page))


def test_on_paper_there_is_no_menu_and_no_fold_is_lost(page):
    page.goto("/samples/other")
    menu, inside = page.locator("nav"), page.locator("#inside")
    expect(menu).to_be_visible()
    expect(inside).to_be_hidden()
    page.emulate_media(media="print")
    expect(menu).to_be_hidden()
    expect(inside).to_be_visible()
    expect(page.locator("button:visible")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


# ---- behaviours


def test_the_counter_follows_and_never_stops_anyone(page):
    page.goto("/samples/form")
    line = page.locator("#t-c")
    page.fill("#t", "été")
    expect(page.locator("#t-c")).to_have_text(re.compile("^3 "))
    # An e with a loose accent, and a family of four: two signs for a person, twelve for a machine.
    page.fill("#t", "e\u0301\U0001f469\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466")
    expect(page.locator("#t-c")).to_have_text(re.compile("^2 "))
    assert line.get_attribute("data-over") is None
    page.fill("#t", "a" * 1200)
    expect(line).to_have_attribute("data-over", "")
    assert len(page.input_value("#t")) == 1200
    assert "1\u202f200" in line.inner_text()


def test_a_counter_added_later_counts_too(page):
    page.goto("/samples/form")
    page.evaluate("""() => { const box = document.querySelector('#t').parentNode;
      box.after(box.cloneNode(true)); const [first, second] = document.querySelectorAll('textarea');
      second.id = 'u'; const line = document.querySelector('#t-c').cloneNode(true);
      line.dataset.count = 'u'; line.id = 'u-c'; second.after(line); }""")
    page.fill("#u", "ab")
    expect(page.locator("#u-c")).to_have_text(re.compile("^2 "))
    assert page.inner_text("#t-c").startswith("0")


def test_a_text_is_copied_and_says_so(open_page):
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto("/samples/form")
    page.get_by_role("button", name="Copier").click()
    page.get_by_text("Copié.").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == "https://a.example/x"


def test_where_nothing_can_be_copied_the_text_is_selected(page):
    page.goto("/samples/form")
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')) }")
    page.get_by_role("button", name="Copier").click()
    page.get_by_text("Ctrl").wait_for()
    assert page.evaluate("getSelection().toString()") == "https://a.example/x"


def test_a_button_that_needs_scripts_is_not_there_without_them(open_page):
    page = open_page(js=False)
    page.goto("/samples/form")
    expect(page.get_by_role("button", name="Copier")).to_have_count(0)
    expect(page.get_by_role("button", name="Garder")).to_be_visible()


@pytest.mark.parametrize(("width", "menu"), [(360, ".menu"), (1280, ".me")])
def test_a_menu_shuts_with_escape_and_when_one_goes_elsewhere(open_page, width, menu):
    page = open_page(width)
    page.goto("/samples/other")
    summary, part = page.locator(f"{menu} > summary"), page.locator(menu)
    summary.click()
    assert part.get_attribute("open") is not None
    page.keyboard.press("Escape")
    assert part.get_attribute("open") is None
    assert summary.evaluate("(e) => e === document.activeElement")
    summary.click()
    page.mouse.click(width / 2, 700)
    assert part.get_attribute("open") is None
    summary.click()
    page.focus("footer a")
    assert part.get_attribute("open") is None


@pytest.mark.parametrize("js", [True, False])
@pytest.mark.parametrize("width", [360, 1280])
def test_the_way_out_can_be_reached_with_and_without_scripts(open_page, width, js):
    page = open_page(width, js=js)
    page.goto("/samples/other")
    expect(page.get_by_role("button", name="Sortir")).to_be_hidden()
    page.locator(".menu > summary" if width == 360 else ".me > summary").click()
    expect(page.get_by_role("button", name="Sortir")).to_be_visible()
    expect(page.get_by_role("link", name="Réunions")).to_be_visible()


def leaves_without_a_word(page) -> bool:
    """Follows the link to another page; says whether the browser let it go without asking."""
    asked = []

    def answer(dialog):
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", answer)
    page.get_by_role("link", name="Aide").click()
    page.locator("#end").wait_for()
    return not asked


def test_leaving_a_text_that_is_stored_nowhere_asks_first(page):
    page.goto("/samples/form")
    page.locator("#t").press_sequentially("abc")
    assert not leaves_without_a_word(page)


def test_leaving_an_untouched_form_does_not_ask(page):
    page.goto("/samples/form")
    page.locator("#t").click()
    assert leaves_without_a_word(page)


def test_what_another_module_has_stored_does_not_ask(page, sample_site):
    page.goto("/samples/form")
    page.locator("#t").press_sequentially("abc")
    page.evaluate("""async () => { const page = document.querySelector('script[src$="js/page.js"]').src;
      const { settle } = await import(new URL('guard.js', page));
      settle(document.querySelector('form[data-guard]')); }""")
    assert leaves_without_a_word(page)


def test_a_submission_that_is_held_back_has_stored_nothing(page):
    page.goto("/samples/form")
    page.locator("#t").press_sequentially("abc")
    page.evaluate(
        "document.querySelector('form[data-guard]').addEventListener('submit', (e) => e.preventDefault())"
    )
    page.get_by_role("button", name="Garder").click()
    assert not leaves_without_a_word(page)


def test_a_chosen_file_is_named_with_its_size(page):
    page.goto("/samples/form")
    photo = {"name": "<b>marché.jpg", "mimeType": "image/jpeg", "buffer": b"x" * 1_234_567}
    page.set_input_files("#f", photo)
    line = page.locator(".names li")
    assert line.inner_text().replace("\u00a0", " ").replace("\u202f", " ") == "<b>marché.jpg, 1,2 Mo"
    page.set_input_files("#f", [])
    expect(line).to_have_count(0)


def test_a_form_that_came_back_starts_at_what_is_to_be_seen_again(page):
    page.goto("/samples/errors")
    expect(page.locator(".note.bad")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#n")).to_be_focused()


def test_long_work_is_followed_to_its_end(page, sample_site):
    sample_site.looked = 0
    page.clock.install()
    page.goto("/samples/work")
    assert page.locator("progress").get_attribute("value") == "1"
    page.clock.run_for(2500)
    page.locator("progress[value='2']").wait_for()
    page.clock.run_for(4000)
    page.locator("#ready").wait_for()


def test_long_work_waits_where_there_is_no_network(page, allow, sample_site):
    sample_site.looked = 0
    page.clock.install()
    with page.expect_response("**/js/live.js"):
        page.goto("/samples/work")
    allow("ERR_INTERNET_DISCONNECTED")
    page.context.set_offline(True)
    with page.expect_event("requestfailed"):
        page.clock.run_for(2500)
    expect(page.locator("progress")).to_be_visible()
    page.context.set_offline(False)
    page.clock.run_for(10000)
    page.locator("progress[value='2']").wait_for()


def test_without_scripts_a_link_tells_how_far_it_is(open_page, sample_site):
    sample_site.looked = 0
    page = open_page(js=False)
    page.goto("/samples/work")
    page.get_by_role("link", name="Voir où cela en est").click()
    page.locator("progress[value='2']").wait_for()
