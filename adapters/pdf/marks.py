"""The shapes that screen and print share, written once: the five marks, the logo, the small signs, and
their inks.

The marks have about equal area, stand upright and are told apart without colour. `python -m
adapters.pdf.marks` writes the files that `print.css` uses; a test fails where a file and this module
differ.
"""

import math
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "static" / "print" / "svg"

# The light scheme of the screen's tokens; print has no other. Contrast on white: at least 4.5 for all but
# `wash`.
TONES = {
    "ink": "#10302f",
    "soft": "#435a57",
    "edge": "#796f60",
    "accent": "#a03f1b",
    "accent-deep": "#7f2f10",
    "wash": "#f6f0e4",
    "paper": "#ffffff",
    "pla": "#92285f",
    "sav": "#1a5d88",
    "ras": "#7d5100",
    "coc": "#35661f",
    "sou": "#574799",
}

# No arc is longer than a quarter: the renderer flattens longer ones.
# In a box of 24 × 24: a voice raised; a whole, shared; four sides that meet; a block to build with; a bowl
# that carries.
MARKS = {
    "PLA": "M12 1.6 23 20.8H1z",
    "SAV": "M12 2.6A9.4 9.4 0 0 1 21.4 12A9.4 9.4 0 0 1 12 21.4A9.4 9.4 0 0 1 2.6 12A9.4 9.4 0 0 1 12 2.6z",
    "RAS": "M12 .4 23.6 12 12 23.6 .4 12z",
    "COC": "M3.6 3.6h16.8v16.8H3.6z",
    "SOU": "M.2 6.2H23.8A11.8 11.8 0 0 1 12 18A11.8 11.8 0 0 1 .2 6.2z",
}

# Five half-discs around a table; the table is the empty pentagon between them. One seat is kept for who is
# not here yet.
LOGO_BOX = "1.6 2.6 44.8 44.8"
LOGO_KEPT = "M15.1 12.2A8.9 8.9 0 0 1 24 3.3A8.9 8.9 0 0 1 32.9 12.2z"
LOGO_SEATS = (
    "M33.8 12.86A8.9 8.9 0 0 1 45.02 18.58A8.9 8.9 0 0 1 39.3 29.79z"
    "M38.96 30.85A8.9 8.9 0 0 1 36.99 43.28A8.9 8.9 0 0 1 24.56 41.31z"
    "M23.44 41.31A8.9 8.9 0 0 1 11.01 43.28A8.9 8.9 0 0 1 9.04 30.85z"
    "M8.7 29.79A8.9 8.9 0 0 1 2.98 18.58A8.9 8.9 0 0 1 14.2 12.86z"
)


def seats(radius: float = 34, scale: float = 1.3, size: float = 100) -> list[dict[str, object]]:
    """The five marks at the five seats of the table, in a box of size × size: code, path, tone and
    transform of each.
    """
    out: list[dict[str, object]] = []
    for k, (code, path) in enumerate(MARKS.items()):
        angle = math.radians(72 * k - 90)
        x, y = size / 2 + radius * math.cos(angle), size / 2 + radius * math.sin(angle)
        move = f"translate({x - 12 * scale:.2f} {y - 12 * scale:.2f}) scale({scale:g})"
        out.append({"code": code, "path": path, "tone": TONES[code.lower()], "move": move})
    return out


def _svg(width: float, height: float, inside: str, box: str = "") -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box or f"0 0 {width:g} {height:g}"}" '
        f'width="{width:g}mm" height="{height:g}mm">{inside}</svg>\n'
    )


def files() -> dict[str, str]:
    """Name → text of each SVG file that the style sheets name."""
    t = TONES
    dots = f'stroke="{t["edge"]}" stroke-width=".2" stroke-dasharray=".3 1.2" fill="none"'
    logo = '<path fill="{}" d="{}"/><path fill="{}" d="{}"/>'
    return {
        **{
            f"mark-{code}.svg": _svg(24, 24, f'<path fill="{t[code.lower()]}" d="{path}"/>')
            for code, path in MARKS.items()
        },
        "logo.svg": _svg(45, 45, logo.format(t["accent"], LOGO_KEPT, t["ink"], LOGO_SEATS), LOGO_BOX),
        "logo-mono.svg": _svg(45, 45, logo.format(t["ink"], LOGO_KEPT, t["ink"], LOGO_SEATS), LOGO_BOX),
        "void.svg": _svg(
            24,
            24,
            f'<circle cx="12" cy="12" r="9" fill="none" stroke="{t["soft"]}" '
            'stroke-width="2.2" stroke-dasharray="3.2 2.4"/>',
        ),
        "box.svg": _svg(
            24,
            24,
            f'<path d="M1.2 1.2h21.6v21.6H1.2z" fill="{t["paper"]}" stroke="{t["ink"]}" stroke-width="1.6"/>',
        ),
        "ruled.svg": _svg(120, 8.75, f'<path d="M0 8.5H120" {dots}/>'),
        "ruled-full.svg": _svg(158, 10, f'<path d="M4 8.5H154" {dots}/>'),
    }


def write(folder: Path = FOLDER) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files().items():
        (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write()
