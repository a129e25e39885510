"""Error pages: every code has its words, and nothing that was typed is lost."""

import pytest
from flask import render_template
from lxml import html as parser

from blueprints.errors_text import ERRORS, error_texts, keepable, readable
from tests.support.pagecheck import problems

POSTED = [
    ("csrf_token", "old"),
    ("title", "Les pas du quartier"),
    ("objectifs", "Un"),
    ("objectifs", "Deux"),
    ("description", "Une ligne\r\n</textarea><script>x</script>"),
    ("op_id", "6f1c"),
    ("password", "tulipe-jaune-42"),
    ("new_password_confirm", "tulipe-jaune-42"),
    ("totp_code", "123456"),
    ("code", "123456"),
    ("empty", "  "),
]


@pytest.fixture
def page(app):
    """page(code, …) → the error page as a tree, checked."""

    def render(code: int, **values):
        title, sentence, remedy = error_texts(code)
        with app.test_request_context("/"):
            text = render_template(
                "errors/page.html", code=code, title=title, sentence=sentence, remedy=remedy, **values
            )
        assert problems(text) == []
        return parser.fromstring(text)

    return render


def typed(area) -> str:
    """What a browser shows in a textarea: it drops the line break after the tag, which this parser keeps."""
    return area.text.removeprefix("\n")


@pytest.mark.parametrize("code", sorted(ERRORS))
def test_every_code_says_what_happened_and_what_to_do(page, code):
    tree = page(code)
    main = tree.xpath("//main")[0].text_content()
    for words in error_texts(code):
        assert str(words) in main
    assert tree.xpath("//main//a[@href]")
    assert len(tree.xpath("//main//*[contains(concat(' ', @class, ' '), ' main ')]")) == 1


def test_the_codes_are_those_the_application_answers():
    assert set(ERRORS) == {400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503}
    assert error_texts(418) is ERRORS[400]
    assert error_texts(507) is ERRORS[500]


def test_what_was_posted_can_be_posted_again_without_its_secrets(page):
    form = page(409, kept=POSTED, kept_action="/fiches/1").xpath("//form[@action='/fiches/1']")[0]
    again = [(name, value) for name, value in form.form_values() if name != "csrf_token"]
    # HTML knows one kind of line break; a browser posts it as two signs again.
    assert again == [
        ("title", "Les pas du quartier"),
        ("objectifs", "Un"),
        ("objectifs", "Deux"),
        ("description", "Une ligne\n</textarea><script>x</script>"),
        ("op_id", "6f1c"),
        ("empty", "  "),
    ]
    assert dict(form.form_values())["csrf_token"] not in ("", "old")


def test_a_secret_is_nowhere_on_the_page(app, page):
    text = parser.tostring(page(403, kept=POSTED, kept_action="/x")).decode()
    assert "tulipe" not in text
    assert "123456" not in text
    assert "pas du quartier" in text


def test_what_was_typed_can_be_read_under_its_question(page):
    tree = page(409, kept=POSTED, kept_action="/x", kept_labels={"title": "Quel est le titre ?"})
    shown = {
        label.text_content(): typed(tree.get_element_by_id(label.get("for")))
        for label in tree.xpath("//main//label")
    }
    assert shown["Quel est le titre ?"] == "Les pas du quartier"
    assert shown["Votre texte"].replace("\r\n", "\n") == "Une ligne\n</textarea><script>x</script>"
    assert not {"op_id", "empty", "csrf_token"} & set(shown)


@pytest.mark.parametrize("values", [{"kept_action": None}, {"kept_action": "/x", "resend": False}])
def test_where_sending_again_is_no_use_the_text_is_there_to_copy(page, values):
    tree = page(404, kept=POSTED, **values)
    assert tree.xpath("//main//form") == []
    assert any(typed(area) == "Les pas du quartier" for area in tree.iter("textarea"))


def test_an_error_without_a_form_offers_nothing_to_send(page):
    tree = page(404)
    assert tree.xpath("//main//form | //main//textarea") == []


def test_a_token_of_another_visit_asks_for_one_touch(page):
    tree = page(403, kept=POSTED, kept_action="/x", stale=True)
    assert str(ERRORS[403][0]) not in tree.findtext(".//h1")
    assert tree.xpath("//form[@action='/x']")


def test_keepable_leaves_order_and_doubles():
    assert keepable([("b", "1"), ("a", "2"), ("b", "3"), ("recovery_codes", "x")]) == [
        ("b", "1"),
        ("a", "2"),
        ("b", "3"),
    ]


def test_readable_leaves_out_what_no_person_wrote():
    assert readable([("base", "rev:4"), ("note", " oui "), ("other", "\n")], {"note": "Votre avis"}) == [
        ("Votre avis", " oui ")
    ]
