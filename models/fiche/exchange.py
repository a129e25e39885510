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


def parse(data: bytes) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """(fiches, images) of an export. Raises BadExport for anything else; aliases are refused, so nothing explodes."""
    if len(data) > MOST_BYTES:
        raise BadExport(_l("Ce fichier dépasse 15 Mo. Exportez moins de fiches à la fois."))
    try:
        text = data.decode("utf-8-sig")
        document = json.loads(text) if text.lstrip().startswith(("{", "[")) else _yaml(text)
    except (UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError) as error:
        raise BadExport(
            _l("Ce fichier est abîmé, ou n’est pas un export de fiches. Exportez-les de nouveau.")
        ) from error
    fiches = document.get("fiches") if isinstance(document, dict) else document
    if not isinstance(fiches, list) or not fiches or any(not isinstance(f, dict) for f in fiches):
        raise BadExport(
            _l("Ce fichier ne contient pas de fiche. Choisissez un export de fiches, en YAML ou en JSON.")
        )
    if len(fiches) > MOST_FICHES:
        raise BadExport(_l("Ce fichier contient plus de mille fiches. Importez-les en plusieurs fois."))
    images = document.get("images") if isinstance(document, dict) else None
    return fiches, {str(k): v for k, v in (images or {}).items() if isinstance(v, str)} if isinstance(
        images, dict
    ) else {}


def _yaml(text: str) -> Any:
    for event in yaml.parse(text, Loader=yaml.CSafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ValueError("aliases are not read")
    return yaml.load(text, Loader=yaml.CSafeLoader)
