"""Who carries the action, with whom, where, and how to reach them, read from the words of a sheet."""

from __future__ import annotations

import re
from collections.abc import Sequence

from flask_babel import lazy_gettext as _l

from models.fiche.sheets.numbers import MAX_READ
from models.fiche.sheets.result import Understood, valid
from models.fiche.sheets.text import bare, items, joined, one_line

WITH_PARTNERS = re.compile(
    r"(?i)\(?\b(?:en (?:étroite )?(?:partenariat|collaboration) avec|"
    r"avec le (?:soutien|concours|partenariat) d[eu’']s?|"
    r"avec la (?:collaboration|participation) d[eu’']s?|in samenwerking met|in zusammenarbeit mit)\s*"
)
# In lower case only: « Les Amis du parc » is a name.
ARTICLE = re.compile(r"^(?:(?:les?|la|des|du|de la|de|het|die|der|das)\s+|l[’']\s?|d[’']\s?)(?=\S)")
AND = re.compile(
    r"\s+(?:et|ainsi que|en|und)\s+(?=(?:(?:les?|la|des|du|une?|de|het|die|der|das)\s|l[’']|d[’']))"
)
LAST_AND = re.compile(r"\s+(?:et|ainsi que|en|und)\s+")
OUTSIDE = re.compile(r"[,;](?![^()]*\))")
NAME_AND_SERVICE = re.compile(r"\s*[\u00a0 ]:\s+|:\s+|\s+[–—-]\s+|\n")
MAIL = re.compile(r"[^\s<>,;:()\"@]{1,64}@[^\s<>,;:()\"@]{1,190}\.[A-Za-z]{2,}")
PHONE = re.compile(r"(?<![\w/])(?:\+\d|\(?0)[\d ().\u00a0/-]{6,22}\d(?![\w/])")
SITE = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;)]|\bwww\.[^\s<>\"]+[^\s<>\".,;)]")
WAYS = re.compile(
    r"(?i)\b(?:t[ée]l(?:[ée]phone)?|gsm|e-?mail|mail|courriel|site(?: web| internet)?|contact|web)\b"
    r"\.?[ \u00a0]*:?[ \u00a0]*"
)
PARTNERS_CUT = _l("Les partenaires ont été séparés d’après les virgules et les « et ». Vérifiez leurs noms.")


def read_structure(out: Understood, label: str, lines: Sequence[str]) -> None:
    """Name and service; after « en partenariat avec », the partners; ways to reach it go to the contact."""
    own: list[str] = []
    for line in joined(lines):
        if found := WITH_PARTNERS.search(line):
            out.recognised.append(found[0])
            own.append(line[: found.start()].strip(" ,;–-"))
            read_partners(out, label, [line[found.end() :].strip(" ).")])
        else:
            own.append(_ways(out, bare(line)))
    parts = [part.strip() for line in own for part in NAME_AND_SERVICE.split(line, maxsplit=1)]
    parts = [part for part in parts if part]
    if parts and not out.get("structure_porteuse.nom"):
        out.put("structure_porteuse.nom", parts.pop(0))
    if parts and not out.get("structure_porteuse.service") and not re.search(r"\d", parts[0]):
        out.put("structure_porteuse.service", parts.pop(0))
    if parts:
        out.keep(label, "\n".join(parts))


def _ways(out: Understood, line: str) -> str:
    """Take mail, telephone and site out of a line."""
    for pattern, key in (
        (MAIL, "contact.courriel"),
        (SITE, "structure_porteuse.site"),
        (PHONE, "contact.telephone"),
    ):
        found = pattern.search(line)
        value = valid(key, found[0].strip()) if found else None
        if not found or value is None or out.get(key) is not None:
            continue
        named = WAYS.search(line[: found.start()])
        start = named.start() if named and named.end() == found.start() else found.start()
        out.put(key, value)
        out.recognised.append(line[start : found.start()])
        line = (line[:start].rstrip(" ,;–-:(") + " " + line[found.end() :].lstrip(" ,;–-)")).strip()
    return line


def read_contact(out: Understood, label: str, lines: Sequence[str]) -> None:
    """Name, function, mail and telephone. Nothing becomes printable by itself."""
    parts = [part for line in lines for part in re.split(r"[,;|]", _ways(out, bare(line)))]
    rest = [part.strip() for part in parts if part.strip(" -–")]
    for key in ("contact.nom", "contact.fonction"):
        if rest and not out.get(key):
            out.put(key, rest.pop(0))
    if rest:
        out.keep(label, ", ".join(rest))


def read_partners(out: Understood, _label: str, lines: Sequence[str]) -> None:
    """One partner a line, or parted by commas and « et »; « Nom (rôle) » and « Nom : rôle » give the role."""
    entries = items(lines)
    single = len(entries) == 1
    found = _cut_partners(out, entries[0]) if single else entries
    partners = []
    for entry in found:
        name, role = name_and_role(entry)
        if article := ARTICLE.match(name):
            out.recognised.append(article[0])
            name = name[article.end() :]
        partners.append({"nom": name, **({"role": role} if role else {})})
    out.add_items("partenaires", [p for p in partners if p["nom"]])
    if single and len(found) > 1:
        out.confirm("partenaires", PARTNERS_CUT)


def _cut_partners(out: Understood, text: str) -> list[str]:
    if len(text) > MAX_READ:
        return [text]
    text = text.rstrip(".")
    parts = [part.strip() for part in OUTSIDE.split(text) if part.strip()]
    last = parts.pop() if parts else ""
    cut = (LAST_AND if parts else AND).search(last)
    if cut and "(" not in last[: cut.start()]:
        out.recognised.append(cut[0])
        parts += [last[: cut.start()].strip(), last[cut.end() :].strip()]
    else:
        parts.append(last)
    return [part for part in parts if part]


def name_and_role(entry: str) -> tuple[str, str]:
    """(name, role) of « Nom (rôle) » or « Nom : rôle »; the role is "" when there is none."""
    if found := re.fullmatch(r"([^()]{2,120}?)\s*\(([^()]{2,300})\)\.?", entry):
        return found[1], found[2]
    if found := re.fullmatch(r"([^:]{2,120}?)[ \u00a0]*:\s+(.{2,400})", entry):
        return found[1], found[2]
    return entry, ""


def read_territory(out: Understood, _label: str, lines: Sequence[str]) -> None:
    text = one_line(lines)
    named = len(text) <= 80 and not out.get("territoire.libelle")
    out.add_text("territoire.libelle" if named else "territoire.lieux", text, " ")
