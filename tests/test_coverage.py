"""Who is around the table: the numbers of the coverage, against the same counted apart in SQL; what is empty is named."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from models import circles, coverage, organisations, seating
from models.coverage import ABROAD, SENT, place
from models.store import db, new_id, now, writing
from models.vocabularies import terms
from models.widening import Case, CaseState
from tests.support import meetings as made
from tests.support.queries import counted_queries


@pytest.mark.parametrize(
    ("country", "code", "column"),
    [
        ("BE", "60000", "60000"), ("BE", "62096", "60000"), ("BE", "21012", "04000"), ("BE", "23003", "20001"), ("BE", "25112", "20002"),
        ("BE", "02000", "02000"), ("BE", "01000", ""), ("BE", None, ""), ("BE", "4402", ""), ("FR", "68224", ABROAD), ("FR", None, ABROAD),
        (None, "91034", "90000"), (None, None, ""), ("BE", "Liège", ""),
    ],
)  # fmt: skip
def test_the_column_of_a_territory(country, code, column):
    assert place(country, code) == column


def numbers(sql: str, **values) -> dict:
    return {
        tuple(row[:-1]) if len(row) > 2 else row[0]: row[-1] for row in db.session.execute(text(sql), values)
    }


SEATED = "SELECT person_id FROM seat WHERE circle_id = :circle AND until IS NULL"
HERE = f"""FROM membership m JOIN organisation o ON o.id = m.organisation_id JOIN organisation_sector s ON s.organisation_id = o.id
WHERE m.until IS NULL AND m.person_id IN ({SEATED})"""
WROTE = ", ".join(f"'{state}'" for state in sorted(SENT))


def test_the_numbers_of_the_demonstration_are_those_of_sql(demo_app):
    """Seats by sector, by region, by both; fiches by sector and public; publics of those who write."""
    with demo_app.app_context():
        circle = circles.circle_by_code("COPIL")
        table, here = coverage.coverage(circle), {"circle": circle.id}
        by_sector = numbers(f"SELECT s.code, COUNT(DISTINCT m.person_id) {HERE} GROUP BY 1", **here)
        by_both = numbers(f"SELECT s.code, o.region, COUNT(DISTINCT m.person_id) {HERE} AND o.country = 'BE' GROUP BY 1, 2", **here)  # fmt: skip
        by_region = numbers(
            f"""SELECT o.region, COUNT(DISTINCT m.person_id) FROM membership m JOIN organisation o ON o.id = m.organisation_id
            WHERE m.until IS NULL AND o.country = 'BE' AND m.person_id IN ({SEATED}) GROUP BY 1""", **here,
        )  # fmt: skip
        fiches = {
            key: numbers(f"SELECT f.code, COUNT(DISTINCT f.fiche_id) FROM fiche_facet f JOIN fiche x ON x.id = f.fiche_id WHERE f.facet = '{key}' AND x.state IN ({WROTE}) GROUP BY 1")
            for key in ("secteurs", "publics")
        }  # fmt: skip
        writers = numbers(
            f"""SELECT f.code, COUNT(DISTINCT a.person_id) FROM fiche_author a JOIN fiche_facet f ON f.fiche_id = a.fiche_id JOIN fiche x ON x.id = f.fiche_id
            WHERE f.facet = 'publics' AND x.state IN ({WROTE}) AND a.person_id IN ({SEATED}) GROUP BY 1""", **here,
        )  # fmt: skip
        assert len(by_sector) > 5
        for row in table.rows:
            assert (row.whole.seats, row.whole.fiches) == (
                by_sector.get(row.code, 0),
                fiches["secteurs"].get(row.code, 0),
            )
            for territory, one in row.cells.items():
                assert one.seats == by_both.get((row.code, territory), 0), (row.code, territory)
        assert {c: one.seats for c, one in table.territories.items() if one.seats} == {
            c: n for c, n in by_region.items() if c
        }
        for code, one in table.publics.items():
            assert (one.seats, one.fiches) == (writers.get(code, 0), fiches["publics"].get(code, 0)), code
        assert table.people == db.session.scalar(text(f"SELECT COUNT(*) FROM ({SEATED})"), here)
        assert table.fiches == db.session.scalar(text(f"SELECT COUNT(*) FROM fiche WHERE state IN ({WROTE})"))
        assert table.no_sector == [c for c in terms("secteur") if not by_sector.get(c) and c != "AUT"]
        cell = next(row for row in table.rows if row.code == "LOG").cells["60000"]
        assert (cell.seats, cell.cases) == (0, ("E-2016-01",))


@pytest.fixture
def table(app):
    """A circle of three: Ana of two organisations, Bo of one abroad, Cy of none; what came since is counted anew."""
    with app.app_context():
        with writing():
            people = [made.somebody(name) for name in ("Ana", "Bo", "Cy")]
            circle = made.circle("A", *((person, "member") for person in people))
            for name, sectors, country, region, who in (
                ("Un", ["LOG"], "BE", "60000", people[0]), ("Deux", ["SAN", "SOC"], "BE", "90000", people[0]), ("Trois", ["LOG"], "FR", None, people[1]),
            ):  # fmt: skip
                row = organisations.add_organisation({"name_fr": name, "sectors": sectors, "country": country, "region": region}, None)  # fmt: skip
                organisations.belong(who, row, who)
        yield circle, people


def cell(circle, sector, territory, public=""):
    row = next(row for row in coverage.coverage(circle, public).rows if row.code == sector)
    return row.cells[territory].seats


def test_two_organisations_are_two_places_and_never_their_product(table):
    circle, _people = table
    assert (cell(circle, "LOG", "60000"), cell(circle, "SAN", "90000")) == (1, 1)
    assert (cell(circle, "LOG", "90000"), cell(circle, "SAN", "60000")) == (0, 0)
    assert cell(circle, "LOG", ABROAD) == 1
    whole = coverage.coverage(circle)
    assert (whole.people, whole.unplaced) == (3, 1)
    assert "LOG" not in whole.no_sector
    assert {"CUL", "ENV"} <= set(whole.no_sector)
    assert ABROAD not in whole.no_territory
    assert "10000" in whole.no_territory
    assert "02000" not in whole.territories  # a whole region is a column only where something is in it


def test_who_left_counts_no_more_and_who_was_welcomed_for_a_gap_fills_it(table):
    circle, people = table
    with writing():
        seating.end_seat(circles.seat_here(circle, people[1].id), None)
        db.session.add(
            Case(id=new_id(), code="E-2016-07", circle_id=circle.id, reason="x", state=CaseState.ACCEPTED, person_id=people[2].id,
                 sector="CUL", territory="10000", publics=["LOI"], ended_at=now())
        )  # fmt: skip
    db.session.expire_all()
    assert (cell(circle, "LOG", ABROAD), cell(circle, "CUL", "10000")) == (0, 1)
    assert (cell(circle, "CUL", "10000", "LOI"), cell(circle, "LOG", "60000", "LOI")) == (1, 0)
    whole = coverage.coverage(circle)
    assert (whole.publics["LOI"].seats, whole.unplaced) == (1, 0)
    assert "CUL" not in whole.no_sector


def test_only_what_is_under_way_is_marked_as_coming(table):
    circle, _people = table
    with writing():
        for n, state in enumerate((CaseState.OPINION, CaseState.LATER)):
            db.session.add(
                Case(id=new_id(), code=f"E-2016-1{n}", circle_id=circle.id, reason="x", state=state, sector="ENV", territory="50000", publics=["DET"])
            )  # fmt: skip
    found = coverage.coverage(circle)
    row = next(row for row in found.rows if row.code == "ENV")
    assert (row.whole.cases, row.cells["50000"].cases, row.cells["60000"].cases) == (
        ("E-2016-10",),
        ("E-2016-10",),
        (),
    )
    assert found.publics["DET"].cases == ("E-2016-10",)
    assert coverage.coverage(circle, "ENF").publics["DET"].cases == ()


def test_queries_do_not_grow(table):
    circle, _people = table

    def asked() -> int:
        db.session.expire_all()
        return counted_queries(lambda: coverage.coverage(circle))

    with writing():
        db.session.add(Case(code="E-2016-30", circle_id=circle.id, reason="x"))
    few = asked()
    with writing():
        for n in range(12):
            person = made.somebody(f"P{n}")
            seating.take_seat(circle, person, None)
            row = organisations.add_organisation(
                {"name_fr": f"O{n}", "sectors": ["ALI"], "country": "BE", "region": "50000"}, None
            )
            organisations.belong(person, row, person)
            db.session.add(
                Case(
                    code=f"E-2016-2{n}",
                    circle_id=circle.id,
                    reason="x",
                    opinion_until=now() + timedelta(days=n),
                )
            )
    assert cell(circle, "ALI", "50000") == 12
    assert asked() == few
