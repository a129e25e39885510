"""The gate: every request passes here before its view, in one order.

identity → author of the form is that identity → CSRF → the route's right, on the object it loads → a fresh proof.
A route says which right it needs (`@needs`) or that it is public (`@public`); one that says neither answers 403.
To load is to authorise: what a person may not see is 404, what they see but may not change is 403. Somebody who is
not signed in is sent to sign in before anything is loaded.

A device whose person has a second factor that was not shown yet is nobody: it is sent to the second step. Somebody of
the office who owes a second factor passes only where a route says `always`. A route that says `fresh` asks for a proof
of the last quarter of an hour, whatever the method (blueprints/accounts/confirming.py keeps what was typed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, abort, current_app, g, request, session
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import Conflict, Forbidden, Unauthorized

from models import factors, rights
from models.access import Device, find_device
from models.people import Person

csrf = CSRFProtect()
F = TypeVar("F", bound=Callable[..., Any])
Loader = Callable[..., Any]


@dataclass(frozen=True)
class Access:
    """What a route asks for. right: a key of RIGHTS, "" for public. see: the right that makes the object visible.

    by_mail: mail programmes post here, with neither a session nor a form of ours; the address itself is the proof.
    """

    right: str
    load: Loader | None = None
    see: str = ""
    into: str = ""
    uploads: bool = False
    fresh: bool = False
    always: bool = False
    by_mail: bool = False


class CsrfStale(CSRFError):
    """The token of the form is of another session, or there is none."""

    description = "csrf_stale"


class WrongUser(Conflict):
    """The form was filled in under another account."""

    description = "wrong_user"


class SecondStep(Unauthorized):
    """Signed in by a link or a password, and the second factor was not shown yet."""

    description = "second_step"


class FactorOwed(Forbidden):
    """Somebody of the office who must set up a second factor before anything else."""

    description = "factor_owed"


class NotFresh(Unauthorized):
    """This act asks for a proof of the last quarter of an hour."""

    description = "not_fresh"


class TooPersonal(Exception):
    """Somebody was asked for where a part is drawn for all alike (blueprints/alike.py)."""


def public(view: F) -> F:
    """This route is for everybody, signed in or not."""
    view.access = Access("")  # type: ignore[attr-defined]
    return view


def posted_by_mail(view: F) -> F:
    """This public route takes a post without the token of a form: its signed address stands for it (RFC 8058)."""
    view.access = replace(view.access, by_mail=True)  # type: ignore[attr-defined]
    return view


def needs(
    right: str,
    load: Loader | None = None,
    *,
    see: str = "",
    into: str = "",
    uploads: bool = False,
    fresh: bool = False,
    always: bool = False,
) -> Callable[[F], F]:
    """This route needs a right. `load(**url values)` returns its object or None; the view gets it as `into`.

    see: the right by which the object is visible at all, where it is another than `right`. uploads: files may come.
    fresh: whoever showed who they are more than a quarter of an hour ago shows it again. always: open also to
    somebody of the office who owes a second factor.
    """
    if right not in rights.RIGHTS or (see and see not in rights.RIGHTS):
        raise KeyError(right)

    def declare(view: F) -> F:
        @wraps(view)
        def with_object(**values: Any) -> Any:
            if load is None:
                return view(**values)
            return view(**{into: g.object})

        with_object.access = Access(  # type: ignore[attr-defined]
            right, load, see or right, into, uploads, fresh, always
        )
        return with_object  # type: ignore[return-value]

    return declare


def person() -> Person | None:
    """Who is signed in on this request, the second factor included."""
    if "person" not in g:
        if "nobody" in g:
            raise TooPersonal("person")
        device = find_device(session.get("device"))
        whole = device is not None and device.second_at is not None
        g.half = None if whole else device
        g.device = device if whole else None
        g.person = g.device.person if g.device else None
    result: Person | None = g.person
    return result


def device() -> Device | None:
    """The device of this request."""
    person()
    result: Device | None = g.device
    return result


def half() -> Device | None:
    """The device of this request, where the second factor is still to be shown."""
    person()
    result: Device | None = g.half
    return result


def can(right: str, thing: Any = None) -> bool:
    """Whether the person of this request has a right; for templates and views."""
    try:
        return rights.can(person(), right, thing)
    except TooPersonal:
        answers: dict[tuple[str, int], bool] = g.nobody
        if (right, id(thing)) not in answers:
            raise TooPersonal(right) from None
        return answers[right, id(thing)]


@contextmanager
def nobody(answers: dict[tuple[str, int], bool]) -> Iterator[None]:
    """Nobody is signed in, and only these rights have an answer, by right and `id` of what it is asked of."""
    who = g.pop("person")
    g.nobody = answers
    try:
        yield
    finally:
        g.person = who
        del g.nobody


def access_of(endpoint: str | None) -> Access | None:
    """What the view behind an endpoint declared; a library's route from its list; None for neither."""
    if endpoint in rights.LIBRARY_ROUTES:
        return Access(rights.LIBRARY_ROUTES[endpoint])
    view = current_app.view_functions.get(endpoint or "")
    return getattr(view, "access", None)


def check() -> None:
    """Runs before every view."""
    if request.endpoint is None:
        return  # no such route: 404 by itself
    access = access_of(request.endpoint)
    if access is None:
        abort(403)
    if access.uploads:
        request.max_content_length = current_app.config["UPLOAD_LENGTH"]
    who = person() if access.right or request.method == "POST" else None
    if access.right and who is None:
        raise SecondStep() if half() else Unauthorized()
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        author = request.form.get("author") or request.headers.get("X-Author")
        if author and who and author != who.id:
            raise WrongUser()
        if not access.by_mail:
            _csrf()
    if not access.right:
        return
    if who and not access.always and factors.overdue(who):
        raise FactorOwed()
    thing = access.load(**(request.view_args or {})) if access.load else None
    if access.load and (thing is None or not rights.can(who, access.see, thing)):
        abort(404)
    if not rights.can(who, access.right, thing):
        abort(403)
    here = device()
    if access.fresh and not (here and here.fresh()):
        raise NotFresh()
    g.object = thing


def _csrf() -> None:
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return  # only a test says so
    try:
        csrf.protect()
    except CSRFError as error:
        raise CsrfStale() from error


def init(app: Flask) -> None:
    """Put the gate before every view."""
    app.config["WTF_CSRF_CHECK_DEFAULT"] = False
    app.config["WTF_CSRF_TIME_LIMIT"] = None
    csrf.init_app(app)
    app.before_request(check)
    app.jinja_env.globals.update(can=can, person=person)
