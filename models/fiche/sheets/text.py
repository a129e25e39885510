"""The text of a sheet as people send it: debris out, words kept; lines, lists and words to compare.

Accents, no-break spaces and curly quotes stay exactly as they were written.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache

from models.fiche.kinds import CONTROL, plain
from models.fiche.sheets.words import sheet_words

LINE_ENDS = re.compile(r"\r\n|[\r\x0b\x0c\u2028\u2029]")
# Marks that a word processor leaves: bookmarks, broken references, conditional comments.
DEBRIS = re.compile(
    r"\[bookmark:[^\]\n]{0,200}\]|\b_GoBack\b|\[if [^\]\n]{0,80}\]>?|<?!?\[endif\](?:--)?>?|"
    r"(?:Error|Erreur)\s?! (?:Bookmark not defined|Signet non défini)\.?"
)
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff\ufffc\ufff9-\ufffb]")
SIGNS_OF_SYMBOL_FONTS = re.compile("[\ue000-\uf8ff]")
BLANKS = re.compile("[ \t\u2000-\u2006\u2008-\u200a\u3000]+")
LONG_BLANKS = re.compile(r"[^\S\n]{4,}")  # indentation made of no-break spaces
BULLET = r"[·•▪▫◦‣⁃∙●○■□◆◇➢➤►▶▸❖✓✔→⇒*\-–—]"
BULLETS = re.compile(
    rf"^(?:{BULLET}[ \u00a0]*(?={BULLET}[ \u00a0])|{BULLET}[ \u00a0]+|[·•▪◦●■➢➤►▶❖✓✔→⇒]|[-–](?=[A-ZÀ-Þ«]))+"
)
NUMBERING = re.compile(r"^\(?(?:\d{1,2}|[a-h])[.)][ \u00a0]+")
TICKED, UNTICKED = re.compile(r"^(?:[☒☑✅🗹]|\[ ?[xX] ?\])\s*"), re.compile(r"^(?:☐|\[ {0,2}\])\s*")
ENDS = '.!?:;…»”")]'
FOLDS = (
    ("trices", "teur"), ("trice", "teur"), ("euses", "eur"), ("euse", "eur"), ("eaux", "eau"), ("aux", "al"),
    ("ales", "al"), ("ale", "al"), ("iennes", "ien"), ("ienne", "ien"), ("yennes", "yen"), ("yenne", "yen"),
    ("ieres", "ier"), ("iere", "ier"), ("ives", "if"), ("ive", "if"),
)  # fmt: skip
INCLUSIVE = re.compile(
    r"\((?:e|s|es|x|ne|nes|trice|trices|se|euse|euses)\)(?:s\b)?|"
    r"(?<=\w)[·•‧.](?:e|ne|trice|euse|ice|s)\w{0,5}(?:[·•‧.]s)?\b"
)


def clean(text: str) -> str:
    """The text without debris, control signs, soft hyphens and runs of blanks; one "\\n" between its lines.

    A bullet of a symbol font becomes "•" at the beginning of a line and nothing elsewhere.
    """
    text = unicodedata.normalize("NFC", LINE_ENDS.sub("\n", text))
    text = INVISIBLE.sub("", CONTROL.sub("", DEBRIS.sub("", text)))
    lines = []
    for line in text.split("\n"):
        line = re.sub(r"^(\s*)o\t", r"\1• ", line)
        line = re.sub("^(\\s*)[\ue000-\uf8ff]\\s*", r"\1• ", line)
        line = LONG_BLANKS.sub(" ", BLANKS.sub(" ", SIGNS_OF_SYMBOL_FONTS.sub("", line))).strip()
        if line:
            lines.append(line)
    return "\n".join(lines)


def bare(line: str) -> str:
    """A line without the bullets and blanks before it."""
    return BULLETS.sub("", line).strip()


def is_bulleted(line: str) -> bool:
    return bool(BULLETS.match(line)) and bool(bare(line))


def joined(lines: Iterable[str]) -> list[str]:
    """Lines cut by hand at the width of a page put together again; bullets begin a new one."""
    out: list[str] = []
    for line in lines:
        cut = out and len(out[-1]) >= 50 and out[-1][-1] not in ENDS and line[:1].islower()
        if cut and not is_bulleted(line):
            out[-1] += " " + line
        else:
            out.append(line)
    return out


def running(lines: Iterable[str]) -> str:
    """Running text: a blank line between two paragraphs, "- " before the items of a list."""
    out, listed = "", False
    for line in joined(lines):
        item = is_bulleted(line)
        line = "- " + bare(line) if item else line
        out += ("" if not out else "\n" if item and listed else "\n\n") + line
        listed = item or line.endswith(":")
    return out


def one_line(lines: Iterable[str]) -> str:
    """The same words on one line, for the questions that are answered in one line."""
    return " ".join(bare(line) if is_bulleted(line) else line for line in lines)


def items(lines: Sequence[str]) -> list[str]:
    """The items of a list, one a line. Among lines with bullets, one in lower case goes on with its item."""
    bulleted = any(is_bulleted(line) for line in lines)
    out: list[str] = []
    for line in joined(lines):
        if bulleted and out and not is_bulleted(line) and line[:1].islower():
            out[-1] += " " + line
        else:
            out.append(line)
    if len(out) == 1 and ";" in out[0] and not bulleted:
        out = [part for part in out[0].split(";") if part.strip()]
    return [item for item in (bare(line).rstrip(" \u00a0;") for line in out) if item]


def words(text: str) -> list[str]:
    """Lower case words without accents. « citoyen·ne·s » and « citoyen(ne)s » are « citoyen »."""
    text = INCLUSIVE.sub("", text.replace("œ", "oe").replace("Œ", "oe"))
    return re.findall(r"[^\W_]+", plain(text))


def stems(text: str) -> tuple[str, ...]:
    """The words that carry meaning, without endings of number and gender, to compare labels and terms."""
    return tuple(_stem(word) for word in words(text) if word not in _stop())


@cache
def _stop() -> frozenset[str]:
    return frozenset(sheet_words("stop").split())


def _stem(word: str) -> str:
    if len(word) <= 3:
        return word
    for end, instead in FOLDS:
        if word.endswith(end):
            word = word.removesuffix(end) + instead
            break
    return word.rstrip("sx").rstrip("e") or word


def short(text: str, size: int = 120) -> str:
    """The beginning of a text, on one line, for a report."""
    text = " ".join(text.split())
    return text if len(text) <= size else text[: size - 1].rstrip() + "…"
