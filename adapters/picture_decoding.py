"""The process in which an uploaded picture is decoded: one picture on stdin, one on stdout, then it ends.

Started by adapters/pictures.py as a script, under limits that it sets itself before it reads a byte. Decoders are
large C libraries that meet hostile files here: what they break, or eat, ends with this process. Imports nothing of
ours. Answer: one line of JSON, then the bytes of the picture. `{"bad": code}` for a picture that is refused.
"""

from __future__ import annotations

import io
import json
import resource
import sys
from typing import Any

LONG_SIDE = 1600  # pixels: 13.5 cm at 300 dpi, the width of a page's text
QUALITY = 82
FEW_COLOURS = 4096
HEAVY_PNG = 1_000_000  # bytes; a photograph cut out on a transparent ground is laid on white above this
# Pixels, by what one costs in memory: JPEG is decoded small, WebP and AVIF hold several copies of the whole.
MOST_PIXELS = {"JPEG": 40_000_000, "PNG": 40_000_000, "WEBP": 12_000_000, "AVIF": 16_000_000}
MEMORY = 300_000_000  # bytes of address space; a photograph of 12 million pixels takes 82
SECONDS = 20
STRIP = 256  # rows
TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # EXIF orientation → Image.Transpose


class Bad(Exception):
    """A picture that is refused, by a key of SENTENCES in adapters/pictures.py."""


def fence() -> None:
    """No more memory, time, files or cores than a picture needs."""
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(what, (limit, limit))


def open_picture(data: bytes) -> Any:
    """The picture with its header read, nothing decoded."""
    from PIL import AvifImagePlugin, Image

    Image.MAX_IMAGE_PIXELS = None  # ours is the stricter rule
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    im = Image.open(io.BytesIO(data), formats=list(MOST_PIXELS))
    # A JPEG that carries a second picture, as many phones make them, calls itself MPO.
    if im.width * im.height > MOST_PIXELS["JPEG" if im.format == "MPO" else str(im.format)]:
        raise Bad("too_large")
    return im


def decoded(data: bytes) -> tuple[Any, int, bytes]:
    """The first frame at the size wanted, in L, RGB, RGBA or CMYK; its EXIF orientation; its colour profile."""
    open_picture(data).verify()
    im = open_picture(data)
    share = min(1.0, LONG_SIDE / max(im.size))
    target = tuple(max(1, round(side * share)) for side in im.size)
    profile = im.info.get("icc_profile") or b""
    if im.format in ("JPEG", "MPO"):
        im.draft(None, target)
    im.load()
    return shrunk(im, target), orientation(im), profile


def orientation(im: Any) -> int:
    """How to turn the picture, 1 to 8; 1 where that cannot be read."""
    try:
        turn = im.getexif().get(0x0112, 1)
    except Exception:
        return 1
    return turn if isinstance(turn, int) else 1


def shrunk(im: Any, target: tuple[int, int]) -> Any:
    """The picture at `target` in a plain mode. In strips: the large original is never in memory twice."""
    from PIL import Image

    steps = (max(1, im.width // target[0]), max(1, im.height // target[1]))
    rows = STRIP * steps[1]
    small: Any = None
    for top in range(0, im.height, rows):
        strip = plain(im.crop((0, top, im.width, min(top + rows, im.height)))).reduce(steps)
        if small is None:
            small = Image.new(strip.mode, (strip.width, -(-im.height // steps[1])))
        small.paste(strip, (0, top // steps[1]))
    return small if small.size == target else small.resize(target, Image.Resampling.LANCZOS)


def plain(im: Any) -> Any:
    """L, RGB, RGBA or CMYK; 16 bits a channel become 8."""
    if im.mode.startswith("I") or im.mode == "F":
        deep = im.convert("I")
        return deep.point(lambda value: value * (1 / 256)).convert("L")
    if im.mode in ("LA", "PA", "La", "RGBa") or "transparency" in im.info:
        return im.convert("RGBA")
    if im.mode == "1":
        return im.convert("L")
    return im if im.mode in ("L", "RGB", "RGBA", "CMYK") else im.convert("RGB")


def in_srgb(im: Any, profile: bytes) -> Any:
    """The picture in sRGB, by its own profile where it has a sound one."""
    alpha = im.getchannel("A") if im.mode == "RGBA" else None
    colours = im.convert("RGB") if alpha else im
    if colours.mode != "L":
        colours = _by_profile(colours, profile) if profile else colours.convert("RGB")
    if alpha:
        colours.putalpha(alpha)
    return colours


def _by_profile(im: Any, profile: bytes) -> Any:
    from PIL import ImageCms

    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(source):
            return im.convert("RGB")
        return ImageCms.profileToProfile(im, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except Exception:  # a profile of another kind than the picture, or none at all
        return im.convert("RGB")


def encoded(im: Any) -> tuple[bytes, str]:
    """(bytes, media type): PNG for what is transparent or drawn, JPEG for photographs."""
    from PIL import Image

    if im.mode == "RGBA" and im.getextrema()[3][0] < 255:
        png = _png(im)
        if len(png) <= HEAVY_PNG:
            return png, "image/png"
        ground = Image.new("RGB", im.size, "white")
        ground.paste(im, mask=im.getchannel("A"))
        im = ground
    im = im.convert("RGB") if im.mode == "RGBA" else im
    if im.mode == "RGB" and len({band.tobytes() for band in im.split()}) == 1:
        im = im.getchannel(0)
    out = io.BytesIO()
    im.save(out, "JPEG", quality=QUALITY, progressive=True, optimize=True)
    jpeg = out.getvalue()
    if im.getcolors(FEW_COLOURS):
        png = _png(im)
        if len(png) <= 1.5 * len(jpeg):
            return png, "image/png"
    return jpeg, "image/jpeg"


def _png(im: Any) -> bytes:
    """With a palette where that loses nothing."""
    if im.mode == "RGB" and im.getcolors(256):
        few = im.quantize(256)
        im = few if few.convert("RGB").tobytes() == im.tobytes() else im
    out = io.BytesIO()
    im.save(out, "PNG", optimize=True)
    return out.getvalue()


def tidied(data: bytes) -> tuple[dict[str, Any], bytes]:
    """The whole way of one picture. Raises Bad, and whatever a decoder raises."""
    from PIL import Image

    im, turn, profile = decoded(data)
    im = in_srgb(im, profile)
    if turn in TURNS:
        im = im.transpose(Image.Transpose(TURNS[turn]))
    im.info = {}  # Pillow would write a profile, a comment and a resolution back
    out, media_type = encoded(im)
    return {"media_type": media_type, "width": im.width, "height": im.height}, out


def main() -> None:
    """Read, decode under the fence, answer."""
    fence()
    data = sys.stdin.buffer.read()
    out = b""
    try:
        answer, out = tidied(data)
    except Bad as bad:
        answer = {"bad": str(bad)}
    except MemoryError:
        answer = {"bad": "too_large"}
    except Exception:  # broken in one of a thousand ways: SyntaxError, OSError, ValueError, struct.error, …
        answer = {"bad": "broken"}
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + out)


if __name__ == "__main__":
    main()
