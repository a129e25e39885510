"""How a route of a fiche finds it: by number or UUID."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from models.fiche.fiche import Fiche, find
from models.fiche.kinds import CONTROL


def by_ref(ref: str, **_more: Any) -> Fiche | None:
    """The loader of `@needs`: the other values of the URL are read by the view from request.view_args."""
    return find(ref)


def uuid_of(text: str | None) -> str | None:
    """A posted UUID in its one spelling; None for what is none."""
    try:
        return str(UUID(text or ""))
    except ValueError:
        return None


def typed() -> MultiDict[str, str]:
    """The posted fields, without the signs that no page can show again."""
    return MultiDict((CONTROL.sub("", k), CONTROL.sub("", v)) for k, v in request.form.items(multi=True))


def moment_of(text: str | None) -> datetime | None:
    """What the device's clock said, with its zone; None where it says nothing sensible."""
    if not text or not re.fullmatch(r"20[0-9]{2}-[0-9T:.\-]{6,20}(Z|[+-][0-9]{2}:[0-9]{2})", text):
        return None
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
