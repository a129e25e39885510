"""What the dossier of the biennale (D3) says of the day itself, from what the edition and its fiches know.

The programme is what the fiches that are printed offer to bring there, by form; hours and rooms are not known here, and it
says so. The practical part is when, where, the calls, and whom to ask. What somebody needs to come stands in neither.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from flask import current_app
from flask_babel import format_date, ngettext
from flask_babel import gettext as _

from adapters.pdf.text import NBSP
from blueprints import formats
from blueprints.dossiers.pages import Printed
from blueprints.formats import partial_date, pattern
from models.editions import Call, Edition
from models.vocabularies import label, terms

COMING, PERHAPS, NOT_COMING = "oui", "peut_etre", "non"  # codes of `presence_biennale`


def days(edition: Edition) -> str:
    """From when to when, on one line; "" where it is not known yet."""
    e = edition
    if not e.starts:
        return ""
    if not e.ends or e.ends == e.starts:
        return partial_date(e.starts.isoformat())
    same = (e.starts.year, e.starts.month) == (e.ends.year, e.ends.month)
    begin = format_date(e.starts, pattern("d" if same else "d MMMM")).replace(" ", NBSP)
    return f"{begin}{NBSP}–{NBSP}{partial_date(e.ends.isoformat())}"


def contact() -> str:
    """Whom to ask, as the site is set up; "" where it names nobody."""
    config = current_app.config
    return ", ".join(
        x for x in (config["CONTACT_NAME"], config["CONTACT_PHONE"], config["CONTACT_MAIL"]) if x
    )


def said(edition: Edition) -> list[object]:
    """What is printed here and stands in no fiche, so that a change of it is another dossier."""
    return [[(c.title, c.opens_at, c.closes_at) for c in edition.calls], contact()]


def _spoken(sheet: Printed, lang: str) -> str:
    """The languages that its people speak there."""
    codes = sheet.get("biennale.langues") or []
    return ", ".join(formats.inline(label("langue", code, lang), "language") for code in codes)


def brought(sheets: Sequence[Printed], lang: str) -> Iterator[tuple[str, list[tuple[Printed, str]]]]:
    """(form, (fiche, languages spoken there) of each that brings it), in the order of the vocabulary; then who comes
    without saying in which form, and who may come."""
    coming = [s for s in sheets if s.get("biennale.presence") == COMING]
    rows = [(label("format_biennale", code, lang), [s for s in coming if code in (s.get("biennale.formats") or [])])
            for code in terms("format_biennale")]  # fmt: skip
    rows.append((_("Forme à préciser"), [s for s in coming if not s.get("biennale.formats")]))
    perhaps = [s for s in sheets if s.get("biennale.presence") == PERHAPS]
    rows.append((label("presence_biennale", PERHAPS, lang), perhaps))
    for words, some in rows:
        if some:
            yield words, [(s, _spoken(s, lang)) for s in some]


def base(sheets: Sequence[Printed]) -> str:
    """How many of the fiches say that they come, that they may, that they do not, and how many say nothing."""
    n = Counter(s.get("biennale.presence") for s in sheets)
    known = n[COMING], n[PERHAPS], n[NOT_COMING]
    one = ngettext("Base : la fiche imprimée ici.", "Base : les %(num)s fiches imprimées ici.", len(sheets))
    return one + " " + _("Viennent : %(yes)s. Peut-être : %(perhaps)s. Ne viennent pas : %(no)s. Sans réponse : %(unknown)s.", yes=known[0], perhaps=known[1], no=known[2], unknown=len(sheets) - sum(known))  # fmt: skip


def practical(edition: Edition) -> list[tuple[str, list[str]]]:
    """(what, lines) of what one needs to know; without a line where it is not known yet."""
    rows = [
        (_("Quand"), [x for x in (days(edition),) if x]),
        (_("Où"), [x for x in (edition.place,) if x]),
        (_("Appel à fiches"), [_call(one) for one in edition.calls]),
    ]
    whom = contact()
    return [*rows, (_("Pour toute question"), [whom])] if whom else rows


def _call(call: Call) -> str:
    span = _("du %(start)s au %(end)s", start=formats.day(call.opens_at), end=formats.day(call.closes_at))
    return f"{call.title}, {span}"
