"""What the addresses of exchanges name. A loader returns None for what is not there, or may not be seen."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _

from blueprints import gate
from models import exchanging
from models.exchanges import Exchange, Notice
from models.exchanging import Line
from models.workflow import Refused


def line(ref: str, **_more: Any) -> Line | None:
    """A line of the board, as the person of this request may see it."""
    who = gate.person()
    return exchanging.line_by_ref(who, ref) if who else None


def notice(notice_id: str, **_more: Any) -> Notice | None:
    return exchanging.notice_by_id(notice_id)


def exchange(exchange_id: str, **_more: Any) -> Exchange | None:
    return exchanging.exchange_by_id(exchange_id)


def again(ref: str, digest: str) -> Line:
    """The line once more, inside the transaction that acts on it. Raises Refused where it has gone meanwhile, or where
    another one stands in its place: digest is of the one that was read."""
    found = line(ref)
    if found is None or found.digest != digest:
        raise Refused(_("Cette ligne n’est plus là. Revenez au tableau et choisissez-en une autre."))
    return found
