"""Pictures that people send: what comes out is ours, whatever went in."""

import io
import json
import subprocess
import sys
import threading
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from adapters import picture_decoding, pictures
from tests.support.hostile_pictures import (
    EITHER,
    GPS,
    HARMLESS,
    REFUSED,
    SCRIPT,
    bomb,
    drawing,
    gps,
    photo,
    save,
    scan_bomb,
    two_pictures,
)

ROOT = Path(__file__).parents[1]
CHILD = [sys.executable, "-I", str(pictures.CHILD)]


def opened(picture: pictures.Picture) -> Image.Image:
    """The picture, decoded, after what must hold for every one."""
    im = Image.open(io.BytesIO(picture.data), formats=["JPEG", "PNG"])
    im.load()
    assert im.get_format_mimetype() == picture.media_type
    assert (im.width, im.height) == (picture.width, picture.height)
    assert 1 <= max(im.size) <= picture_decoding.LONG_SIDE
    assert picture.sha256 == sha256(picture.data).hexdigest()
    assert not im.getexif()
    assert set(im.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
    for secret in (SCRIPT, GPS, b"Exif", b"ICC_PROFILE", b"http://", b"GPS", b"tEXt", b"eXIf"):
        assert secret not in picture.data
    return im


def near(colour, other, by=12) -> bool:
    return all(abs(a - b) <= by for a, b in zip(colour, other, strict=True))


# ---- what is taken -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_a_photograph_becomes_a_jpeg(kind):
    picture = pictures.tidy(save(photo(), kind))
    im = opened(picture)
    assert picture.media_type == "image/jpeg"
    assert im.info["progressive"]
    assert (picture.width, picture.height) == (640, 480)
    for at in ((40, 40), (320, 240), (600, 440)):
        assert near(im.getpixel(at), photo().getpixel(at), 24)


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_a_drawing_stays_exact(kind):
    picture = pictures.tidy(save(drawing(), kind, **({"lossless": True} if kind == "WEBP" else {})))
    assert picture.media_type == "image/png"
    assert opened(picture).convert("RGB").tobytes() == drawing().tobytes()


def test_a_grey_photograph_is_a_jpeg_though_it_has_few_colours():
    noise = Image.effect_noise((400, 400), 80)
    assert len(noise.getcolors()) <= 256
    picture = pictures.tidy(save(noise, "PNG"))
    assert picture.media_type == "image/jpeg"
    assert opened(picture).mode == "L"


def test_what_is_transparent_stays_so():
    im = drawing().convert("RGBA")
    im.paste((0, 0, 0, 0), (0, 0, 20, 480))
    out = opened(pictures.tidy(save(im, "PNG")))
    assert out.mode == "RGBA"
    assert out.getpixel((5, 5))[3] == 0
    assert out.getpixel((100, 100)) == (0x1F, 0x5C, 0x3A, 255)


def test_a_heavy_cut_out_is_laid_on_white():
    im = Image.merge(
        "RGBA", [Image.effect_noise((1200, 1200), 90) for _ in range(3)] + [Image.new("L", (1200, 1200), 255)]
    )
    im.paste((0, 0, 0, 0), (0, 0, 100, 1200))
    picture = pictures.tidy(save(im, "PNG"))
    assert picture.media_type == "image/jpeg"
    assert near(opened(picture).getpixel((30, 600)), (255, 255, 255))


@pytest.mark.parametrize(
    ("size", "wanted"),
    [
        ((1600, 1200), (1600, 1200)),
        ((1601, 1201), (1600, 1200)),
        ((2000, 3000), (1067, 1600)),
        ((6400, 1000), (1600, 250)),
        ((9000, 3), (1600, 1)),
        ((7, 5), (7, 5)),
        ((1, 1), (1, 1)),
    ],
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_the_long_side_is_1600_points_at_most(size, wanted, kind):
    picture = pictures.tidy(save(Image.new("RGB", size, "#1f5c3a"), kind))
    assert (picture.width, picture.height) == wanted
    assert near(opened(picture).convert("RGB").getpixel((0, 0)), (0x1F, 0x5C, 0x3A))


def test_strips_meet_without_a_seam():
    """A large picture is made small in strips: each row must come out where it was."""
    ramp = Image.linear_gradient("L").resize((40, 5000))
    out = opened(pictures.tidy(save(ramp.resize((4000, 5000)), "PNG"))).convert("L")
    column = [out.getpixel((600, y)) for y in range(out.height)]
    assert column == sorted(column)
    assert max(b - a for a, b in pairwise(column)) <= 4
    assert (column[0], column[-1]) == (0, 255)


@pytest.mark.parametrize(
    ("turn", "kind"), [*((turn, "JPEG") for turn in range(1, 9)), (6, "WEBP"), (8, "PNG")]
)
def test_a_photograph_stands_upright(turn, kind):
    """A red corner is at the top left for whoever looks at it, however the phone was held."""
    upright = Image.new("RGB", (320, 240), "white")
    upright.paste("red", (0, 0, 80, 60))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    stored = upright.transpose(Image.Transpose(undo[turn])) if turn > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    out = opened(pictures.tidy(save(stored, kind, exif=exif))).convert("RGB")
    assert out.size == (320, 240)
    assert near(out.getpixel((20, 20)), (255, 0, 0), 30)
    assert near(out.getpixel((300, 220)), (255, 255, 255), 30)


def test_a_film_becomes_its_first_frame():
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("red", "blue")]
    for kind in ("WEBP", "PNG", "AVIF"):
        data = save(frames[0], kind, save_all=True, append_images=frames[1:])
        assert near(opened(pictures.tidy(data)).convert("RGB").getpixel((5, 5)), (255, 0, 0))


def test_the_second_picture_of_a_phone_is_left_behind():
    data = two_pictures()
    assert data.count(b"\xff\xd8\xff") == 2, "there is one to leave behind"
    picture = pictures.tidy(data)
    assert picture.data.count(b"\xff\xd8\xff") == 1
    assert near(opened(picture).getpixel((320, 240)), photo(seed=1).getpixel((320, 240)), 24)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK"])
def test_every_kind_of_colour(mode):
    if mode == "I;16":
        im = Image.new(mode, (60, 40), 200 * 256)
    else:
        im = Image.new("RGB", (60, 40), (200, 200, 200)).convert(mode, dither=Image.Dither.NONE)
    out = opened(pictures.tidy(save(im, "JPEG" if mode == "CMYK" else "PNG"))).convert("RGB")
    assert near(out.getpixel((30, 20)), (255, 255, 255) if mode == "1" else (200, 200, 200))


def test_a_palette_with_a_transparent_colour():
    im = drawing().convert("P")
    out = opened(pictures.tidy(save(im, "PNG", transparency=im.getpixel((0, 0)))))
    assert out.convert("RGBA").getpixel((0, 0))[3] == 0


def test_colours_of_another_space_are_brought_to_ours():
    """The profile turns lightness upside down: who does not read it gets the opposite picture."""
    swapped = ImageCms.ImageCmsProfile(io.BytesIO(profile_with_red_and_blue_exchanged()))
    assert ImageCms.getProfileDescription(swapped)
    data = save(Image.new("RGB", (80, 80), (250, 10, 10)), "PNG", icc_profile=swapped.tobytes())
    red, _, blue = opened(pictures.tidy(data)).convert("RGB").getpixel((9, 9))
    assert blue > 200 > 80 > red


def profile_with_red_and_blue_exchanged() -> bytes:
    """sRGB with the tags of two primaries exchanged, and a name that does not say sRGB."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for at in range(132, 132 + 12 * int.from_bytes(data[128:132], "big"), 12):
        if data[at : at + 4] in (b"rXYZ", b"bXYZ"):
            data[at : at + 1] = b"b" if data[at : at + 1] == b"r" else b"r"
    plain = "sRGB".encode("utf-16-be")
    return bytes(data).replace(plain, "test".encode("utf-16-be")).replace(b"sRGB", b"test")


def test_equal_bytes_in_give_equal_bytes_out():
    for data in (gps(), save(drawing(), "PNG"), save(photo(2000, 1500), "WEBP")):
        assert pictures.tidy(data) == pictures.tidy(data)


def test_what_is_ours_already_stays_about_as_it_is():
    once = pictures.tidy(save(photo(3000, 2000), "JPEG"))
    twice = pictures.tidy(once.data)
    assert (twice.width, twice.height, twice.media_type) == (once.width, once.height, once.media_type)


# ---- what is refused, and what is made harmless ---------------------------------------------------------------


def test_there_are_enough_of_them():
    assert len(REFUSED) + len(HARMLESS) + len(EITHER) >= 100


@pytest.mark.parametrize("name", REFUSED)
def test_refused_with_the_reason(name):
    make, code = REFUSED[name]
    with pytest.raises(pictures.BadPicture) as caught:
        pictures.tidy(make())
    assert caught.value.code == code


@pytest.mark.parametrize("name", HARMLESS)
def test_made_harmless(name):
    data = HARMLESS[name]()
    opened(pictures.tidy(data))


@pytest.mark.parametrize("name", EITHER)
def test_refused_or_made_harmless(name):
    reason = ""
    try:
        opened(pictures.tidy(EITHER[name]()))
    except pictures.BadPicture as bad:
        reason = bad.code
    assert reason in ("", "broken", "too_large")


def test_the_secrets_are_there_before():
    """The control: what `opened` looks for is in the pictures that come in."""
    assert b"Exif" in gps()
    assert GPS in gps()
    for name in ("JPEG with a script for a comment", "PNG with texts", "WebP with EXIF and XMP"):
        assert SCRIPT in HARMLESS[name]()


@pytest.mark.parametrize("code", pictures.SENTENCES)
def test_each_sentence_names_a_remedy(code):
    sentence = str(pictures.BadPicture(code))
    assert any(verb in sentence for verb in ("hoisissez", "xportez", "nregistrez", "éduisez"))
    assert "'" not in sentence
    for sign in ";:?!»":
        assert f" {sign}" not in sentence, "a no-break space, as French has it"


# ---- memory, time, and decoders that fall ---------------------------------------------------------------------

PLAIN = """
import io, resource, sys
from PIL import Image
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
Image.MAX_IMAGE_PIXELS = None if limit > 1 << 31 else Image.MAX_IMAGE_PIXELS
try:
    Image.open(io.BytesIO(sys.stdin.buffer.read())).convert("RGB").load()
    print("opened")
except MemoryError:
    print("out of memory")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1000)
"""


def plainly(limit: int) -> list[str]:
    """What Pillow alone makes of the bomb, in so many bytes of memory: (what happened, MB)."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PLAIN, str(limit)],
        input=bomb(),
        capture_output=True,
        check=True,
    )
    return done.stdout.decode().split("\n")


def test_the_control_is_a_bomb():
    assert len(bomb()) < 25_000
    happened, megabytes, *_ = plainly(4_000_000_000)
    assert happened == "opened"
    assert int(megabytes) > 700


def test_the_bomb_bursts_the_limit_that_we_set():
    assert plainly(picture_decoding.MEMORY)[0] == "out of memory"


PEAK = """
import json, resource, subprocess, sys
done = subprocess.run(sys.argv[1:], input=sys.stdin.buffer.read(), stdout=subprocess.PIPE)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1000, done.returncode, done.stdout[:200])
"""


def peak(data: bytes) -> tuple[int, str]:
    """(MB that the decoding process took at most, what it said)."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *CHILD],
        input=data, capture_output=True, check=True, env={"MALLOC_ARENA_MAX": "1"},
    )  # fmt: skip
    megabytes, _, said = done.stdout.decode().partition(" ")
    return int(megabytes), said


def test_the_bomb_is_refused_before_it_is_decoded():
    megabytes, said = peak(bomb())
    assert "too_large" in said
    assert megabytes < 60


@pytest.mark.parametrize(
    "make",
    [
        lambda: save(photo(4000, 3000), "JPEG"),
        lambda: save(Image.new("RGBA", (6300, 6300), (9, 9, 9, 9)), "PNG", compress_level=1),
        lambda: save(Image.new("RGBA", (3400, 3400), (9, 9, 9, 9)), "WEBP", method=0),
    ],
    ids=["an ordinary photograph", "the largest PNG", "the largest WebP"],
)
def test_a_picture_takes_less_than_the_limit(make):
    megabytes, said = peak(make())
    assert "media_type" in said
    assert megabytes < picture_decoding.MEMORY // 1_000_000


def test_a_picture_that_needs_more_is_refused_by_its_process():
    """Progressive, full chroma, 39 million points: its coefficients alone fill the memory."""
    data = save(Image.new("RGB", (6300, 6300)), "JPEG", progressive=True, subsampling=0)
    megabytes, said = peak(data)
    assert "bad" in said
    assert megabytes < picture_decoding.MEMORY // 1_000_000


def test_nothing_of_it_is_in_the_server():
    """The server imports no decoder, however many pictures it takes."""
    code = (
        "import sys\nfrom adapters import pictures\n"
        "pictures.tidy(sys.stdin.buffer.read())\nprint('PIL' in sys.modules)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=gps(), capture_output=True, cwd=ROOT, check=True
    )
    assert done.stdout == b"False\n"


def test_the_process_can_write_no_file(tmp_path):
    target = tmp_path / "file"
    code = (
        f"import os\ntarget = os.open({str(target)!r}, os.O_CREAT | os.O_WRONLY)\nos.write(target, b'a')\n"
        "from adapters import picture_decoding\npicture_decoding.fence()\nos.write(target, b'b')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)
    assert done.returncode != 0
    assert target.read_bytes() == b"a", "it could before the fence"


def test_it_is_given_none_of_our_environment(tmp_path, monkeypatch):
    child = tmp_path / "child.py"
    child.write_text(
        "import json, os\nprint(json.dumps({'bad': 'svg' if 'SECRET' in os.environ else 'gif'}))\n"
    )
    monkeypatch.setenv("SECRET", "x")
    monkeypatch.setattr(pictures, "CHILD", child)
    with pytest.raises(pictures.BadPicture) as caught:
        pictures.tidy(gps())
    assert caught.value.code == "gif"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import os; os.kill(os.getpid(), 11)", "broken"),
        ("raise SystemExit(3)", "broken"),
        ("import sys; sys.stdin.buffer.read()", "broken"),
        ("import threading; threading.Event().wait(60)", "too_large"),
        ("while True: pass", "too_large"),
    ],
)
def test_a_decoder_that_falls_or_hangs(tmp_path, monkeypatch, code, reason):
    child = tmp_path / "child.py"
    child.write_text(code)
    with monkeypatch.context() as broken:
        broken.setattr(pictures, "CHILD", child)
        broken.setattr(pictures, "WALL_SECONDS", 0.5)
        with pytest.raises(pictures.BadPicture) as caught:
            pictures.tidy(gps())
    assert caught.value.code == reason
    opened(pictures.tidy(gps()))  # the next one is taken


@pytest.mark.long
def test_the_clock_of_the_processor_ends_it():
    """A bomb in time: one scan less than is refused at sight, over 36 million points, again and again."""
    done = subprocess.run(CHILD, input=scan_bomb(), capture_output=True)
    assert done.returncode < 0 or json.loads(done.stdout.split(b"\n")[0]) == {"bad": "broken"}


def test_one_picture_is_decoded_at_a_time(tmp_path, monkeypatch):
    """Five at once must not take five times the memory. The children say when each was at work."""
    log = tmp_path / "log"
    child = tmp_path / "child.py"
    child.write_text(
        f"import os, time\nlog = os.open({str(log)!r}, os.O_CREAT | os.O_APPEND | os.O_WRONLY)\n"
        "os.write(log, b'in ')\ntime.sleep(0.05)\nos.write(log, b'out ')\nprint('{\"bad\": \"gif\"}')\n"
    )
    monkeypatch.setattr(pictures, "CHILD", child)
    codes = []

    def one():
        try:
            pictures.tidy(gps())
        except pictures.BadPicture as bad:
            codes.append(bad.code)

    threads = [threading.Thread(target=one) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.read_text().split() == ["in", "out"] * 5
    assert codes == ["gif"] * 5


def test_who_waits_too_long_is_told(monkeypatch):
    monkeypatch.setattr(pictures, "WALL_SECONDS", 0.05)
    with pictures._one_at_a_time, pytest.raises(pictures.BadPicture) as caught:
        pictures.tidy(gps())
    assert caught.value.code == "busy"


@pytest.mark.parametrize("name", ["canal", "sol-peint", "photos-retournees"])
def test_the_pictures_of_the_demonstration_are_light_and_taken(name):
    data = (ROOT / "models" / "data" / "demo" / f"{name}.png").read_bytes()
    assert len(data) < 30_000
    picture = pictures.tidy(data)
    assert picture.media_type == "image/png"
    assert min(opened(picture).size) >= 500
