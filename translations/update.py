"""Bring the words up to date with the sources: `python -m translations.update`. See docs/languages.md.

Writes messages.pot and each messages.po anew, in an order and with headers that change only when words do.
"""

from __future__ import annotations

import os
import re
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "translations"
KEYWORDS = {**DEFAULT_KEYWORDS, "_l": None}
NOISE = re.compile(
    rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By):.*\n',
    re.M,
)
HEADER = "# Words of Tablée{language}. Brought up to date by: python -m translations.update"

Id = str | tuple[str, ...]


def extracted(root: Path = ROOT) -> Catalog:
    """What the sources below `root` say, as babel.cfg finds it. Raises where a template cannot be read."""
    with (ROOT / "babel.cfg").open(encoding="utf-8") as config:
        methods, options = parse_mapping_cfg(config)
    out = Catalog(header_comment=HEADER.format(language=""), charset="utf-8", fuzzy=False)
    for path, line, words, comments, context in extract_from_dir(root, methods, options, KEYWORDS):
        out.add(words, locations=[(path, line)], auto_comments=comments, context=context)
    return out


def read(path: Path) -> Catalog:
    """A catalogue in a file; its language is that of its folder. Raises PoFileError."""
    locale = path.parts[-3] if path.suffix == ".po" else None
    with path.open("rb") as stream:
        return read_po(stream, locale=locale, abort_invalid=True)


def catalogues() -> dict[str, Path]:
    """Language → its messages.po."""
    return {path.parts[-3]: path for path in sorted(FOLDER.glob("*/LC_MESSAGES/messages.po"))}


def spaceless(words: Any) -> str:
    """A message whatever its spaces: French that only got its no-break spaces keeps its translations."""
    return " ".join("\0".join([words] if isinstance(words, str) else words).split())


def merged(old: Catalog, template: Catalog) -> Catalog:
    """The messages of `template` with the translations of `old`. What the sources no longer say is left out."""
    known = {spaceless(m.id): m for m in old if m.id}
    language = f", {old.locale.english_name}" if old.locale else ""
    out = Catalog(
        locale=old.locale, header_comment=HEADER.format(language=language), charset="utf-8", fuzzy=False
    )  # fmt: skip
    for message in template:
        if message.id:
            before = known.get(spaceless(message.id))
            out[message.id] = Message(
                message.id, before.string if before else "", message.locations, message.flags,
                message.auto_comments, before.user_comments if before else (), context=message.context,
            )  # fmt: skip
    return out


def text(catalogue: Catalog) -> bytes:
    """A catalogue as a file, without line numbers and dates: it changes only when words do."""
    out = BytesIO()
    write_po(out, catalogue, width=0, sort_by_file=True, include_lineno=False)
    return NOISE.sub(b"", out.getvalue())


def untranslated(catalogue: Catalog) -> list[Id]:
    """The messages without words in this language."""
    return [m.id for m in catalogue if m.id and not (all(m.string) if m.pluralizable else m.string)]


def compile_words() -> None:
    """Each messages.po that is newer than its messages.mo, as ./run does before it starts."""
    for path in catalogues().values():
        made = path.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < path.stat().st_mtime:
            part = path.with_suffix(f".{os.getpid()}.mo-part")
            with part.open("wb") as out:
                write_mo(out, read(path))
            part.replace(made)  # whoever reads meanwhile reads a whole file


@click.command()
def main() -> None:
    """Extract, bring each language up to date, and name what is not translated yet."""
    template = extracted()
    (FOLDER / "messages.pot").write_bytes(text(template))
    click.echo(f"messages.pot: {len(template)} messages")
    for language, path in catalogues().items():
        new = merged(read(path), template)
        path.write_bytes(text(new))
        missing = untranslated(new)
        click.echo(f"{language}: {len(missing)} to translate")
        for words in missing:
            click.echo(f"  {words if isinstance(words, str) else words[0]}")


if __name__ == "__main__":
    main()
