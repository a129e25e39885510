"""How each kind of answer is read: what people type here is understood, what is not gets a sentence with a remedy."""

import math
import re
import time
import unicodedata
from contextlib import suppress
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.fiche.kinds import CONTROL, KINDS, TEXT_CAP, Bad, answered, clean, empty
from models.fiche.question import Question
from models.vocabularies import terms

NBSP, THIN = "\u00a0", "\u202f"


def ask(kind: str, vocabulary: str = "") -> Question:
    return Question("essai", kind, "Essai", vocabulary=vocabulary)


def read(kind: str, *texts: str, vocabulary: str = ""):
    return KINDS[kind].read(list(texts), ask(kind, vocabulary))


def refusal(kind: str, value, *, load: bool = False, vocabulary: str = "") -> str:
    """The sentence with which a value is refused; fails where it is taken."""
    q = ask(kind, vocabulary)
    with pytest.raises(Bad) as bad:
        KINDS[kind].load(value, q) if load else KINDS[kind].read([value], q)
    return str(bad.value.sentence)


GOOD = {
    "integer": [
        ("34", 34), (" 34 ", 34), ("0", 0), ("1 200", 1200), (f"1{NBSP}200", 1200), (f"1{THIN}200", 1200),
        ("1.200", 1200), ("1’200", 1200), ("1'200", 1200), ("12.345.678", 12345678), ("007", 7), ("", None), ("  ", None),
    ],
    "year": [("2014", 2014), (" 1998 ", 1998), (f"2014{NBSP}", 2014), ("1800", 1800), ("2200", 2200), ("", None)],
    "amount": [
        ("2400", 2400.0), ("0", 0.0), ("2400,50", 2400.5), ("2400.50", 2400.5), ("2400,5", 2400.5), ("2.400", 2400.0),
        ("2 400", 2400.0), (f"2{NBSP}400,00{NBSP}€", 2400.0), (f"2{THIN}400 €", 2400.0), ("€ 2.400,50", 2400.5),
        ("2400€", 2400.0), ("2400 EUR", 2400.0), ("2400 euros", 2400.0), ("1 euro", 1.0), ("2400 Euros", 2400.0),
        ("EUR 27.480,75", 27480.75), ("2400,-", 2400.0), ("2.400,–", 2400.0), ("1.000.000", 1e6), ("0,00", 0.0), ("", None),
    ],
    "date": [
        ("21/04/2016", "2016-04-21"), ("21.04.2016", "2016-04-21"), ("21-4-2016", "2016-04-21"), ("21 04 2016", "2016-04-21"),
        ("2016-04-21", "2016-04-21"), ("2016-4-1", "2016-04-01"), ("04/2016", "2016-04"), ("2016-04", "2016-04"),
        ("2016", "2016"), ("21 avril 2016", "2016-04-21"), ("1er mai 2016", "2016-05-01"), ("Avril 2016", "2016-04"),
        ("FÉVRIER 2016", "2016-02"), ("fevrier 2016", "2016-02"), ("le 3 août 2016", "2016-08-03"), ("3 sept. 2016", "2016-09-03"),
        ("déc. 2016", "2016-12"), ("21 april 2016", "2016-04-21"), ("4 maart 2016", "2016-03-04"), ("4. März 2016", "2016-03-04"),
        ("29/02/2016", "2016-02-29"), (f"21{NBSP}avril{NBSP}2016", "2016-04-21"), ("", None),
    ],
    "mail": [
        ("nadia@passerelle.example", "nadia@passerelle.example"), (" n.b+x@a-b.co.example ", "n.b+x@a-b.co.example"),
        ("renée@été.example", "renée@été.example"), ("", None),
    ],
    "phone": [
        ("02 555 01 00", "02 555 01 00"), ("+32 (0)2 555 01 00", "+32 (0)2 555 01 00"), ("0470/12.34.56", "0470/12.34.56"),
        ("+33 3 89 00 00 00", "+33 3 89 00 00 00"), ("0032 4 222-33-44", "0032 4 222-33-44"),
        (f"02{NBSP}555{NBSP}01{NBSP}00", f"02{NBSP}555{NBSP}01{NBSP}00"), (f"03{THIN}89{THIN}00{THIN}00", f"03{THIN}89{THIN}00{THIN}00"), ("", None),
    ],
    "url": [
        ("https://passerelle.example", "https://passerelle.example"), ("passerelle.example/guide", "https://passerelle.example/guide"),
        ("HTTP://Passerelle.Example/É?a=1#b", "HTTP://Passerelle.Example/É?a=1#b"), ("www.été.example", "https://www.été.example"),
        ("https://a.example:8443/@nadia", "https://a.example:8443/@nadia"), ("a.example:8443/x", "https://a.example:8443/x"), ("", None),
    ],
    "reference": [("F-2016-002", "F-2016-002"), (" f-2016-002 ", "F-2016-002"), ("F-2016-123456", "F-2016-123456"), ("", None)],
    "code": [("21012", "21012"), (" 2a004 ", "2A004"), ("68224", "68224"), ("", None)],
    "yesno": [("oui", True), ("non", False), ("", None)],
    "tick": [("1", True), ("on", True), ("", False), ("0", False), ("false", False)],
    "node": [("a1-B_2", "a1-B_2"), ("", None)],
    "picture": [("a" * 64, "a" * 64), ("", None)],
}  # fmt: skip
BAD = {
    "integer": ["trente", "2.5", "2,5", "12 14", "-3", "34 personnes", "1.20", "1e3", "٣٤", "10000000000", "½", "1..200"],
    "year": ["98", "1998 ?", "MCMXCVIII", "1799", "2201", "20145", "2014-2016", "２０１４", "vers 2010"],
    "amount": ["beaucoup", "-5", "2,400,50", "2.40.0", "1,234", "12 34", "2400,505", "2400$", "1e9", "nan", "€", "entre 2 et 3", "٣"],
    "date": ["21/04/16", "31/02/2016", "29/02/2015", "04/21/2016", "hier", "avril", "jui 2016", "00/2016", "1700", "2016-13", "21/04/20166", "13 2016 2"],
    "mail": ["nadia", "nadia@passerelle", "na dia@a.example", "a@b@c.example", "<a@b.example>", "a@b.example, c@d.example", "@a.example", "a@.e", "a\"b@c.example"],
    "phone": ["appelez Nadia", "12345", "------", "((((((", "02 555 01 00 poste 3", "+", "0" * 31],
    "url": [
        "javascript:alert(1)", "JavaScript://a.example/%0aalert(1)", "data:text/html,x", "file:///etc/passwd", "mailto:a@b.example",
        "vbscript:a.b", "https://", "https://a", "passerelle", "http://a b.example", "https://banque.example@mal.example", "https://[::1]/",
        "https://a..example", "https://.example", "ftp://a.example", "https://a.example/<b>", "https://a.example/\"x", "//a.example",
        "https://a.example/" + "x" * 2000,
    ],
    "reference": ["2016-002", "F-16-2", "F-2016-2", "F-2016-0000002", "fiche 2"],
    "code": ["1", "21 012", "Mulhouse-Nord", "a" * 13, "é12"],
    "node": ["a b", "x" * 41, "<b>"],
    "picture": ["a" * 63, "A" * 64, "../" + "a" * 61],
}  # fmt: skip
# What an error must offer: what to write, by example or as an act.
REMEDY = ("Écrivez", "par exemple", "Choisissez", "Revoyez", "Joignez", "Raccourcissez", "Regroupez")


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(k, *pair) for k, pairs in GOOD.items() for pair in pairs]
)
def test_what_people_type_here_is_understood(kind, text, value):
    got = read(kind, text)
    assert got == value
    assert type(got) is type(value)


@pytest.mark.parametrize(("kind", "text"), [(k, text) for k, texts in BAD.items() for text in texts])
def test_what_cannot_be_meant_is_refused_with_a_remedy(kind, text):
    sentence = refusal(kind, text)
    assert any(word in sentence for word in REMEDY)
    assert "invalide" not in sentence.lower()
    assert "erreur" not in sentence.lower()


def test_every_single_kind_has_good_and_bad_examples():
    """Control: the two tables name each kind that reads one typed value, so that a new one cannot pass untested."""
    written = {k for k, kind in KINDS.items() if not kind.silent} | {"yesno", "tick"}
    assert written - set(GOOD) == {"line", "text"}
    assert written - set(BAD) - {"yesno", "tick"} == {"line", "text"}


@pytest.mark.parametrize(
    ("kind", "text", "value"), [(k, *pair) for k, pairs in GOOD.items() for pair in pairs]
)
def test_what_was_read_is_loaded_as_itself(kind, text, value):
    """An import of our own export changes nothing."""
    loaded = KINDS[kind].load(value, ask(kind))
    assert loaded == (value if kind != "tick" else bool(value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *((kind, wrong) for kind in ("line", "text") for wrong in ([], {}, ["a"], True, False, b"x")),
        *((kind, wrong) for kind in ("integer", "year", "amount", "date", "mail", "phone", "url", "code") for wrong in ([], {}, True, b"x")),
        ("amount", math.nan), ("amount", math.inf), ("amount", -1.0), ("amount", 1e300), ("integer", 2.5), ("year", 2014.0), ("tick", "oui"),
        ("yesno", "oui"), ("yesno", 2), ("lines", "une ligne"), ("lines", {"a": 1}), ("lines", [["a"]]), ("lines", [{"a": 1}]),
    ],
)  # fmt: skip
def test_a_wrong_type_in_an_import_is_refused_with_a_sentence(kind, value):
    assert refusal(kind, value, load=True)


def test_what_yaml_makes_of_a_date_or_a_number_is_taken():
    assert KINDS["date"].load(date(2016, 4, 21), ask("date")) == "2016-04-21"
    assert KINDS["date"].load(2016, ask("date")) == "2016"
    assert KINDS["line"].load(1998, ask("line")) == "1998"
    assert KINDS["amount"].load(27480.75, ask("amount")) == 27480.75
    assert KINDS["integer"].load(0, ask("integer")) == 0


@pytest.mark.parametrize("kind", ["choice", "choices"])
def test_a_code_that_is_not_proposed_is_refused_and_the_known_ones_are_taken(kind):
    codes = list(terms("secteur"))[:3]
    for wrong in ("XXX", codes[0].lower(), "<b>"):
        assert any(word in refusal(kind, wrong, vocabulary="secteur") for word in REMEDY)
    if kind == "choice":
        assert read(kind, codes[0], vocabulary="secteur") == codes[0]
    else:
        assert read(kind, codes[2], codes[0], codes[2], "", vocabulary="secteur") == [codes[0], codes[2]]
        assert refusal(kind, [1], load=True, vocabulary="secteur")
        assert refusal(kind, {"a": 1}, load=True, vocabulary="secteur")


@pytest.mark.parametrize("kind", ["line", "text"])
def test_a_text_may_have_20000_signs_and_no_more(kind):
    assert len(read(kind, "é" * TEXT_CAP)) == TEXT_CAP == 20_000
    assert len(read(kind, "\u0065\u0301" * TEXT_CAP)) == TEXT_CAP  # é in two pieces counts once
    assert "Raccourcissez" in refusal(kind, "é" * (TEXT_CAP + 1))
    assert "20 000" in refusal(kind, "x" * 400_000)


def test_sixty_lines_and_no_more():
    lines = [f"objectif {n}" for n in range(60)]
    assert read("lines", *lines, "", "  ", lines[0]) == lines
    with pytest.raises(Bad):
        read("lines", *lines, "un de trop")


KEPT = [
    "«\u00a0L’été\u202f!\u00a0»",
    "“curly” ‘quotes’",
    "👩🏽‍🌾 🇧🇪",
    "مرحبا بكم",
    "\u200fشكرا\u200e",
    "œuvre – tiret — cadratin…",
    "1\u00ad2",
    "漢字",
    "ß",
    "ﬁ",
]


@pytest.mark.parametrize("text", KEPT)
@pytest.mark.parametrize("kind", ["line", "text"])
def test_signs_of_every_language_are_kept_as_typed(kind, text):
    assert read(kind, f"  {text}\n") == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\x00b", "ab"), ("a\x1bb", "ab"), ("a\ud800b\udfffc", "abc"), ("a\u202eb\u2066c\u2069", "abc"), ("a\ufffeb\uffff", "ab"),
        ("e\u0301te\u0301", "été"), ("e\x00\u0301", "é"), ("a\r\nb\rc", "a\nb\nc"), ("a  \t\nb", "a\nb"), ("\n\n a \n\n b \n\n", "a\n\n b"),
        ("\x00", None), ("\u202e \n", None), ("\u00a0", "\u00a0"),
    ],
)  # fmt: skip
def test_what_no_page_can_show_is_dropped(typed, kept):
    assert clean(typed) == kept


def test_a_line_is_one_line():
    assert clean("un\n\n deux\t\r\ntrois", lines=False) == "un deux trois"
    assert read("lines", "un\ndeux", " ") == ["un deux"]


@given(st.text(st.characters(codec=None), max_size=200), st.booleans())
@example("e\x00\u0301", True)
@example(" \u2028\t\n\u00a0\n", False)
def test_cleaning_twice_changes_nothing_and_leaves_what_can_be_stored(text, lines):
    once = clean(text, lines=lines)
    assert once is None or (
        clean(once, lines=lines) == once
        and not CONTROL.search(once)
        and unicodedata.is_normalized("NFC", once)
        and once.encode("utf-8")
        and (lines or "\n" not in once)
    )


HEAVY = {
    "blanks": "a" + " " * 400_000 + "b", "tabs": "a" + "\t" * 400_000 + "b", "ends": "\n" * 400_000, "mixed": " \n" * 200_000 + "x",
    "dots": "https://a" + ".a" * 200_000, "ats": "a@" * 200_000, "digits": "1" * 400_000, "groups": "1.111" * 80_000, "letters": "avril " * 60_000,
    "combining": "e" + "\u0301" * 200_000, "euros": "euro" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HEAVY)
def test_no_kind_takes_long_over_a_hostile_text(name):
    """Every kind, over half a megabyte. The texts are those over which a careless pattern takes minutes."""
    start = time.process_time()
    for kind, row in KINDS.items():
        if kind in ("items",):
            continue
        with suppress(Bad):
            row.read([HEAVY[name]], ask(kind, "secteur"))
    assert time.process_time() - start < 2


def test_the_detector_of_slow_patterns_works():
    """Control: over a text four times as long, the pattern that this replaced takes far more than four times as long."""

    def cost(length: int) -> float:
        start = time.process_time()
        re.sub(r"[ \t]+\n", "\n", "a" + " " * length + "b")
        return time.process_time() - start

    assert min(cost(24_000) for _ in range(2)) > 8 * min(cost(6_000) for _ in range(3))


@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_no_answer_and_zero_is_one(kind):
    q = ask(kind)
    assert not answered(q, empty(q))
    assert empty(q) is not empty(q) or empty(q) in (None, False)
    assert answered(q, 0)
    assert answered(q, 0.0)
    assert not answered(q, "")
