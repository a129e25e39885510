"""Pages of somebody else's PDF inside one of ours, in the fenced process.

Only what is drawn on a page is taken: its content and what that names, as one form. Scripts, actions, attached files
and links of the document stay outside. Its content is an artifact to a screen reader; the words that stand for it are
those of the frame around it, which our page brings.
"""

import io
import re
from collections.abc import Iterator
from typing import Any

MM = 72 / 25.4
FRAME = (12.5, 18.0, 197.5, 279.0)  # mm from the lower left corner of our A4: where a page is drawn
SPOT = re.compile(
    r"doc-(\d{1,3})-(\d{1,4})"
)  # the id of the frame of a page: number of the document, of its page
MOST_PAGES = 300  # of one document
MOST_MARKS = 200  # bookmarks of one document
WORDS = 200  # signs of a bookmark
DEEPEST = 6
TAGS = frozenset({"BMC", "BDC", "EMC", "MP", "DP"})


class Unreadable(Exception):
    """A document of which nothing can be taken; str(): "locked", "broken" or "long"."""


def look(data: bytes) -> dict[str, Any]:
    """{pages, marks: [(level from 1, title, page from 1)]} of a document. Raises Unreadable."""
    with _opened(data) as document:
        count = len(document.pages)
        if count > MOST_PAGES:
            raise Unreadable("long")
        return {"pages": count, "marks": list(_marks(document))[:MOST_MARKS]}


def _opened(data: bytes) -> Any:
    import pikepdf

    try:
        document = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError as error:
        raise Unreadable("locked") from error
    except (pikepdf.PdfError, ValueError, RuntimeError) as error:
        raise Unreadable("broken") from error
    if not len(document.pages):
        raise Unreadable("broken")
    return document


def _marks(document: Any) -> Iterator[tuple[int, str, int]]:
    """The bookmarks that lead to a page, in their order. A broken one is left out."""
    import pikepdf

    pages = {page.objgen: number for number, page in enumerate(document.pages, 1)}
    try:
        with document.open_outline(max_depth=DEEPEST, strict=False) as outline:
            stack = [(item, 1) for item in reversed(outline.root)]
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError, KeyError, AttributeError):
        return
    seen = 0
    while stack and seen < 10 * MOST_MARKS:
        item, level = stack.pop()
        seen += 1
        number = pages.get(_target(document, item))
        title = " ".join(str(item.title or "").split())[:WORDS]
        if number and title:
            yield level, title, number
        stack += [(child, level + 1) for child in reversed(item.children)]


def _target(document: Any, item: Any) -> Any:
    """The number of the object of the page to which a bookmark leads, or None."""
    import pikepdf

    spot = item.destination
    if spot is None and item.action is not None and item.action.get("/S") == "/GoTo":
        spot = item.action.get("/D")
    try:
        if isinstance(spot, (pikepdf.String, pikepdf.Name, str)):
            named = pikepdf.NameTree(document.Root.Names.Dests)
            spot = named[str(spot)]
        if isinstance(spot, pikepdf.Dictionary):
            spot = spot.get("/D")
        return spot[0].objgen if spot is not None and len(spot) else None
    except (AttributeError, KeyError, TypeError, ValueError, IndexError):
        return None


def spots(anchors: dict[str, int]) -> list[tuple[int, int, int]]:
    """(our page, number of the document, its page), all but the second from 1, of each frame among these anchors."""
    found = ((page, SPOT.fullmatch(name)) for name, page in anchors.items())
    return [(page, int(spot[1]), int(spot[2])) for page, spot in found if spot]


def place(data: bytes, documents: list[bytes], anchors: dict[str, int]) -> bytes:
    """Our PDF with the pages of these documents drawn in their frames. Raises Unreadable."""
    import pikepdf

    wanted = [s for s in spots(anchors) if s[1] < len(documents)]
    with pikepdf.open(io.BytesIO(data)) as out:
        opened = {n: _opened(documents[n]) for n in sorted({n for _, n, _ in wanted})}
        try:
            for document in opened.values():
                _flatten(document)
            for page, n, number in wanted:
                if number <= len(opened[n].pages):
                    _draw(out, page, opened[n], number)
            kept = io.BytesIO()
            out.save(kept, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
        finally:
            for document in opened.values():
                document.close()
    return kept.getvalue()


def _flatten(document: Any) -> None:
    """Filled-in fields and stamps are drawn too: they are what somebody wrote on the page."""
    import pikepdf

    try:
        document.generate_appearance_streams()
        document.flatten_annotations("print")
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError):
        return


def _draw(out: Any, at: int, document: Any, number: int) -> None:
    """One page of the document in the frame of our page `at`, as large as it fits, below what is there already."""
    import pikepdf

    page = out.pages[at - 1]
    source = document.pages[number - 1]
    _untag(document, source)
    form = out.copy_foreign(source.as_form_xobject())
    for key in ("/StructParent", "/StructParents", "/Metadata", "/PieceInfo"):
        if key in form:
            del form[key]
    # Our pages share their resources, and a name by chance would give other bytes each time.
    name = page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name(f"/Leaf{at}"))
    box = pikepdf.Rectangle(*(x * MM for x in FRAME))
    drawn = page.calc_form_xobject_placement(form, name, box)
    page.contents_add(b"/Artifact BMC\n" + drawn + b"\nEMC\n", prepend=True)


def _untag(document: Any, page: Any) -> None:
    """Marks for a structure that is not taken along would stand inside an artifact."""
    import pikepdf

    try:
        said = pikepdf.parse_content_stream(page)
    except (pikepdf.PdfError, ValueError, RuntimeError):
        return
    if any(str(step.operator) in TAGS for step in said):
        kept = [step for step in said if str(step.operator) not in TAGS]
        page.obj.Contents = document.make_stream(pikepdf.unparse_content_stream(kept))
