"""How the faces of `static/print/fonts` and `faces.json` were made. Run by hand when a face changes:

    npm pack @fontsource/{atkinson-hyperlegible-next,noto-sans,ibm-plex-sans-arabic,noto-emoji}
    python -m adapters.pdf.build_faces FOLDER   # where each is unpacked under its own name

One file a face: two files under one family name give wrong glyph widths (PDF/UA 7.21.5). Not compressed,
because unpacking WOFF2 costs 0.9 s at each start of a renderer. The Arabic face has a glyph for each
letter: one that builds letters of a body and dots gives a wrong text to whoever copies from the PDF or has
it read aloud. `faces.json` holds what the templates need to know of the faces, so that no process but this
one reads font files to clean a text or to wrap a label.
"""

import json
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FONTS = HERE.parents[1] / "static" / "print" / "fonts"
LATIN, GREEK = ("latin", "latin-ext"), ("greek", "greek-ext", "cyrillic", "cyrillic-ext")
FACES = {
    "atkinson-next-400-normal": ("atkinson-hyperlegible-next", LATIN, "400-normal"),
    "atkinson-next-700-normal": ("atkinson-hyperlegible-next", LATIN, "700-normal"),
    "atkinson-next-400-italic": ("atkinson-hyperlegible-next", LATIN, "400-italic"),
    "noto-sans-400-normal": ("noto-sans", GREEK, "400-normal"),
    "noto-sans-700-normal": ("noto-sans", GREEK, "700-normal"),
    "plex-arabic-400-normal": ("ibm-plex-sans-arabic", ("arabic",), "400-normal"),
    "plex-arabic-700-normal": ("ibm-plex-sans-arabic", ("arabic",), "700-normal"),
    "noto-emoji-400-normal": ("noto-emoji", ("emoji",), "400-normal"),
}
BORROWED = {
    0x2010: 0x2D,
    0x2011: 0x2D,
    0x202F: 0xA0,
}  # hyphens and the narrow space that the Latin face lacks


def merge(source: Path, package: str, subsets: tuple[str, ...], style: str) -> Any:
    """One TTFont of the subsets of one style."""
    from fontTools.merge import Merger
    from fontTools.ttLib import TTFont

    parts = [str(source / package / "files" / f"{package}-{subset}-{style}.woff2") for subset in subsets]
    font = Merger().merge(parts) if len(parts) > 1 else TTFont(parts[0])
    if subsets is LATIN:
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap.update({new: table.cmap[old] for new, old in BORROWED.items()})
    font.flavor = None
    return font


def runs(values: dict[int, int]) -> list[list[Any]]:
    """{32: 250, 33: 280, 40: 300} becomes [[32, [250, 280]], [40, [300]]]."""
    out: list[list[Any]] = []
    for code in sorted(values):
        if out and out[-1][0] + len(out[-1][1]) == code:
            out[-1][1].append(values[code])
        else:
            out.append([code, [values[code]]])
    return out


def describe(folder: Path) -> dict[str, Any]:
    """What `faces.json` holds: for each weight, runs of advances in thousandths of an em, in the order of
    the faces.
    """
    from fontTools.ttLib import TTFont

    out: dict[str, Any] = {}
    for weight in ("400", "700"):
        advances: dict[int, int] = {}
        for name in FACES:
            if name.endswith("italic") or (weight not in name and "emoji" not in name):
                continue
            font = TTFont(folder / f"{name}.ttf")
            scale, metrics = font["head"].unitsPerEm, font["hmtx"].metrics
            for code, glyph in font.getBestCmap().items():
                if code >= 32:
                    advances.setdefault(code, round(metrics[glyph][0] * 1000 / scale))
        out[weight] = runs(advances)
    return out


def main(source: Path) -> None:
    for name, (package, subsets, style) in FACES.items():
        merge(source, package, subsets, style).save(FONTS / f"{name}.ttf")
    text = json.dumps(describe(FONTS), separators=(",", ":"))
    (HERE / "faces.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
