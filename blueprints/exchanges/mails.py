"""What mails about exchanges say. Registered with blueprints/accounts/letters.py.

The words are read when a mail leaves: what ended meanwhile, or may not be seen any more, is not spoken of; an address is
told once both have said yes, and to the other of the two alone.
"""

from __future__ import annotations

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from models import exchanging, mediating
from models.deliveries import Mail
from models.exchanges import DONE, ENDED, IN_TOUCH, PROPOSED, Exchange
from models.rights import can


def _exchange(row: Mail, *states: str) -> Exchange:
    """The exchange, for who may still see it, in one of these states. Raises Moot."""
    found = exchanging.exchange_by_id(str(row.context.get("exchange")))
    if found is None or row.person is None or not can(row.person, "exchange.see", found):
        raise Moot(_("Cet échange n’est plus là pour cette personne."))
    if found.state not in states:
        raise Moot(_("L’échange a avancé entre-temps."))
    return found


def _said(row: Mail, found: Exchange) -> Values:
    giver = row.person_id == found.giver_id
    return {
        "exchange": found, "giver": giver, "other": found.receiver if giver else found.giver,
        "href": addresses.external("exchanges.show", exchange_id=found.id),
    }  # fmt: skip


def _asked(row: Mail) -> Values:
    """To who may mediate: somebody answered a line; asker: None where nobody did, and who proposed it mediates no more."""
    found = _exchange(row, PROPOSED)
    if found.mediator_id or not can(row.person, "exchange.mediate", found):
        raise Moot(_("Une autre personne s’en occupe déjà."))
    asker = found.giver if found.giver_agreed_at else found.receiver if found.receiver_agreed_at else None
    return {**_said(row, found), "asker": asker}


def _proposed(row: Mail) -> Values:
    """To one of the two: what is proposed, by whom, with whom."""
    found = _exchange(row, PROPOSED)
    assert row.person_id is not None
    return {**_said(row, found), "agreed": mediating.agreed(found, row.person_id)}


def _in_touch(row: Mail) -> Values:
    found = _exchange(row, IN_TOUCH)
    values = _said(row, found)
    return {**values, "address": values["other"].email}


def _done(row: Mail) -> Values:
    return _said(row, _exchange(row, DONE))


def _ended(row: Mail) -> Values:
    """stays: whether what this person wrote themselves stands on a board still."""
    found = _exchange(row, ENDED)
    own = [n for n in (found.offer, found.request) if n and n.person_id == row.person_id]
    return {**_said(row, found), "stays": any(exchanging.line_of(one).stands for one in own)}


letters.KINDS.update(
    exchange_asked=(_l("Réponse à une offre ou à une demande"), _asked),
    exchange_proposed=(_l("Échange de savoirs proposé"), _proposed),
    exchange_in_touch=(_l("Échange de savoirs\u00a0: en contact"), _in_touch),
    exchange_done=(_l("Échange de savoirs fait"), _done),
    exchange_ended=(_l("Échange de savoirs arrêté"), _ended),
)
