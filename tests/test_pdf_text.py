"""Text for print: cleaning, breaking, measuring. Promises that hold for any text are tried on many."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup, escape

from adapters.pdf import build_faces
from adapters.pdf.faces import advances, drawn
from adapters.pdf.metrics import lines_of, width, wrap
from adapters.pdf.text import (
    LONG,
    MARKS,
    NBSP,
    SHAPING,
    ZWSP,
    breakable,
    clean,
    css_string,
    paras,
    plain,
    rtl,
    soft,
)
from tests.pdf.hostile import TEXTS

ANY = st.text(st.characters(exclude_categories=()), max_size=80)


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("Bonjour, ça va ?", "Bonjour, ça va ?"),
        ("e\u0301te\u0301", "été"),
        ("中文 et ไทย", "[?] et [?]"),
        ("a\x00b\x1bc\u202ed\ud800e\ufffef", "abcdef"),
        ("Ⅳ ﬁ ⅓ ₂ ①", "IV fi 1⁄3 2 1"),
        ("≈ → ≤ ≥ ✓ ●", "~ -> <= >= x -"),
        ("a\u2003b\u3000c\u202fd", "a b c\u202fd"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("\ue000\U000f0000", "[?]"),
        ("مرحبا Ελλάδα Привет 👋🏽", "مرحبا Ελλάδα Привет 👋🏽"),
        ("1️⃣", "1\ufe0f"),
        ("z" + "\u0301" * 99, "ź" + "\u0301" * MARKS),
        (12, "12"),
    ],
)
def test_clean(typed, printed):
    assert clean(typed) == printed


@given(ANY)
def test_what_is_clean_can_be_drawn_and_stays(typed):
    once = clean(typed)
    assert set(once) <= drawn() | SHAPING | set("\n\t")
    assert clean(once) == once


@given(ANY, st.integers(0, 9))
def test_what_is_soft_is_no_markup_and_can_be_broken(typed, times):
    out = soft(typed * 2**times)
    text = Markup(out).unescape()
    assert escape(text) == out
    assert all(len(word) <= LONG + 5 or any(map(unicodedata.combining, word)) for word in _pieces(text))


def _pieces(text):
    return text.replace(ZWSP, " ").replace("\u00ad", " ").split()


def test_soft_of_nothing_is_nothing():
    assert soft(None) == soft("") == ""


def test_what_was_escaped_already_is_escaped_once():
    said = Markup("Point {}").format("L'eau & <b>l'air</b> &amp;")
    assert soft(said) == escape("Point L'eau & <b>l'air</b> &amp;")
    assert soft(str(said)) != soft(said)  # the control: as plain text it is what it is


def test_french_spaces_do_not_break():
    assert soft("« Oui » : non ! Ah ?") == f"«{NBSP}Oui{NBSP}»{NBSP}: non{NBSP}! Ah{NBSP}?"
    assert soft("12:30 a :b") == f"12:30 a{NBSP}:b"


def test_an_address_breaks_at_its_joints():
    assert soft("https://a.example/b-c?d=1&e").replace(ZWSP, "|") == "https://|a.|example/|b-|c?|d=|1&amp;|e"
    assert ZWSP not in soft("a/b et c.d")


def test_a_long_word_breaks_but_never_inside_a_letter():
    assert breakable("x" * LONG) == "x" * LONG
    assert breakable("x" * 45).replace(ZWSP, "|") == "|".join(("x" * 20, "x" * 25))
    for piece in breakable("e\u0302" * 60).split(ZWSP):
        assert not unicodedata.combining(piece[0])
    for piece in breakable("👨\u200d👩\u200d👧" * 30).split(ZWSP):
        assert "\u200d" not in (piece[0], piece[-1])


def test_words_tied_over_more_than_a_line_come_loose():
    assert breakable(f"12{NBSP}€") == f"12{NBSP}€"
    assert NBSP not in breakable(f"mot{NBSP}" * 40)


def test_paragraphs():
    assert paras("un\ndeux\n\n \ntrois") == '<p>un</p><p class="j">deux</p><p>trois</p>'
    assert paras("<b>", "A & B") == '<p class="ri"><b>A &amp; B</b> &lt;b&gt;</p>'
    assert paras("مرحبا") == '<p class="rtl" dir="rtl">مرحبا</p>'
    assert paras("") == paras(" \n ") == ""


@pytest.mark.parametrize(
    ("text", "right"), [("مرحبا", True), ("12 שלום", True), ("a مرحبا", False), ("12", False)]
)
def test_direction(text, right):
    assert rtl(text) is right


@given(ANY)
def test_a_css_string_has_no_way_out(typed):
    out = css_string(typed)
    assert not set(out) & set("'\"\\\n\r\f")
    assert plain(typed) == " ".join(plain(typed).split())


@given(st.sampled_from(list(TEXTS.values())), st.floats(16, 160))
def test_wrapped_lines_fit_and_lose_nothing(text, limit):
    text = text[:300]
    lines = wrap(text, 9.5, limit)
    assert all(width(line, 9.5) <= limit + 0.01 or len(line) <= 5 for line in lines)
    kept = "".join(lines).replace("-", "").replace(" ", "")
    assert kept == "".join(clean(text).split()).replace("-", "")


def test_a_word_is_cut_where_its_language_allows():
    assert wrap("Gezondheidszorg", 9.5, 22, lang="nl")[0] in ("Gezondheids-", "Gezond-")
    assert wrap("mot", 9.5, 1) == ["mot"]


def test_lines_of_a_label():
    assert lines_of("Territoire") == ""
    assert lines_of("Place du citoyen dans la gouvernance") == "l2"
    assert lines_of("mot " * 99) == "l4"


def test_the_faces_file_says_what_the_fonts_say():
    """Read from the fonts themselves: the file that spares each process that work has not grown old."""
    from fontTools.ttLib import TTFont

    fonts = {name: TTFont(build_faces.FONTS / f"{name}.ttf") for name in build_faces.FACES}
    codes = {chr(c) for font in fonts.values() for c in font.getBestCmap() if c >= 32}
    assert drawn() == codes
    for weight in (400, 700):
        font = fonts[f"atkinson-next-{weight}-normal"]
        glyphs = font.getBestCmap()
        for letter in "aWé€":
            assert advances(weight)[letter] == font["hmtx"][glyphs[ord(letter)]][0] / 1000
