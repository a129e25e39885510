"""The base page and the shared macros, rendered without an application around them."""

import re
from pathlib import Path

import pytest
from flask import render_template, render_template_string
from lxml import html as parser

from tests.support.pagecheck import problems

ROOT = Path(__file__).parents[2]
HOSTILE = '"><script>alert(1)</script>'
BASE = """{% extends 'base.html' %}{% block title %}Essai{% endblock %}
{% block main %}<h1>Essai</h1>{% endblock %}"""
SITE = {
    "name": "Plate-forme",
    "tagline": "Biennale",
    "demo": False,
    "contact_name": "Le secrétariat",
    "contact_phone": "+32 (0)2 555 01 00",
    "contact_mail": "secretariat@plateforme.example",
}
ACCOUNT = {"name": "Nadia B.", "href": "/account", "sign_out": "/sign-out"}


@pytest.fixture
def context(app):
    with app.test_request_context("/"):
        yield app


@pytest.fixture
def page(context):
    """page(**values) → the base page as a tree, checked."""

    def render(source: str = BASE, **values):
        text = render_template_string(source, **{"site": SITE, "nav_items": [], "account": None, **values})
        assert problems(text) == []
        return parser.fromstring(text)

    return render


@pytest.fixture
def ui(context):
    """ui('undo', …) → what the macro of that name writes, as a tree."""
    module = context.jinja_env.get_template("macros.html").module

    def call(name: str, *args, **values):
        return parser.fromstring(f"<div>{getattr(module, name)(*args, **values)}</div>")

    return call


def words(tree) -> str:
    return " ".join(tree.text_content().split())


# ---- the base page


def test_the_title_names_the_page_and_the_site(page):
    assert page().findtext(".//title") == "Essai – Plate-forme"


def test_the_language_is_that_of_the_request(app):
    with app.test_request_context("/", headers={"Accept-Language": "nl"}):
        assert parser.fromstring(render_template_string(BASE)).get("lang") == "nl"
    with app.test_request_context("/", headers={"Accept-Language": "xx"}):
        assert parser.fromstring(render_template_string(BASE)).get("lang") == "fr"


def test_static_addresses_carry_one_version(page):
    tree = page()
    addresses = tree.xpath("//link[@rel != 'manifest']/@href | //script/@src")
    assert len(addresses) >= 6
    assert len({re.match(r"/static/([0-9a-f]{12})/", a)[1] for a in addresses}) == 1


def test_the_skip_link_leads_to_the_content(page):
    tree = page()
    first = tree.xpath("//body//a")[0]
    assert tree.get_element_by_id(first.get("href")[1:]).tag == "main"


def test_the_menu_marks_the_page_one_is_on(page):
    items = [
        {"key": "a", "label": "Fiches", "href": "/fiches/"},
        {"key": "b", "label": "Réunions", "href": "/meetings/"},
    ]
    tree = page("{% set nav = 'b' %}" + BASE, nav_items=items)
    assert [words(a) for a in tree.xpath("//nav//a[@aria-current='page']")] == ["Réunions"]
    assert tree.xpath("//nav//a/@href") == ["/fiches/", "/meetings/"]


def test_signing_out_is_a_post_with_a_token(page):
    form = page(account=ACCOUNT).xpath("//form[@action='/sign-out']")[0]
    assert form.get("method") == "post"
    assert form.xpath(".//input[@name='csrf_token']/@value")[0]


def test_a_page_without_account_has_no_menu_and_no_form(page):
    tree = page()
    assert tree.xpath("//nav") == []
    assert tree.xpath("//form") == []


def test_a_bare_page_shows_neither_menu_nor_account(page):
    items = [{"key": "a", "label": "Fiches", "href": "/fiches/"}]
    tree = page("{% set bare = True %}" + BASE, nav_items=items, account=ACCOUNT)
    assert tree.xpath("//nav | //form") == []
    assert "Plate-forme" in words(tree.xpath("//header")[0])


def test_the_band_stands_only_on_a_demonstration(page):
    assert page().find_class("demo-band") == []
    assert "Démonstration" in words(page(site=SITE | {"demo": True}).find_class("demo-band")[0])


def test_the_foot_is_left_out_when_it_is_empty(page):
    full = page().xpath("//footer//a/@href")
    assert full == ["tel:+3225550100", "mailto:secretariat@plateforme.example"]
    empty = page(site={"name": "Plate-forme", "contact_name": "", "contact_phone": "", "contact_mail": ""})
    assert empty.xpath("//footer") == []


def test_names_are_text_and_never_markup(page):
    tree = page(account=ACCOUNT | {"name": HOSTILE}, site=SITE | {"name": HOSTILE, "contact_name": HOSTILE})
    assert all(script.get("src") for script in tree.iter("script"))


# ---- messages


@pytest.mark.parametrize(
    ("category", "kind", "role"),
    [("ok", "ok", "status"), ("wait", "wait", "status"), ("act", "act", "status"), ("bad", "bad", "alert"),
     ("message", "", "status"), ("error", "bad", "alert"), ("success", "ok", "status")],
)  # fmt: skip
def test_a_message_has_a_kind_a_sign_and_a_role(ui, category, kind, role):
    note = ui("messages", [(category, "Voici.")]).find_class("note")[0]
    assert note.get("class").split() == ["note", *kind.split()]
    assert note.get("role") == role
    assert note[0].tag.endswith("svg")
    assert words(note) == "Voici."


def test_a_message_that_can_be_undone_is_a_form(ui):
    message = {"text": "Archivée.", "action": "/undo", "label": "La remettre"}
    form = ui("messages", [("ok", message)]).xpath(".//form")[0]
    assert form.get("action") == "/undo"
    assert form.xpath(".//input[@name='csrf_token']")
    assert words(form) == "La remettre"


def test_nothing_flashed_leaves_no_trace(ui):
    assert words(ui("messages", [])) == ""
    assert ui("messages", []).find_class("messages") == []


def test_what_a_message_says_is_escaped(ui):
    assert ui("messages", [("ok", HOSTILE)]).xpath(".//script") == []
    assert HOSTILE in ui("messages", [("ok", HOSTILE)]).text_content()


# ---- the other macros


def test_the_error_summary_links_to_each_control(ui):
    tree = ui("error_summary", [("montant", "Écrivez un nombre"), ("titre", HOSTILE)])
    assert tree.xpath(".//a/@href") == ["#montant", "#titre"]
    assert tree.xpath(".//script") == []
    assert words(tree.xpath(".//h2")[0]).startswith("2 réponses")
    assert words(ui("error_summary", [("a", "b")]).xpath(".//h2")[0]).startswith("Une réponse")
    assert words(ui("error_summary", [])) == ""


class Numbered:
    def __init__(self, page: int, pages: int):
        self.page, self.pages = page, pages

    def url(self, n: int) -> str:
        return f"?q=a&page={n}"


@pytest.mark.parametrize(
    ("page", "pages", "shown"),
    [(1, 1, []), (1, 2, [1, 2, 2]), (4, 9, [3, 1, 3, 4, 5, 9, 5]), (9, 9, [8, 1, 8, 9])],
)
def test_pages_near_and_at_the_ends_can_be_reached(ui, page, pages, shown):
    tree = ui("pagination", Numbered(page, pages))
    assert [int(a.get("href").rpartition("=")[2]) for a in tree.iter("a")] == shown
    assert [int(a.get("href").rpartition("=")[2]) for a in tree.xpath(".//a[@aria-current]")] == (
        [page] if shown else []
    )


def test_to_confirm_is_to_post_and_to_renounce_is_a_link(ui):
    tree = ui("confirm", "Effacer ?", "Pour toujours.", "/x/delete", "Oui", "/x", fields=[("rev", "4")])
    form = tree.xpath(".//form")[0]
    assert (form.get("method"), form.get("action")) == ("post", "/x/delete")
    assert dict(form.form_values())["rev"] == "4"
    assert tree.xpath(".//a/@href") == ["/x"]


def test_a_button_that_needs_a_script_is_hidden_without_it(ui):
    for tree in (
        ui("copy_box", "link", "Le lien", "https://a.example/x"),
        ui("copy_text", "text", "Texte", "abc"),
    ):
        assert [b.get("hidden") is not None for b in tree.iter("button")] == [True]


def test_a_text_to_copy_comes_back_as_it_was_typed(ui):
    typed = "\n  première ligne\n\n</textarea>" + HOSTILE
    # A browser drops the line break after the tag; this parser keeps it.
    assert ui("copy_text", "text", "Texte", typed).xpath(".//textarea")[0].text == "\n" + typed


def test_the_counter_advises_beyond_the_length_too(ui):
    assert words(ui("counter", "a", 12, 600)) == "12 signes sur 600 conseillés."
    line = ui("counter", "a", 700, 600).find_class("count")[0]
    assert line.get("data-over") is not None
    assert words(line).startswith("700 signes.")


def test_a_change_is_said_in_words_too(ui):
    tree = ui("diff", [("same", "Une fois "), ("del", "l’an"), ("ins", HOSTILE)])
    assert words(tree.xpath(".//del")[0]) == "[retiré] l’an"
    assert words(tree.xpath(".//ins")[0]).startswith("[ajouté]")
    assert tree.xpath(".//script") == []


def test_an_empty_answer_says_so_and_zero_is_an_answer(ui):
    rows = ui("definitions", [("Coût", 0), ("Commune", ""), ("Fin", None)]).xpath(".//dd")
    assert [words(row) for row in rows] == ["0", "Non renseigné", "Non renseigné"]


def test_a_table_has_a_caption_and_heads_both_ways(ui):
    tree = ui("table", "Fiches par action", ["Action", "Fiches"], [["Soutien", 7]], numbers=(1,))
    region = tree.find_class("scroll")[0]
    assert tree.get_element_by_id(region.get("aria-labelledby")).tag == "caption"
    assert [th.get("scope") for th in tree.iter("th")] == ["col", "col", "row"]


def test_long_work_without_a_figure_has_no_bar(ui):
    assert ui("busy", "Attend", "Encore un peu.").xpath(".//progress") == []
    assert ui("busy", "Pages", "Encore un peu.", 3, 9).xpath(".//progress/@max") == ["9"]


def test_the_part_one_is_in_is_marked_in_words(ui):
    items = [
        {"href": "/1", "label": "Titre", "state": "done"},
        {"href": "/2", "label": "Bilan", "state": "now"},
    ]
    assert "Partie 2 sur 2" in words(ui("parts_small", items, "Parties"))
    assert [words(a) for a in ui("parts", items, "Parties").xpath(".//a[@aria-current='step']")] == [
        "2. Bilanvous êtes ici"
    ]


def test_a_refused_file_says_why_beside_the_control(ui):
    tree = ui(
        "upload", "photo", "photo", "Une photo", "JPEG ou PNG.", "image/*", error="Ce n’est pas une image."
    )
    control = tree.xpath(".//input")[0]
    described = [words(tree.get_element_by_id(i)) for i in control.get("aria-describedby").split()]
    assert described == ["Ce n’est pas une image.", "JPEG ou PNG."]
    assert control.get("aria-invalid") == "true"


# ---- signs


@pytest.fixture
def signs(context):
    return context.jinja_env.get_template("signs.html").module


def test_every_state_has_a_sign_and_the_word_of_the_vocabulary(signs):
    from models.vocabularies import terms

    for code, term in terms("statut_fiche").items():
        tree = parser.fromstring(str(signs.state(code)))
        assert words(tree) == term.label()
        assert tree.xpath("./*[contains(@class, 'i')]")


def test_every_action_has_a_shape_of_its_own_and_keeps_its_word(signs):
    from models.vocabularies import terms

    shapes = {parser.fromstring(str(signs.axis(code, "Mot"))).xpath(".//*/@d")[0] for code in terms("axe")}
    assert len(shapes) == len(terms("axe")) == 5
    assert words(parser.fromstring(str(signs.axis("PLA", "Plaidoyer", tight=True)))) == "Plaidoyer"


# ---- the style guide, and every template


def test_the_style_guide_is_sound(context):
    assert problems(render_template("styleguide/index.html")) == []


def icons_named(text: str) -> set[str]:
    return set(re.findall(r"\bicon\('([^']+)'\)", text)) | set(re.findall(r"\btag\('([^']+)'", text))


def test_every_icon_that_a_template_names_is_there():
    named = {name for path in (ROOT / "templates").rglob("*.html") for name in icons_named(path.read_text())}
    there = {path.stem for path in (ROOT / "static" / "icons").glob("*.svg")}
    assert len(named) > 20
    assert named - there == set()
    assert icons_named("{{ icon('no-such') }}") - there == {"no-such"}


# A no-break space before high punctuation and inside guillemets, a curly apostrophe.
ROUGH = re.compile(r" [:;?!»]|« |(?<=[a-zéè])'(?=[a-zéèêh])", re.IGNORECASE)


def sentences(text: str) -> list[str]:
    found = re.findall(r"\b(?:_|_l|gettext)\(\s*(?:'([^']*)'|\"([^\"]*)\")", text)
    return [one or other for one, other in found] + re.findall(r"ngettext\('([^']*)', '[^']*'", text)


def test_french_is_set_as_french():
    files = [ROOT / "blueprints" / "errors_text.py"]
    for pattern in ("base.html", "macros.html", "signs.html", "errors/*", "styleguide/*", "mail/layout.*"):
        files += (ROOT / "templates").glob(pattern)
    said = {sentence for path in files for sentence in sentences(path.read_text())}
    assert len(said) > 150
    assert [sentence for sentence in said if ROUGH.search(sentence)] == []


@pytest.mark.parametrize("rough", ["Venez ?", "« Oui »", "l'eau"])
def test_rough_french_is_seen(rough):
    assert ROUGH.search(rough)
