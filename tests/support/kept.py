"""Applications that tests use one after another, each time with an instance folder as fresh as a new one.

Making the application costs more than most tests: its addresses, its templates and the statements of its database
are compiled anew for each. What a test may change are the data, the configuration and, in a few tests, the
application itself: the data are copied anew, the configuration is put back, and an application to which anything
was added (a route, a handler, a name for templates) is never used again.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from adapters import queue
from blueprints.security import limiter
from tests.support.site import close

MOST = 6  # applications that wait for another test; each holds some megabytes


def _shape(app) -> tuple:
    """Everything that a test may have added to or exchanged in an application; equal while nothing was."""
    handlers = [
        (scope, code, *found.items())
        for scope, codes in app.error_handler_spec.items()
        for code, found in codes.items()
        if found  # to look for a handler leaves an empty place
    ]
    listed = [
        (name, scope, *functions)
        for name in ("before_request_funcs", "after_request_funcs", "teardown_request_funcs", "template_context_processors",
                     "url_value_preprocessors", "url_default_functions")
        for scope, functions in getattr(app, name).items()
        if functions
    ]  # fmt: skip
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    environment = app.jinja_env
    names = [
        (key, id(value))
        for part in (environment.globals, environment.filters, environment.tests)
        for key, value in part.items()
    ]
    return (
        rules, dict(app.view_functions), listed, handlers, names, list(app.teardown_appcontext_funcs), app.session_interface,
        environment.loader, app.wsgi_app, list(app.logger.handlers), app.logger.propagate, sorted(app.cli.commands),
    )  # fmt: skip


class Kept:
    """One application, what it was like when it was made, and the folder that is made anew for each test."""

    def __init__(self, key: tuple, app, template: Path):
        self.key, self.app, self.template = key, app, template
        self.config, self.extensions = dict(app.config), dict(app.extensions)
        self.client, self.shape = app.test_client_class, _shape(app)

    def fresh(self):
        """The application, as if it had just been made on a copy of the template."""
        folder = Path(self.app.config["INSTANCE"])
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self.template, folder)
        queue.queue.cache_clear()  # its file is another one now
        limiter.enabled = self.config["RATELIMIT_ENABLED"]
        limiter.reset()
        self.app._got_first_request = False
        return self.app

    def at_rest(self) -> bool:
        """Close its connections and put its settings back; whether it is still what it was."""
        close(self.app)
        same = _shape(self.app) == self.shape
        for held, before in ((self.app.config, self.config), (self.app.extensions, self.extensions)):
            held.clear()
            held.update(before)
        self.app.test_client_class = self.client
        return same


class Shelf:
    """The applications that wait. `take(key, template, make)` gives one that fits, made where none does."""

    def __init__(self, folder: Path):
        self.folder, self.waiting, self.made = folder, [], 0

    def take(self, template: Path, config: dict[str, Any], make: Callable[[Path], Any]) -> Kept:
        environment = sorted(item for item in os.environ.items() if item[0].startswith("TABLEE"))
        key = (template, sorted(config.items()), environment)
        for one in reversed(self.waiting):  # of several alike the one used last: the others may go
            if one.key == key:
                self.waiting.remove(one)
                one.fresh()
                return one
        folder = self.folder / f"instance-{self.made}"
        self.made += 1
        shutil.copytree(template, folder)
        return Kept(key, make(folder), template)

    def give_back(self, one: Kept) -> None:
        if one.at_rest():
            self.waiting.append(one)
        for old in self.waiting[:-MOST]:
            shutil.rmtree(old.app.config["INSTANCE"], ignore_errors=True)
        del self.waiting[:-MOST]
