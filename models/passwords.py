"""Which passwords are too easy to guess: by length and a block list, without rules of composition.

Source: NIST SP 800-63B-4, 3.1.1.2: length counts; what is common, repeated, in sequence, or made of the name
of the person or of the service is refused; digits, capitals or signs are not asked for, and nothing expires.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Any

from flask_babel import lazy_gettext as _l

from models.vocabularies import DATA

SHORTEST = 12
LONGEST = 200  # argon2 reads all of it: a megabyte would be work for the server

# What people choose first, in the languages of the platform, without accents. A password is refused when its
# letters are nothing but these words.
COMMON = frozenset((DATA / "passwords.txt").read_text(encoding="utf-8").split())
KEYBOARDS = ("azertyuiopqsdfghjklmwxcvbn", "qwertyuiopasdfghjklzxcvbnm")
RUNS = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", *KEYBOARDS)


def weakness(password: str, about: Iterable[str] = ()) -> Any | None:
    """A sentence for the one who typed it, or None where the password will do.

    about: words that others know of this person and of the site: name, address, organisation.
    """
    if len(password) < SHORTEST:
        return _l("Prenez au moins %(n)s signes. Quatre mots à la suite font l’affaire.", n=SHORTEST)
    if len(password) > LONGEST:
        return _l("Prenez %(n)s signes au plus.", n=LONGEST)
    plain = _plain(password)
    if _repeats(plain) or _runs(plain):
        return _l("Ce mot de passe se devine : il se répète ou suit le clavier. Prenez plutôt quatre mots.")
    known = {word for text in about for word in re.findall(r"[a-z]{2,}", _plain(text))}
    if _made_of("".join(c for c in plain if c.isalpha()), COMMON | known):
        return _l("Ce mot de passe se devine : on essaie ces mots-là en premier. Prenez-en d’autres.")
    return None


def _plain(text: str) -> str:
    """Small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.lower())
    return "".join(c for c in parts if not unicodedata.combining(c))


def _repeats(text: str) -> bool:
    """Whether a piece of up to six signs, again and again, makes it all up."""
    return any(text == (text[:n] * len(text))[: len(text)] for n in range(1, 7))


def _runs(text: str) -> bool:
    """Whether it follows the alphabet, the digits or the keyboard from end to end, either way."""
    return any(text in run or text[::-1] in run for run in RUNS)


def _made_of(letters: str, words: frozenset[str] | set[str]) -> bool:
    """Whether there are letters, and they are nothing but these words, one after another."""
    ends = {0}
    for end in range(1, len(letters) + 1):
        if any(end - len(word) in ends and letters[:end].endswith(word) for word in words):
            ends.add(end)
    return bool(letters) and len(letters) in ends
