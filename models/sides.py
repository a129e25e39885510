"""Two people write the same thing at once: what each of them touched, and what both did.

A form carries a short digest of each field as its writer saw it. A field that only one of them changed is taken over; one
that both changed is nobody's to decide: it is named, and both texts are kept.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping


def mark(text: str) -> str:
    """Eight signs that say whether two texts are the same; line ends do not count."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()[:8]


def seen_of(texts: Mapping[str, str]) -> str:
    """What a form carries: `name:mark` of each field, by blanks."""
    return " ".join(f"{name}:{mark(text)}" for name, text in texts.items())


def read_seen(text: str) -> dict[str, str]:
    """name → mark; what cannot be read is left out, and its field then counts as touched."""
    return dict(pair.split(":", 1) for pair in text.split() if ":" in pair)


def merge(
    stands: Mapping[str, str], mine: Mapping[str, str], seen: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """(the fields after both, those that both changed: of these the text that stands). seen: name → mark."""
    out, clash = dict(stands), []
    for name, text in mine.items():
        before = seen.get(name)
        if text == stands[name] or before == mark(text):
            continue
        if before == mark(stands[name]):
            out[name] = text
        else:
            clash.append(name)
    return out, clash
