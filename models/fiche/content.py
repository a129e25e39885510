"""The answers of a fiche: one JSON document in the shape of its keys.

`Content` is a nested dict: "bilan.cout.montant" lives at content["bilan"]["cout"]["montant"]. A normal document has
every key of the declaration (None, False or [] where nothing was answered), items with an `id`, and
`donnees_manquantes`: key → reason why there is no answer yet.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from flask_babel import lazy_gettext as _l

from models.fiche import questions
from models.fiche.consent import withheld
from models.fiche.kinds import KINDS, Bad, answered, clean, empty
from models.fiche.question import Question

Content = dict[str, Any]
REASONS = "donnees_manquantes"
REASON_CAP = 2000
NAMED = 40  # unknown keys of an import that a report names
UNKNOWN = _l("Cette rubrique n’est pas connue.")
ITEM_ID = re.compile(r"[A-Za-z0-9_-]{1,40}")


def get(document: Mapping[str, Any], key: str) -> Any:
    """The value at a dotted key, None where there is nothing."""
    here: Any = document
    for step in key.split("."):
        if not isinstance(here, Mapping) or step not in here:
            return None
        here = here[step]
    return here


def put(document: Content, key: str, value: Any) -> None:
    """Set the value at a dotted key, making the dicts on the way."""
    *path, last = key.split(".")
    here = document
    for step in path:
        if not isinstance(here.get(step), dict):
            here[step] = {}
        here = here[step]
    here[last] = value


def item_id() -> str:
    """A new name for an item of a group; it stays with the item for life."""
    return uuid.uuid4().hex[:12]


def load_item(q: Question, raw: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """One item of a group from an import → (item, errors by key of the field)."""
    if not isinstance(raw, Mapping):
        return {"id": item_id()}, {"": _l("Un groupe de réponses était attendu ici.")}
    name = str(raw.get("id") or "")
    item: dict[str, Any] = {"id": name if ITEM_ID.fullmatch(name) else item_id()}
    errors: dict[str, Any] = {}
    for f in q.fields:
        try:
            put(item, f.key, KINDS[f.kind].load(get(raw, f.key), f))
        except Bad as bad:
            put(item, f.key, empty(f))
            errors[f.key] = bad.sentence
    known = {f.key.split(".")[0] for f in q.fields} | {"id"}
    errors |= {_shown(key): UNKNOWN for key in islice((k for k in raw if k not in known), NAMED)}
    return item, errors


def item_empty(q: Question, item: Mapping[str, Any]) -> bool:
    """Whether nothing was answered in this item."""
    return not any(answered(f, get(item, f.key)) for f in q.fields)


def load(raw: Any) -> tuple[Content, dict[str, Any]]:
    """A document from outside (YAML, JSON, an imported sheet) → (normal content, errors by key).

    Never raises for bad content: what cannot be kept is left out and named in the errors. Keys that the
    declaration does not know are named too.
    """
    raw = raw if isinstance(raw, Mapping) else {}
    content: Content = {}
    errors: dict[str, Any] = {}
    for key, q in questions.leaves().items():
        value = get(raw, key)
        if q.kind == "items":
            value, bad = _load_items(q, value)
            errors |= bad
        else:
            try:
                value = KINDS[q.kind].load(value, q)
            except Bad as bad_value:
                errors[key] = bad_value.sentence
                value = empty(q)
        put(content, key, value)
    content[REASONS] = _load_reasons(raw.get(REASONS))
    errors |= dict.fromkeys(map(_shown, islice(unknown(raw), NAMED)), UNKNOWN)
    return content, errors


def _load_items(q: Question, value: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    if not isinstance(value, (list, type(None))):
        return [], {q.key: _l("Une liste était attendue ici.")}
    items: list[dict[str, Any]] = []
    errors: dict[str, Any] = {}
    seen: set[str] = set()
    for raw in (value or [])[: questions.ITEMS_CAP]:
        item, bad = load_item(q, raw)
        if item["id"] in seen:
            item["id"] = item_id()
        seen.add(item["id"])
        errors |= {f"{q.key}.{item['id']}.{key}": sentence for key, sentence in bad.items()}
        if not item_empty(q, item):
            items.append(item)
    if len(value or []) > questions.ITEMS_CAP:
        errors[q.key] = _l("Soixante éléments au plus : les suivants n’ont pas été repris.")
    return items, errors


def _load_reasons(raw: Any) -> dict[str, str]:
    if not isinstance(raw, Mapping):
        return {}
    pairs = ((str(k), clean(str(v), lines=False)) for k, v in raw.items() if isinstance(v, (str, int, float)))
    return {k: cut(v) for k, v in pairs if v and re.fullmatch(r"[a-z_.]{1,80}", k)}


def cut(why: str) -> str:
    """A reason, at most 2,000 signs of it."""
    return why[:REASON_CAP].strip()


def _shown(key: object) -> str:
    """A key of an import that nobody knows, as a report can show it."""
    return (clean(str(key), lines=False) or "?")[:80]


def unknown(raw: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """Dotted keys of a document that no question has."""
    keys = questions.leaves()
    for step, value in raw.items():
        key = f"{at}{step}"
        if key == REASONS or key in keys:
            continue
        if isinstance(value, Mapping) and any(k.startswith(key + ".") for k in keys):
            yield from unknown(value, key + ".")
        elif value not in (None, "", [], {}):
            yield key


def blank() -> Content:
    """A document without any answer."""
    return load({})[0]


def normal(content: Mapping[str, Any]) -> Content:
    """The same document with every key of today's declaration; a stored document may be older.

    Nothing is judged anew: what was once stored stays, also where a rule became stricter since.
    """
    out: Content = {}
    for key, q in questions.leaves().items():
        value = get(content, key)
        if q.kind == "items":
            value = [whole(q, item, {}) for item in value or []]
        put(out, key, _own(q, value))
    out[REASONS] = dict(content.get(REASONS) or {})
    return out


def whole(q: Question, item: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """An item with every field of its group: what it says, else what stood there before, else no answer."""
    out: dict[str, Any] = {"id": item["id"]}
    for f in q.fields:
        put(out, f.key, _own(f, get(item if has(item, f.key) else before, f.key)))
    return out


def _own(q: Question, value: Any) -> Any:
    return empty(q) if value is None else list(value) if isinstance(value, list) else value


def has(document: Mapping[str, Any], key: str) -> bool:
    """Whether there is something at a dotted key, be it None."""
    above, _, last = key.rpartition(".")
    here = get(document, above) if above else document
    return isinstance(here, Mapping) and last in here


def reason(content: Mapping[str, Any], q: Question) -> str | None:
    """Why there is no answer to this question, if a reason was given for it, one of its fields or a group above."""
    reasons = content.get(REASONS) or {}
    keys = [q.key, *(leaf.key for leaf in q.leaves())]
    bits = q.key.split(".")
    keys += [".".join(bits[:n]) for n in range(len(bits) - 1, 0, -1)]
    return next((reasons[k] for k in keys if k in reasons), None)


def has_answer(content: Mapping[str, Any], q: Question) -> bool:
    """Whether the question, or any field of the block, has an answer. "No diagram" is none, nor is a currency."""
    quiet = {
        "gouvernance.schema.mode": "aucun",
        "bilan.cout.devise": "EUR",
        "bilan.citoyens.precision": "inconnu",
    }
    return any(
        answered(leaf, value) and quiet.get(leaf.key) != value
        for leaf in q.leaves()
        for value in [get(content, leaf.key)]
    )


def changed(a: Mapping[str, Any], b: Mapping[str, Any]) -> list[str]:
    """Keys of the questions whose answer or reason differs between two normal documents, in the order of the form."""
    out = []
    for key in questions.leaves():
        same = get(a, key) == get(b, key)
        if not same or (a.get(REASONS) or {}).get(key) != (b.get(REASONS) or {}).get(key):
            out.append(key)
    known = set(questions.leaves())
    more = set(a.get(REASONS) or {}) | set(b.get(REASONS) or {})
    out += sorted(k for k in more - known if (a.get(REASONS) or {}).get(k) != (b.get(REASONS) or {}).get(k))
    return out


def texts(content: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(key, text) of every text that a person typed, for search; private fields and what is withheld left out."""
    for key, q in questions.leaves().items():
        value = get(content, key)
        if q.kind in ("line", "text") and value and key not in PRIVATE:
            yield key, value
        elif q.kind == "lines":
            yield from ((key, line) for line in value or [])
        elif q.kind == "items":
            for item in (i for i in value or [] if not withheld(q, i)):
                for f in q.fields:
                    text = get(item, f.key)
                    if f.kind in ("line", "text") and text and f"{key}.{f.key}" not in PRIVATE:
                        yield key, text


# Seen by the people who write the fiche and by the secretary, never printed, never searched.
PRIVATE = {
    "contact.nom", "contact.fonction", "contact.courriel", "contact.telephone",
    "biennale.besoins_acces", "bilan.temoignages.prenom",
}  # fmt: skip
