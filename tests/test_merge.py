"""Two or three people write at once. No edit disappears without a choice.

What that means, exactly (`lost`): each value that a side changed against the base is in the merged document, or is
what the other side put too, or stands in a conflict that shows both sides. By unit: a single answer, a block whose
fields belong together, a code or a line of a list (added or taken away), an item of a group (added, taken away) and
each of its fields, a reason; and the order of a list, where a side moved something.
"""

from collections.abc import Callable, Iterator
from copy import deepcopy
from itertools import permutations

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st

from models.fiche import questions
from models.fiche.content import REASONS, blank, get, load, normal, put
from models.fiche.kinds import KINDS, LINES_CAP, TEXT_CAP
from models.fiche.merge import Conflict, Merged, both, choose, differences, merge, without, writable
from models.fiche.question import Question
from models.vocabularies import terms
from tests.support.answers import documents, edits

LEAVES = questions.leaves()
UNITS = [
    unit for part in questions.PARTS for q in part.questions for unit in ((q,) if q.together else q.leaves())
]
QUOTES = "bilan.temoignages"


def doc(**answers) -> dict:
    content = blank()
    for key, value in answers.items():
        put(content, key.replace("__", "."), value)
    return normal(content)


@st.composite
def sides(draw, people: int = 2):
    """(base, what each person made of it)."""
    base = draw(documents())
    return base, *(draw(edits(base)) for _ in range(people))


# What a lost edit is.


def lost(base: dict, mine: dict, theirs: dict, merged: Merged) -> list[str]:
    """One sentence for each edit of either side that neither the document nor a conflict has."""
    out: list[str] = []
    covered = {c.unit: c for c in merged.conflicts}
    for side, other, name in ((mine, theirs, "mine"), (theirs, mine, "theirs")):
        for q in UNITS:
            conflict = covered.get(q.key)
            if conflict:
                out += _not_shown(q, conflict, name, side)
            else:
                out += [f"{name}: {what}" for what in _lost(q, base, side, other, merged, name)]
        out += _lost_reasons(base, side, other, merged, covered, name)
    return out


def _values(q: Question, content: dict) -> tuple:
    return tuple(get(content, leaf.key) for leaf in q.leaves())


def _not_shown(q: Question, conflict: Conflict, name: str, side: dict) -> Iterator[str]:
    """A conflict over a whole unit must show what each side put, in one order or another."""
    shown, put_there = getattr(conflict, name), _values(q, side)
    if shown != put_there and not (len(conflict.keys) == 1 and isinstance(shown[0], list)):
        yield f"{q.key}: the conflict does not show what {name} has"
    if conflict.mine == conflict.theirs:
        yield f"{q.key}: a conflict without a choice"


def _lost(q: Question, base: dict, side: dict, other: dict, merged: Merged, name: str) -> Iterator[str]:
    b, s, o, m = (_values(q, d) for d in (base, side, other, merged.content))
    if s == b:
        return
    kind = "whole" if q.together else KINDS[q.kind].merge
    if kind == "whole":
        if s not in (m, o):
            yield q.key
    elif kind in ("set", "lines"):
        yield from (f"{q.key} +{x}" for x in s[0] if x not in b[0] and x not in m[0])
        yield from (f"{q.key} -{x}" for x in b[0] if x not in s[0] and x in m[0])
        if kind == "lines":
            yield from _lost_order(q, b[0], s[0], o[0], m[0])
    else:
        yield from _lost_items(q, b[0], s[0], o[0], m[0], merged, name)


def _lost_items(q, b, s, o, m, merged, name) -> Iterator[str]:
    by_b, by_s, by_m = ({i["id"]: i for i in x} for x in (b, s, m))
    shown = {c.item: getattr(c, name)[0] for c in merged.conflicts if c.unit.startswith(f"{q.key}/")}
    for item in {*by_b, *by_s}:
        before, after = by_b.get(item), by_s.get(item)
        here = shown[item] if item in shown else by_m.get(item)
        if after == before:
            continue
        if after is None:
            if here is not None:
                yield f"{q.key}/{item} is back"
            continue
        for f in q.fields:
            changed = before is None or get(after, f.key) != get(before, f.key)
            if changed and (here is None or get(here, f.key) != get(after, f.key)):
                yield f"{q.key}/{item}.{f.key}"
    yield from _lost_order(q, *([i["id"] for i in x] for x in (b, s, o, m)))


def _lost_order(q, b, s, o, m) -> Iterator[str]:
    stay = [x for x in b if x in s and x in o and x in m]
    if [x for x in s if x in stay] != stay and [x for x in m if x in stay] != [x for x in s if x in stay]:
        yield f"{q.key}: the order"


def _lost_reasons(base, side, other, merged, covered, name) -> Iterator[str]:
    b, s, m = (d[REASONS] for d in (base, side, merged.content))
    for key in {*b, *s}:
        conflict = covered.get(f"{REASONS}.{key}")
        if conflict and getattr(conflict, name) != (s.get(key),):
            yield f"{name}: the conflict over the reason of {key} shows something else"
        elif not conflict and s.get(key) not in (b.get(key), m.get(key)):
            yield f"{name}: the reason of {key}"


# The properties.


@given(sides())
def test_no_edit_disappears_without_a_choice(case):
    base, mine, theirs = case
    assert lost(base, mine, theirs, merge(base, mine, theirs)) == []


def last_writer_wins(base: dict, mine: dict, theirs: dict) -> Merged:
    return Merged(deepcopy(mine))


def by_question(base: dict, mine: dict, theirs: dict) -> Merged:
    """The last writer wins, but only in the questions that he changed."""
    out = deepcopy(theirs)
    for key in LEAVES:
        if get(mine, key) != get(base, key):
            put(out, key, get(mine, key))
    return Merged(out)


@pytest.mark.parametrize("careless", [last_writer_wins, by_question])
def test_the_detector_of_lost_edits_works(careless: Callable[[dict, dict, dict], Merged]):
    """Control: a merge that takes the last writer loses edits, and the same search finds one."""
    quick = settings(phases=[Phase.generate], max_examples=500)
    base, mine, theirs = find(sides(), lambda case: bool(lost(*case, careless(*case))), settings=quick)
    assert lost(base, mine, theirs, merge(base, mine, theirs)) == []


@pytest.mark.parametrize("key", ["objectifs", "bilan.temoignages"])
def test_the_detector_of_a_lost_order_works(key):
    """Control: our merge, whose conflicts over the order are dropped, loses an order."""

    def lists(*order: str) -> dict:
        content = blank()
        put(content, key, list(order) if key == "objectifs" else [{"id": x, "texte": x} for x in order])
        return normal(content)

    case = lists("a", "b", "c"), lists("b", "a", "c"), lists("c", "b", "a")
    merged = merge(*case)
    assert lost(*case, merged) == []
    merged.conflicts = []
    assert lost(*case, merged) == [f"mine: {key}: the order"]


@given(sides(3))
def test_three_people_lose_nothing_either(case):
    """Each merges what he made of the first version with what is there by then."""
    base, *people = case
    here, conflicts = base, 0
    for mine in people:
        merged = merge(base, mine, here)
        assert lost(base, mine, here, merged) == []
        conflicts += len(merged.conflicts)
        here = merged.content
    for mine in people if not conflicts else []:
        assert [x for x in lost(base, mine, base, Merged(here)) if x.startswith("mine")] == []


@given(st.data())
def test_the_order_of_arrival_does_not_matter_where_no_question_is_shared(data):
    base = data.draw(documents())
    units = data.draw(st.permutations(UNITS))
    shares = [[leaf.key for q in units[n::3] for leaf in q.leaves()] for n in range(3)]
    people = [data.draw(edits(base, among=share)) for share in shares]
    results = []
    for order in permutations(people):
        here = base
        for mine in order:
            merged = merge(base, mine, here)
            assert merged.conflicts == []
            here = merged.content
        results.append(here)
    assert all(result == results[0] for result in results)


@given(sides())
def test_a_side_that_changed_nothing_changes_nothing(case):
    base, mine, theirs = case
    for one, other, expected in (
        (base, theirs, theirs),
        (mine, base, mine),
        (mine, mine, mine),
        (base, base, base),
    ):
        merged = merge(base, one, other)
        assert merged.content == expected
        assert merged.conflicts == []
    assert merge(base, base, theirs).taken == []


@given(sides())
def test_merging_again_what_was_merged_changes_nothing(case):
    """A retry that the journal did not know would do no harm either."""
    base, mine, theirs = case
    merged = merge(base, mine, theirs)
    if not merged.conflicts:
        again = merge(base, mine, merged.content)
        assert again.content == merged.content


@given(sides())
def test_the_result_is_a_normal_document_and_the_sides_are_untouched(case):
    copies = deepcopy(case)
    merged = merge(*case)
    assert case == copies
    assert normal(merged.content) == merged.content
    assert load(merged.content) == (merged.content, {})
    assert set(merged.taken) <= set(LEAVES) | {f"{REASONS}.{key}" for key in LEAVES}
    units = [c.unit for c in merged.conflicts]
    assert len(units) == len(set(units))


@given(sides(), st.sampled_from(["mine", "theirs", "both"]))
def test_whatever_is_chosen_the_document_is_normal_and_has_what_was_chosen(case, side):
    base, mine, theirs = case
    merged = merge(base, mine, theirs)
    for conflict in merged.conflicts:
        possible = side != "both" or both(conflict)
        choose(merged.content, conflict, side if possible else "theirs")
    assert load(merged.content) == (normal(merged.content), {})
    chosen = Merged(merged.content)
    assert all(not x.startswith(side) for x in lost(base, mine, theirs, chosen))


@given(
    sides(),
    st.sets(st.sampled_from(["n1", "n2", "n3", "n4", "n5", "n6"])),
    st.sampled_from(["mine", "theirs", "both"]),
)
def test_what_was_erased_never_comes_back(case, gone, side):
    base, mine, theirs = case
    for merged in (
        merge(base, mine, theirs, gone),
        differences(mine, theirs, gone),
        merge(base, mine, without(theirs, gone), gone),
    ):
        for conflict in merged.conflicts:
            choose(merged.content, conflict, side if side != "both" or both(conflict) else "mine")
        assert without(merged.content, gone) == merged.content


def test_the_detector_of_what_comes_back_works():
    """Control: without the list of what was erased, an old copy brings it back."""
    base, mine, theirs = quotes(ONE), quotes({**ONE, "prenom": "A"}), quotes()
    merged = merge(base, mine, theirs)
    choose(merged.content, merged.conflicts[0], "mine")
    assert without(merged.content, {"t1"}) != merged.content
    assert merge(base, mine, theirs, {"t1"}).conflicts == []


@given(documents(), documents())
def test_where_the_base_is_not_known_all_that_differs_is_a_choice(mine, theirs):
    merged = differences(mine, theirs)
    assert merged.content == theirs
    covered = {key for c in merged.conflicts if not c.unit.startswith(REASONS) for key in c.keys}
    why = {c.keys[0] for c in merged.conflicts if c.unit.startswith(REASONS)}
    together = {q.key: {leaf.key for leaf in q.leaves()} for q in UNITS}
    for keys in together.values():
        differs = any(get(mine, k) != get(theirs, k) for k in keys)
        assert bool(keys & covered) == differs
    assert why == {
        k for k in {*mine[REASONS], *theirs[REASONS]} if mine[REASONS].get(k) != theirs[REASONS].get(k)
    }
    for conflict in merged.conflicts:
        choose(merged.content, conflict, "mine")
    assert merged.content == mine


# Each kind, by hand.


def test_different_questions_are_merged_and_the_same_value_is_no_conflict():
    base = doc(titre="Le chemin", resume="Un", langue="fr")
    merged = merge(
        base,
        doc(titre="Le sentier", resume="Deux", langue="fr"),
        doc(titre="Le chemin", resume="Deux", langue="nl"),
    )
    assert merged.conflicts == []
    assert (get(merged.content, "titre"), get(merged.content, "resume"), get(merged.content, "langue")) == (
        "Le sentier",
        "Deux",
        "nl",
    )
    assert merged.taken == ["titre"]


def test_the_same_text_changed_twice_is_a_conflict_and_is_never_merged_by_line():
    base = doc(descriptif="un\n\ndeux\n\ntrois")
    merged = merge(base, doc(descriptif="UN\n\ndeux\n\ntrois"), doc(descriptif="un\n\ndeux\n\nTROIS"))
    assert [c.unit for c in merged.conflicts] == ["descriptif"]
    assert get(merged.content, "descriptif") == "un\n\ndeux\n\nTROIS"
    assert merged.taken == []


def test_fields_that_belong_together_conflict_together():
    base = doc(annees__debut=2010, annees__fin=2012)
    merged = merge(base, doc(annees__debut=2013, annees__fin=2012), doc(annees__debut=2010, annees__fin=2011))
    (conflict,) = merged.conflicts
    assert conflict.unit == "annees"
    assert conflict.keys == ("annees.debut", "annees.fin", "annees.en_cours", "annees.texte")
    assert (conflict.mine[:2], conflict.theirs[:2]) == ((2013, 2012), (2010, 2011))
    assert both(conflict) is None
    assert not writable(conflict)
    choose(merged.content, conflict, "mine")
    assert get(merged.content, "annees") == {"debut": 2013, "fin": 2012, "en_cours": False, "texte": None}


def test_fields_of_another_block_are_merged_one_by_one():
    base = doc(contact__nom="Nadia", contact__telephone="02 555 01 00")
    merged = merge(
        base,
        doc(contact__nom="Nadia B.", contact__telephone="02 555 01 00"),
        doc(contact__nom="Nadia", contact__telephone="02 555 01 01"),
    )
    assert merged.conflicts == []
    assert (get(merged.content, "contact.nom"), get(merged.content, "contact.telephone")) == (
        "Nadia B.",
        "02 555 01 01",
    )


def test_boxes_merge_what_was_ticked_and_what_was_not_any_more():
    merged = merge(
        doc(secteurs=["SAN", "SOC"]), doc(secteurs=["SAN", "LOG"]), doc(secteurs=["SAN", "SOC", "EDU"])
    )
    assert merged.conflicts == []
    assert set(get(merged.content, "secteurs")) == {"SAN", "LOG", "EDU"}


@pytest.mark.parametrize(
    ("base", "mine", "theirs", "expected"),
    [
        (["a", "b"], ["a", "b", "m"], ["a", "b", "t"], ["a", "b", "m", "t"]), (["a", "b"], ["m", "a", "b"], ["a", "b", "t"], ["m", "a", "b", "t"]),
        (["a", "b"], ["a", "m", "b"], ["b"], ["m", "b"]), (["a", "b", "c"], ["c", "a", "b"], ["a", "b", "c", "t"], ["c", "t", "a", "b"]),
        (["a", "b", "c"], ["a", "b", "c", "m"], ["b", "a", "c"], ["b", "a", "c", "m"]), (["a", "b"], ["A", "b"], ["a", "B"], ["A", "B"]),
        (["a", "b"], ["b"], ["b"], ["b"]), (["a"], ["a", "x"], ["a", "x"], ["a", "x"]), (["a"], [], ["a", "t"], ["t"]),
        (["a"], ["A"], ["b"], None), (["a"], [], ["A"], None), (["a"], ["A"], [], None), (["a", "b", "c"], ["b", "a", "c"], ["c", "b", "a"], None),
    ],
)  # fmt: skip
def test_lines_merge_or_ask(base, mine, theirs, expected):
    merged = merge(doc(objectifs=base), doc(objectifs=mine), doc(objectifs=theirs))
    if expected is None:
        assert [c.unit for c in merged.conflicts] == ["objectifs"]
        assert get(merged.content, "objectifs") == theirs
    else:
        assert merged.conflicts == []
        assert set(get(merged.content, "objectifs")) == set(expected)
        assert lost(doc(objectifs=base), doc(objectifs=mine), doc(objectifs=theirs), merged) == []


def quotes(*items: dict) -> dict:
    content = blank()
    put(content, QUOTES, [dict(i) for i in items])
    return normal(content)


ONE, TWO = {"id": "t1", "texte": "Un"}, {"id": "t2", "texte": "Deux"}


def test_a_list_of_quotes_changed_on_both_sides():
    mine = quotes({**ONE, "prenom": "A"}, TWO, {"id": "t3", "texte": "Trois"})
    theirs = quotes({"id": "t4", "texte": "Quatre"}, {**ONE, "contexte": "au parc"})
    merged = merge(quotes(ONE, TWO), mine, theirs)
    assert merged.conflicts == []
    got = get(merged.content, QUOTES)
    assert [i["id"] for i in got] == ["t4", "t1", "t3"]
    assert (got[1]["prenom"], got[1]["contexte"]) == ("A", "au parc")


def test_one_field_of_a_quote_changed_twice_is_a_choice_over_that_quote_alone():
    base = quotes(ONE, TWO)
    mine, theirs = (
        quotes({**ONE, "texte": "Un !", "prenom": "A"}, TWO),
        quotes({**ONE, "texte": "Un ?", "contexte": "au parc"}, {**TWO, "texte": "Deux."}),
    )
    merged = merge(base, mine, theirs)
    (conflict,) = merged.conflicts
    assert conflict.unit == f"{QUOTES}/t1"
    assert [(i["texte"], i["prenom"], i["contexte"]) for i in (conflict.mine[0], conflict.theirs[0])] == [
        ("Un !", "A", "au parc"),
        ("Un ?", "A", "au parc"),
    ]
    kept = both(conflict)
    assert kept is not None
    choose(merged.content, conflict, "both")
    assert [i["texte"] for i in get(merged.content, QUOTES)] == ["Un ?", "Un !", "Deux."]
    assert len({i["id"] for i in get(merged.content, QUOTES)}) == 3


@pytest.mark.parametrize(("side", "expected"), [("mine", ["Deux"]), ("theirs", ["Un, changé", "Deux"])])
def test_a_quote_taken_away_here_and_changed_there_is_a_choice(side, expected):
    merged = merge(quotes(ONE, TWO), quotes(TWO), quotes({**ONE, "texte": "Un, changé"}, TWO))
    (conflict,) = merged.conflicts
    assert both(conflict) is None
    choose(merged.content, conflict, side)
    assert [i["texte"] for i in get(merged.content, QUOTES)] == expected


def test_both_orders_of_a_list_are_a_choice_and_neither_loses_an_item():
    three = {"id": "t3", "texte": "Trois"}
    base = quotes(ONE, TWO, three)
    mine, theirs = (
        quotes(TWO, ONE, three, {"id": "m", "texte": "M"}),
        quotes(three, ONE, {**TWO, "prenom": "B"}, {"id": "t", "texte": "T"}),
    )
    merged = merge(base, mine, theirs)
    (conflict,) = merged.conflicts
    for side, order in (("mine", ["t2", "t", "t1", "t3", "m"]), ("theirs", ["m", "t3", "t1", "t2", "t"])):
        content = deepcopy(merged.content)
        choose(content, conflict, side)
        assert {i["id"] for i in get(content, QUOTES)} == set(order)
        assert [i["id"] for i in get(content, QUOTES) if i["id"] in ("t1", "t2", "t3")] == [
            x for x in order if x in ("t1", "t2", "t3")
        ]
        assert next(i for i in get(content, QUOTES) if i["id"] == "t2")["prenom"] == "B"


def test_lists_that_would_be_too_long_together_are_a_choice():
    """Forty lines and forty others: neither side is cut, and nothing that no form could hold is stored."""
    here, there = [[f"{side} {n}" for n in range(40)] for side in "ab"]
    merged = merge(doc(), doc(objectifs=here), doc(objectifs=there))
    (conflict,) = merged.conflicts
    assert (conflict.mine, conflict.theirs) == ((here,), (there,))
    assert both(conflict) is None
    some = [[{"id": f"{side}{n}", "texte": "x"} for n in range(40)] for side in "ab"]
    merged = merge(quotes(), quotes(*some[0]), quotes(*some[1]))
    (conflict,) = merged.conflicts
    assert (len(conflict.mine[0]), len(conflict.theirs[0]), len(get(merged.content, QUOTES))) == (40, 40, 40)
    assert LINES_CAP == questions.ITEMS_CAP == 60
    assert (
        merge(doc(), doc(objectifs=here[:30]), doc(objectifs=there[:30])).conflicts == []
    )  # control: sixty are well


def test_a_sixty_first_quote_cannot_be_kept_beside_the_others():
    many = [{"id": f"q{n}", "texte": "x"} for n in range(59)]
    merged = merge(
        quotes(*many, ONE), quotes(*many, {**ONE, "texte": "m"}), quotes(*many, {**ONE, "texte": "t"})
    )
    with pytest.raises(ValueError, match="more items"):
        choose(merged.content, merged.conflicts[0], "both")
    choose(merged.content, merged.conflicts[0], "mine")
    assert get(merged.content, QUOTES)[-1]["texte"] == "m"


def test_two_long_texts_cannot_be_kept_both_but_each_of_them_can():
    merged = merge(doc(descriptif="x"), doc(descriptif="m" * 12_000), doc(descriptif="t" * 12_000))
    assert both(merged.conflicts[0]) is None
    with pytest.raises(ValueError, match="both"):
        choose(merged.content, merged.conflicts[0], "both")
    short = merge(doc(descriptif="x"), doc(descriptif="m" * 9_999), doc(descriptif="t" * 9_999))
    (text,) = both(short.conflicts[0])
    assert len(text) == TEXT_CAP
    assert text == "t" * 9_999 + "\n\n" + "m" * 9_999


def test_a_line_a_reason_and_lines_can_be_kept_both():
    merged = merge(doc(titre="a"), doc(titre="m"), doc(titre="t"))
    assert both(merged.conflicts[0]) == ("t / m",)
    why = [normal({REASONS: {"contexte": text}}) for text in ("b", "m", "t")]
    (conflict,) = merge(*why).conflicts
    assert conflict.unit == f"{REASONS}.contexte"
    merged = merge(*why)
    choose(merged.content, conflict, "both")
    assert merged.content[REASONS] == {"contexte": "t / m"}
    choose(merged.content, conflict, "write", "autre chose")
    assert merged.content[REASONS] == {"contexte": "autre chose"}
    choose(merged.content, conflict, "write", None)
    assert merged.content[REASONS] == {}
    merged = merge(doc(objectifs=["a"]), doc(objectifs=["m"]), doc(objectifs=["t"]))
    assert both(merged.conflicts[0]) == (["t", "m"],)


def test_something_else_is_written_only_where_it_is_a_text():
    number = merge(
        doc(bilan__cout__montant=1.0), doc(bilan__cout__montant=2.0), doc(bilan__cout__montant=3.0)
    )
    boxes = differences(doc(secteurs=["SAN"]), doc(secteurs=["SOC"]))
    quote = merge(quotes(ONE), quotes({**ONE, "texte": "m"}), quotes({**ONE, "texte": "t"}))
    lines = merge(doc(objectifs=["a"]), doc(objectifs=["m"]), doc(objectifs=["t"]))
    for merged in (number, boxes, quote, lines):
        before = deepcopy(merged.content)
        for side in ("write", "", "autre", "MINE"):
            with pytest.raises(ValueError, match=merged.conflicts[0].unit):
                choose(merged.content, merged.conflicts[0], side, "abc")
        assert merged.content == before
        assert not writable(merged.conflicts[0])
    assert both(boxes.conflicts[0]) == (sorted(["SAN", "SOC"], key=list(terms("secteur")).index),)


def test_reasons_conflict_in_an_order_that_does_not_change_from_process_to_process():
    keys = ["titre", "resume", "contexte", "equite", "annees.debut", "bilan.impact"]
    base, mine, theirs = (normal({REASONS: dict.fromkeys(keys, text)}) for text in "bmt")
    assert [c.keys[0] for c in merge(base, mine, theirs).conflicts] == sorted(keys)
    assert [c.keys[0] for c in differences(mine, theirs).conflicts] == sorted(keys)
