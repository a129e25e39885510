"""Three-way merge of answers: base (what the writer started from), mine (what was posted), theirs (what is there).

By question, as its kind declares: "whole" values take the side that changed; "set" merges additions and removals;
"lines" likewise, with the order of theirs; "items" merge by the item's id, and within an item field by field.
Fields of a block declared `together` conflict as one. A long text is never merged by line: it conflicts, with the
difference shown. What was changed on both sides to different values is a Conflict and takes no side by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

from models.fiche import questions
from models.fiche.content import REASONS, Content, get, item_id, put
from models.fiche.kinds import KINDS
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


def differences(mine: Content, theirs: Content) -> Merged:
    """Where the base is not known: every unit that differs is a conflict, and theirs stays until somebody chooses."""
    merged = Merged(deepcopy(theirs))
    for part in questions.PARTS:
        for top in part.questions:
            for q in (top,) if top.together else top.leaves():
                keys = tuple(leaf.key for leaf in q.leaves())
                m, t = (tuple(get(d, k) for k in keys) for d in (mine, theirs))
                if m != t:
                    merged.conflicts.append(Conflict(q.key, keys, tuple(None for _ in keys), m, t))
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
        order = {code: n for n, code in enumerate(terms(q.vocabulary))}
        _take(merged, keys, (sorted(codes, key=lambda c: order.get(c, 999)),))
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


def _lines(q: Question, b: list[str], m: list[str], t: list[str], merged: Merged) -> None:
    """Additions and removals of both. A line that both took away and replaced differently is a conflict."""
    gone_m, gone_t = set(b) - set(m), set(b) - set(t)
    new_m, new_t = [x for x in m if x not in b], [x for x in t if x not in b]
    if gone_m & gone_t and set(new_m) != set(new_t):
        merged.conflicts.append(Conflict(q.key, (q.key,), (b,), (m,), (t,)))
        return
    kept = [x for x in _order(b, m, t) if x not in gone_m]
    _take(merged, (q.key,), (_insert(kept, m, [x for x in new_m if x not in kept]),))


def _order(b: list[str], m: list[str], t: list[str]) -> list[str]:
    """t, in the order of m where only m was put in another order."""
    common = [x for x in t if x in m]
    if [x for x in b if x in common] != [x for x in t if x in b and x in common]:
        return list(t)
    wanted = iter([x for x in m if x in common])
    return [next(wanted) if x in common else x for x in t]


def _insert(kept: list[str], source: list[str], new: list[str]) -> list[str]:
    """Each new element after the one that it follows in its source."""
    out = list(kept)
    for x in new:
        before = [y for y in source[: source.index(x)] if y in out]
        out.insert(out.index(before[-1]) + 1 if before else 0, x)
    return out


Item = dict[str, Any]


def _items(q: Question, b: list[Item], m: list[Item], t: list[Item], merged: Merged) -> None:
    by_b, by_m, by_t = ({i["id"]: i for i in side} for side in (b, m, t))
    result: dict[str, Item] = dict(by_t)
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
            merged.conflicts.append(Conflict(f"{q.key}/{name}", (q.key,), (base,), (mine,), (theirs,), name))
        else:
            _item(q, base, mine, theirs, result, merged)
    ids_b, ids_m, ids_t = ([i["id"] for i in side] for side in (b, m, t))
    order = [x for x in _order(ids_b, ids_m, ids_t) if x in result]
    order = _insert(order, ids_m, [x for x in ids_m if x in result and x not in order])
    _take(merged, (q.key,), ([result[x] for x in order],))


def _item(q: Question, base: Item, mine: Item, theirs: Item, result: dict[str, Item], merged: Merged) -> None:
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
    if clash:
        both = deepcopy(mine)
        for f in q.fields:
            if get(mine, f.key) == get(base, f.key):
                put(both, f.key, get(theirs, f.key))
        name = base["id"]
        merged.conflicts.append(Conflict(f"{q.key}/{name}", (q.key,), (base,), (both,), (out,), name))
    result[base["id"]] = out


def _reasons(base: Content, mine: Content, theirs: Content, merged: Merged) -> None:
    b, m, t = (d.get(REASONS) or {} for d in (base, mine, theirs))
    out = dict(t)
    for key in {*b, *m}:
        if m.get(key) in (b.get(key), t.get(key)):
            continue
        if t.get(key) == b.get(key):
            out.pop(key, None)
            if key in m:
                out[key] = m[key]
            merged.taken.append(f"{REASONS}.{key}")
        else:
            merged.conflicts.append(
                Conflict(f"{REASONS}.{key}", (key,), (b.get(key),), (m.get(key),), (t.get(key),))
            )
    merged.content[REASONS] = out


def both(conflict: Conflict) -> tuple[Any, ...] | None:
    """Both values kept, where that makes sense: texts one after the other, lists joined, None where it does not."""
    if conflict.item or conflict.unit.startswith(REASONS):
        mine, theirs = conflict.mine[0], conflict.theirs[0]
        if conflict.item:
            return (mine, theirs) if mine and theirs else None
        return (f"{theirs} / {mine}",) if mine and theirs else None
    if len(conflict.keys) > 1:
        return None
    q = questions.leaves()[conflict.keys[0]]
    mine, theirs = conflict.mine[0], conflict.theirs[0]
    if q.kind == "lines":
        return ([*theirs, *(x for x in mine if x not in theirs)],)
    if q.kind in ("text", "line") and mine and theirs:
        return (f"{theirs}\n\n{mine}" if q.kind == "text" else f"{theirs} / {mine}",)
    return None


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
    elif side == "write" and len(conflict.keys) == 1 and not conflict.item:
        values = (written,)
    else:
        values = None
    if values is None:
        raise ValueError(f"{conflict.unit}: {side}")
    if conflict.item:
        _put_item(content, conflict, [v for v in values if v])
    elif conflict.unit.startswith(REASONS):
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
    put(content, key, items[:at] + deepcopy(values) + items[at + 1 :])
