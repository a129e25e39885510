"""Two texts become one: nothing that was typed goes, what is the same stands once, what clashes stands twice."""

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.weaving import both, doubles, end, head, settled, shared, together, twice, weave

HEADS = (head("Version", 1, "Léon, hier"), head("Version", 2, "Nadia, ce matin"), end("Fin"))
line = st.sampled_from(
    ["", "un", "deux", "trois", "- quatre", "- cinq", "six", "> **Version 1/2 – Zoé**", "  sept"]
)
texts = st.lists(line, max_size=12).map("\n".join)


def between(theirs, mine):
    return both(theirs, mine, HEADS)


def merged(base, mine, theirs):
    return weave(base, mine, theirs, between)


def last_wins(_base, mine, _theirs):
    """What a save without a merge does."""
    return mine


def counted(text: str) -> Counter:
    return Counter(one for one in text.split("\n") if one)


def lost(base: str, sides: tuple[str, ...], result: str) -> Counter:
    """Lines with text that a side had added and that do not stand in the result as often."""
    had, has = counted(base), counted(result)
    added = [counted(side) - had for side in sides]
    return sum((one - has for one in added), Counter())


@given(texts, texts, texts)
def test_every_line_that_either_added_stands_in_the_result(base, mine, theirs):
    assert not lost(base, (mine, theirs), merged(base, mine, theirs).text)


def test_a_save_without_a_merge_loses_a_text_and_the_detector_says_so():
    base, mine, theirs = "un\ndeux", "un\ndeux\ntrois", "un\ndeux\nsix"
    assert lost(base, (mine, theirs), last_wins(base, mine, theirs)) == Counter(["six"])


@given(texts, texts)
def test_what_one_side_alone_changed_is_taken_as_it_is(base, side):
    assert merged(base, side, base).text == side
    assert merged(base, base, side).text == side
    assert merged(base, side, side).text == side
    for a, b in ((side, base), (base, side), (side, side)):
        assert merged(base, a, b).clashes == 0


@given(texts, texts, texts)
def test_a_line_stays_away_only_if_a_side_took_it_away(base, mine, theirs):
    has = Counter(merged(base, mine, theirs).text.split("\n"))
    kept = Counter(base.split("\n")) & Counter(mine.split("\n")) & Counter(theirs.split("\n"))
    gone = (Counter(base.split("\n")) - Counter(mine.split("\n"))) | (
        Counter(base.split("\n")) - Counter(theirs.split("\n"))
    )
    assert not {text for text in kept if text not in gone and not has[text]}


@given(texts, texts)
def test_a_base_that_is_not_known_loses_nothing_either(mine, theirs):
    text = merged(shared(mine, theirs), mine, theirs).text
    assert not ({*mine.split("\n"), *theirs.split("\n")} - {"", *text.split("\n")})


ACTS = st.lists(st.sampled_from(["keep", "drop", "change", "add"]), min_size=8, max_size=8)


def written(base: str, name: str, acts: list[str]) -> str:
    """What somebody makes of a text; every line of theirs bears their name."""
    out = []
    for n, (text, act) in enumerate(zip(base.split("\n"), acts, strict=True)):
        out += {"keep": [text], "drop": [], "change": [f"{name} {n}"], "add": [text, f"{name} {n}"]}[act]
    return "\n".join(out)


@given(st.lists(line, min_size=8, max_size=8).map("\n".join), st.tuples(ACTS, ACTS, ACTS))
def test_three_who_save_one_after_another_all_stand(base, acts):
    one, two, three = (written(base, name, said) for name, said in zip("ABC", acts, strict=True))
    text = merged(base, three, merged(base, two, one).text).text
    assert not {x for side in (one, two, three) for x in side.split("\n") if x[:1] in "ABC"} - {
        "",
        *text.split("\n"),
    }


def test_paragraphs_that_two_changed_apart_stand_without_a_word():
    base = "# Ordre\n\nLe lieu.\n\nLa date.\n\n- pain\n- café"
    mine, theirs = base.replace("Le lieu.", "Le canal."), base.replace("- café", "- café\n- sucre")
    assert merged(base, mine, theirs) == merged(base, theirs, mine)
    assert merged(base, mine, theirs).text == "# Ordre\n\nLe canal.\n\nLa date.\n\n- pain\n- café\n- sucre"
    assert merged(base, mine, theirs).clashes == 0


def test_neighbouring_lines_and_two_more_items_of_a_list_do_not_clash():
    assert merged("a\nb", "A\nb", "a\nB").text == "A\nB"
    out = merged("- a", "- a\n- mien", "- a\n- leur")
    assert (out.text, out.clashes) == ("- a\n- leur\n- mien", 0)


def test_a_passage_that_both_changed_stands_twice_and_says_whose():
    out = merged("avant\n\nle passage\n\naprès", "avant\n\nle mien\n\naprès", "avant\n\nle leur\n\naprès")
    assert out.text == f"avant\n\n{HEADS[0]}\n\nle leur\n\n{HEADS[1]}\n\nle mien\n\n{HEADS[2]}\n\naprès"
    assert (out.clashes, twice(out.text)) == (1, 1)
    again = merged(out.text, out.text.replace("le leur", "l’un"), out.text.replace("le leur", "l’autre"))
    assert (again.clashes, twice(again.text)) == (1, 2)


def test_what_one_took_away_while_the_other_wrote_in_it_stands():
    out = merged("a\nle passage\nb", "a\nb", "a\nle passage, mieux\nb")
    assert "le passage, mieux" in out.text.split("\n")
    assert out.clashes == 1


@pytest.mark.parametrize(
    "lines", [["x"] * 20_000, [str(n) for n in range(4_000)], [str(n % 150) for n in range(20_000)]]
)
def test_long_texts_are_merged_in_a_breath(lines):
    base = "\n".join(lines)
    mine, theirs = "\n".join(["a", *lines[::2], "mien"]), "\n".join([*lines[1::2], "leur", "b"])
    begun = time.process_time()
    out = merged(base, mine, theirs).text
    assert time.process_time() - begun < 3
    assert {"mien", "leur", "a", "b"} <= set(out.split("\n"))


# ---- choosing between the two


def kept(text: str, side: int) -> str:
    """The text once this version of every passage is kept."""
    while found := doubles(text, {HEADS[2]}):
        text = settled(text, found[0], found[0].sides[side])
    return text


WORDS = st.lists(st.sampled_from(["un", "deux", "- trois", "- quatre", "six"]), max_size=8).map("\n".join)


@given(WORDS, WORDS, WORDS)
def test_to_keep_one_side_everywhere_leaves_no_head_and_every_line_of_that_side(base, mine, theirs):
    """But for what the other side alone had taken away."""
    woven = merged(base, mine, theirs).text
    assert len(doubles(woven, {HEADS[2]})) == twice(woven)
    for side, said in enumerate((theirs, mine)):
        text = kept(woven, side)
        assert twice(text) == 0
        assert "> **" not in text
        assert not (counted(said) - counted(base)) - counted(text)


def test_one_version_takes_the_place_of_both_and_a_list_is_one_again():
    base = "Le matin.\n\n- pain\n- café\n- sel"
    woven = merged(base, base.replace("café", "thé"), base.replace("café", "eau")).text
    [passage] = doubles(woven, {HEADS[2]})
    assert passage.whose == ("Léon, hier", "Nadia, ce matin")
    assert passage.sides == (["- eau"], ["- thé"])
    assert settled(woven, passage, passage.sides[1]) == base.replace("café", "thé")
    assert settled(woven, passage, together(*passage.sides)) == base.replace("- café", "- eau\n- thé")
    assert settled(woven, passage, []) == "Le matin.\n\n- pain\n\n- sel"
    assert together(["un"], ["deux"]) == ["un", "", "deux"]


def test_a_passage_whose_heads_somebody_changed_is_not_chosen_from():
    woven = merged("un", "deux", "trois").text
    [passage] = doubles(woven, {HEADS[2]})
    assert doubles(woven, {end("Ende")}) == []
    assert doubles(woven.replace(HEADS[2], ""), {HEADS[2]}) == []
    assert doubles(woven.replace(HEADS[1], "Une autre ligne"), {HEADS[2]}) == []
    [other] = doubles(woven.replace("trois", "quatre"), {HEADS[2]})
    assert other.mark != passage.mark
    # A quotation in bold within a version ends nothing.
    [same] = doubles(woven.replace("deux", "> **Attention**\n\ndeux"), {HEADS[2]})
    assert same.sides[1] == ["> **Attention**", "", "deux"]


def test_of_one_within_another_the_inner_is_chosen_first():
    inner = both(["a"], ["b"], HEADS)
    text = "\n".join(both(inner, ["c"], HEADS))
    [passage] = doubles(text, {HEADS[2]})
    assert passage.sides == (["a"], ["b"])
    [outer] = doubles(settled(text, passage, ["a"]), {HEADS[2]})
    assert outer.sides == (["a"], ["c"])
