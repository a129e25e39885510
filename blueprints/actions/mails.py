"""What mails about common actions say. Registered with blueprints/accounts/letters.py; words are read when a mail leaves."""

from __future__ import annotations

from flask_babel import get_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from blueprints import addresses
from blueprints.accounts import letters
from blueprints.accounts.letters import Moot, Values
from models import acting
from models.deliveries import Mail
from models.joint_actions import IDEA, JointAction
from models.people import Person
from models.rights import can
from models.store import db


def _action(row: Mail) -> JointAction:
    found = db.session.get(JointAction, str(row.context.get("action")))
    if found is None or not can(row.person, "action.see", found):
        raise Moot(_("Cette action n’est plus là."))
    return found


def _values(found: JointAction) -> Values:
    return {"action": found, "href": addresses.external("actions.show", action_number=found.number)}


def _joined(row: Mail) -> Values:
    """To who proposed it: somebody more counts, and what is still missing."""
    found = _action(row)
    people = acting.round_of(found)
    one = next((p for p in people.rows if p.person_id == row.context.get("person")), None)
    if one is None:
        raise Moot(_("Cette personne n’en est plus."))
    return {
        **_values(found),
        "one": one,
        "missing": people.missing(str(get_locale())[:2]) if found.state == IDEA else "",
    }


def _news(row: Mail) -> Values:
    """To who counts: it is under way, done, dropped."""
    found = _action(row)
    if found.state == IDEA:
        raise Moot(_("L’action attend de nouveau."))
    return _values(found)


def _group(row: Mail) -> Values:
    """To the coordination: a group is asked for."""
    found, by = _action(row), db.session.get(Person, str(row.context.get("person")))
    if found.circle_id or by is None or not can(row.person, "circle.make"):
        raise Moot(_("Ce groupe n’est plus demandé."))
    return {**_values(found), "by": by}


letters.KINDS.update(
    action_joined=(_l("Une personne de plus pour une action commune"), _joined),
    action_news=(_l("Nouvelle d’une action commune"), _news),
    action_group=(_l("Groupe demandé pour une action commune"), _group),
)
