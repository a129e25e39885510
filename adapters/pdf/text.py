"""Text that people typed, made fit for print: every sign can be drawn, every line can be broken, nothing is
markup.

PDF/UA-1 forbids a glyph that is missing (7.21.8), so what no face draws is written in other signs or
becomes `[?]`.
"""

import re
import unicodedata
from functools import cache

from markupsafe import Markup, escape

from adapters.pdf.faces import drawn

NBSP, ZWSP, SOFT_HYPHEN = "\u00a0", "\u200b", "\u00ad"
UNKNOWN = "[?]"
LONG, CHUNK = 40, 20  # a run of more signs than LONG may be broken each CHUNK signs
MARKS = 3  # combining marks kept on one letter; no language of ours writes more
JOINS = 8  # signs that one emoji may be joined of
SOFT = 12  # soft hyphens that one word may have

# Invisible signs that shape text. U+200E and U+200F order it; overrides and isolates (U+202A…, U+2066…) are
# dropped.
SHAPING = frozenset("\u00ad\u200b\u200c\u200d\u200e\u200f\ufe0f")
WRITTEN = str.maketrans(
    {
        "≈": "~",
        "→": "->",
        "←": "<-",
        "↔": "<->",
        "⇒": "=>",
        "≤": "<=",
        "≥": ">=",
        "≠": "=/=",
        "✓": "x",
        "✔": "x",
        "\uf0b7": "-",
        "\uf0a7": "-",
        "●": "-",
        "▪": "-",
        "■": "-",
        "◦": "-",
        "‣": "-",
        "⁃": "-",
        "―": "–",
        "−": "-",
        "\u2028": "\n",
        "\u2029": "\n\n",
        "\x0b": "\n",
        "\x0c": "\n",
        "\r": "\n",
        "\x85": "\n",
        "\u3000": " ",
        "\u2007": NBSP,
        "\ufeff": None,
        "\u2060": None,
        "\u20e3": None,
    }
)
DROPPED = frozenset(("Cc", "Cf", "Cs", "Mn", "Me", "Mc"))

FRENCH = re.compile(r"(?<=\S) (?=[:;!?»])|(?<=«) ")
JOINTS = re.compile(r"(?<=[/.\-_?&=@])(?=[^/.\-_?&=@\s])")
TIED = re.compile(rf"[^ \t\n{ZWSP}]{{90,}}")
RUN = re.compile(rf"[^\s{ZWSP}{SOFT_HYPHEN}]{{{LONG + 1},}}")


def _other(sign: str) -> str:
    """A sign that no face draws, in signs that one does: its plain form, `[?]`, or nothing when it is
    invisible.
    """
    kind = unicodedata.category(sign)
    if kind == "Zs":
        return " "
    if kind in DROPPED or (kind == "Cn" and ord(sign) & 0xFFFE == 0xFFFE) or 0xFDD0 <= ord(sign) <= 0xFDEF:
        return ""
    return "".join(c for c in unicodedata.normalize("NFKD", sign) if c in drawn()) or UNKNOWN


@cache
def piling() -> frozenset[str]:
    """The signs that pile up: drawn marks that sit on a letter, the joiner of emoji, the soft hyphen."""
    return frozenset(c for c in drawn() if unicodedata.combining(c)) | {"\u200d", SOFT_HYPHEN}


def thin(text: str) -> str:
    """At most MARKS marks on a letter, JOINS joins in a row and SOFT soft hyphens in a word, else none of
    these: piles of them cost the renderer minutes.
    """
    if piling().isdisjoint(text):
        return text
    if SOFT_HYPHEN in text:
        words = re.split(r"(\s+)", text)
        text = "".join(w.replace(SOFT_HYPHEN, "") if w.count(SOFT_HYPHEN) > SOFT else w for w in words)
    out, marks, joins = [], 0, 0
    for sign in text:
        marks = marks + 1 if unicodedata.combining(sign) else 0
        joins = joins + 1 if sign == "\u200d" else (0 if sign.isspace() else joins)
        if marks <= MARKS and (sign != "\u200d" or joins <= JOINS):
            out.append(sign)
    return "".join(out)


def clean(value: object) -> str:
    """`value` as text that our faces draw whole. Line ends and tabs stay; runs of unknown signs give one
    `[?]`.
    """
    text = str(value).replace("\r\n", "\n")
    if text.isascii() and (text.isprintable() or not re.search(r"[^\n\t -~]", text)):
        return text
    text = unicodedata.normalize("NFC", text).translate(WRITTEN)
    have = drawn()
    if not have.issuperset(text):
        text = "".join(c if c in have or c in SHAPING or c in "\n\t" else _other(c) for c in text)
        text = re.sub(r"(?:\[\?\]){2,}", UNKNOWN, text)
    return thin(text)


def breakable(text: str, every: int = CHUNK) -> str:
    """`text` with a soft break each `every` signs in runs of over 40, never inside a letter and its marks.

    Words tied by no-break spaces over more than a line get ordinary spaces.
    """

    def part(run: re.Match[str]) -> str:
        word, out, start = run[0], [], 0
        while len(word) - start > every + 5:
            end = start + every
            while end < len(word) and (
                unicodedata.combining(word[end]) or "\u200d" in word[end - 1 : end + 1]
            ):
                end += 1
            out.append(word[start:end])
            start = end
        return ZWSP.join([*out, word[start:]])

    if NBSP in text:
        text = TIED.sub(lambda run: run[0].replace(NBSP, " "), text)
    return RUN.sub(part, text)


def plain(value: object) -> str:
    """Cleaned text on one line, for an attribute or a bookmark."""
    return " ".join(clean(value).split())


def soft(value: object) -> Markup:
    """Escaped text that can always be broken: at the joints of an address, and inside a run of over 40 signs.

    None gives nothing. A no-break space takes the place of a space before `: ; ! ? »` and after `«`. What a translated
    sentence has escaped already is escaped once, not twice.
    """
    if value is None:
        return Markup("")
    value = value.unescape() if isinstance(value, Markup) else value
    words = re.split(r"(\s+)", FRENCH.sub(NBSP, clean(value)))
    joints = (JOINTS.sub(ZWSP, word) if "://" in word or "@" in word else word for word in words)
    return escape(breakable("".join(joints)))


def rtl(value: object) -> bool:
    """Whether the first strong letter is written from right to left."""
    for sign in str(value):
        kind = unicodedata.bidirectional(sign)
        if kind in ("R", "AL", "L"):
            return kind != "L"
    return False


def paras(value: object, label: str = "") -> Markup:
    """Paragraphs of `soft` text: blank lines part them, a single line end starts a line of its own without
    a gap.

    `label`, if any, stands in bold before the first. Classes are those of `print.css`: j, ri, rtl.
    """
    out: list[Markup] = []
    for block in re.split(r"\n\s*\n", clean(value).strip()):
        for k, line in enumerate(block.split("\n")):
            if line.strip():
                first, right = bool(label) and not out, rtl(line)
                names = " ".join(c for c, on in (("j", k), ("ri", first), ("rtl", right)) if on)
                attrs = Markup(' class="{}"').format(names) if names else Markup()
                attrs += Markup(' dir="rtl"') if right else Markup()
                head = Markup("<b>{}</b> ").format(soft(label)) if first else Markup()
                out.append(Markup("<p{}>{}{}</p>").format(attrs, head, soft(line.strip())))
    return Markup("").join(out)


def css_string(value: object) -> str:
    """Text for between single quotes in a style attribute, as in `bookmark-label: '…'`."""
    return plain(value).translate({ord("\\"): "/", ord("'"): "’", ord('"'): "’"})
