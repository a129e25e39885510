"""What the addresses of the register name. A loader returns None for what is not there; it takes all of an address."""

from __future__ import annotations

from typing import Any

from models.decisions import Decision, decision_by_number
from models.recommendations import Recommendation, recommendation_by_number


def decision(decision_number: str, **_more: Any) -> Decision | None:
    return decision_by_number(decision_number.upper())


def recommendation(recommendation_number: str, **_more: Any) -> Recommendation | None:
    return recommendation_by_number(recommendation_number.upper())
