"""A page says that it is in a language only where the site speaks it."""

import pytest

from blueprints import languages


def lang(page) -> str:
    return page.text.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize("wanted", ["nl", "de-DE", "en;q=0.9", "xx", "", "fr-CA", ";;q=x"])
def test_screens_are_french_unless_the_site_says_otherwise(client, wanted):
    assert lang(client.get("/enter", headers={"Accept-Language": wanted})) == "fr"


def test_words_for_what_is_printed_are_there_all_the_same(app):
    with app.app_context():
        assert languages.written() == {"fr", "nl", "de", "en"}
        assert languages.known() == ["fr"]


def test_a_language_that_the_site_offers_is_spoken(make_app):
    app = make_app({"SITE_LANGUAGES": ["fr", "nl"]})
    with app.app_context():
        assert languages.known() == ["fr", "nl"]
        assert [languages.spoken(code) for code in ("nl", "de", None)] == ["nl", "fr", "fr"]
    client = app.test_client()
    page = client.get("/enter", headers={"Accept-Language": "nl-BE, fr;q=0.5"})
    assert lang(page) == "nl"
    assert "Binnenkomen zonder wachtwoord" in page.text
    assert lang(client.get("/enter", headers={"Accept-Language": "de"})) == "fr"


@pytest.mark.parametrize(
    ("said", "known"),
    [
        (["nl", "fr"], ["nl", "fr"]),
        ("nl, fr", ["nl", "fr"]),  # as an environment variable says it
        (["fr", "xx"], ["fr"]),
        (["xx"], ["fr"]),
        ([], ["fr"]),
    ],
)
def test_the_site_speaks_what_it_offers_and_has_words_for(make_app, said, known):
    app = make_app({"SITE_LANGUAGES": said})
    with app.app_context():
        assert languages.known() == known
    assert lang(app.test_client().get("/enter", headers={"Accept-Language": "es"})) == known[0]


def test_without_words_nothing_but_french(make_app, tmp_path):
    app = make_app({"SITE_LANGUAGES": ["nl", "fr"], "BABEL_TRANSLATION_DIRECTORIES": str(tmp_path)})
    with app.app_context():
        assert languages.written() == {"fr"}
        assert languages.known() == ["fr"]
