"""Markdown becomes HTML that may stand in any page: nothing runs, nothing is loaded, headings keep their order."""

import re
import time

import pytest
from jinja2 import Environment
from lxml import html as parser

from adapters.markdown import LONGEST, SCHEMES, TAGS, to_html

LETTER = """\
Madame, Monsieur,

Nous préparons une **biennale**, *ensemble*.
Le lieu suivra.

- une fiche
- une page

> Une place est gardée.

Écrivez à [Samira](mailto:samira@plateforme.example).
"""
HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<iframe src=//evil.example></iframe>",
    "<style>*{display:none}</style>",
    "<a href='javascript:alert(1)'>x</a>",
    "<base href=//evil.example>",
    "<form action=//evil.example><input name=p></form>",
    "<!-- <img src=x> -->",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "</p></main><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](vbscript:msgbox)",
    "[x](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)",
    "[x](file:///etc/passwd)",
    "[x](//evil.example)",
    "[x](/fiches/:a)",
    "[x](?a=b:c)",
    "<javascript:alert(1)>",
    '[x](https://a.example "onmouseover=alert(1)")',
    '[x](https://a.example/"onmouseover="alert(1))',
    "[x]: javascript:alert(1)\n\n[x]",
    "![x](https://evil.example/pixel.png)",
    "![x](javascript:alert(1))",
    "![<script>alert(1)</script>](x)",
    "```<script>\nalert(1)\n```",
    '```html onload="alert(1)"\n<b>\n```',
    "`<script>alert(1)</script>`",
    "# <script>alert(1)</script>",
    "\0<script>alert(1)</script>\0",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "{{ 7*7 }} {% raw %} ${7*7}",
    "<" * 500,
    "<p style='position:fixed'>x</p>",
    "<b class=btn id=contenu>x</b>",
]
HEAVY = {
    "quotes": ">" * 40_000,
    "brackets": "[" * 40_000,
    "stars": "*a" * 20_000,
    "links": "[a](" * 10_000,
    "pictures": "[![" * 13_000,
    "ticks": "".join("`" * n + " " for n in range(280)),
    "lists": "".join(" " * n + "- a\n" for n in range(280)),
    "references": "[a]: b\n" * 5_700,
    "signs": "&" * 40_000,
}


def elements(html: str) -> list:
    return list(parser.fragment_fromstring(html, create_parent="div").iter())[1:]


def test_a_letter():
    html = to_html(LETTER)
    assert html.count("<p>") == 4
    assert "<strong>biennale</strong>" in html
    assert "ensemble</em>.<br>" in html
    assert html.count("<li>") == 2
    assert "<blockquote>" in html
    assert '<a href="mailto:samira@plateforme.example"' in html


@pytest.mark.parametrize("nothing", [None, "", "  \n\n "])
def test_nothing_is_nothing(nothing):
    assert to_html(nothing) == ""


def test_a_template_writes_it_as_it_stands_and_other_text_not():
    template = Environment(autoescape=True).from_string("{{ good }}|{{ other }}")
    assert template.render(good=to_html("**a**"), other="<b>") == "<p><strong>a</strong></p>\n|&lt;b&gt;"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_runs_and_nothing_is_loaded(text):
    html = to_html(f"Avant\n\n{text}\n\nAprès")
    for element in elements(html):
        assert element.tag in TAGS
        assert set(element.attrib) <= {"href", "rel", "start"}
        link = element.get("href", "https://a.example")
        assert re.match(r"[a-z]+:", link), "a link says where it goes"
        assert link.partition(":")[0] in SCHEMES
    assert "Après" in html


def test_the_control_runs():
    """Without cleaning, these same texts hold what the test above looks for."""
    tags = {
        e.tag
        for text in HOSTILE
        for e in elements(f"<div>{text.replace(chr(0), '')}</div>")
        if isinstance(e.tag, str)
    }
    assert {"script", "img", "svg", "iframe", "form", "style"} <= tags


@pytest.mark.parametrize(
    ("text", "top", "levels"),
    [
        ("# a\n## b\n### c\n# d", 2, ["h2", "h3", "h4", "h2"]),
        ("### a\n###### b\n# c", 2, ["h2", "h3", "h2"]),
        ("# a\n### b", 3, ["h3", "h4"]),
        ("# a\n## b\n### c\n#### d\n##### e\n###### f", 4, ["h4", "h5", "h6", "h6", "h6", "h6"]),
        ("a\n=\n\nb\n-", 2, ["h2", "h3"]),
    ],
)
def test_headings_follow_the_page(text, top, levels):
    html = to_html(text, top)
    assert [e.tag for e in elements(html) if e.tag.startswith("h")] == levels
    assert "h1" not in html


@pytest.mark.parametrize("name", HEAVY)
def test_what_is_heavy_is_quick(name):
    start = time.process_time()
    to_html(HEAVY[name])
    assert time.process_time() - start < 4


def test_what_is_too_long_is_shown_as_it_was_typed():
    html = to_html("<b>" + "a" * LONGEST)
    assert html.startswith("<pre>&lt;b&gt;aaa")
    assert len(elements(html)) == 1
