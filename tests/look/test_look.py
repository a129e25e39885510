"""What the templates draw with."""

import pytest

from blueprints import look


def test_an_icon_is_inline_and_hidden_from_screen_readers():
    svg = look.icon("check")
    assert svg.startswith("<svg ")
    assert 'aria-hidden="true"' in svg


def test_an_icon_is_written_as_it_stands(app):
    with app.app_context():
        assert app.jinja_env.from_string("{{ icon('check') }}").render() == str(look.icon("check"))


@pytest.mark.parametrize("name", ["no-such", "../logo", "check.svg", "", "Check", "a/b"])
def test_an_unknown_icon_is_an_error(name):
    with pytest.raises(LookupError):
        look.icon(name)


def test_the_version_follows_names_and_contents(tmp_path):
    (tmp_path / "a.css").write_text("a {}")
    look.version.cache_clear()
    first = look.version(tmp_path)
    look.version.cache_clear()
    assert look.version(tmp_path) == first
    (tmp_path / "a.css").write_text("b {}")
    look.version.cache_clear()
    second = look.version(tmp_path)
    (tmp_path / "a.css").rename(tmp_path / "c.css")
    look.version.cache_clear()
    assert len({first, second, look.version(tmp_path)}) == 3


def test_a_static_address_carries_the_version_of_the_tree():
    assert look.static("css/tokens.css") == f"/static/{look.version()}/css/tokens.css"
    assert (look.STATIC / "css" / "tokens.css").is_file()


@pytest.mark.parametrize(
    ("number", "link"),
    [("02 555 01 00", "025550100"), ("+32 (0)2 555.01.00", "+3225550100"), ("(02) 555", "02555"), ("", "")],
)
def test_a_telephone_number_becomes_a_link(number, link):
    assert look.tel(number) == link


def test_ids_differ_within_a_page_and_agree_between_pages(app):
    pages = []
    for _ in range(2):
        with app.test_request_context("/"):
            pages.append([look.new_id("table"), look.new_id("table"), look.new_id("other")])
    assert pages[0] == pages[1] == ["table-1", "table-2", "other-3"]
