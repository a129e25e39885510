"""What one types about an organisation, and about belonging to it. What may stand is said in models/organisations.py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import Form, SelectField, SelectMultipleField, StringField, TextAreaField, ValidationError

from blueprints.admin.forms import named
from blueprints.look import locale
from models.fiche.kinds import clean
from models.organisations import TEXT_FIELDS, VOCABULARIES, Organisation, partial
from models.vocabularies import Term, terms


class Line(StringField):
    """A text on one line; "" becomes None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = clean(valuelist[0], lines=False) if valuelist else None


class Text(TextAreaField):
    """A text on several lines; "" becomes None."""

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = clean(valuelist[0]) if valuelist else None


class Choice(SelectField):
    """One code of a vocabulary, or none. What is not in the list is judged by the domain."""

    def __init__(self, label: Any, vocabulary: str, **more: Any) -> None:
        super().__init__(
            label, choices=[], validate_choice=False, filters=[lambda code: code or None], **more
        )
        self.vocabulary = vocabulary

    @property
    def offered(self) -> list[tuple[str, str]]:
        """(code, words) in the language of the page."""
        return options(self.vocabulary)


def options(vocabulary: str) -> list[tuple[str, str]]:
    return [(code, term.label(locale()[:2])) for code, term in terms(vocabulary).items()]


def regions() -> list[tuple[str, list[Term]]]:
    """Each region of Belgium with its provinces, the region first."""
    all_terms = terms("provenance_territoire_be").values()
    heads = [t for t in all_terms if not t.note]
    return [(head.code, [head, *(t for t in all_terms if t.note == head.code)]) for head in heads]


class OrganisationForm(Form):
    """Everything about an organisation; a name is enough."""

    name_fr = Line(_l("Son nom en français"))
    name_nl = Line(_l("Son nom en néerlandais"))
    name_de = Line(_l("Son nom en allemand"))
    abbreviation = Line(_l("Son abréviation"))
    meaning = Line(_l("Ce que l’abréviation veut dire"))
    kind = Choice(_l("Quel genre d’organisation ?"), VOCABULARIES["kind"])
    sectors = SelectMultipleField(_l("Ses secteurs"), choices=[], validate_choice=False)
    level = Choice(_l("Jusqu’où agit-elle ?"), VOCABULARIES["level"])
    commune = Line(_l("Sa commune"))
    region = Choice(_l("Sa région ou sa province"), VOCABULARIES["region"])
    country = Choice(_l("Son pays"), VOCABULARIES["country"])
    site = Line(_l("Son site"))
    about = Text(_l("Ce qu’elle fait"))

    def values(self) -> dict[str, Any]:
        """As the domain keeps them."""
        return {**{name: self[name].data for name in TEXT_FIELDS}, "sectors": list(self.sectors.data or ())}

    def blame(self, problems: Mapping[str, Any]) -> None:
        """Put the problems of the domain beside their fields."""
        for name, sentence in problems.items():
            self[name].errors = [sentence]

    def summary(self) -> list[tuple[str, str]]:
        """(id of the control, sentence) for the top of the page."""
        found = [(field, str(sentence)) for field in self for sentence in field.errors]
        return [(f.id, named(f.label.text, text)) for f, text in found]

    def differing(self, row: Organisation) -> list[tuple[str, str]]:
        """(label, text as it is kept) of each text that differs from what was typed."""
        mine = self.values()
        return [
            (str(self[name].label.text), getattr(row, name) or "")
            for name in TEXT_FIELDS
            if (getattr(row, name) or None) != mine[name]
        ]


def moment_in_life(_form: Form, field: Any) -> None:
    """A year, or a month of a year."""
    try:
        partial(field.data)
    except ValueError:
        raise ValidationError(
            _l("Écrivez une année, par exemple 2014, ou un mois, par exemple 09/2014.")
        ) from None


def short(_form: Form, field: Any) -> None:
    if len(field.data or "") > 200:
        raise ValidationError(_l("Écrivez 200 signes au plus."))


class MemberForm(Form):
    """Somebody belongs to an organisation. email: whom, where it is not oneself."""

    email = Line(_l("Son adresse de courriel"))
    organisation = Line(_l("Le nom de l’organisation"), [short])
    function = Line(_l("Fonction"), [short])
    since = Line(_l("Depuis"), [moment_in_life])

    def summary(self, stem: str = "") -> list[tuple[str, str]]:
        return [(f"{stem}{field.name}", str(sentence)) for field in self for sentence in field.errors]
