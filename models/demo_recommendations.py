"""The demonstration's recommendations: to each level of power, from proposed to answered, with the fiches that support them.

The content is invented, in models/data/demo/recommendations.yaml. After the minutes (models/demo_minutes.py).
"""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from models.circles import circle_by_code
from models.decisions import decision_by_number
from models.editions import LOCAL, Edition
from models.fiche.fiche import Fiche, find
from models.recommendations import Recommendation, recommendation_by_number
from models.store import db, new_id
from models.vocabularies import DATA, load_yaml


def load(edition: Edition) -> None:
    """Everything. Inside writing()."""
    document = load_yaml(DATA / "demo" / "recommendations.yaml")
    assert isinstance(document, dict)
    for raw in document["complete"]:
        row = recommendation_by_number(raw["numero"])
        if row:
            row.determinants, row.fiches = raw["determinants"], _fiches(raw)
            row.made_at = row.changed_at = _on(raw)
    for raw in document["recommandations"]:
        db.session.add(_made(raw, edition))
    db.session.flush()


def _fiches(raw: dict[str, Any]) -> list[Fiche]:
    return [fiche for number in raw["fiches"] if (fiche := find(number))]


def _on(raw: dict[str, Any]) -> datetime:
    return datetime.combine(raw["le"], time(17, 0), LOCAL)


def _made(raw: dict[str, Any], edition: Edition) -> Recommendation:
    circle, decision = circle_by_code(raw["cercle"]), decision_by_number(raw.get("decision", ""))
    assert circle is not None
    row = Recommendation(
        id=new_id(), number=raw["numero"], circle_id=circle.id, edition_id=edition.id, decision_id=decision.id if decision else None,
        text=raw["texte"], cause=raw["cause"], kind=raw["genre"], addressee=raw["a"], level=raw["niveau"],
        determinants=raw["determinants"], state=raw["etat"], words=(raw.get("suite") or "").strip() or None,
    )  # fmt: skip
    row.made_at = row.changed_at = _on(raw)
    row.fiches = _fiches(raw)
    return row
