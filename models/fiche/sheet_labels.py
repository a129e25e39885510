"""The labels of a sheet: which question a row, a heading or a line in capitals stands for.

Recognised by meaning: whatever the case, accents, numbering, colon, apostrophe, line breaks, number and gender.
SYNONYMS holds what such sheets say in French, Dutch and German; the labels of questions.py count as well, so a
new question is recognised by its own label.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from models.fiche.questions import SHEET, leaves, questions
from models.fiche.sheet_text import bare, stems

SECTION = "section"  # a label above others, such as « Bilan »
FORM_NAME = "form"  # the name of the form itself, on top of the page

SYNONYMS: dict[str, str] = {
    SECTION: "bilan|évaluation|bilan et évaluation|éléments de bilan|identification|présentation générale|"
    "informations générales|balans|evaluatie|bilanz|auswertung",
    FORM_NAME: "fiche|fiche pratique|fiche de pratique|fiche action|fiche projet|fiche d’expérience|"
    "fiche signalétique|fiche descriptive|fiche à remplir|praktijkfiche|steckbrief|projektblatt|projectfiche",
    "titre": "titre|titre du projet|titre de l’action|intitulé|intitulé du projet|nom du projet|nom de l’action|"
    "nom du dispositif|comment s’appelle votre action|titel|naam van het project|projecttitel|projekttitel|"
    "name des projekts",
    "langue": "langue|langue de la fiche|taal|sprache",
    "resume": "résumé|en bref|en deux phrases|l’essentiel|synthèse|samenvatting|kort|zusammenfassung|kurzfassung",
    "structure_porteuse": "structure porteuse|structure|structure porteuse du projet|porteur|porteur du projet|"
    "porteurs|organisme|organisme porteur|organisation|organisation porteuse|association porteuse|promoteur|"
    "nom de la structure|nom de l’organisme|qui porte le projet|qui porte cette action|opérateur|"
    "institution|dragende organisatie|organisatie|organisator|initiatiefnemer|trägerorganisation|träger|"
    "organisation und träger|projektträger",
    "structure_porteuse.service": "service|service ou équipe|dienst",
    "structure_porteuse.commune": "commune|ville|gemeente",
    "structure_porteuse.site": "site|site internet|site web|adresse web|website|webseite",
    "contact": "contact|contacts|personne de contact|personne à contacter|personne ressource|coordonnées|référent|"
    "qui peut-on appeler|contactpersoon|kontakt|ansprechpartner|ansprechperson|kontaktperson|contactgegevens",
    "contact.courriel": "courriel|mail|e-mail|email|adresse mail|adresse électronique|e-mailadres",
    "contact.telephone": "téléphone|tél|gsm|numéro de téléphone|telefoon|telefon",
    "partenaires": "partenaires|partenariat|partenariats|partenaires du projet|partenaires impliqués|"
    "en partenariat avec|avec quels partenaires|liste des partenaires|partners|partner|samenwerking|"
    "samenwerkingspartners|kooperationspartner|partnerorganisationen",
    "gouvernance": "place du citoyen dans le schéma de la gouvernance|place du citoyen dans la gouvernance|"
    "place des citoyens|place du citoyen|place des habitants|place des habitants dans la gouvernance|gouvernance|"
    "schéma de gouvernance|schéma de la gouvernance|qui décide|quelle est la place des citoyens|"
    "mode de gouvernance|organigramme|plaats van de burger|plaats van de burger in het bestuur|bestuur|"
    "platz der bürger|steuerung|rolle der bürger",
    "objectifs": "objectifs|objectif|objectifs visés|objectifs poursuivis|buts|but|finalités|but du projet|"
    "objectif général|objectifs généraux|objectifs spécifiques|objectifs opérationnels|que voulez-vous changer|"
    "doelstellingen|doelstelling|doelen|ziele|ziel|zielsetzung|zielsetzungen",
    "contexte": "contexte|contexte du projet|origine|origine du projet|historique|constat|constats|genèse|"
    "point de départ|d’où êtes-vous partis|context|achtergrond|aanleiding|kontext|ausgangslage|hintergrund",
    "descriptif": "descriptif|descriptif du dispositif|description|description du dispositif|description du projet|"
    "description de l’action|présentation du projet|présentation|le projet en quelques mots|déroulement|"
    "activités|actions|actions menées|actions réalisées|méthode|méthodologie|ce que vous faites|"
    "racontez ce que vous faites|beschrijving|omschrijving|werking|activiteiten|beschreibung|ablauf|aktivitäten",
    "composantes": "composantes|composantes du dispositif|de quoi l’action est-elle faite|onderdelen|bestandteile",
    "etapes_citoyens": "étapes où les citoyens prennent part|étapes|étapes de participation",
    "acteurs": "public « acteur du dispositif »|public acteur|acteurs|acteurs du dispositif|acteurs impliqués|"
    "acteurs du projet|qui agit|qui est acteur|actoren|betrokken actoren|akteure|beteiligte",
    "acteurs_texte": "précisions sur les acteurs",
    "publics": "public|publics|public cible|publics cibles|public visé|publics visés|public concerné|bénéficiaires|"
    "population concernée|population|groupe cible|destinataires|doelgroep|doelgroepen|"
    "doelpubliek|zielgruppe|zielgruppen|zielpublikum",
    "equite": "équité|inégalités|qui est le plus touché|gelijke kansen|chancengleichheit",
    "secteurs": "secteurs|secteur|secteurs d’activité|sectoren|sektoren",
    "milieux": "milieux de vie|milieux|lieux de vie|leefomgeving|lebenswelten",
    "determinants": "déterminants|déterminants de la santé|gezondheidsdeterminanten|determinanten",
    "axes": "axes|actions de la biennale|axe",
    "empowerment": "pouvoir de dire et d’agir|empowerment",
    "territoire": "territoire|lieu|lieux|localisation|zone géographique|zone|périmètre|quartier|"
    "où cela se passe-t-il|lieu de réalisation|territoire concerné|gebied|regio|plaats|ort|gebiet|region",
    "annees": "années de mise en œuvre|année de mise en œuvre|années|année|durée|durée du projet|période|date|"
    "dates|calendrier|depuis quand|date de début|date de démarrage|début|période de réalisation|jaren|jaar|"
    "looptijd|periode|duur|zeitraum|laufzeit|jahre|dauer|seit wann",
    "bilan.citoyens": "nombre de citoyens impliqués|nombre de citoyens|nombre de participants|citoyens impliqués|"
    "nombre d’habitants impliqués|nombre d’habitants|nombre de personnes|nombre de personnes impliquées|"
    "combien de citoyens|combien de citoyens prennent part|participants|aantal burgers|aantal deelnemers|"
    "aantal betrokken burgers|aantal|anzahl der bürger|anzahl der beteiligten bürger|anzahl|teilnehmerzahl",
    "bilan.impact": "impact sur la vie des citoyens|impact|impacts|effets|résultats|résultats obtenus|"
    "qu’est-ce qui a changé|changements|impact sur les habitants|impact sur la vie des habitants|retombées|"
    "impact op het leven van de burgers|resultaten|effecten|auswirkungen|wirkung|wirkungen|ergebnisse",
    "bilan.temoignages": "témoignages|témoignage|paroles de citoyens|paroles d’habitants|citations|"
    "qu’en disent les personnes|getuigenissen|getuigenis|stimmen|zitate",
    "bilan.degre": "degré d’implication demandé au citoyen|degré d’implication|degré d’implication des citoyens|"
    "degré de participation|niveau de participation|niveau d’implication|graad van betrokkenheid|"
    "mate van participatie|mate van betrokkenheid|grad der beteiligung|beteiligungsgrad",
    "bilan.cout": "coût de conception et de mise en œuvre|coût|coûts|coût du projet|budget|budget du projet|"
    "combien cela coûte-t-il|moyens financiers|coût et financement|kosten|kostprijs|haushalt",
    "bilan.cout.temps_travail": "temps de travail|moyens humains|werktijd|arbeitszeit",
    "bilan.cout.financeurs": "financement|financements|financeurs|qui paie|sources de financement|subsides|"
    "subventions|financiering|finanzierung",
    "bilan.observations": "observations|observation|remarques|remarque|commentaires|autres remarques|divers|"
    "y a-t-il autre chose à savoir|opmerkingen|bemerkungen|anmerkungen",
    "perspectives": "perspectives|perspective|et après|suites|suites envisagées|avenir|perspectives d’avenir|"
    "prochaines étapes|vooruitzichten|toekomst|perspectieven|ausblick|perspektiven",
    "reussites": "réussites|réussite|points forts|ce qui a réussi|facteurs de réussite|successen|erfolge|stärken",
    "difficultes": "difficultés|difficulté|points faibles|freins|obstacles|ce qui a été difficile|difficultés "
    "rencontrées|moeilijkheden|knelpunten|schwierigkeiten|hürden",
    "conseils": "conseils|conseil|un conseil à qui commence|recommandations|tips|adviezen|ratschläge|empfehlungen",
    "echanges.offres": "offres|nous offrons|nous pouvons partager|aanbod|angebote",
    "echanges.demandes": "demandes|nous cherchons|besoins|vraag|gesuche",
}  # fmt: skip

# Within these questions, such words open a part of the answer and are no label of their own.
SUBLABELS: dict[str, str] = {
    "bilan.degre": "objectif|objectifs|but|visé|dans les faits|réalité|en réalité|doel|ziel|in de praktijk|context",
    "bilan.cout": "budget|coût|coûts|temps de travail|financement|moyens humains|moyens financiers|kosten|durée",
    "structure_porteuse": "service|commune|ville|contact|téléphone|tél|courriel|mail|e-mail|site|site web|partenaires|"
    "adresse|dienst|partenariat",
    "contact": "service|téléphone|tél|gsm|courriel|mail|e-mail|email|site|site web|fonction|nom|adresse|telefoon|telefon",
    "bilan.citoyens": "public|publics|durée|depuis quand|participants|année|années",
    "annees": "durée|date|début|date de début|période",
}

# What may follow a known label without changing it: « les objectifs du projet ».
GENERIC = frozenset(stem for word in "projet action dispositif initiative démarche pratique expérience".split() for stem in stems(word))
# The first word of a label that says enough by itself, in a place where only a label can stand.
HEADS = {
    "objectif": "objectifs", "but": "objectifs", "finalite": "objectifs", "doelstelling": "objectifs",
    "descriptif": "descriptif", "description": "descriptif", "presentation": "descriptif",
    "partenaire": "partenaires", "partenariat": "partenaires", "partner": "partenaires",
    "structure": "structure_porteuse", "porteur": "structure_porteuse", "promoteur": "structure_porteuse",
    "gouvernance": "gouvernance", "public": "publics", "acteur": "acteurs", "contexte": "contexte",
    "impact": "bilan.impact", "effet": "bilan.impact", "resultat": "bilan.impact",
    "temoignage": "bilan.temoignages", "citation": "bilan.temoignages", "cout": "bilan.cout",
    "budget": "bilan.cout", "perspective": "perspectives", "observation": "bilan.observations",
    "remarque": "bilan.observations", "difficulte": "difficultes", "reussite": "reussites", "titre": "titre",
    "intitule": "titre", "resume": "resume", "contact": "contact", "territoire": "territoire", "annee": "annees",
    "duree": "annees", "periode": "annees", "degre": "bilan.degre",
}  # fmt: skip
BEFORE_HEAD = frozenset(stem for word in "principaux grands brève bref courte liste rappel".split() for stem in stems(word))
NUMBERED = re.compile(r"^[\s#*_>«\"“]*(?:\(?(?:\d{1,2}|[ivxIVX]{1,4}|[a-zA-Z])\s?[.)°/-]\s*)+(?=\S)")
PARENTHESES = re.compile(r"\([^()]{0,300}\)|\[[^\[\]]{0,300}\]")


class Label(NamedTuple):
    """The key of a question (or SECTION, FORM_NAME) and whether the label says it outright."""

    key: str
    sure: bool


@cache
def _synonyms() -> dict[tuple[str, ...], str]:
    return {stems(text): key for key, texts in SYNONYMS.items() for text in texts.split("|")}


@cache
def _sublabels() -> dict[str, set[tuple[str, ...]]]:
    return {key: {stems(text) for text in texts.split("|")} for key, texts in SUBLABELS.items()}


@cache
def _heads() -> dict[str, str]:
    return {stems(head)[0]: key for head, key in HEADS.items()}


def own_labels() -> dict[tuple[str, ...], str]:
    """The labels of questions.py in the language of the moment, for questions whose answer is read as it is."""
    rows = {q.key: q.label for q in questions().values()} | {key: q.label for key, q in leaves().items()}
    out = {stems(str(label)): key for key, label in rows.items() if not key.startswith("consentements")}
    return out | {stems(str(row.label)): row.questions[0] for row in SHEET if len(row.questions) == 1}


def recognise(text: str, *, loose: bool = False) -> Label | None:
    """What a label stands for, or None. `loose` where only a label can stand: its first word may then decide."""
    text = " ".join(text.split())
    if not text or len(text) > 200:
        return None
    known = _synonyms()
    unnumbered = NUMBERED.sub("", bare(text))
    for form in dict.fromkeys((text, unnumbered, PARENTHESES.sub(" ", unnumbered))):
        found = stems(form)
        core = tuple(s for s in found if s not in GENERIC)
        for tried in (found, core):
            if tried in known:
                return Label(known[tried], True)
    if not loose:
        return None
    own = own_labels()
    if found in own:
        return Label(own[found], True)
    while found and found[0] in BEFORE_HEAD:
        found = found[1:]
    if found and len(found) <= 8 and found[0] in _heads():
        return Label(_heads()[found[0]], False)
    return None


def is_sublabel(text: str, key: str) -> bool:
    """Whether these words only open a part of the answer to `key`."""
    return stems(text) in _sublabels().get(key, ())
