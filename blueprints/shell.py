"""What surrounds every answer: headers, static files, the page's frame, error pages that keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask import Flask, Response, current_app, flash, g, jsonify, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException
from whitenoise import WhiteNoise

from adapters.pdf.filters import environment_filters
from adapters.storage import DIGEST, NoRoom
from blueprints import formats, gate, look
from blueprints.errors_text import ERRORS, keepable
from blueprints.kept import read_as
from models.fiche.kinds import CONTROL
from models.store import Busy
from models.vocabularies import label

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)
DOWNLOAD_CSP = "sandbox; default-src 'none'"
FEATURES = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "geolocation", "gyroscope",
    "hid", "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "payment", "picture-in-picture",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS = ", ".join(
    [f"{name}=()" for name in FEATURES]
    + ["publickey-credentials-get=(self)", "publickey-credentials-create=(self)"]
)


def security_headers(https: bool) -> dict[str, str]:
    """The headers that every answer has, static files included. Source: docs/safety.md."""
    out = {
        "Content-Security-Policy": CSP,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": PERMISSIONS,
        "X-Frame-Options": "DENY",
    }
    if https:
        out["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return out


def is_https(app: Flask) -> bool:
    return str(app.config.get("PUBLIC_URL") or "").startswith("https://")


def dress(response: Response) -> Response:
    """Security headers on every answer; nothing of a signed-in person is ever stored by a cache."""
    for name, value in security_headers(is_https(current_app)).items():
        response.headers.setdefault(name, value)
    if "Cache-Control" not in response.headers:
        response.headers["Cache-Control"] = "private, no-store"
    response.vary.add("Cookie")
    return response


def wants_json() -> bool:
    """Whether the caller asked for JSON, as a device that sends late does."""
    return request.accept_mimetypes.best == "application/json"


def receipt(said: Mapping[str, Any], *, replayed: bool) -> Response:
    """The answer to a device whose operation took effect: 201 with its receipt, or 200 where it had before."""
    answer = jsonify(said)
    answer.status_code = 200 if replayed else 201
    if replayed:
        answer.headers["Idempotent-Replayed"] = "true"
    return answer


def flash_undo(text: str, action: str, label: str, fields: Iterable[tuple[str, str]] = ()) -> None:
    """What the next page says of an act, with a button that takes it back: a POST of `fields` to `action`."""
    undo: Any = {
        "text": text,
        "action": action,
        "label": label,
        "fields": list(fields),
    }  # a message, to Flask, is a str
    flash(undo, "ok")


def echo() -> dict[str, str]:
    """The name that the request gave itself: `{op_id}` of an operation, `{sha256}` of a file, as it was spelled.

    A device takes only an answer that echoes it for one of ours. A body that cannot be read has its name in X-Op-Id.
    """
    out = {}
    named = request.headers.get("X-Op-Id") or ""
    if request.method == "POST" and not named:
        try:
            named = request.form.get("op_id") or ""
        except HTTPException:
            named = ""
    if UUID.fullmatch(named):
        out["op_id"] = named
    sha256 = (request.view_args or {}).get("sha256", "")
    if request.method == "PUT" and DIGEST.fullmatch(sha256):
        out["sha256"] = sha256
    return out


def error_answer(code: int, sentence: Any = None, **data: Any) -> tuple[Any, int]:
    """An error as a page that says what happened and keeps what was typed, or as JSON."""
    leave = data.pop("leave", False)  # another account is signed in: nothing can be sent from here
    if wants_json():
        return jsonify({"error": data.pop("name", str(code)), **echo(), **data}), code
    title, what, remedy = ERRORS.get(code) or ERRORS[500]
    page: dict[str, Any] = {"code": code, "title": title, "sentence": sentence or what, "remedy": remedy}
    if code == 401:
        page["sign_in_href"] = data.pop("sign_in_href", None) or url_for("accounts.sign_in")
    if request.method == "POST":
        kept = kept_fields()
        labels, words_of_choices = read_as(request.blueprint, (name for name, _value in kept))
        page |= {
            "kept": kept,
            "kept_labels": labels,
            "kept_words": words_of_choices,
            "kept_action": request.full_path.rstrip("?"),
            "resend": code in RESEND and from_here() and not leave,
            "leave_href": url_for("accounts.sign_out") if leave else "",
        }
    return render_template("errors/page.html", **page, **data), code


def refusal(app: Flask) -> Callable[[int], tuple[list[tuple[str, str]], bytes]]:
    """refusal(app)(413): headers and page for what the server refuses before the application sees it."""

    def answer(code: int) -> tuple[list[tuple[str, str]], bytes]:
        with app.test_request_context("/"):
            page = error_answer(code if code in ERRORS else 400)
            response = app.process_response(app.make_response(page))
        kept = [(k, v) for k, v in response.headers if k.lower() not in ("content-length", "set-cookie")]
        return kept, response.get_data()

    return answer


MOST_KEPT = 4000
RESEND = (401, 403, 409, 429, 500, 503)


def kept_fields() -> list[tuple[str, str]]:
    """What was typed, to be posted again: everything but secrets. The account that wrote it stays named, so that
    it is never sent under another; more fields than any form of ours has are not written out again."""
    try:
        items = list(request.form.items(multi=True))
    except HTTPException:
        return []
    if len(items) > MOST_KEPT:
        return []
    return [(CONTROL.sub("", k), CONTROL.sub("", v)) for k, v in keepable(items) if k != "csrf_token"]


def from_here() -> bool:
    """Whether a browser says that this post came from our own pages; only then it is offered again."""
    site = request.headers.get("Sec-Fetch-Site")
    return (
        site in ("same-origin", "none")
        if site
        else (request.referrer or request.host_url).startswith(request.host_url)
    )


def on_http_error(error: HTTPException) -> Any:
    code = error.code or 500
    if isinstance(error, gate.CsrfStale):
        return error_answer(
            403,
            _("Cette page était ouverte depuis longtemps. Votre texte est ci-dessous : renvoyez-le."),
            name="csrf_stale",
            stale=True,
        )
    if isinstance(error, gate.WrongUser):
        return error_answer(
            409,
            _(
                "Ce texte a été écrit sous un autre compte. Copiez-le, puis revenez à ce compte pour l’envoyer."
            ),
            name="wrong_user",
            leave=True,
        )
    answer = error_answer(code)
    if code == 401 and not wants_json():
        from flask import redirect

        if request.method in ("GET", "HEAD"):
            return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
    headers = Headers([(k, v) for k, v in error.get_headers() if k in ("Allow", "Retry-After")])
    return answer[0], code, headers


def on_busy(_error: Busy | NoRoom) -> Any:
    body, code = error_answer(503)
    return body, code, {"Retry-After": "5"}


def on_crash(error: Exception) -> Any:
    current_app.logger.exception("unexpected error")
    return error_answer(500)


class NavItem:
    """One entry of the menu."""

    def __init__(self, key: str, label: str, endpoint: str, **values: Any) -> None:
        self.key, self.label, self.href = key, label, url_for(endpoint, **values)


NAVIGATION = (
    ("home", lambda: _("Accueil"), "home.index", "home.see"),
    ("fiches", lambda: _("Fiches"), "fiches.index", "fiche.list"),
    ("meetings", lambda: _("Réunions"), "meetings.index", "meeting.list"),
    ("committee", lambda: _("Groupes"), "committee.index", "circle.list"),
    ("directory", lambda: _("Réseau"), "network.index", "directory.see"),
    ("dossiers", lambda: _("Dossiers"), "dossiers.index", "dossier.list"),
    ("edition", lambda: _("Édition"), "admin.edition", "edition.see"),
    ("people", lambda: _("Personnes"), "accounts.people", "person.invite"),
)


def foot() -> list[dict[str, str]]:
    """What stands at the foot of every page: written out, since a refused host has no addresses to build from."""
    return [{"href": "/privacy", "label": _("Vos données")}]


def frame() -> dict[str, Any]:
    """What base.html needs."""
    config = current_app.config
    shell = g.get("shell", False)  # a page that browsers keep: nothing of anybody in it
    who = gate.person() if not shell and not getattr(request, "static", False) else None
    site = {
        "name": config["SITE_NAME"], "tagline": config["SITE_TAGLINE"], "demo": config["DEMO"], "home": "/",
        "contact_name": config["CONTACT_NAME"], "contact_phone": config["CONTACT_PHONE"], "contact_mail": config["CONTACT_MAIL"],
    }  # fmt: skip
    known = current_app.view_functions
    nav = [NavItem(k, lab(), e) for k, lab, e, right in NAVIGATION if who and e in known and gate.can(right)]
    account = None
    if who:
        account = {
            "name": who.name,
            "href": url_for("accounts.account"),
            "sign_out": url_for("accounts.sign_out"),
        }
    if shell:
        nav = [NavItem(k, lab(), e) for k, lab, e, _right in NAVIGATION if k in ("home", "fiches")]
    here = gate.device() if who else None
    device_of = {"uid": here.person_id, "shared": here.shared} if here else None
    return {
        "site": site, "nav_items": nav, "account": account, "foot_items": foot(), "shell": shell,
        "device_of": device_of,
    }  # fmt: skip


def words(vocabulary: str, code: str | None, lang: str | None = None) -> str:
    """The words of a code in the language of the page."""
    return label(vocabulary, code, lang or look.locale()[:2])


def serve_static(app: Flask) -> None:
    """Files under /static/<version>/ with the same headers as pages, kept for a year by browsers."""
    headers = security_headers(is_https(app))

    def add(out: Any, _path: str, _url: str) -> None:
        for name, value in headers.items():
            out[name] = value
        out["X-Offline"] = "shell"

    prefix = f"static/{look.version()}"
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app, root=str(look.STATIC), prefix=prefix, autorefresh=False, max_age=31536000,
        immutable_file_test=lambda _path, _url: True, add_headers_function=add, allow_all_origins=False,
    )  # fmt: skip


def init(app: Flask) -> None:
    """Dress the application."""
    look.register(app)
    serve_static(app)
    app.after_request(dress)
    app.context_processor(frame)
    app.jinja_env.globals.update(label=words, enumerate=enumerate)
    filters, names = environment_filters()
    app.jinja_env.filters.update(filters)
    app.jinja_env.globals.update(names)
    formats.init(app)
    app.register_error_handler(HTTPException, on_http_error)
    app.register_error_handler(Busy, on_busy)
    app.register_error_handler(NoRoom, on_busy)
    app.register_error_handler(Exception, on_crash)
