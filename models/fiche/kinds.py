"""The type table: how each kind of answer is read from a form, checked on import, merged and put into words.

A new kind is one row of KINDS and one branch in each of the two macros of templates/fields.html.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l

from models.fiche.question import Question
from models.vocabularies import terms

TEXT_CAP = 20_000  # signs a text, the only hard limit
LINES_CAP = 60
MOST_READ = 2000  # lines that are looked at, empty ones and repetitions included
CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\ufffe\uffff\ufdd0-\ufdef]"
)
MONTHS = {
    name: number
    for number, names in enumerate(
        [
            "janvier januari januar january",
            "fevrier februari februar february",
            "mars maart marz march",
            "avril april",
            "mai mei may",
            "juin juni june",
            "juillet juli july",
            "aout augustus august",
            "septembre september",
            "octobre oktober october",
            "novembre november",
            "decembre december dezember",
        ],
        1,
    )
    for name in names.split()
}


class Bad(Exception):
    """An answer that cannot be kept as it is; str() says what to do."""

    def __init__(self, sentence: Any) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Kind:
    """read: texts posted → value. load: value of an import → value. empty: what stands for no answer.

    merge: "whole", "set", "lines" or "items". silent: a browser posts nothing at all when it is left empty.
    """

    read: Callable[[Sequence[str], Question], Any]
    load: Callable[[Any, Question], Any]
    empty: Any = None
    merge: str = "whole"
    silent: bool = False


def clean(text: str, *, lines: bool = True) -> str | None:
    """Text without control signs, with \\n line ends and no blanks at either end; None when nothing is left.

    Accents, no-break spaces and curly quotes stay as they were typed. Cleaning twice changes nothing, and takes no
    longer than the text is long (a pattern for blanks before a line end would take its square).
    """
    text = CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    rows = unicodedata.normalize("NFC", text).split("\n")
    if lines:
        text = "\n".join(row.rstrip(" \t") for row in rows).strip(" \t\n")
    else:
        text = " ".join(row for row in (r.replace("\t", " ").strip() for r in rows) if row)
    return text or None


def _capped(text: str | None) -> str | None:
    if text and len(text) > TEXT_CAP:
        raise Bad(_l("Ce texte dépasse 20 000 signes. Raccourcissez-le, ou joignez le reste en document."))
    return text


def _one(texts: Sequence[str]) -> str:
    return texts[0] if texts else ""


def read_text(texts: Sequence[str], _q: Question) -> str | None:
    return _capped(clean(_one(texts)))


def read_line(texts: Sequence[str], _q: Question) -> str | None:
    return _capped(clean(_one(texts), lines=False))


def load_text(value: Any, q: Question) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (str, int, float, date)):
        raise Bad(_l("Un texte était attendu ici."))
    return read_text([str(value)], q)


def load_line(value: Any, q: Question) -> str | None:
    return read_line([load_text(value, q) or ""], q)


GROUPED = re.compile(r"[0-9]{1,3}([ .'’\u00a0\u202f][0-9]{3})+")


def _ungrouped(text: str) -> str:
    """2.400 or 2 400 as 2400, where the groups are whole: 2.5 and 12 14 are no numbers of this kind."""
    whole, comma, rest = text.partition(",")
    return (re.sub(r"[^0-9]", "", whole) if GROUPED.fullmatch(whole) else whole) + comma + rest


def read_integer(texts: Sequence[str], _q: Question) -> int | None:
    text = _one(texts).strip()
    if not text:
        return None
    text = _ungrouped(text)
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise Bad(_l("Écrivez un nombre entier, par exemple 24. Les mots vont dans « Avec vos mots »."))
    return int(text)


def read_year(texts: Sequence[str], q: Question) -> int | None:
    text = _one(texts).strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{4}", text) or not 1800 <= int(text) <= 2200:
        raise Bad(_l("Écrivez une année en quatre chiffres, par exemple 2014."))
    return int(text)


def read_amount(texts: Sequence[str], _q: Question) -> float | None:
    """An amount in the currency of the question, as it is written here: 2400, 2.400,50, 2 400 €, 2400,-."""
    text = _one(texts).strip()
    if not text:
        return None
    text = re.sub(r"€|(?<![a-z])eur(os?)?(?![a-z])", "", text, flags=re.IGNORECASE).strip()
    text = re.sub(r",(-|--|–)$", "", _ungrouped(text)).replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,2})?", text):
        raise Bad(_l("Écrivez un nombre, par exemple 2400. Les mots vont dans « Temps de travail »."))
    return round(float(text), 2)


def _load_by_text(read: Callable[[Sequence[str], Question], Any]) -> Callable[[Any, Question], Any]:
    def load(value: Any, q: Question) -> Any:
        if value is None:
            return None
        if isinstance(value, float) and read is read_amount:
            value = f"{value:.2f}"
        if isinstance(value, bool) or not isinstance(value, (str, int, date)):
            raise Bad(_l("Cette réponse n’a pas la forme attendue."))
        return read([str(value)], q)

    return load


def plain(word: str) -> str:
    """Lower case without accents, to compare words."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.lower()) if not unicodedata.combining(c))


def read_date(texts: Sequence[str], _q: Question) -> str | None:
    """A day, a month or a year, as ISO 8601 with what is known: 2016-04-21, 2016-04 or 2016."""
    text = plain(_one(texts).strip())
    if not text:
        return None
    bits: list[int] | None = None
    if re.fullmatch(r"[0-9]{4}(-[0-9]{1,2}){0,2}", text):
        bits = [int(x) for x in text.split("-")]
    elif re.fullmatch(r"([0-9]{1,2}[/.\- ]){0,2}[0-9]{4}", text):
        bits = [int(x) for x in re.split(r"[/.\- ]", text)][::-1]
    elif found := re.fullmatch(r"(?:le )?(?:([0-9]{1,2})(?:er|e|\.)? )?([a-z]{3,12})\.? ([0-9]{4})", text):
        day, word, year = found.groups()
        months = {number for name, number in MONTHS.items() if name.startswith(word)}  # avr., sept., dez.
        if len(months) == 1:
            bits = [int(year), *months, *([int(day)] if day else [])]
    try:
        if bits:
            date(*[*bits, 1, 1][:3])
            if 1800 <= bits[0] <= 2200:
                return "-".join(f"{n:0{4 if k == 0 else 2}d}" for k, n in enumerate(bits))
    except ValueError:
        pass
    raise Bad(_l("Écrivez une date, par exemple 21/04/2016, 04/2016 ou 2016."))


def read_mail(texts: Sequence[str], q: Question) -> str | None:
    text = read_line(texts, q)
    if text and not re.fullmatch(r"[^@\s<>,;\"]{1,64}@[^@\s<>,;\"]{1,190}\.[^@\s.<>,;\"]{2,}", text):
        raise Bad(_l("Écrivez une adresse complète, par exemple nadia@passerelle.example."))
    return text


def read_phone(texts: Sequence[str], q: Question) -> str | None:
    text = read_line(texts, q)
    if text and not (
        re.fullmatch(r"\+?[0-9 ().\u00a0\u202f/\-]{6,30}", text) and len(re.findall(r"[0-9]", text)) >= 6
    ):
        raise Bad(_l("Écrivez un numéro, par exemple 02 555 01 00."))
    return text


def read_url(texts: Sequence[str], q: Question) -> str | None:
    """An address of the web; what comes without its beginning gets one. No name or password before the host."""
    text = read_line(texts, q)
    if not text:
        return None
    if "://" not in text and not re.match(r"[a-z]+:(?![0-9])", text, re.IGNORECASE):
        text = "https://" + text
    host = text.partition("://")[2][:300].partition("/")[0].partition("?")[0].partition("#")[0]
    whole = len(text) <= 2000 and re.fullmatch(r"https?://[^\s<>\"\\]+", text, re.IGNORECASE)
    if not whole or not re.fullmatch(r"[^.@\[\]]+(\.[^.@\[\]]+)+", host):
        raise Bad(_l("Écrivez une adresse complète, par exemple https://passerelle.example."))
    return text


def read_reference(texts: Sequence[str], q: Question) -> str | None:
    text = (read_line(texts, q) or "").upper() or None
    if text and not re.fullmatch(r"F-[0-9]{4}-[0-9]{3,6}", text):
        raise Bad(_l("Écrivez un numéro de fiche, par exemple F-2016-002."))
    return text


def read_code(texts: Sequence[str], q: Question) -> str | None:
    text = (read_line(texts, q) or "").upper() or None
    if text and not re.fullmatch(r"[0-9A-Z]{2,12}", text):
        raise Bad(_l("Écrivez le code officiel, en chiffres, par exemple 21012."))
    return text


def read_choice(texts: Sequence[str], q: Question) -> str | None:
    text = _one(texts).strip()
    if text and text not in terms(q.vocabulary):
        raise Bad(_l("Cette réponse n’est plus proposée. Choisissez-en une autre."))
    return text or None


def read_choices(texts: Sequence[str], q: Question) -> list[str]:
    chosen = {t.strip() for t in texts if t.strip()}
    known = terms(q.vocabulary)
    if chosen - set(known):
        raise Bad(_l("Une réponse cochée n’est plus proposée. Revoyez vos choix."))
    return [code for code in known if code in chosen]


def load_choices(value: Any, q: Question) -> list[str]:
    if not isinstance(value, (list, type(None))) or any(not isinstance(v, str) for v in value or []):
        raise Bad(_l("Une liste de codes était attendue ici."))
    return read_choices(value or [], q)


def read_tick(texts: Sequence[str], _q: Question) -> bool:
    return _one(texts) not in ("", "0", "false")


def load_tick(value: Any, _q: Question) -> bool:
    if value not in (True, False, None):
        raise Bad(_l("« oui » ou « non » était attendu ici."))
    return bool(value)


def read_yesno(texts: Sequence[str], _q: Question) -> bool | None:
    return {"oui": True, "non": False}.get(_one(texts))


def load_yesno(value: Any, _q: Question) -> bool | None:
    if value not in (True, False, None):
        raise Bad(_l("« oui » ou « non » était attendu ici."))
    return None if value is None else bool(value)


def read_lines(texts: Sequence[str], q: Question) -> list[str]:
    lines = (_capped(clean(t, lines=False)) for t in texts[:MOST_READ])
    out = list(dict.fromkeys(line for line in lines if line))
    if len(out) > LINES_CAP or len(texts) > MOST_READ:
        raise Bad(_l("Soixante lignes au plus. Regroupez celles qui se ressemblent."))
    return out


def load_lines(value: Any, q: Question) -> list[str]:
    if not isinstance(value, (list, type(None))):
        raise Bad(_l("Une liste de textes était attendue ici."))
    return read_lines([load_line(v, q) or "" for v in (value or [])[: MOST_READ + 1]], q)


def read_digest(texts: Sequence[str], _q: Question) -> str | None:
    text = _one(texts).strip()
    if text and not re.fullmatch(r"[0-9a-f]{64}", text):
        raise Bad(_l("Cette image n’est pas reconnue. Joignez-la de nouveau."))
    return text or None


def read_node(texts: Sequence[str], _q: Question) -> str | None:
    text = _one(texts).strip()
    if text and not re.fullmatch(r"[A-Za-z0-9_-]{1,40}", text):
        raise Bad(_l("Choisissez une place de la liste."))
    return text or None


def _never(value: Any, q: Question) -> Any:
    raise AssertionError(f"{q.key}: groups are read by content.py")


KINDS: dict[str, Kind] = {
    "line": Kind(read_line, load_line),
    "text": Kind(read_text, load_text),
    "integer": Kind(read_integer, _load_by_text(read_integer)),
    "year": Kind(read_year, _load_by_text(read_year)),
    "amount": Kind(read_amount, _load_by_text(read_amount)),
    "date": Kind(read_date, _load_by_text(read_date)),
    "mail": Kind(read_mail, _load_by_text(read_mail)),
    "phone": Kind(read_phone, _load_by_text(read_phone)),
    "url": Kind(read_url, _load_by_text(read_url)),
    "code": Kind(read_code, _load_by_text(read_code)),
    "reference": Kind(read_reference, _load_by_text(read_reference)),
    "choice": Kind(read_choice, _load_by_text(read_choice), silent=True),
    "choices": Kind(read_choices, load_choices, empty=(), merge="set", silent=True),
    "tick": Kind(read_tick, load_tick, empty=False, silent=True),
    "yesno": Kind(read_yesno, load_yesno, silent=True),
    "lines": Kind(read_lines, load_lines, empty=(), merge="lines", silent=True),
    "items": Kind(_never, _never, empty=(), merge="items", silent=True),
    "picture": Kind(read_digest, _load_by_text(read_digest)),
    "node": Kind(read_node, _load_by_text(read_node)),
}


def empty(q: Question) -> Any:
    """What stands for "no answer": None, False for a tick, a new list for lists."""
    value = KINDS[q.kind].empty
    return [] if value == () else value


def answered(q: Question, value: Any) -> bool:
    """Whether this is an answer. 0 is one, and so is "no" to a question; a tick that is not ticked is none."""
    if value is False:
        return q.kind == "yesno"
    return value not in (None, [], "")
