"""Widths of our two faces, to wrap text where nothing wraps by itself: inside SVG, and to measure a label.
Millimetres.
"""

from adapters.pdf.faces import advances
from adapters.pdf.text import clean

POINT = 25.4 / 72  # mm
LONGEST = 60  # a word of more signs is cut first: hyphenation looks at words, not at noise


def width(text: str, size: float, weight: int = 400) -> float:
    """Width in mm of `text` set at `size` points."""
    table = advances(weight)
    return sum(table.get(sign, 1.0) for sign in text) * size * POINT


def _cut(word: str, size: float, limit: float, weight: int, lang: str) -> tuple[str, str]:
    """The longest beginning of `word` that fits with a hyphen, cut where `lang` allows if it can be, and
    the rest.
    """
    import pyphen

    fits = [n for n in range(3, len(word)) if width(word[:n] + "-", size, weight) <= limit] or [
        min(3, len(word) - 1)
    ]
    code = pyphen.language_fallback(lang) or "fr"
    allowed = [n for n in pyphen.Pyphen(lang=code).positions(word) if n in fits]
    n = max(allowed or fits)
    return word[:n] + "-", word[n:]


def wrap(text: object, size: float, limit: float, weight: int = 400, lang: str = "fr") -> list[str]:
    """Lines no wider than `limit` mm. A word that does not fit is cut with a hyphen: nothing is ever left
    out.
    """
    words = [w[k : k + LONGEST] for w in clean(text).split() for k in range(0, len(w), LONGEST)]
    lines, line = [], ""
    for word in words:
        trial = f"{line} {word}" if line else word
        if width(trial, size, weight) <= limit:
            line = trial
            continue
        if line:
            lines.append(line)
        while len(word) > 4 and width(word, size, weight) > limit:
            head, word = _cut(word, size, limit, weight, lang)
            lines.append(head)
        line = word
    return [*lines, line] if line else lines


def lines_of(label: object, size: float = 9, limit: float = 33.5, weight: int = 700) -> str:
    """Class l2, l3 or l4 by the number of lines a label takes in its column, nothing for one line
    (`print.css`).
    """
    n = min(len(wrap(label, size, limit, weight)), 4)
    return f"l{n}" if n > 1 else ""
