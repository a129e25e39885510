"""One invented sheet, of the shape that people send, as Word, OpenDocument and text."""

from tests.documents.makers import cell, docx, ocell, odt, op, otable, p, table

# (group, label, lines of the answer). Word leaves blanks, tabs and bullets of all kinds behind.
ROWS: list[tuple[str, list[str], list[str]]] = [
    ("", ["STRUCTURE PORTEUSE"], ["Ville Sauveterre : Service prévention", "En partenariat avec les écoles, clubs sportifs et riverains du canal"]),
    ("", ["PLACE DU CITOYEN DANS LE SCHÉMA DE LA GOUVERNANCE"], []),
    ("", ["OBJECTIFS VISÉS"], [
        "- Mieux connaître l’eau du canal ",
        "· - Nettoyer les berges ensemble, petits et grands",
        "· - Aider chacun à prendre la parole au « conseil de l’eau »",
        "· - Rester curieux",
    ]),
    ("", ["DESCRIPTIF DU DISPOSITIF"], [
        "Le canal traverse la ville depuis longtemps. Il est aussi un lieu où « l’on se retrouve » le soir […].Des promeneurs s’y croisent : ils parlent du temps qu’il fait. ",
        "",
        "Le travail avance en trois temps\u00a0: ",
        " D’abord on observe,  on note et on dessine",
        " Puis on choisit d‘agir ensemble",
        " Enfin on raconte ce qui a changé",
        "Cette année, il y a 4 brigades de berge : Les Hérons ; Les Libellules ; La Bande à Part",
    ]),
    ("", ["PUBLIC", " « ACTEUR DU DISPOSITIF »"], ["Habitants, élus, travailleurs sociaux, bénévoles, coordinateurs, agents du service public"]),
    ("", ["", "ANNÉES DE MISE EN ŒUVRE"], ["Depuis 2003"]),
    ("BILAN ", ["Nombre de Citoyens impliqués"], ["Depuis 2003\u00a0? ", "Actuellement une trentaine de riverains viennent régulièrement.\u00a0"]),
    ("", ["Impact sur la vie des Citoyens"], [
        "«\u00a0Avant, je ne regardais pas l’eau. Maintenant je connais mes voisins, ça change tout\u00a0». Berthe, riveraine du quai nord, le 14/09/2012 devant le conseil de l’eau. ",
        "Des personnes qui ne sortaient plus se parlent. Les agents de la ville écoutent mieux, peu à peu.",
    ]),
    ("", ["Degré d’Implication demandé au Citoyen"], [
        "Objectif\u00a0: la codécision ",
        "Dans les faits\u00a0: Selon les brigades et les saisons\u00a0: de la consultation à la codécision. ",
    ]),
    ("", ["Coût de conception et de mise en œuvre"], [
        "Il faut surtout des heures, des bottes et de la patience. ",
        "Soit 3 480€ par an pour le matériel (hors personnel).",
    ]),
    ("", ["Observations"], []),
    ("", ["PERSPECTIVE"], [
        "- Et si les enfants présidaient le conseil de l’eau\u00a0? ",
        "- Ouvrir une cinquième brigade",
        "- Prêter nos bottes à la ville voisine",
    ]),
]  # fmt: skip

EXPECTED = {
    "titre": "Ville Sauveterre",
    "langue": "fr",
    "structure_porteuse": {"nom": "Ville Sauveterre", "service": "Service prévention"},
    "partenaires": [{"nom": "écoles"}, {"nom": "clubs sportifs"}, {"nom": "riverains du canal"}],
    "objectifs": [
        "Mieux connaître l’eau du canal",
        "Nettoyer les berges ensemble, petits et grands",
        "Aider chacun à prendre la parole au « conseil de l’eau »",
        "Rester curieux",
    ],
    "descriptif": (
        "Le canal traverse la ville depuis longtemps. Il est aussi un lieu où « l’on se retrouve » le soir […].Des "
        "promeneurs s’y croisent : ils parlent du temps qu’il fait.\n\nLe travail avance en trois temps\u00a0:\n\n"
        "D’abord on observe, on note et on dessine\n\nPuis on choisit d‘agir ensemble\n\n"
        "Enfin on raconte ce qui a changé\n\n"
        "Cette année, il y a 4 brigades de berge : Les Hérons ; Les Libellules ; La Bande à Part"
    ),
    "acteurs": ["HAB", "TRS", "COO", "ASP", "ELU", "BEN"],
    "annees": {"debut": 2003, "en_cours": True, "texte": "Depuis 2003"},
    "bilan": {
        "citoyens": {
            "nombre": 30,
            "precision": "environ",
            "texte": "Depuis 2003\u00a0? Actuellement une trentaine de riverains viennent régulièrement.",
        },
        "temoignages": [
            {
                "texte": "Avant, je ne regardais pas l’eau. Maintenant je connais mes voisins, ça change tout",
                "prenom": "Berthe",
                "nom_affiche": "Berthe",
                "qualite": "riveraine du quai nord",
                "date": "2012-09-14",
                "contexte": "devant le conseil de l’eau",
                "consentement": {"statut": "non_demande", "forme": None, "date": None, "usages": []},
            }
        ],
        "impact": "Des personnes qui ne sortaient plus se parlent. "
        "Les agents de la ville écoutent mieux, peu à peu.",
        "degre_vise": "P5",
        "degre_reel_min": "P2",
        "degre_reel_max": "P5",
        "degre_texte": "Objectif\u00a0: la codécision\n\nDans les faits\u00a0: Selon les brigades et les saisons\u00a0: "
        "de la consultation à la codécision.",
        "cout": {
            "montant": 3480.0,
            "devise": "EUR",
            "periode": "an",
            "hors_personnel": True,
            "temps_travail": "Il faut surtout des heures, des bottes et de la patience. "
            "Soit 3 480€ par an pour le matériel (hors personnel).",
        },
    },
    "perspectives": [
        "Et si les enfants présidaient le conseil de l’eau\u00a0?",
        "Ouvrir une cinquième brigade",
        "Prêter nos bottes à la ville voisine",
    ],
    "donnees_manquantes": {
        "gouvernance.schema": "le schéma manque dans le document reçu",
        "bilan.citoyens.depuis_le_debut": "le document porte «\u00a0Depuis 2003\u00a0?\u00a0»",
        "bilan.observations": "case laissée vide dans le document reçu",
    },
}

WIDE = '<w:gridSpan w:val="2"/>'
BEGINS, GOES_ON = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"


def sheet_docx() -> bytes:
    """Two columns, and three under a merged « BILAN » cell."""
    rows, in_bilan = [], False
    for group, label, lines in ROWS:
        in_bilan = bool(group) or (in_bilan and not label[0].isupper())
        left = cell(*map(p, label))
        if in_bilan:
            merged = cell(p(group) if group else "<w:p/>", properties=BEGINS if group else GOES_ON)
            rows.append((merged, left, cell(*map(p, lines))))
        else:
            rows.append((left, cell(*map(p, lines), properties=WIDE)))
    return docx(table(*rows))


def sheet_odt() -> bytes:
    rows, in_bilan = [], False
    for group, label, lines in ROWS:
        in_bilan = bool(group) or (in_bilan and not label[0].isupper())
        cells = [ocell(*map(op, label)), ocell(*map(op, lines))]
        rows.append((ocell(op(group)), *cells) if in_bilan else (*cells, "<table:covered-table-cell/>"))
    return odt(otable(*rows))


def sheet_txt(encoding: str = "utf-8") -> bytes:
    """As Word writes a table when it saves as text: a tab before each cell."""
    out = []
    for group, label, lines in ROWS:
        if group:
            out.append(f"\t{group}")
        out.append("\t" + "\n".join(label))
        first = "[bookmark: _GoBack]" if lines == ["Depuis 2003"] else ""
        out.append("\t" + first + "\n".join(lines))
        out.append("")
    return "\n".join(out).encode(encoding)


SHEETS = {"fiche.docx": sheet_docx, "fiche.odt": sheet_odt, "fiche.txt": sheet_txt}
