"""The browser's detectors detect: each meets a page that is wrong on purpose, and one that is sound."""

import threading

import pytest
from flask import Flask
from werkzeug.serving import make_server

from tests.support.browser import Watcher, axe, open_context, sideways_scroll

POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'"
PAGE = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Page</title>
<meta name="viewport" content="width=device-width"><link rel="icon" href="/icon.svg">{head}</head>
<body><main><h1>Une page</h1>{body}</main></body></html>"""
PAGES = {
    "/sound": ("", "<p>Rien à dire.</p>"),
    "/inline-script": ("<script>window.ran = true</script>", ""),
    "/inline-style": ("", '<p style="color: red">Rouge</p>'),
    "/throws": ('<script src="/throws.js"></script>', ""),
    "/complains": ('<script src="/complains.js"></script>', ""),
    "/missing": ("", '<img src="/absent.png" alt="">'),
    "/elsewhere": ('<script src="/elsewhere.js"></script>', ""),
    "/unlabelled": ("", '<form><input name="a"><img src="/icon.svg"></form>'),
    "/wide": ('<link rel="stylesheet" href="/wide.css">', '<p class="wide">Large</p>'),
}
FILES = {
    "/throws.js": ("text/javascript", "throw new Error('aïe')"),
    "/complains.js": ("text/javascript", "console.error('plainte'); console.warn('rien')"),
    "/elsewhere.js": ("text/javascript", "location.href = 'http://example.org/'"),
    "/wide.css": ("text/css", ".wide { width: 500px }"),
    "/icon.svg": ("image/svg+xml", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'),
}


@pytest.fixture(scope="module")
def sample_url():
    """A site of a few wrong pages under a strict policy."""
    app = Flask(__name__)

    @app.get("/<path:path>")
    def answer(path):
        headers = {"Content-Security-Policy": POLICY}
        if f"/{path}" in PAGES:
            head, body = PAGES[f"/{path}"]
            return PAGE.format(head=head, body=body), headers
        kind, text = FILES.get(f"/{path}") or ("text/plain", None)
        return (text, {**headers, "Content-Type": kind}) if text else ("absent", 404, headers)

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def base_url(sample_url):
    return sample_url


@pytest.fixture
def visit(browser, sample_url):
    """visit(path, **options) → (page, watcher), outside the fixtures that would fail the test."""
    contexts = []

    def visited(path, **options):
        context = open_context(browser, base_url=sample_url, **options)
        contexts.append(context)
        watcher = Watcher(context)
        page = context.new_page()
        page.goto(path, wait_until="networkidle")
        return page, watcher

    yield visited
    for context in contexts:
        context.close()


def test_a_sound_page_passes_every_detector(visit):
    page, watcher = visit("/sound", width=360)
    assert axe(page) == []
    assert sideways_scroll(page) == 0
    assert watcher.problems() == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/inline-script", "CSP: script-src"),
        ("/inline-style", "CSP: style-src"),
        ("/throws", "uncaught: Error: aïe\n    at "),
        ("/complains", "plainte"),
        ("/missing", "404"),
    ],
)
def test_what_goes_wrong_in_a_page_is_seen(visit, path, words):
    page, watcher = visit(path)
    assert words in "\n".join(watcher.problems())
    assert page.evaluate("window.ran") is None


@pytest.mark.parametrize("path", ["/inline-style", "/missing"])
def test_it_is_seen_without_scripts_too(visit, path):
    _, watcher = visit(path, js=False)
    assert watcher.problems() != []


def test_axe_finds_what_is_wrong(visit):
    page, _ = visit("/unlabelled")
    found = "\n".join(axe(page))
    assert "label (critical): input" in found
    assert "image-alt (critical): img" in found
    assert axe(page, within="h1") == []
    assert "image-alt" not in "\n".join(axe(page, without=("image-alt",)))


def test_a_page_that_is_too_wide_is_measured(visit):
    page, _ = visit("/wide", width=360)
    assert sideways_scroll(page) > 100


def test_the_browser_reaches_this_machine_only(visit, browser):
    page, watcher = visit("/elsewhere")
    page.wait_for_url("chrome-error://**")
    assert watcher.problems() == []  # a navigation that fails is no error of the page itself
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        page.goto("http://example.org/")


def test_an_allowance_is_met_or_missed(visit):
    page, watcher = visit("/sound")
    watcher.allow("plainte")
    assert watcher.problems() == ["“plainte” was allowed and never came"]
    page.goto("/complains", wait_until="networkidle")
    assert watcher.problems() == []


def test_a_page_opens_as_asked(open_page, allow):
    page = open_page(360, scheme="dark")
    allow("404")
    page.goto("/missing", wait_until="networkidle")
    assert page.evaluate("[innerWidth, matchMedia('(prefers-color-scheme: dark)').matches]") == [360, True]
    assert page.evaluate("navigator.language") == "fr-BE"


def test_scripts_can_be_off(open_page):
    page = open_page(js=False)
    page.goto("/throws", wait_until="networkidle")
    assert page.locator("h1").inner_text() == "Une page"
