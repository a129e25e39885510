"""Fixtures of the faults: the running application, and the road to it (tests/support/proxy.py) that each test breaks.

road      the proxy between every page of the test and the site; free of rules at the start of each test
phone     phone(role="contributor", width=360): somebody with a device of their own (tests/support/phone.py)
nadia     phone() of who writes most
ours      a fiche that Nadia and Monique write together; its id
elsewhere elsewhere(ref, {key: value}): Monique saves on another device, on the newest version
keeps     keeps(ref, key): what the fiche answers now; revs(ref): how many revisions it has

What a broken road makes the console say is no failure here; exceptions and violations of the policy are.
"""

import pytest

from models.fiche.content import get, load, normal
from models.fiche.fiche import FicheAuthor, find, revisions
from models.fiche.posting import Posted
from models.fiche.saving import Op, Saved, adopt, save
from models.store import new_id, writing
from tests.support import cast
from tests.support.browser import ROAD, assert_calm
from tests.support.phone import Phone
from tests.support.proxy import Proxy


@pytest.fixture
def watchers():
    watching = []
    yield watching
    assert_calm(watching, but=ROAD)


@pytest.fixture(scope="session")
def way(site):
    made = Proxy(site.port)
    yield made
    made.stop()


@pytest.fixture
def road(way):
    yield way
    way.clear()
    way.up()
    way.log.clear()


@pytest.fixture
def base_url(road):
    return road.url


@pytest.fixture
def phone(site, open_page, sign_in):
    def made(role: str = "contributor", width: int = 360, **options) -> Phone:
        page = sign_in(open_page(width, **options), role)
        with site.application.app_context():
            return Phone(page, cast.person(role).id)

    return made


@pytest.fixture
def nadia(phone):
    return phone()


@pytest.fixture
def ours(site) -> str:
    ref = new_id()
    raw = {
        "titre": f"La cour {ref[:8]}", "langue": "fr", "resume": "Des voisins.", "objectifs": ["Planter", "Se parler"],
        "bilan": {"temoignages": [{"texte": "On se connaît enfin.", "prenom": "Aya"}], "cout": {"montant": 120}},
    }  # fmt: skip
    with site.application.app_context(), writing():
        content, errors = load(raw)
        assert not errors
        fiche = adopt(content, owner=cast.person("contributor"), op_id=ref)
        fiche.authors.append(FicheAuthor(person_id=cast.person("companion").id, helps=True))
    return ref


@pytest.fixture
def elsewhere(site):
    def saved(ref: str, values: dict) -> None:
        with site.application.app_context():
            op = Op(new_id(), f"rev:{find(ref).rev}", Posted(values), late=True)
            assert isinstance(save(ref, cast.person("companion"), op), Saved)

    return saved


@pytest.fixture
def keeps(site):
    def kept(ref: str, key: str):
        with site.application.app_context():
            return get(normal(find(ref).content), key)

    return kept


@pytest.fixture
def revs(site):
    def count(ref: str) -> int:
        with site.application.app_context():
            fiche = find(ref)
            return len(revisions(fiche)) if fiche else 0

    return count
