"""Each rule of the page check is broken once, and a sound page breaks none."""

import pytest

from tests.support.pagecheck import RULES, problems

SOUND = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>Accueil</title>
<link rel="stylesheet" href="/static/base.css"><script type="module" src="/static/app.js"></script>
<script type="application/json" id="data">{"a": 1}</script></head>
<body><a href="#content">Aller au contenu</a><main id="content"><h1>Accueil</h1>
<p id="help">Un mot suffit.</p>
<form method="post" action="/here"><input type="hidden" name="csrf" value="x">
<label for="name">Nom</label><input id="name" aria-describedby="help">
<label>Ville <input name="town"></label>
<input type="search" aria-label="Chercher"><textarea aria-labelledby="help"></textarea>
<label for="kind">Genre</label><select id="kind"><option>un</option></select>
<button><svg aria-hidden="true"></svg>Envoyer</button><input type="submit" value="Garder"></form>
<img src="/a.png" alt=""><svg aria-hidden="true"><use href="#content"></use></svg>
<svg role="img" aria-label="Une table"></svg><a id="anchor"></a><a href="#top">Haut</a>
<a href="https://example.org/">Ailleurs</a></main></body></html>"""

BROKEN = [
    ("parses", "<!doctype html>", ""),
    ("parses", "<h1>Accueil</h1>", "<h1>Accueil</h1></div>"),
    ("parses", '<p id="help">', '<p id="help" class="a" class="b">'),
    ("one_h1", "<h1>Accueil</h1>", ""),
    ("one_h1", "<h1>Accueil</h1>", "<h1>Accueil</h1><h1>Encore</h1>"),
    ("one_main", "</main>", "</main><main></main>"),
    ("one_main", '<main id="content">', '<div id="content">'),
    ("has_language", ' lang="fr"', ""),
    ("has_language", ' lang="fr"', ' lang=" "'),
    ("has_title", "<title>Accueil</title>", "<title> </title>"),
    ("has_title", "<title>Accueil</title>", ""),
    ("ids_are_unique", 'id="anchor"', 'id="name"'),
    ("ids_are_unique", 'id="anchor"', 'id="two words"'),
    ("targets_exist", '<label for="name">', '<label for="absent">'),
    ("targets_exist", 'aria-describedby="help"', 'aria-describedby="help absent"'),
    ("targets_exist", '<a href="#content">', '<a href="#absent">'),
    ("targets_exist", '<use href="#content">', '<use xlink:href="#absent">'),
    ("targets_exist", '<a href="#top">', '<a href="#">'),
    ("controls_are_labelled", '<label for="name">Nom</label>', ""),
    ("controls_are_labelled", '<label for="name">Nom</label>', '<label for="name"> </label>'),
    ("controls_are_labelled", "<label>Ville ", "<label>"),
    ("controls_are_labelled", "<label>Ville ", '<label for="kind">Ville '),
    ("controls_are_labelled", ' aria-label="Chercher"', ""),
    ("controls_are_labelled", ' aria-labelledby="help"', ' aria-labelledby="anchor"'),
    ("controls_are_labelled", '<label for="kind">Genre</label>', "Genre"),
    (
        "buttons_and_links_have_words",
        "Envoyer</button>",
        '<img src="/a.png" alt=""></button>',
    ),
    ("buttons_and_links_have_words", ">Haut</a>", "></a>"),
    ("buttons_and_links_have_words", ' value="Garder"', ""),
    ("pictures_have_text", ' alt=""', ""),
    ("pictures_have_text", '<svg aria-hidden="true">', "<svg>"),
    ("pictures_have_text", ' aria-label="Une table"', ""),
    ("nothing_is_inline", "</main>", "<script>go()</script></main>"),
    ("nothing_is_inline", "</head>", "<style>p{}</style></head>"),
    ("nothing_is_inline", '<p id="help">', '<p id="help" style="color:red">'),
    ("nothing_is_inline", "<button>", '<button onclick="go()">'),
    ("nothing_is_inline", "https://example.org/", "java&#10;script:go()"),
    ("nothing_is_inline", 'action="/here"', 'action=" JavaScript:go()"'),
    ("loads_from_here", 'src="/static/app.js"', 'src="https://example.org/app.js"'),
    ("loads_from_here", 'src="/a.png"', 'src="//example.org/a.png"'),
]


def test_a_sound_page_has_no_problem():
    assert problems(SOUND) == []


@pytest.mark.parametrize(("rule", "sound", "broken"), BROKEN)
def test_a_broken_rule_is_named(rule, sound, broken):
    page = SOUND.replace(sound, broken)
    assert page != SOUND
    assert rule in [problem.split(":")[0] for problem in problems(page)]


@pytest.mark.parametrize(
    ("sound", "broken"),
    [("Un mot", "Un &b; mot"), ("Un mot", "Un </b> mot"), ("Un mot", "Un <b> mot"), ("Un mot", "Un &#0; mot"),
     ('value="x"', 'value="&b;"'), ('value="x"', 'value="x"alt'), ('"/a.png"', '"/a.png"alt')],
)  # fmt: skip
def test_what_a_page_says_is_read_where_it_is_no_plain_text(sound, broken):
    """The page with plain words has the same tags, and was found sound before."""
    assert problems(SOUND.replace("Un mot", "Deux mots &gt; un &amp; &lt; ’")) == []
    assert [p for p in problems(SOUND.replace(sound, broken)) if p.startswith("parses")]


def test_every_rule_is_broken_by_an_example():
    assert {rule for rule, _, _ in BROKEN} == {rule.__name__ for rule in RULES}


def test_pages_that_differ_in_a_token_only_are_still_told_apart_by_their_ids():
    token = "0f8fad5b-d9cb-469f-a165-70867728950e"
    other = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
    both = SOUND.replace('id="anchor"', f'id="{token}"').replace("<img", f'<img id="{other}"')
    assert problems(both) == []
    assert any("ids_are_unique" in p for p in problems(both.replace(other, token)))
