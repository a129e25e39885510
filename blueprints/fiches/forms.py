"""What the editing page shows: one part of a fiche, from the stored answers or from what was just posted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.datastructures import MultiDict

from blueprints.look import locale
from models.fiche import checks, posting, questions
from models.fiche.content import ITEM_ID, REASONS, Content, item_id
from models.fiche.fiche import Fiche
from models.fiche.question import SCHEMA, Part, Question
from models.vocabularies import Term, terms


def field_id(name: str) -> str:
    """The id of the control of an input name, as error links need it."""
    return "f-" + name.replace(".", "-")


@dataclass
class FormView:
    """One part as a form. source: name → texts, exactly as they will be posted again.

    errors: input name → sentence (not saved). problems: key → sentence (saved, but to settle before submission).
    adding: the key of a list that gets one more empty line or item.
    """

    part: Part
    source: MultiDict[str, str]
    errors: Mapping[str, Any] = field(default_factory=dict)
    problems: Mapping[str, checks.Problem] = field(default_factory=dict)
    adding: str = ""
    fiche: Fiche | None = None
    schema: int = SCHEMA

    @classmethod
    def of(cls, part: Part, content: Content, **more: Any) -> FormView:
        """From stored answers."""
        keys = [leaf.key for leaf in part.leaves()]
        return cls(part, MultiDict(posting.write(content, keys)), **more)

    @property
    def following(self) -> Part | None:
        """The part after this one."""
        return next_part(self.part.key)

    def one(self, name: str) -> str:
        return self.source.get(name, "")

    def many(self, name: str) -> list[str]:
        return self.source.getlist(name)

    def lines(self, q: Question) -> list[str]:
        """The lines of a list, with an empty one where there is none or where one is added."""
        found = [t for t in self.many(q.key) if t.strip()]
        return [*found, ""] if not found or self.adding == q.key else found

    def items(self, q: Question) -> list[tuple[str, bool]]:
        """(item id, whether it is new) of each item, with an empty one where one is added."""
        names = [name for name in dict.fromkeys(self.many(q.key)) if ITEM_ID.fullmatch(name)]
        found = [(name, False) for name in names[: questions.ITEMS_CAP + 20]]
        return [*found, (item_id(), True)] if self.adding == q.key else found

    def error(self, name: str) -> Any:
        return self.errors.get(name)

    def problem(self, key: str) -> checks.Problem | None:
        return self.problems.get(key)

    def reason(self, key: str) -> str:
        return self.one(f"{REASONS}.{key}")

    def gave_reason(self, q: Question) -> bool:
        """Whether any field of the question carries a reason."""
        return bool(self.reason(q.key)) or any(self.reason(leaf.key) for leaf in q.leaves())

    def open_question(self, q: Question) -> bool:
        """Whether a field of the question has no answer yet, so that a reason may stand there."""
        return bool(self.reasons(q))

    def reasons(self, q: Question) -> list[Question]:
        """What may carry a reason: fields without an answer, and whatever carries one, the whole block included."""
        block = [q] if q.is_block and self.reason(q.key) else []
        asked = [leaf for leaf in q.leaves() if leaf.asked(self.schema) and leaf.kind != "tick"]
        return block + [leaf for leaf in asked if self.reason(leaf.key) or not self.one(leaf.key).strip()]

    def summary(self) -> list[tuple[str, Any]]:
        """(id, sentence) for each error, for the list on top."""
        return [(field_id(name), f"{self.name_of(name)}\u00a0: {text}") for name, text in self.errors.items()]

    def name_of(self, name: str) -> str:
        """The label of the question behind an input name."""
        return label_of(name)

    def nodes(self) -> list[tuple[str, str]]:
        """(id, name) of the places around the table, for the ends of a link."""
        key = "gouvernance.schema.noeuds"
        pairs = [(n, self.one(f"{key}.{n}.nom")) for n in dict.fromkeys(self.many(key))]
        return [(n, name) for n, name in pairs if name]

    def hidden_here(self) -> Iterator[Question]:
        """Questions of this part that forms no longer ask but that this fiche answered."""
        return (q for q in self.part.leaves() if not q.asked(self.schema) and self.one(q.key))


def label_of(name: str) -> str:
    """The label of the question, or of the field of an item, that an input or an import names; else the name."""
    known = {**questions.questions(), **questions.leaves()}
    if name in known:
        return str(known[name].label)
    for key, q in questions.leaves().items():
        if name.startswith(key + "."):
            rest = name[len(key) + 1 :].partition(".")[2]
            return next((str(f.label) for f in q.fields if f.key == rest), str(q.label))
    return name


def options(q: Question) -> list[Term]:
    """The terms of a question's vocabulary."""
    return list(terms(q.vocabulary).values())


def families(q: Question) -> list[tuple[str, list[Term]]]:
    """The terms by family, for a vocabulary too long for one list; one family without a name otherwise."""
    if not q.families:
        return [("", options(q))]
    return [(str(name), [t for t in options(q) if t.code.startswith(prefix)]) for name, prefix in q.families]


def term_label(term: Term) -> str:
    return term.label(locale()[:2])


@dataclass(frozen=True)
class Step:
    """One part in the list of parts: state is "done", "now", "review" or "todo"."""

    href: str
    label: Any
    state: str
    note: str = ""


def steps(fiche: Fiche | None, content: Content, now: str) -> list[Step]:
    """The list of parts of a fiche, the current one marked."""
    out = []
    for p in checks.progress(content):
        state = (
            "now"
            if p.part.key == now
            else "done"
            if p.state == "complete"
            else "review"
            if p.begun
            else "todo"
        )
        note = (
            ""
            if state in ("done", "todo") or not p.left
            else ngettext("%(num)s réponse à donner", "%(num)s réponses à donner", p.left)
        )
        if state == "now" and not p.left:
            note = _("vous êtes ici")
        href = url_for("fiches.edit", ref=fiche.id, part=p.part.key) if fiche else "#contenu"
        out.append(Step(href, p.part.title, state, note))
    return out


def next_part(key: str) -> Part | None:
    """The part that follows, None after the last."""
    keys = [p.key for p in questions.PARTS]
    at = keys.index(key) + 1
    return questions.PARTS[at] if at < len(keys) else None
