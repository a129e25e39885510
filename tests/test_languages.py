"""A page says that it is in a language only where the site speaks it."""

import pytest

from blueprints import languages


def lang(page) -> str:
    return page.text.partition('<html lang="')[2].partition('"')[0]


@pytest.mark.parametrize("wanted", ["nl", "de-DE", "en;q=0.9", "xx", "", "fr-CA", ";;q=x"])
def test_without_translations_every_page_is_french(client, wanted):
    assert lang(client.get("/enter", headers={"Accept-Language": wanted})) == "fr"


def test_a_language_with_a_translation_is_spoken(app, client):
    with app.app_context():
        assert languages.known() == ["fr"]
        app.extensions["tablee_languages"] = ["fr", "nl"]  # what a file in translations/ does
        assert [languages.spoken(code) for code in ("nl", "de", None)] == ["nl", "fr", "fr"]
    assert lang(client.get("/enter", headers={"Accept-Language": "nl-BE, fr;q=0.5"})) == "nl"
    assert lang(client.get("/enter", headers={"Accept-Language": "de"})) == "fr"
