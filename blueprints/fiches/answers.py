"""A fiche as a device keeps it to be edited without signal: what its form would post, part by part, as JSON."""

from __future__ import annotations

from typing import Any

from flask import jsonify

from blueprints.fiches import bp
from blueprints.fiches.loading import by_ref
from blueprints.gate import needs
from models.fiche import posting, questions
from models.fiche.content import normal
from models.fiche.fiche import Fiche
from models.fiche.question import SCHEMA, Part


@bp.get("/<ref>/answers")
@needs("fiche.edit", by_ref, see="fiche.see", into="fiche")
def answers(fiche: Fiche) -> Any:
    """`{id, rev, title, state, number, language, schema_version, parts: {part: [[input name, text], …]}}`.

    The markers of what was on the page (`part`, `field`) are the form's own and are not among the pairs.
    """
    content = normal(fiche.content)
    answer = jsonify(
        id=fiche.id, rev=fiche.rev, title=fiche.title, state=fiche.state, number=fiche.number,
        language=fiche.language, schema_version=SCHEMA,
        parts={part.key: _pairs(part, content) for part in questions.PARTS},
    )  # fmt: skip
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _pairs(part: Part, content: dict[str, Any]) -> list[tuple[str, str]]:
    """What the form of a part posts, of the questions that it asks."""
    keys = [leaf.key for top in part.questions if top.asked() for leaf in top.leaves() if leaf.asked()]
    return [(name, text) for name, text in posting.write(content, keys) if name != "field"]
