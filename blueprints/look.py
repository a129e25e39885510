"""What every template draws with: icons, addresses of static files, the language of the page.

`register(app)` puts these into Jinja:

    icon(name)    the sign `static/icons/<name>.svg`, inline, hidden from screen readers
    static(path)  the address of a static file, under the version of the whole tree
    get_locale()  the language of this request (flask-babel), never empty
    new_id(stem)  an id that no other part of the page has, for labels and descriptions
    keepable()    what may be posted again, and readable(), what a person typed (errors_text.py)
    MARKS, LOGO   the shapes that screen and print share (adapters/pdf/marks.py)
    circle_href(circle)  the page of a committee, a group, a network (addresses.py)
    … | tel       a telephone number as a link wants it: digits and a leading plus

An application that serves its static files elsewhere replaces `static` after `register`.
"""

from __future__ import annotations

import hashlib
import re
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flask import g, has_request_context, render_template
from jinja2 import FileSystemBytecodeCache

from adapters.pdf.marks import LOGO_BOX, LOGO_KEPT, LOGO_SEATS, MARKS
from blueprints import fragments, gate, languages
from blueprints.addresses import circle_href
from blueprints.errors_text import keepable, readable

if TYPE_CHECKING:
    from flask import Flask

STATIC = Path(__file__).parent.parent / "static"
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


class Drawing(str):
    """SVG of our own files, which a template writes as it stands."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


@cache
def icon(name: str) -> Drawing:
    """The SVG text of one icon. An unknown name raises LookupError: a missing sign must not go unseen."""
    path = STATIC / "icons" / f"{name}.svg"
    if not NAME.fullmatch(name) or not path.is_file():
        raise LookupError(f"no icon {name!r} in static/icons")
    return Drawing(path.read_text(encoding="utf-8").strip())


@cache
def version(root: Path = STATIC) -> str:
    """Twelve hex digits of the SHA-256 over names and contents of every file below `root`.

    One prefix for the whole tree, so that `url(../fonts/…)` and module imports carry it without a build.
    """
    digest = hashlib.sha256()
    for path in sorted(p for p in root.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(root).as_posix()}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def static(path: str) -> str:
    """`css/base.css` → `/static/<version>/css/base.css`."""
    return f"/static/{version()}/{path}"


def locale() -> str:
    """The BCP 47 tag of this request's language; French where there is none (mail, commands)."""
    return str(languages.here() or "fr").replace("_", "-")


def new_id(stem: str = "id") -> str:
    """`stem-1`, `stem-2`, … counted anew for each request, so that pages stay the same from run to run."""
    if not has_request_context():
        return f"{stem}-0"
    if "nobody" in g:
        raise gate.TooPersonal("an id that is counted on the page")
    if "ids" not in g:
        g.ids = count(1)
    return f"{stem}-{next(g.ids)}"


def tel(number: str) -> str:
    """`+32 (0)2 555.01.00` → `+3225550100`: the (0) of an international number is not dialled."""
    text = number.replace("(0)", "") if number.strip().startswith("+") else number
    return re.sub(r"[^+0-9]", "", text)


def offline_strip() -> str:
    """What every page says where the text is, as HTML for its scripts; the same for everybody in one language."""
    return fragments.kept(("strip", locale()), lambda: render_template("offline/strip.html"))


def register(app: Flask) -> None:
    """Give the templates of `app` the globals named above."""
    cache = Path(app.config.get("TEMPLATE_CACHE") or Path(app.instance_path) / "templates")
    cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(cache))
    globals_: dict[str, Any] = {
        "icon": icon,
        "static": static,
        "get_locale": locale,
        "new_id": new_id,
        "keepable": keepable,
        "readable": readable,
        "circle_href": circle_href,
        "offline_strip": offline_strip,
        "MARKS": MARKS,
        "LOGO": {"box": LOGO_BOX, "kept": LOGO_KEPT, "seats": LOGO_SEATS},
    }
    app.jinja_env.globals.update(globals_)
    app.jinja_env.filters["tel"] = tel
