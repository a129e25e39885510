"""Which languages there are words in, and which of them the screens of this site speak."""

from __future__ import annotations

from typing import Any

from babel import Locale
from flask import Flask, current_app, g, request
from flask_babel import Domain, get_babel, get_locale
from jinja2 import pass_eval_context
from markupsafe import Markup

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


def here() -> Locale | None:
    """The locale of this request; what flask_babel's `get_locale` says, which looks three times for where it noted it."""
    try:
        found: Locale | None = g._flask_babel.babel_locale
    except (AttributeError, RuntimeError):  # not asked yet, or no request
        found = get_locale()
    return found


class Catalogues(Domain):
    """The catalogue of the language of the page, found by a shorter way: a page asks for a hundred sentences.

    flask_babel writes the name of the locale to look for its catalogue, which took twenty times as long as finding
    the sentence in it. A locale is one object for a whole request.
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: dict[int, tuple[Any, Any, dict[str, Markup]]] = {}

    def of_page(self) -> tuple[Any, Any, dict[str, Markup]]:
        """Its locale, its catalogue, and the sentences that stood in a page so far as they stand there."""
        locale = here()
        found = self._known.get(id(locale))
        if found is None or found[0] is not locale:
            if len(self._known) > 100:
                self._known.clear()
            found = self._known[id(locale)] = (locale, super().get_translations(), {})
        return found

    def get_translations(self) -> Any:
        return self.of_page()[1]


def quicken(app: Flask) -> None:
    """Give templates and sentences the shorter way to the catalogue."""
    catalogues = Catalogues()
    get_babel(app).instance.domain_instance = catalogues
    words = catalogues.get_translations
    app.jinja_env.install_gettext_callables(
        gettext=lambda text: words().ugettext(text),
        ngettext=lambda one, many, n: words().ungettext(one, many, n),
        pgettext=lambda context, text: words().upgettext(context, text),
        npgettext=lambda context, one, many, n: words().unpgettext(context, one, many, n),
        newstyle=True,
    )

    @pass_eval_context
    def say(page: Any, text: str, /, **values: Any) -> str:
        """What Jinja's own `_` does, in one call for the five it makes."""
        if not page.autoescape:
            return words().ugettext(text) % values
        _locale, catalogue, said = catalogues.of_page()
        sentence = said.get(text)
        if sentence is None:
            sentence = said[text] = Markup(catalogue.ugettext(text))
        return sentence % values if values or "%" in sentence else sentence

    app.jinja_env.globals["_"] = say
