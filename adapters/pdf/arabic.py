"""Arabic for SVG on paper, where the renderer sets text letter by letter, from left to right, without
joining them.

`visual` gives each letter the form that its place in the word asks for, in the order in which the forms
stand on the page. Enough for a name or a few words in a box; running text is HTML, which Pango shapes.
Forms are those of Unicode's own tables (presentation forms A and B).
"""

import re
import unicodedata
from functools import cache

from adapters.pdf.text import rtl

ALEFS = "اأإآٱ"
FORMS = (*range(0xFB50, 0xFE00), *range(0xFE70, 0xFEFD))
RIGHT = ("R", "AL")
LEFT = re.compile(r"[0-9A-Za-z\u00c0-\u058f]+(?:[-.,:/@][0-9A-Za-z\u00c0-\u058f]+)*")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\ufe0e\ufe0f"))


@cache
def forms() -> dict[str, dict[str, str]]:
    """Letter (or lam and alef) → its initial, medial and final forms, those that it has."""
    out: dict[str, dict[str, str]] = {}
    for code in FORMS:
        kind, *letters = unicodedata.decomposition(chr(code)).split() or ("",)
        text = "".join(chr(int(letter, 16)) for letter in letters)
        if kind.startswith("<") and (len(text) == 1 or (text[0] == "ل" and text[1:] in ALEFS)):
            out.setdefault(text, {}).setdefault(kind[1:-1], chr(code))
    return out


def _letters(text: str) -> list[str]:
    """The letters; lam and alef are one. Marks above and below them are left out: here nothing could place
    them.
    """
    out: list[str] = []
    for sign in text:
        if out and out[-1] + sign in forms():
            out[-1] += sign
        elif not unicodedata.combining(sign):
            out.append(sign)
    return out


def joined(text: str) -> list[str]:
    """The letters of `text` in the forms that their neighbours give them, in the order of reading."""
    letters, out = _letters(text), []
    has = [forms().get(letter, {}) for letter in letters]
    for k, letter in enumerate(letters):
        before = k > 0 and "initial" in has[k - 1] and "final" in has[k]
        after = k + 1 < len(letters) and "initial" in has[k] and "final" in has[k + 1]
        kind = ("medial" if after else "final") if before else ("initial" if after else "isolated")
        out.append(letter if kind == "isolated" and len(letter) == 1 else has[k][kind])
    return out


def _turned(text: str) -> str:
    """A stretch that reads from right to left, as it stands: only numbers and foreign words keep their
    order.
    """
    parts, at = [], 0
    for run in LEFT.finditer(text):
        parts += [*joined(text[at : run.start()]), run[0]]
        at = run.end()
    mirrored = str.maketrans("()[]«»<>", ")(][»«><")
    return "".join(
        p if LEFT.fullmatch(p) else p.translate(mirrored) for p in reversed([*parts, *joined(text[at:])])
    )


def visual(text: str) -> str:
    """`text` as its signs stand on the line from left to right, without the invisible ones."""
    if not any(unicodedata.bidirectional(c) in RIGHT for c in text):
        return text.translate(INVISIBLE)
    text = text.translate(INVISIBLE)
    if rtl(text):
        return _turned(text)
    right = "".join(sorted({c for c in text if unicodedata.bidirectional(c) in RIGHT}))
    inside = re.compile(f"[{re.escape(right)}](?:[^A-Za-z\u00c0-\u058f]*[{re.escape(right)}])?")
    return inside.sub(lambda run: _turned(run[0]), text)
