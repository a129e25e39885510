"""The declaration itself; and a field that is added to it arrives everywhere with no other change.

A question of each kind is declared in a test, alone, in a block and in the items of a group. Form, reading page,
paper, JSON, export and import, merge, choice page, history, facets and search must then know it.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from flask import render_template_string

from models.fiche import exchange, questions
from models.fiche.content import blank, get, load, normal, put
from models.fiche.facets import facets_of
from models.fiche.fiche import find
from models.fiche.kinds import KINDS
from models.fiche.merge import merge
from models.fiche.posting import Posted, write
from models.fiche.question import BLOCKS, Question
from models.fiche.reading import Sheet, every_picture
from models.fiche.saving import Op, save
from models.store import new_id
from models.vocabularies import terms, vocabularies
from tests.support import cast
from tests.support.answers import ANSWERS, declared

NUMBER = "F-2016-002"  # retained: its author, Nadia, may go on writing
PART = "objectifs"


@dataclass
class Case:
    """One kind: what a person types, what is stored, what is read back; another answer; what is merged of both."""

    kind: str
    typed: object
    stored: object
    shown: str
    other: object
    merged: object = None
    more: dict = field(default_factory=dict)


SECTORS = {"vocabulary": "secteur"}
CASES = [
    Case("line", "Les mardis", "Les mardis", "Les mardis", "Les jeudis"),
    Case("text", "Un.\n\nDeux.", "Un.\n\nDeux.", "Deux.", "Trois."),
    Case("integer", "1 200", 1200, "1 200", 7),
    Case("year", "1998", 1998, "1998", 1999),
    Case("amount", "2.400,50", 2400.5, "2 400,50", 3.0),
    Case("date", "21/04/2016", "2016-04-21", "21 avril 2016", "2016-05"),
    Case("mail", "a@passerelle.example", "a@passerelle.example", "a@passerelle.example", "b@passerelle.example"),
    Case("phone", "02 555 01 00", "02 555 01 00", "02 555 01 00", "02 555 01 01"),
    Case("url", "passerelle.example/x", "https://passerelle.example/x", "https://passerelle.example/x", "https://a.example"),
    Case("code", "2a004", "2A004", "2A004", "21012"),
    Case("reference", "f-2016-003", "F-2016-003", "F-2016-003", "F-2016-009"),
    Case("choice", "SAN", "SAN", "Santé", "SOC", more=SECTORS),
    Case("choices", ["SAN", "SOC"], ["SOC", "SAN"], "Santé", ["EDU"], merged={"SAN", "SOC", "EDU"}, more=SECTORS),
    Case("tick", True, True, "", False),
    Case("yesno", "non", False, "non", True),
    Case("lines", ["Marcher"], ["Marcher"], "Marcher", ["Courir"], merged={"Marcher", "Courir"}),
    Case("picture", None, None, "", None),
    Case("node", None, None, "", None),
]  # fmt: skip
BY_KIND = {c.kind: c for c in CASES}
ANSWERED = [c for c in CASES if c.typed is not None]


@pytest.fixture(autouse=True)
def fresh_pieces():
    from blueprints import fragments

    fragments.forget()
    yield
    fragments.forget()


def question(case: Case, key: str = "essai") -> Question:
    return Question(
        key, case.kind, "Essai neuf", "Votre essai neuf ?", help="Une aide neuve.", one="Ligne", **case.more
    )


def alone(case: Case) -> tuple[Question, str, str]:
    """(what is declared, the key of its answer, the name of its input)."""
    return question(case), "essai", "essai"


def in_block(case: Case) -> tuple[Question, str, str]:
    return (
        Question("essais", "block", "Essais", "Vos essais ?", fields=(question(case, "essais.un"),)),
        "essais.un",
        "essais.un",
    )


def _places() -> Iterator[Any]:
    """Every kind alone; in a block those of which one is written as one value, one as several."""
    for case in ANSWERED:
        for where in (alone, in_block):
            rare = where is in_block and case.kind not in ("text", "choices")
            yield pytest.param(
                case, where, id=f"{case.kind}-{where.__name__}", marks=[pytest.mark.long] * rare
            )


EVERY_KIND = pytest.mark.parametrize(("case", "where"), list(_places()))


def words_of(page) -> str:
    """What a person reads on a page, on one line, any blank as a plain one."""
    main = page.text.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.fixture
def nadia(client_of):
    return client_of("contributor")


def ref_of(app) -> str:
    with app.app_context():
        return find(NUMBER).id


def content_of(app) -> dict:
    with app.app_context():
        return normal(find(NUMBER).content)


def test_every_kind_has_a_case():
    """Control: a new kind cannot slip past."""
    assert {c.kind for c in CASES} == set(KINDS) - {"items"} == set(ANSWERS)


@EVERY_KIND
def test_a_new_field_is_asked_saved_and_read(demo_app, nadia, case, where):
    declaration, key, name = where(case)
    with declared(PART, declaration):
        ref = ref_of(demo_app)
        before = nadia.get(f"/fiches/{ref}")
        assert "Essai neuf" not in words_of(before)  # not needed and not answered: nothing to read
        page = nadia.get(f"/fiches/{ref}/edit/{PART}")
        assert "Votre essai neuf ?" in words_of(page)
        assert "Une aide neuve." in words_of(page) or case.kind in ("yesno",)
        saved = nadia.submit(page, {name: case.typed}, button="Garder, continuer plus tard")
        assert saved.status_code == 303
        stored = get(content_of(demo_app), key)
        assert stored == case.stored
        assert type(stored) is type(case.stored)
        read = nadia.get(f"/fiches/{ref}")
        assert "Essai neuf" in words_of(read)
        assert case.shown in words_of(read)
        again = nadia.get(
            f"/fiches/{ref}/edit/{PART}"
        )  # what was typed stands there, and says the same again
        assert nadia.submit(again, {}, button="Garder, continuer plus tard").status_code == 303
        assert get(content_of(demo_app), key) == case.stored
        assert "Essai neuf" in words_of(nadia.get(f"/fiches/{ref}/history"))
        assert "Essai neuf" in words_of(nadia.get(f"/fiches/{ref}/history/2"))
        assert find_rev(demo_app) == 2
    assert "Essai neuf" not in words_of(
        nadia.get(f"/fiches/{ref}/edit/{PART}")
    )  # control: the declaration is as before


@pytest.mark.parametrize("where", [alone, in_block])
def test_a_new_list_of_lines_keeps_all_its_lines(demo_app, nadia, where):
    declaration, key, name = where(BY_KIND["lines"])
    with declared(PART, declaration):
        ref = ref_of(demo_app)
        with demo_app.app_context():
            save(
                ref,
                cast.person("contributor"),
                Op(new_id(), "rev:1", Posted({key: ["Un", "Deux"]}), late=True),
            )
        page = nadia.get(f"/fiches/{ref}/edit/{PART}")
        assert nadia.submit(page, {}, button="Garder, continuer plus tard").status_code == 303
        assert get(content_of(demo_app), key) == ["Un", "Deux"]
        assert (
            nadia.submit(page, {name: ["Un", "Trois", ""]}, button="Garder, continuer plus tard").status_code
            == 303
        )
        assert get(content_of(demo_app), key) == ["Un", "Trois"]


def find_rev(app) -> int:
    with app.app_context():
        return find(NUMBER).rev


@EVERY_KIND
def test_a_new_field_is_on_paper_in_json_in_exports_and_in_lists(demo_app, nadia, case, where):
    declaration, key, _name = where(case)
    with declared(PART, declaration):
        ref = ref_of(demo_app)
        content = content_of(demo_app)
        put(content, key, case.stored)
        token = csrf(nadia, ref)
        form = [*write(content, [key]), ("op_id", str(uuid4())), ("base", "rev:1"), ("csrf_token", token)]
        answer = nadia.post(f"/fiches/{ref}", data=_multi(form), headers={"Accept": "application/json"})
        assert answer.status_code == 201
        assert answer.json["rev"] == 2
        with demo_app.app_context():
            fiche = find(NUMBER)
            assert get(fiche.content, key) == case.stored
            for form_of in ("yaml", "json"):
                (raw,), _images = exchange.parse(exchange.dump([fiche], form_of).encode())
                loaded, errors = load({k: v for k, v in raw.items() if k not in ("code", "statut")})
                assert errors == {}
                assert loaded == normal(fiche.content)
            named = {facet for facet, _code in facets_of(fiche.content)}
            assert (key in named) == (case.kind in ("choice", "choices"))
        with demo_app.test_request_context():
            top = questions.questions()[declaration.key]
            paper = render_template_string(
                "{% from 'reading.html' import read %}{{ read(q, s, m) }}",
                q=top,
                s=Sheet(normal(content)),
                m={"paper": True, "says": ""},
            )
            assert case.shown in " ".join(unescape(re.sub(r"<[^>]+>|\u200b", "", paper)).split())
            assert "Essai neuf" in paper


def csrf(client, ref: str) -> str:
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(f"/fiches/{ref}/edit/titre").text)[1]


def _multi(pairs):
    from werkzeug.datastructures import MultiDict

    return MultiDict(pairs)


@EVERY_KIND
def test_a_new_field_is_merged_as_its_kind_says(demo_app, nadia, case, where):
    declaration, key, _name = where(case)
    with declared(PART, declaration):
        base, mine, theirs = blank(), blank(), blank()
        put(mine, key, case.stored)
        assert merge(base, mine, base).content == mine
        assert merge(base, base, mine).content == mine
        put(theirs, key, case.other)
        merged = merge(base, mine, theirs)
        if case.merged:
            assert merged.conflicts == []
            assert set(get(merged.content, key)) == case.merged
        elif case.kind == "tick":  # not ticked is where both began
            assert get(merged.content, key) is True
        else:
            assert [c.unit for c in merged.conflicts] == [key]
            assert words_on_choice_page(demo_app, nadia, key, case)


def words_on_choice_page(app, client, key, case) -> bool:
    """Two people answer the new field at once: the page shows both."""
    ref = ref_of(app)
    with app.app_context():
        save(ref, cast.person("contributor"), Op(new_id(), "rev:1", Posted({key: case.other}), late=True))
        clash = save(ref, cast.person("contributor"), Op(new_id(), "rev:1", Posted({key: case.stored})))
    page = client.get(f"/fiches/{ref}/choices/{clash.held}")
    return (
        "neuf" in words_of(page)
        and client.submit(page, {radio(page): "mine"}, form="choices").status_code == 303
    )


def radio(page) -> str:
    return re.search(r'name="(choix-[0-9a-f]+)"', page.text)[1]


def test_a_group_with_a_field_of_each_kind(demo_app, nadia):
    """Added, filled in, kept, read, exported, merged."""
    fields = tuple(question(c, c.kind) for c in CASES)
    group = Question("groupe", "items", "Groupe neuf", "Votre groupe neuf ?", one="Élément", fields=fields)
    with declared(PART, group):
        ref = ref_of(demo_app)
        page = nadia.get(f"/fiches/{ref}/edit/{PART}?add=groupe")
        name = re.search(r'name="groupe" value="([^"]+)"', page.text)[1]
        typed = {f"groupe.{name}.{c.kind}": c.typed for c in ANSWERED}
        assert nadia.submit(page, typed, button="Garder, continuer plus tard").status_code == 303
        (item,) = get(content_of(demo_app), "groupe")
        assert item == {"id": name, **{c.kind: c.stored for c in CASES}}
        read = words_of(nadia.get(f"/fiches/{ref}"))
        assert "Groupe neuf" in read
        for case in ANSWERED:
            assert case.shown in read, case.kind
        again = nadia.get(f"/fiches/{ref}/edit/{PART}")
        assert nadia.submit(again, {}, button="Garder, continuer plus tard").status_code == 303
        assert get(content_of(demo_app), "groupe") == [item]
        assert find_rev(demo_app) == 2
        with demo_app.app_context():
            (raw,), _images = exchange.parse(exchange.dump([find(NUMBER)], "yaml").encode())
            assert load({k: v for k, v in raw.items() if k not in ("code", "statut")}) == (
                content_of(demo_app),
                {},
            )
        sides = [normal({"groupe": [{**item, **change}]}) for change in ({}, {"line": "A"}, {"year": 2001})]
        assert get(merge(*sides).content, "groupe")[0] == {**item, "line": "A", "year": 2001}


def test_a_new_picture_is_joined_shown_and_exported(demo_app, nadia):
    with declared(PART, Question("image", "picture", "Image neuve", "Votre image neuve ?")):
        ref = ref_of(demo_app)
        page = nadia.get(f"/fiches/{ref}/edit/{PART}")
        assert (
            nadia.submit(
                page, {"image.file": (io.BytesIO(dot()), "point.png")}, button="Garder, continuer plus tard"
            ).status_code
            == 303
        )
        digest = get(content_of(demo_app), "image")
        assert digest in every_picture(content_of(demo_app))
        shown = nadia.get(f"/fiches/{ref}")
        assert f"/pictures/{digest}" in shown.text
        assert nadia.get(f"/fiches/{ref}/pictures/{digest}").mimetype.startswith("image/")
        assert digest in exchange.parse(nadia.get(f"/fiches/{ref}/export.json").data)[1]


def dot() -> bytes:
    """A small PNG."""
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (40, 30), (12, 120, 90)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("part", [p.key for p in questions.PARTS])
def test_a_new_question_of_any_part_is_read_exactly_once(part):
    with declared(part, Question("essai", "line", "Essai neuf")):
        rows = [row.key for row, asked in questions.sheet() for q in asked if q.key == "essai"]
        assert len(rows) == 1


def test_a_new_question_that_is_needed_is_asked_for_and_seen_to_be_missing(demo_app, nadia):
    """It blocks sending, and never keeping."""
    from models.fiche import checks

    with declared(PART, Question("essai", "line", "Essai neuf", "Votre essai neuf ?", needed="submission")):
        content = content_of(demo_app)
        assert [p.key for p in checks.problems(content)] == ["essai"]
        ref = ref_of(demo_app)
        assert "Essai neuf" in words_of(nadia.get(f"/fiches/{ref}"))
        page = nadia.get(f"/fiches/{ref}/edit/{PART}?check")
        assert nadia.submit(page, {}, button="Garder, continuer plus tard").status_code == 303


# The declaration keeps its own rules.


def every_question():
    return [
        (q, top)
        for part in questions.PARTS
        for top in part.questions
        for q in (top, *(top.leaves() if top.is_block else top.fields))
    ]


def test_keys_are_french_words_and_never_twice():
    keys = [leaf.key for part in questions.PARTS for leaf in part.leaves()] + [
        q.key for p in questions.PARTS for q in p.questions if q.is_block
    ]
    assert len(keys) == len(set(keys))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)*", key) for key in keys)


@pytest.mark.parametrize(("q", "top"), every_question(), ids=lambda q: q.key)
def test_each_question_is_sound(q, top):
    assert q.kind in KINDS or q.kind in BLOCKS
    assert bool(q.fields) == (q.is_block or q.kind == "items")
    assert (q.kind in ("choice", "choices")) == bool(q.vocabulary)
    assert not q.vocabulary or q.vocabulary in vocabularies()
    assert q.needed in ("", "draft", "submission")
    assert not q.excused or q.needed
    assert str(q.label)
    assert str(q.ask)
    assert q.kind not in ("items", "lines") or str(q.one)
    assert not q.together or q.is_block
    assert all(f.kind != "items" for f in q.fields) or q.is_block
    assert "reason" not in q.key


def test_families_cover_their_vocabulary():
    for q in questions.leaves().values():
        if q.families:
            starts = tuple(prefix for _label, prefix in q.families)
            assert all(code.startswith(starts) for code in terms(q.vocabulary))


def test_every_question_is_read_once_and_every_row_names_real_questions():
    seen = [q.key for _row, asked in questions.sheet() for q in asked]
    assert len(seen) == len(set(seen))
    assert set(seen) | set(questions.HEAD) == set(questions.questions())


def test_a_document_with_every_answer_is_shown_whole(demo_app, nadia):
    """Each text that a person typed, private ones apart, is on the reading page."""
    content = blank()
    for n, (key, q) in enumerate(questions.leaves().items()):
        if q.kind in ("line", "text"):
            put(content, key, f"mot{n:03}")
        elif q.kind == "lines":
            put(content, key, [f"mot{n:03}"])
    put(content, "consentements.accord_structure", True)
    ref = ref_of(demo_app)
    with demo_app.app_context():
        save(
            ref,
            cast.person("contributor"),
            Op(new_id(), "rev:1", Posted({k: get(content, k) for k in questions.leaves()}), late=True),
        )
    read = nadia.get(f"/fiches/{ref}").text
    quiet = {"gouvernance.schema.alternative"}  # of a diagram that there is not
    for key, q in questions.leaves().items():
        if q.kind in ("line", "text", "lines") and key not in quiet:
            text = get(content, key)
            assert (text if isinstance(text, str) else text[0]) in read, key
