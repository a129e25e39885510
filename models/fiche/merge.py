"""Three-way merge of answers: base (what the writer started from), mine (what was posted), theirs (what is there).

By question, as its kind declares: "whole" values take the side that changed; "set" merges additions and removals;
"lines" likewise; "items" merge by the item's id, and within an item field by field. A list keeps the order of the
side that moved something. Fields of a block declared `together` conflict as one. A long text is never merged by
line: it conflicts, with the difference shown. What was changed on both sides to different values is a Conflict and
takes no side by itself; so is a list that both put in another order, or that together would be too long.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from models.fiche import questions
from models.fiche.content import REASON_CAP, REASONS, Content, get, item_id, put
from models.fiche.kinds import KINDS, LINES_CAP, TEXT_CAP
from models.fiche.question import Question
from models.vocabularies import terms


@dataclass(frozen=True)
class Conflict:
    """One thing that both sides changed.

    unit: the key of a question, `key/item` for one item of a group, or `donnees_manquantes.key` for a reason.
    keys: the questions it covers. base, mine, theirs: their values in the same order (one item: a dict or None).
    """

    unit: str
    keys: tuple[str, ...]
    base: tuple[Any, ...]
    mine: tuple[Any, ...]
    theirs: tuple[Any, ...]
    item: str = ""


@dataclass
class Merged:
    """content: theirs with what only I changed in it; conflicts: what a person must choose."""

    content: Content
    conflicts: list[Conflict] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)


def merge(base: Content, mine: Content, theirs: Content, erased: Iterable[str] = ()) -> Merged:
    """Merge three normal documents. `erased`: ids of items that were erased for good; they win every merge."""
    gone = set(erased)
    base, mine, theirs = (without(d, gone) for d in (base, mine, theirs))
    merged = Merged(deepcopy(theirs))
    for part in questions.PARTS:
        for q in part.questions:
            for unit in (q,) if q.together else q.leaves():
                _unit(unit, base, mine, theirs, merged)
    _reasons(base, mine, theirs, merged)
    return merged


def differences(mine: Content, theirs: Content, erased: Iterable[str] = ()) -> Merged:
    """Where the base is not known: every unit that differs is a conflict, and theirs stays until somebody chooses."""
    gone = set(erased)
    mine, theirs = (without(d, gone) for d in (mine, theirs))
    merged = Merged(deepcopy(theirs))
    for part in questions.PARTS:
        for top in part.questions:
            for q in (top,) if top.together else top.leaves():
                keys = tuple(leaf.key for leaf in q.leaves())
                m, t = (tuple(get(d, k) for k in keys) for d in (mine, theirs))
                if m != t:
                    merged.conflicts.append(Conflict(q.key, keys, tuple(None for _ in keys), m, t))
    m_why, t_why = (d.get(REASONS) or {} for d in (mine, theirs))
    for key in sorted({*m_why, *t_why}):
        if m_why.get(key) != t_why.get(key):
            merged.conflicts.append(_reason(key, None, m_why.get(key), t_why.get(key)))
    return merged


def without(content: Content, gone: set[str]) -> Content:
    """The document without these items."""
    if not gone:
        return content
    out = deepcopy(content)
    for key, q in questions.leaves().items():
        if q.kind == "items":
            put(out, key, [i for i in get(out, key) or [] if i["id"] not in gone])
    return out


def unanswered(content: Content, instead: Content, keys: set[str]) -> Content:
    """The document with the answers to these questions as they stand in another; other names count for nothing."""
    named = keys & set(questions.leaves())
    if not named:
        return content
    out = deepcopy(content)
    for key in named:
        put(out, key, deepcopy(get(instead, key)))
    return out


def _unit(q: Question, base: Content, mine: Content, theirs: Content, merged: Merged) -> None:
    keys = tuple(leaf.key for leaf in q.leaves())
    b, m, t = (tuple(get(d, k) for k in keys) for d in (base, mine, theirs))
    if m in (b, t):
        return
    how = "whole" if q.together else KINDS[q.kind].merge
    if t == b:
        _take(merged, keys, m)
    elif how == "set":
        codes = set(t[0]) - (set(b[0]) - set(m[0])) | (set(m[0]) - set(b[0]))
        _take(merged, keys, (_sorted(q, codes),))
    elif how == "lines":
        _lines(q, b[0], m[0], t[0], merged)
    elif how == "items":
        _items(q, b[0], m[0], t[0], merged)
    else:
        merged.conflicts.append(Conflict(q.key, keys, b, m, t))


def _take(merged: Merged, keys: Iterable[str], values: Iterable[Any]) -> None:
    for key, value in zip(keys, values, strict=True):
        put(merged.content, key, deepcopy(value))
        merged.taken.append(key)


def _sorted(q: Question, codes: Iterable[str]) -> list[str]:
    order = {code: n for n, code in enumerate(terms(q.vocabulary))}
    return sorted(codes, key=lambda c: (order.get(c, len(order)), c))


def _lines(q: Question, b: list[str], m: list[str], t: list[str], merged: Merged) -> None:
    """Additions and removals of both. A line that both took away and replaced differently is a conflict."""
    gone_m, gone_t = set(b) - set(m), set(b) - set(t)
    new_m, new_t = [x for x in m if x not in b], [x for x in t if x not in b]
    if gone_m & gone_t and set(new_m) != set(new_t):
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (m,), (t,)))
        return
    staying = {*t, *new_m} - gone_m
    mine, theirs = _orders(b, m, t, staying)
    if len(staying) > LINES_CAP:
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (m,), (t,)))
    elif mine != theirs:
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (mine,), (theirs,)))
    else:
        _take(merged, (q.key,), (theirs,))


def _orders(b: list[str], m: list[str], t: list[str], staying: set[str]) -> tuple[list[str], list[str]]:
    """What stays, in my order and in theirs: twice the same where one side at most moved something."""
    moved_m, moved_t = (_common(b, side, m, t) != _common(side, b, m, t) for side in (m, t))
    both = moved_m and moved_t and _common(m, b, t) != _common(t, b, m)
    mine, theirs = _woven(m, t, staying), _woven(t, m, staying)
    if both:
        return mine, theirs
    return (mine, mine) if moved_m else (theirs, theirs)


def _common(source: list[str], *others: list[str]) -> list[str]:
    """What all of them have, in the order of the first."""
    return [x for x in source if all(x in other for other in others)]


def _woven(first: list[str], second: list[str], staying: set[str]) -> list[str]:
    """What stays of the first, with what only the second has after the one that it follows there."""
    out = [x for x in first if x in staying]
    for x in (x for x in second if x in staying and x not in first):
        before = [y for y in second[: second.index(x)] if y in out]
        out.insert(out.index(before[-1]) + 1 if before else 0, x)
    return out


Item = dict[str, Any]


def _items(q: Question, b: list[Item], m: list[Item], t: list[Item], merged: Merged) -> None:
    by_b, by_m, by_t = ({i["id"]: i for i in side} for side in (b, m, t))
    result: dict[str, Item] = dict(by_t)
    conflicts: list[Conflict] = []
    for name in {**by_m, **by_b}:
        base, mine, theirs = by_b.get(name), by_m.get(name), by_t.get(name)
        if mine in (base, theirs):
            continue
        if theirs == base:
            if mine is None:
                result.pop(name, None)
            else:
                result[name] = mine
        elif mine is None or theirs is None or base is None:
            conflicts.append(Conflict(f"{q.key}/{name}", (q.key,), (base,), (mine,), (theirs,), name))
        else:
            conflicts += _item(q, base, mine, theirs, result)
    ids_b, ids_m, ids_t = ([i["id"] for i in side] for side in (b, m, t))
    mine_order, order = _orders(ids_b, ids_m, ids_t, set(result))
    if len(order) > questions.ITEMS_CAP:
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (m,), (t,)))
        return
    if mine_order != order:  # chosen before the items, each of which is then put where it stands
        mine_way, their_way = ([result[x] for x in way] for way in (mine_order, order))
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (mine_way,), (their_way,)))
    merged.conflicts += conflicts
    _take(merged, (q.key,), ([result[x] for x in order],))


def _item(q: Question, base: Item, mine: Item, theirs: Item, result: dict[str, Item]) -> list[Conflict]:
    """One item that both changed: field by field; one field changed twice makes the item a conflict."""
    out, clash = deepcopy(theirs), False
    for f in q.fields:
        b, m, t = (get(i, f.key) for i in (base, mine, theirs))
        if m in (b, t):
            continue
        if t == b:
            put(out, f.key, deepcopy(m))
        else:
            clash = True
    name = base["id"]
    result[name] = out
    if not clash:
        return []
    both = deepcopy(mine)
    for f in q.fields:
        if get(mine, f.key) == get(base, f.key):
            put(both, f.key, deepcopy(get(theirs, f.key)))
    return [Conflict(f"{q.key}/{name}", (q.key,), (base,), (both,), (out,), name)]


def _reasons(base: Content, mine: Content, theirs: Content, merged: Merged) -> None:
    b, m, t = (d.get(REASONS) or {} for d in (base, mine, theirs))
    out = dict(t)
    for key in sorted({*b, *m}):
        if m.get(key) in (b.get(key), t.get(key)):
            continue
        if t.get(key) == b.get(key):
            out.pop(key, None)
            if key in m:
                out[key] = m[key]
            merged.taken.append(f"{REASONS}.{key}")
        else:
            merged.conflicts.append(_reason(key, b.get(key), m.get(key), t.get(key)))
    merged.content[REASONS] = out


def _reason(key: str, base: str | None, mine: str | None, theirs: str | None) -> Conflict:
    return Conflict(f"{REASONS}.{key}", (key,), (base,), (mine,), (theirs,))


def is_reason(conflict: Conflict) -> bool:
    """Whether it is about why there is no answer."""
    return conflict.unit.startswith(REASONS + ".")


def writable(conflict: Conflict) -> bool:
    """Whether a person may write something else instead: one text, or a reason."""
    if is_reason(conflict):
        return True
    q = questions.leaves().get(conflict.keys[0])
    return len(conflict.keys) == 1 and not conflict.item and q is not None and q.kind in ("text", "line")


def both(conflict: Conflict) -> tuple[Any, ...] | None:
    """Both values kept, where that makes sense and is not too long: texts one after the other, lists joined."""
    mine, theirs = conflict.mine[0], conflict.theirs[0]
    if conflict.item:
        return (mine, theirs) if mine and theirs else None
    q = questions.leaves().get(conflict.keys[0])
    if len(conflict.keys) > 1 or not mine or not theirs:
        return None
    if is_reason(conflict):
        return _short(f"{theirs} / {mine}", REASON_CAP)
    if q is None or q.kind not in ("text", "line", "lines", "choices"):
        return None
    if q.kind == "lines":
        return _short(
            [*theirs, *(x for x in mine if x not in theirs)], LINES_CAP, than=max(len(mine), len(theirs))
        )
    if q.kind == "choices":
        return (_sorted(q, {*mine, *theirs}),)
    return _short(f"{theirs}\n\n{mine}" if q.kind == "text" else f"{theirs} / {mine}", TEXT_CAP)


def _short(value: Any, cap: int, than: int = 0) -> tuple[Any, ...] | None:
    """The value where it is within the cap, and longer than each of the two alone."""
    return (value,) if than < len(value) <= cap else None


def choose(content: Content, conflict: Conflict, side: str, written: str | None = None) -> None:
    """Put the chosen side ("mine", "theirs", "both" or "write" with a text) into the document.

    "both" of one item keeps theirs and adds mine as a new item. Raises ValueError for a choice that does not exist.
    """
    if side == "theirs":
        values: tuple[Any, ...] | None = conflict.theirs
    elif side == "mine":
        values = conflict.mine
    elif side == "both":
        values = both(conflict)
    elif side == "write" and writable(conflict):
        values = (written,)
    else:
        values = None
    if values is None:
        raise ValueError(f"{conflict.unit}: {side}")
    if conflict.item:
        _put_item(content, conflict, [v for v in values if v])
    elif is_reason(conflict):
        content[REASONS].pop(conflict.keys[0], None)
        if values[0]:
            content[REASONS][conflict.keys[0]] = values[0]
    else:
        for key, value in zip(conflict.keys, values, strict=True):
            put(content, key, deepcopy(value))


def _put_item(content: Content, conflict: Conflict, values: list[Item]) -> None:
    key = conflict.keys[0]
    items = list(get(content, key) or [])
    at = next((n for n, i in enumerate(items) if i["id"] == conflict.item), len(items))
    if len(values) == 2:
        mine, theirs = values
        values = [theirs, {**deepcopy(mine), "id": item_id()}]
    items[at : at + 1] = deepcopy(values)
    if len(items) > questions.ITEMS_CAP:
        raise ValueError(f"{conflict.unit}: more items than a list holds")
    put(content, key, items)
