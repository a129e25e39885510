"""Two versions of minutes, sentence by sentence: what is the same is not shown."""

from __future__ import annotations

from collections.abc import Iterator

from flask_babel import gettext as _

from blueprints import formats
from blueprints.fiches.choices import Side, sides
from blueprints.minutes_words import KINDS, Content, groups, how, person


def pairs(before: Content, after: Content) -> list[tuple[str, Side, Side]]:
    """(what it is, before, after) of everything that differs, in the order of the minutes."""
    old, new = dict(_texts(before)), dict(_texts(after))
    out = []
    for key in [*new, *(key for key in old if key not in new)]:
        (title, was), (_t, now) = old.get(key, new.get(key, ("", ""))), new.get(key, ("", ""))
        was = was if key in old else ""
        if was != now:
            out.append((new.get(key, (title,))[0], *sides(was, now)))
    return out


def _texts(content: Content) -> Iterator[tuple[str, tuple[str, str]]]:
    """(key, (what it is, how it reads)) of each part that may differ."""
    heading, people = content["heading"], content["people"]
    yield (
        "when",
        (_("Quand et où"), ", ".join(x for x in (formats.moment(heading["starts"]), heading["place"]) if x)),
    )
    for group, words in groups().items():
        said = ", ".join(person(one) for one in people[group])
        yield group, (words, said)
    for item in content["items"]:
        yield f"item {item['id']}", (_("Point %(n)s", n=item["n"]), item["title"])
        yield from _part(item, _("Point %(n)s – %(title)s", n=item["n"], title=item["title"]))
    yield from _part(content["general"], _("Sur l’ensemble"))


def _part(part: Content, where: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for line in part["lines"]:
        who = _("%(kind)s, %(who)s", kind=KINDS[line["kind"]], who=line["who"]) if line["who"] else str(KINDS[line["kind"]])  # fmt: skip
        yield line["id"], (f"{where} – {who}", line["text"])
    for d in part["decisions"]:
        yield d["id"], (_("%(where)s – décision %(number)s", where=where, number=d["number"]), decision(d))
    for task in part["tasks"]:
        said = _(
            "%(what)s – %(who)s, pour le %(day)s",
            what=task["what"],
            who=task["who"],
            day=formats.day(task["due"]),
        )
        yield task["id"], (_("%(where)s – tâche", where=where), said)
    for one in part["recommendations"]:
        yield one["id"], (_("%(where)s – recommandation %(number)s", where=where, number=one["number"]), one["text"])  # fmt: skip


def decision(d: Content) -> str:
    """A decision as a few lines of text."""
    objections = _("Objections\u00a0: %(said)s", said=d["objections"]) if d["objections"] else ""
    replaces = _("Remplace %(number)s", number=d["replaces"]) if d["replaces"] else ""
    return "\n".join(x for x in (d["text"], how(d), objections, replaces) if x)
