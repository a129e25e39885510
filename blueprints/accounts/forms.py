"""The forms of coming in, of one's account, and of inviting. The gate checks the token of every post."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import (
    EmailField,
    Form,
    PasswordField,
    SelectMultipleField,
    StringField,
    ValidationError,
    validators,
)

from models.people import ROLES, ROLES_EXPLAINED, BadPerson, Person, tidy_email, tidy_name
from models.rights import can
from models.vocabularies import terms


def email_address(_form: Form, field: Any) -> None:
    """Keeps the address as it is stored."""
    try:
        field.data = tidy_email(field.data or "")
    except BadPerson as bad:
        raise ValidationError(str(bad)) from bad


def person_name(_form: Form, field: Any) -> None:
    """Keeps the name on one line."""
    try:
        field.data = tidy_name(field.data or "")
    except BadPerson as bad:
        raise ValidationError(str(bad)) from bad


def on_one_line(text: str | None) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())


ORGANISATION = {
    "filters": [on_one_line],
    "validators": [validators.Length(max=200, message=_l("Écrivez 200 signes au plus."))],
}


class EmailForm(Form):
    """To be sent a link."""

    email = EmailField(_l("Votre adresse de courriel"), [email_address])


class PasswordForm(Form):
    """To come in with a password."""

    email = EmailField(_l("Votre adresse de courriel"), [email_address])
    password = PasswordField(_l("Votre mot de passe"))


class FirstPersonForm(Form):
    """Who opens an empty instance."""

    name = StringField(_l("Votre nom"), [person_name])
    email = EmailField(_l("Votre adresse de courriel"), [email_address])


class SelfForm(Form):
    """What others read about me."""

    name = StringField(_l("Votre nom"), [person_name])
    organisation = StringField(_l("Votre organisation"), **ORGANISATION)


class NewPasswordForm(Form):
    """A password, and the one before it where there was one."""

    current = PasswordField(_l("Votre mot de passe actuel"))
    password = PasswordField(_l("Nouveau mot de passe"))


class InviteForm(Form):
    """Somebody to invite, with what they will do."""

    name = StringField(_l("Son nom"), [person_name])
    email = EmailField(_l("Son adresse de courriel"), [email_address])
    organisation = StringField(_l("Son organisation"), **ORGANISATION)
    roles = SelectMultipleField(
        _l("Que fera cette personne ?"),
        [validators.InputRequired(_l("Cochez au moins un rôle. Vous pourrez en ajouter."))],
        validate_choice=False,
    )

    circle = StringField(_l("Pour quel cercle ?"))

    def validate_circle(self, field: Any) -> None:
        if field.data and field.data not in terms("cercle"):
            raise ValidationError(_l("Choisissez dans la liste."))

    @staticmethod
    def offered(by: Person) -> list[tuple[str, Any, Any]]:
        """The roles that this person may give: (name, words, what it is)."""
        given = [name for name in ROLES if can(by, "role.give", name)]
        return [(name, ROLES[name], ROLES_EXPLAINED[name]) for name in given]

    def validate_roles(self, field: Any) -> None:
        if any(role not in ROLES for role in field.data or ()):
            raise ValidationError(_l("Un de ces rôles n’existe pas. Cochez dans la liste."))


def errors(form: Form, stem: str = "") -> list[tuple[str, Any]]:
    """(id of the control, sentence) for the summary at the top of a page."""
    return [(f"{stem}{name}", problem) for name, found in form.errors.items() for problem in found]
