"""What one types about a common action. What may stand is said in models/acting.py and models/seating.py."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from werkzeug.datastructures import MultiDict

from blueprints.admin.forms import Code, Day, Line, Shared, Text
from blueprints.meetings.fields import Pick, words_of
from models import acting, mediating, seating
from models.joint_actions import JointAction, Partaking
from models.lengths import too_long
from models.people import Person


class ActionForm(Shared):
    """An action. For whom its proposer counts is asked once, when it is new (`of`)."""

    title = Line(_l("Quelle action\u00a0?"))
    about = Text(_l("De quoi s’agit-il\u00a0?"))
    axis = Pick(_l("Laquelle des cinq actions sert-elle\u00a0?"), words_of("axe"))
    place = Line(_l("Où\u00a0?"))
    starts_on = Day(_l("À partir de quand\u00a0?"))
    organisation_id = Pick(_l("Pour qui parlez-vous\u00a0?"), list)

    def of(self, by: Person, action: JointAction | None = None) -> ActionForm:
        houses = mediating.organisations_of(by)
        if action or not houses:
            del self.organisation_id
        else:
            self.organisation_id.offered = lambda: list(houses)
        return self

    def values(self) -> dict[str, Any]:
        return {
            name: self[name].data if name in self else None for name in (*acting.FIELDS, "organisation_id")
        }

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return acting.problems(values, row)


def action_form(action: JointAction, by: Person, posted: MultiDict[str, str] | None = None) -> ActionForm:
    """The form of one that is there."""
    return ActionForm(posted, obj=action).of(by, action)


class JoinForm(Shared):
    """“Count me in.”"""

    organisation_id = Pick(_l("Pour qui parlez-vous\u00a0?"), list)
    words = Line(_l("Ce que vous apportez"))

    def of(self, by: Person) -> JoinForm:
        houses = mediating.organisations_of(by)
        self.organisation_id.offered = lambda: list(houses)
        return self

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        return too_long(values, {"words": acting.MOST_WORDS})


def join_form(
    by: Person, mine: Partaking | None = None, posted: MultiDict[str, str] | None = None
) -> JoinForm:
    return JoinForm(posted, obj=mine).of(by)


class GroupForm(Shared):
    """The working group that an action becomes."""

    title = Line(_l("Nom du groupe"))
    code = Code(_l("Code du groupe"))

    def values(self) -> dict[str, Any]:
        return dict(self.data)

    @staticmethod
    def wrong(values: dict[str, Any], row: Any) -> dict[str, Any]:
        found = seating.problems({"kind": "GDT", "languages": "fr", "quorum": 0, "proxies": 1, **values, "code": values.get("code") or ""})  # fmt: skip
        return {name: sentence for name, sentence in found.items() if name in values}
