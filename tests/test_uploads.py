"""Two hundred hostile files are sent to a running server: each is refused in a sentence or made harmless, and the
server stays small and goes on."""

import io
import json
import shutil
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from models.fiche.fiche import Fiche
from models.store import db
from tests.documents.hostile import HOSTILE
from tests.support.cast import cookie_of
from tests.support.device import Device
from tests.support.hostile_pictures import EITHER, GPS, HARMLESS, REFUSED, SCRIPT
from tests.support.site import Site

MOST_MEMORY = 400  # MB
PICTURES = {
    **{n: make for n, (make, _code) in REFUSED.items()}, **HARMLESS, **EITHER,
}  # fmt: skip


@pytest.fixture(scope="module")
def site(demo_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("uploads") / "site"
    shutil.copytree(demo_template, folder)
    running = Site(folder).start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def device(site) -> Device:
    cookie = cookie_of(site.application, "contributor", site.url)
    made = Device(site.port, f"{cookie['name']}={cookie['value']}")
    made.sign()
    return made


def send(device: Device, path: str, fields: dict[str, str], field: str, data: bytes, name: str):
    """(status, body) of a form with one file."""
    values = MultiDict({**fields, "csrf_token": device.token})
    values.add(field, FileStorage(io.BytesIO(data), filename=name))
    boundary, body = encode_multipart(values)
    accept = "text/html" if path.endswith("import") else "application/json"
    return device.ask("POST", path, body, f"multipart/form-data; boundary={boundary}", accept)


def peak(site: Site) -> int:
    """The most memory that the server has had, in MB."""
    status = Path(f"/proc/{site.server.process.pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) // 1024


def count(site: Site) -> int:
    with site.application.app_context():
        return db.session.scalar(select(func.count()).select_from(Fiche))


def dirty(data: bytes) -> bool:
    """Whether a stored picture still holds what somebody hid in it, or is none."""
    if any(secret in data for secret in (SCRIPT, GPS, b"Exif", b"http://")):
        return True
    try:
        Image.open(io.BytesIO(data), formats=["JPEG", "PNG"]).load()
    except (OSError, ValueError):
        return True
    return False


def test_the_detector_knows_a_dirty_picture():
    assert all(
        dirty(HARMLESS[name]()) for name in ("JPEG with a script for a comment", "WebP with EXIF and XMP")
    )


def test_no_hostile_document_breaks_or_stays(site, device):
    for name, (data, filename, words) in HOSTILE.items():
        before = count(site)
        status, body = send(device, "/fiches/import", {"op_id": str(uuid4())}, "files", data, filename)
        if words is None:
            assert status in (200, 303, 422), name
        else:
            assert status in (413, 422), (name, status)
            assert count(site) == before, name
            assert "<h1" in body, name
    assert peak(site) < MOST_MEMORY


def test_no_hostile_picture_breaks_or_stays(site, device):
    """Each picture comes with a text, and the text never depends on it."""
    status, body = send(
        device, "/fiches/", {"op_id": str(uuid4()), "field": "titre", "titre": "Des images"}, "x", b"", ""
    )
    ref, base = json.loads(body)["id"], 1
    met = {201: 0, 413: 0, 422: 0}
    for name, make in PICTURES.items():
        fields = {"op_id": str(uuid4()), "field": "gouvernance.schema.image", "base": f"rev:{base}"}
        status, body = send(
            device, f"/fiches/{ref}", fields, "gouvernance.schema.image.file", make(), f"{name}.jpg"
        )
        assert status in met, (name, status, body[:300])
        met[status] += 1
        base = json.loads(body)["rev"] if status == 201 else base
    assert met[201] >= len(HARMLESS) - 2
    assert met[422] >= len(REFUSED) - 5
    assert peak(site) < MOST_MEMORY


def test_what_was_stored_is_clean_and_the_server_goes_on(site, device):
    stored = [
        p
        for p in (site.instance / "files").rglob("*")
        if p.is_file() and not p.read_bytes().startswith(b"%PDF")
    ]
    assert len(stored) > 10
    assert [p.name for p in stored if dirty(p.read_bytes())] == []
    status, page = device.ask("GET", "/fiches/F-2016-002")
    assert status == 200
    assert "F-2016-002" in page
    assert len(HOSTILE) + len(PICTURES) >= 200
