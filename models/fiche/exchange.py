"""Fiches as files: our own export, in YAML or JSON, and its reading back.

Shape: `{version: 1, fiches: [{code, statut, …answers}], images: {sha256: base64}}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import yaml
from flask_babel import lazy_gettext as _l

from models.fiche.content import normal
from models.fiche.fiche import Fiche

VERSION = 1
MOST_BYTES = 15_000_000
MOST_FICHES = 1000
MOST_DEPTH = 40
MOST_EVENTS = 1500  # of YAML, a fiche; the fullest sample has 774


class BadExport(Exception):
    """A file that is no export of ours; str() is a sentence with the remedy."""


def as_data(fiche: Fiche) -> dict[str, Any]:
    """One fiche as it stands in an export."""
    return {"code": fiche.number, "statut": fiche.state, **normal(fiche.content)}


def dump(fiches: Iterable[Fiche], form: str, images: Mapping[str, str] | None = None) -> str:
    """The text of an export; form: "json" or "yaml". images: digest → base64."""
    document: dict[str, Any] = {"version": VERSION, "fiches": [as_data(f) for f in fiches]}
    if images:
        document["images"] = dict(images)
    if form == "json":
        return json.dumps(document, ensure_ascii=False, indent=1)
    return str(yaml.dump(document, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False, width=110))


def looks_like_export(data: bytes, name: str) -> bool:
    """Whether to read this file as an export and not as a sheet."""
    return name.lower().endswith((".yaml", ".yml", ".json"))


def parse(data: bytes, most: int = MOST_FICHES) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """(fiches, images) of an export of at most `most` fiches. Raises BadExport for anything else.

    Aliases are refused, so nothing explodes; so are depths and quantities that no export of ours has, before they
    cost time, and numbers that no answer could be.
    """
    if len(data) > MOST_BYTES:
        raise BadExport(_l("Ce fichier dépasse 15 Mo. Exportez moins de fiches à la fois."))
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text) if text.lstrip().startswith(("{", "[")) else _yaml(text, most)
        fiches = document.get("fiches") if isinstance(document, dict) else document
        if isinstance(fiches, list) and len(fiches) <= most:
            _check_numbers(fiches)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadExport(
            _l("Ce fichier est abîmé, ou n’est pas un export de fiches. Exportez-les de nouveau.")
        ) from error
    if not isinstance(fiches, list) or not fiches or any(not isinstance(f, dict) for f in fiches):
        raise BadExport(
            _l("Ce fichier ne contient pas de fiche. Choisissez un export de fiches, en YAML ou en JSON.")
        )
    if len(fiches) > most:
        raise BadExport(
            _l("Ce fichier contient plus de %(most)s fiches. Importez-les en plusieurs fois.", most=most)
        )
    images = document.get("images") if isinstance(document, dict) else None
    return fiches, {str(k): v for k, v in (images or {}).items() if isinstance(v, str)} if isinstance(
        images, dict
    ) else {}


def _yaml(text: str, most: int) -> Any:
    depth = 0
    for count, event in enumerate(yaml.parse(text, Loader=yaml.CSafeLoader)):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases are not read")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > MOST_DEPTH or count > MOST_EVENTS * (most + 10):
            raise ValueError("no export of ours is so deep or has so much in it")
    return yaml.load(text, Loader=yaml.CSafeLoader)


def _check_numbers(value: Any) -> None:
    """Python refuses to write a number of 5,000 digits as text; YAML can hold one all the same."""
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, int) and abs(one) > 10**18:
            raise ValueError("a number that is no answer")
        if isinstance(one, dict):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, (list, tuple, set)):
            left += one
