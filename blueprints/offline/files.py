"""Pictures that a device sends ahead of the answers that name them: `PUT /files/<sha256>`, the raw bytes as the body.

Answered in JSON, whatever was asked for: 201 kept, 200 there already, 400 other bytes than the name says (none at all
included), 413 too heavy, 415 no picture that can be read, 429 too many at once, 507 no room. Each refusal has a
`sentence` that names the remedy, and echoes the digest.
"""

from __future__ import annotations

import hashlib
from typing import Any

from flask import jsonify, request
from flask_babel import lazy_gettext as _l

from adapters import pictures, storage
from blueprints import gate, security
from blueprints.fiches import uploads
from blueprints.gate import needs
from blueprints.offline import bp
from models.attachments import received

MANY = "240 per 10 minutes"  # a fiche has a handful; decoding costs some tenths of a second
OTHER_BYTES = _l("Cette photo n’arrive pas entière. Choisissez-la de nouveau, ou une autre, puis envoyez.")
NO_ROOM = _l(
    "Le site n’a plus de place pour les photos. Votre texte part quand même\u00a0; prévenez le secrétariat."
)


@bp.put("/files/<sha256>")
@security.limiter.limit(MANY, key_func=security.behind, methods=["PUT"])
@needs("file.send", uploads=True)
def send(sha256: str) -> Any:
    who = gate.person()
    assert who is not None
    data = request.get_data(cache=False)
    if len(data) > pictures.MOST_BYTES:
        return _refused(413, "too_large", sha256, pictures.SENTENCES["heavy"])
    if not data or hashlib.sha256(data).hexdigest() != sha256:
        return _refused(400, "wrong_digest", sha256, OTHER_BYTES)
    known = received(who.id, [sha256]).get(sha256)
    if known and storage.exists(uploads.files_folder(), known.sha256):
        return jsonify({"sha256": sha256, "stored": known.sha256}), 200
    try:
        picture = uploads.keep(data, who.id)
    except pictures.BadPicture as bad:
        busy = bad.code == "busy"
        return _refused(503 if busy else 415, "busy" if busy else "not_a_picture", sha256, bad)
    except storage.NoRoom:
        return _refused(507, "no_room", sha256, NO_ROOM)
    return jsonify({"sha256": sha256, "stored": picture.sha256}), 201


def _refused(code: int, name: str, sha256: str, sentence: Any) -> Any:
    answer = jsonify({"error": name, "sha256": sha256, "sentence": str(sentence)})
    answer.status_code = code
    if code == 503:
        answer.headers["Retry-After"] = "60"
    return answer
