"""The renderer's own process: reads jobs on its standard input, writes progress and PDFs to its standard
output.

Started by `engine`; run by hand it does nothing useful. Fonts and style sheets stay warm from job to job.
"""

import gc
import hashlib
import logging
import os
import re
import resource
import sys
import tempfile
import time
import urllib.parse
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from adapters.pdf import wire

JOB_LIMIT = 1 << 30  # bytes of one job, pictures included
PIXELS = 40_000_000
STAGES = {"1": "parse", "2": "style", "3": "style", "4": "boxes", "5": "layout", "6": "write", "7": "write"}
STEP = re.compile(r"Step (\d)(?:.* Page (\d+))?")
MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF", b"\0\0\0")  # JPEG, PNG, WebP, AVIF


class TooLong(BaseException):
    """More pages than the job may have."""


class Watch(logging.Handler):
    """Turns WeasyPrint's progress lines into (page, stage), and keeps which pictures it could not read."""

    def __init__(self, tell: Callable[[int, str], None]) -> None:
        super().__init__()
        self.tell, self.most = tell, 0
        self.missing: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if found := STEP.match(message):
            page = int(found[2] or 0)
            if page > self.most:
                raise TooLong
            self.tell(page, STAGES.get(found[1], "layout"))
        elif message.startswith("Failed to load image") and isinstance(record.args, tuple):
            self.missing.append(str(record.args[0])[:120])


class Renderer:
    """WeasyPrint with our style sheets and faces loaded, behind the fence."""

    def __init__(self) -> None:
        self.status = os.open("/proc/self/status", os.O_RDONLY)  # before the fence
        warnings.simplefilter("ignore")  # "no fonts configured": ours come with the style sheet
        urllib.parse.uses_relative.append("print")
        urllib.parse.uses_netloc.append("print")
        from PIL import Image
        from weasyprint import CSS
        from weasyprint.text.fonts import FontConfiguration

        from adapters.pdf import fence

        Image.MAX_IMAGE_PIXELS = PIXELS // 2  # Pillow warns above this and raises above twice as much
        self.fence = fence.Fence()
        self.fonts = FontConfiguration()
        self.sheets = [
            CSS(url=f"print:///css/{name}.css", url_fetcher=self.fence, font_config=self.fonts)
            for name in ("print", "folio")
        ]
        self.cache: dict[str, Any] = {}

    def _lay_out(self, html: str, folio: bool, mark: str = "") -> Any:
        from weasyprint import HTML

        from adapters.pdf.fence import Refused
        from adapters.pdf.sift import LINKS, sift

        page = HTML(string=html, url_fetcher=self.fence)
        page.base_url = None
        sift(page.etree_element)
        body = page.etree_element.find("body")
        if mark and body is not None:
            body.set("class", f"{body.get('class', '')} {mark}".strip())
        document = page.render(
            stylesheets=self.sheets[: 2 if folio else 1],
            font_config=self.fonts,
            pdf_variant="pdf/ua-1",
            cache=self.cache,
        )
        for kind, target, *_ in (link for p in document.pages for link in p.links):
            if kind == "attachment" or (kind == "external" and not target.lower().startswith(LINKS)):
                raise Refused(f"{kind} link")
        return document

    def _passes(self, html: str, folio: bool, passes: dict[str, Any] | None) -> tuple[Any, bool]:
        """The document, and whether the tighter setting was kept: only where it saves a page."""
        first = self._lay_out(html, folio)
        if not passes or not passes["least"] <= len(first.pages) <= passes["most"]:
            return first, False
        if filled(first.pages[-1]) >= passes["under"]:
            return first, False
        second = self._lay_out(html, folio, passes["mark"])
        return (second, True) if len(second.pages) < len(first.pages) else (first, False)

    def render(self, job: dict[str, Any], parts: list[bytes]) -> wire.Frame:
        """One PDF. The identifier comes from the job, so equal jobs give equal bytes."""
        from adapters.pdf import foreign
        from adapters.pdf.fence import Refused

        start = cpu()
        taken = len(job["pictures"])
        html, images, documents = parts[0], parts[1 : 1 + taken], parts[1 + taken :]
        self.fence.refused = ""
        self.fence.key = bytes.fromhex(job["key"])
        self.fence.pictures = {
            n: b for n, b in zip(job["pictures"], images, strict=True) if b.startswith(MAGIC)
        }
        try:
            document, tight = self._passes(html.decode(), job["folio"], job["passes"])
            mark = hashlib.sha256(
                html + b"".join(hashlib.sha256(b).digest() for b in (*images, *documents))
            ).hexdigest()[:32]
            data = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=mark.encode(), cache=self.cache)
            if self.fence.refused:
                raise Refused(self.fence.refused)
        finally:
            self.fence.pictures = {}
            for url in [u for u in self.cache if not str(u).startswith("print:")]:
                del self.cache[url]
        anchors: dict[str, int] = {}
        for number, page in enumerate(document.pages, 1):
            for name in page.anchors:
                anchors.setdefault(name, number)
        if documents:
            data = foreign.place(data, documents, anchors)
        head = {
            "pages": len(document.pages),
            "anchors": anchors,
            "tight": tight,
            "cpu": cpu() - start,
            "headings": list(headings(document.make_bookmark_tree())),
            "peak": self.peak(),
        }
        return head, [data]

    def peak(self) -> int:
        """The most memory this process has held, in bytes. The resource usage of the kernel would count the
        parent's too, from the moment between fork and exec.
        """
        found = re.search(rb"VmHWM:\s+([0-9]+) kB", os.pread(self.status, 8192, 0))
        return int(found[1]) * 1024 if found else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def cpu() -> float:
    return time.process_time()


def headings(tree: Any, level: int = 1) -> Iterator[tuple[int, str, int]]:
    """(level, title, page) of each bookmark, in reading order."""
    for title, target, children, _ in tree:
        yield level, title, target[0] + 1
        yield from headings(children, level + 1)


def filled(page: Any) -> float:
    """How far down the last line of a page reaches, in mm from the top of its text area."""
    box = page._page_box
    lines = [b.position_y + b.height for b in box.children[0].descendants() if type(b).__name__ == "LineBox"]
    return (max(lines, default=0) - box.content_box_y()) * 25.4 / 96


def answer(renderer: Renderer, watch: Watch, job: dict[str, Any], parts: list[bytes]) -> wire.Frame:
    """The PDF, or why there is none. `gone` asks the engine for a new process: this one can't be trusted
    any more.
    """
    from adapters.pdf import fence, foreign
    from adapters.pdf.sift import TooDeep

    watch.most, watch.missing = job["pages"], []
    try:
        fence.limit(job["cpu"], job["memory"])
        if job.get("look"):
            return foreign.look(parts[0]), []
        head, parts = renderer.render(job, parts)
        return {**head, "missing": watch.missing}, parts
    except fence.FatalURLFetchingError as error:
        return {"error": "fence", "detail": str(error)[:200]}, []
    except (RecursionError, TooDeep):
        return {"error": "depth", "detail": ""}, []
    except TooLong:
        return {"error": "pages", "detail": ""}, []
    except foreign.Unreadable as error:
        return {"error": str(error), "detail": ""}, []
    except MemoryError:
        return {"error": "memory", "detail": "", "gone": True}, []
    except Exception as error:
        return {"error": "crash", "detail": f"{type(error).__name__}: {error}"[:200], "gone": True}, []


def main() -> None:
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    os.dup2(2, 1)  # what libraries print goes to the log, never between frames

    def send(head: dict[str, Any], parts: list[bytes]) -> None:
        data = memoryview(wire.pack(head, parts))
        while data:
            data = data[out.write(data) :]

    import weasyprint.logger

    from adapters.pdf import fence

    fence.restrain()
    watch = Watch(lambda page, stage: send({"page": page, "stage": stage}, []))
    weasyprint.logger.LOGGER.handlers = [watch]
    renderer = Renderer()
    weasyprint.logger.PROGRESS_LOGGER.setLevel(logging.INFO)
    fence.close(tempfile.gettempdir())
    gc.collect()
    gc.freeze()
    frames = wire.Frames(JOB_LIMIT)
    while data := os.read(0, 1 << 20):
        for job, parts in frames.feed(data):
            send(*answer(renderer, watch, job, parts))
    sys.exit(0)


if __name__ == "__main__":
    main()
