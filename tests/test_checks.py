"""What a fiche needs before it is sent, row by row of the table of the domain; and what never blocks a draft.

NEEDED is written by hand from that table, and not from the declaration that it checks.
"""

from copy import deepcopy
from dataclasses import replace

import pytest
from hypothesis import given

from models.demo import sample_fiches
from models.fiche import checks, questions
from models.fiche.content import REASONS, blank, get, load, normal, put
from models.fiche.kinds import empty
from models.vocabularies import terms
from tests.support.answers import documents

# Keys that would each do → the key at which the problem stands, and whether a reason does too (★).
NEEDED = {
    ("titre",): ("titre", False), ("langue",): ("langue", False), ("resume",): ("resume", False),
    ("structure_porteuse.nom",): ("structure_porteuse.nom", False), ("structure_porteuse.type",): ("structure_porteuse.type", False),
    ("structure_porteuse.pays",): ("structure_porteuse.pays", False), ("contact.courriel", "contact.telephone"): ("contact.courriel", False),
    ("partenaires",): ("partenaires", True), ("gouvernance.texte",): ("gouvernance.texte", True), ("objectifs",): ("objectifs", False),
    ("descriptif",): ("descriptif", False), ("etapes_citoyens",): ("etapes_citoyens", True), ("acteurs",): ("acteurs", False), ("publics",): ("publics", True),
    ("equite",): ("equite", True), ("secteurs",): ("secteurs", False), ("milieux",): ("milieux", False), ("determinants",): ("determinants", True),
    ("empowerment",): ("empowerment", True), ("territoire.niveau",): ("territoire.niveau", False), ("territoire.libelle",): ("territoire.libelle", True),
    ("annees.debut", "annees.texte"): ("annees.debut", True), ("bilan.citoyens.nombre", "bilan.citoyens.texte"): ("bilan.citoyens.nombre", True),
    ("bilan.impact",): ("bilan.impact", True), ("bilan.degre_vise",): ("bilan.degre_vise", True),
    ("bilan.degre_reel_min", "bilan.degre_reel_max"): ("bilan.degre_vise", True), ("bilan.cout.montant",): ("bilan.cout.montant", True),
    ("perspectives",): ("perspectives", True), ("biennale.presence",): ("biennale.presence", True),
    ("consentements.accord_structure",): ("consentements.accord_structure", False),
}  # fmt: skip
ANSWERS = {
    "titre": "Le chemin", "langue": "fr", "resume": "Deux phrases.", "structure_porteuse.nom": "La Passerelle", "structure_porteuse.type": "AJE",
    "structure_porteuse.pays": "BE", "contact.courriel": "nadia@passerelle.example", "contact.telephone": "02 555 01 00",
    "partenaires": [{"id": "p1", "nom": "École"}], "gouvernance.texte": "Ils décident.", "objectifs": ["Marcher"], "descriptif": "On marche.",
    "etapes_citoyens": ["?"], "acteurs": ["HAB"], "publics": ["TOU"], "equite": "Celles qui ne sortent pas.", "secteurs": ["SAN"], "milieux": ["QUA"],
    "determinants": ["EN3"], "empowerment": ["?"], "territoire.niveau": "?", "territoire.libelle": "Le quartier", "annees.debut": 2014,
    "annees.texte": "depuis l’été", "bilan.citoyens.nombre": 0, "bilan.citoyens.texte": "une poignée", "bilan.impact": "On dort mieux.",
    "bilan.degre_vise": "P5", "bilan.degre_reel_min": "P2", "bilan.degre_reel_max": "P4", "bilan.cout.montant": 0.0, "perspectives": ["Continuer ?"],
    "biennale.presence": "?", "consentements.accord_structure": True,
}  # fmt: skip
LEAVES = questions.leaves()


def answer(key: str):
    """The answer of the table; "?" is the first code of its vocabulary."""
    value = ANSWERS[key]
    first = (
        next(iter(terms(LEAVES[key].vocabulary)))
        if value in ("?", ["?"]) or key == "structure_porteuse.type"
        else None
    )
    return value if first is None else [first] if isinstance(value, list) else first


@pytest.fixture
def complete() -> dict:
    content = blank()
    for keys in NEEDED:
        put(content, keys[0], deepcopy(answer(keys[0])))
    content = normal(content)
    assert load(content) == (content, {})
    return content


def found(content: dict) -> dict[str, str]:
    return {p.key: str(p.sentence) for p in checks.problems(content)}


def without(content: dict, *keys: str) -> dict:
    out = deepcopy(content)
    for key in keys:
        put(out, key, empty(LEAVES[key]))
    return out


def test_a_complete_fiche_has_no_problem_and_an_empty_one_has_all(complete):
    assert found(complete) == {}
    assert set(found(blank())) == {key for key, _excused in NEEDED.values()}


@pytest.mark.parametrize(
    ("keys", "expected"), NEEDED.items(), ids=lambda x: x[0] if isinstance(x, tuple) else ""
)
def test_each_answer_is_needed_and_each_alternative_does(complete, keys, expected):
    key, excused = expected
    missing = without(complete, *keys)
    (problem,) = checks.problems(missing)
    assert (problem.key, problem.excused) == (key, excused)
    assert problem.part == questions.part_of()[key]
    assert str(problem.sentence)
    for one in keys:
        given = deepcopy(missing)
        put(given, one, answer(one))
        assert found(given) == {}


@pytest.mark.parametrize(
    ("keys", "expected"), NEEDED.items(), ids=lambda x: x[0] if isinstance(x, tuple) else ""
)
def test_a_reason_does_where_the_table_has_a_star_and_only_there(complete, keys, expected):
    _key, excused = expected
    for one in keys:
        content = without(complete, *keys)
        content[REASONS] = {one: "on ne sait pas encore"}
        assert bool(found(content)) is not excused


@pytest.mark.parametrize(
    ("missing", "reason", "enough"),
    [
        (("bilan.cout.montant",), "bilan.cout", True), (("bilan.cout.montant",), "bilan.cout.financeurs", False), (("annees.debut",), "annees", True),
        (("annees.debut",), "annees.fin", False), (("bilan.degre_vise",), "bilan.degre", True), (("bilan.degre_vise",), "bilan.degre_texte", False),
        (("bilan.citoyens.nombre",), "bilan.citoyens.precision", False), (("biennale.presence",), "biennale.langues", False),
        (("territoire.libelle",), "territoire", True), (("equite",), "publics", False), (("contact.courriel",), "contact", False), (("titre",), "titre", False),
    ],
)  # fmt: skip
def test_a_reason_holds_for_what_it_was_given_for(complete, missing, reason, enough):
    content = without(complete, *missing)
    content[REASONS] = {reason: "on ne sait pas encore"}
    assert (found(content) == {}) is enough


@pytest.mark.parametrize("key", sorted({key for keys in NEEDED for key in keys}))
def test_an_answer_and_a_reason_together_are_an_error_everywhere(complete, key):
    content = deepcopy(complete)
    put(content, key, answer(key))
    content[REASONS] = {key: "on ne sait pas encore"}
    assert key in found(content)
    assert "Effacez l’un des deux" in found(content)[key]
    assert found({**content, REASONS: {}}) == {}


def test_zero_is_an_answer_and_so_is_no(complete):
    assert get(complete, "bilan.cout.montant") == 0
    assert get(complete, "bilan.citoyens.nombre") == 0
    content = deepcopy(complete)
    put(content, "bilan.cout.hors_personnel", False)
    content[REASONS] = {"bilan.cout.hors_personnel": "on ne sait pas"}
    assert "bilan.cout.hors_personnel" in found(content)
    content[REASONS] = {"bilan.cout.montant": "on ne sait pas"}
    assert "bilan.cout.montant" in found(content)


def test_a_currency_a_precision_and_no_diagram_are_no_answers(complete):
    content = without(complete, "bilan.cout.montant", "bilan.citoyens.nombre")
    put(content, "bilan.cout.devise", "EUR")
    put(content, "bilan.citoyens.precision", "inconnu")
    put(content, "gouvernance.schema.mode", "aucun")
    assert set(found(content)) == {"bilan.cout.montant", "bilan.citoyens.nombre"}
    content[REASONS] = {
        "bilan.cout.devise": "x",
        "gouvernance.schema.mode": "x",
        "bilan.cout.montant": "x",
        "bilan.citoyens.nombre": "x",
    }
    assert found(content) == {}


@pytest.mark.parametrize(
    ("years", "key"),
    [
        ({"debut": 2014, "fin": 2013}, "annees.fin"), ({"debut": 2014, "fin": 2014}, None), ({"debut": 2014, "fin": 2016}, None),
        ({"debut": 2014, "fin": 2016, "en_cours": True}, "annees.fin"), ({"debut": 2014, "en_cours": True}, None),
        ({"fin": 2016, "texte": "vers 2010"}, None), ({"fin": 2016}, "annees.debut"), ({"en_cours": True}, "annees.debut"),
    ],
)  # fmt: skip
def test_years(complete, years, key):
    content = normal({**complete, "annees": years})
    assert list(found(content)) == ([key] if key else [])


@pytest.mark.parametrize(
    ("degree", "key"),
    [
        (("P5", "P2", "P4"), None), (("P5", "P4", "P2"), "bilan.degre_reel_max"), (("P5", "P2", "P2"), None), (("P0", "P6", None), None), (("P0", None, "P6"), None),
        (("P5", None, None), "bilan.degre_vise"), ((None, "P2", "P4"), "bilan.degre_vise"), (("P2", "P5", "P6"), None),
    ],
)  # fmt: skip
def test_degrees(complete, degree, key):
    content = deepcopy(complete)
    for name, value in zip(("vise", "reel_min", "reel_max"), degree, strict=True):
        put(content, f"bilan.degre_{name}", value)
    assert list(found(content)) == ([key] if key else [])


def diagram(**schema) -> dict:
    return {"mode": None, "noeuds": [], "liens": [], "image": None, "alternative": None, **schema}


def nodes(count: int) -> list[dict]:
    return [{"id": f"n{n}", "nom": f"Groupe {n}"} for n in range(count)]


def link(one, other) -> dict:
    return {"id": "l1", "de": one, "a": other, "nature": "propose"}


@pytest.mark.parametrize(
    ("schema", "keys"),
    [
        (diagram(), []), (diagram(mode="aucun"), []), (diagram(mode="image"), ["image", "alternative"]), (diagram(mode="image", image="a" * 64), ["alternative"]),
        (diagram(mode="image", image="a" * 64, alternative="Trois cercles."), []), (diagram(mode="genere"), ["noeuds"]), (diagram(mode="genere", noeuds=nodes(1)), []),
        (diagram(mode="genere", noeuds=nodes(8)), []), (diagram(mode="genere", noeuds=nodes(9)), ["noeuds"]),
        (diagram(mode="genere", noeuds=nodes(2), liens=[link("n0", "n1")]), []), (diagram(mode="genere", noeuds=nodes(2), liens=[link("n0", None)]), ["liens"]),
        (diagram(mode="genere", noeuds=nodes(2), liens=[link("n0", "n9")]), ["liens"]), (diagram(mode="aucun", noeuds=nodes(9), liens=[link("n0", "n9")]), []),
    ],
)  # fmt: skip
def test_diagrams(complete, schema, keys):
    content = deepcopy(complete)
    content["gouvernance"]["schema"] = schema
    assert sorted(found(normal(content))) == sorted(f"gouvernance.schema.{key}" for key in keys)


def test_advised_lengths_never_block(complete):
    content = deepcopy(complete)
    for key, text in (
        ("titre", "x" * 200),
        ("resume", "x" * 2000),
        ("descriptif", "x"),
        ("equite", "x" * 5000),
    ):
        put(content, key, text)
    put(content, "determinants", list(terms("determinant")))
    put(content, "objectifs", [f"objectif {n}" for n in range(30)])
    assert found(content) == {}


def test_a_question_that_ended_is_not_needed_any_more_nor_one_that_is_not_asked_yet(complete, monkeypatch):
    def with_version(**version):
        return tuple(
            replace(p, questions=tuple(
                replace(q, fields=tuple(replace(f, **version) if f.key == "structure_porteuse.nom" else f for f in q.fields),
                        **(version if q.key == "resume" else {}))
                for q in p.questions))
            for p in questions.PARTS
        )  # fmt: skip

    missing = without(complete, "resume", "structure_porteuse.nom")
    assert set(found(missing)) == {"resume", "structure_porteuse.nom"}  # control
    for version in ({"until": 1}, {"since": 2}):
        monkeypatch.setattr(questions, "PARTS", with_version(**version))
        questions.forget()
        try:
            assert found(missing) == {}
        finally:
            monkeypatch.undo()
            questions.forget()


def test_progress_by_part(complete):
    by_key = {p.part.key: p for p in checks.progress(blank())}
    assert {p.state for p in by_key.values()} == {"empty"}
    assert sum(p.left for p in by_key.values()) == len(checks.problems(blank()))
    content = without(complete, "resume", "equite")
    content[REASONS] = {"equite": "on cherche", "contexte": "plus tard"}
    by_key = {p.part.key: p for p in checks.progress(content)}
    assert (by_key["titre"].state, by_key["titre"].left) == ("begun", 1)
    assert (by_key["public"].state, by_key["public"].unsure) == ("complete", 1)
    assert (by_key["description"].state, by_key["description"].unsure) == ("complete", 1)


@given(documents())
def test_no_document_breaks_the_checks(content):
    for problem in checks.problems(content):
        assert problem.key in LEAVES
        assert str(problem.sentence)
    assert sum(p.left for p in checks.progress(content)) == len(checks.problems(content))


def test_the_samples_that_were_sent_are_complete():
    """Each sample in a state after submission could have been submitted; the drafts show what is missing."""
    for raw in sample_fiches():
        content, errors = load({k: v for k, v in raw.items() if k not in ("code", "statut")})
        assert not errors
        if raw["statut"] not in ("BRO", "CPL"):
            assert found(content) == {}, raw["code"]


SAYS = {
    "annees": ({"annees.debut": "2019", "annees.fin": "2015"}, {"annees.debut": "2015", "annees.fin": "2019"}, "La fin vient avant le début"),
    "bilan.degre": (
        {"bilan.degre_reel_min": "P4", "bilan.degre_reel_max": "P2"}, {"bilan.degre_reel_min": "P2", "bilan.degre_reel_max": "P4"},
        "Le plus haut degré est sous le plus bas",
    ),
    "equite": ({"equite": "Celles-ci.", "donnees_manquantes.equite": "On ne sait pas."}, {"donnees_manquantes.equite": ""}, "Vous avez répondu, et dit que vous ne savez pas"),
}  # fmt: skip


@pytest.mark.parametrize("key", SAYS)
def test_answers_that_do_not_go_together_say_so_as_soon_as_they_are_kept(demo_app, client_of, key):
    """Beside the question, without being asked to look; kept all the same. The control: set right, nothing is said."""
    wrong, right, sentence = SAYS[key]
    part = next(p.key for p in questions.PARTS for q in p.questions if q.key == key)
    nadia = client_of("contributor")
    made = nadia.submit(nadia.get("/fiches/new"), {"titre": "Une fiche neuve"}, button="Garder, continuer plus tard")  # fmt: skip
    path = f"/fiches/{made.headers['Location'].rstrip('/').split('/fiches/')[1].split('/')[0]}/edit/{part}"
    page = nadia.get(path)
    assert 'class="todo"' not in page.text
    assert nadia.submit(page, wrong, button="Garder, continuer plus tard").status_code == 303
    page = nadia.get(path)
    assert sentence in page.text
    assert page.text.count('class="todo"') == 1
    assert nadia.submit(page, right, button="Garder, continuer plus tard").status_code == 303
    assert sentence not in nadia.get(path).text
