"""The PDF engine: what it promises of a good page, and S6: what a hostile one can't do."""

import io
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from adapters.pdf import drawings, wire
from adapters.pdf.engine import SENTENCES, Heading, Limits, Passes, RenderFailed, Session, render, session
from tests.pdf import ROOT, Canaries, Trap, page, png, sample, typed, words
from tests.pdf.hostile import ENDLESS, RAW, TEXTS
from tests.pdfcheck import Unavailable, pdfcheck


@pytest.fixture(scope="module")
def child():
    with session(Limits(cpu=20, wall=60)) as made:
        yield made


@pytest.fixture(scope="module")
def trap():
    with Trap() as made:
        yield made


@pytest.fixture(scope="module")
def canaries(tmp_path_factory):
    return Canaries(tmp_path_factory.mktemp("canaries"))


def failure(child: Session, html: str, **options) -> RenderFailed:
    with pytest.raises(RenderFailed) as caught:
        child.render(html, **options)
    return caught.value


# ---------------------------------------------------------------------------------------------- a good page


def test_a_page_is_set_with_its_pages_anchors_and_headings(child):
    pdf = child.render(sample(picture="toit"), pictures={"toit": png()})
    assert pdf.data.startswith(b"%PDF-")
    assert pdf.pages == pdf.anchors["suite"] == 3
    assert pdf.anchors["E-001"] == 1
    assert pdf.headings == (Heading(1, "E-001 – Un toit : « jardin » 🌱", 1), Heading(1, "La suite", 3))
    assert pdf.missing == ()
    assert 0 < pdf.cpu < 20
    assert 30 << 20 < pdf.peak < 200 << 20


def test_each_language_can_be_read_and_copied(child):
    text = words(child.render(sample()).data)
    for part in ("Łódź", "œuvre", "Ελληνικά: μια γειτονιά", "общий сад", "حديقة على السطح", "🌱", "1/3"):
        assert part in text
    assert "[?]" not in text


def test_only_our_own_faces_are_used(child):
    names = subprocess.run(
        ["pdffonts", "-"], input=child.render(sample()).data, capture_output=True, check=True
    )
    faces = {line.split()[0].split("+")[1] for line in names.stdout.decode().splitlines()[2:]}
    assert faces == {
        "Atkinson-Hyperlegible-Next",
        "Atkinson-Hyperlegible-Next-Bold",
        "Atkinson-Hyperlegible-Next-Italic",
        "Noto-Sans",
        "Noto-Sans-Bold",
        "IBM-Plex-Sans-Arabic",
        "IBM-Plex-Sans-Arabic-Bold",
        "Noto-Emoji",
    }


def test_folios_are_left_out_when_asked(child):
    assert "1/3" not in words(child.render(sample(), folio=False).data)


def test_equal_pages_give_equal_bytes_in_any_process(child):
    html, pictures = sample(picture="toit"), {"toit": png()}
    child.render(page("<p>Autre chose avant.</p>"))
    warm = child.render(html, pictures=pictures)
    assert render(html, pictures=pictures).data == warm.data
    assert child.render(html, pictures={"toit": png(10, 10)}).data != warm.data


def test_progress_is_told_page_by_page(child):
    seen = []
    child.render(sample(), progress=lambda *step: seen.append(step))
    assert [
        stage for number, (_, stage) in enumerate(seen) if number == 0 or seen[number - 1][1] != stage
    ] == [
        "parse",
        "style",
        "boxes",
        "layout",
        "write",
    ]
    assert [number for number, stage in seen if stage == "layout" and number][:3] == [1, 2, 3]


def test_a_short_last_page_is_set_tighter(child):
    lines = "<p>Une ligne de texte.</p>" * 36
    loose = child.render(page(lines))
    tight = child.render(page(lines), passes=Passes())
    assert (loose.pages, loose.tight) == (2, False)
    assert (tight.pages, tight.tight) == (1, True)
    longer = child.render(page(lines * 2 + "<p>fin</p>" * 20), passes=Passes(most=9))
    assert not longer.tight  # the last page is well filled, or a second setting saves nothing


def test_a_picture_that_is_missing_or_broken_leaves_its_words(child):
    body = '<p><img src="picture:{}" alt="Un four à pain"></p>'
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><text>x</text></svg>'
    pictures = {"broken": b"\x89PNG\r\n\x1a\n nothing", "svg": svg, "good": png()}
    for name in ("none", "broken", "svg"):
        pdf = child.render(page(body.format(name)), pictures=pictures)
        assert pdf.missing == (f"picture:{name}",)
        assert "Un four à pain" in words(pdf.data)
    assert child.render(page(body.format("good")), pictures=pictures).missing == ()


def test_a_picture_may_be_a_file(child, tmp_path):
    (tmp_path / "a.png").write_bytes(png())
    assert (
        child.render(page('<img src="picture:a" alt="A">'), pictures={"a": tmp_path / "a.png"}).missing == ()
    )


def test_too_large_a_picture_is_left_out(child):
    """6500 × 6500 dots: 55 kB in the file, 127 MB in memory."""
    pdf = child.render(page('<img src="picture:a" alt="A">'), pictures={"a": png(6500, 6500)})
    assert pdf.missing == ("picture:a",)


@pytest.fixture(scope="module")
def checked(child, tmp_path_factory):
    """Four files: name → path, and what veraPDF says of each by name."""
    import pikepdf

    folder = tmp_path_factory.mktemp("checked")
    data = child.render(sample(picture="toit"), pictures={"toit": png()}).data
    (folder / "good.pdf").write_bytes(data)
    typed_by_all = "\n\n".join(text[:400] for text in TEXTS.values())
    (folder / "hostile.pdf").write_bytes(child.render(sample(text=typed_by_all)).data)
    with pikepdf.open(io.BytesIO(data)) as document:
        del document.Root["/StructTreeRoot"], document.Root["/MarkInfo"]
        document.save(folder / "untagged.pdf")
    try:
        said = pdfcheck(*sorted(folder.glob("*.pdf")), flavours="ua1")
    except Unavailable as missing:
        pytest.skip(f"veraPDF needs: {missing}")
    return folder, said


@pytest.mark.pdf
def test_accessible_with_every_language_list_table_drawing_and_picture(checked):
    _, said = checked
    assert [line for line in said if "good.pdf" in line or "hostile.pdf" in line] == []
    assert any(line.startswith("FAIL ua1") and "untagged.pdf" in line for line in said)  # the control


@pytest.mark.pdf
def test_the_files_are_sound(checked, tmp_path):
    folder, _ = checked
    cut = tmp_path / "cut.pdf"
    cut.write_bytes((folder / "good.pdf").read_bytes()[:9000])
    codes = [
        subprocess.run(["qpdf", "--check", file], capture_output=True).returncode
        for file in (folder / "good.pdf", folder / "hostile.pdf", cut)
    ]
    assert codes[:2] == [0, 0]
    assert codes[2] != 0  # the control


# ------------------------------------------------------------------------------------------------- hostile


def filled_in(text: str, trap: Trap, canaries: Canaries) -> str:
    return text.replace("{trap}", trap.address).replace("{file}", str(canaries.folder))


def test_there_are_enough():
    assert len(TEXTS) + len(RAW) + len(ENDLESS) >= 120


@pytest.mark.parametrize("name", TEXTS)
def test_what_a_person_types_prints_and_does_nothing(name, child, trap, canaries):
    pdf = child.render(typed(filled_in(TEXTS[name], trap, canaries)))
    assert trap.hits == 0
    assert not canaries.found(pdf.data)
    assert pdf.missing == ()


@pytest.mark.parametrize("name", RAW)
def test_where_escaping_failed_the_fence_holds(name, child, trap, canaries):
    html, outcome = RAW[name]
    html = page(filled_in(html.replace("{{", "{").replace("}}", "}"), trap, canaries))
    if outcome == "pdf":
        assert not canaries.found(child.render(html).data)
    else:
        assert failure(child, html).reason == outcome
    assert trap.hits == 0


def test_the_trap_and_the_canaries_work(canaries, tmp_path):
    """The control: WeasyPrint as it comes reads the file, attaches it, and calls the server."""
    body = (
        '<link rel="attachment" href="file://{file}/secret.txt"><p>x</p>',
        '<img src="file://{file}/secret.svg">',
        '<img src="file://{file}/secret.jpg">',
        '<link rel="stylesheet" href="file://{file}/secret.css"><p>x</p>',
        '<img src="http://{trap}/a.png">',
    )
    code = "import pathlib, weasyprint\nfor f in sorted(pathlib.Path('.').glob('*.html')):\n"
    code += "    weasyprint.HTML(f).write_pdf(f.with_suffix('.pdf'))"
    with Trap() as trap:
        for number, part in enumerate(body):
            (tmp_path / f"{number}.html").write_text(page(filled_in(part, trap, canaries)))
        subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, timeout=120
        )
        assert trap.hits == 1
    for number, part in enumerate(body):
        assert canaries.found((tmp_path / f"{number}.pdf").read_bytes()) is ("{file}" in part)


def test_a_drawing_is_only_taken_with_the_seal_of_this_process(child):
    good = drawings.drawing('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"/>', "Rien")
    assert child.render(page(str(good))).missing == ()
    assert failure(child, page(str(good).replace("drawing:", "drawing:0"))).reason == "fence"
    other = drawings.seal(b"<svg/>", key=b"another process")
    assert failure(child, page(f'<img src="drawing:{other},PHN2Zy8+" alt="x">')).reason == "fence"


def test_a_sealed_drawing_still_reads_nothing(child, trap, canaries):
    """A drawing of ours that names an address would be our mistake: the fetcher stands behind it."""
    for address in (f"http://{trap.address}/a", f"file://{canaries.folder}/secret.jpg"):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><image href="{address}"/></svg>'
        assert failure(child, page(str(drawings.drawing(svg, "x")))).reason == "fence"
    assert trap.hits == 0


ACTS = (
    "open({secret!r})",
    "open('app.py')",
    "open({folder!r} + '/new', 'w')",
    "open(adapters.pdf.fence.__file__, 'r+')",
    "socket.socket()",
    "socket.create_connection(('127.0.0.1', {port}), 2)",
    "socket.getaddrinfo('localhost', 80)",
    "subprocess.run(['true'])",
    "os.system('true')",
    "os.fork() or os._exit(0)",
    "os.kill(os.getpid(), 0)",
    "urllib.request.urlopen('http://127.0.0.1:{port}/', timeout=2)",
)


@pytest.mark.parametrize("closed", [True, False])
def test_inside_the_fence_python_itself_refuses(closed, canaries, tmp_path):
    """With the fence closed each act is refused; open, each one works: the control."""
    secret, folder = str(canaries.folder / "secret.txt"), str(canaries.folder)
    code = "import os, socket, subprocess, urllib.request\nimport adapters.pdf.fence\n"
    code += f"adapters.pdf.fence.close({str(tmp_path)!r})\n" * closed
    with Trap() as trap:
        for act in ACTS:
            act = act.format(secret=secret, folder=folder, port=trap.port)
            code += f"try:\n    {act}\n    print('done')\n"
            code += "except PermissionError as error:\n    print(error)\n"
            code += "except OSError as error:\n    print('other', error)\n"
        command = [sys.executable, "-c", code]
        said = subprocess.run(
            command, cwd=ROOT, capture_output=True, text=True, timeout=60
        ).stdout.splitlines()
        assert trap.hits == (0 if closed else 2)
    assert len(said) == len(ACTS)
    for act, answer in zip(ACTS, said, strict=True):
        assert answer.startswith("outside the fence" if closed else "done"), act


def test_the_kernel_takes_the_network_away(trap):
    """Where this machine lets a process leave its network; elsewhere the audit hook stands alone."""
    code = (
        "import socket, sys\nfrom adapters.pdf import fence\n"
        "if sys.argv[2] == 'restrained': fence.restrain()\n"
        "try: socket.create_connection(('127.0.0.1', int(sys.argv[1])), 2); print('reached')\n"
        "except OSError as error: print('no way')\n"
    )

    def said(how: str) -> str:
        command = [sys.executable, "-c", code, str(trap.port), how]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60).stdout.strip()

    assert said("free") == "reached"
    trap.hits = 0
    if subprocess.run(["unshare", "--user", "--net", "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let a process leave its network")
    assert said("restrained") == "no way"
    assert trap.hits == 0


# -------------------------------------------------------------------------------------------------- limits


def test_time_of_the_processor_is_limited_and_the_next_page_comes_out(child):
    error = failure(child, page(ENDLESS["12 flex in flex"]), limits=Limits(cpu=1, wall=60))
    assert (error.reason, error.detail) == ("time", "cpu")
    assert child.render(page("<p>ensuite</p>")).pages == 1


def test_time_by_the_clock_is_limited_and_nothing_is_left(child):
    child.render(page("<p>avant</p>"))
    process, folder = child._child.process, child._child.folder
    start = time.monotonic()
    error = failure(child, page(ENDLESS["12 flex in flex"]), limits=Limits(cpu=60, wall=0.7))
    assert (error.reason, error.detail) == ("time", "clock")
    assert time.monotonic() - start < 40  # of the sixty seconds that the processor's limit would give it
    assert not psutil.pid_exists(process.pid)
    assert not Path(folder).exists()
    assert child.render(page("<p>ensuite</p>")).pages == 1


def test_memory_is_limited(child):
    long = page(f"<!-- {'x' * (24 << 20)} -->")
    assert failure(child, long, limits=Limits(memory=260 << 20)).reason == "memory"
    assert child.render(long).pages == 1


def test_pages_and_bytes_are_limited(child):
    body = '<p style="break-after: page">x</p>' * 5
    assert failure(child, page(body), limits=Limits(pages=4)).reason == "pages"
    assert child.render(page(body), limits=Limits(pages=6)).pages == 5
    assert failure(child, page(body), limits=Limits(output=1000)).reason == "size"
    assert child.render(page("<p>ensuite</p>")).pages == 1


@pytest.mark.parametrize(("number", "reason"), [(signal.SIGSEGV, "crash"), (signal.SIGKILL, "memory")])
def test_a_process_that_dies_is_told_and_replaced(child, number, reason):
    child.render(page("<p>avant</p>"))
    assert (
        failure(child, sample(), progress=lambda *_: os.kill(child._child.process.pid, number)).reason
        == reason
    )
    assert child.render(page("<p>ensuite</p>")).pages == 1


def test_a_process_that_died_between_two_pages_is_replaced(child):
    child.render(page("<p>avant</p>"))
    child._child.process.kill()
    child._child.process.wait()
    assert child.render(page("<p>ensuite</p>")).pages == 1


def test_who_stops_waiting_stops_the_process(child):
    class Enough(Exception):
        pass

    def stop(*_):
        raise Enough

    child.render(page("<p>avant</p>"))
    process = child._child.process
    with pytest.raises(Enough):
        child.render(sample(), progress=stop)
    assert process.poll() is not None


def test_an_ended_session_leaves_nothing():
    with session() as child:
        child.render(page("<p>x</p>"))
        process, folder = child._child.process, child._child.folder
        assert Path(folder, "fonts.conf").exists()
    assert process.poll() is not None
    assert not Path(folder).exists()


def test_the_process_knows_nothing_of_its_parent(child, monkeypatch):
    """No secrets in its environment, no files but its own three, a low priority."""
    monkeypatch.setenv("TABLEE_SECRET", "hunter2")
    with session() as fresh:
        fresh.render(page("<p>x</p>"))
        process = psutil.Process(fresh._child.process.pid)
        assert "TABLEE_SECRET" not in process.environ()
        assert process.nice() == 10
        own = (fresh._child.folder, f"/proc/{process.pid}/")  # its folder, and how it counts its own memory
        assert [f.path for f in process.open_files() if not f.path.startswith(own)] == []


def test_frames_arrive_whole_however_they_are_cut():
    data = wire.pack({"é": 1}, [b"", b"ab"]) + wire.pack({"two": [2]})
    for size in (1, 3, 7, len(data)):
        frames = wire.Frames(limit=2)
        got = [f for at in range(0, len(data), size) for f in frames.feed(data[at : at + size])]
        assert got == [({"é": 1}, [b"", b"ab"]), ({"two": [2]}, [])]
    with pytest.raises(wire.TooLarge):
        list(wire.Frames(limit=1).feed(data))


def test_every_reason_has_a_sentence_that_names_the_remedy():
    assert set(SENTENCES) == {
        "time",
        "memory",
        "depth",
        "pages",
        "size",
        "fence",
        "locked",
        "broken",
        "long",
        "crash",
    }
    for reason in SENTENCES:
        sentence = str(RenderFailed(reason, "détail"))
        assert sentence.endswith(".")
        assert sentence.count(".") + sentence.count(";") >= 2
        assert "détail" not in sentence


@pytest.mark.long
@pytest.mark.parametrize("name", ENDLESS)
def test_what_never_ends_is_ended(name, child):
    assert failure(child, page(ENDLESS[name]), limits=Limits(cpu=3, wall=60)).reason == "time"
    assert child.render(page("<p>ensuite</p>")).pages == 1


@pytest.mark.long
def test_two_hundred_pages_in_a_row_keep_their_memory(child):
    """A warm process must not grow: at most 40 MB between the 20th and the 200th page."""
    peaks = [child.render(sample(title=f"Page {n}")).peak for n in range(200)]
    assert peaks[-1] - peaks[19] < 40 << 20
