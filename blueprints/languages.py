"""Which languages this site really speaks: French, and those that have a translation."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import get_babel

SOURCE = "fr"


def known() -> list[str]:
    """French first, then what stands in translations/."""
    found = current_app.extensions.get("tablee_languages")
    if found is None:
        there = {str(locale) for locale in get_babel().instance.list_translations()}
        found = [SOURCE, *sorted(there - {SOURCE})]
        current_app.extensions["tablee_languages"] = found
    languages: list[str] = found
    return languages


def spoken(language: str | None) -> str:
    """This language where the site speaks it, else French."""
    return language if language in known() else SOURCE


def wanted() -> str:
    """What the browser asks for first among what the site speaks: `nl-BE` is served with nl, before a later fr."""
    for asked, _quality in request.accept_languages:
        language = asked.partition("-")[0].lower()
        if language in known():
            return language
    return SOURCE
