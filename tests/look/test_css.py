"""The style sheets: their weight, their contrast in both schemes, and no class or token that is not there."""

import gzip
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CSS = ROOT / "static" / "css"
OURS = ("tokens.css", "base.css", "components.css", "drawings.css", "print.css", "committee.css", "guide.css")
HEAVIEST = 12_000

TEXT = ("ink", "soft", "link", "accent", "ok", "wait", "bad", "pla", "sav", "ras", "coc", "sou")
SURFACES = ("paper", "sheet", "well")
WASHES = ("accent-wash", "ok-wash", "wait-wash", "bad-wash")
PAIRS = [
    *[(text, surface, 4.5) for text in TEXT for surface in SURFACES],
    *[(text, wash, 4.5) for text in ("ink", "soft") for wash in WASHES],
    *[(text, f"{text}-wash", 4.5) for text in ("accent", "ok", "wait", "bad")],
    *[("on-accent", ground, 4.5) for ground in ("accent", "accent-deep")],
    *[(text, "block", 4.5) for text in ("on-block", "on-block-soft", "accent-on-block")],
    ("ink-on-accent-block", "accent-on-block", 4.5),
    *[("paper", ground, 4.5) for ground in ("ink", "bad")],
    *[("edge", surface, 3.0) for surface in SURFACES],
    *[("ring", surface, 3.0) for surface in SURFACES],
    ("ring-on-block", "block", 3.0),
]


def declared(text: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+):\s*([^;]+);", text))


def schemes() -> dict[str, dict[str, str]]:
    """The colours of each scheme: name → #rrggbb, with references followed."""
    text = (CSS / "tokens.css").read_text()
    light_text, dark_text = text.split("@media (prefers-color-scheme: dark)")
    light = declared(light_text)
    dark = light | declared(dark_text.split("@media")[0])
    return {"light": light, "dark": dark}


def colour(tokens: dict[str, str], name: str) -> str:
    value = tokens[name]
    inner = re.fullmatch(r"var\(--([a-z0-9-]+)\)", value)
    return colour(tokens, inner[1]) if inner else value


def luminance(hexa: str) -> float:
    """Relative luminance by WCAG 2.2."""
    parts = [int(hexa[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_of_contrast_knows_its_ends():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#a03f1b", "#a03f1b") == 1


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_pair_can_be_read(scheme):
    tokens = schemes()[scheme]
    poor = {
        (one, other): round(found, 2)
        for one, other, least in PAIRS
        if (found := contrast(colour(tokens, one), colour(tokens, other))) < least
    }
    assert poor == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_faint_line_would_not_pass(scheme):
    tokens = schemes()[scheme]
    assert contrast(colour(tokens, "line"), colour(tokens, "paper")) < 3


def weight(texts: list[bytes]) -> int:
    return sum(len(gzip.compress(text, 9)) for text in texts)


def test_what_every_page_loads_stays_light():
    base = (ROOT / "templates" / "base.html").read_text()
    loaded = re.findall(r"static\('css/([a-z]+\.css)'\)", base)
    assert set(OURS) - set(loaded) == {"committee.css", "guide.css"}
    assert weight([(CSS / name).read_bytes() for name in loaded]) <= HEAVIEST


def test_a_framework_would_be_too_heavy():
    rules = "".join(f".c{n * 7919 % 99991} {{ margin: {n * 31 % 977}px }}\n" for n in range(6000))
    assert weight([rules.encode()]) > HEAVIEST


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def unknown_tokens(sheets: dict[str, str]) -> set[str]:
    known = {name for text in sheets.values() for name in declared(text)}
    # A sign's own colour is set by the class of the sign.
    known |= set(re.findall(r"--([a-z]+):", sheets["components.css"]))
    return {name for text in sheets.values() for name in re.findall(r"var\(--([a-z0-9-]+)", text)} - known


def test_no_token_is_used_that_is_not_declared():
    sheets = {name: without_comments((CSS / name).read_text()) for name in OURS}
    assert unknown_tokens(sheets) == set()
    assert unknown_tokens(sheets | {"more": "a { color: var(--no-such) }"}) == {"no-such"}


def test_what_the_sheets_load_is_there():
    for name in OURS:
        for address in re.findall(r'url\("([^"]+)"\)', (CSS / name).read_text()):
            assert (CSS / address).is_file(), f"{name}: {address}"


def classes_of(template: str) -> set[str]:
    """The classes that a template writes in full; what Jinja computes is left out."""
    plain = re.sub(r"\{\{.*?\}\}|\{%.*?%\}", " ", template, flags=re.DOTALL)
    return {word for found in re.findall(r'class="([^"]*)"', plain) for word in found.split()}


def missing_classes(template: str) -> set[str]:
    known = set()
    for name in OURS:
        known |= set(re.findall(r"\.([a-z][a-z0-9-]*)", without_comments((CSS / name).read_text())))
    # Hooks for reading and for scripts, without a look of their own.
    return classes_of(template) - known - {"savebar", "upload"}


TEMPLATES = ROOT / "templates"
SHARED = [TEMPLATES / name for name in ("base.html", "macros.html", "signs.html", "errors/page.html")]


@pytest.mark.parametrize(
    "path", [*SHARED, *sorted(TEMPLATES.glob("styleguide/*.html"))], ids=lambda path: path.name
)
def test_every_class_has_a_rule(path):
    assert missing_classes(path.read_text()) == set()


def test_a_class_without_a_rule_is_seen():
    assert missing_classes('<p class="soft{{ x }} typpo">') == {"typpo"}
