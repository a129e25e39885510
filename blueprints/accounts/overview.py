"""What somebody has as a second factor, and what is asked of them: for the pages that say so."""

from __future__ import annotations

from dataclasses import dataclass

from models import factors
from models.factors import Passkey, Totp
from models.people import Person


@dataclass(frozen=True)
class Overview:
    """What a person has, and what is asked of them. days: what is left of the grace, None where nothing is owed."""

    keys: list[Passkey]
    app: Totp | None
    codes: int
    days: int | None
    office: bool
    advised: bool

    @property
    def some(self) -> bool:
        return bool(self.keys or self.app)

    @classmethod
    def of(cls, person: Person) -> Overview:
        return cls(
            factors.passkeys(person), factors.app_of(person), factors.codes_left(person), factors.days_left(person),
            factors.due(person) is not None, bool(person.role_names & factors.ADVISED),
        )  # fmt: skip
