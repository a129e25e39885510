"""From a posted form to answers and back: what was on the page is read, what was not is untouched."""

from contextlib import ExitStack
from copy import deepcopy

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from models.fiche import posting, questions
from models.fiche.content import REASONS, blank, get, normal, put
from models.fiche.posting import act, read, write
from models.fiche.question import Question
from tests.support.answers import declared, documents, lines

LEAVES = questions.leaves()
PARTNERS = "partenaires"


def form(*pairs: tuple[str, str], **fields: str) -> MultiDict:
    return MultiDict([*pairs, *fields.items()])


def doc(**answers) -> dict:
    """A normal document; dots of a key are written __."""
    content = blank()
    for key, value in answers.items():
        put(content, key.replace("__", "."), value)
    return normal(content)


@pytest.fixture
def declare():
    """declare(part key, question): the declaration with one question more."""
    with ExitStack() as added:
        yield lambda part, q: added.enter_context(declared(part, q))


# Write, then read.


@given(documents(), documents())
def test_reading_is_the_inverse_of_writing(content, before):
    """Whatever stood there before: a form of all questions says all of it."""
    posted = read(MultiDict(write(content, list(LEAVES))))
    assert posted.errors == {}
    assert posted.apply(before)["donnees_manquantes"] == {
        **{k: v for k, v in before[REASONS].items() if k not in LEAVES}, **content[REASONS]
    }  # fmt: skip
    assert {**posted.apply(before), REASONS: {}} == {**content, REASONS: {}}


@given(documents(), st.sampled_from([p.key for p in questions.PARTS]), documents())
@example(doc(titre="Un"), "bilan", doc(titre="Deux", bilan__cout__montant=3.0))
def test_a_part_says_nothing_of_the_others(content, part, before):
    asked = [leaf.key for leaf in questions.part(part).leaves()]
    pairs = [*write(content, asked), ("part", part)]
    after = read(MultiDict(pairs)).apply(before)
    for key in LEAVES:
        assert get(after, key) == get(content if key in asked else before, key)
        assert after[REASONS].get(key) == (content if key in asked else before)[REASONS].get(key)


@given(documents(), st.lists(st.sampled_from(list(LEAVES)), max_size=4), documents())
def test_a_single_question_says_nothing_of_its_neighbours(content, named, before):
    after = read(MultiDict(write(content, named))).apply(before)
    for key in LEAVES:
        assert get(after, key) == get(content if key in named else before, key)


def test_an_empty_page_changes_nothing():
    before = doc(titre="Le chemin", secteurs=["SAN"], contact__publier=True)
    for fields in (form(), form(part="inconnu"), form(field="inconnu"), form(titre="Autre", secteurs="SOC")):
        assert read(fields).apply(before) == before


# What browsers do not post.


def test_what_was_on_the_page_and_is_not_posted_is_empty_where_browsers_post_nothing():
    before = doc(
        acteurs=["HAB"], acteurs_texte="marcheuses", equite="toutes", contact__publier=True, contact__nom="N", objectifs=["un"],
        partenaires=[{"id": "p1", "nom": "École"}], bilan__cout__hors_personnel=True, structure_porteuse__pays="BE", secteurs=["SAN"],
    )  # fmt: skip
    after = read(form(part="public")).apply(before)
    assert get(after, "acteurs") == []  # boxes
    assert (
        get(after, "acteurs_texte") == "marcheuses"
    )  # a text field is always posted: it was not on the page
    after = read(form(("part", "structure"), ("part", "objectifs"), ("part", "bilan"))).apply(before)
    assert get(after, "contact.publier") is False
    assert get(after, "contact.nom") == "N"
    assert get(after, "objectifs") == []
    assert get(after, PARTNERS) == []
    assert get(after, "bilan.cout.hors_personnel") is None
    assert get(after, "structure_porteuse.pays") is None
    assert get(after, "secteurs") == ["SAN"]  # another part


def test_a_text_that_was_emptied_is_empty():
    before = doc(titre="Le chemin", resume="Deux phrases.")
    after = read(form(part="titre", titre="", resume="  \n ", precedente="")).apply(before)
    assert (get(after, "titre"), get(after, "resume")) == (None, None)


# Versions.


def test_an_older_form_leaves_newer_questions_alone(declare):
    declare("objectifs", Question("nouveau", "choices", "N", vocabulary="secteur", since=2))
    declare(
        "objectifs",
        Question(
            "bloc",
            "block",
            "B",
            since=2,
            fields=(Question("bloc.tick", "tick", "T"), Question("bloc.texte", "line", "L")),
        ),
    )
    before = doc(nouveau=["SAN"], bloc__tick=True, bloc__texte="x", objectifs=["un"])
    after = read(form(part="objectifs", schema_version="1")).apply(before)
    assert (get(after, "nouveau"), get(after, "bloc.tick"), get(after, "bloc.texte")) == (["SAN"], True, "x")
    assert get(after, "objectifs") == []  # control: the older question was there
    after = read(form(part="objectifs", schema_version="2")).apply(before)
    assert (get(after, "nouveau"), get(after, "bloc.tick"), get(after, "bloc.texte")) == ([], False, "x")


def test_an_older_form_leaves_newer_fields_of_an_item_alone(declare):
    fields = (
        Question("nom", "line", "Nom"), Question("gratuit", "tick", "Gratuit", since=2), Question("mots", "choices", "Mots", vocabulary="secteur", since=2),
        Question("note", "line", "Note", since=2),
    )  # fmt: skip
    declare("objectifs", Question("fetes", "items", "Fêtes", one="Fête", fields=fields))
    before = doc(
        fetes=[
            {"id": "f1", "nom": "Un", "gratuit": True, "mots": ["SAN"], "note": "n"},
            {"id": "f2", "note": "seule"},
        ]
    )
    older = form(("part", "objectifs"), ("schema_version", "1"), ("fetes", "f2"), ("fetes", "f1"), ("fetes", "f3"),
                 ("fetes.f1.nom", "Un bis"), ("fetes.f2.nom", ""), ("fetes.f3.nom", "Trois"))  # fmt: skip
    after = get(read(older).apply(before), "fetes")
    assert after == [
        {"id": "f2", "nom": None, "gratuit": False, "mots": [], "note": "seule"},
        {"id": "f1", "nom": "Un bis", "gratuit": True, "mots": ["SAN"], "note": "n"},
        {"id": "f3", "nom": "Trois", "gratuit": False, "mots": [], "note": None},
    ]
    newer = MultiDict(
        [p for p in older.items(multi=True) if p[0] != "schema_version"] + [("schema_version", "2")]
    )
    after = get(read(newer).apply(before), "fetes")
    assert after[1] == {
        "id": "f1",
        "nom": "Un bis",
        "gratuit": False,
        "mots": [],
        "note": "n",
    }  # control: boxes that were there
    gone = read(form(("part", "objectifs"), ("schema_version", "1"), ("fetes", "f1"), ("fetes.f1.nom", "")))
    assert get(gone.apply(doc(fetes=[{"id": "f1", "nom": "Un"}])), "fetes") == []


def test_a_question_that_ended_is_asked_by_older_forms_only():
    assert LEAVES["bilan.cout.montant_inconnu"].until == 1
    before = doc(bilan__cout__montant_inconnu=True)
    assert read(form(part="bilan")).apply(before) == before
    named = read(form(("field", "bilan.cout.montant_inconnu"))).apply(before)
    assert get(named, "bilan.cout.montant_inconnu") is False


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("1", 1),
        ("0", 0),
        ("99", 99),
        ("", 1),
        ("abc", 1),
        ("-1", 1),
        ("1" * 5000, 1),
        ("²", 1),
        ("1.5", 1),
        (" 1", 1),
    ],
)
def test_the_version_of_a_form(text, version):
    assert posting.schema_of(form(schema_version=text)) == version
    assert posting.schema_of(form()) == posting.SCHEMA


# Lists without JavaScript.


def test_items_are_added_changed_moved_and_taken_away():
    before = doc(partenaires=[{"id": "p1", "nom": "École"}, {"id": "p2", "nom": "CPAS", "role": "paie"}])
    posted = form(("part", "structure"), (PARTNERS, "p2"), (PARTNERS, "neuf"), (PARTNERS, "vide"), (f"{PARTNERS}.p2.nom", "CPAS"),
                  (f"{PARTNERS}.p2.role", "prête"), (f"{PARTNERS}.neuf.nom", "Club"), (f"{PARTNERS}.vide.nom", " "), (f"{PARTNERS}.vide.role", ""))  # fmt: skip
    after = get(read(posted).apply(before), PARTNERS)
    assert [(p["id"], p["nom"], p["role"]) for p in after] == [
        ("p2", "CPAS", "prête"),
        ("neuf", "Club", None),
    ]


@pytest.mark.parametrize(
    ("verb", "which", "expected", "focus"),
    [
        ("up", "p2", ["p2", "p1", "p3"], "partenaires.p2"), ("down", "p1", ["p2", "p1", "p3"], "partenaires.p1"), ("up", "p1", ["p1", "p2", "p3"], "partenaires.p1"),
        ("down", "p3", ["p1", "p2", "p3"], "partenaires.p3"), ("remove", "p2", ["p1", "p3"], "partenaires"), ("remove", "autre", ["p1", "p2", "p3"], "partenaires"),
        ("jump", "p1", ["p1", "p2", "p3"], "partenaires.p1"),
    ],
)  # fmt: skip
def test_the_buttons_of_an_item(verb, which, expected, focus):
    content = doc(partenaires=[{"id": f"p{n}", "nom": f"P{n}"} for n in (1, 2, 3)])
    before = deepcopy(content)
    after, where = act(content, verb, PARTNERS, which)
    assert [p["id"] for p in get(after, PARTNERS)] == expected
    assert where == focus
    assert content == before


@pytest.mark.parametrize(
    ("verb", "which", "expected"),
    [
        ("up", "1", ["b", "a", "c"]),
        ("down", "2", ["a", "b", "c"]),
        ("remove", "0", ["b", "c"]),
        ("remove", "3", ["a", "b", "c"]),
        ("up", "-1", ["a", "b", "c"]),
    ],
)
def test_the_buttons_of_a_line(verb, which, expected):
    after, _focus = act(doc(objectifs=["a", "b", "c"]), verb, "objectifs", which)
    assert get(after, "objectifs") == expected


@pytest.mark.parametrize("key", ["titre", "inconnu", "secteurs", "gouvernance.schema", ""])
def test_a_button_of_what_is_no_list_does_nothing(key):
    content = doc(titre="Le chemin", secteurs=["SAN"])
    assert act(content, "remove", key, "0") == (content, "")


def test_more_items_than_a_list_holds_are_refused_and_not_dropped():
    def page(count):
        return form(
            ("part", "structure"),
            *((PARTNERS, f"p{n}") for n in range(count)),
            *((f"{PARTNERS}.p{n}.nom", "X") for n in range(count)),
        )

    assert "Soixante" in str(read(page(61)).errors[PARTNERS])
    assert read(page(60)).errors == {}
    assert len(get(read(page(60)).apply(blank()), PARTNERS)) == 60


# Reasons.


def test_a_reason_is_given_changed_and_withdrawn():
    page = form(("part", "description"), (f"{REASONS}.contexte", "  à écrire\r\nensemble "))
    after = read(page).apply(blank())
    assert after[REASONS] == {"contexte": "à écrire ensemble"}
    assert read(form(part="description")).apply(after)[REASONS] == after[REASONS]  # it was not on the page
    assert read(form(("part", "description"), (f"{REASONS}.contexte", " "))).apply(after)[REASONS] == {}
    assert (
        read(form(("part", "titre"), (f"{REASONS}.contexte", "x"))).apply(blank())[REASONS] == {}
    )  # of another part
    long = read(form(("part", "description"), (f"{REASONS}.contexte", "x" * 1999 + " " + "y" * 50)))
    assert long.apply(blank())[REASONS]["contexte"] == "x" * 1999


def test_a_reason_of_a_whole_block_can_be_withdrawn():
    """An import may say why a block is empty; its form shows that, and takes it back."""
    before = doc(donnees_manquantes={"annees": "personne ne sait", "gouvernance": "pas de schéma"})
    pairs = list(write(before, [leaf.key for leaf in questions.part("territoire").leaves()]))
    assert (f"{REASONS}.annees", "personne ne sait") in pairs
    assert read(MultiDict(pairs)).apply(before) == before
    emptied = [(name, "" if name == f"{REASONS}.annees" else value) for name, value in pairs]
    assert read(MultiDict(emptied)).apply(before)[REASONS] == {"gouvernance": "pas de schéma"}


# Hostile names.

NAMES = [
    "../../etc",
    "a b",
    "",
    "é",
    "x" * 41,
    "<script>",
    "p1.nom",
    "p1\x00",
    "\ud800",
    "__proto__" * 9,
    "a/b",
    "p1\n",
]


@pytest.mark.parametrize("name", NAMES)
def test_an_item_with_an_impossible_name_is_no_item(name):
    posted = read(form(("part", "structure"), (PARTNERS, name), (f"{PARTNERS}.{name}.nom", "X")))
    assert posted.apply(blank()) == blank()
    assert posted.errors == {}


def test_the_same_item_twice_is_one_item_and_the_first_value_counts():
    posted = read(
        form(
            ("part", "structure"),
            (PARTNERS, "p1"),
            (PARTNERS, "p1"),
            (f"{PARTNERS}.p1.nom", "Un"),
            (f"{PARTNERS}.p1.nom", "Deux"),
        )
    )
    assert get(posted.apply(blank()), PARTNERS) == [{"id": "p1", "nom": "Un", "type": None, "role": None}]
    twice = read(form(("part", "titre"), ("part", "titre"), ("titre", "Un"), ("titre", "Deux")))
    assert get(twice.apply(blank()), "titre") == "Un"


def test_an_error_says_where_and_keeps_its_value_out():
    posted = read(form(
        ("part", "territoire"), ("part", "description"), ("annees.debut", "vers 2010"), ("annees.fin", "2016"), ("composantes", "c1"),
        ("composantes.c1.nom", "Marche"), ("composantes.c1.nombre", "beaucoup"), ("etapes_citoyens", "XXX"), ("contexte", "x" * 20_001),
    ))  # fmt: skip
    assert set(posted.errors) == {"annees.debut", "composantes.c1.nombre", "etapes_citoyens", "contexte"}
    assert not {"annees.debut", "etapes_citoyens", "contexte"} & set(posted.values)
    assert posted.values["annees.fin"] == 2016


@given(
    st.lists(
        st.tuples(
            st.one_of(
                st.sampled_from([*LEAVES, "part", "field", "schema_version", f"{REASONS}.titre", f"{PARTNERS}.p1.nom", "photos.a.fichier"]),
                st.text(max_size=20),
            ),
            st.one_of(st.sampled_from([*LEAVES, *(p.key for p in questions.PARTS), "p1", "a", "1"]), st.text(st.characters(codec=None), max_size=30)),
        ),
        max_size=25,
    ),
    documents(3),
)  # fmt: skip
def test_no_form_makes_anything_but_answers_and_errors(pairs, before):
    posted = read(MultiDict(pairs))
    after = posted.apply(before)
    assert normal(after) == after
    assert all(str(sentence) for sentence in posted.errors.values())
    asked = {leaf.key for leaf in posting.on_page(MultiDict(pairs))}
    for key in LEAVES:
        assert key in asked or get(after, key) == get(before, key)


def test_the_detector_works():
    """Control: a reader that empties what was not on the page, as a plain form handler does, is noticed."""
    before = doc(titre="Le chemin", equite="toutes")

    def careless(fields: MultiDict) -> dict:
        return normal({key: fields.get(key) for key in LEAVES})

    fields = MultiDict(write(doc(titre="Autre"), ["titre"]))
    assert get(read(fields).apply(before), "equite") == "toutes"
    assert get(careless(fields), "equite") is None


@given(st.one_of(st.integers(0, 10**10), st.integers(0, 10**12 - 1).map(lambda n: n / 100)))
def test_a_number_is_written_as_a_person_types_it(number):
    typed = posting.as_typed(number)
    assert "e" not in typed
    assert "." not in typed
    q = LEAVES["bilan.cout.montant"]
    from models.fiche.kinds import read_amount

    if number < 10**10:
        assert read_amount([typed], q) == number


@given(lines)
def test_a_line_stays_one_line(text):
    assert "\n" not in text
    assert get(read(form(part="titre", titre=text)).apply(blank()), "titre") == text
