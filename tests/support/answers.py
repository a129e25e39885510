"""Random answers, documents and edits of fiches, for property tests (Hypothesis).

A document that comes from here is normal: what a form or an import of it would give. Most of its questions are
unanswered, so that examples stay small; texts are short, and hold what people really type: accents, no-break spaces,
emoji, Arabic, line ends.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from models.fiche import questions
from models.fiche.content import REASONS, Content, blank, get, item_empty, normal, put
from models.fiche.kinds import answered, clean, empty
from models.fiche.question import Question
from models.vocabularies import terms

SIGNS = "aàéœ ’\u00a0«»0?🌿م\n\u0301"
texts = st.text(SIGNS, min_size=1, max_size=12).map(clean).filter(bool)
lines = st.text(SIGNS, min_size=1, max_size=8).map(lambda t: clean(t, lines=False)).filter(bool)
few = st.sampled_from(["un", "deux", "trois", "quatre", "cinq", "six"])
DIGESTS = [c * 64 for c in "abc"]


def coded(q: Question) -> st.SearchStrategy[str]:
    return st.sampled_from(list(terms(q.vocabulary)))


def _choices(q: Question) -> st.SearchStrategy[list[str]]:
    order = list(terms(q.vocabulary))
    return st.lists(coded(q), unique=True, max_size=4).map(lambda codes: sorted(codes, key=order.index))


def _dates(q: Question) -> st.SearchStrategy[str]:
    return (
        st.dates()
        .filter(lambda d: 1800 <= d.year <= 2200)
        .map(str)
        .map(lambda s: s[: (4, 7, 10)[len(s) % 3]])
    )


# One row for each kind that holds an answer: question → a strategy for its answers.
ANSWERS: dict[str, Callable[[Question], st.SearchStrategy[Any]]] = {
    "line": lambda q: lines,
    "text": lambda q: texts,
    "integer": lambda q: st.integers(0, 999_999_999),
    "year": lambda q: st.integers(1800, 2200),
    "amount": lambda q: st.integers(0, 10**12 - 1).map(lambda cents: cents / 100),
    "date": _dates,
    "mail": lambda q: st.sampled_from(["nadia@passerelle.example", "els.p@wijkadem.example"]),
    "phone": lambda q: st.sampled_from(["02 555 01 00", "+32 (0)4 555 01 01"]),
    "url": lambda q: st.sampled_from(["https://passerelle.example", "http://a.example/é?x=1#y"]),
    "code": lambda q: st.sampled_from(["21012", "2A004"]),
    "reference": lambda q: st.sampled_from(["F-2016-001", "F-2016-0123"]),
    "choice": coded,
    "choices": _choices,
    "tick": lambda q: st.booleans(),
    "yesno": lambda q: st.booleans(),
    "lines": lambda q: st.lists(st.one_of(few, lines), unique=True, max_size=5),
    "picture": lambda q: st.sampled_from(DIGESTS),
    "node": lambda q: st.sampled_from(["n1", "n2", "n3"]),
}


@st.composite
def items(draw: st.DrawFn, q: Question, name: str) -> dict[str, Any]:
    """One item of a group, with at least one answer."""
    item: dict[str, Any] = {"id": name}
    for f in q.fields:
        put(item, f.key, empty(f))
    for f in draw(st.lists(st.sampled_from(q.fields), min_size=1, max_size=3, unique_by=lambda f: f.key)):
        put(item, f.key, draw(ANSWERS[f.kind](f).filter(lambda v, f=f: answered(f, v))))
    return item


@st.composite
def answers(draw: st.DrawFn, q: Question) -> Any:
    """An answer to a question, or none."""
    if q.kind == "items":
        names = draw(st.lists(st.sampled_from(["n1", "n2", "n3", "n4"]), unique=True, max_size=3))
        return [draw(items(q, name)) for name in names]
    return draw(st.one_of(st.just(empty(q)), ANSWERS[q.kind](q)))


keys = st.sampled_from(list(questions.leaves()))


@st.composite
def documents(draw: st.DrawFn, at_most: int = 8) -> Content:
    """A normal document with a few answers and reasons."""
    content = blank()
    for key in draw(st.lists(keys, max_size=at_most, unique=True)):
        put(content, key, draw(answers(questions.leaves()[key])))
    content[REASONS] = draw(st.dictionaries(keys, lines, max_size=2))
    return content


@st.composite
def edits(draw: st.DrawFn, content: Content, among: list[str] | None = None, at_most: int = 5) -> Content:
    """What somebody makes of a document: other answers, lists with something added, taken away, moved or changed."""
    out = deepcopy(content)
    choose = st.sampled_from(among) if among else st.one_of(keys, st.sampled_from(used(content) or ["titre"]))
    for key in draw(st.lists(choose, max_size=at_most, unique=True)):
        put(out, key, draw(_edit(questions.leaves()[key], get(out, key))))
        if draw(st.integers(0, 4)) == 0:
            out[REASONS].pop(key, None)
            out[REASONS] |= draw(st.dictionaries(st.just(key), few, max_size=1))
    return normal(out)


def used(content: Content) -> list[str]:
    """The keys that are answered, or that carry a reason."""
    return [k for k, q in questions.leaves().items() if answered(q, get(content, k)) or k in content[REASONS]]


@st.composite
def _edit(draw: st.DrawFn, q: Question, value: Any) -> Any:
    if q.kind not in ("lines", "items", "choices") or draw(st.integers(0, 5)) == 0:
        return draw(answers(q))
    out = deepcopy(value)
    for act in draw(st.lists(st.sampled_from(["add", "remove", "move", "change"]), min_size=1, max_size=3)):
        at = draw(st.integers(0, max(0, len(out) - 1)))
        if act == "add" or not out:
            new = draw(_one(q))
            if new not in out and (q.kind != "items" or new["id"] not in [i["id"] for i in out]):
                out.insert(at, new)
        elif act == "remove":
            out.pop(at)
        elif act == "move":
            out.insert(draw(st.integers(0, len(out))), out.pop(at))
        elif q.kind == "items":
            f = draw(st.sampled_from(q.fields))
            put(out[at], f.key, draw(st.one_of(st.just(empty(f)), ANSWERS[f.kind](f))))
        else:
            new = draw(_one(q))
            out[at] = new if new not in out else out[at]
    if q.kind == "choices":
        return sorted(set(out), key=list(terms(q.vocabulary)).index)
    return [i for i in out if not item_empty(q, i)] if q.kind == "items" else out


@st.composite
def _one(draw: st.DrawFn, q: Question) -> Any:
    if q.kind == "items":
        return draw(items(q, draw(st.sampled_from(["n1", "n2", "n3", "n4", "n5", "n6"]))))
    return draw(few if q.kind == "lines" else coded(q))


@contextmanager
def declared(part: str, *new: Question) -> Iterator[None]:
    """The declaration with these questions at the end of a part: all that is done to add a field."""
    before = questions.PARTS
    questions.PARTS = tuple(
        replace(p, questions=(*p.questions, *new)) if p.key == part else p for p in before
    )
    questions.forget()
    try:
        yield
    finally:
        questions.PARTS = before
        questions.forget()
