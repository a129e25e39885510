"""What the tests of the PDF engine share: pages, a trap that counts calls, files that must stay unread."""

import re
import secrets
import socket
import subprocess
import threading
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader

from adapters.pdf.filters import environment_filters

ROOT = Path(__file__).resolve().parents[2]

NODES = [
    {"id": "a", "label": "Κήπος и сад", "emphasis": True},
    {"id": "b", "label": "Commune"},
    {"id": "c", "label": "École حديقة"},
]
LINKS = [
    {"from": "a", "to": "b", "label": "propose"},
    {"from": "b", "to": "a", "label": "répond"},
    {"from": "c", "to": "a", "label": "aide"},
]


@cache
def environment() -> Environment:
    env = Environment(
        loader=FileSystemLoader([ROOT / "templates", ROOT / "tests" / "pdf"]),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters, names = environment_filters()
    env.filters.update(filters)
    env.globals.update(names)
    return env


def sample(**values) -> str:
    """The sample page with everything that a dossier has: languages, lists, tables, drawings, a picture."""
    page = {
        "title": "Un toit : « jardin » 🌱",
        "text": "Bonjour.\nUne ligne.\n\nUn paragraphe.",
        "nodes": NODES,
    }
    return environment().get_template("sample.html").render(**{**page, "links": LINKS, **values})


def typed(text: str) -> str:
    """A page that writes `text` wherever a dossier writes what people typed."""
    return environment().get_template("typed.html").render(text=text)


def page(body: str, title: str = "Essai") -> str:
    """A page whose body is taken as it is, as if escaping had failed."""
    return (
        f'<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body data-dossier="d" data-colophon="c" data-running="r"><h1>Essai</h1>{body}</body></html>'
    )


class Trap:
    """Listens on loopback and counts every connection, whatever it says; answers like a web server."""

    def __enter__(self):
        self.hits = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.address = f"127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            with connection:
                self.hits += 1
                connection.settimeout(1)
                try:
                    connection.recv(4096)
                    connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\npiege")
                except OSError:
                    pass

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(5)


class Canaries:
    """Files with one secret word, each of a kind that a renderer may read."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.word = f"CANARI{secrets.token_hex(6).upper()}"
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="99" height="9"><text y="9">{self.word}</text>'
        jpeg = (
            b"\xff\xd8\xff\xfe" + (len(self.word) + 2).to_bytes(2, "big") + self.word.encode() + _jpeg()[2:]
        )
        files = {
            "secret.txt": self.word.encode(),
            "secret.svg": f"{svg}</svg>".encode(),
            "secret.jpg": jpeg,
            "secret.css": f'p::after {{ content: "{self.word}" }}'.encode(),
            "secret.html": f"<p>{self.word}</p>".encode(),
        }
        for name, data in files.items():
            (folder / name).write_bytes(data)

    def found(self, pdf: bytes) -> bool:
        """Whether the word is in the PDF: raw, in a decoded stream or string, or in the text that is read."""
        import io

        import pikepdf

        word = self.word.encode()
        if word in pdf:
            return True
        with pikepdf.open(io.BytesIO(pdf)) as document:
            for thing in document.objects:
                if word in thing.unparse(resolved=True):
                    return True
                if isinstance(thing, pikepdf.Stream) and (
                    word in thing.read_raw_bytes() or _decoded(thing, word)
                ):
                    return True
        return self.word in re.sub(r"\s", "", words(pdf))


def _decoded(stream, word: bytes) -> bool:
    import pikepdf

    try:
        return word in stream.read_bytes()
    except pikepdf.PdfError:  # a picture, whose bytes were looked at as they are
        return False


def _jpeg() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(out, "JPEG")
    return out.getvalue()


def png(width: int = 300, height: int = 200) -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, "PNG")
    return out.getvalue()


def words(pdf: bytes) -> str:
    """The text that pdftotext reads from all pages."""
    command = ["pdftotext", "-", "-"]
    return subprocess.run(command, input=pdf, capture_output=True, check=True, timeout=60).stdout.decode()
