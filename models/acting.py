"""★ Common actions: proposed, “count me in”, under way with two organisations of two sectors, then a group or a fiche."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.joint_actions import IDEA, UNDER_WAY, JointAction
from models.people import Person
from models.store import db

OPEN = (IDEA, UNDER_WAY)


def open_actions(limit: int | None = None) -> list[JointAction]:
    """Ideas and what is under way, the latest first."""
    query = select(JointAction).options(joinedload(JointAction.maker).lazyload(Person.roles))
    query = query.where(JointAction.state.in_(OPEN)).order_by(JointAction.made_at.desc(), JointAction.number)
    return list(db.session.scalars(query.limit(limit)).unique())
