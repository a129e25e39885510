"""From a posted form to answers, and back.

A form names what was on its page: `part` markers for whole parts, `field` markers for single questions. A question
that was not on the page is untouched, never emptied; one that was, and of which a browser posts nothing when it is
left empty (boxes, lists), is empty.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from models.fiche import questions
from models.fiche.content import ITEM_ID, REASONS, Content, get, item_empty, item_id, put
from models.fiche.kinds import KINDS, Bad, clean
from models.fiche.question import SCHEMA, Question

REASON = REASONS + "."


class Form(Protocol):
    """What is read of a posted form: werkzeug's MultiDict has this shape."""

    def getlist(self, key: str, /) -> list[Any]: ...
    def __contains__(self, key: object, /) -> bool: ...


@dataclass
class Posted:
    """values: key → value for each question that was on the page; reasons likewise ('' withdraws one).

    errors: name of the input → sentence. Nothing with an error is among the values.
    """

    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str | None] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)

    def apply(self, content: Content) -> Content:
        """A copy of the document with these answers in it."""
        out = deepcopy(content)
        for key, value in self.values.items():
            put(out, key, deepcopy(value))
        kept = dict(out.get(REASONS) or {})
        for key, reason in self.reasons.items():
            kept.pop(key, None)
            if reason:
                kept[key] = reason
        out[REASONS] = kept
        return out


def on_page(form: Form) -> list[Question]:
    """The questions that the form says were on its page."""
    parts, fields = set(form.getlist("part")), set(form.getlist("field"))
    return [
        leaf for part in questions.PARTS for leaf in part.leaves() if part.key in parts or leaf.key in fields
    ]


def schema_of(form: Form) -> int:
    """The schema version that the form was made with; ours when it does not say."""
    text = (form.getlist("schema_version") or [""])[0]
    return int(text) if text.isdecimal() and len(text) < 6 else SCHEMA


def read(form: Form) -> Posted:
    """The answers in a posted form. Never raises for bad input."""
    posted = Posted()
    schema, named = schema_of(form), set(form.getlist("field"))
    for q in on_page(form):
        if q.asked(schema) or q.key in named:
            _read_question(q, form, posted)
    return posted


def _read_question(q: Question, form: Form, posted: Posted) -> None:
    if q.kind == "items":
        posted.values[q.key] = _read_items(q, form, posted)
    elif q.key in form or KINDS[q.kind].silent:
        try:
            posted.values[q.key] = KINDS[q.kind].read(form.getlist(q.key), q)
        except Bad as bad:
            posted.errors[q.key] = bad.sentence
    if REASON + q.key in form:
        posted.reasons[q.key] = (clean(form.getlist(REASON + q.key)[0], lines=False) or "")[:2000]


def _read_items(q: Question, form: Form, posted: Posted) -> list[dict[str, Any]]:
    out: list[dict[str, Any]] = []
    for name in list(dict.fromkeys(form.getlist(q.key)))[: questions.ITEMS_CAP]:
        if not ITEM_ID.fullmatch(name):
            continue
        item: dict[str, Any] = {"id": name}
        for f in q.fields:
            input_name = f"{q.key}.{name}.{f.key}"
            try:
                put(item, f.key, KINDS[f.kind].read(form.getlist(input_name), f))
            except Bad as bad:
                posted.errors[input_name] = bad.sentence
        if not item_empty(q, item):
            out.append(item)
    return out


def write(content: Mapping[str, Any], keys: list[str]) -> Iterator[tuple[str, str]]:
    """(name, value) pairs that post these questions again as they stand in the document; the inverse of read."""
    for key in keys:
        q = questions.leaves().get(key)
        if q is None:
            continue
        yield "field", key
        yield from _pairs(q, key, get(content, key))
        yield REASON + key, (content.get(REASONS) or {}).get(key) or ""


def _pairs(q: Question, name: str, value: Any) -> Iterator[tuple[str, str]]:
    if q.kind == "items":
        for item in value or []:
            yield name, item["id"]
            for f in q.fields:
                yield from _pairs(f, f"{name}.{item['id']}.{f.key}", get(item, f.key))
    elif q.kind in ("choices", "lines"):
        yield from ((name, v) for v in value or [])
    elif q.kind == "yesno":
        yield name, "" if value is None else "oui" if value else "non"
    elif q.kind == "tick":
        yield name, "1" if value else ""
    elif q.kind == "date":
        yield name, day_typed(value)
    else:
        yield name, as_typed(value)


def as_typed(value: Any) -> str:
    """A single value as a person would type it: 2400, 27480,75."""
    if isinstance(value, float):
        return f"{value:.0f}" if value == int(value) else f"{value:.2f}".replace(".", ",")
    return "" if value is None else str(value)


def day_typed(value: str | None) -> str:
    """A date as the example beside its question writes it: 2016-04-21 → 21/04/2016, 2016-04 → 04/2016."""
    return "/".join(reversed((value or "").split("-")))


def act(content: Content, verb: str, key: str, which: str) -> tuple[Content, str]:
    """Move or remove one line or item: (document, what to focus). An act that finds nothing changes nothing.

    verb: up, down or remove; which: the item's id, or the line's place from 0.
    """
    q = questions.leaves().get(key)
    out = deepcopy(content)
    values = get(out, key)
    if q is None or q.kind not in ("lines", "items") or not isinstance(values, list):
        return out, ""
    places = [str(n) if q.kind == "lines" else v["id"] for n, v in enumerate(values)]
    if which not in places:
        return out, key
    at = places.index(which)
    if verb == "remove":
        values.pop(at)
        return out, key
    to = at + (-1 if verb == "up" else 1)
    if verb in ("up", "down") and 0 <= to < len(values):
        values[at], values[to] = values[to], values[at]
        at = to
    return out, f"{key}.{at if q.kind == 'lines' else which}"


__all__ = [
    "Form",
    "Posted",
    "act",
    "as_typed",
    "day_typed",
    "item_id",
    "on_page",
    "read",
    "schema_of",
    "write",
]
