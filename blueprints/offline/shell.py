"""What opens without a network: the service worker, two pages that hold nothing of anybody, and who is signed in.

The pages are the same for everyone, so a browser may keep them; what is theirs comes out of their own IndexedDB
(docs/offline.md). `X-Offline: shell` marks what may be kept, and nothing without it is.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from flask import abort, current_app, g, jsonify, render_template, request
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf

from blueprints import gate, look
from blueprints.fiches.forms import FormView, Step
from blueprints.gate import needs, public
from blueprints.meetings.devices import on_device, written_by
from blueprints.notes.devices import notes_on_device
from blueprints.offline import bp
from models import note_writing
from models.fiche import questions
from models.fiche.content import blank
from models.fiche.fiche import writable_by
from models.fiche.question import SCHEMA
from models.store import now, writing

PAGES = ("/outbox", "/outbox/fiche", "/outbox/meeting", "/outbox/note")
MOST_HELD = 10_000


@cache
def files() -> tuple[str, ...]:
    """The addresses of the static files that pages need: styles, behaviours, the letters, the logo."""
    wanted = ("css/*.css", "css/*.svg", "js/*.js", "vendor/*.js", "fonts/ahn-latin-*.woff2", "logo.svg")
    found = {path for pattern in wanted for path in look.STATIC.glob(pattern)}
    return tuple(sorted(look.static(path.relative_to(look.STATIC).as_posix()) for path in found))


def shell(page: str) -> Any:
    """An answer that a browser may keep."""
    answer = current_app.make_response(page)
    answer.headers["X-Offline"] = "shell"
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/sw.js")
@public
def worker() -> Any:
    """static/sw.js, with the version and the list of what it keeps before it."""
    words = {"VERSION": f"{look.version()}-{SCHEMA}-{look.locale()}", "PAGES": PAGES, "FILES": files()}
    head = "".join(f"const {name} = {json.dumps(value)};\n" for name, value in words.items())
    answer = current_app.response_class(
        head + (look.STATIC / "sw.js").read_text(encoding="utf-8"), mimetype="text/javascript"
    )
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/manifest.webmanifest")
@public
def manifest() -> Any:
    """How the site is installed on a phone."""
    name = current_app.config["SITE_NAME"]
    icons = [
        {"src": look.static(f"app-{size}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]  # fmt: skip
    said = {
        "id": "/", "name": name, "short_name": name[:12], "description": current_app.config["SITE_TAGLINE"],
        "lang": look.locale(), "start_url": "/", "scope": "/", "display": "standalone",
        "background_color": "#f6f0e4", "theme_color": "#f6f0e4", "icons": icons,
        "shortcuts": [{"name": _("Gardé sur cet appareil"), "url": "/outbox"}],
    }  # fmt: skip
    answer = current_app.response_class(json.dumps(said), mimetype="application/manifest+json")
    answer.headers["Cache-Control"] = "no-cache"
    return answer


@bp.get("/outbox")
@public
def outbox() -> Any:
    g.shell = True
    return shell(render_template("offline/outbox.html"))


@bp.get("/outbox/fiche")
@public
def blank_fiche() -> Any:
    """All parts of a fiche, blank: what a device fills with what it holds."""
    g.shell = True
    views = [FormView.of(part, blank()) for part in questions.PARTS]
    steps = [Step(f"#/{v.part.key}", v.part.title, "todo") for v in views]
    return shell(render_template("offline/fiche.html", views=views, steps=steps, schema=SCHEMA))


@bp.get("/outbox/meeting")
@public
def blank_meeting() -> Any:
    """Where a device puts the page of a meeting that its person writes."""
    g.shell = True
    return shell(render_template("offline/meeting.html"))


@bp.get("/outbox/note")
@public
def blank_note() -> Any:
    """A note, blank: what a device fills with what it holds of one."""
    g.shell = True
    empty = {"title": "", "body": "", "words": "", "errors": {}}
    return shell(render_template("offline/note.html", v=empty, most=note_writing.LONGEST))


@bp.get("/session")
@public
def session() -> Any:
    """Who the server takes this browser for, and the token for what it sends. With ?mine=1: what this person may
    change, as `[[id, rev], …]` fiches and `[[id, rev, address], …]` notes, the meetings that they may answer and those that they may write now, for the copies of
    their device."""
    who, device = gate.person(), gate.device()
    said: dict[str, Any] = {"tablee": 1, "uid": who.id if who else None, "server_time": now().isoformat()}
    said["versions"] = {"schema": SCHEMA, "assets": look.version()}
    if who and device:
        said |= {"csrf": generate_csrf(), "held": device.held}
        if request.args.get("mine") and not device.shared:
            said["mine"] = [[f.id, f.rev] for f in writable_by(who) if gate.can("fiche.edit", f)]
            said["notes"] = notes_on_device(who)
            said["meetings"] = on_device(who)
            said["sittings"] = [meeting.code for meeting in written_by(who)]
    return jsonify(said)


@bp.post("/session/held")
@needs("home.see", always=True)
def held() -> Any:
    """A device says how many unsent texts it holds, so that it can tell one day that they are gone."""
    n, device = request.form.get("n", ""), gate.device()
    if not (n.isdecimal() and len(n) < 6 and int(n) <= MOST_HELD) or device is None:
        abort(400)
    with writing():
        device.held, device.held_at = int(n), now()
    return jsonify({"held": int(n)})


__all__ = [
    "blank_fiche",
    "blank_meeting",
    "blank_note",
    "files",
    "held",
    "manifest",
    "outbox",
    "session",
    "worker",
]
