"""What comes to a server that is on the network: forms with values that nobody means well.

`doors` collects every form that a person of a role can reach, as a browser would send it; `storm` sends them with
values spoilt in every way we know, and tells what broke. Seeded: the same seed sends the same requests.
"""

import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

from lxml import html as parser

from tests.support.client import _fields

LINE = "\r\nBcc: tous@passerelle.example\r\n\r\n"
VALUES: tuple[bytes, ...] = tuple(
    value if isinstance(value, bytes) else value.encode("utf-8", "surrogatepass")
    for value in (
        "", " ", "\x00", "a\x00b", "\ud800", "\udfff\ud800", b"\xff\xfe", b"\xc0\xaf", "\x85", "\u2028", "\x1b[31m", "\u202egnp.exe",
        "\u2066\u2069" * 50, "a" + "\u0301" * 400, "👩‍👩‍👧" * 90, LINE, f"x{LINE}y", "%0d%0aSet-Cookie: a=b", "../../../../etc/passwd",
        "..\\..\\x", "file:///etc/passwd", "//evil.example", "javascript:alert(1)", "<script>alert(1)</script>", "\"'><img src=x onerror=alert(1)>",
        "{{7*7}}", "{% raise %}", "${7*7}", "%s%n%x", "%(name)s", "{0.__class__}", "';DROP TABLE fiche;--", '" OR 1=1 --', "NEAR(a b, 5)", "titre:*",
        "=1+1", "@SUM(A1)", "null", "None", "undefined", "true", "[]", "{}", '{"a":', "[[[[" * 500, "0", "-0", "-1", "²", "٣", "１２", "0x10", "1e400",
        "NaN", "-Infinity", "9" * 400, "18446744073709551616", "0.1,2", "0000-00-00", "9999-99-99", "2016-02-30T25:61", "-0001-01-01",
        "99999-01-01", "2016-03-04T10:00+99:99", "00000000-0000-0000-0000-000000000000", "rev:-1", "rev:²", "op:", "op:\x00", "rev:" + "9" * 30,
        "F-2016-002", "f-9999-999999", "a@b", "a@b.c" * 60, f"a{LINE}@b.example", "é@ü.example", "x" * 20_001, "x" * 120_000, "mot " * 30_000,
        "\n" * 30_000,
    )
)  # fmt: skip
HUGE = b"x" * 1_000_000
KEYS = (b"", b"\x00", b"titre", b"titre.0", b"bilan.cout.montant", b"objectifs", b"objectifs.0.texte", b"add", b"field", b"op_id", b"base",
        b"transition", b"author", b"roles", b"email", b"act", b"next", b"a" * 5000, b"\xff", b"[]", b"__class__", b"csrf_token ")  # fmt: skip
KINDS = ("text/html", "application/json", "*/*", "image/webp", "", "a/b;q=x", "text/html;q=9" * 200)
TYPES = ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=\x7f",
         "application/x-www-form-urlencoded; charset=utf-16", "x", "")  # fmt: skip
BODIES = (b"", b"{", b"[1,2", b'{"a": {"a": 1e999}}', b"--x\r\nContent-Disposition: form-data; name=\"titre\"\r\n\r\n", b"%", b"%ZZ=%", b"&&&===", b"\x00" * 999,
          b"a=1&" * 1500, b"--x\r\nContent-Disposition: form-data; name*=utf-8''%ff\r\n\r\na\r\n--x--", HUGE)  # fmt: skip
FILES = (
    b"",
    b"%PDF-1.4",
    b"PK\x03\x04" + b"\x00" * 60,
    b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    b"\x89PNG\r\n\x1a\n" + b"\xff" * 40,
    b"\xff" * 3000,
)
NAMES = (
    "x.docx",
    "x.odt",
    "../x.txt",
    'a"b.yaml',
    "x\x00.json",
    "",
    "x" * 300 + ".txt",
    "x.svg",
    "photo.jpg",
    "=cmd.csv",
)


@dataclass
class Door:
    """A form: where it goes, what a browser would send if nobody touched it, whether it takes files."""

    path: str
    fields: list[tuple[str, str]] = field(default_factory=list)
    takes_files: bool = False


def crawl(client: Any, starts: Iterable[str], most: int = 300) -> Iterator[tuple[str, Any]]:
    """(address, answer) of these pages and of those that links lead to, each once."""
    waiting, seen = list(starts), set()
    while waiting and len(seen) < most:
        path = waiting.pop(0)
        if path in seen:
            continue
        seen.add(path)
        answer = client.get(path)
        yield path, answer
        if answer.mimetype == "text/html" and answer.data and answer.status_code == 200:
            links = (_local(a.get("href"), path) for a in parser.fromstring(answer.text).iter("a"))
            waiting += [link for link in links if link]


def doors(client: Any, starts: Iterable[str], most: int = 300) -> list[Door]:
    """Every form with method post on the pages that links lead to from these, one for each shape of address."""
    found: dict[tuple[str, tuple[str, ...]], Door] = {}
    for path, answer in crawl(client, starts, most):
        if answer.mimetype != "text/html" or not answer.data or answer.status_code != 200:
            continue
        for form in parser.fromstring(answer.text).iter("form"):
            if (form.get("method") or "").lower() == "post":
                door = Door(
                    (_local(form.get("action") or path, path) or path),
                    list(_fields(form).items(multi=True)),
                    "multipart" in (form.get("enctype") or ""),
                )
                found.setdefault((_shape(door.path), tuple(sorted({n for n, _ in door.fields}))), door)
    return list(found.values())


def _local(href: str | None, base: str) -> str | None:
    """The path of a link of ours, None for any other."""
    parts = urlsplit(href or "#")
    if parts.scheme or parts.netloc or not (parts.path or parts.query) or parts.path.startswith("/static/"):
        return None
    path = parts.path or urlsplit(base).path
    return path + (f"?{parts.query}" if parts.query else "")


def _shape(path: str) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Z]-[0-9]{4}-[0-9]+|[\w-]{40,}", "*", urlsplit(path).path)


def spoil(chance: random.Random, door: Door, token: str) -> dict[str, Any]:
    """One request to a door, as keyword arguments of a test client, spoilt in one to four ways."""
    fields = [(n.encode(), v.encode("utf-8", "surrogatepass")) for n, v in door.fields if n != "csrf_token"]
    for _ in range(chance.randint(1, 4)):
        turn = chance.randrange(8)
        if turn < 4 and fields:
            at = chance.randrange(len(fields))
            fields[at] = (fields[at][0], chance.choice(VALUES))
        elif turn == 4 and fields:
            fields.pop(chance.randrange(len(fields)))
        elif turn == 5 and fields:
            fields += [(chance.choice(fields)[0], chance.choice(VALUES))] * chance.choice((1, 2, 40))
        elif turn == 6:
            fields.append((chance.choice(KEYS), chance.choice(VALUES)))
        else:
            chance.shuffle(fields)
    fields.insert(chance.randint(0, len(fields)), (b"csrf_token", token.encode()))
    request: dict[str, Any] = {
        "path": _spoilt_path(chance, door.path),
        "headers": {"Accept": chance.choice(KINDS)},
    }
    if chance.random() < 0.06:
        return request | {"content_type": chance.choice(TYPES), "data": chance.choice(BODIES)}
    if chance.random() < 0.01:
        fields.append((b"resume", HUGE))
    if door.takes_files and chance.random() < 0.8:
        return request | _multipart(chance, fields)
    body = b"&".join(quote_from_bytes(n).encode() + b"=" + quote_from_bytes(v).encode() for n, v in fields)
    return request | {"content_type": "application/x-www-form-urlencoded", "data": body}


def _spoilt_path(chance: random.Random, path: str) -> str:
    """The address, one time in twelve with a piece that is not what it should be."""
    if chance.random() > 1 / 12:
        return path
    pieces = urlsplit(path).path.split("/")
    short = [v for v in VALUES if 0 < len(v) < 300]
    pieces[chance.randrange(1, len(pieces))] = quote_from_bytes(chance.choice(short), safe="")
    return "/".join(pieces)


def _multipart(chance: random.Random, fields: list[tuple[bytes, bytes]]) -> dict[str, Any]:
    out = b""
    for name, value in fields:
        head = b'--edge\r\nContent-Disposition: form-data; name="' + name.replace(b'"', b"%22") + b'"'
        out += head + b"\r\n\r\n" + value + b"\r\n"
    for name in (b"file", b"photos.0.fichier", b"files"):
        if chance.random() < 0.5:
            shown = chance.choice(NAMES).encode()
            head = (
                b'--edge\r\nContent-Disposition: form-data; name="' + name + b'"; filename="' + shown + b'"'
            )
            out += head + b"\r\nContent-Type: image/png\r\n\r\n" + chance.choice(FILES) + b"\r\n"
    end = b"" if chance.random() < 0.1 else b"--edge--\r\n"
    return {"content_type": "multipart/form-data; boundary=edge", "data": out + end}


@dataclass
class Outcome:
    """What a storm met: how often each status, the requests that broke, the endpoints that let one through.

    took: seconds of each request.
    """

    statuses: Counter = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)
    reached: set = field(default_factory=set)
    took: list[float] = field(default_factory=list)


def storm(
    client: Any, targets: list[Door], count: int, seed: int, *, token: str, renew: Any = None
) -> Outcome:
    """Send `count` spoilt requests; whatever is answered 500 or more, or raises, is in `broken`.

    renew: called before each request whose door may have closed: it signs the client in again, returns the token.
    """
    chance, out = random.Random(seed), Outcome()
    for n, door in _turns(targets, count):
        if renew and n % 20 == 0:
            token = renew()
        request = spoil(chance, door, token)
        began = time.perf_counter()
        try:
            answer = client.post(**request)
            status, text = answer.status_code, answer.get_data()
        except Exception as error:
            status, text = 599, repr(error).encode()
        out.took.append(time.perf_counter() - began)
        out.statuses[status] += 1
        if status >= 500:
            out.broken.append(
                f"{n} {status} {request['path'][:80]!r} {request['data'][:200]!r} → {text[-300:]!r}"
            )
        if status not in (403, 404, 413):
            out.reached.add(_shape(door.path))
    return out


def _turns(targets: list[Door], count: int) -> Iterator[tuple[int, Door]]:
    for n in range(count):
        yield n, targets[n % len(targets)]
