"""Which offer may answer which request: words without accents and plurals, languages, distance; said in words."""

from itertools import permutations

import pytest

from models.matching import COMMUNE, COUNTRY, ELSEWHERE, REGION, Subject, match, matches, near, stem, stems

GARDEN = Subject("Tenir un jardin partagé", "", ("fr",), "Namur", "90000", "BE")


def said(fit) -> str:
    return fit.said().replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jardins", "jardin"), ("JARDIN", "jardins"), ("animaux", "animal"), ("cuisiner", "cuisine"), ("traductions", "traduction"),
        ("Gärten", "Garten"), ("boekhoudingen", "boekhouding"), ("tuinen", "tuin"), ("kosten", "koste"), ("réunions", "reunion"),
        ("marcher", "marches"), ("chevaux", "cheval"),
    ],
)  # fmt: skip
def test_one_word_in_its_forms(one, other):
    assert set(stems(one)) == set(stems(other))


@pytest.mark.parametrize(
    ("one", "other"), [("jardin", "journal"), ("lait", "laine"), ("porte", "part"), ("an", "ans")]
)
def test_other_words_stay_apart(one, other):
    """The control: what only looks alike does not meet."""
    assert not set(stems(one)) & set(stems(other))


def test_small_words_and_figures_do_not_count():
    assert stems("Comment faire avec les autres, et pour 50 personnes", "het en der das und") == {}
    assert match(Subject("Apprendre pour nous"), Subject("Apprendre pour nous")) is None
    assert stem("bus") == "bus"


def test_a_match_says_why_and_no_figure():
    fit = match(
        GARDEN,
        Subject("Jardiner sur un toit", "Des jardins sans terre.", ("nl", "fr"), "Liège", "60000", "BE"),
    )
    assert said(fit) == "même langue, même région, mot commun : jardin"
    assert fit.said(lambda code: {"fr": "français"}[code]).startswith("même langue (français)")
    other = match(GARDEN, Subject("Tuin of jardin partagé", "", ("nl",), "Gent", "02000", "BE"))
    assert said(other) == "pas la même langue, même pays, mots communs : jardin, partagé"
    silent = match(GARDEN, Subject("Un jardin"))
    assert said(silent) == "mot commun : jardin"
    assert not any(c.isdigit() for fit in (fit, other, silent) for c in fit.said())
    assert match(GARDEN, Subject("Réparer un vélo", "", ("fr",), "Namur", "90000", "BE")) is None


def test_how_far():
    assert near(GARDEN, Subject("x", commune="NAMUR", country="BE")) == COMMUNE
    assert near(GARDEN, Subject("x", commune="Namur", country="FR")) == ELSEWHERE
    assert near(GARDEN, Subject("x", region="03000", country="BE")) == REGION
    assert near(GARDEN, Subject("x", region="02000", country="BE")) == COUNTRY
    assert near(GARDEN, Subject("x", country="DE")) == ELSEWHERE
    assert near(GARDEN, Subject("x")) is None


def test_the_order_is_that_of_language_words_and_distance_whatever_came_first():
    best = Subject("Jardin partagé", "", ("fr",), "Namur", "90000", "BE")
    words = Subject("Partager un jardin, partagé", "", ("fr",), "Mons", "50000", "BE")
    far = Subject("Mon jardin", "", ("fr",), "Berlin", "", "DE")
    foreign = Subject("Le jardin partagé", "", ("nl",), "Namur", "90000", "BE")
    wanted = [best, words, far, foreign]
    for order in permutations(wanted):
        assert [fit.subject for fit in matches(GARDEN, order)] == wanted
