"""A fiche on the screen: the sheet as this person may see it."""

from __future__ import annotations

from models.fiche.content import normal
from models.fiche.fiche import Fiche
from models.fiche.reading import Sheet
from models.people import Person
from models.rights import OFFICE, can


class Reading(Sheet):
    """The sheet of one fiche for one person. Authors and the office see the contact and all pictures."""

    def __init__(self, fiche: Fiche, who: Person | None) -> None:
        from blueprints.look import locale

        near = self.is_near(fiche, who)
        super().__init__(normal(fiche.content), "intranet", locale()[:2], near)
        object.__setattr__(self, "editable", can(who, "fiche.edit", fiche))

    @staticmethod
    def is_near(fiche: Fiche, who: Person | None) -> bool:
        """Whether this person sees the contact and the needs: who writes the fiche, and the office."""
        return who is not None and (who.id in fiche.author_ids or bool(who.role_names & OFFICE))

    def may_show(self, digest: str) -> bool:
        """Whether this person may see this picture; who edits sees all of them."""
        return bool(getattr(self, "editable", False)) or digest in self.digests()
