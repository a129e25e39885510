"""Figures agree number by number with a direct count, and say their base and their unknowns."""

import json

import pytest
from sqlalchemy import select, text

from models.fiche import statistics
from models.fiche.fiche import Fiche
from models.store import db
from models.vocabularies import terms
from tests.support.queries import counted_queries


def direct(key: str) -> dict[str, int]:
    """Code → number of fiches, counted in SQL over the documents themselves."""
    path = "$." + key
    rows = db.session.execute(
        text(
            "SELECT value, count(*) FROM fiche, json_each(json_extract(content, :path)) WHERE value IS NOT NULL GROUP BY value"
            if key in SEVERAL
            else "SELECT json_extract(content, :path) AS value, count(*) FROM fiche WHERE value IS NOT NULL GROUP BY value"
        ),
        {"path": path},
    )
    return {row[0]: row[1] for row in rows}


def direct_unknown(key: str) -> int:
    """Fiches whose document has no answer there."""
    empty = "[]" if key in SEVERAL else None
    found = db.session.scalars(
        text("SELECT json_extract(content, :path) FROM fiche").bindparams(path="$." + key)
    )
    return sum(value in (None, empty) for value in found)


SEVERAL = {"axes", "secteurs", "milieux", "determinants", "publics"}


@pytest.fixture
def ids(demo_app):
    with demo_app.app_context():
        yield list(db.session.scalars(select(Fiche.id)))


@pytest.mark.parametrize(("key", "title"), statistics.CHARTS)
def test_every_chart_equals_a_direct_count(ids, key, title):
    chart = statistics.chart(key, title, ids)
    vocabulary = statistics.questions.leaves()[key].vocabulary
    expected = {terms(vocabulary)[code].label(): n for code, n in direct(key).items()}
    assert {words: n for words, n in chart.rows if n} == expected
    assert chart.unknown == direct_unknown(key)
    assert chart.base == len(ids)
    assert chart.several == (key in SEVERAL)


def test_the_control_notices_a_wrong_count(ids):
    chart = statistics.chart("secteurs", "", ids[1:])
    assert dict(chart.rows) != {terms("secteur")[c].label(): n for c, n in direct("secteurs").items()}


def test_totals_equal_a_direct_sum(ids):
    fiches = list(db.session.scalars(select(Fiche)))
    today, ever, cost = statistics.totals(fiches)
    sql = "SELECT sum(json_extract(content, :p)), count(json_extract(content, :p)) FROM fiche"
    for total, path in ((today, "$.bilan.citoyens.nombre"), (ever, "$.bilan.citoyens.depuis_le_debut")):
        assert (total.value, total.known) == tuple(db.session.execute(text(sql), {"p": path}).one())
    documents = [json.loads(row) for row in db.session.scalars(text("SELECT content FROM fiche"))]
    yearly = [d["bilan"]["cout"]["montant"] for d in documents if d["bilan"]["cout"]["periode"] == "an"]
    assert cost.value == pytest.approx(sum(v for v in yearly if v is not None))
    assert cost.base == len(documents)


def test_as_many_queries_for_one_fiche_as_for_all(ids):
    one, many = (counted_queries(lambda some=some: statistics.charts(some)) for some in (ids[:1], ids))
    assert one == many


def test_the_page_gives_each_chart_its_table_and_its_base(client_of):
    page = client_of("committee").get("/fiches/figures")
    assert page.text.count('class="chart"') == page.text.count("<table") == len(statistics.CHARTS)
    assert page.text.count("Base\u00a0: ") == len(statistics.CHARTS)
    assert page.text.count('role="img" aria-label="') >= len(statistics.CHARTS)


def test_a_contributor_does_not_see_the_figures(client_of):
    client = client_of("contributor")
    assert client.get("/fiches/figures").status_code == 403
    assert "/fiches/figures" not in client.get("/fiches/").text
