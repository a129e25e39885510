"""Full text: ordinary French is found with and without its accents, and no text that a person types breaks it."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from blueprints.fiches.listing import Query, narrowed
from models.fiche import search
from models.fiche.content import blank, put
from models.fiche.fiche import Fiche
from models.fiche.saving import adopt
from models.store import db, writing
from tests.support import cast


@pytest.fixture
def data(demo_app):
    with demo_app.app_context():
        yield demo_app


def made(title: str = "", body: str = "", number: str | None = None) -> str:
    content = blank()
    put(content, "titre", title or None)
    put(content, "descriptif", body or None)
    with writing():
        return adopt(content, owner=None, state="PUB", number=number).id


def found(words: str) -> set[str]:
    return set(db.session.scalars(narrowed(cast.person("coordination"), Query.read({"q": words}))))


TEXT = (
    "L’été dernier, l'eau du puits était fraîche. Écrivez-nous un e-mail ! Près de 100 % des élèves du Noël cœur naïf ont répondu "
    "aujourd’hui : « Ça va, garçon ? » Buurtbewoners koken samen één keer per week in de wijk. C++ et l’État n°3, 20 000 €."
)


@pytest.mark.parametrize(
    "words",
    [
        "l'eau", "l’eau", "eau", "L'EAU", "e-mail", "mail", "100%", "100 %", "été", "ete", "ETE", "élèves", "eleve", "fraiche", "fraîch", "coeur", "Noel", "naif",
        "ecrivez-nous", "aujourd'hui", "aujourd’hui", "garcon", "Ça va", "ca va", "« Ça va »", "buurtbewoners", "een", "één keer", "wijk koken", "20 000", "l'Etat",
        "n°3", "eau puits fraîche", "puits  ,  eau", "\u00a0eau\u00a0", "eau !", "(eau)", "eau-", "'eau'", "près de 100 %",
    ],
)  # fmt: skip
def test_ordinary_words_are_found(data, words):
    wanted = made("Le puits", TEXT)
    made("Autre", "Rien de tout cela.")
    if words == "coeur":  # œ is a letter of its own, which folding accents does not touch
        assert found("cœur") == {wanted}
        return
    assert wanted in found(words)


@pytest.mark.parametrize("words", ["feu", "l'air", "eaux", "mail-e x", "200 %", "hiver", "puits feu", "zzz"])
def test_what_is_not_there_is_not_found(data, words):
    assert made("Le puits", TEXT) not in found(words)


def test_the_beginning_of_a_word_is_enough_and_its_end_is_not(data):
    one = made("Les marcheuses du canal")
    assert one in found("march")
    assert one in found("canal marche")
    assert one not in found("cheuses")


def test_a_number_finds_its_fiche(data):
    one = made("Le puits", number="F-2014-031")
    assert one in found("F-2014-031")
    assert one in found("f-2014-031")
    assert one in found("2014")


OPERATORS = [
    "AND",
    "OR",
    "NOT",
    "NEAR",
    "eau OR feu",
    "eau NOT puits",
    "NEAR(eau puits, 2)",
    "title:eau",
    "body : eau",
    "{title body} : eau",
    "-title:eau",
    "^eau",
    "eau*",
    "ea*",
    "eau + puits",
    '"eau"',
    '""',
    '"',
]


@pytest.mark.parametrize("words", OPERATORS)
def test_the_words_of_the_search_machine_are_words_like_others(data, words):
    """They ask for themselves: no operator, no column, no syntax error."""
    one = made("Le puits", "eau")
    two = made("or not and near title body", "eau puits feu ea 2 or not and near title body")
    hits = found(words)
    assert two in hits or not search.expression(words) or words in ("feu",)
    if any(word in words for word in ("AND", "OR", "NOT", "NEAR", "title", "body")):
        assert one not in hits


FRENCH = [
    "l'eau", "l’eau", "e-mail", "100%", "100 %", "aujourd'hui", "qu'est-ce que c'est ?", "rendez-vous", "c'est-à-dire", "1, rue de l'Église", "« santé »", "(santé)",
    "santé*", "a:b", "bien-être", "24/7", "n° 3", "50 €", "d'abord - ensuite", "co-construction", "\"citation\"", "l'un OR l'autre", "eau AND feu", "NOT ici", "...", "?", "!",
    "C++", "A & B", "x = y", "#santé", "@nadia", "~", "nom.prenom@a.example", "http://a.example/x?y=1", "[1]", "{2}", "'", '"', "''", "%", "_", "-", "--", "*", "^", "\\", "/", "\t", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("words", FRENCH)
def test_nothing_that_people_write_raises(data, words):
    made("Le puits", TEXT)
    found(words)


def test_the_detector_works(data):
    """Control: most of these strings raise when they are handed to MATCH as they are."""
    raised = 0
    for words in FRENCH:
        try:
            db.session.execute(
                text("SELECT fiche_id FROM fiche_text WHERE fiche_text MATCH :w"), {"w": words}
            ).all()
        except DatabaseError:
            raised += 1
            db.session.rollback()
    assert raised > 24
    assert len(FRENCH) >= 24


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)
@given(words=st.text(st.characters(codec=None), max_size=60))
@example(words='"')
@example(words="\ud800")
@example(words="ª")
@example(words="\u0300")
@example(words="a\x00b")
@example(words="_-'’")
def test_no_text_at_all_raises(data, words):
    expression = search.expression(words)
    assert expression.count('"') % 2 == 0
    found(words)


def test_words_that_say_nothing_find_nothing_and_no_words_find_all(data):
    assert found("!!! ???") == set()
    assert len(found("")) > 5
    assert found("   ") == found("")


def test_a_very_long_question_asks_for_a_dozen_words(data):
    assert search.expression("mot " * 500).count('"') == 24
    found("mot " * 500)


def test_what_changed_is_found_by_its_new_words_only(data):
    one = made("Le puits", "ancienne phrase")
    assert one in found("ancienne")
    with writing():
        fiche = db.session.get_one(Fiche, one)
        content = dict(fiche.content)
        put(content, "descriptif", "nouvelle phrase")
        search.index(one, fiche.number, fiche.title, content)
    assert one not in found("ancienne")
    assert one in found("nouvelle phrase")
    assert (
        db.session.scalar(text("SELECT count(*) FROM fiche_text WHERE fiche_id = :i").bindparams(i=one)) == 1
    )


def test_words_that_are_withheld_are_not_found(data):
    """A quote without consent, a contact, needs: they cannot be guessed at by searching."""
    content = blank()
    put(content, "titre", "Le puits")
    put(content, "contact.nom", "Zénobie")
    put(content, "biennale.besoins_acces", "zythologie")
    put(
        content,
        "bilan.temoignages",
        [{"id": "t1", "texte": "zigzag", "prenom": "Zélie", "consentement": {"statut": "non", "usages": []}}],
    )
    with writing():
        one = adopt(content, owner=None, state="PUB").id
    for words in ("zenobie", "zythologie", "zigzag", "zelie"):
        assert found(words) == set()
    assert one in found("puits")  # control
    assert db.session.scalars(select(Fiche.id).where(Fiche.id == one)).all() == [one]
