"""Markdown as people write it: paragraphs, emphasis, lists, quotes, links. Raw HTML is text, a picture is a link."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from markupsafe import escape

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

LONGEST = 50_000  # signs; above it the text is shown as it was typed
TAGS = {
    "p",
    "br",
    "hr",
    "em",
    "strong",
    "ul",
    "ol",
    "li",
    "blockquote",
    "code",
    "pre",
    "a",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
}
ATTRIBUTES: dict[str, set[str]] = {"*": set(), "a": {"href"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto", "tel"}


class Html(str):
    """HTML that a template may write as it stands."""

    __slots__ = ()

    def __html__(self) -> str:
        return str(self)


def to_html(text: str | None, top: int = 2) -> Html:
    """Safe HTML of a text in Markdown; empty for none.

    top: the level of the highest heading, 2 to 6, since a page has one h1 of its own; below it levels follow each
    other without a gap. A line break that was typed stays one. Links: http, https, mailto and tel.
    """
    import nh3

    text = text or ""
    if len(text) > LONGEST:
        return Html(f"<pre>{escape(text)}</pre>")
    parser = _parser()
    tokens = parser.parse(text)
    _shift_headings(tokens, top)
    html = parser.renderer.render(tokens, parser.options, {})
    return Html(
        nh3.clean(
            html, tags=TAGS, attributes=ATTRIBUTES, attribute_filter=_leads_somewhere, url_schemes=SCHEMES
        )
    )


def _leads_somewhere(_tag: str, name: str, value: str) -> str | None:
    """A link without a scheme would lead to another place on each page, and nowhere from paper."""
    return value if name != "href" or value.partition(":")[0].lower() in SCHEMES else None


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": False, "breaks": True}).disable(
        ["image", "html_block", "html_inline"]
    )


def _shift_headings(tokens: list[Token], top: int) -> None:
    level = top - 1
    for token in tokens:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + top - 1, level + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"
