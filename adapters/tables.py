"""Tables as files: a semicolon between cells, UTF-8 with a mark, so that every spreadsheet opens it as it is.

A spreadsheet takes a cell that begins with = + - @ for a formula and runs it. Here every cell is text: such a sign
gets an apostrophe before it, also where another program would cut the line in other places.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

# The beginning of a cell, for a reader that cuts at semicolons, and for one that cuts elsewhere.
FORMULA = re.compile(r"(^|[,;|\n])([\s\"'\ufeff]*)(?=[=+\-@\uff1d\uff0b\uff0d\uff20])")
UNSEEN = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
)


def plain_cell(text: object) -> str:
    """A value as text that no spreadsheet runs: no formula, no unseen sign; tabs and line ends become blanks."""
    said = "" if text is None else str(text)
    said = UNSEEN.sub("", re.sub(r"\r\n?|\n|\t|\u2028|\u2029", " ", said))
    return FORMULA.sub(r"\1\2'", said)


def table_file(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """The file, with a line of heads; every cell in quotes."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";", lineterminator="\r\n", quoting=csv.QUOTE_ALL)
    table.writerow([plain_cell(head) for head in heads])
    table.writerows([[plain_cell(cell) for cell in row] for row in rows])
    return out.getvalue().encode("utf-8-sig")
