"""Nobody learns of what is not theirs: each object by each route for each person, and words that must not be met."""

import re
import shutil

import pytest
from flask import g, request

from blueprints import fragments, gate
from models import rights
from models.fiche.content import normal
from models.fiche.fiche import find
from models.fiche.saving import adopt
from models.store import db, now, writing
from tests.support import cast
from tests.support.everything import (
    CLOSED_DECISION,
    CLOSED_ITEM,
    CLOSED_LINE,
    CLOSED_LINK,
    CLOSED_SEAT,
    STATES,
    fill,
)
from tests.support.groups import CLOSED_ASK
from tests.support.hostile import crawl
from tests.support.minutes import CLOSED_COMMENT
from tests.support.notes import CLOSED_FILE, CLOSED_NOTE
from tests.support.often import among
from tests.support.site import close

IDENTITIES = ("anonymous", *cast.ROLES)
CORE = ("anonymous", "outsider", "contributor", "committee")
ABSENT = "00000000-0000-4000-8000-00000000abcd"
PLACES = {
    "part": "titre", "rev": "1", "form": "json", "name": "withdraw", "sha256": "0" * 64,
    "item_id": CLOSED_ITEM, "link_id": CLOSED_LINK, "seat_id": CLOSED_SEAT, "line_id": CLOSED_LINE, "decision_id": CLOSED_DECISION,
    "comment_id": CLOSED_COMMENT, "ask_id": CLOSED_ASK, "note_id": CLOSED_NOTE, "file_id": CLOSED_FILE,
}  # fmt: skip


SOME = 1  # objects of one kind of answer for each route in the default run; --long asks for all


@pytest.fixture(scope="module")
def filled(tmp_path_factory, demo_template):
    """(folder, names): an instance in which everything has happened, to copy and never to open."""
    from app import create_app

    folder = tmp_path_factory.mktemp("leaks") / "instance"
    shutil.copytree(demo_template, folder)
    app = create_app({"INSTANCE": str(folder), "TESTING": True})
    names = fill(app)
    close(app)
    return folder, names


@pytest.fixture
def whole(make_app, filled):
    """The site in which everything has happened, without rate limits, and the names of its addresses."""
    app = make_app({"RATELIMIT_ENABLED": False}, template=filled[0])
    yield app, filled[1]
    fragments.forget()


def who(app, identity: str):
    client = app.test_client()
    client.checks_pages = False
    return client if identity == "anonymous" else cast.sign_in(client, identity)


def token_of(client) -> str:
    for path in ("/account", "/enter"):
        if found := re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text):
            return found[1]
    raise AssertionError("no form")


def object_routes(app) -> list[tuple]:
    """(rule, the argument that names the object, access) of each route that loads something."""
    out = []
    with app.app_context():
        for rule in app.url_map.iter_rules():
            access = gate.access_of(rule.endpoint)
            if access and access.load and rule.arguments:
                first = re.search(r"<(?:\w+:)?(\w+)>", rule.rule)[1]
                out.append((rule, first, access))
    return out


def address(rule, place: str, value: str) -> str:
    given = values_of(rule, place, value)
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda m: given[m[1]], rule.rule)


def values_of(rule, place: str, value: str) -> dict[str, str]:
    return {name: value if name == place else PLACES.get(name, "x") for name in rule.arguments}


def expected(app, identity: str, values: list[str]) -> list[tuple]:
    """(rule, place, value, what the answer must be) for each object that is there and each of its routes.

    404 or 403 as the rights say, 401 for a stranger, None where this person passes.
    """
    out, loaded = [], {}
    with app.test_request_context("/"):
        g.person, g.device = (None if identity == "anonymous" else cast.person(identity)), None
        for rule, place, access in object_routes(app):
            for value in values:
                given = values_of(rule, place, value)
                key = (access.load, *sorted(given.items()))
                if key not in loaded:  # many routes load the same thing
                    loaded[key] = access.load(**given)
                thing = loaded[key]
                if thing is None:
                    continue
                if g.person is None:
                    wanted = 401 if access.right else None
                elif not rights.can(g.person, access.see, thing):
                    wanted = 404
                else:
                    wanted = None if rights.can(g.person, access.right, thing) else 403
                out.append((rule, place, value, wanted))
    return out


def some_of(wanted: list[tuple], most: int | None, turn: int) -> list[tuple]:
    """Of each route and kind of answer so many objects, others at each turn; all where `most` is None."""
    groups: dict[tuple, list[tuple]] = {}
    for one in wanted:
        groups.setdefault((one[0].rule, one[1], one[3]), []).append(one)
    return [group[(turn + n) % len(group)] for group in groups.values() for n in range(most or len(group))]


def plain(answer, *values: str) -> str:
    """What a page says, without the address that was asked for and without tokens."""
    # Whose page it is stands on every page, and may be the very id that was asked for.
    text = re.sub(r'data-uid="[^"]*"', "", answer.text)
    for value in values:
        text = text.replace(value, "·")
    return re.sub(r'value="[\w.-]{60,}"', "", text)


def leaks(app, names: dict[str, str], identity: str, most: int | None = SOME) -> tuple[list[tuple], int, int]:
    """(answers that say too much, how many were refused, how many may pass) over all objects and their routes."""
    client, wrong, refused, passed, absent = who(app, identity), [], 0, 0, {}
    client.checks_pages = False  # hundreds of times the same page
    token = token_of(client)

    def ask(rule, place: str, method: str, value: str):
        data = {"csrf_token": token} if method == "POST" else None
        return client.open(address(rule, place, value), method=method, data=data)

    known = expected(app, identity, sorted({*names.values(), "F-2016-002"}))
    for rule, place, value, wanted in some_of(known, most, IDENTITIES.index(identity)):
        passed += wanted is None
        for method in sorted({"GET", "POST"} & rule.methods) if wanted else ():
            answer = ask(rule, place, method, value)
            refused += 1
            if wanted == 401:
                alike = answer.status_code in (302, 401)
            elif wanted == 403:
                alike = answer.status_code == 403
            else:
                nothing = absent.get((rule.rule, method)) or ask(rule, place, method, ABSENT)
                absent[rule.rule, method] = nothing
                alike = answer.status_code == 404 and plain(answer, ABSENT, value) == plain(
                    nothing, ABSENT, value
                )
                alike = alike and set(answer.headers.keys()) == set(nothing.headers.keys())
            if not alike:
                wrong.append((method, rule.rule, value, wanted, answer.status_code))
    return wrong, refused, passed


@pytest.mark.parametrize("most", [SOME, pytest.param(None, marks=pytest.mark.long)])
@pytest.mark.parametrize("identity", among(IDENTITIES, CORE))
def test_absent_and_forbidden_answer_alike(whole, identity, most):
    wrong, refused, passed = leaks(*whole, identity, most)
    assert wrong == []
    assert refused > 20 or identity in ("coordination", "administration")
    assert passed or identity == "anonymous"


def test_an_answer_that_says_what_is_there_is_noticed(whole):
    """The control: one word more on the page of what may not be seen."""
    app, names = whole

    @app.after_request
    def careless(answer):
        ref = (request.view_args or {}).get("ref")
        if answer.status_code == 404 and ref and find(ref):
            answer.set_data(answer.get_data() + b"<!-- draft -->")
        return answer

    assert leaks(app, names, "outsider")[0]


# ---- words that must not be met


def canary(state: str) -> str:
    return f"zz{state.lower()}kwx"


def sow(app) -> dict[str, str]:
    """A fiche of Nadia's in each state whose answers all hold a word of its own; state → id."""
    out = {}
    with app.app_context():
        whole_one, nadia = normal(find("F-2016-002").content), cast.person("contributor")
        for state in STATES:
            word = canary(state)
            content = {
                **whole_one, "titre": f"Titre {word}", "resume": f"Résumé {word}", "photos": [], "descriptif": f"Texte {word}",
                "structure_porteuse": {**whole_one["structure_porteuse"], "nom": f"Maison {word}", "commune": f"Lieu {word}"},
                "perspectives": [f"Suite {word}"],
            }  # fmt: skip
            with writing():
                out[state] = adopt(
                    content, owner=nadia, number=None if state == "BRO" else f"F-2014-{700 + STATES.index(state)}",
                    state=state, call_id=find("F-2016-002").call_id, received_at=None if state == "BRO" else now(),
                ).id  # fmt: skip
    return out


def may_see(app, identity: str, ref: str) -> bool:
    with app.app_context():
        return identity != "anonymous" and rights.can(cast.person(identity), "fiche.see", find(ref))


@pytest.mark.parametrize("identity", among(IDENTITIES, CORE))
def test_a_word_is_met_by_those_who_may_read_it_and_by_nobody_else(demo_app, identity):
    refs = sow(demo_app)
    client = who(demo_app, identity)
    starts = ["/", "/fiches/", "/fiches/?q=zz", "/fiches/?q=zz&tri=titre", "/fiches/figures", "/dossiers/", "/account", "/people",
              *(f"/fiches/?etat={s}" for s in STATES), *(f"/fiches/{ref}" for ref in refs.values()),
              *(f"/fiches/{ref}/export.{form}" for ref in refs.values() for form in ("json", "yaml")),
              *(f"/fiches/{ref}/history/1" for ref in refs.values())]  # fmt: skip
    met: dict[str, list[str]] = {state: [] for state in STATES}
    for path, answer in crawl(client, starts, most=220):
        for state in STATES:
            if canary(state).encode() in answer.data:
                met[state].append(path)
    for state, ref in refs.items():
        if may_see(demo_app, identity, ref):
            assert any(not p.startswith(f"/fiches/{ref}") for p in met[state]), (
                identity,
                state,
                "not found in any list",
            )
        else:
            assert met[state] == [], (identity, state)
    fragments.forget()


@pytest.mark.parametrize("identity", ["outsider", "companion", "group_member"])
def test_a_search_says_nothing_about_what_one_may_not_read(demo_app, identity):
    """The page of a word that stands in a draft of somebody else is that of a word that nobody wrote."""
    refs = sow(demo_app)
    client = who(demo_app, identity)
    nothing = plain(client.get("/fiches/?q=zzneverx"), "zzneverx")
    for state, ref in refs.items():
        part = canary(state)[:-1]
        said = plain(client.get(f"/fiches/?q={part}"), part)
        assert (said == nothing) is not may_see(demo_app, identity, ref), (identity, state)
    fragments.forget()


def test_the_control_finds_a_list_that_forgets_its_reader(demo_app):
    """A page that lists every title is noticed by the same crawl."""
    sow(demo_app)

    @gate.public
    def careless():
        return " ".join(f.title for f in db.session.query(type(find("F-2016-002"))))

    demo_app.add_url_rule("/careless", "careless", careless)
    client = who(demo_app, "outsider")
    assert any(canary("BRO").encode() in answer.data for _path, answer in crawl(client, ["/careless"]))
