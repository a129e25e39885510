"""The guide and its mails: drawn from samples, on a demonstration and in development, and nowhere else."""

import pytest

from blueprints import styleguide
from blueprints.accounts import letters

PATHS = ["/styleguide", "/styleguide/mails", "/styleguide/mails/invitation"]


@pytest.mark.parametrize("path", PATHS)
def test_it_is_there_for_the_demonstration_and_nowhere_else(make_app, path):
    client = make_app(demo=True).test_client()
    client.checks_pages = "mails/" not in path  # a mail brings its own style
    assert client.get(path).status_code == 200
    assert make_app().test_client().get(path).status_code == 404


def test_every_mail_is_on_the_page(demo_client):
    page = demo_client.get("/styleguide/mails").text
    for name in letters.KINDS:
        assert f"/styleguide/mails/{name}" in page
        assert str(letters.name_of(name)) in page


@pytest.mark.parametrize("name", letters.KINDS)
def test_a_mail_is_drawn_and_can_do_nothing(demo_client, name):
    demo_client.checks_pages = False  # a mail brings its own style
    answer = demo_client.get(f"/styleguide/mails/{name}")
    assert answer.headers["Content-Security-Policy"] == styleguide.MAIL_POLICY
    assert "Samira Haddad" in answer.text or name in ("join_declined", "library")
    assert "<script" not in answer.text


def test_a_mail_that_does_not_exist_is_not_found(demo_client):
    assert demo_client.get("/styleguide/mails/nothing").status_code == 404
