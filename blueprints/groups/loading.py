"""What the addresses of groups name. A loader returns None for what is not there; it takes all of an address."""

from __future__ import annotations

from typing import Any

from flask import request

from models import gathering, producing, reporting
from models.circles import Circle, circle_by_code
from models.fiche.kinds import clean
from models.groups import Production, Report, SeatRequest


def group(circle_code: str, **_more: Any) -> Circle | None:
    """A working group or a network; a committee has its page elsewhere, and is widened instead of joined."""
    found = circle_by_code(circle_code)
    return found if found and not found.is_committee else None


def seat_request(ask_id: str, **_more: Any) -> SeatRequest | None:
    return gathering.request_by_id(ask_id)


def of_request(circle_code: str, ask_id: str, **_more: Any) -> Circle | None:
    """The group, where this request is for it."""
    found = gathering.request_by_id(ask_id)
    return found.circle if found and found.circle.code == circle_code else None


def production(production_id: str, **_more: Any) -> Production | None:
    return producing.production_by_id(production_id)


def report(report_id: str, **_more: Any) -> Report | None:
    return reporting.report_by_id(report_id)


def words(name: str = "words") -> str:
    return clean(request.form.get(name, "")) or ""
