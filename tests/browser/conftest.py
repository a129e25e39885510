"""Fixtures of the browser tests. Every test under this folder has the mark `browser` by itself.

site        the running application (tests/support/site.py) with the demonstration data, once a worker
make_site   make_site(demo=True) for a test that stops, kills or fills its own; not started yet
open_page   open_page(width=1280, js=True, scheme="light", **context options): a page in a browser of its own;
            paths are taken from site.url. More pages of the same person: page.context.new_page()
page        open_page() with its defaults
sign_in     sign_in(page, "coordination", site=None): this page's browser is signed in as who plays that role
allow       allow(pattern): this test means a console error to happen; allow(pattern, page): in the browser of a page

A test that fails is asked once more, from its fixtures on: a browser on a machine that is busy now and then answers too
late. The summary names each ("RERUN"), and each is a defect to be mended; what fails twice fails.
At the end of a test every console error, uncaught exception and CSP violation of its pages fails it.
`axe`, `sideways_scroll` and `screenshot` are functions of tests/support/browser.py.
"""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.support.browser import Watcher, assert_calm, launch, open_context
from tests.support.site import Site

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker("browser")
            item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def engine():
    """Playwright itself, for a test that starts a browser of its own."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(engine):
    chromium = launch(engine)
    yield chromium
    chromium.close()


@pytest.fixture(scope="session")
def site(tmp_path_factory, demo_template):
    folder = tmp_path_factory.mktemp("site") / "instance"
    shutil.copytree(demo_template, folder)
    running = Site(folder).start()
    yield running
    running.stop()


@pytest.fixture
def make_site(request, tmp_path):
    made = []

    def make(*, demo: bool = True) -> Site:
        folder = tmp_path / f"site-{len(made)}"
        shutil.copytree(request.getfixturevalue("demo_template" if demo else "empty_template"), folder)
        made.append(Site(folder))
        return made[-1]

    yield make
    for one in made:
        one.stop()


@pytest.fixture
def base_url(request):
    """Where paths start; a module may override it to test something else than the application."""
    return request.getfixturevalue("site").url


@pytest.fixture
def watchers():
    """Those who watch the contexts of this test; the test fails on what they saw."""
    watching: list[Watcher] = []
    yield watching
    assert_calm(watching)


@pytest.fixture
def open_page(browser, base_url, watchers, make_site):
    """After `make_site`, so that pages are closed before the sites they show are stopped."""
    contexts = []

    def opened(width=1280, *, js=True, scheme="light", **options):
        context = open_context(browser, width, js=js, scheme=scheme, **{"base_url": base_url, **options})
        contexts.append(context)
        watchers.append(Watcher(context))
        return context.new_page()

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def page(open_page):
    return open_page()


@pytest.fixture
def sign_in(request):
    def signed_in(page, role, *, site=None, shared=False):
        from tests.support.cast import cookie_of

        site = site or request.getfixturevalue("site")
        page.context.add_cookies([cookie_of(site.application, role, site.url, shared=shared)])
        return page

    return signed_in


@pytest.fixture
def allow(watchers):
    """allow(pattern) holds for every page that is open; open the pages first. With a page, for its browser alone."""

    def allowed(pattern: str, page=None) -> None:
        meant = [w for w in watchers if page is None or w.context == page.context]
        assert meant, "open a page before allowing an error in it"
        for watcher in meant:
            watcher.allow(pattern)

    return allowed
