"""Which passwords are too easy to guess."""

import pytest

from models.passwords import COMMON, LONGEST, SHORTEST, weakness

ABOUT = ["Tablée", "Nadia Bensaïd", "nadia@passerelle.example", "Maison de quartier"]


@pytest.mark.parametrize(
    "text",
    [
        "quatre velos sous la pluie", "correct horse battery", "xkqz!vrpw#ty", "xkqzvrpwtyhn", "كلمة السر طويلة",
        "длинный пароль дом", "  x y z  q w v", "🦆🚲☔🌳🏡🎺🧦🍒🥖🪁🧩🔑", "bensaid mange une pomme", "482913750264",
    ],
)  # fmt: skip
def test_what_is_long_and_its_own_will_do(text):
    assert len(text) >= SHORTEST
    assert weakness(text, ABOUT) is None


@pytest.mark.parametrize(
    "text",
    [
        "", "court", "x" * 11, "motdepasse12", "Motdepasse2026!", "MOT DE PASSE 1", "Passwort-2026", "wachtwoord123",
        "azertyuiop12", "qwertyuiop!!", "0123456789012", "987654321098", "abcdefghijkl", "lkjihgfedcba", "aaaaaaaaaaaaa",
        "abcabcabcabcabc", "123123123123", "été2026 hiver2026", "biennale santé 2026", "Nadia Bensaïd 1975",
        "passerelle2026", "Tablée Tablée!", "maison de quartier 1", "x" * (LONGEST + 1), "wxcvbnwxcvbn",
    ],
)  # fmt: skip
def test_what_is_guessed_first_is_refused_with_a_sentence(text):
    sentence = str(weakness(text, ABOUT))
    assert sentence.endswith(".")
    assert len(sentence) > 20


def test_no_composition_is_asked_for():
    """Small letters, digits or signs alone all pass: length and the list decide."""
    assert [weakness(t) for t in ("tchoupinambours", "749201846527", "§;?/!%µ*£^¨$~&°+")] == [None] * 3


def test_the_list_is_of_plain_words():
    assert all(word.isascii() and word.isalpha() and word.islower() for word in COMMON)
    assert len(COMMON) > 150
