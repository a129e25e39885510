"""A sheet becomes the answers of a fiche: labels by meaning, answers with care, and no word lost."""

import re
from collections import Counter
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.documents import Block, Cell, read_document
from models.fiche import content as fiche_content
from models.fiche.questions import SHEET, leaves, questions
from models.fiche.sheets import Understood, understand
from models.fiche.sheets.labels import recognise
from models.fiche.sheets.numbers import read_cost, read_count, read_years
from models.fiche.sheets.people import name_and_role
from models.fiche.sheets.quotes import take_quotes
from models.fiche.sheets.result import in_words
from models.fiche.sheets.terms import choose, match
from models.fiche.sheets.text import clean, items, running, short, stems
from models.fiche.sheets.understanding import language_of
from models.fiche.sheets.words import sheet_words
from models.vocabularies import terms
from tests.documents.sheets import EXPECTED, SHEETS, sheet_txt


def row(*texts, picture=None, at=-1):
    cells = [Cell(text) for text in texts]
    if picture:
        cells[at] = Cell(cells[at].text, (picture,))
    return Block("row", tuple(cells))


def paragraph(text):
    return Block("paragraph", (Cell(text),))


def heading(text, level=1):
    return Block("heading", (Cell(text),), level)


def read(*blocks, filename=""):
    return understand(blocks, filename=filename)


def read_text(text, filename=""):
    return read(*map(paragraph, text.strip().split("\n")), filename=filename)


def without_ids(value):
    if isinstance(value, dict):
        return {key: without_ids(one) for key, one in value.items() if key != "id"}
    return [without_ids(one) for one in value] if isinstance(value, list) else value


def all_words(value):
    if isinstance(value, dict):
        return [word for one in value.values() for word in all_words(one)]
    if isinstance(value, (list, tuple)):
        return [word for one in value for word in all_words(one)]
    return re.findall(r"[^\W_]+", str(value))


def lost(source: str, understood: Understood) -> Counter:
    """The words of the source, each as often as it stands there, that are found nowhere."""
    kept = all_words([understood.content, understood.recognised, understood.unrecognised])
    return Counter(all_words(clean(source))) - Counter(kept)


# ---- the whole sheet


@pytest.mark.parametrize("name", SHEETS)
def test_the_sheet_as_word_opendocument_and_text_gives_the_same_answers(name):
    found = understand(read_document(SHEETS[name](), name).blocks, filename=name)
    assert without_ids(found.content) == EXPECTED
    assert found.unrecognised == []
    assert found.is_sheet
    assert [key for key, _ in found.to_confirm] == ["partenaires", "bilan.temoignages", "titre"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_the_text_sheet_is_the_same_in_every_usual_encoding(encoding):
    found = understand(read_document(sheet_txt(encoding), "fiche.txt").blocks)
    assert without_ids(found.content) == EXPECTED


@pytest.mark.parametrize("name", SHEETS)
def test_no_word_of_the_sheet_is_lost(name):
    document = read_document(SHEETS[name](), name)
    assert not lost(document.text, understand(document.blocks))


def test_the_detector_of_lost_words_sees_one_that_is_missing():
    """The control: each of four ways to lose a word is noticed."""
    document = read_document(sheet_txt(), "fiche.txt")
    for spoil in (
        lambda found: found.content["objectifs"].pop(),
        lambda found: found.content.update(descriptif=found.content["descriptif"].replace("dessine", "")),
        lambda found: found.content["bilan"]["temoignages"].clear(),
        lambda found: found.recognised.remove("les "),
    ):
        found = understand(document.blocks)
        assert not lost(document.text, found)
        spoil(found)
        assert lost(document.text, found)


@pytest.mark.parametrize("name", SHEETS)
def test_what_is_understood_is_taken_by_the_fiche_as_it_is(name):
    found = understand(read_document(SHEETS[name](), name).blocks)
    loaded, errors = fiche_content.load(found.content)
    assert errors == {}
    for key in leaves():
        value = fiche_content.get(found.content, key)
        if value is not None and leaves()[key].kind != "items":
            assert fiche_content.get(loaded, key) == value
    assert loaded["donnees_manquantes"] == found.content["donnees_manquantes"]
    assert [one["nom"] for one in loaded["partenaires"]] == ["écoles", "clubs sportifs", "riverains du canal"]
    assert loaded["bilan"]["temoignages"][0]["consentement"]["statut"] == "non_demande"


def test_the_report_says_each_field_in_short_words():
    found = understand(read_document(sheet_txt(), "x.txt").blocks)
    said = dict(found.understood)
    assert said["structure_porteuse.nom"] == "Ville Sauveterre"
    assert said["bilan.degre_vise"] == "Codécision"
    assert said["bilan.cout.montant"] == "3480"
    assert said["annees.en_cours"] == "oui"
    assert said["acteurs"].startswith("Habitants ; Travailleurs sociaux")
    assert len(said["descriptif"]) <= 120
    assert said["descriptif"].endswith("…")
    assert list(said) == [key for key in leaves() if key in said], "in the order of the form"


def test_items_of_groups_have_ids_and_no_two_are_the_same():
    found = understand(read_document(sheet_txt(), "x.txt").blocks)
    ids = [one["id"] for one in [*found.content["partenaires"], *found.content["bilan"]["temoignages"]]]
    assert len(set(ids)) == 4


# ---- labels


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("3. Objectifs visés :", "objectifs"),
        ("OBJECTIFS VISES", "objectifs"),
        ("Objectifs\u00a0poursuivis\n(3 au plus)", "objectifs"),
        ("•\tLes objectifs du projet\u00a0:", "objectifs"),
        ("PUBLIC\n « ACTEUR DU DISPOSITIF »", "acteurs"),
        ("Public “acteur du dispositif”", "acteurs"),
        ("Public cible", "publics"),
        ("ANNÉES DE MISE EN ŒUVRE", "annees"),
        ("annee de mise en oeuvre", "annees"),
        ("Durée", "annees"),
        ("II. Coût de conception et de mise en oeuvre", "bilan.cout"),
        ("BUDGET", "bilan.cout"),
        ("L’impact sur la vie des citoyen·ne·s", "bilan.impact"),
        ("Impact sur la vie des citoyen(ne)s", "bilan.impact"),
        ("Nombre de citoyennes impliquées", "bilan.citoyens"),
        ("DEGRÉ D'IMPLICATION DEMANDÉ AU CITOYEN", "bilan.degre"),
        ("Degré d’implication demandé au citoyen", "bilan.degre"),
        ("Porteur du projet", "structure_porteuse"),
        ("Structure", "structure_porteuse"),
        ("Partenaire(s) :", "partenaires"),
        ("Personne de contact", "contact"),
        ("**Titre du projet**", "titre"),
        ("Résumé", "resume"),
        ("Territoire", "territoire"),
        ("Place du citoyen dans le schéma de la gouvernance", "gouvernance"),
        ("Perspective", "perspectives"),
        ("a) Contexte", "contexte"),
        ("Bilan", "section"),
        ("Doelstellingen", "objectifs"),
        ("Doelgroep", "publics"),
        ("Aantal deelnemers:", "bilan.citoyens"),
        ("Ziele", "objectifs"),
        ("Trägerorganisation", "structure_porteuse"),
        ("Ausblick", "perspectives"),
    ],
)
def test_a_label_is_recognised_by_its_meaning(text, key):
    found = recognise(text)
    assert found
    assert (found.key, found.sure) == (key, True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "…",
        "Projet",
        "Habitants",
        "Depuis 2001",
        "Nombre d’objectifs atteints",
        "Le",
        "x" * 300,
        "1.",
    ],
)
def test_what_is_no_label_is_not_taken_for_one(text):
    assert recognise(text) is None


def test_the_first_word_decides_only_where_nothing_but_a_label_can_stand_and_is_to_confirm():
    text = "Principaux résultats chiffrés de l’an passé"
    assert recognise(text) is None
    found = recognise(text, loose=True)
    assert found
    assert (found.key, found.sure) == ("bilan.impact", False)
    result = read(row(text, "Douze bancs réparés."), row("Objectifs", "Réparer"))
    assert result.content["bilan"]["impact"] == "Douze bancs réparés."
    assert "Principaux résultats chiffrés" in str(dict(result.to_confirm)["bilan.impact"])


def test_every_row_of_the_sheet_and_every_part_of_the_words_is_known():
    for line in SHEET:
        if line.key not in ("mots", "echanges", "images", "accords"):
            assert recognise(str(line.label), loose=True), line.key
    known = {*leaves(), *questions(), "gouvernance", "bilan.degre", "section", "form"}
    for part in ("labels", "heads", "sublabels"):
        assert set(sheet_words(part)) <= known
    for vocabulary, codes in sheet_words("terms").items():
        assert set(codes) <= set(terms(vocabulary))


def test_no_way_of_saying_stands_for_two_labels():
    seen: dict = {}
    for key, forms in sheet_words("labels").items():
        for form in forms:
            assert stems(form), form
            assert seen.setdefault(stems(form), key) == key, form


def test_a_question_is_recognised_by_its_own_label():
    result = read(
        row("Facteurs de réussite", "La patience"),
        row("Ce qui a été difficile", "La pluie"),
        row("Langue", "néerlandais"),
    )
    assert result.content["reussites"] == "La patience"
    assert result.content["difficultes"] == "La pluie"
    assert result.content["langue"] == "nl"
    assert read(row("Code officiel de la commune", "21012"), row("Commune", "Ville")).unrecognised


# ---- shapes of sheets


def test_labels_as_headings_with_paragraphs():
    result = read(
        heading("Le banc des histoires", 0),
        heading("Structure porteuse"),
        paragraph("Bibliothèque du Port"),
        heading("Description"),
        paragraph("On raconte."),
        heading("Le mardi", 2),
        paragraph("On écoute."),
        heading("Matériel prêté"),
        paragraph("Deux bancs."),
    )
    assert result.content["titre"] == "Le banc des histoires"
    assert result.content["descriptif"] == "On raconte.\n\nLe mardi\n\nOn écoute."
    assert result.unrecognised == [("Matériel prêté", "Deux bancs.")]
    assert result.content["bilan"]["observations"] == "Matériel prêté\u00a0: Deux bancs."
    assert "titre" in dict(result.to_confirm)


def test_labels_before_a_colon_and_in_capitals():
    result = read_text(
        """
FICHE PROJET
Le potager des voisins
1. Porteur du projet : Maison Les Tilleuls – Service jeunesse, tél. 02 555 01 99, tilleuls@tilleuls.example
2. Partenaires :
- Ferme du Bout (prête le terrain)
- École des Saules : prête la serre
OBJECTIFS
1) Cultiver ensemble
2) Manger mieux
Description :
Chaque samedi, on plante. Public : tout le monde.
Durée : mars 2013 - octobre 2015
Contact : Rita Exemple, animatrice
MOYENS MOBILISÉS
Une brouette et deux pelles.
"""
    )
    got = without_ids(result.content)
    assert got["titre"] == "Le potager des voisins"
    assert got["structure_porteuse"] == {"nom": "Maison Les Tilleuls", "service": "Service jeunesse"}
    assert got["contact"] == {
        "courriel": "tilleuls@tilleuls.example",
        "telephone": "02 555 01 99",
        "nom": "Rita Exemple",
        "fonction": "animatrice",
    }
    assert got["partenaires"] == [
        {"nom": "Ferme du Bout", "role": "prête le terrain"},
        {"nom": "École des Saules", "role": "prête la serre"},
    ]
    assert got["objectifs"] == ["Cultiver ensemble", "Manger mieux"]
    assert got["descriptif"] == "Chaque samedi, on plante. Public : tout le monde."
    assert (got["annees"]["debut"], got["annees"]["fin"], got["annees"]["en_cours"]) == (2013, 2015, False)
    assert result.unrecognised == [("MOYENS MOBILISÉS", "Une brouette et deux pelles.")]


def test_rows_of_one_cell_rows_with_two_pairs_and_labels_over_answers():
    assert read(row("OBJECTIFS"), row("Planter"), row("Public cible"), row("Familles")).content[
        "publics"
    ] == ["FAM"]
    pairs = read(row("Titre", "Le four", "Durée", "depuis 2010")).content
    assert (pairs["titre"], pairs["annees"]["debut"]) == ("Le four", 2010)
    over = read(row("Structure", "Objectifs", "Budget"), row("Le Four", "Cuire", "0 €")).content
    assert over["structure_porteuse"]["nom"] == "Le Four"
    assert over["objectifs"] == ["Cuire"]
    assert over["bilan"]["cout"] == {"montant": 0.0, "devise": "EUR"}


def test_a_merged_first_column_and_a_row_that_goes_on():
    result = read(
        row("BILAN", "Nombre de citoyens", "12"),
        row("", "Impact", "On se parle."),
        row("", "", "On s’écoute."),
        row("", "Nombre de chats", "3"),
    )
    assert result.content["bilan"]["citoyens"] == {"nombre": 12, "precision": "exact"}
    assert result.content["bilan"]["impact"] == "On se parle.\n\nOn s’écoute."
    assert result.unrecognised == [("Nombre de chats", "3")]


def test_a_section_may_hold_its_answers_in_one_cell():
    result = read(
        row("BILAN", "Nombre de participants : 12\nImpact : On se parle.\nEt le reste."), row("Titre", "x")
    )
    assert result.content["bilan"]["citoyens"]["nombre"] == 12
    assert result.content["bilan"]["impact"] == "On se parle.\n\nEt le reste."
    alone = read(row("BILAN", "Tout va bien."), row("Titre", "x"))
    assert alone.unrecognised == [("BILAN", "Tout va bien.")]


def test_text_around_the_table_is_kept_apart_and_page_numbers_are_not_text():
    result = read(
        paragraph("Merci de remplir ceci."),
        row("Objectifs", "Planter"),
        row("Titre", "Le four"),
        paragraph("À renvoyer au secrétariat."),
        Block("margin", (Cell("Page 1 sur 2\nBiennale des fours"),)),
    )
    assert result.unrecognised == [
        ("", "Merci de remplir ceci."),
        ("", "À renvoyer au secrétariat."),
        ("", "Biennale des fours"),
    ]
    assert result.content["objectifs"] == ["Planter"]
    assert "Page 1 sur 2" in result.recognised


def test_what_is_not_recognised_follows_what_was_observed():
    result = read(
        row("Observations", "Il pleut."), row("Nombre de chats", "Trois"), row("Couleur des chats", "")
    )
    assert result.content["bilan"]["observations"] == (
        "Il pleut.\n\nNombre de chats\u00a0: Trois\n\nCouleur des chats"
    )
    assert [str(note) for note in result.notes if "2 passages" in str(note)]


def test_an_empty_cell_is_said_and_never_filled():
    result = read(row("Observations", ""), row("Gouvernance", " "), row("Objectifs", ""), row("Titre", "x"))
    assert set(result.content["donnees_manquantes"]) == {"gouvernance.schema", "bilan.observations"}
    assert "objectifs" not in result.content
    assert [key for key, _ in result.to_confirm] == ["objectifs"]
    kept = read(row("Observations", ""), row("Nombre de chats", "3"), row("Titre", "x"))
    assert "donnees_manquantes" not in kept.content, "an answer and a reason together would be an error"


def test_a_picture_in_the_cell_of_the_governance_is_the_diagram():
    picture = SimpleNamespace(data=b"image", alt="Un cercle")
    result = read(row("Gouvernance", "", picture=picture), row("Impact", "Bien", picture=picture))
    assert result.pictures == [("gouvernance.schema.image", b"image"), ("photos", b"image")]
    assert result.content["gouvernance"]["schema"] == {"mode": "image", "alternative": "Un cercle"}
    assert "donnees_manquantes" not in result.content
    assert {"gouvernance.schema.alternative", "photos"} <= set(dict(result.to_confirm))


def test_the_title_comes_from_its_label_a_heading_the_structure_or_the_file():
    assert read(row("Intitulé", "Le four"), row("Structure", "La Meule")).content["titre"] == "Le four"
    by_structure = read(row("Structure", "La Meule"), row("Objectifs", "Cuire"))
    assert by_structure.content["titre"] == "La Meule"
    assert "nom de la structure" in str(dict(by_structure.to_confirm)["titre"])
    by_file = read(row("Objectifs", "Cuire"), filename="dossier\\Le four.docx")
    assert by_file.content["titre"] == "Le four"


def test_a_document_that_is_no_sheet_says_so_and_keeps_everything():
    text = "Cher voisin,\nNous vous invitons samedi.\nÀ bientôt"
    result = read_text(text)
    assert not result.is_sheet
    assert "Aucune rubrique" in str(result.notes[0])
    assert not lost(text, result)
    assert not read().is_sheet
    assert read().content == {}


def test_dutch_and_german_sheets():
    dutch = read_text(
        "Titel: De tuin\nOrganisatie: vzw De Boom\nDoelstellingen:\n- samen tuinieren\nDoelgroep: ouderen, gezinnen\n"
        "Looptijd: sinds 2011\nAantal deelnemers: een twintigtal bewoners\nKosten: € 500,- per jaar, zonder personeel\n"
        "Beschrijving: Elke week werken de bewoners in de tuin. Het is een plek voor iedereen en er wordt veel gepraat."
    ).content
    assert dutch["langue"] == "nl"
    assert dutch["publics"] == ["AIN", "FAM"]
    assert dutch["annees"] == {"debut": 2011, "en_cours": True, "texte": "sinds 2011"}
    assert dutch["bilan"]["citoyens"]["nombre"] == 20
    assert dutch["bilan"]["cout"] == {
        "montant": 500.0,
        "devise": "EUR",
        "periode": "an",
        "hors_personnel": True,
    }
    german = read_text(
        "Ziele\n- gemeinsam kochen\nTräger: Verein Suppe\nZielgruppe: Familien\nAusblick: Bleibt das Haus?"
    ).content
    assert german["objectifs"] == ["gemeinsam kochen"]
    assert german["structure_porteuse"]["nom"] == "Verein Suppe"
    assert german["perspectives"] == ["Bleibt das Haus?"]


# ---- answers


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("34", {"nombre": 34, "precision": "exact"}),
        ("34 personnes", {"nombre": 34, "precision": "exact"}),
        ("environ 150 personnes", {"nombre": 150, "precision": "environ"}),
        ("+/- 30 personnes", {"nombre": 30, "precision": "environ"}),
        ("plus de 1 250 habitants", {"nombre": 1250, "precision": "environ"}),
        ("une centaine", {"nombre": 100, "precision": "environ"}),
        ("une dizaine de voisines", {"nombre": 10, "precision": "environ"}),
        ("trois douzaines de parents", {"nombre": 36, "precision": "environ"}),
        ("douze", {"nombre": 12, "precision": "exact"}),
        ("quatre-vingt-dix-sept bénévoles", {"nombre": 97, "precision": "exact"}),
        ("vingt et un jeunes", {"nombre": 21, "precision": "exact"}),
        ("mille deux cents personnes", {"nombre": 1200, "precision": "exact"}),
        ("2000 personnes", {"nombre": 2000, "precision": "exact"}),
        ("Depuis 2003 ? Actuellement une trentaine", {"nombre": 30, "precision": "environ"}),
        (
            "Une centaine depuis le début, 20 actuellement",
            {"nombre": 20, "precision": "exact", "depuis_le_debut": 100},
        ),
        ("7 réseaux et 60 habitants", {"nombre": 60, "precision": "exact"}),
        ("le 06/02/2015, 12 personnes", {"nombre": 12, "precision": "exact"}),
        ("?", {"precision": "inconnu"}),
        ("On ne sait pas", {"precision": "inconnu"}),
        ("ongeveer 45 deelnemers", {"nombre": 45, "precision": "environ"}),
        ("rund 45 Teilnehmende", {"nombre": 45, "precision": "environ"}),
        # Nothing is estimated.
        ("de 20 à 30 habitants", {}),
        ("15-20", {}),
        ("plusieurs dizaines", {}),
        ("une demi-douzaine", {}),
        ("12 femmes et 8 hommes", {}),
        ("45 %", {}),
        ("une personne", {}),
        ("2,5 équivalents", {}),
        ("1" * 5000, {}),
        ("Beaucoup", {}),
    ],
)
def test_a_number_of_citizens(text, found):
    assert read_count(text) == found


@pytest.mark.parametrize(
    ("text", "found", "sure"),
    [
        ("Depuis 2001", {"debut": 2001, "en_cours": True}, True),
        ("depuis l’été 2008, je pense", {"debut": 2008, "en_cours": True}, True),
        ("Depuis 2001 ?", {"debut": 2001, "en_cours": True}, False),
        ("2012-2015", {"debut": 2012, "fin": 2015, "en_cours": False}, True),
        ("de 2012 à fin 2015", {"debut": 2012, "fin": 2015, "en_cours": False}, True),
        ("janvier 2012 – décembre 2014", {"debut": 2012, "fin": 2014, "en_cours": False}, True),
        ("2014 à aujourd’hui", {"debut": 2014, "en_cours": True}, True),
        ("seit 2010", {"debut": 2010, "en_cours": True}, True),
        ("jusqu’en 2013", {"fin": 2013}, True),
        ("2014", {"debut": 2014}, False),
        ("2010, 2012 et 2014", {}, False),
        ("2016-2012", {}, False),
        ("trois ans", {}, False),
    ],
)
def test_years(text, found, sure):
    assert read_years(text) == (found, sure)


@pytest.mark.parametrize(
    ("text", "found", "says_all"),
    [
        ("8240€", {"montant": 8240.0, "devise": "EUR"}, True),
        ("8.240,50 EUR par an", {"montant": 8240.5, "devise": "EUR", "periode": "an"}, True),
        ("12 k€", {"montant": 12000.0, "devise": "EUR"}, True),
        ("0 €", {"montant": 0.0, "devise": "EUR"}, True),
        ("2400", {"montant": 2400.0, "devise": "EUR"}, True),
        ("300 euros en tout, salaires compris", {"montant": 300.0, "devise": "EUR", "periode": "total", "hors_personnel": False}, True),
        ("Un budget annuel de 90€ pour les bottes (hors frais de personnel).", {"montant": 90.0, "devise": "EUR", "periode": "an", "hors_personnel": True}, False),
        ("environ 500 €", {"montant": 500.0, "devise": "EUR"}, False),
        ("inconnu", {"montant_inconnu": True}, True),
        ("de 2000 à 3000 €", {}, False),
        ("2400 € puis 300 €", {}, False),
        ("8240 CHF", {}, False),
        ("gratuit", {}, False),
    ],
)  # fmt: skip
def test_a_cost(text, found, says_all):
    assert read_cost(text) == (found, says_all)


def test_words_of_a_cost_stay_unless_they_say_no_more_than_the_figures():
    def cost(text):
        return read(row("Budget", text), row("Titre", "x")).content["bilan"]["cout"]

    assert "temps_travail" not in cost("400 € par an")
    assert cost("Du temps, surtout.\n400 € par an")["temps_travail"] == "Du temps, surtout. 400 € par an"
    assert cost("gratuit") == {"temps_travail": "gratuit"}


def test_terms_of_a_vocabulary_by_label_gender_number_and_language():
    for said, code in (
        ("habitantes", "HAB"),
        ("Habitant·e·s", "HAB"),
        ("travailleuses sociales", "TRS"),
        ("coordinatrice", "COO"),
        ("chargée de développement social", "CDS"),
        ("représentantes d'associations", "REP"),
        ("agents des services publics", "ASP"),
        ("élues", "ELU"),
        ("vrijwilligers", "BEN"),
        ("enseignantes", "ENS"),
    ):
        assert match(said, "acteur") == (code, True), said
    assert match("habitants du quartier", "acteur") == ("HAB", False)
    assert match("médecins", "acteur") == ("SOI", False)
    assert match("seniors", "public") == ("AIN", True)
    assert match("marcheuses", "acteur") is None


def test_actors_that_no_code_says_stay_in_words():
    got = read(row("Acteurs", "Habitants, médecins et une chorale"), row("Titre", "x")).content
    assert got["acteurs"] == ["HAB", "SOI"]
    assert got["acteurs_texte"] == "médecins, une chorale"


def test_boxes_that_are_not_ticked_do_not_count():
    chosen = choose(["☒ Habitants ☐ Élus", "☐ Bénévoles", "☑ Soignants"], "acteur")
    assert chosen.codes == {"HAB", "SOI"}
    assert {"☐ Élus", "☐ Bénévoles"} <= set(chosen.turned)
    assert choose(["[x] Habitants", "[ ] Élus"], "acteur").codes == {"HAB"}


def test_a_public_that_acts_goes_to_the_actors():
    got = read(row("Public", "Habitants, bénévoles"), row("Titre", "x")).content
    assert got["acteurs"] == ["HAB", "BEN"]
    assert "publics" not in got
    mixed = read(row("Public", "Jeunes, marcheurs"), row("Titre", "x"))
    assert mixed.content["publics"] == ["JEU"]
    assert mixed.unrecognised == [("Public", "marcheurs")]


def test_quotes_with_their_author_become_testimonies_and_the_others_stay():
    taken, rest = take_quotes(
        "Il parle de « bien vivre en ville » souvent. « Je me sens chez moi ici » (Omar, 54 ans, cuisinier). Fin."
    )
    assert [(one.item["prenom"], one.item["qualite"]) for one in taken] == [("Omar", "54 ans, cuisinier")]
    assert rest == "Il parle de « bien vivre en ville » souvent. Fin."
    taken, _ = take_quotes("“Ik voel me hier heel goed thuis” – Roger, buur, 11 mei 2016.")
    assert taken[0].item["date"] == "2016-05-11"
    taken, _ = take_quotes(
        "« Nous avons repris le chemin du port. » Une habitante, mars 2015, lors de la fête."
    )
    item = taken[0].item
    assert (item["prenom"], item["qualite"], item["date"]) == (None, "Une habitante", "2015-03")
    assert item["contexte"] == "lors de la fête"
    assert item["consentement"] == {"statut": "non_demande", "forme": None, "date": None, "usages": []}


@pytest.mark.parametrize(
    "text",
    [
        "« C’est un très beau projet pour nous ». Elle raconte, depuis, que tout va.",
        "« C’est un très beau projet pour nous ». Magnifique.",
        "Le « mieux-vivre ensemble au quartier » est un but, pour tous.",
        "« Jamais fermé, ce guillemet, Berthe, 2015",
    ],
)
def test_a_quote_without_an_author_stays_in_the_text(text):
    assert take_quotes(text) == ([], text)


def test_under_testimonies_each_quote_or_paragraph_is_one():
    got = read(row("Témoignages", "« Je reviens chaque mardi »\n« Moi aussi, toujours »"), row("Titre", "x"))
    assert [one["texte"] for one in got.content["bilan"]["temoignages"]] == [
        "Je reviens chaque mardi",
        "Moi aussi, toujours",
    ]
    plain = read(row("Témoignages", "Je reviens.\nMoi aussi."), row("Titre", "x"))
    assert len(plain.content["bilan"]["temoignages"]) == 2
    assert "bilan.temoignages" in dict(plain.to_confirm)


@pytest.mark.parametrize(
    ("text", "vise", "low", "high"),
    [
        (
            "Objectif : la co-construction\nDans les faits : selon le jour, de la concertation à l’autogestion",
            "P4",
            "P3",
            "P6",
        ),
        ("Visé : autogestion\nRéel : consultation", "P6", "P2", "P2"),
        ("co-décision", "P5", None, None),
        ("Dans les faits : information", None, "P1", "P1"),
        ("Dans les faits : échange d’information et co-construction", None, None, None),
        ("Cela dépend", None, None, None),
        ("meebeslissen", "P5", None, None),
    ],
)
def test_the_degree(text, vise, low, high):
    bilan = read(row("Degré d’implication", text), row("Titre", "x")).content["bilan"]
    assert (bilan.get("degre_vise"), bilan.get("degre_reel_min"), bilan.get("degre_reel_max")) == (
        vise,
        low,
        high,
    )
    assert bilan["degre_texte"] == text.replace("\n", "\n\n")


def test_partners_are_parted_with_care():
    def partners(text):
        return [
            one["nom"] for one in read(row("Partenaires", text), row("Titre", "x")).content["partenaires"]
        ]

    assert partners("les écoles, la ville et le club") == ["écoles", "ville", "club"]
    assert partners("Service Jeunesse et Sports") == ["Service Jeunesse et Sports"]
    assert partners("l’école du Bout et la ferme") == ["école du Bout", "ferme"]
    assert partners("Les Amis du parc\nLa Ferme") == ["Les Amis du parc", "La Ferme"]
    assert partners("la régie (bus, tram) et le club") == ["régie (bus, tram) et le club"]
    assert name_and_role("Le Club : prête la salle") == ("Le Club", "prête la salle")


def test_a_telephone_is_no_span_of_years_and_a_bad_address_is_left_in_words():
    got = read(row("Structure", "Le Four, 2012 - 2015\nwww.four.example"), row("Titre", "x"))
    assert "contact" not in got.content
    assert got.content["structure_porteuse"]["site"] == "https://www.four.example"
    odd = read(row("Courriel", "pas d’adresse"), row("Titre", "x"))
    assert odd.unrecognised == [("Courriel", "pas d’adresse")]


def test_agreements_are_never_taken_from_a_document():
    got = read(row("La structure est d’accord avec cette fiche", "oui"), row("Titre", "x"))
    assert "consentements" not in got.content


def test_what_no_fiche_can_hold_is_cut_and_kept_as_far_as_possible():
    text = " ".join(f"mot{n}" for n in range(6000))
    result = read(row("Description", text), row("Objectifs", "\n".join(f"- but {n}" for n in range(70))))
    assert len(result.content["descriptif"]) <= 20_000
    assert len(result.content["objectifs"]) == 60
    loaded, errors = fiche_content.load(result.content)
    assert errors == {}
    assert loaded["bilan"]["observations"] == result.content["bilan"]["observations"]
    assert not lost(text, result)
    assert any("plus long qu’une fiche" in str(note) for note in result.notes)


# ---- text


@pytest.mark.parametrize(
    ("raw", "clean_text"),
    [
        ("[bookmark: _GoBack]Depuis 2001", "Depuis 2001"),
        ("\ufeffa\u00adb\u200bc", "abc"),
        ("\t  un \t deux  ", "un deux"),
        ("un\r\ndeux\x0btrois\u2028quatre\rcinq", "un\ndeux\ntrois\nquatre\ncinq"),
        ("un\x00\x07\x1b[0mdeux", "un[0mdeux"),
        (
            "Depuis 2001\u00a0? «\u00a0l’été\u00a0» d‘ici œuvre",
            "Depuis 2001\u00a0? «\u00a0l’été\u00a0» d‘ici œuvre",
        ),
        ("e\u0301te\u0301", "été"),
        ("\uf0b7 point", "• point"),
        ("o\tpoint", "• point"),
        ("\u00a0" * 40 + "loin", "loin"),
        ("a\ud800b", "ab"),
        ("مرحبا 👩‍🌾", "مرحبا 👩‍🌾"),
        ("Erreur ! Signet non défini.", ""),
    ],
)
def test_debris_goes_and_words_stay_as_they_were_written(raw, clean_text):
    assert clean(raw) == clean_text


def test_lists_and_running_text():
    assert items(["- un", "· - deux", "  \u2022 trois".strip(), "–Quatre"]) == [
        "un",
        "deux",
        "trois",
        "Quatre",
    ]
    assert items(["Un ; deux ; trois ?"]) == ["Un", "deux", "trois ?"]
    assert items(["- une phrase", "qui continue", "- deux"]) == ["une phrase qui continue", "deux"]
    assert running(["Avant :", "• un", "• deux", "Après"]) == "Avant :\n- un\n- deux\n\nAprès"
    wrapped = "Une ligne coupée à la largeur de la page, comme au temps"
    assert running([wrapped, "des machines à écrire."]) == wrapped + " des machines à écrire."
    assert short("a " * 100, 10) == "a a a a a…"


def test_the_language_is_told_only_when_there_is_no_doubt():
    assert language_of("le chat est dans la rue et les chiens sont sur le pont avec nous") == "fr"
    assert language_of("het huis en een boom van de buren, en voor iedereen wordt het ook met de kat") == "nl"
    assert language_of("chat") is None


def test_short_words_for_every_kind_of_answer():
    assert in_words(True) == "oui"
    assert in_words(2.5) == "2.50"
    assert in_words({"nom": "Club", "role": "salle"}) == "Club – salle"
    assert in_words(["HAB", "ELU"], "acteur") == "Habitants ; Élus"


# ---- anything at all

LABELS = [
    "Objectifs",
    "PUBLIC",
    "Description :",
    "Bilan",
    "Budget",
    "Contact",
    "Partenaires",
    "Durée",
    "Nombre de citoyens",
]
LABELS += [
    "Impact",
    "Degré d’implication",
    "Titre",
    "Structure",
    "Observations",
    "Perspectives",
    "Acteurs",
    "Fiche",
    "Inconnu",
]
WORDS = [
    "chat",
    "Berthe,",
    "2014",
    "12",
    "depuis",
    "et",
    "les",
    "habitants",
    "une vingtaine",
    "3 000 €",
    "par an",
    ":",
    ";",
    "-",
    "•",
]
WORDS += [
    "« on se sent bien ici »",
    "(voisine)",
    "information",
    "a@b.example",
    "0470 55 01 02",
    "☐",
    "élus",
    "1.",
    "mars 2015",
    "\n",
    "\t",
    "?",
]
lines = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)
texts = st.one_of(
    st.sampled_from(LABELS), lines, st.builds(lambda a, b: f"{a} : {b}", st.sampled_from(LABELS), lines)
)
blocks = st.one_of(
    st.builds(lambda cells: row(*cells), st.lists(texts, min_size=1, max_size=4)),
    texts.map(paragraph),
    st.builds(heading, texts, st.integers(0, 3)),
    texts.map(lambda text: Block("margin", (Cell(text),))),
)


@given(st.lists(blocks, max_size=12))
def test_no_word_is_lost_from_sheets_of_any_shape(some):
    found = understand(some, filename="x.docx")
    source = "\n".join(cell.text for block in some for cell in block.cells)
    assert not lost(source, found)
    assert fiche_content.load(found.content)[1] == {}


@given(
    st.lists(
        st.one_of(
            st.text(max_size=200).map(paragraph),
            st.lists(st.text(max_size=80), min_size=1, max_size=4).map(lambda t: row(*t)),
        ),
        max_size=8,
    )
)
def test_any_text_at_all_is_read_without_an_error(some):
    found = understand(some)
    assert fiche_content.load(found.content)[1] == {}
