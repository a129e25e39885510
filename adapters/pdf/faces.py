"""What the bundled faces can draw and how wide each sign is: `faces.json`, made by `build_faces`."""

import json
from functools import cache
from pathlib import Path

FAMILY = "Atkinson Hyperlegible Next, Noto Sans, IBM Plex Sans Arabic, Noto Emoji"


@cache
def advances(weight: int = 400) -> dict[str, float]:
    """Width of each sign in em, at weight 400 or 700. Arabic letters count as they stand alone: never too
    narrow.
    """
    runs = json.loads((Path(__file__).parent / "faces.json").read_text(encoding="utf-8"))[str(weight)]
    return {chr(start + k): width / 1000 for start, widths in runs for k, width in enumerate(widths)}


@cache
def drawn() -> frozenset[str]:
    """Every sign that one of our faces draws."""
    return frozenset(advances(400))
