"""Fixtures that every test may use. Each makes real parts: the application, its database, a mail server.

app            the application on an instance of its own, with an empty database at the newest schema
client         its client (tests/support/client.py): reads every page it receives, fills in forms
demo_app, demo_client   the same with the demonstration data: one cast of people for demo and tests
client_of      client_of("coordination"): a new client of `demo_app`, signed in as who plays that role
make_app       make_app(config=None, *, demo=False, template=None), for its own settings or several applications;
               `template` is a folder to copy in the place of the two
instance       the folder of `app`
smtp           a real SMTP server (tests/support/mailserver.py)
nu             the Nu HTML checker that the clients use, or None without --nu

PDF files are checked with tests/pdfcheck; such a test has the mark `pdf`.

The schema is built once a session, through the migrations, and its file copied for each test. The application itself
serves many tests (tests/support/kept.py); one that a test added something to is not used again.
"""

import fcntl
import gc
import os
import shutil
from pathlib import Path

import hypothesis
import pytest

from tests.support.network import close_network
from tests.support.site import close

# Two shared cores say nothing about how long one example may take.
hypothesis.settings.register_profile("ordinary", deadline=None, max_examples=30)
hypothesis.settings.register_profile("long", deadline=None, max_examples=500)


# Compiled templates, kept from run to run under a key of their source: compiling them takes most of a short test.
TEMPLATES = str(Path(__file__).parents[1] / ".cache" / "templates")


# What starts processes, sets pages or throws much at the door: in every run but the quick one.
SLOW = {
    "test_accounts", "test_alike", "test_annexes", "test_answering", "test_audit", "test_backup", "test_circle_papers", "test_crash", "test_directory_pages", "test_directory_papers", "test_documents",
    "test_dossiers", "test_editions", "test_endpoint", "test_exchange_pages", "test_exchanging", "test_factors", "test_forgetting", "test_frozen", "test_gathering", "test_group_pages", "test_headers", "test_hostile",
    "test_injection", "test_invite_many", "test_joining", "test_late", "test_leaks", "test_listing", "test_live", "test_mail", "test_meeting_mails", "test_meeting_pages", "test_meeting_papers", "test_merging_people", "test_minutes_pages", "test_notes_pages", "test_once",
    "test_my_data", "test_passwords", "test_pdf_drawings", "test_pdf_engine", "test_people", "test_pictures",
    "test_print", "test_privacy", "test_profile", "test_race", "test_register_papers", "test_replying", "test_retention", "test_run", "test_schema", "test_scale", "test_sessions", "test_sitting",
    "test_telling", "test_twice", "test_uploads", "test_voting", "test_walk", "test_welcoming", "test_widening_pages",
}  # fmt: skip


# Of the others those that take longest, the longest first.
LONGEST = (
    "test_questions",
    "test_workflow",
    "test_translations",
    "test_exchange",
    "test_merge",
    "test_home",
)


def _when(item) -> tuple:
    """What takes long begins first, so that all workers end together."""
    last = len(LONGEST)
    name = item.path.stem
    return (
        "browser" not in item.path.parts, name not in SLOW, LONGEST.index(name) if name in LONGEST else last
    )  # fmt: skip


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.stem in SLOW:
            item.add_marker("slow")
    items.sort(key=_when)


def pytest_ignore_collect(collection_path, config):
    """A run without what is slow does not even read the files that are slow as a whole."""
    return True if collection_path.stem in SLOW and "not slow" in config.option.markexpr else None


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported stays to the end: Python's collector need not walk over it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_addoption(parser):
    parser.addoption("--nu", action="store_true", help="each page goes through the Nu HTML checker too")


def pytest_configure(config):
    close_network()
    hypothesis.settings.load_profile("long" if config.getoption("--nu") else "ordinary")
    if not hasattr(config, "workerinput"):  # once, not in each process of xdist
        from translations.update import compile_words

        compile_words()


def _prepare(folder: Path, *options: str) -> Path:
    """A prepared instance, closed again so that its files can be copied."""
    from app import create_app

    app = create_app({"INSTANCE": str(folder), "TESTING": True})
    result = app.test_cli_runner().invoke(args=["prepare", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    close(app)
    return folder


def _prepared_once(tmp_path_factory, name: str, *options: str) -> Path:
    """The folder that all workers copy from; the first that needs it makes it while the others wait."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:  # each worker has a folder in that of the run
        shared = shared.parent
    folder = shared / "template" / name
    folder.parent.mkdir(exist_ok=True)
    with (folder.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = folder.parent / f"{name}.done"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _prepare(folder, *options)
            done.touch()
    return folder


@pytest.fixture(scope="session")
def empty_template(tmp_path_factory) -> Path:
    """An instance folder with an empty database, to copy and never to open."""
    return _prepared_once(tmp_path_factory, "empty", "--empty")


@pytest.fixture(scope="session")
def demo_template(tmp_path_factory) -> Path:
    """An instance folder with the demonstration data, to copy and never to open."""
    return _prepared_once(tmp_path_factory, "demo")


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """The applications that wait for the next test (tests/support/kept.py)."""
    from tests.support.kept import Shelf

    return Shelf(tmp_path_factory.mktemp("kept"))


@pytest.fixture
def make_app(request, shelf, nu):
    from app import create_app
    from tests.support.client import CheckedClient

    taken = []

    def make(config: dict | None = None, *, demo: bool = False, template: Path | None = None):
        def made(folder: Path):
            app = create_app(
                {"INSTANCE": str(folder), "TESTING": True, "TEMPLATE_CACHE": TEMPLATES, **(config or {})}
            )
            app.test_client_class = type("Client", (CheckedClient,), {"nu": nu})
            return app

        template = template or request.getfixturevalue("demo_template" if demo else "empty_template")
        taken.append(shelf.take(template, config or {}, made))
        return taken[-1].app

    yield make
    for one in taken:
        shelf.give_back(one)


@pytest.fixture
def app(make_app):
    return make_app()


@pytest.fixture
def demo_app(make_app):
    return make_app(demo=True)


@pytest.fixture
def instance(app) -> Path:
    return Path(app.config["INSTANCE"])


@pytest.fixture
def client(app):
    return app.test_client()


@pytest.fixture
def demo_client(demo_app):
    return demo_app.test_client()


@pytest.fixture
def client_of(demo_app):
    from tests.support.cast import sign_in

    return lambda role, **options: sign_in(demo_app.test_client(), role, **options)


@pytest.fixture
def smtp():
    from tests.support.mailserver import MailServer

    with MailServer() as server:
        yield server


@pytest.fixture(scope="session")
def nu_checker():
    from tests.support.nu import NuChecker

    checker = NuChecker()
    yield checker
    checker.stop()


@pytest.fixture(scope="session")
def nu(request):
    return request.getfixturevalue("nu_checker") if request.config.getoption("--nu") else None
