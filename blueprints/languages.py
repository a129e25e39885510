"""Which languages there are words in, and which of them the screens of this site speak."""

from __future__ import annotations

from flask import current_app, request
from flask_babel import get_babel

SOURCE = "fr"


def written() -> set[str]:
    """The languages in which our words exist, for screens and for what is printed: French and translations/."""
    return {SOURCE, *(locale.language for locale in get_babel().instance.list_translations())}


def known() -> list[str]:
    """The languages of the screens: those of SITE_LANGUAGES that have words, in its order; French if none is."""
    found = current_app.extensions.get("tablee_languages")
    if found is None:
        offered = current_app.config["SITE_LANGUAGES"]
        offered = offered.replace(",", " ").split() if isinstance(offered, str) else offered
        found = [language for language in offered if language in written()] or [SOURCE]
        current_app.extensions["tablee_languages"] = found
    languages: list[str] = found
    return languages


def spoken(language: str | None) -> str:
    """This language where the screens speak it, else their first one."""
    return language if language in known() else known()[0]


def wanted() -> str:
    """What the browser asks for first among what the site speaks: `nl-BE` is served with nl, before a later fr."""
    for asked, _quality in request.accept_languages:
        language = asked.partition("-")[0].lower()
        if language in known():
            return language
    return known()[0]
