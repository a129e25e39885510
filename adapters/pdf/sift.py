"""Looks through a parsed page before it is set. Templates write the few elements that a printed page needs:
any other means that escaping failed, and ends the job.
"""

import re
from typing import Any

from adapters.pdf.faces import drawn
from adapters.pdf.fence import Refused
from adapters.pdf.text import SHAPING, WRITTEN, breakable, clean, thin

ALLOWED = re.compile(
    "html|head|title|meta|body|h[1-6]|p|br|hr|div|span|section|article|header|footer|main|nav|aside|address"
    "|figure|figcaption|blockquote|ul|ol|li|dl|dt|dd|table|caption|colgroup|col|thead|tbody|tfoot|tr|th|td"
    "|a|img|b|strong|i|em|small|sub|sup|u|s|del|ins|mark|q|cite|abbr|time|code|pre|kbd|samp|bdi|bdo|wbr"
)
TAGS = {"a", "img", "td", "th", "col", "colgroup"}  # whose attributes are looked at
LINKS = ("http://", "https://", "mailto:", "tel:", "#")
SPAN = 100  # columns or rows in one cell; more never end
DEEPEST = 100  # elements inside one another; WeasyPrint gives up near 180
PLAIN = (drawn() | SHAPING | set("\n\t")) - set(map(chr, WRITTEN))
GAPS = re.compile(r"[ \t\n\r]{20,}")  # ten thousand spaces take the renderer a second
KEPT = {"src", "href", "style", "id", "class", "lang", "dir"}


class TooDeep(Exception):
    """Elements inside one another beyond DEEPEST."""


def _text(text: str | None) -> str | None:
    """A text whose signs can all be drawn, whose long words can be broken, and without wide gaps."""
    if not text:
        return text
    text = GAPS.sub("\n", text)
    if text.isspace():
        return text
    return breakable(thin(text) if PLAIN.issuperset(text) else clean(text))


def _attributes(element: Any, name: str) -> None:
    href = element.get("href")
    if href is not None and not href.strip().lower().startswith(LINKS):
        del element.attrib["href"]  # a link that no reader of a PDF can follow, or should
    if "attachment" in (element.get("rel") or "").lower():
        raise Refused("an attachment")
    if name == "img" and not (element.get("alt") or "").strip():
        element.set("alt", "Image")  # PDF/UA wants words; decoration is a background
    for key in ("colspan", "rowspan", "span"):
        value = element.get(key)
        if value is not None and not (value.isascii() and value.isdigit() and int(value[:9]) <= SPAN):
            element.set(key, str(SPAN if value.strip().isdigit() else 1))


def sift(root: Any) -> None:
    """Clean each text of the tree in place. Refused for what our templates never write, TooDeep for a pit."""
    stack = [(root, 1)]
    while stack:
        element, depth = stack.pop()
        if depth > DEEPEST:
            raise TooDeep
        element.tail = _text(element.tail)
        if not isinstance(element.tag, str):
            continue  # a comment
        name = element.tag
        if not ALLOWED.fullmatch(name) or (name == "meta" and element.get("http-equiv")):
            raise Refused(f"<{name[:80]}>")
        element.text = _text(element.text)
        if name in TAGS:
            _attributes(element, name)
        for key, value in element.attrib.items():
            if key not in KEPT and not PLAIN.issuperset(value):
                element.set(key, clean(value))
        stack.extend((child, depth + 1) for child in element)
