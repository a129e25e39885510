"""The application without its journal, as a control: what is asked again is done again.

    flask --app bench.unjournalled serve …

Only for an instance that is thrown away afterwards.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Flask

from app import create_app as create_sound_app
from blueprints.fiches import saving as view
from models.fiche.saving import Clash, Op, Saved
from models.fiche.saving import save as save_once
from models.people import Person
from models.store import new_id


def save(fiche_id: str | None, person: Person, op: Op) -> Saved | Clash:
    """As models.fiche.saving.save, under another op_id each time; the receipt names the one that was sent."""
    outcome = save_once(fiche_id, person, replace(op, op_id=new_id()) if op.late else op)
    if isinstance(outcome, Saved):
        outcome.receipt = {**outcome.receipt, "op_id": op.op_id}
    return outcome


def create_app(config: dict[str, Any] | None = None) -> Flask:
    view.save_fiche = save
    return create_sound_app(config)
