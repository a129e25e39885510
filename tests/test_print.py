"""What is printed: the fiche (D1) and the dossier of the biennale (D3), read back from the PDF."""

import copy
import io
import itertools
import re
import shutil
import subprocess
from dataclasses import replace
from functools import cache

import pytest

from adapters.pdf.engine import Limits, session
from blueprints.dossiers import building, edition, keys, pages, programme
from blueprints.dossiers.building import NotMade, Order
from models import dossiers, published
from models.editions import current_edition
from models.fiche import questions
from models.fiche.content import blank, get, load, put
from models.fiche.fiche import Fiche, find
from models.fiche.question import Question
from models.fiche.saving import adopt, store
from models.names import fold
from models.store import now, writing
from models.vocabularies import label, terms
from tests.pdf.hostile import ENDLESS
from tests.pdfcheck import Unavailable, pdfcheck
from tests.support import meetings as circles
from tests.support.cast import person
from tests.support.site import close

SAMPLES = [f"F-2016-{n:03d}" for n in (1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12)]


@pytest.fixture(scope="module")
def child():
    with session() as made:
        yield made


@pytest.fixture(scope="module")
def app(demo_template, tmp_path_factory):
    """One application for the tests that only read."""
    from app import create_app

    folder = tmp_path_factory.mktemp("print") / "instance"
    shutil.copytree(demo_template, folder)
    made = create_app({"INSTANCE": str(folder), "TESTING": True})
    with made.app_context():
        yield made
    close(made)


@pytest.fixture
def own(make_app):
    """An application whose fiches a test may change."""
    made = make_app(demo=True)
    with made.app_context():
        yield made


@pytest.fixture
def field():
    """field(question, part): adds a question to the declaration, for one test."""
    kept = questions.PARTS

    def add(question: Question, part: str) -> None:
        questions.PARTS = tuple(
            replace(p, questions=(*p.questions, question)) if p.key == part else p for p in questions.PARTS
        )
        questions.forget()

    yield add
    questions.PARTS = kept
    questions.forget()


def change(number: str, **answers) -> Fiche:
    """Answers written into a fiche, by dotted key with two underscores for a dot."""
    with writing():
        fiche = find(number)
        content = copy.deepcopy(fiche.content)
        for key, value in answers.items():
            put(content, key.replace("__", "."), value)
        store(fiche, content, None, None)
    return find(number)


def made(kind: str, child, **what) -> building.Built:
    return building.build(Order(kind, "Anne-Marie Lhoest", **what), child=child)


def d3(child, lang: str = "") -> building.Built:
    return made("D3", child, edition=current_edition(), lang=lang)


def text_of(data: bytes, page: int = 0, layout: bool = False) -> str:
    """The text of a PDF, or of one page, as it is read aloud: on one line, hyphens of line ends gone."""
    options = [*(["-f", str(page), "-l", str(page)] if page else []), *(["-layout"] if layout else [])]
    run = subprocess.run(["pdftotext", *options, "-", "-"], input=data, capture_output=True, check=True)
    text = run.stdout.decode().replace("\u200b", "").replace("\u00ad", "").replace("\f", "\n")
    return text if layout else " ".join(re.sub(r"(?<=\w)-\n(?=\w)", "", text).split())


def alternatives(data: bytes) -> str:
    """What a screen reader says for the pictures of a PDF."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as document:
        return " ".join(
            str(o["/Alt"]) for o in document.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o
        )


def everything(data: bytes) -> str:
    """All that anybody could find in a PDF: its text, alternatives, titles, bookmarks, addresses, metadata."""
    import pikepdf

    out = [text_of(data)]
    with pikepdf.open(io.BytesIO(data)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary):
                out += [str(v) for v in thing.values() if isinstance(v, pikepdf.String)]
            elif isinstance(thing, pikepdf.Stream) and thing.get("/Type") == "/Metadata":
                out.append(thing.read_bytes().decode())
    return " ".join(out)


# --------------------------------------------------------------------------------- every answer is printed

# Answers that no reader of a page is told, with the reason.
UNTOLD = {
    "structure_porteuse.code_commune": "a number for machines",
    "territoire.code": "a number for machines",
    "gouvernance.schema.mode": "says where the drawing comes from, which one sees",
    "gouvernance.schema.image": "a picture, in place of which the other drawing is tested",
    "contact.publier": "decides whether the lines above are printed",
    "bilan.cout.montant_inconnu": "no form asks it any more",
    "bilan.cout.devise": "its sign stands behind the number",
    "biennale.besoins_acces": "private",
    "bilan.temoignages.prenom": "private",
    "bilan.temoignages.consentement.statut": "decides whether the quote is printed",
    "bilan.temoignages.consentement.forme": "decides whether the quote is printed",
    "bilan.temoignages.consentement.date": "decides whether the quote is printed",
    "bilan.temoignages.consentement.usages": "decides whether the quote is printed",
    "partenaires.type": "the name says it",
    "photos.fichier": "a picture",
    "photos.personnes_reconnaissables": "decides whether the picture is printed",
    "photos.consentement": "decides whether the picture is printed",
    "gouvernance.schema.liens.de": "an arrow",
    "gouvernance.schema.liens.a": "an arrow",
    "gouvernance.schema.noeuds.citoyen": "a heavy line",
}
# Ticks and numbers are told in words of ours.
WORDS = {
    "annees.en_cours": "toujours en cours",
    "bilan.cout.hors_personnel": "hors personnel",
    "consentements.accord_structure": "la structure est d’accord avec cette fiche",
    "bilan.citoyens.precision": "environ",
}


def answers() -> list[tuple[str, Question]]:
    """(key, question) of everything that can be answered, fields of groups included."""
    out = []
    for key, q in questions.leaves().items():
        out += [(f"{key}.{f.key}", f) for f in q.fields] if q.kind == "items" else [(key, q)]
    return out


@cache
def sign(key: str) -> int:
    """A number of its own for each answer."""
    return [k for k, _q in answers()].index(key)


def typed(key: str, q: Question):
    """An answer that nothing else looks like: (value, what one reads of it)."""
    n = sign(key)
    word = f"zq{n:03d}w"
    texts = {
        "line": word, "text": f"{word} phrase", "url": f"https://{word}.example", "mail": f"{word}@exemple.example",
        "phone": f"02 555 0{n:03d}", "date": f"19{n % 90 + 10}", "code": f"9{n:04d}", "reference": f"F-2014-{n:03d}",
        "node": "a",
    }  # fmt: skip
    if q.kind in texts:
        return texts[q.kind], texts[q.kind]
    if q.kind in ("integer", "amount", "year"):
        value = 1900 + n if q.kind == "year" else 70_000 + n
        return value, str(value) if q.kind == "year" else f"70 {n:03d}"
    if q.kind == "lines":
        return [word], word
    if q.kind in ("tick", "yesno"):
        return True, WORDS.get(key, "")
    if q.kind == "picture":
        return None, ""
    codes = [c for c in terms(q.vocabulary) if c not in ("AUT", "BE", "inconnu", "aucun", "exact")]
    chosen = {
        "structure_porteuse.pays": "FR", "territoire.pays": "FR", "bilan.degre_vise": "P6", "bilan.degre_reel_min": "P1",
        "bilan.degre_reel_max": "P4", "gouvernance.schema.mode": "genere", "bilan.citoyens.precision": "environ",
        "bilan.cout.devise": "EUR", "bilan.temoignages.consentement.statut": "oui", "langue": "fr", "photos.consentement": "oui",
        "consentements.publication": "publique",
    }.get(key, codes[n % len(codes)])  # fmt: skip
    if q.kind == "choices":
        pair = [codes[n % len(codes)], codes[(n + 1) % len(codes)]]
        return pair, label(q.vocabulary, pair[1], "fr")
    return chosen, label(q.vocabulary, chosen, "fr")


def full() -> dict:
    """A document with an answer to every question, each of them once."""
    content = blank()
    for key, q in questions.leaves().items():
        if q.kind == "items":
            item = {"id": "a"}
            for f in q.fields:
                put(item, f.key, typed(f"{key}.{f.key}", f)[0])
            put(content, key, [item])
        else:
            put(content, key, typed(key, q)[0])
    first = content["gouvernance"]["schema"]["noeuds"][0]
    content["gouvernance"]["schema"]["noeuds"].append({"id": "b", "nom": "Commune", "citoyen": False})
    content["gouvernance"]["schema"]["liens"] = [
        {
            "id": "l",
            "de": first["id"],
            "a": "b",
            "nature": typed("gouvernance.schema.liens.nature", Question("nature", "line", ""))[0],
        }
    ]
    content["bilan"]["temoignages"][0]["consentement"]["usages"] = ["intranet", "catalogue"]
    checked, errors = load(content)
    assert errors == {}
    return checked


@pytest.fixture(scope="module")
def full_text(app, child):
    """(what one reads of the full fiche in lower case, its alternatives)."""
    with writing():
        adopt(full(), owner=None, number="F-2099-001", state="RET")
    data = made("D1", child, fiche=find("F-2099-001")).data
    return text_of(data).lower(), alternatives(data).lower()


@pytest.mark.parametrize("key", [k for k, _q in answers() if k not in UNTOLD])
def test_every_answer_is_printed(key, full_text):
    _value, expected = typed(key, dict(answers())[key])
    assert expected
    where = full_text[1] if key == "gouvernance.schema.alternative" else full_text[0]
    assert " ".join(expected.lower().split()).replace("-", "") in where.replace("-", "")


def test_what_was_not_answered_is_not_found(full_text):
    assert "zq999w" not in full_text[0] + full_text[1]


def test_what_is_untold_is_still_asked():
    assert set(UNTOLD) <= {k for k, _q in answers()}


def test_no_field_is_named_in_the_templates_of_a_fiche(app):
    sources = [
        app.jinja_env.loader.get_source(app.jinja_env, f"print/{name}.html")[0] for name in ("fiche", "d1")
    ]
    text = re.sub(r"\{#.*?#\}", "", "".join(sources), flags=re.S)
    named = {key.rpartition(".")[2] for key in questions.leaves() if len(key.rpartition(".")[2]) > 3}
    found = {name for name in named if re.search(rf"\b{name}\b", re.sub(r"_\('.*?'\)|'[a-z_]+', ", "", text))}
    assert found == set()
    assert re.search(r"\btitre\b", "c.titre")  # the control: it would be seen


@pytest.mark.parametrize(
    ("question", "value", "seen"),
    [
        (Question("nouvelle", "text", "Nouvelle rubrique"), "Un mot tout neuf.", "Nouvelle rubrique Un mot tout neuf."),
        (Question("nouvelle", "choices", "Nouvelle rubrique", vocabulary="secteur"), ["LOG"], "Nouvelle rubrique Logement"),
        (Question("nouvelle", "yesno", "Nouvelle rubrique"), True, "Nouvelle rubrique oui"),
        (Question("nouvelle", "integer", "Nouvelle rubrique"), 0, "Nouvelle rubrique 0"),
        (Question("nouvelle", "items", "Nouvelle rubrique", fields=(Question("a", "line", "A"), Question("b", "integer", "B"))), [{"id": "x", "a": "tout neuf", "b": 12}], "tout neuf (12)"),
        (Question("nouvelle", "block", "Nouvelle rubrique", fields=(Question("nouvelle.a", "line", "Un bord"),)), {"a": "tout neuf"}, "Un bord tout neuf"),
    ],
    ids=lambda x: x.kind if isinstance(x, Question) else "",
)  # fmt: skip
def test_a_field_that_is_added_is_printed(own, child, field, question, value, seen):
    before = text_of(made("D1", child, fiche=find("F-2016-002")).data)
    field(question, "public")
    change("F-2016-002", nouvelle=value)
    after = text_of(made("D1", child, fiche=find("F-2016-002")).data)
    assert seen in after
    assert seen not in before


# ------------------------------------------------------------------------------------- what stays out of it


def secret() -> dict:
    """A document whose private answers are words that nothing else says."""
    content = full()
    content["contact"] = {
        "nom": "Zsecreta",
        "fonction": "Zsecretb",
        "courriel": "zsecretc@exemple.example",
        "telephone": "02 999 99 99",
        "publier": False,
    }
    content["biennale"]["besoins_acces"] = "Zsecretd"
    quote = content["bilan"]["temoignages"][0] | {
        "texte": "Zsecrete",
        "prenom": "Zsecretf",
        "nom_affiche": "Zsecretg",
        "contexte": "Zsecreth",
    }
    refused = copy.deepcopy(quote) | {"id": "b"}
    content["bilan"]["temoignages"] = [quote, refused]
    quote["consentement"] = {
        "statut": "attente",
        "forme": None,
        "date": None,
        "usages": ["intranet", "catalogue"],
    }
    refused["consentement"] = {"statut": "oui", "forme": "ecrit", "date": None, "usages": ["presse"]}
    content["photos"] = [
        {
            "id": "p",
            "fichier": None,
            "legende": "Zsecreti",
            "alternative": "Zsecretj",
            "credit": None,
            "personnes_reconnaissables": True,
            "consentement": "non",
        }
    ]
    return content


SECRETS = [*(f"zsecret{c}" for c in "abcdefghij"), "999 99 99"]


def test_what_is_private_is_nowhere_in_the_file(own, child):
    with writing():
        adopt(secret(), owner=None, number="F-2099-002", state="RET")
    built = made("D1", child, fiche=find("F-2099-002"))
    found = everything(built.data).lower().replace("\u00a0", " ")
    assert [word for word in SECRETS if word in found] == []
    assert "coordonnées non publiées" in found
    assert "2 témoignages" in found
    assert built.notes == [
        "2 citations sans accord pour cet usage restent hors du PDF.",
        "1 photo sans accord pour cet usage reste hors du PDF.",
    ]


def test_the_finder_finds(own, child):
    """The control: the same words, where they may be printed."""
    content = secret()
    content["contact"]["publier"] = True
    for quote in content["bilan"]["temoignages"]:
        quote["consentement"] = {"statut": "oui", "forme": "ecrit", "date": None, "usages": ["intranet"]}
    content["photos"][0]["consentement"] = "oui"
    with writing():
        adopt(content, owner=None, number="F-2099-003", state="RET")
    found = everything(made("D1", child, fiche=find("F-2099-003")).data).lower().replace("\u00a0", " ")
    never = {"zsecretd", "zsecretf"}  # access needs and the first name, whatever was agreed
    assert {word for word in SECRETS if word not in found} == never


@pytest.mark.pdf
def test_a_quote_for_inside_stays_out_of_the_dossier(own, child):
    quotes = [
        {"id": "a", "texte": "Zdedans parle.", "consentement": {"statut": "oui", "usages": ["intranet"]}},
        {
            "id": "b",
            "texte": "Zdehors parle.",
            "consentement": {"statut": "anonyme", "usages": ["intranet", "catalogue"]},
        },
    ]
    change("F-2016-002", bilan__temoignages=quotes)
    alone, dossier = made("D1", child, fiche=find("F-2016-002")), d3(child)
    assert "Zdedans" in everything(alone.data)
    assert "Zdehors" in everything(alone.data)
    assert "Zdedans" not in everything(dossier.data)
    assert "Zdehors" in everything(dossier.data)


# ------------------------------------------------------------------------------------------ what is missing


def test_a_gap_is_told_where_the_answer_would_be_and_at_the_end_where_there_is_no_such_place(own, child):
    reasons = {
        "bilan.impact": "Zraison une.",
        "contact": "Zraison deux.",
        "bilan.citoyens.depuis_le_debut": "Zraison trois.",
        "rubrique_perdue": "Zraison quatre.",
    }
    change(
        "F-2016-002",
        contact={},
        bilan__impact=None,
        bilan__citoyens__depuis_le_debut=None,
        bilan__temoignages=[],
        donnees_manquantes=reasons,
    )
    text = text_of(made("D1", child, fiche=find("F-2016-002")).data)
    end = text.index("Ce qui manque encore")
    assert text.count("Zraison") == 4
    assert text.index("Zraison une") < end
    assert text.index("Zraison trois") < end
    assert "Contact : Zraison deux." in text[end:]
    assert "Zraison quatre." in text[end:]


def test_a_reason_beside_an_answer_is_out_of_date(own, child):
    change("F-2016-002", donnees_manquantes={"titre": "Zraison", "bilan.impact": "Zraison"})
    assert "Zraison" not in text_of(made("D1", child, fiche=find("F-2016-002")).data)


# --------------------------------------------------------------------------------------------- languages


def test_the_words_of_a_fiche_are_its_own(app, child):
    text = text_of(made("D1", child, fiche=find("F-2016-003")).data)
    assert "Sociaal werk" in text
    assert "Action sociale" not in text
    other = text_of(made("D1", child, fiche=find("F-2016-003"), lang="fr").data)
    assert "Action sociale" in other
    assert "Sociaal werk" not in other
    assert "Buren koken elke week samen" in text
    assert "Buren koken elke week samen" in other


def test_our_words_say_their_language_inside_another(app, monkeypatch):
    """Where a language has no words of ours yet, they are French and say so."""
    monkeypatch.setattr(pages, "written", lambda: {"fr"})
    sheet = pages.printed(find("F-2016-003"), "intranet")
    assert sheet.words_in == "fr"
    html = pages.fiche_html(sheet, current_edition(), "x", pages.today())
    assert '<article class="fiche" id="F-2016-003" lang="nl"' in html
    assert re.search(r'<h2 class="lab" lang="fr">', html)
    french = pages.fiche_html(pages.printed(find("F-2016-002"), "intranet"), None, "x", pages.today())
    assert 'class="lab" lang' not in french


def test_arabic_is_set_from_right_to_left(own, child):
    change("F-2016-002", titre="حديقة على السطح", objectifs=["حديقة الحي"], descriptif="نزرع معا كل أسبوع.")
    built = made("D1", child, fiche=find("F-2016-002"))
    html = pages.fiche_html(pages.printed(find("F-2016-002"), "intranet"), None, "x", pages.today())
    assert html.count('dir="rtl"') == 3
    for word in ("حديقة", "أسبوع"):
        assert word in text_of(built.data)


# ------------------------------------------------------------------------------------------- the dossier


@pytest.fixture(scope="module")
def dossier(app, child):
    """The dossier of the demonstration, and the page on which each fiche begins, found by its head."""
    built = d3(child)
    starts = {}
    for page in range(1, built.pages + 1):
        for number in re.findall(
            r"(F-\d{4}-\d{3}) – (?:Fiche d’action|Actiefiche)", text_of(built.data, page)
        ):
            starts[number] = page
    return built, starts


@pytest.fixture(scope="module")
def dutch(app, child) -> bytes:
    """The same dossier with our words in Dutch."""
    return d3(child, "nl").data


PRINTED = ["F-2016-002", "F-2016-003", "F-2016-008", "F-2016-009", "F-2016-011"]


def test_it_holds_the_fiches_that_may_be_printed_and_no_other(dossier):
    built, starts = dossier
    assert list(starts) == PRINTED
    assert built.fiches == [find(number).id for number in PRINTED]


@pytest.mark.pdf
def test_fiches_that_lose_their_agreement_leave_it(own, child):
    change("F-2016-002", consentements__accord_structure=False, titre="Zpapote")
    change("F-2016-008", consentements__publication="interne", titre="Zdedans")
    with writing():
        find("F-2016-009").state = "ANN"
        find("F-2016-011").state = "PLT"
    built = d3(child)
    assert built.fiches == [find("F-2016-003").id]
    assert "« Zpapote » : accord à demander. La fiche n’est pas imprimée." in built.notes
    assert "« Zdedans » : sa structure la garde dans cet outil. La fiche n’est pas imprimée." in built.notes
    found = everything(built.data)
    assert [word for word in ("Zpapote", "Zdedans", "Notre cour", "tu m'apprends") if word in found] == []
    assert "Soepketel" in found


def test_an_edition_without_fiches_says_so(own, child):
    with writing():
        for number in PRINTED:
            find(number).state = "SOU"
    with pytest.raises(NotMade, match="Aucune fiche de cette édition"):
        d3(child)


def lines(data: bytes, page: int) -> list[str]:
    return [" ".join(line.split()) for line in text_of(data, page, layout=True).splitlines()]


def test_the_contents_give_the_page_on_which_each_title_stands(dossier):
    built, starts = dossier
    page = next(p for p in range(1, 9) if "Contenu" in lines(built.data, p)[:8])
    found = dict(re.findall(r"^(F-\d{4}-\d{3}) .*?[ .]+(\d+)$", "\n".join(lines(built.data, page)), re.M))
    assert {number: int(at) for number, at in found.items()} == starts
    for title in ("Lettre", "Les cinq actions", "Programme", "Index", "Pratique", "Merci"):
        at = next(
            int(m[1]) for line in lines(built.data, page) if (m := re.fullmatch(rf"{title}[ .]+(\d+)", line))
        )
        # What thanks goes on below the practical part; all others begin a page.
        assert title in lines(built.data, at)[: None if title == "Merci" else 8]


def test_every_link_leads_to_the_page_that_is_printed_beside_it(dossier):
    import pikepdf

    built, starts = dossier
    leading = set()
    with pikepdf.open(io.BytesIO(built.data)) as document:
        place = {page.objgen: n for n, page in enumerate(document.pages, 1)}
        targets = _destinations(document)
        for n, page in enumerate(document.pages, 1):
            links = [(_target(link), link["/Rect"]) for link in page.get("/Annots", [])]
            words = _boxes(built.data, n) if any(name for name, _rect in links) else []
            for name, rect in links:
                if name:
                    leading.add((n, name, round(float(rect[1]))))  # a link has a box for each of its pieces
                    at = place[targets[name][0].objgen]
                    assert at == starts.get(name, at)
                    assert _inside(words, rect, float(page.mediabox[3]))[-1] == str(at)
    named = sum(
        len(find(number).content[key])
        for number in PRINTED
        for key in ("secteurs", "milieux", "determinants")
    )
    recommended = published.recommendations(current_edition())
    supporting = sum(f.number in PRINTED for row in recommended for f in published.fiches(row))
    assert supporting > 3
    brought = sum(len(get(find(number).content, "biennale.formats")) for number in PRINTED)
    assert len(leading) == 11 + len(PRINTED) + named + 2 * len(PRINTED) + supporting + brought


def _target(link) -> str:
    return str(link.get("/Dest") or (link.get("/A") or {}).get("/D") or "")


def _destinations(document) -> dict:
    import pikepdf

    return {
        str(k): v.get("/D") if isinstance(v, pikepdf.Dictionary) else v
        for k, v in pikepdf.NameTree(document.Root.Names.Dests).items()
    }


def _boxes(data: bytes, page: int) -> list[tuple[float, float, str]]:
    """(x, y from the top, word) of the middle of each word of a page, in reading order."""
    run = subprocess.run(
        ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), "-", "-"],
        input=data,
        capture_output=True,
        check=True,
    )
    word = re.compile(
        r'<word xMin="([0-9.-]+)" yMin="([0-9.-]+)" xMax="([0-9.-]+)" yMax="([0-9.-]+)">(.*?)</word>'
    )
    found = [(*map(float, w[:4]), w[4]) for w in word.findall(run.stdout.decode())]
    return [((x0 + x1) / 2, (y0 + y1) / 2, text) for x0, y0, x1, y1, text in found]


def _inside(words, rect, height: float) -> list[str]:
    x0, y0, x1, y1 = (float(v) for v in rect)
    top, bottom = height - max(y0, y1), height - min(y0, y1)
    return [
        text for x, y, text in sorted(words) if min(x0, x1) <= x <= max(x0, x1) + 12 and top <= y <= bottom
    ]


def test_the_index_names_each_sector_with_its_fiches_and_those_still_without(dossier):
    built, _starts = dossier
    page = next(p for p in range(built.pages, 0, -1) if "Encore sans fiche" in text_of(built.data, p))
    before, _said, after = text_of(built.data, page).replace("-", "").partition("Encore sans fiche")
    before, after = before.split("Secteurs")[1], after.split("Milieux de vie")[0]
    used = {c for number in PRINTED for c in find(number).content["secteurs"]}
    assert len(used) > 5
    for code in set(terms("secteur")) - {"AUT"}:
        words = label("secteur", code).replace("-", "")
        assert (words in before, words in after) == (code in used, code not in used)


def test_headings_go_down_one_level_at_a_time(app, dossier):
    order = Order("D3", "x", edition=current_edition())
    sheets = [pages.printed(f, "catalogue") for f in order.chosen.fiches]
    made = edition.EditionPages(current_edition(), sheets, "fr", pages.today(), 9)
    levels = [int(n) for n in re.findall(r"<h([1-6])\b", edition.edition_html(made, "x"))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))


def test_the_bookmarks_are_the_parts_and_the_fiches(dossier):
    import pikepdf

    with pikepdf.open(io.BytesIO(dossier[0].data)) as document, document.open_outline() as outline:
        tree = [(item.title, [child.title for child in item.children]) for item in outline.root]
    names = [title for title, _children in tree]
    assert [n.partition(" ")[2] or n for n in names[1:]] == [
        "Lettre",
        "Les cinq actions",
        "Comité de pilotage",
        "Groupes de travail",
        "Programme",
        "Contenu",
        "fiches",
        "Recommandations",
        "Index",
        "Chiffres",
        "Pratique",
        "Merci",
    ]
    inside = dict(tree)["Les fiches"]
    assert [title.split(" – ")[0] for title in inside] == PRINTED
    assert sum(len(children) for _title, children in tree) == len(PRINTED)


def test_the_cover_says_what_when_and_how_many(dossier):
    cover = text_of(dossier[0].data, 1)
    assert "Ensemble pour la santé" in cover
    assert "Dossier de la biennale 2017" in cover
    assert "16 – 17 novembre 2017, Namur" in cover
    assert "établie par Anne-Marie Lhoest" in cover
    assert "5 fiches sur 9 reçues" in cover
    assert "Cinq formes autour d’une table" in alternatives(dossier[0].data)


def test_the_programme_is_what_fiches_bring_and_the_practical_part_what_the_edition_knows(own, dossier):
    """Who comes without a form and who may come are told apart; what they need to come is the secretariat's alone."""
    change("F-2016-008", biennale__formats=[])
    change("F-2016-009", biennale__presence="peut_etre")
    change("F-2016-011", biennale__presence=None)
    sheets = [pages.printed(find(n), "catalogue") for n in PRINTED]
    rows = {
        form: [(f.number, spoken) for f, spoken in some] for form, some in programme.brought(sheets, "fr")
    }
    assert rows == {
        "Stand au marché des initiatives": [("F-2016-002", "français, arabe"), ("F-2016-003", "français, néerlandais")],
        "Atelier": [("F-2016-002", "français, arabe")],
        "Repas, cuisine partagée": [("F-2016-003", "français, néerlandais")],
        "Forme à préciser": [("F-2016-008", "français")],
        "Peut-être": [("F-2016-009", "français")],
    }  # fmt: skip
    assert (
        "Viennent\u00a0: 3. Peut-être\u00a0: 1. Ne viennent pas\u00a0: 0. Sans réponse\u00a0: 1."
        in programme.base(sheets)
    )
    assert dict(programme.practical(current_edition()))["Quand"] == [
        "16\u00a0–\u00a017\u00a0novembre\u00a02017"
    ]
    before = Order("D3", "x", edition=current_edition()).content
    with writing():
        current_edition().starts = current_edition().place = None
        current_edition().calls[0].title = "Appel zzprolongé"
    assert Order("D3", "x", edition=current_edition()).content != before
    told = dict(programme.practical(current_edition()))
    assert told["Quand"] == told["Où"] == []
    assert "zzprolongé" in told["Appel à fiches"][0]
    assert "Pour toute question" not in told  # nobody is named here
    own.config["CONTACT_NAME"] = "Le secrétariat"
    assert dict(programme.practical(current_edition()))["Pour toute question"] == ["Le secrétariat"]
    page = next(
        text for n in range(1, 9) if "apporter à la biennale" in (text := text_of(dossier[0].data, n))
    )
    assert re.search(r"Je t'apprends, tu m'apprends, \d+ \(français\)", page.replace("’", "'"))
    assert "boucle auditive" not in text_of(dossier[0].data)


@pytest.mark.pdf
def test_long_titles_stay_on_the_cover(own, child):
    with writing():
        current_edition().title = (
            "Une très longue biennale de la santé, du mieux-être et de la vie bonne pour toutes et tous " * 2
        )
        current_edition().letter = "# Chers amis\n\n### Une nouvelle\n\nUne **lettre** en Markdown : <script>x</script>\n\n* un\n* deux"
    change("F-2016-002", titre="Un titre qui n’en finit pas, " * 8)
    built = d3(child)
    cover, letter = text_of(built.data, 1), text_of(built.data, 2)
    assert cover.count("Une très longue biennale") == 2
    assert "5 fiches sur 9" in cover
    assert "<script>x</script>" in letter
    assert "**" not in letter


@pytest.mark.pdf
def test_a_language_may_be_chosen_for_all(dutch):
    text = text_of(dutch)
    assert "Belangenbehartiging" in text
    assert "Aan verkozenen tonen" in text
    assert "Rassemblement autour" not in text  # a group may be called after an action: its name is its own
    assert "Des habitantes marchent ensemble" in text


# ------------------------------------------------------------------------------------- hostile and heavy


HOSTILE = "</style><script>alert(1)</script> {{7*7}} {% raw %} 🌱👩‍🌾 حديقة fin"


@pytest.mark.pdf
def test_hostile_texts_print_as_they_are(own, child):
    with writing():
        fiche = find("F-2016-002")
        content = copy.deepcopy(fiche.content)
        for key, q in questions.leaves().items():
            if q.kind in ("line", "text"):
                put(content, key, HOSTILE)
            elif q.kind == "lines":
                put(content, key, [HOSTILE])
            elif q.kind == "items":
                for item in get(content, key):
                    item |= {f.key: HOSTILE for f in q.fields if f.kind in ("line", "text")}
        content["descriptif"] = ("Un texte long. " * 1400)[:20_000]
        content["resume"] = content["objectifs"][0] = HOSTILE + "W" * 5000
        store(fiche, content, None, None)
    for built in (made("D1", child, fiche=find("F-2016-002")), d3(child)):
        text = text_of(built.data)
        assert built.notes == [n for n in built.notes if "Une page tient sa place" not in n]
        assert "</style><script>alert(1)</script> {{7*7}} {% raw %}" in text
        assert text.count("Un texte long.") > 1300
        assert "[?]" not in text


HEAVY = [f"Ligne {n}. " + "Des mots qui prennent de la place. " * 60 for n in range(60)]


@pytest.mark.pdf
def test_a_fiche_that_is_too_much_is_replaced_by_a_page_and_the_rest_comes_out(own, child, monkeypatch):
    change("F-2016-008", perspectives=HEAVY)
    monkeypatch.setattr(building, "limits", lambda n: Limits(pages=30))
    monkeypatch.setattr(building, "ALONE", Limits(pages=8))
    seen = []
    order = Order("D3", "x", edition=find("F-2016-008").call.edition)
    built = building.build(order, lambda done, total, stage: seen.append(stage), child)
    text = text_of(built.data)
    assert len(built.fiches) == 5
    assert [n for n in built.notes if "Une page tient sa place" in n] == [
        "« Mon dos compte » : Le document a trop de pages et n’a pas été mis en page. Faites plusieurs documents plus courts. Une page tient sa place."
    ]
    assert "Fiche non imprimée" in text
    assert "Ligne 3." not in text
    assert "Les pas du quartier" in text
    assert "search" in seen


@pytest.mark.pdf
@pytest.mark.long
def test_one_that_never_ends_is_stopped_and_replaced(own, child, monkeypatch):
    """As if escaping had failed: the fence and the limits are what is left."""
    plain = pages.piece

    def endless(sheet, level, first=""):
        made = plain(sheet, level, first)
        return (
            made + type(made)(next(iter(ENDLESS.values())))
            if sheet.number == "F-2016-009" and not sheet.standin
            else made
        )

    monkeypatch.setattr(pages, "piece", endless)
    monkeypatch.setattr(edition, "piece", endless)
    monkeypatch.setattr(building, "limits", lambda n: Limits(cpu=5, wall=60))
    monkeypatch.setattr(building, "ALONE", Limits(cpu=3, wall=60))
    built = d3(child)
    assert any(
        n.startswith("« Notre cour, nos règles » : La mise en page a pris trop de temps") for n in built.notes
    )
    assert "Je t'apprends" in text_of(built.data)
    with pytest.raises(NotMade, match=r"« Notre cour, nos règles » : La mise en page a pris trop de temps"):
        made("D1", child, fiche=find("F-2016-009"))


@pytest.mark.pdf
def test_a_dossier_that_is_too_much_as_a_whole_says_so(own, child, monkeypatch):
    monkeypatch.setattr(building, "limits", lambda n: Limits(pages=3))
    with pytest.raises(NotMade, match="trop de pages"):
        d3(child)


# --------------------------------------------------------------------------------------------------- keys


def test_the_key_is_that_of_what_is_printed(own, monkeypatch):
    def key(**what):
        return Order("D1", "x", fiche=find("F-2016-002"), **what).key

    first = key()
    assert key() == first
    assert key(lang="nl") != first
    assert key(who="somebody") != first
    change("F-2016-002", titre="Autrement")
    second = key()
    assert second != first
    monkeypatch.setattr(pages, "today", lambda: pages.date(2017, 1, 1))
    assert key() not in (first, second)
    assert (
        Order("D1", "x", fiche=find("F-2016-002")).content
        == Order("D1", "y", fiche=find("F-2016-002"), lang="nl").content
    )


def test_the_key_knows_templates_styles_fonts_and_code(tmp_path):
    for part in (
        "templates/print",
        "static/print/css",
        "static/print/fonts",
        "adapters/pdf",
        "blueprints/dossiers",
    ):
        (tmp_path / part).mkdir(parents=True)
    files = (
        "templates/print/d3.html",
        "static/print/css/print.css",
        "static/print/fonts/a.ttf",
        "adapters/pdf/text.py",
        "blueprints/dossiers/pages.py",
    )
    seen = {keys.digest_of(tmp_path)}
    for name in files:
        (tmp_path / name).write_text("x")
        seen.add(keys.digest_of(tmp_path))
    assert len(seen) == 1 + len(files)
    (tmp_path / "templates/print/notes.txt").write_text("x")
    assert keys.digest_of(tmp_path) in seen  # the control: what does not count
    assert keys.made_with() not in seen


def test_edition_texts_are_part_of_the_content(own):
    before = dossiers.digest([], current_edition())
    with writing():
        current_edition().thanks = "Merci encore."
    assert dossiers.digest([], current_edition()) != before


def test_who_sits_is_printed_and_not_who_has_an_account_for_it(own, dossier):
    """The committee of the dossier is that of its seats, by role; the groups are open ones at work."""
    from models.circles import CHAIR, OBSERVER, SECRETARY, circle_by_code, seat_here
    from models.editions import current_edition
    from models.seating import end_seat, take_seat

    committee, chair, reader = circle_by_code("COPIL"), person("chair"), person("reader")
    stranger = person("outsider")
    before = dossiers.digest([], current_edition())
    with writing():
        end_seat(seat_here(committee, chair.id), None)  # keeps the account of who presides
        take_seat(committee, stranger, None, role=SECRETARY)
        take_seat(committee, reader, None, role=OBSERVER)
        circles.circle("ZFERME", (chair, CHAIR), title="Groupe zzferme", closed=True)
        circles.circle("ZFINI", (chair, CHAIR), title="Groupe zzfini").ended_at = now()
        circles.circle("ZZE", (stranger, CHAIR), title="Groupe zzouvert", mandate="Un mandat " * 60)
    assert dossiers.digest([], current_edition()) != before
    [(title, rows)] = edition.seats_in_words(dossiers.committees())
    assert title == committee.title
    assert [role for _name, _house, role in rows][:2] == ["Secrétariat"] * 2
    names = [name for name, _house, _role in rows]
    assert stranger.name in names
    assert not {chair.name, reader.name} & set(names)
    groups = {
        name: (mandate, leads) for name, mandate, leads in edition.groups_in_words(dossiers.working_groups())
    }
    assert not [name for name in groups if "zzf" in name]
    assert groups["Groupe zzouvert"][1] == stranger.name
    assert len(groups["Groupe zzouvert"][0]) <= edition.MANDATE + 1
    # On paper, in the order of the domain document.
    text = " ".join(text_of(dossier[0].data).split())
    said = ("Celles et ceux qui lisent", "Présidence ou animation", "Groupes de travail", "Animation", "Les pas du quartier", "RC-2016-01", "Adoptée par D-2016-02", "Encore sans fiche")  # fmt: skip
    at = [text.find(words, text.find("Celles et ceux qui lisent")) for words in said]
    assert -1 not in at
    assert at == sorted(at)


def test_the_help_of_the_actions_and_the_order_of_the_index_follow_the_language(own):
    sheets = [pages.printed(find(n), "catalogue", "nl") for n in PRINTED]
    helps = {}
    for lang in ("fr", "nl", "de", "en"):
        made = edition.EditionPages(current_edition(), sheets, lang, pages.today(), 9)
        helps[lang] = [a["help"] for a in made.actions]
        assert all(helps[lang])
        for index in made.indexes():
            words = [fold(name) for name, _items in index.rows]
            assert words == sorted(words)
    assert len({tuple(said) for said in helps.values()}) == 4


# ------------------------------------------------------------------------------------------- accessibility


@pytest.fixture(scope="module")
def checked(app, child, dossier, dutch, tmp_path_factory):
    """Every sample fiche, the dossier, a page that stands for a fiche; and one without tags, as a control."""
    import pikepdf

    folder = tmp_path_factory.mktemp("checked")
    for number in SAMPLES:
        (folder / f"{number}.pdf").write_bytes(made("D1", child, fiche=find(number)).data)
    (folder / "D3.pdf").write_bytes(dossier[0].data)
    (folder / "D3-nl.pdf").write_bytes(dutch)
    stands = replace(pages.printed(find("F-2016-002"), "intranet"), standin="Trop long.")
    (folder / "standin.pdf").write_bytes(
        child.render(pages.fiche_html(stands, None, "x", pages.today())).data
    )
    with pikepdf.open(folder / "F-2016-002.pdf") as document:
        del document.Root["/StructTreeRoot"], document.Root["/MarkInfo"]
        document.save(folder / "untagged.pdf")
    return folder


@pytest.mark.pdf
def test_every_pdf_is_accessible(checked):
    try:
        said = pdfcheck(*sorted(checked.glob("*.pdf")))
    except Unavailable as missing:
        pytest.skip(f"veraPDF needs: {missing}")
    verdicts = [line for line in said if line.startswith(("FAIL", "ERROR"))]
    assert len(verdicts) == 1, verdicts
    assert "untagged.pdf" in verdicts[0]  # the control


@pytest.mark.pdf
def test_every_pdf_is_sound(checked, tmp_path):
    cut = tmp_path / "cut.pdf"
    cut.write_bytes((checked / "D3.pdf").read_bytes()[:50_000])
    files = [*sorted(checked.glob("*.pdf")), cut]
    codes = {f.name: subprocess.run(["qpdf", "--check", f], capture_output=True).returncode for f in files}
    assert codes.pop("cut.pdf") != 0  # the control
    assert set(codes.values()) == {0}


@pytest.mark.pdf
def test_longer_words_do_not_cost_a_page(app, child):
    """German labels take more lines than French ones."""
    assert made("D1", child, fiche=find("F-2016-002"), lang="de").pages == 2


@pytest.mark.pdf
def test_ordinary_fiches_take_two_pages(checked):
    counts = {n: text_of((checked / f"{n}.pdf").read_bytes()).count("Édition de travail du") for n in SAMPLES}
    longer = {n for n, count in counts.items() if count > 2}
    assert longer <= {"F-2016-001", "F-2016-005"}  # one of 13,000 signs, one with seven components
    assert get(find("F-2016-005").content, "descriptif")
