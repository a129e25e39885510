"""Fills in a fiche in a browser by its declaration, so that a question that is added later is filled in too.

One way for each kind of answer (models/fiche/kinds.py). What was typed stays in `Filler.typed`: name of the
input → the texts that the page must show when one comes back, boxes and lists in the order of the page.
"""

import io
from collections.abc import Callable, Iterator, Mapping
from functools import cache

from PIL import Image
from playwright.sync_api import Locator, Page

from models.fiche import questions
from models.fiche.content import REASONS
from models.fiche.question import Part, Question
from models.vocabularies import terms

TEXT = "Première ligne, « entre guillemets » : été, cœur, 12 °C.\n\nSeconde, avec مرحبا بكم et 👩‍👩‍👧.\n"
# Inputs that belong to the form, not to the fiche.
FRAME = {"csrf_token", "op_id", "base", "schema_version", "author", "part", "field"}
ENTRIES = """(form) => [...new FormData(form).entries()].filter(([, value]) => typeof value === 'string')"""
# Where the first or the last term will not do: a fiche that may be sent, retained and printed.
CHOSEN = {
    "langue": "fr",
    "gouvernance.schema.mode": "image",
    "bilan.degre_vise": "P5",
    "bilan.degre_reel_min": "P2",
    "bilan.degre_reel_max": "P4",
    "consentement.statut": "oui",
    "consentement": "oui",
    "consentements.publication": "publique",
}


@cache
def picture(colour: str = "teal") -> bytes:
    """A small JPEG."""
    out = io.BytesIO()
    Image.new("RGB", (320, 200), colour).save(out, "JPEG")
    return out.getvalue()


def control(page: Page, name: str) -> Locator:
    """The controls that post this name."""
    return page.locator(f'main [name="{name}"]')


def press(page: Page, act: str) -> None:
    """The plain button of a form, and the page that comes of it."""
    with page.expect_navigation():
        page.locator(f'button[name="act"][value="{act}"]:not([aria-hidden])').click()


def reveal(target: Locator) -> None:
    """Open the folds around a control, from outside to inside, as one must before one can touch it."""
    for summary in target.locator("xpath=ancestor::details[not(@open)]/summary").all():
        summary.click()


def part_key(page: Page) -> str:
    return page.locator('main form input[name="part"]').input_value()


def shown(page: Page) -> dict[str, list[str]]:
    """What the form of the page would post now, without what belongs to the form and without empty answers."""
    out: dict[str, list[str]] = {}
    for name, value in page.locator("main form[enctype]").evaluate(ENTRIES):
        if name not in FRAME and value:
            out.setdefault(name, []).append(value)
    return out


class Filler:
    """Fills in parts on `page`. word: in every text, to find this fiche by. unsure: key → the reason to give
    in the place of an answer. left: keys to pass over. items: how many of each group and lines of each list.
    """

    def __init__(
        self, page: Page, *, word: str, unsure: Mapping[str, str] = {}, left: frozenset[str] = frozenset(), items=2
    ):  # fmt: skip
        self.page, self.word, self.unsure, self.left, self.items = page, word, unsure, left, items
        self.typed: dict[str, list[str]] = {}
        self.filled: set[str] = set()

    def part(self, part: Part) -> None:
        """Every question of the part that the page shows."""
        assert part_key(self.page) == part.key
        for q in part.leaves():
            if q.asked() and q.key not in self.left:
                self.question(q)
        # Last, since a group that is lengthened in between brings the page anew.
        for q in part.leaves():
            if q.key in self.unsure:
                self.reason(q.key)

    def question(self, q: Question) -> None:
        if q.key in self.unsure:
            return
        if q.kind == "items":
            for n in range(self.items):
                self.add_item(q, n)
        elif q.kind == "lines":
            for n in range(self.items):
                self.add_line(q, f"{q.label}, ligne {n + 1} : {self.word}")
        else:
            self.fill(q, q.key, 0)
        self.filled.add(q.key)

    def add_item(self, q: Question, n: int) -> str:
        """One more item of a group, filled in; its id."""
        press(self.page, f"add:{q.key}")
        assert self.page.url.endswith(f"#f-{q.key.replace('.', '-')}-neuf")
        name = control(self.page, q.key).last.input_value()
        self.typed.setdefault(q.key, []).append(name)
        for f in q.fields:
            self.fill(f, f"{q.key}.{name}.{f.key}", n)
        return name

    def add_line(self, q: Question, text: str) -> None:
        """One more line of a list. An empty list offers one by itself."""
        inputs = control(self.page, q.key)
        if inputs.last.input_value():
            press(self.page, f"add:{q.key}")
        inputs.last.fill(text)
        self.typed.setdefault(q.key, []).append(text)

    def reason(self, key: str) -> None:
        """“I do not know yet”, and why."""
        target = control(self.page, f"{REASONS}.{key}")
        reveal(target)
        target.fill(self.unsure[key])
        self.typed[f"{REASONS}.{key}"] = [self.unsure[key]]

    def fill(self, q: Question, name: str, n: int) -> None:
        """One answer, of the kind that the declaration says."""
        texts = list(KINDS[q.kind](self, q, name, n))
        if texts:
            self.typed[name] = texts

    def text_for(self, q: Question, n: int) -> str:
        return TEXTS.get(q.kind) or f"{q.label}, {n + 1} : {self.word} d’été"

    def of_part(self, part: Part) -> dict[str, list[str]]:
        """What was typed into this part."""
        keys = tuple(leaf.key for leaf in part.leaves())
        mine = {*keys, *(f"{REASONS}.{key}" for key in keys)}
        return {
            k: v for k, v in self.typed.items() if k in mine or k.startswith(tuple(f"{x}." for x in keys))
        }


# What is typed by kind; the others get a text of their own.
TEXTS = {
    "integer": "48", "year": "2014", "amount": "2400,50", "date": "21/04/2016", "mail": "nora@atelier.example",
    "phone": "02 555 01 00", "url": "https://atelier.example/page", "code": "21012", "reference": "F-2016-001",
}  # fmt: skip


def _line(filler: Filler, q: Question, name: str, n: int) -> Iterator[str]:
    text = filler.text_for(q, n)
    control(filler.page, name).fill(text)
    yield text


def _text(filler: Filler, q: Question, name: str, n: int) -> Iterator[str]:
    text = f"{filler.text_for(q, n)}. {TEXT}"
    control(filler.page, name).fill(text)
    yield text.strip()


def _choice(filler: Filler, q: Question, name: str, _n: int) -> Iterator[str]:
    code = CHOSEN.get(q.key) or list(terms(q.vocabulary))[-1]
    control(filler.page, name).select_option(code)
    yield code


def _choices(filler: Filler, q: Question, name: str, n: int) -> Iterator[str]:
    known = list(terms(q.vocabulary))
    for code in dict.fromkeys((known[n % len(known)], known[-1])):
        box = filler.page.locator(f'main [name="{name}"][value="{code}"]')
        reveal(box)
        box.check()
        yield code


def _tick(filler: Filler, _q: Question, name: str, n: int) -> Iterator[str]:
    if n % 2 == 0:
        control(filler.page, name).check()
        yield "1"


def _yesno(filler: Filler, _q: Question, name: str, n: int) -> Iterator[str]:
    code = "oui" if n % 2 == 0 else "non"
    filler.page.locator(f'main [name="{name}"][value="{code}"]').check()
    yield code


def _picture(filler: Filler, q: Question, name: str, n: int) -> Iterator[str]:
    file = {"name": "IMG 1.JPG", "mimeType": "image/jpeg", "buffer": picture(("teal", "maroon", "olive")[n])}
    control(filler.page, f"{name}.file").set_input_files(file)
    return iter(())  # its digest is the server's; the page shows the picture


def _node(filler: Filler, q: Question, name: str, n: int) -> Iterator[str]:
    """An end of a link: a place that was named before."""
    places = filler.typed[name.split(".liens.")[0] + ".noeuds"]
    code = places[(n + (q.key == "a")) % len(places)]
    control(filler.page, name).select_option(code)
    yield code


KINDS: dict[str, Callable[[Filler, Question, str, int], Iterator[str]]] = {
    **dict.fromkeys(("line", *TEXTS), _line),
    "text": _text,
    "choice": _choice,
    "choices": _choices,
    "tick": _tick,
    "yesno": _yesno,
    "picture": _picture,
    "node": _node,
}

__all__ = ["Filler", "control", "part_key", "picture", "press", "questions", "reveal", "shown"]
