"""Two versions of a text as one: by words within the lines that differ, with a little of what stands around them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import pairwise

Piece = tuple[str, str]  # ("same", "ins" or "del", text)
AROUND = 2  # lines of what is the same, before and after
MANY = 2_000  # words of a passage; above it, it is shown as taken away and written anew
TOKEN = re.compile(r"\s+|\w+|[^\w\s]")


def hunks(before: str, after: str) -> list[list[Piece]]:
    """The passages that differ, in the order of the text; none where nothing does."""
    a, b = before.split("\n"), after.split("\n")
    groups = SequenceMatcher(None, a, b).get_grouped_opcodes(AROUND)
    return [list(_joined(_passage(a, b, group))) for group in groups]


def _passage(a: list[str], b: list[str], group: list[tuple[str, int, int, int, int]]) -> Iterator[Piece]:
    for kind, i, j, k, m in group:
        old, new = "".join(f"{x}\n" for x in a[i:j]), "".join(f"{x}\n" for x in b[k:m])
        if kind == "equal":
            yield "same", old
        else:
            yield from _words(old, new)


def _words(old: str, new: str) -> Iterator[Piece]:
    a, b = TOKEN.findall(old), TOKEN.findall(new)
    if len(a) > MANY or len(b) > MANY:
        codes = [("replace", 0, len(a), 0, len(b))]
    else:
        codes = _calm(SequenceMatcher(None, a, b).get_opcodes(), a)
    for kind, i, j, k, m in codes:
        if kind == "equal":
            yield "same", "".join(a[i:j])
            continue
        yield "del", "".join(a[i:j])
        yield "ins", "".join(b[k:m])


def _calm(
    codes: list[tuple[str, int, int, int, int]], words: list[str]
) -> list[tuple[str, int, int, int, int]]:
    """Without islands of a blank or a comma between two changes: one reads a phrase, not a sieve."""
    out: list[tuple[str, int, int, int, int]] = []
    for n, (kind, i, j, k, m) in enumerate(codes):
        island = kind == "equal" and 0 < n < len(codes) - 1 and not re.search(r"\w|\n", "".join(words[i:j]))
        changes = kind != "equal" or island
        if changes and out and out[-1][0] != "equal":
            _kind, i, _j, k, _m = out.pop()
        out.append(("replace" if changes else "equal", i, j, k, m))
    return out


def _joined(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Without empty ones, and with the end of a line outside the marks, so that marks do not run over the edge."""
    for kind, text in pieces:
        if kind == "same" or not text.strip():
            yield from [("same" if not text.strip("\n") and kind == "ins" else kind, text)] if text else []
            continue
        for line, end in pairwise([*re.split(r"(\n)", text), ""]):
            if line != "\n":
                yield from [(kind, line)] if line else []
                yield from [("same", "\n")] if end == "\n" else []
