"""The rules that every HTML page of ours keeps, checked on the text that the server sent.

`problems(html)` returns one sentence for each broken rule; the test client calls it for every page. A rule
is a function from a parsed page to sentences, listed in RULES, and `tests/test_pagecheck.py` breaks each.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import html5lib
from html5lib.constants import E as PARSE_ERRORS
from lxml import etree

XLINK_HREF = ("{http://www.w3.org/1999/xlink}href", "xlink:href")  # as html5lib and as lxml names it
REFERENCES = (
    *("for", "form", "list", "headers", "popovertarget", "commandfor"),
    *("aria-activedescendant", "aria-controls", "aria-describedby", "aria-details"),
    *("aria-errormessage", "aria-flowto", "aria-labelledby", "aria-owns"),
)
ADDRESSES = ("action", "data", "formaction", "href", "poster", "src", *XLINK_HREF)
LOADS = {"audio", "embed", "iframe", "img", "link", "object", "script", "source", "track", "video"}
NEEDS_NO_LABEL = {"hidden", "submit", "button", "reset", "image"}
# What differs between two answers for the same page: CSRF tokens, UUIDs, digests.
CHANGING = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w.-]{48,}", re.ASCII)
# What no parser stumbles over, whatever it says: words between tags, and the value of an attribute in quotes.
ESCAPED = "&(?:amp|lt|gt|quot|#3[49]);"
PLAIN = r"\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd"
WORDS = re.compile(rf">[\t\n ]*(?:[!-%'-;=?-~{PLAIN}]|{ESCAPED})(?:[\t\n -%'-;=?-~{PLAIN}]|{ESCAPED})*<")
VALUE = re.compile(rf'="(?:[\t\n !#-%\'-~{PLAIN}]|{ESCAPED})*"')


@lru_cache(maxsize=4096)
def _is_sound(shape: str) -> bool:
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    parser.parse(shape)
    return not parser.errors


class Page:
    """A parsed page: `root`, `errors` of the parser, and elements by id.

    Only html5lib tells what is wrong, and it takes longer than the page took to make: pages with the same tags
    and attributes pass it once, without their words, and lxml reads those that are sound.
    """

    def __init__(self, html: str):
        self.errors: list = []
        if _is_sound(VALUE.sub('="x"', WORDS.sub(">x<", html))):
            self.root = etree.fromstring(html, etree.HTMLParser(huge_tree=True))
        else:
            parser = html5lib.HTMLParser(html5lib.getTreeBuilder("lxml"), namespaceHTMLElements=False)
            self.root = parser.parse(html).getroot()
            self.errors = parser.errors
        self.ids = Counter(e.get("id") for e in self.elements() if e.get("id") is not None)

    def elements(self, *tags: str) -> Iterator[etree._Element]:
        return (e for e in self.root.iter(*tags) if isinstance(e.tag, str))


def name_of(element: etree._Element) -> str:
    """How a message names an element: its start tag, shortened."""
    given = "".join(f' {key}="{value}"' for key, value in element.items())
    return f"<{tag_of(element)}{given}>"[:120]


def tag_of(element: etree._Element) -> str:
    return etree.QName(element).localname


def words_of(element: etree._Element) -> str:
    """The text that an element gives to a screen reader: its words and the text of its pictures."""
    parts = [element.get("aria-label") or ""]
    parts += element.itertext()
    parts += [e.get("alt") or e.get("aria-label") or "" for e in element.iter() if e is not element]
    return "".join(parts).strip()


def is_named(page: Page, element: etree._Element) -> bool:
    """Whether aria-label or aria-labelledby gives the element a name."""
    if (element.get("aria-label") or "").strip():
        return True
    targets = (element.get("aria-labelledby") or "").split()
    return any(words_of(e) for e in page.elements() if e.get("id") in targets)


def parses(page: Page) -> Iterator[str]:
    for (line, column), code, data in page.errors:
        message = PARSE_ERRORS.get(code, code)
        yield f"line {line}, column {column}: {message % data if data else message}"


def one_h1(page: Page) -> Iterator[str]:
    count = sum(1 for _ in page.elements("h1"))
    if count != 1:
        yield f"{count} h1 elements, where a page has exactly one"


def one_main(page: Page) -> Iterator[str]:
    count = sum(1 for _ in page.elements("main"))
    if count != 1:
        yield f"{count} main elements, where a page has exactly one"


def has_language(page: Page) -> Iterator[str]:
    if not (page.root.get("lang") or "").strip():
        yield "html has no lang"


def has_title(page: Page) -> Iterator[str]:
    titles = [e for e in page.elements("title") if tag_of(e.getparent()) == "head"]
    if not any((e.text or "").strip() for e in titles):
        yield "the title is empty"


def ids_are_unique(page: Page) -> Iterator[str]:
    for key, count in page.ids.items():
        if count > 1:
            yield f"id “{key}” is used {count} times"
        if not key or re.search(r"\s", key):
            yield f"id “{key}” is empty or has a space"


def targets_exist(page: Page) -> Iterator[str]:
    for element in page.elements():
        for attribute in REFERENCES:
            for key in (element.get(attribute) or "").split():
                if key not in page.ids:
                    yield f"{name_of(element)}: {attribute} names “{key}”, which is not on the page"
        for attribute in ("href", *XLINK_HREF):
            link = element.get(attribute) or ""
            if link.startswith("#") and link != "#top" and link[1:] not in page.ids:
                yield f"{name_of(element)}: nothing on the page has the id of “{link}”"


def controls_are_labelled(page: Page) -> Iterator[str]:
    labels: dict[str, str] = {}
    for label in page.elements("label"):
        key = label.get("for")
        if key:
            labels[key] = labels.get(key, "") + words_of(label)
    for control in page.elements("input", "select", "textarea"):
        if control.get("type", "").lower() in NEEDS_NO_LABEL:
            continue
        around = next(control.iterancestors("label"), None)
        wrapped = around is not None and around.get("for") in (None, control.get("id")) and words_of(around)
        if not (wrapped or labels.get(control.get("id", "")) or is_named(page, control)):
            yield f"{name_of(control)} has no label"


def buttons_and_links_have_words(page: Page) -> Iterator[str]:
    for element in page.elements("button", "a"):
        if element.tag == "a" and element.get("href") is None:
            continue
        if not words_of(element) and not is_named(page, element):
            yield f"{name_of(element)} has no words"
    for element in page.elements("input"):
        if element.get("type", "").lower() in ("submit", "button", "reset") and not element.get("value"):
            yield f"{name_of(element)} has no words"


def pictures_have_text(page: Page) -> Iterator[str]:
    for picture in page.elements("img", "area"):
        if picture.get("alt") is None:
            yield f"{name_of(picture)} has no alt"
    for picture in page.elements("input"):
        if picture.get("type", "").lower() == "image" and not picture.get("alt"):
            yield f"{name_of(picture)} has no alt"
    for drawing in page.elements("{*}svg"):
        hidden = any(e.get("aria-hidden") == "true" for e in (drawing, *drawing.iterancestors()))
        titled = any((e.text or "").strip() for e in drawing.iterfind("{*}title"))
        if not hidden and not titled and not is_named(page, drawing):
            yield f"{name_of(drawing)} is neither named nor aria-hidden"


def nothing_is_inline(page: Page) -> Iterator[str]:
    for element in page.elements():
        tag = tag_of(element)
        # A JSON block is data: a browser runs none of it and the policy does not concern it.
        if tag == "script" and element.get("src") is None and element.get("type") != "application/json":
            yield "a script is inline"
        if tag == "style":
            yield "a style element is inline"
        for key, value in element.items():
            if key == "style" or key.startswith("on"):
                yield f"{name_of(element)} has {key}="
            if key in ADDRESSES and re.sub(r"[\x00-\x20]", "", value).lower().startswith("javascript:"):
                yield f"{name_of(element)} has a javascript: address"


def loads_from_here(page: Page) -> Iterator[str]:
    for element in page.elements(*LOADS):
        for key in ("src", "href", "data", "poster"):
            if re.match(r"(https?:)?//", element.get(key) or "") and element.get("rel") not in ("canonical",):
                yield f"{name_of(element)} loads from another host"


RULES = (
    parses,
    one_h1,
    one_main,
    has_language,
    has_title,
    ids_are_unique,
    targets_exist,
    controls_are_labelled,
    buttons_and_links_have_words,
    pictures_have_text,
    nothing_is_inline,
    loads_from_here,
)


@lru_cache(maxsize=4096)
def _problems(html: str) -> tuple[str, ...]:
    page = Page(html)
    return tuple(f"{rule.__name__}: {sentence}" for rule in RULES for sentence in rule(page))


def problems(html: str) -> list[str]:
    """One sentence for each broken rule, "rule: what", empty for a sound page.

    Pages that differ in nothing but tokens and UUIDs are checked once. Each such value keeps its own number,
    so that ids stay unique where they were.
    """
    seen: dict[str, str] = {}
    return list(_problems(CHANGING.sub(lambda m: seen.setdefault(m[0], f"changing-{len(seen)}"), html)))
