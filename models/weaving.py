"""Three-way merge of a text by its lines: base (what the writer started from), mine (what was posted), theirs (what is there).

What only one side changed is taken. What both changed alike stands once. Where both changed the same passage, both stand,
theirs first, each under a line of plain Markdown that says whose it is ("> **Version 1/2 – …**"): nothing that was typed
is lost, and nobody is asked before their text is kept. Lines that both added to one list at the same place simply follow
each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from hashlib import sha256
from typing import NamedTuple

HEAD = re.compile(r"^(> \*\*\w+ [12]/2 – )(.*)\*\*$", re.M)  # in any language
FIRST = re.compile(r"^> \*\*\w+ 1/2 – .*\*\*$", re.M)
LIST = re.compile(r"\s*([-*+]|\d{1,9}[.)])\s")
MOST = 4_000_000  # lines of the one times lines of the other; above it what differs is one passage


class Edit(NamedTuple):
    """Lines start..stop of the base became these."""

    start: int
    stop: int
    lines: list[str]


@dataclass(frozen=True)
class Woven:
    """The text that stands, and how many passages of this merge stand in it twice."""

    text: str
    clashes: int = 0


def twice(text: str) -> int:
    """How many passages of a text stand in two versions."""
    return len(FIRST.findall(text))


def head(word: str, n: int, whose: str) -> str:
    """The line over one of two versions. word: "Version", as the language has it."""
    return f"> **{word} {n}/2 – {plain(whose)}**"


def plain(words: str) -> str:
    """As they stand in a head: no stars, which would end it, and one blank between."""
    return " ".join(words.replace("*", "").split())


def end(words: str) -> str:
    """The line under the second one."""
    return f"> **{words}**"


@dataclass(frozen=True)
class Double:
    """A passage that stands in two versions: lines start..stop of a text, heads and closing line included.

    whose: who wrote each, and when, as the heads say. mark: names it as long as none of its lines is another one.
    """

    start: int
    stop: int
    whose: tuple[str, str]
    sides: tuple[list[str], list[str]]
    mark: str


def doubles(text: str, ends: Collection[str]) -> list[Double]:
    """Those of a text, in its order. ends: the closing lines, as each language has them.

    One of which somebody changed a head or the closing line is left out; where one stands within another, the inner is
    given.
    """
    lines, out = text.split("\n"), []
    first = second = -1
    for n, line in enumerate(lines):
        if FIRST.match(line):
            first, second = n, -1
        elif HEAD.match(line):
            first, second = (first, n) if second < 0 <= first else (-1, -1)
        elif second >= 0 and line in ends:
            out.append(_double(lines, first, second, n))
            first = second = -1
    return out


def _double(lines: list[str], first: int, second: int, last: int) -> Double:
    one, two = (str(HEAD.sub(r"\2", lines[n])) for n in (first, second))
    sides = _bare(lines[first + 1 : second]), _bare(lines[second + 1 : last])
    mark = sha256("\n".join(lines[first : last + 1]).encode()).hexdigest()[:12]
    return Double(first, last + 1, (one, two), sides, mark)


def _bare(lines: list[str]) -> list[str]:
    """Without the blank lines at the ends."""
    full = [n for n, line in enumerate(lines) if line.strip()]
    return lines[full[0] : full[-1] + 1] if full else []


def together(one: list[str], two: list[str]) -> list[str]:
    """Both versions, one after the other: two paragraphs, or one list."""
    return [*one, *([] if _one_list([*one[-1:], *two[:1]]) else [""]), *two]


def settled(text: str, double: Double, kept: list[str]) -> str:
    """The text with these lines in the place of a passage. A list that it parted is one list again."""
    lines = text.split("\n")
    before, after = lines[: double.start], lines[double.stop :]
    before, after = (side if any(side) else [] for side in (before, after))
    if not kept and after[:1] == [""] and before[-1:] in ([], [""]):
        del after[0]
    if before[-1:] == [""] and _one_list([*before[-2:-1], *kept[:1]]) and len(before) > 1 and kept:
        del before[-1]
    if after[:1] == [""] and _one_list([*kept[-1:], *after[1:2]]) and len(after) > 1 and kept:
        del after[0]
    return "\n".join([*before, *kept, *after])


def shared(mine: str, theirs: str) -> str:
    """What two texts have in common: the base, where the one they started from is not known."""
    out: list[str] = []
    lines, at = mine.split("\n"), 0
    for start, stop, _k, _m in _changes(lines, theirs.split("\n")):
        out += lines[at:start]
        at = stop
    return "\n".join(out + lines[at:])


def weave(base: str, mine: str, theirs: str, between: Callable[[list[str], list[str]], list[str]]) -> Woven:
    """Merge. between(theirs, mine) makes the lines of a passage that both changed; see `both`."""
    if mine in (base, theirs):
        return Woven(theirs)
    if theirs == base:
        return Woven(mine)
    out: list[str] = []
    lines, at, clashes = base.split("\n"), 0, 0
    for p in _passages(_edits(lines, mine), _edits(lines, theirs)):
        out += lines[at : p.start]
        at = p.stop
        here, there = _applied(lines, p, p.mine), _applied(lines, p, p.theirs)
        if not p.theirs or here == there:
            out += here
        elif not p.mine:
            out += there
        else:
            before, here, there, after = _trimmed(here, there)
            fits = p.start == p.stop and _one_list([*there, *here])
            clashes += not fits
            out += before
            out += there + here if fits else _spaced(between(there, here), out, [*after, *lines[at:]])
            out += after
    return Woven("\n".join(out + lines[at:]), clashes)


def _spaced(passage: list[str], before: list[str], after: list[str]) -> list[str]:
    """Without the blank lines at its ends that stand there already."""
    return passage[before[-1:] == [""] : len(passage) - (after[:1] == [""])]


def both(theirs: list[str], mine: list[str], heads: tuple[str, str, str]) -> list[str]:
    """Two versions of a passage, under their heads and over a closing line, each a block of its own in Markdown."""
    one, two, close = heads
    return ["", one, "", *theirs, "", two, "", *mine, "", close, ""]


def _changes(a: list[str], b: list[str]) -> list[tuple[int, int, int, int]]:
    """(start, stop in a, start, stop in b) of what differs. What both begin and end with is left out first."""
    before, one, other, _after = _trimmed(a, b)
    n = len(before)
    if len(one) * len(other) > MOST:
        return [(n, n + len(one), n, n + len(other))]
    codes = SequenceMatcher(None, one, other).get_opcodes()
    return [(n + i, n + j, n + k, n + m) for kind, i, j, k, m in codes if kind != "equal"]


def _edits(base: list[str], side: str) -> list[Edit]:
    new = side.split("\n")
    return [Edit(i, j, new[k:m]) for i, j, k, m in _changes(base, new)]


@dataclass
class Passage:
    """Lines start..stop of the base, with what each side did there."""

    start: int
    stop: int
    mine: list[Edit]
    theirs: list[Edit]


def _passages(mine: list[Edit], theirs: list[Edit]) -> Iterator[Passage]:
    """Edits that touch the same lines of the base are one passage."""
    waiting = [(edit, True) for edit in mine] + [(edit, False) for edit in theirs]
    group: Passage | None = None
    for edit, ours in sorted(waiting, key=lambda one: one[0][:2]):
        if group is None or not _touch(group, edit):
            if group:
                yield group
            group = Passage(edit.start, edit.stop, [], [])
        (group.mine if ours else group.theirs).append(edit)
        group.stop = max(group.stop, edit.stop)
    if group:
        yield group


def _touch(group: Passage, edit: Edit) -> bool:
    """Whether an edit that begins there or later is about the same lines: both add at one place, or it begins within
    the others. Side by side they do not meet."""
    return edit.start < group.stop or group.start == group.stop == edit.start == edit.stop


def _applied(base: list[str], p: Passage, edits: list[Edit]) -> list[str]:
    """The lines of a passage as one side has them."""
    out: list[str] = []
    at = p.start
    for edit in edits:
        out += [*base[at : edit.start], *edit.lines]
        at = edit.stop
    return out + base[at : p.stop]


def _trimmed(mine: list[str], theirs: list[str]) -> tuple[list[str], list[str], list[str], list[str]]:
    """(common beginning, rest of mine, rest of theirs, common end)."""
    n = 0
    while n < min(len(mine), len(theirs)) and mine[n] == theirs[n]:
        n += 1
    m = 0
    while m < min(len(mine), len(theirs)) - n and mine[-1 - m] == theirs[-1 - m]:
        m += 1
    stop = len(mine) - m
    return mine[:n], mine[n:stop], theirs[n : len(theirs) - m], mine[stop:]


def _one_list(lines: list[str]) -> bool:
    """Whether these are lines of lists alone: two of them that were added at one place are two things, not one twice."""
    return all(LIST.match(line) for line in lines)
