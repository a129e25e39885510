"""Fills an instance with many fiches, made of the sample fiches with changed words; for benches only."""

from __future__ import annotations

import random
from copy import deepcopy
from datetime import timedelta

from sqlalchemy import insert, text

from models.demo import sample_fiches
from models.fiche import search
from models.fiche.content import load, texts
from models.fiche.facets import FicheFacet, facets_of
from models.fiche.fiche import Fiche, Revision
from models.store import db, new_id, now, writing

WORDS = [
    "marche",
    "soupe",
    "jardin",
    "école",
    "rue",
    "voisin",
    "eau",
    "lumière",
    "banc",
    "atelier",
    "potager",
    "vélo",
    "toit",
    "cour",
    "repas",
    "carte",
]


def fill(count: int, seed: int = 1, call: str | None = None) -> None:
    """Add `count` published fiches (of a call), with their revision, facets and text, in one transaction for each thousand."""
    rng = random.Random(seed)
    samples = [load({k: v for k, v in f.items() if k not in ("code", "statut")})[0] for f in sample_fiches()]
    samples = [s for s in samples if len(str(s)) < 12_000]
    for start in range(0, count, 1000):
        with writing():
            _batch(range(start, min(count, start + 1000)), samples, rng, call)


def _batch(numbers: range, samples: list[dict], rng: random.Random, call: str | None) -> None:
    fiches, revisions, facets, found = [], [], [], []
    for n in numbers:
        content = deepcopy(rng.choice(samples))
        content["titre"] = f"{rng.choice(WORDS).capitalize()} et {rng.choice(WORDS)} {n}"
        content["resume"] = f"{content['resume'] or ''} {rng.choice(WORDS)} {rng.choice(WORDS)}".strip()
        key, at = new_id(), now() - timedelta(minutes=rng.randrange(500_000))
        number = f"F-2015-{n + 1:03d}"
        fiches.append(
            {"id": key, "number": number, "state": "PUB", "rev": 1, "title": content["titre"], "made_at": at,
             "call_id": call, "language": content["langue"] or "fr", "content": content, "changed_at": at, "received_at": at,
             **Fiche.digest(content)}
        )  # fmt: skip
        revisions.append({"fiche_id": key, "rev": 1, "content": content, "at": at})
        facets += [{"fiche_id": key, "facet": facet, "code": code} for facet, code in facets_of(content)]
        body = "\n".join(t for k, t in texts(content) if k != "titre")
        found.append({"id": key, "number": number, "title": content["titre"], "body": body})
    db.session.execute(insert(Fiche), fiches)
    db.session.execute(insert(Revision), revisions)
    db.session.execute(insert(FicheFacet), facets)
    db.session.execute(text(search.INSERT), found)
