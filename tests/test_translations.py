"""translations/: up to date with the sources, whole, and used by what is printed."""

import copy
import os
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.support import Translations
from click.testing import CliRunner
from flask_babel import force_locale
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from jinja2 import TemplateSyntaxError
from lxml import html as parser

from blueprints import formats
from blueprints.dossiers import pages
from models.dossiers import KINDS
from models.editions import current_edition
from models.fiche import checks, questions
from models.fiche.fiche import find
from models.fiche.question import Question
from models.people import ROLES
from translations import update

LANGUAGES = ("nl", "de", "en")
PRINTED = re.compile(
    r"templates/(reading\.html|print/)|blueprints/(formats|minutes_words|dossiers/(pages|edition|register|digest|minutes|members))\.py|models/(dossiers|people)\.py|"
    r"models/fiche/(question|questions|checks)\.py"
)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|\{\w+\}|%%")


@pytest.fixture(scope="module")
def sources() -> Catalog:
    return update.extracted()


@pytest.fixture(scope="module")
def words() -> dict[str, Catalog]:
    return {language: update.read(path) for language, path in update.catalogues().items()}


def ids(catalogue: Catalog) -> set:
    return {m.id for m in catalogue if m.id}


def forms(value: Any) -> list[str]:
    """The singular and plural of a message, or its one form."""
    return [value] if isinstance(value, str) else list(value)


# ---------------------------------------------------------------------------------- up to date with the sources

REMEDY = "python -m translations.update writes translations/ anew"


@pytest.mark.slow
def test_the_template_says_what_the_sources_say(sources):
    known = ids(update.read(update.FOLDER / "messages.pot"))
    assert (ids(sources) - known, known - ids(sources)) == (set(), set()), REMEDY


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_messages_of_the_sources(language, sources, words):
    known = ids(words[language])
    assert (ids(sources) - known, known - ids(sources)) == (set(), set()), REMEDY


def a_project(root, **files: str):
    for name, text in files.items():
        folder, _sep, stem = name.partition("__")
        (root / folder).mkdir(exist_ok=True)
        (root / folder / stem.replace("_", ".")).write_text(text, encoding="utf-8")
    return root


def test_every_way_to_say_something_is_found(tmp_path):
    python = (
        '_("Un")\n_l("Deux")\nngettext("Trois", "%(num)s trois", n)\ngettext("Quatre")\nnot_a_word("Cinq")'
    )
    template = "{{ _('Six') }}{% trans %}Sept{% endtrans %}{{ ngettext('Huit', '%(num)s huit', n) }}Neuf"
    root = a_project(
        tmp_path, models__a_py=python, adapters__b_py='_l("Dix")', templates__c_html=template,
        templates__d_txt="{{ _('Onze') }}", tests__e_py='_("Douze")', styleguide__f_html="{{ _('Treize') }}",
    )  # fmt: skip
    found = {forms(i)[0] for i in ids(update.extracted(root))}
    assert found == {"Un", "Deux", "Trois", "Quatre", "Six", "Sept", "Huit", "Dix", "Onze"}


def test_a_template_that_cannot_be_read_is_not_passed_over(tmp_path):
    with pytest.raises(TemplateSyntaxError):
        update.extracted(a_project(tmp_path, templates__a_html="{{ _('Un') }}{% if %}"))


def test_words_outlive_a_change_of_spaces_and_leave_with_their_message(tmp_path):
    old, template = Catalog(locale="nl"), Catalog()
    old.add("Qui ?", "Wie?")
    old.add(("Une fiche :", "%(num)s fiches :"), ("Een fiche:", "%(num)s fiches:"))
    old.add("Parti", "Weg")
    for message in ("Qui\u00a0?", ("Une fiche\u00a0:", "%(num)s fiches\u00a0:"), "Neuf"):
        template.add(message)
    new = update.merged(old, template)
    assert ids(new) == ids(template)
    assert new.get("Qui\u00a0?").string == "Wie?"
    assert new.get("Une fiche\u00a0:").string == ("Een fiche:", "%(num)s fiches:")
    assert update.untranslated(new) == ["Neuf"]


@pytest.mark.slow
def test_to_bring_up_to_date_twice_changes_nothing(sources, words, tmp_path):
    path = tmp_path / "nl" / "LC_MESSAGES" / "messages.po"
    path.parent.mkdir(parents=True)
    path.write_bytes(update.text(update.merged(words["nl"], sources)))
    again = update.text(update.merged(update.read(path), sources))
    assert again == path.read_bytes()
    assert b"-Date:" not in again
    assert not re.search(rb"^#: .*:[0-9]", again, re.M)


@pytest.fixture
def folder(tmp_path, monkeypatch, words):
    """A copy of translations/ where one Dutch sentence is missing."""
    for language in LANGUAGES:
        path = tmp_path / language / "LC_MESSAGES" / "messages.po"
        path.parent.mkdir(parents=True)
        path.write_bytes(update.catalogues()[language].read_bytes())
    dutch = tmp_path / "nl" / "LC_MESSAGES" / "messages.po"
    text = dutch.read_text(encoding="utf-8")
    dutch.write_text(text.replace('msgstr "Dragende organisatie"', 'msgstr ""'), encoding="utf-8")
    monkeypatch.setattr(update, "FOLDER", tmp_path)
    return tmp_path


@pytest.mark.slow
def test_the_command_names_what_is_to_translate(folder, sources, monkeypatch):
    monkeypatch.setattr(update, "extracted", lambda: copy.deepcopy(sources))  # found once: it takes seconds
    result = CliRunner().invoke(update.main, catch_exceptions=False)
    lines = result.output.splitlines()
    head = next(
        n for n, line in enumerate(lines) if line.startswith("nl: ") and line.endswith(" to translate")
    )
    listed = lines[head + 1 : head + 1 + int(lines[head].split()[1])]
    assert "  Structure porteuse" in listed
    assert "  Objectifs visés" not in lines
    assert (folder / "messages.pot").exists()


def test_words_are_compiled_when_they_are_newer(folder):
    update.compile_words()
    made = folder / "nl" / "LC_MESSAGES" / "messages.mo"
    os.utime(made, (2e9, 2e9))
    update.compile_words()
    assert made.stat().st_mtime == 2e9
    os.utime(made, (1e9, 1e9))
    update.compile_words()
    assert made.stat().st_mtime > 1e9
    with made.open("rb") as stream:
        assert Translations(stream).gettext("Objectifs visés") == "Beoogde doelen"
    assert sorted(p.suffix for p in made.parent.iterdir()) == [".mo", ".po"]


# ------------------------------------------------------------------------------------------------------- sound

SIGNS = {  # what a language does not write: spaces before marks, straight marks, the quotes of others
    "nl": re.compile(r"[\s\u00a0][:;?!](?!\w)|['\"«»„‘]"),
    "de": re.compile(r"[\s\u00a0][:;?!](?!\w)|['\"«»”‘’]|\w…"),
    "en": re.compile(r"[\s\u00a0][:;?!](?!\w)|['\"«»„“”]"),
}


def faults(catalogue: Catalog, language: str) -> Iterator[str]:
    """One sentence for each thing that is wrong with the words of a language."""
    for m in (m for m in catalogue if m.id):
        if m.fuzzy:
            yield f"fuzzy: {m.id}"
        for french, said in zip(forms(m.id), forms(m.string), strict=True):
            if not said:
                continue
            if sorted(set(PLACEHOLDER.findall(french))) != sorted(set(PLACEHOLDER.findall(said))):
                yield f"placeholders: {french} → {said}"
            if (french[0], french[-1]).count(" ") != (said[0], said[-1]).count(" "):
                yield f"spaces at the ends: {french} → {said}"
            if SIGNS[language].search(said):
                yield f"signs: {said}"


LOOSE = re.compile(
    r"« |(?<=\S) »|(?<=\S) [:;?!](?=[\s»)\u00a0]|$)"
)  # where a line may break before a French sign


def loose(said: Any) -> list[str]:
    """The forms of a French message in which a sign may stand alone on the next line."""
    return [french for french in forms(said) if LOOSE.search(french)]


@pytest.mark.slow
def test_french_has_its_no_break_spaces(sources):
    assert [french for m in sources if m.id for french in loose(m.id)] == []


@pytest.mark.parametrize("french", ["Qui ?", "Voici : « ceci\u00a0»", "« Oui\u00a0»", ("Un", "Des « mots »")])
def test_a_sign_that_may_stand_alone_is_found(french):
    assert loose(french)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_sound(language, words):
    assert list(faults(words[language], language)) == []


@pytest.mark.parametrize(
    ("french", "said", "fault"),
    [
        ("%(n)s fiches", "%(m)s fiches", "placeholders"),
        ("%(n)s fiches", "fiches", "placeholders"),
        ("{n} signes", "n tekens", "placeholders"),
        (("Une", "%(num)s fiches"), ("Een", "fiches"), "placeholders"),
        (" et une autre", "en een andere", "spaces"),
        ("Qui\u00a0?", "Wie\u00a0?", "signs"),
        ("«\u00a0Oui\u00a0»", "«\u00a0Ja\u00a0»", "signs"),
    ],
)
def test_an_unsound_translation_is_found(french, said, fault):
    catalogue = Catalog(locale="nl")
    catalogue.add(french, said)
    assert [f.partition(":")[0].partition(" ")[0] for f in faults(catalogue, "nl")] == [fault]


def test_a_fuzzy_one_is_found():
    catalogue = Catalog(locale="nl")
    catalogue.add("Oui", "Misschien", flags={"fuzzy"})
    assert list(faults(catalogue, "nl")) == ["fuzzy: Oui"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_compile(language, words):
    out = BytesIO()
    write_mo(out, words[language])
    assert out.getvalue()[:4] == b"\xde\x12\x04\x95"
    assert words[language].num_plurals == 2
    assert str(words[language].locale) == language


# ------------------------------------------------------------------------------------------------------- whole


def lazy(thing: Any) -> Iterator[str]:
    """The French of every lazy string inside a declaration."""
    if isinstance(thing, LazyString):
        yield thing._args[0]
    elif is_dataclass(thing):
        for field in fields(thing):
            yield from lazy(getattr(thing, field.name))
    elif isinstance(thing, dict | list | tuple):
        for one in thing.values() if isinstance(thing, dict) else thing:
            yield from lazy(one)


def declared() -> set[str]:
    """Every sentence of the declaration of the fiche, of its checks, of the kinds of dossiers and of the roles."""
    return set(lazy([questions.PARTS, questions.SHEET, questions.BANDS, checks.WANTED, KINDS, ROLES]))


def missing(catalogue: Catalog, wanted: set[str]) -> set[str]:
    return {french for french in wanted if not (m := catalogue.get(french)) or not all(forms(m.string))}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_has_words(language, words):
    wanted = declared()
    assert {
        "Structure porteuse",
        "Bilan",
        "Membre du comité",
        "Argent, travail, droits",
        "Partenaire",
    } <= wanted
    assert len(wanted) > 300
    assert missing(words[language], wanted) == set()


def test_a_question_without_words_is_found(words):
    new = Question("couleur", "line", _l("Couleur du vélo"), _l("Où vous placez-vous ?"))
    assert missing(words["nl"], set(lazy(new))) == {"Couleur du vélo", "Où vous placez-vous ?"}


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_read_and_printed_has_words(language, sources, words):
    wanted = {
        forms(m.id)[0] for m in sources if m.id and any(PRINTED.match(path) for path, _n in m.locations)
    }
    assert {
        "Non renseigné",
        "Fiche d’action",
        "%(num)s fiche",
        "Il manque une réponse.",
        "Sans titre",
    } <= wanted
    assert missing(words[language], wanted) == set()


# -------------------------------------------------------------------------------------------------------- used


def page(number: str, lang: str = "") -> str:
    """The HTML of one fiche as it is set."""
    sheet = pages.printed(find(number), "intranet", lang)
    return pages.fiche_html(sheet, current_edition(), "Els Peeters", pages.today())


def french_labels(html: str) -> set[str]:
    """The labels of a page that are French, and that Dutch writes otherwise."""
    dutch = update.read(update.catalogues()["nl"])
    ours = parser.fromstring(html).xpath(
        "//*[contains(@class, 'lab') or contains(@class, 'sub') or self::b][not(ancestor::li)]"
    )
    found = {" ".join(e.text_content().split()) for e in ours}
    return {
        label
        for label in found & set(lazy([questions.PARTS, questions.SHEET]))
        if dutch.get(label).string != label
    }


def test_a_dutch_fiche_has_dutch_labels(demo_app):
    with demo_app.app_context():
        html, french = page("F-2016-003"), page("F-2016-003", "fr")
    text = " ".join(parser.fromstring(html).text_content().split())
    for words in (
        "Biënnale 2017", "Actiefiche", "Nederlands", "Dragende organisatie", "Beoogde doelen", "Voor wie in de eerste plaats",
        "sinds het begin", "Beoogd: zelfbeheer (P6).", "€\u00a06.200 per jaar, zonder personeel", "Wat moeilijk was", "“Vroeger at ik",
    ):  # fmt: skip
        assert " ".join(words.split()) in text or words in html, words
    assert 'data-running="F-2016-003"' in html
    assert "Werkversie van" in html
    assert html.count('<html lang="nl"') == 1
    assert 'lang="fr"' not in html
    assert french_labels(html) == set()
    assert {"Structure porteuse", "Objectifs visés", "Financement"} <= french_labels(french)
    assert 'lang="fr"' in french


def test_without_dutch_words_they_are_french_and_say_so(make_app, tmp_path):
    app = make_app({"BABEL_TRANSLATION_DIRECTORIES": str(tmp_path)}, demo=True)
    with app.app_context():
        html = page("F-2016-003")
    assert "Structure porteuse" in french_labels(html)
    assert 'class="lab" lang="fr"' in html


def test_any_fiche_can_have_the_labels_of_any_language(demo_app):
    with demo_app.app_context():
        german, english = page("F-2016-002", "de"), page("F-2016-002", "en")
    assert "Trägerorganisation" in german
    assert "Angestrebt: Mitentscheidung (P5)." in german
    assert "Lead organisation" in english
    assert "Aimed for: shared decision (P5)." in english
    for html in (german, english):
        assert french_labels(html) == set()
        assert "Des habitantes marchent ensemble" in html


# ----------------------------------------------------------------------------- dates, amounts, words in a sentence


@pytest.mark.parametrize(
    ("language", "amount", "date", "first", "month", "size"),
    [
        (
            "fr",
            "2\u00a0400\u00a0€",
            "21\u00a0avril\u00a02016",
            "1er\u00a0mai\u00a02016",
            "avril\u00a02016",
            "1,2\u00a0Mo",
        ),
        (
            "nl",
            "€\u00a02.400",
            "21\u00a0april\u00a02016",
            "1\u00a0mei\u00a02016",
            "april\u00a02016",
            "1,2\u00a0MB",
        ),
        (
            "de",
            "2.400\u00a0€",
            "21.\u00a0April\u00a02016",
            "1.\u00a0Mai\u00a02016",
            "April\u00a02016",
            "1,2\u00a0MB",
        ),
        ("en", "€2,400", "21\u00a0April\u00a02016", "1\u00a0May\u00a02016", "April\u00a02016", "1.2\u00a0MB"),
    ],
)
def test_amounts_and_dates_are_written_as_the_language_does(app, language, amount, date, first, month, size):
    with app.app_context(), force_locale(language):
        assert formats.money(2400.0) == amount
        assert formats.partial_date("2016-04-21") == date
        assert formats.partial_date("2016-05-01") == first
        assert formats.partial_date("2016-04") == month
        assert ("1er mai 2016" in formats.day(datetime(2016, 4, 30, 22, 30, tzinfo=UTC))) == (
            language == "fr"
        )
        assert "1er" not in formats.day(datetime(2016, 5, 11, tzinfo=UTC))
        assert formats.size(1_200_000) == size


@pytest.mark.parametrize(
    ("language", "noun", "phrase", "name"),
    [
        ("fr", "codécision", "par an", "néerlandais"),
        ("nl", "meebeslissen", "per jaar", "Nederlands"),
        ("de", "Mitentscheidung", "pro Jahr", "Niederländisch"),
        ("en", "shared decision", "per year", "Dutch"),
    ],
)
def test_words_of_a_vocabulary_inside_a_sentence(app, language, noun, phrase, name):
    from models.vocabularies import label

    with app.app_context(), force_locale(language):
        assert formats.inline(label("participation", "P5", language)) == noun
        assert formats.inline(label("periode_cout", "an", language), "phrase") == phrase
        assert formats.inline(label("langue_fiche", "nl", language), "language") == name
