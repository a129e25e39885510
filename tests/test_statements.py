"""models/statements.py: written once, asked with other values each time; nothing of a moment or of a person is kept in one."""

import ast
from pathlib import Path

import pytest
from sqlalchemy import select

from models.people import Person
from models.statements import NO_LIMIT, present, statement
from models.store import db, writing
from tests.support import cast
from tests.support.queries import counted_queries

ROOT = Path(__file__).resolve().parent.parent
# What a statement would keep from its first asking on.
MOVES = {
    "now",
    "today",
    "new_id",
    "utcnow",
    "me",
    "person",
    "device",
    "can",
    "get_locale",
    "language",
    "gettext",
    "_",
}
ROAMS = {"g", "request", "session", "current_app"}


def frozen(source: str) -> list[str]:
    """What depends on the moment or on who asks, inside the statements of a module and the functions that they call."""
    functions = {node.name: node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}
    written = [
        f for f in functions.values() if any(getattr(d, "id", "") == "statement" for d in f.decorator_list)
    ]
    seen, found = set(), []
    while written:
        function = written.pop()
        seen.add(function.name)
        for node in (one for line in function.body for one in ast.walk(line)):
            name = getattr(node, "id", "")
            called = node.func if isinstance(node, ast.Call) else None
            if name in ROAMS or getattr(called, "attr", getattr(called, "id", "")) in MOVES:
                found.append(f"{function.name}: {ast.unparse(node)}")
            if name in functions and name not in seen:
                written.append(functions[name])
    return found


FILES = sorted(ROOT.glob("models/**/*.py"))


def test_no_statement_keeps_a_moment_or_a_person():
    sources = {file.name: file.read_text(encoding="utf-8") for file in FILES}
    assert {name: said for name, source in sources.items() if (said := frozen(source))} == {}
    assert sum(source.count("\n@statement\n") for source in sources.values()) > 40, "they are found"


@pytest.mark.parametrize(
    "body", ["return select(Call).where(Call.closes_at > now())", "return _open()", "return select(g.who)"]
)
def test_the_control_one_that_does_is_found(body):
    source = f"@statement\ndef _calls(who):\n    {body}\n\ndef _open():\n    return select(Call).where(Call.at > dates.today())"
    assert frozen(source)


@pytest.fixture
def named():
    wrote = []

    @statement
    def named(word, most, *, turned):
        wrote.append(turned)
        order = Person.name.desc() if turned else Person.name
        return select(Person.name).where(Person.name.contains(word)).order_by(order).limit(most)

    return named, wrote


def test_it_is_written_once_for_each_shape_and_asked_with_other_values(demo_app, named):
    ask, wrote = named
    with demo_app.app_context():
        everybody = list(db.session.scalars(select(Person.name).order_by(Person.name)))
        assert ask.all("", NO_LIMIT, turned=False) == everybody
        assert ask.all("", 2, turned=False) == everybody[:2]
        assert ask.all("", 2, turned=True) == everybody[::-1][:2]
        assert ask.first("Samira", NO_LIMIT, turned=False).startswith("Samira")
        assert ask.first("Nobody of this name", 1, turned=True) is None
        assert [row.name for row in ask.rows("", 1, turned=False)] == everybody[:1]
    assert wrote == [False, True]


def test_a_value_too_few_is_a_mistake_of_ours(demo_app, named):
    with demo_app.app_context(), pytest.raises(ValueError, match="shorter"):
        named[0].all("Samira", turned=False)


@statement
def _called(name):
    return select(Person).where(Person.name == name).order_by(Person.name).limit(1)


@statement
def _who_left(name):
    return select(Person).where(Person.name == name, Person.active.is_(False))


def test_one_query_tells_which_have_a_row(demo_app):
    with demo_app.app_context():
        samira = cast.person("coordination")
        assert counted_queries(lambda: present((_called, _who_left), name=samira.name)) == 1
        assert present((_called, _who_left), name=samira.name) == {_called}
        assert present((_called, _who_left), name="Nobody of this name") == set()
        with writing():
            cast.person("coordination").active = False
        assert present((_called, _who_left), name=samira.name) == {_called, _who_left}
