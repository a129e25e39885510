"""What a page loads of JavaScript, in bytes after gzip: the figures of docs/offline.md."""

import gzip
import re
from pathlib import Path

import pytest

STATIC = Path(__file__).parents[2] / "static"
IMPORT = re.compile(r"""^import\s(?:[^'"]*?\sfrom\s)?['"](\./|\.\./)([^'"]+)['"]""", re.M)


def loaded(*names: str) -> set[Path]:
    """These modules and all that they import at once; what is imported when it is needed is not among them."""
    found, todo = set(), [STATIC / "js" / name for name in names]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        todo += [(path.parent / (dots + name)).resolve() for dots, name in IMPORT.findall(path.read_text())]
    return found


def weight(paths) -> int:
    return sum(len(gzip.compress(path.read_bytes(), 9, mtime=0)) for path in paths)


def test_the_imports_are_found():
    assert {p.name for p in loaded("write.js")} >= {"write.js", "db.js", "idb.js", "outbox.js", "strip.js"}
    assert "lists.js" not in {p.name for p in loaded("write.js")}


def test_the_form_of_a_fiche_loads_at_most_15_kb_with_the_library_and_the_worker():
    assert weight(loaded("page.js", "write.js") | {STATIC / "sw.js"}) <= 15_000


def test_the_page_of_a_meeting_loads_at_most_15_kb():
    assert weight(loaded("page.js", "sitting.js")) <= 15_000


def test_the_form_of_a_note_loads_hardly_more_than_that_of_a_fiche():
    assert weight(loaded("page.js", "note.js") | {STATIC / "sw.js"}) <= 16_500


def test_all_modules_together_weigh_at_most_39_kb():
    """35 until meetings could be written without a network, 36 until the notes of groups could."""
    assert weight(STATIC.glob("js/*.js")) <= 39_000


@pytest.mark.parametrize("path", sorted(STATIC.glob("js/*.js")), ids=lambda p: p.stem)
def test_a_module_is_one_behaviour_and_speaks_no_words(path):
    text = path.read_text()
    assert len(text.splitlines()) <= 270
    assert text.startswith("//"), "says what it does"
    code = re.sub(r"//.*|/\*.*?\*/", "", text, flags=re.S)
    assert not re.search(r"['`\"][^'`\"\n]*[éèàùçÉÀ][^'`\"\n]*['`\"]", code), "words stand in templates"
