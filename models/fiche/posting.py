"""From a posted form to answers, and back.

A form names what was on its page: `part` markers for whole parts, `field` markers for single questions. A question
that was not on the page is untouched, never emptied; one that was, and of which a browser posts nothing when it is
left empty (boxes, lists), is empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Protocol

from flask_babel import lazy_gettext as _l

from models.fiche import questions
from models.fiche.content import ITEM_ID, REASONS, Content, cut, get, has, item_empty, item_id, put, whole
from models.fiche.kinds import KINDS, Bad, clean
from models.fiche.question import SCHEMA, Question

TOO_MANY = _l("Soixante éléments au plus. Retirez-en, ou regroupez ceux qui se ressemblent.")

REASON = REASONS + "."


class Form(Protocol):
    """What is read of a posted form: werkzeug's MultiDict has this shape."""

    def getlist(self, key: str, /) -> list[Any]: ...
    def __contains__(self, key: object, /) -> bool: ...


@dataclass
class Posted:
    """values: key → value for each question that was on the page; reasons likewise ('' withdraws one).

    An item holds the fields that were on the page; the others stay as they were. errors: name of the input →
    sentence. Nothing with an error is among the values.
    """

    values: dict[str, Any] = field(default_factory=dict)
    reasons: dict[str, str | None] = field(default_factory=dict)
    errors: dict[str, Any] = field(default_factory=dict)

    def apply(self, content: Content) -> Content:
        """A copy of the document with these answers in it."""
        out = deepcopy(content)
        known = questions.leaves()
        for key, value in self.values.items():
            q = known.get(key)
            put(out, key, _onto(q, value, get(out, key)) if q and q.kind == "items" else deepcopy(value))
        kept = dict(out.get(REASONS) or {})
        for key, reason in self.reasons.items():
            kept.pop(key, None)
            if reason:
                kept[key] = reason
        out[REASONS] = kept
        return out


def _onto(
    q: Question, posted: list[dict[str, Any]], before: list[dict[str, Any]] | None
) -> list[dict[str, Any]]:
    """The posted items with the fields that their page did not have; those that are left empty are gone."""
    known = {item["id"]: item for item in before or []}
    items = [whole(q, item, known.get(item["id"], {})) for item in posted]
    return [item for item in items if not item_empty(q, item)]


def on_page(form: Form) -> list[Question]:
    """The questions that the form says were on its page, of those that a form of its version has."""
    parts, fields, schema = set(form.getlist("part")), set(form.getlist("field")), schema_of(form)
    return [
        leaf
        for part in questions.PARTS
        for top in part.questions
        for leaf in top.leaves()
        if leaf.key in fields or (part.key in parts and top.asked(schema) and leaf.asked(schema))
    ]


def schema_of(form: Form) -> int:
    """The schema version that the form was made with; ours when it does not say."""
    text = (form.getlist("schema_version") or [""])[0]
    return int(text) if text.isdecimal() and len(text) < 6 else SCHEMA


def read(form: Form) -> Posted:
    """The answers in a posted form. Never raises for bad input."""
    posted = Posted()
    schema = schema_of(form)
    for q in on_page(form):
        _read_question(q, form, posted, schema)
    for key in _blocks(posted.values):
        _read_reason(key, form, posted)
    return posted


def _blocks(keys: Iterable[str]) -> list[str]:
    """The blocks that these questions stand in."""
    tops = questions.questions()
    return [q.key for q in tops.values() if q.is_block and any(leaf.key in keys for leaf in q.leaves())]


def _read_question(q: Question, form: Form, posted: Posted, schema: int) -> None:
    if q.kind == "items":
        posted.values[q.key] = _read_items(q, form, posted, schema)
    elif q.key in form or KINDS[q.kind].silent:
        try:
            posted.values[q.key] = KINDS[q.kind].read(form.getlist(q.key), q)
        except Bad as bad:
            posted.errors[q.key] = bad.sentence
    _read_reason(q.key, form, posted)


def _read_reason(key: str, form: Form, posted: Posted) -> None:
    if REASON + key in form:
        posted.reasons[key] = cut(clean(form.getlist(REASON + key)[0], lines=False) or "")


def _read_items(q: Question, form: Form, posted: Posted, schema: int) -> list[dict[str, Any]]:
    names = [name for name in dict.fromkeys(form.getlist(q.key)) if ITEM_ID.fullmatch(name)]
    if len(names) > questions.ITEMS_CAP:
        posted.errors[q.key] = TOO_MANY
    out = [_read_item(q, name, form, posted, schema) for name in names[: questions.ITEMS_CAP]]
    return [item for item in out if not item_empty(q, item) or not all(has(item, f.key) for f in q.fields)]


def _read_item(q: Question, name: str, form: Form, posted: Posted, schema: int) -> dict[str, Any]:
    """The fields of one item that were on the page."""
    item: dict[str, Any] = {"id": name}
    for f in q.fields:
        input_name = f"{q.key}.{name}.{f.key}"
        if input_name not in form and not (KINDS[f.kind].silent and f.asked(schema)):
            continue
        try:
            put(item, f.key, KINDS[f.kind].read(form.getlist(input_name), f))
        except Bad as bad:
            posted.errors[input_name] = bad.sentence
    return item


def write(content: Mapping[str, Any], keys: list[str]) -> Iterator[tuple[str, str]]:
    """(name, value) pairs that post these questions again as they stand in the document; the inverse of read."""
    reasons = content.get(REASONS) or {}
    for key in keys:
        q = questions.leaves().get(key)
        if q is None:
            continue
        yield "field", key
        yield from _pairs(q, key, get(content, key))
        yield REASON + key, reasons.get(key) or ""
    for key in _blocks(keys):
        yield REASON + key, reasons.get(key) or ""


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
