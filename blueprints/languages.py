"""Which languages there are words in, and which of them the screens of this site speak."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, request
from flask_babel import get_babel, get_locale, get_translations

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


def quicken(app: Flask) -> None:
    """Give the templates their sentences by a shorter way to the catalogue.

    A page asks for a hundred sentences, and each time flask_babel looks for the catalogue of its language: that took
    twenty times as long as finding the sentence in it. A locale is one object for a whole request.
    """
    known: dict[int, tuple[Any, Any]] = {}

    def words() -> Any:
        locale = get_locale()
        found = known.get(id(locale))
        if found is None or found[0] is not locale:
            if len(known) > 100:
                known.clear()
            found = known[id(locale)] = (locale, get_translations())
        return found[1]

    app.jinja_env.install_gettext_callables(
        gettext=lambda text: words().ugettext(text),
        ngettext=lambda one, many, n: words().ungettext(one, many, n),
        pgettext=lambda context, text: words().upgettext(context, text),
        npgettext=lambda context, one, many, n: words().unpgettext(context, one, many, n),
        newstyle=True,
    )
