"""./run as a whole, on a stand-in for the application that says what it was asked and how it ended.

The environment that the tests run in is the one that ./run finds ready, so that nothing is installed here.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.support.site import wait_until

ROOT = Path(__file__).resolve().parents[1]
STAND_IN = """
import os, signal, sys, threading, time
import click
from flask import Flask


def create_app():
    app = Flask(__name__)
    ended = threading.Event()
    note = lambda name, text: open(name, "a").write(text + "\\n")

    def stay(name):
        signal.signal(signal.SIGTERM, lambda *_: ended.set())
        note("pids", f"{name} {os.getpid()}")
        ended.wait()
        note("ended", name)

    @app.cli.command()
    @click.option("--empty", is_flag=True)
    def prepare(empty):
        print("membre\\tAda\\thttp://localhost/in/1")
        print("noise", file=sys.stderr)
        note("prepared", f"empty={empty}")

    @app.cli.command()
    @click.option("--host")
    @click.option("--port", type=int)
    def serve(host, port):
        if os.environ.get("REFUSE"):
            sys.exit("Already running.")
        print(f"Ready: http://{host}:{port}", flush=True)
        stay("server")

    @app.cli.command()
    def worker():
        print("noise of the worker")
        stay("worker")

    return app


if __name__ == "__main__":
    from flask.cli import ScriptInfo

    made = create_app()
    made.cli(obj=ScriptInfo(create_app=lambda: made))
"""


@pytest.fixture
def project(tmp_path):
    """A folder with ./run and what it needs, the stand-in, and the environment of this project."""
    (tmp_path / "deploy").mkdir()
    for name in ("run", "deploy/environment.sh", "requirements.txt"):
        shutil.copy2(ROOT / name, tmp_path / name)
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "app.py").write_text(STAND_IN)
    return tmp_path


@pytest.fixture
def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def start(project: Path, *arguments: str, **environment: str) -> subprocess.Popen:
    return subprocess.Popen(
        [project / "run", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        process_group=0,
        preexec_fn=lambda: [signal.signal(one, signal.SIG_DFL) for one in (signal.SIGINT, signal.SIGHUP)],
    )


@pytest.fixture
def running(project, free_port):
    """./run after both of its programs have started; ended for good when the test is over."""
    process = start(project, "--port", str(free_port))
    yield process, project, programs(project)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)
    for stream in (process.stdout, process.stderr):
        stream.close()


def programs(project: Path) -> dict[str, psutil.Process]:
    def both():
        with contextlib.suppress(FileNotFoundError):
            lines = (project / "pids").read_text().split("\n")
            return dict(line.split() for line in lines[:-1]) if len(lines) == 3 else None

    return {name: psutil.Process(int(pid)) for name, pid in wait_until(both).items()}


def gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_starts_both_and_stops_both(running, with_signal):
    process, project, started = running
    os.killpg(process.pid, with_signal)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert sorted((project / "ended").read_text().split()) == ["server", "worker"]
    assert all(map(gone, started.values()))
    lines = out.splitlines()
    assert lines[0] == "membre\tAda\thttp://localhost/in/1"
    assert lines[1].startswith("Ready: http://127.0.0.1:")
    assert len(lines) == 2
    assert "noise of the worker" in err


@pytest.mark.parametrize(("dies", "stays"), [("worker", "server"), ("server", "worker")])
def test_when_one_dies_the_other_is_stopped(running, dies, stays):
    process, project, started = running
    started[dies].kill()
    _, err = process.communicate(timeout=30)
    assert process.returncode == 1
    assert f"The {dies} stopped by itself (code 137), so the {stays} was stopped too." in err
    assert (project / "ended").read_text().split() == [stays]
    assert all(map(gone, started.values()))


def test_nothing_stays_behind_when_it_is_killed_itself(running):
    process, _, started = running
    process.kill()
    wait_until(lambda: all(map(gone, started.values())))


def run(project: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    process = start(project, *arguments, **environment)
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_a_server_that_refuses_has_the_only_word(project, free_port):
    code, out, err = run(project, "--port", str(free_port), REFUSE="yes")
    assert code == 1
    assert "Already running." in err
    assert "Ready" not in out
    assert not (project / "pids").exists()


def test_a_port_in_use_is_named_with_a_remedy_before_anything_is_done(project):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        code, out, err = run(project, "--port", str(port))
    assert (code, out) == (1, "")
    assert f"Port {port} is already in use." in err
    assert f"./run --port {port + 1}" in err
    assert not (project / "prepared").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--prot", "1"], "does not know “--prot”"),
        (["--port"], "--port wants a value"),
        (["--port", "abc"], "must be a number"),
        (["--port", "70000"], "must be a number"),
    ],
)
def test_a_wrong_option_is_explained(project, arguments, words):
    code, out, err = run(project, *arguments)
    assert (code, out) == (1, "")
    assert words in err
    assert not (project / "prepared").exists()


def test_empty_reaches_the_preparation(project, free_port):
    run(project, "--empty", f"--port={free_port}", REFUSE="yes")
    assert (project / "prepared").read_text() == "empty=True\n"


def test_the_second_start_installs_nothing(project, free_port):
    begun = time.monotonic()
    code, _, err = run(project, "--port", str(free_port), REFUSE="yes")
    assert (code, "Installing" in err, "Making" in err) == (1, False, False)
    assert time.monotonic() - begun < 60  # installing takes longer


def test_without_the_right_to_install_it_prints_the_line_to_type(project):
    script = """
    source deploy/environment.sh
    id() { echo 1000; }
    sudo() { return 1; }
    apt-get() { echo called; }
    install_packages libpango-1.0-0 chromium
    """
    done = subprocess.run(["bash", "-c", script], cwd=project, capture_output=True, text=True, timeout=20)
    assert (done.returncode, done.stdout) == (1, "")
    assert "sudo apt-get install -y --no-install-recommends libpango-1.0-0 chromium" in done.stderr
