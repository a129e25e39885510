"""A drawing of ours as a picture with words, the only SVG that the renderer accepts.

An SVG written into the page would be parsed and cascaded element by element (5 to 9 % of a page's time),
and anybody's SVG could name files. So a template passes its drawing through `drawing`, which signs it with
a key that lives in this process only; the renderer gets the key with each job and refuses any other
drawing.
"""

import base64
import hashlib
import hmac
import html
import re
import secrets

from markupsafe import Markup, escape

from adapters.pdf.arabic import visual
from adapters.pdf.marks import TONES
from adapters.pdf.text import clean, plain

KEY = secrets.token_bytes(32)
SCHEME = "drawing:"
TEXT = re.compile(r"(<text\b[^>]*>)([^<]*)(?=</text>)")
BOX = re.compile(r'\bviewBox="[-0-9.]+ [-0-9.]+ ([0-9.]+) ([0-9.]+)"')


def seal(svg: bytes, key: bytes = KEY) -> str:
    return hmac.new(key, svg, hashlib.sha256).hexdigest()


def _set(text: re.Match[str]) -> str:
    return text[1] + str(escape(visual(html.unescape(text[2]))))


def drawing(
    svg: object, words: object, w: float | None = None, h: float | None = None, cls: str = "draw"
) -> Markup:
    """A picture of `svg`, w × h mm (else as large as its viewBox), with `words` as its alternative text.

    Empty words mean decoration, which nobody hears. ValueError where there is neither a size nor a viewBox.
    """
    text = TEXT.sub(_set, clean(svg)).strip()
    box = BOX.search(text)
    if box is None and (w is None or h is None):
        raise ValueError("a drawing needs a viewBox or a size")
    if box is not None:
        w, h = w or float(box[1]), h or float(box[2])
    data = text.encode()
    source = f"{SCHEME}{seal(data)},{base64.b64encode(data).decode()}"
    size = Markup("width: {:g}mm; height: {:g}mm").format(w, h)
    if words := plain(words):
        return Markup('<img class="{}" style="{}" alt="{}" src="{}">').format(cls, size, words, source)
    back = Markup("background: url('{}') 0 0 / 100% 100% no-repeat").format(source)
    return Markup('<div class="{}" style="{}; {}"></div>').format(cls, size, back)


def opened(url: str, key: bytes) -> bytes | None:
    """The SVG inside a `drawing:` address, or None where its seal is not ours."""
    mark, _, body = url.removeprefix(SCHEME).partition(",")
    try:
        data = base64.b64decode(body, validate=True)
    except ValueError:
        return None
    return data if hmac.compare_digest(mark.encode(), seal(data, key).encode()) else None


def paint(fill: str = "", stroke: str = "", cls: str = "") -> Markup:
    """Attributes that colour a shape: light tones for paper, and classes (`fill-ink`, `line-ink`) for the
    screen's schemes.
    """
    names = " ".join(n for n in (cls, fill and f"fill-{fill}", stroke and f"line-{stroke}") if n)
    out = Markup('class="{}" fill="{}"').format(names, TONES[fill] if fill else "none")
    return out + Markup(' stroke="{}"').format(TONES[stroke]) if stroke else out
