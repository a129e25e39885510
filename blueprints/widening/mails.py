"""What mails about candidatures say. Registered with blueprints/accounts/letters.py.

The words are read when a mail leaves: what came to an end in the meantime, or may not be seen any more, is not spoken of.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from models import candidates, opinions, widening
from models.deliveries import Mail
from models.rights import can
from models.store import db, writing
from models.widening import Case, CaseState


def _case(row: Mail) -> Case:
    case = db.session.get(Case, str(row.context.get("case")))
    if case is None:
        raise Moot(_("Cette candidature n’est plus connue."))
    return case


def _for_member(row: Mail, right: str = "widening.see") -> Case:
    """The case, for who may still see it. Raises Moot."""
    case = _case(row)
    if not can(row.person, right, case):
        raise Moot(_("Cette personne ne suit plus la candidature."))
    return case


def _ask(row: Mail) -> Values:
    """To the person: who proposes, and why. The link is made when the mail leaves."""
    case = _case(row)
    if case.state != CaseState.PROPOSED or row.to != case.email:
        raise Moot(_("Cette personne a répondu, ou n’est plus proposée."))
    return {"case": case, "by": case.proposer, "days": candidates.LIFE.days}


def _ask_link(row: Mail, _values: Values) -> str:
    case_id = str(row.context["case"])
    with writing():
        token = candidates.fresh_token(db.session.get_one(Case, case_id))
    return addresses.external("widening.place", token=token)


def _opinion(row: Mail) -> Values:
    case = _for_member(row, "widening.say")
    if opinions.closed(case) or widening.opinion_of(case.id, str(row.person_id)):
        raise Moot(_("Cet avis a été donné, ou n’est plus demandé."))
    return {"case": case, "until": case.opinion_until, "href": addresses.external("widening.opinion", case_code=case.code)}  # fmt: skip


def _news(row: Mail) -> Values:
    """To who follows a case: what the person answered or asked, or how it ended."""
    case, act = _for_member(row), row.context.get("act")
    if act == "question" and case.state != CaseState.PROPOSED:
        raise Moot(_("Cette personne a répondu entre-temps."))
    return {"case": case, "act": act, "leads": can(row.person, "widening.lead", case), "href": _href(case)}


def _decision(row: Mail) -> Values:
    case = _for_member(row, "widening.lead")
    if case.state != CaseState.DECISION:
        raise Moot(_("Cette candidature a déjà sa décision."))
    return {"case": case, "objections": widening.objections([case.id]).get(case.id, 0), "href": _href(case),
            "meeting": case.meeting if case.item_id else None}  # fmt: skip


def _sponsor(row: Mail) -> Values:
    case = _for_member(row)
    if case.sponsor_id != row.person_id:
        raise Moot(_("Une autre personne accueille maintenant."))
    return {"case": case, "href": _href(case)}


def _welcome(row: Mail) -> Values:
    case = _for_member(row)
    return {
        "case": case,
        "sponsor": case.sponsor,
        "href": addresses.external("widening.sheet", case_code=case.code),
    }


def _href(case: Case) -> str:
    return addresses.external("widening.show", case_code=case.code)


letters.KINDS.update(
    widening_ask=(_l("Une place vous est proposée"), _ask),
    widening_opinion=(_l("Avis demandé sur une candidature"), _opinion),
    widening_news=(_l("Nouvelle d’une candidature"), _news),
    widening_decision=(_l("Candidature à décider"), _decision),
    widening_sponsor=(_l("Accueillir une personne"), _sponsor),
    widening_welcome=(_l("Bienvenue dans le groupe"), _welcome),
)
letters.LINKS.update(widening_ask=_ask_link)
