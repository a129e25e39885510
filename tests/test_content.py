"""The document of a fiche: what an import may bring, what is kept as it was, what counts as an answer."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fiche import questions
from models.fiche.content import (
    ITEM_ID,
    REASONS,
    blank,
    changed,
    get,
    has,
    has_answer,
    item_id,
    load,
    normal,
    put,
    reason,
    texts,
    unknown,
)
from models.fiche.kinds import KINDS, answered, empty
from tests.support.answers import ANSWERS, documents, edits

junk = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.dates(), st.binary(max_size=4),
        st.text(st.characters(codec=None), max_size=8), st.sampled_from(["BRU", "nadia@a.example", "2016", "oui"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.one_of(st.sampled_from(["id", "nom", "texte", "consentement", "montant", "x"]), st.integers()), inner, max_size=3),
    ),
    max_leaves=6,
)  # fmt: skip


@st.composite
def hostile_documents(draw):
    """Something with the keys of a document and anything at all under them."""
    raw = {}
    for key in draw(
        st.lists(st.sampled_from([*questions.leaves(), *questions.questions(), REASONS, "x"]), max_size=6)
    ):
        top, _, rest = key.partition(".")
        if rest and draw(st.booleans()):
            if not isinstance(raw.get(top), dict):
                raw[top] = {}
            put(raw[top], rest, draw(junk))
        else:
            raw[top] = draw(junk)
    return raw


def test_every_single_kind_has_random_answers():
    """Control: a new kind cannot slip past the property tests."""
    assert set(KINDS) - set(ANSWERS) == {"items"}


@given(st.one_of(hostile_documents(), junk))
def test_whatever_comes_in_a_normal_document_comes_out(raw):
    content, errors = load(raw)
    assert normal(content) == content
    assert load(content) == (content, {})
    for key, q in questions.leaves().items():
        value = get(content, key)
        assert has(content, key)
        assert isinstance(value, list) == (KINDS[q.kind].empty == ())
        for item in value if q.kind == "items" else []:
            assert ITEM_ID.fullmatch(item["id"])
            assert all(has(item, f.key) for f in q.fields)
    assert all(
        isinstance(key, str) and len(key) < 200 and key.isprintable() and str(text)
        for key, text in errors.items()
    )


@given(documents())
def test_a_document_is_loaded_as_it_is_and_an_edited_one_stays_normal(content):
    assert load(content) == (content, {})
    assert normal(content) == content
    assert normal({k: v for k, v in content.items() if answered(questions.leaves()["titre"], v)}) == content


@given(documents().flatmap(lambda d: st.tuples(st.just(d), edits(d))))
def test_what_changed_is_named_and_nothing_else(pair):
    before, after = pair
    named = changed(before, after)
    assert (named == []) == (before == after)
    for key in questions.leaves():
        same = get(before, key) == get(after, key) and before[REASONS].get(key) == after[REASONS].get(key)
        assert (key in named) != same


def test_reading_a_stored_document_loses_nothing_though_rules_became_stricter():
    """What was once stored is trusted: a longer text, a code or a number that today's forms would refuse."""
    stored = blank()
    put(stored, "descriptif", "x" * 30_000)
    put(stored, "secteurs", ["ANCIEN"])
    put(stored, "contact.telephone", "poste 3")
    put(stored, "objectifs", [f"objectif {n}" for n in range(80)])
    put(stored, "partenaires", [{"id": f"p{n}", "nom": f"P {n}"} for n in range(80)])
    read = normal(stored)
    for key in ("descriptif", "secteurs", "contact.telephone", "objectifs"):
        assert get(read, key) == get(stored, key)
    assert len(get(read, "partenaires")) == 80
    assert get(read, "partenaires")[0] == {"id": "p0", "nom": "P 0", "type": None, "role": None}
    assert load(stored)[1].keys() >= {
        "descriptif",
        "secteurs",
        "contact.telephone",
        "objectifs",
        "partenaires",
    }  # control


def test_normal_shares_nothing_with_what_it_read():
    stored = blank()
    put(stored, "objectifs", ["un"])
    put(stored, "bilan.temoignages", [{"id": "t1", "texte": "oui", "consentement": {"usages": ["intranet"]}}])
    before, read = deepcopy(stored), normal(stored)
    get(read, "objectifs").append("deux")
    get(read, "bilan.temoignages")[0]["consentement"]["usages"].append("presse")
    read[REASONS]["contexte"] = "plus tard"
    assert stored == before


def test_an_older_document_gets_the_questions_that_came_later():
    assert normal({}) == blank()
    assert normal({"titre": "Un titre", "inconnu": 1}) == {**blank(), "titre": "Un titre"}


def test_what_cannot_be_kept_is_named_and_the_rest_is_kept():
    content, errors = load({
        "titre": "Le chemin", "annees": {"debut": "vers 2010"}, "secteurs": ["SAN", "XXX"], "bilan": {"cout": {"montant": "beaucoup"}},
        "partenaires": [{"nom": "École", "type": "XXX", "budget": 3}, "une école", {"nom": ""}], "objectifs": "un seul", "contact": "Nadia",
        "etrange": 1, "territoire": {"etrange": 2, "vide": None},
    })  # fmt: skip
    assert get(content, "titre") == "Le chemin"
    assert [p["nom"] for p in get(content, "partenaires")] == ["École"]
    first = get(content, "partenaires")[0]["id"]
    named = {key for key in errors if not key.startswith("partenaires.")}
    assert named == {
        "annees.debut",
        "secteurs",
        "bilan.cout.montant",
        "objectifs",
        "contact",
        "etrange",
        "territoire.etrange",
    }
    assert {f"partenaires.{first}.type", f"partenaires.{first}.budget"} <= set(errors)
    assert get(content, "annees.debut") is None
    assert get(content, "secteurs") == []


def test_an_import_names_some_of_a_thousand_unknown_keys_and_not_all():
    _content, errors = load({f"x{n}": n for n in range(5000)} | {"y" * 5000: 1, "z\x00\ud800\n\u202ez": 1})
    assert 0 < len(errors) <= 50
    assert all(key.isprintable() and len(key) <= 80 for key in errors)
    _content, errors = load({"partenaires": [{"nom": "École", **{f"x{n}": n for n in range(5000)}}]})
    assert 0 < len(errors) <= 50


def test_sixty_items_are_taken_and_the_others_named():
    content, errors = load({"partenaires": [{"nom": f"P {n}"} for n in range(61)]})
    assert len(get(content, "partenaires")) == 60
    assert "partenaires" in errors
    assert not load({"partenaires": [{"nom": f"P {n}"} for n in range(60)]})[1]


def test_items_keep_their_names_and_get_one_where_they_have_none_that_can_be_used():
    names = ["abc-1", "abc-1", "", None, "../x", "é", "a" * 41, 7]
    content, errors = load({"partenaires": [{"id": name, "nom": f"P {n}"} for n, name in enumerate(names)]})
    kept = [p["id"] for p in get(content, "partenaires")]
    assert not errors
    assert len(set(kept)) == len(names)
    assert kept[0] == "abc-1"
    assert kept[-1] == "7"
    assert all(ITEM_ID.fullmatch(name) for name in [*kept, item_id()])


@pytest.mark.parametrize("raw", [None, "", "texte", 3, [], ["a"], True, b"x"])
def test_what_is_no_document_gives_an_empty_one(raw):
    assert load(raw) == (blank(), {})


def test_reasons_are_cleaned_and_cut():
    raw = {
        "contexte": " pas\x00 encore\n ",
        "titre": "x" * 2500,
        "A B": "x",
        "x" * 81: "x",
        "equite": ["x"],
        "resume": "",
        "annees": 12,
        "descriptif": "a" * 1999 + " b",
    }
    content, _errors = load({REASONS: raw})
    assert content[REASONS] == {
        "contexte": "pas encore",
        "titre": "x" * 2000,
        "annees": "12",
        "descriptif": "a" * 1999,
    }
    assert load({REASONS: "rien"})[0][REASONS] == {}


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("bilan.cout", {"bilan.cout.montant": 0.0}, True), ("bilan.cout", {"bilan.cout.devise": "EUR"}, False),
        ("bilan.cout", {"bilan.cout.devise": "CHF"}, True), ("bilan.cout", {"bilan.cout.hors_personnel": False}, True),
        ("bilan.citoyens", {"bilan.citoyens.precision": "inconnu"}, False), ("bilan.citoyens", {"bilan.citoyens.nombre": 0}, True),
        ("gouvernance.schema", {"gouvernance.schema.mode": "aucun"}, False), ("gouvernance.schema", {"gouvernance.schema.mode": "genere"}, True),
        ("annees", {"annees.en_cours": False}, False), ("annees", {"annees.en_cours": True}, True), ("objectifs", {"objectifs": []}, False),
    ],
)  # fmt: skip
def test_what_counts_as_an_answer(key, value, expected):
    content = blank()
    for leaf, answer in value.items():
        put(content, leaf, answer)
    assert has_answer(content, questions.questions()[key]) is expected


def test_a_reason_holds_for_a_question_its_fields_and_its_block():
    q = questions.questions()
    montant = questions.leaves()["bilan.cout.montant"]
    for key, asked in (
        ("bilan.cout.montant", q["bilan.cout"]),
        ("bilan.cout", montant),
        ("bilan", montant),
        ("bilan.cout.montant", montant),
    ):
        assert reason({REASONS: {key: "à demander"}}, asked) == "à demander"
    assert reason({REASONS: {"bilan.cout.devise": "à demander"}}, montant) is None
    assert reason({REASONS: {"bilan.cou": "à demander"}}, montant) is None
    assert reason({}, montant) is None


def test_unknown_keys_are_found_at_any_depth_and_known_ones_are_not():
    assert list(unknown(blank())) == []
    assert list(unknown({"bilan": {"cout": {"x": 1, "montant": 2}, "y": {"z": 1}}, "w": 0, "v": None})) == [
        "bilan.cout.x",
        "bilan.y",
        "w",
    ]


def test_search_reads_texts_and_no_private_or_withheld_word():
    content = load({
        "titre": "Public", "contact": {"nom": "Secret", "fonction": "Secret", "courriel": "secret@a.example"}, "objectifs": ["Objectif"],
        "biennale": {"besoins_acces": "Secret"}, "partenaires": [{"nom": "École", "role": "accueille"}],
        "bilan": {"temoignages": [
            {"texte": "Montrée", "prenom": "Secret", "nom_affiche": "M.", "consentement": {"statut": "oui", "usages": ["intranet"]}},
            {"texte": "Secret refusé", "nom_affiche": "Secret", "contexte": "Secret", "consentement": {"statut": "non", "usages": ["intranet"]}},
            {"texte": "Secret retiré", "consentement": {"statut": "retire", "usages": ["intranet"]}}, {"texte": "Secret non demandé"},
            {"texte": "Secret ailleurs", "consentement": {"statut": "oui", "usages": ["presse"]}},
        ]},
        "photos": [{"legende": "Fête", "consentement": "oui"}, {"legende": "Secret", "alternative": "Secret", "consentement": "retire"}],
    })[0]  # fmt: skip
    found = [text for _key, text in texts(content)]
    assert found == ["Public", "École", "accueille", "Objectif", "Montrée", "M.", "Fête"]
    assert not any("ecret" in text for text in found)


def test_empty_lists_are_never_shared():
    q = questions.leaves()["objectifs"]
    assert empty(q) is not empty(q)
    get(blank(), "objectifs").append("x")
    assert get(blank(), "objectifs") == []
