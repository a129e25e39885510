"""★ The one declaration of the fiche.

The editing form, the offline form, validation, the reading page, the PDF, the blank paper form, the comparison of
versions, the merge, import, export, search and statistics all loop over PARTS (how it is asked) and SHEET (how it
is read). A new field is one entry here and its translations. Fields are never renamed or deleted: `until=` hides
one from new forms. Keys are French: people see them in exports.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from flask_babel import lazy_gettext as _l

from models.fiche.kinds import TEXT_CAP
from models.fiche.question import SCHEMA, Part, Question, Row

Q = Question
ITEMS_CAP = 60  # items a list

CONSENT = (
    Q("consentement.statut", "choice", _l("Accord"), _l("La personne est-elle d’accord ?"), vocabulary="consentement"),
    Q("consentement.forme", "choice", _l("Forme de l’accord"), _l("Comment l’a-t-elle dit ?"), vocabulary="forme_consentement"),
    Q("consentement.date", "date", _l("Date de l’accord"), _l("Quand ?"), example=_l("21/04/2016"), short=True),
    Q("consentement.usages", "choices", _l("Usages permis"), _l("Où peut-on montrer cette parole ?"), vocabulary="usage",
      help=_l("Accepter d’être cité ne veut pas dire accepter d’être imprimé. Cochez seulement ce que la personne a accepté.")),
)

PARTS: tuple[Part, ...] = (
    Part("titre", _l("Titre et langue"), (
        Q("titre", "line", _l("Titre"), _l("Comment s’appelle votre action ?"), _l("Le nom que les gens utilisent. Vous pourrez le changer."), needed="draft", advised=(0, 80)),
        Q("langue", "choice", _l("Langue de la fiche"), _l("Dans quelle langue écrivez-vous ?"), _l("La fiche n’est pas traduite sans vous."), needed="submission", vocabulary="langue_fiche"),
        Q("resume", "text", _l("Résumé"), _l("En deux phrases, de quoi s’agit-il ?"), _l("Qui fait quoi, avec qui, pour quoi. On le lit en premier."), needed="submission", advised=(0, 300), rows=4),
        Q("precedente", "reference", _l("Fiche précédente"), _l("Cette fiche en continue-t-elle une autre ?"), _l("Son numéro, si l’action a déjà été racontée pour une biennale."), example="F-2016-002", short=True),
    )),
    Part("structure", _l("Structure et partenaires"), (
        Q("structure_porteuse", "organisation", _l("Structure porteuse"), _l("Qui porte cette action ?"), fields=(
            Q("structure_porteuse.nom", "line", _l("Nom de la structure"), _l("Nom de la structure"), _l("Le nom complet, sans abréviation."), needed="submission"),
            Q("structure_porteuse.service", "line", _l("Service"), _l("Service ou équipe")),
            Q("structure_porteuse.type", "choice", _l("Type de structure"), _l("Type de structure"), needed="submission", vocabulary="type_organisation"),
            Q("structure_porteuse.pays", "choice", _l("Pays"), _l("Pays"), needed="submission", vocabulary="pays"),
            Q("structure_porteuse.commune", "line", _l("Commune"), _l("Commune")),
            Q("structure_porteuse.code_commune", "code", _l("Code de la commune"), _l("Code officiel de la commune"), _l("Le code NIS ou INSEE, si vous le connaissez."), example="21012", short=True),
            Q("structure_porteuse.site", "url", _l("Site"), _l("Site internet"), example="https://passerelle.example"),
        )),
        Q("contact", "contact", _l("Contact"), _l("Qui peut-on appeler ou écrire ?"), _l("Une personne et une façon de la joindre suffisent."), needed="submission", fields=(
            Q("contact.nom", "line", _l("Personne de contact"), _l("Prénom et nom")),
            Q("contact.fonction", "line", _l("Fonction"), _l("Fonction")),
            Q("contact.courriel", "mail", _l("Courriel"), _l("Courriel")),
            Q("contact.telephone", "phone", _l("Téléphone"), _l("Téléphone")),
            Q("contact.publier", "tick", _l("Coordonnées publiables"), _l("Ces coordonnées peuvent être imprimées et montrées"), _l("Sans cette coche, seul le secrétariat les voit et fait suivre les messages.")),
        )),
        Q("partenaires", "items", _l("Partenaires"), _l("Avec quels partenaires ?"), _l("Du plus proche au plus lointain. La commune, une école, un groupe d’habitants comptent aussi."), needed="submission", excused=True, one=_l("Partenaire"), fields=(
            Q("nom", "line", _l("Nom"), _l("Nom")),
            Q("type", "choice", _l("Type"), _l("Type"), vocabulary="type_organisation"),
            Q("role", "line", _l("Rôle"), _l("Ce qu’il apporte")),
        )),
    )),
    Part("gouvernance", _l("Place des citoyens"), (
        Q("gouvernance.texte", "text", _l("Place du citoyen dans la gouvernance"), _l("Quelle est la place des citoyens ?"), _l("Qui décide, qui propose, qui est informé ? Écrivez comme vous le diriez à un voisin."), needed="submission", excused=True, advised=(0, 600), rows=6),
        Q("gouvernance.schema", "diagram", _l("Schéma"), _l("Voulez-vous un schéma ?"), _l("Un dessin aide à voir qui décide. Nous pouvons le dessiner pour vous à partir de noms et de liens."), together=True, fields=(
            Q("gouvernance.schema.mode", "choice", _l("Origine du schéma"), _l("D’où vient le schéma ?"), vocabulary="mode_schema"),
            Q("gouvernance.schema.noeuds", "items", _l("Personnes et groupes"), _l("Qui est autour de la table ?"), _l("Huit au plus, dans l’ordre où vous les diriez."), advised=(0, 8), one=_l("Place"), fields=(
                Q("nom", "line", _l("Nom"), _l("Nom")),
                Q("citoyen", "tick", _l("Citoyens"), _l("Ce sont des citoyens")),
            )),
            Q("gouvernance.schema.liens", "items", _l("Liens"), _l("Qui est lié à qui ?"), _l("Un verbe par lien : propose, décide, répond, soutient…"), one=_l("Lien"), fields=(
                Q("de", "node", _l("De"), _l("De")),
                Q("nature", "line", _l("Verbe"), _l("Que fait-il ?"), example=_l("propose")),
                Q("a", "node", _l("Vers"), _l("Vers")),
            )),
            Q("gouvernance.schema.image", "picture", _l("Image du schéma"), _l("Votre image"), _l("Une photo ou un dessin, 15 Mo au plus.")),
            Q("gouvernance.schema.alternative", "text", _l("Le schéma en mots"), _l("Que montre le schéma ?"), _l("Une ou deux phrases pour celles et ceux qui ne le voient pas."), advised=(0, 300), rows=3),
        )),
    )),
    Part("objectifs", _l("Objectifs"), (
        Q("objectifs", "lines", _l("Objectifs visés"), _l("Que voulez-vous changer ?"), _l("Un objectif par ligne, une phrase courte. De un à sept."), needed="submission", advised=(1, 7), one=_l("Objectif")),
    )),
    Part("description", _l("Description"), (
        Q("contexte", "text", _l("Contexte"), _l("D’où êtes-vous partis ?"), _l("Ce qui n’allait pas, ce que les gens disaient."), advised=(0, 1000), rows=6),
        Q("descriptif", "text", _l("Descriptif du dispositif"), _l("Racontez ce que vous faites."), _l("Les étapes, une journée ordinaire, ce qui se passe vraiment. Une ligne vide sépare deux paragraphes."), needed="submission", advised=(400, 2500), rows=12),
        Q("composantes", "items", _l("Composantes"), _l("De quoi l’action est-elle faite ?"), _l("Des ateliers, un groupe, une fête, une permanence…"), one=_l("Composante"), fields=(
            Q("nom", "line", _l("Nom"), _l("Nom")),
            Q("nombre", "integer", _l("Nombre"), _l("Combien jusqu’ici ?"), short=True),
            Q("frequence", "line", _l("Fréquence"), _l("Tous les combien ?")),
            Q("description", "line", _l("Description"), _l("En quelques mots")),
        )),
        Q("etapes_citoyens", "choices", _l("Étapes où les citoyens prennent part"), _l("À quelles étapes les citoyens prennent-ils part ?"), _l("Cochez toutes les réponses qui conviennent."), needed="submission", excused=True, vocabulary="etape"),
    )),
    Part("public", _l("Public acteur"), (
        Q("acteurs", "choices", _l("Qui agit"), _l("Qui est acteur de cette action ?"), _l("Celles et ceux qui font, pas seulement qui reçoivent."), needed="submission", vocabulary="acteur"),
        Q("acteurs_texte", "line", _l("Précisions sur les acteurs"), _l("Voulez-vous préciser ?"), _l("Avec vos mots : marcheuses, élèves, aides-ménagères…")),
        Q("publics", "choices", _l("Pour qui d’abord"), _l("Qui est concerné en premier ?"), _l("Cochez toutes les réponses qui conviennent."), needed="submission", excused=True, vocabulary="public"),
        Q("equite", "text", _l("Équité"), _l("Qui est le plus touché, et comment l’action l’atteint-elle ?"), _l("Les personnes qu’on n’entend jamais : sont-elles là ? Sinon, pourquoi ?"), needed="submission", excused=True, advised=(0, 400), rows=4),
    )),
    Part("mots", _l("Mots-clés"), (
        Q("axes", "choices", _l("Actions de la biennale"), _l("À quelles actions de la biennale participez-vous ?"), _l("Une ou plusieurs."), vocabulary="axe"),
        Q("secteurs", "choices", _l("Secteurs"), _l("Dans quels secteurs ?"), _l("Une réponse au moins avant d’envoyer la fiche."), needed="submission", vocabulary="secteur"),
        Q("milieux", "choices", _l("Milieux de vie"), _l("Dans quels lieux de la vie ?"), _l("Une réponse au moins avant d’envoyer la fiche."), needed="submission", vocabulary="milieu"),
        Q("determinants", "choices", _l("Déterminants de la santé"), _l("Sur quoi agissez-vous d’abord ?"), _l("Ce qui rend la vie plus saine, ou moins. Six réponses au plus, c’est plus clair."), needed="submission", excused=True, advised=(0, 6), vocabulary="determinant", families=(
            (_l("Argent, travail, droits"), "SE"), (_l("Cadre de vie"), "EN"), (_l("Langue et culture"), "CU"), (_l("Apprendre et comprendre"), "ED"), (_l("Habitudes de vie"), "CO"), (_l("Liens avec les autres"), "LS"), (_l("Services"), "SV"), (_l("Choix politiques"), "PO"))),
        Q("empowerment", "choices", _l("Pouvoir de dire et d’agir"), _l("Quel pouvoir de dire et d’agir se développe ?"), _l("Sur soi, à plusieurs, sur les décisions."), needed="submission", excused=True, vocabulary="empowerment"),
        Q("ottawa", "choices", _l("Charte d’Ottawa"), _l("Quelles stratégies de la Charte d’Ottawa ?"), _l("Un texte de 1986 sur la promotion de la santé. Laissez vide si vous ne le connaissez pas."), vocabulary="ottawa", folded=True),
        Q("reperes", "choices", _l("Repères de l’action communautaire"), _l("Quels repères de l’action communautaire en santé ?"), _l("Huit repères proposés par les centres de santé communautaire. Laissez vide si vous ne les connaissez pas."), vocabulary="repere", folded=True),
    )),
    Part("territoire", _l("Territoire et années"), (
        Q("territoire", "territory", _l("Territoire"), _l("Où cela se passe-t-il ?"), fields=(
            Q("territoire.niveau", "choice", _l("Étendue"), _l("Quelle étendue ?"), needed="submission", vocabulary="niveau_territoire"),
            Q("territoire.libelle", "line", _l("Nom du territoire"), _l("Comment s’appelle cet endroit ?"), needed="submission", excused=True),
            Q("territoire.lieux", "line", _l("Lieux"), _l("Plus précisément ?"), _l("Une rue, un quartier, une école…")),
            Q("territoire.pays", "choice", _l("Pays du territoire"), _l("Pays"), vocabulary="pays"),
            Q("territoire.code", "code", _l("Code du territoire"), _l("Code officiel"), _l("Le code NIS ou INSEE, si vous le connaissez."), short=True),
        )),
        Q("annees", "years", _l("Années de mise en œuvre"), _l("Quand l’action a-t-elle commencé, et continue-t-elle ?"), _l("Une année suffit. Si vous ne savez plus, dites-le avec vos mots."), needed="submission", excused=True, together=True, fields=(
            Q("annees.debut", "year", _l("Année de début"), _l("Année de début"), example="2014", short=True),
            Q("annees.fin", "year", _l("Année de fin"), _l("Année de fin"), example="2016", short=True),
            Q("annees.en_cours", "tick", _l("L’action continue"), _l("L’action continue")),
            Q("annees.texte", "line", _l("Les années en mots"), _l("Avec vos mots"), _l("Par exemple : depuis l’été 2008, je pense.")),
        )),
    )),
    Part("bilan", _l("Bilan"), (
        Q("bilan.citoyens", "count", _l("Nombre de citoyens impliqués"), _l("Combien de citoyens prennent part ?"), _l("Ceux qui agissent, pas seulement ceux qui viennent voir."), needed="submission", excused=True, fields=(
            Q("bilan.citoyens.nombre", "integer", _l("Citoyens aujourd’hui"), _l("Aujourd’hui"), example="34", short=True),
            Q("bilan.citoyens.precision", "choice", _l("Précision du nombre"), _l("Ce nombre est…"), vocabulary="precision"),
            Q("bilan.citoyens.depuis_le_debut", "integer", _l("Citoyens depuis le début"), _l("Depuis le début"), example="61", short=True),
            Q("bilan.citoyens.texte", "line", _l("Le nombre en mots"), _l("Avec vos mots")),
        )),
        Q("bilan.impact", "text", _l("Impact sur la vie des citoyens"), _l("Qu’est-ce qui a changé ?"), _l("Pour les habitants, pour les professionnels, pour la commune. Un petit changement compte."), needed="submission", excused=True, advised=(0, 1500), rows=8),
        Q("bilan.temoignages", "items", _l("Témoignages"), _l("Qu’en disent les personnes ?"), _l("Leurs mots, tels quels. N’écrivez pas le nom d’une personne à côté de sa maladie. Une parole n’est imprimée que si la personne l’accepte."), advised=(0, 5), one=_l("Témoignage"), view="quotes", fields=(
            Q("texte", "text", _l("Parole"), _l("Ses mots"), advised=(0, 400), rows=3),
            Q("prenom", "line", _l("Prénom (pour nous)"), _l("Son prénom, pour nous"), _l("Jamais imprimé.")),
            Q("nom_affiche", "line", _l("Nom affiché"), _l("Le nom à afficher"), _l("Un prénom, une initiale, « une élève »…")),
            Q("qualite", "line", _l("Qualité"), _l("Qui est-ce ?"), example=_l("habitante, bénévole, élève")),
            Q("date", "date", _l("Date"), _l("Quand l’a-t-elle dit ?"), example=_l("21/04/2016"), short=True),
            Q("contexte", "line", _l("Contexte"), _l("Où, à quelle occasion ?")),
            *CONSENT,
        )),
        Q("bilan.degre", "degree", _l("Degré d’implication demandé au citoyen"), _l("Jusqu’où va la participation des citoyens ?"), _l("Ce que vous visez, et ce que vous voyez vraiment : du plus bas au plus haut."), needed="submission", excused=True, together=True, fields=(
            Q("bilan.degre_vise", "choice", _l("Degré visé"), _l("Ce que vous visez"), vocabulary="participation"),
            Q("bilan.degre_reel_min", "choice", _l("Degré atteint, au plus bas"), _l("En fait : le plus bas"), vocabulary="participation"),
            Q("bilan.degre_reel_max", "choice", _l("Degré atteint, au plus haut"), _l("En fait : le plus haut"), vocabulary="participation"),
            Q("bilan.degre_texte", "text", _l("Pourquoi ce degré"), _l("Pourquoi cet écart, ou pourquoi pas ?"), advised=(0, 400), rows=3),
        )),
        Q("bilan.cout", "cost", _l("Coût de conception et de mise en œuvre"), _l("Combien cela coûte-t-il ?"), _l("Zéro est une réponse."), needed="submission", excused=True, fields=(
            Q("bilan.cout.montant", "amount", _l("Montant"), _l("Montant"), _l("Un nombre, par exemple 2400."), short=True),
            Q("bilan.cout.devise", "choice", _l("Devise"), _l("Devise"), vocabulary="devise", short=True),
            Q("bilan.cout.periode", "choice", _l("Période du coût"), _l("Pour quelle période ?"), vocabulary="periode_cout"),
            Q("bilan.cout.hors_personnel", "yesno", _l("Sans le personnel"), _l("Ce montant est-il sans le personnel ?")),
            Q("bilan.cout.temps_travail", "line", _l("Temps de travail"), _l("Combien de temps de travail ?"), _l("Avec vos mots : un quart-temps, deux heures par semaine…")),
            Q("bilan.cout.financeurs", "line", _l("Financement"), _l("Qui paie ?")),
            Q("bilan.cout.montant_inconnu", "tick", _l("Montant inconnu"), _l("Le montant n’est pas connu"), until=1),
        )),
        Q("bilan.observations", "text", _l("Observations"), _l("Y a-t-il autre chose à savoir ?"), advised=(0, 800), rows=5),
    )),
    Part("perspectives", _l("Perspectives"), (
        Q("perspectives", "lines", _l("Perspectives"), _l("Et après ?"), _l("Une idée par ligne. Une question en est une aussi."), needed="submission", excused=True, advised=(0, 6), one=_l("Perspective")),
        Q("reussites", "text", _l("Ce qui a réussi"), _l("Qu’est-ce qui a bien marché ?"), advised=(0, 600), rows=4),
        Q("difficultes", "text", _l("Ce qui a été difficile"), _l("Qu’est-ce qui a été difficile ?"), advised=(0, 600), rows=4),
        Q("conseils", "text", _l("Un conseil à qui commence"), _l("Que diriez-vous à quelqu’un qui commence ?"), advised=(0, 600), rows=4),
    )),
    Part("echanges", _l("Échanges et biennale"), (
        Q("echanges.offres", "lines", _l("Nous offrons"), _l("Que pouvez-vous apprendre à d’autres ?"), _l("Un savoir par ligne : animer, compter, cuisiner, écrire…"), one=_l("Savoir offert")),
        Q("echanges.demandes", "lines", _l("Nous cherchons"), _l("Qu’aimeriez-vous apprendre ?"), _l("Un savoir par ligne."), one=_l("Savoir cherché")),
        Q("biennale", "presence", _l("À la biennale"), _l("Viendrez-vous à la biennale ?"), needed="submission", excused=True, fields=(
            Q("biennale.presence", "choice", _l("Présence"), _l("Votre réponse d’aujourd’hui"), _l("Vous pourrez changer d’avis."), vocabulary="presence_biennale"),
            Q("biennale.formats", "choices", _l("Sous quelle forme"), _l("Sous quelle forme ?"), vocabulary="format_biennale"),
            Q("biennale.langues", "choices", _l("Langues parlées sur place"), _l("Dans quelles langues ?"), vocabulary="langue"),
            Q("biennale.besoins_acces", "line", _l("Besoins pour venir"), _l("De quoi avez-vous besoin pour venir ?"), _l("Traduction, garde d’enfants, accès en fauteuil… Le secrétariat seul le lit.")),
        )),
    )),
    Part("accords", _l("Photos et accords"), (
        Q("photos", "items", _l("Photos"), _l("Avez-vous des photos ?"), _l("Quatre au plus. JPEG, PNG ou WebP, 15 Mo au plus chacune."), advised=(0, 4), one=_l("Photo"), view="pictures", fields=(
            Q("fichier", "picture", _l("Image"), _l("Le fichier")),
            Q("legende", "line", _l("Légende"), _l("Légende")),
            Q("alternative", "line", _l("Description"), _l("Que voit-on ?"), _l("Pour celles et ceux qui ne voient pas l’image.")),
            Q("credit", "line", _l("Crédit"), _l("Qui l’a prise ?")),
            Q("personnes_reconnaissables", "yesno", _l("Personnes reconnaissables"), _l("Peut-on reconnaître quelqu’un ?")),
            Q("consentement", "choice", _l("Accord des personnes"), _l("Les personnes sont-elles d’accord ?"), vocabulary="consentement"),
        )),
        Q("documents", "items", _l("Documents"), _l("Un document ou une page à faire connaître ?"), _l("Une adresse où l’on peut le lire."), one=_l("Document"), view="links", fields=(
            Q("titre", "line", _l("Titre"), _l("Titre")),
            Q("type", "line", _l("Type"), _l("Type"), example="PDF", short=True),
            Q("lien", "url", _l("Adresse"), _l("Adresse"), example="https://passerelle.example/guide"),
        )),
        Q("consentements", "block", _l("Accords"), _l("Qui donne son accord ?"), _l("Une fiche n’est envoyée qu’avec l’accord de sa structure."), fields=(
            Q("consentements.accord_structure", "tick", _l("Accord de la structure"), _l("La structure est d’accord avec cette fiche"), needed="submission"),
            Q("consentements.publication", "choice", _l("Diffusion"), _l("Jusqu’où peut-elle aller ?"), vocabulary="publication"),
            Q("consentements.par", "line", _l("Accord donné par"), _l("Qui a donné l’accord ?")),
            Q("consentements.date", "date", _l("Date de l’accord"), _l("Quand ?"), example=_l("21/04/2016"), short=True),
        )),
    )),
)

HEAD = ("titre", "langue", "resume", "precedente", "axes")

SHEET: tuple[Row, ...] = (
    Row("porteuse", _l("Structure porteuse"), "structure", ("structure_porteuse", "partenaires", "contact")),
    Row("citoyen", _l("Place du citoyen dans la gouvernance"), "gouvernance", ("gouvernance.texte", "gouvernance.schema"), keep=False),
    Row("objectifs", _l("Objectifs visés"), "objectifs", ("objectifs",)),
    Row("descriptif", _l("Descriptif du dispositif"), "description", ("contexte", "descriptif", "composantes", "etapes_citoyens"), keep=False),
    Row("public", _l("Public « acteur du dispositif »"), "public", ("acteurs", "acteurs_texte", "publics", "equite")),
    Row("mots", _l("Repères de lecture"), "mots", ("secteurs", "milieux", "determinants", "empowerment", "ottawa", "reperes"), tags=True),
    Row("territoire", _l("Territoire"), "territoire", ("territoire",)),
    Row("annees", _l("Années de mise en œuvre"), "territoire", ("annees",)),
    Row("nombre", _l("Nombre de citoyens impliqués"), "bilan", ("bilan.citoyens",), band="bilan"),
    Row("impact", _l("Impact sur la vie des citoyens"), "bilan", ("bilan.impact", "bilan.temoignages"), band="bilan", keep=False),
    Row("degre", _l("Degré d’implication demandé au citoyen"), "bilan", ("bilan.degre",), band="bilan"),
    Row("cout", _l("Coût de conception et de mise en œuvre"), "bilan", ("bilan.cout",), band="bilan"),
    Row("observations", _l("Observations"), "bilan", ("bilan.observations",), band="bilan", keep=False),
    Row("perspectives", _l("Perspectives"), "perspectives", ("perspectives", "reussites", "difficultes", "conseils"), keep=False),
    Row("echanges", _l("Échange de savoirs"), "echanges", ("echanges.offres", "echanges.demandes", "biennale")),
    Row("images", _l("Images et documents"), "accords", ("photos", "documents"), keep=False),
    Row("accords", _l("Accords"), "accords", ("consentements",)),
)
BANDS = {"bilan": _l("Bilan")}


def part(key: str) -> Part:
    """The part with this key. Raises KeyError."""
    return {p.key: p for p in PARTS}[key]


@cache
def questions() -> dict[str, Question]:
    """Every question of the first level by key, blocks included."""
    return {q.key: q for p in PARTS for q in p.questions}


@cache
def leaves() -> dict[str, Question]:
    """Every question that holds an answer, by its dotted key, in the order of the form."""
    return {q.key: q for p in PARTS for q in p.leaves()}


@cache
def part_of() -> dict[str, str]:
    """The part that asks a question, by key of question, block or field."""
    return {q.key: p.key for p in PARTS for top in p.questions for q in (top, *top.leaves())}


def sheet() -> Iterator[tuple[Row, list[Question]]]:
    """The rows as one reads them. A question that no row names comes at the end of the last row of its part, or of the first."""
    named = {key for row in SHEET for key in row.questions} | set(HEAD)
    last = {p.key: SHEET[0].key for p in PARTS} | {row.part: row.key for row in SHEET}
    for row in SHEET:
        more = [q.key for p in PARTS for q in p.questions if q.key not in named and last[p.key] == row.key]
        yield row, [questions()[key] for key in (*row.questions, *more)]


def forget() -> None:
    """Drop what is derived from PARTS, for a test that adds a field."""
    for derived in (questions, leaves, part_of):
        derived.cache_clear()


__all__ = ["BANDS", "HEAD", "ITEMS_CAP", "PARTS", "SCHEMA", "SHEET", "TEXT_CAP", "leaves", "part", "part_of", "questions", "sheet"]
