"""The application as it runs for real, in a real browser: it answers, and knows who is there."""

import urllib.request

import pytest
from playwright.sync_api import expect

from tests.support.browser import axe, sideways_scroll
from tests.support.site import wait_until


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("js", [True, False])
def test_a_stranger_meets_a_sound_page(open_page, width, js):
    page = open_page(width, js=js)
    answer = page.goto("/")
    assert answer.ok
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    expect(page.locator("h1")).to_have_count(1)
    if js:
        assert axe(page) == []
        assert sideways_scroll(page) == 0


def test_who_is_signed_in_is_greeted_by_name(page, sign_in, open_page):
    sign_in(page, "coordination").goto("/")
    assert page.get_by_text("Samira Haddad").count() > 0
    stranger = open_page()
    stranger.goto("/")
    expect(stranger.get_by_text("Samira Haddad")).to_have_count(0)


def test_a_site_that_was_killed_comes_back_on_its_port(make_site):
    site = make_site(demo=False).start()
    first = site.url
    site.kill_server()
    with pytest.raises(OSError, match="refused"):
        urllib.request.urlopen(f"{first}/", timeout=5)
    site.start()
    assert site.url == first
    assert urllib.request.urlopen(f"{first}/", timeout=5).status == 200


def test_a_second_server_on_one_instance_is_refused_in_a_sentence(make_site):
    site = make_site(demo=False).start()
    second = type(site)(site.instance)
    with pytest.raises(AssertionError, match=r"Tablée tourne déjà sur cette instance"):
        second.start()
    assert second.server.process.wait(20) == 1
    assert "Traceback" not in second.server.log.read_text()


def test_a_second_worker_is_refused_in_a_sentence(make_site):
    site = make_site(demo=False)
    first = site.start_worker()
    wait_until((site.instance / "worker.lock").exists)
    second = type(site)(site.instance).start_worker()
    assert second.process.wait(20) == 1
    assert "Un worker tourne déjà sur cette instance" in second.log.read_text()
    assert first.process.poll() is None
