"""How minutes are put into words, on the page, on paper and in the comparison of two versions.

What is told is a content as models/minuting.py composes and revives it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from blueprints import formats
from models.contributions import KINDS
from models.decisions import CHOICES, HOW, MODES, OUTCOMES

Content = Mapping[str, Any]
__all__ = ["CHOICES", "KINDS", "groups", "how", "person", "times", "voices", "votes", "when"]


def groups() -> dict[str, str]:
    """Where somebody was, in words, in the order in which one reads it."""
    return {
        "present": _("Sur place"), "remote": _("À distance"), "excused": _("Excusés"), "proxies": _("Voix données"), "absent": _("Absents"),
    }  # fmt: skip


def person(one: Content) -> str:
    """Somebody as the list of those who were there names them."""
    if "carrier" in one:
        return _("%(name)s, à %(carrier)s", name=one["name"], carrier=one["carrier"])
    name = f"{one['name']} ({one['organisation']})" if one["organisation"] else str(one["name"])
    notes = []
    if one["arrived"]:
        notes.append(_("à partir de %(time)s", time=formats.clock(one["arrived"])))
    if one["left"]:
        notes.append(_("jusqu’à %(time)s", time=formats.clock(one["left"])))
    if one["by"] == "announced":
        notes.append(_("annoncé"))
    elif not one["by"]:
        notes.append(_("sans réponse"))
    return ", ".join([name, *notes])


def votes(d: Content) -> str:
    """The figures of a vote, in words; "" where none was counted."""
    if d["mode"] != "vote" or d["for"] is None:
        return ""
    held = ngettext("une abstention", "%(num)s abstentions", d["abstain"] or 0)
    return _("%(yes)s pour, %(no)s contre, %(held)s", yes=d["for"], no=d["against"] or 0, held=held)


def how(d: Content) -> str:
    """How it was decided, and what came of it: "Par un vote, à main levée : 3 pour, 1 contre, 0 abstention. Adoptée."."""
    mode = str(MODES[d["mode"]])
    if d["how"]:
        mode = f"{mode}, {formats.inline(str(HOW[d['how']]), 'phrase')}"
    counted = votes(d)
    said = _("%(mode)s\u00a0: %(votes)s", mode=mode, votes=counted) if counted else mode
    return f"{said}. {OUTCOMES[d['outcome']]}."


def when(heading: Content) -> str:
    """Day and hours: "Vendredi 20 mai 2016, de 14 h 00 à 16 h 00"."""
    day = formats.day(heading["starts"])
    return ", ".join(
        x for x in (day[:1].upper() + day[1:], formats.hours(heading["starts"], heading["ends"])) if x
    )


def voices(v: Content) -> str:
    """Whose voice was there, against the quorum."""
    said = ngettext("Une voix présente", "%(num)s voix présentes", v["present"])
    if v["carried"]:
        more = ngettext(
            "une voix portée par une autre personne", "%(num)s voix portées par d’autres", v["carried"]
        )
        said = _("%(said)s, %(more)s", said=said, more=more)
    said = _("%(said)s, sur %(all)s.", said=said, all=v["of"])
    if not v["quorum"]:
        return said
    reached = v["present"] + v["carried"] >= v["quorum"]
    words = _("Le quorum de %(n)s est atteint.", n=v["quorum"]) if reached else _("Le quorum de %(n)s n’est pas atteint.", n=v["quorum"])  # fmt: skip
    return f"{said} {words}"


def times(item: Content) -> str:
    """Minutes that were planned and those that it took."""
    planned = ngettext("une minute prévue", "%(num)s minutes prévues", item["planned"])
    if item["real"] is None:
        return planned
    return _("%(planned)s, %(real)s\u00a0en\u00a0fait", planned=planned, real=item["real"])
