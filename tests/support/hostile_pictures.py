"""Pictures that mean harm, or that something has happened to. All are made here, from nothing.

REFUSED    name → (maker, code): the reason that must be given, a key of adapters.pictures.SENTENCES
HARMLESS   name → maker: these must be taken, and come out clean
EITHER     name → maker: refused or made harmless, whichever; what counts is that nothing gives way
"""

import gzip
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable

from PIL import Image, ImageCms

SCRIPT = b"<script>alert(1)</script>"
GPS = b"GPSLatitude-50.4674"
PNG_START = b"\x89PNG\r\n\x1a\n"
Maker = Callable[[], bytes]


def save(im: Image.Image, kind: str, **options) -> bytes:
    out = io.BytesIO()
    im.save(out, kind, **options)
    return out.getvalue()


def photo(width: int = 640, height: int = 480, seed: int = 1) -> Image.Image:
    """Something like a photograph: soft, with thousands of colours."""
    dice = random.Random(seed)
    dots = Image.frombytes("RGB", (16, 12), bytes(dice.randrange(256) for _ in range(16 * 12 * 3)))
    return dots.resize((width, height), Image.Resampling.BICUBIC)


def drawing(width: int = 640, height: int = 480) -> Image.Image:
    """Something like a diagram: a few flat colours."""
    im = Image.new("RGB", (width, height), "#f4efe6")
    im.paste("#1f5c3a", (40, 40, 200, 160))
    im.paste("#b0441f", (300, 200, 560, 320))
    return im


# ---- PNG -----------------------------------------------------------------------------------------------------


def chunk(kind: bytes, data: bytes = b"", *, crc: int | None = None, length: int | None = None) -> bytes:
    right = zlib.crc32(kind + data)
    return (
        struct.pack(">I", len(data) if length is None else length)
        + kind
        + data
        + struct.pack(">I", right if crc is None else crc)
    )


def header(width: int, height: int, depth: int = 8, colour: int = 2, interlaced: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))


def zeros(count: int) -> bytes:
    """`count` zero bytes, compressed, without having them in memory."""
    squeeze = zlib.compressobj(9)
    out = [squeeze.compress(bytes(1 << 20)) for _ in range(count >> 20)]
    return b"".join([*out, squeeze.compress(bytes(count & 0xFFFFF)), squeeze.flush()])


def png(width: int, height: int, depth: int, colour: int, extra: bytes = b"", bits: int = 0) -> bytes:
    """A black PNG whose rows are there in full."""
    row = 1 + (width * (bits or depth) + 7) // 8
    return b"".join(
        (
            PNG_START,
            header(width, height, depth, colour),
            extra,
            chunk(b"IDAT", zeros(row * height)),
            chunk(b"IEND"),
        )
    )


def bomb() -> bytes:
    """About 20 kB; a square of 178 million points, which takes some 900 MB once it is in colour."""
    return png(13376, 13376, 1, 0)


def small_png(*extra: bytes, after: bytes = b"") -> bytes:
    body = zlib.compress(b"".join(b"\0" + bytes((200, 60, 20) * 32) for _ in range(32)))
    return b"".join((PNG_START, header(32, 32), *extra, chunk(b"IDAT", body), after, chunk(b"IEND")))


def many_frames() -> bytes:
    frames = [Image.new("RGB", (64, 64), (i, 0, 0)) for i in range(100)]
    return save(frames[0], "PNG", save_all=True, append_images=frames[1:])


# ---- JPEG ----------------------------------------------------------------------------------------------------


def jpeg(**options) -> bytes:
    return save(photo(), "JPEG", **options)


def after_soi(data: bytes, *segments: tuple[int, bytes]) -> bytes:
    extra = b"".join(bytes((0xFF, kind)) + struct.pack(">H", len(body) + 2) + body for kind, body in segments)
    return data[:2] + extra + data[2:]


def with_size(data: bytes, width: int, height: int) -> bytes:
    """The same JPEG, which says that it is so wide and high."""
    at = next(i for i in range(len(data)) if data[i : i + 2] in (b"\xff\xc0", b"\xff\xc2"))
    return data[: at + 5] + struct.pack(">HH", height, width) + data[at + 9 :]


def gps() -> bytes:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Chez Nadia"
    exif.get_ifd(0x8825).update({1: "N", 2: (50.0, 28.0, 2.6), 29: GPS.decode()})
    return jpeg(exif=exif)


def exif_that_turns_in_circles() -> bytes:
    entries = struct.pack("<HHHII", 1, 0x8769, 4, 1, 8)  # the directory's only entry is that directory
    return after_soi(jpeg(), (0xE1, b"Exif\0\0II*\0\x08\0\0\0" + entries + b"\x08\0\0\0"))


def two_pictures() -> bytes:
    """As many phones make them: a second, secret picture behind the first."""
    return save(photo(seed=1), "MPO", save_all=True, append_images=[photo(seed=2)])


def scan_bomb(times: int = 4000) -> bytes:
    """Progressive, with its last scan repeated thousands of times: each is a walk over all the picture."""
    data = save(Image.new("L", (6000, 6000)), "JPEG", progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * times + data[-2:]


def lab_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


# ---- WebP and AVIF -------------------------------------------------------------------------------------------


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def webp(**options) -> bytes:
    return save(photo(), "WEBP", **options)


def wide_canvas() -> bytes:
    """A frame of 640 points on a canvas of 16000."""
    size = (16000 - 1).to_bytes(3, "little")
    frame = webp()
    return riff((b"VP8X", b"\0\0\0\0" + size + size), (b"VP8 ", frame[20:]))


def webp_film() -> bytes:
    frames = [Image.new("RGB", (320, 320), (i, i, 0)) for i in range(60)]
    return save(frames[0], "WEBP", save_all=True, append_images=frames[1:])


def avif(**options) -> bytes:
    return save(photo(), "AVIF", speed=10, **options)


def avif_large() -> bytes:
    return save(Image.new("L", (4500, 4500)), "AVIF", speed=10)


def avif_that_says_it_is_small() -> bytes:
    """20 million points in the stream, 100 by 100 in the box that announces them."""
    data = avif_large()
    at = data.index(b"ispe")
    return data[: at + 8] + struct.pack(">II", 100, 100) + data[at + 16 :]


def avif_film() -> bytes:
    frames = [Image.new("RGB", (160, 160), (i * 9, 0, 0)) for i in range(12)]
    return save(frames[0], "AVIF", save_all=True, append_images=frames[1:], speed=10)


# ---- and the rest --------------------------------------------------------------------------------------------

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><image href="file:///etc/passwd"/></svg>'


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("word/document.xml", bytes(10_000_000))
    return out.getvalue()


def shuffled(data: bytes, seed: int, count: int = 24) -> bytes:
    """The same bytes with some changed, past the first twelve."""
    dice, out = random.Random(seed), bytearray(data)
    for _ in range(count):
        out[dice.randrange(12, len(out))] = dice.randrange(256)
    return bytes(out)


REFUSED: dict[str, tuple[Maker, str]] = {
    "bomb of 178 million points": (bomb, "too_large"),
    "palette bomb": (lambda: png(20000, 20000, 1, 3, chunk(b"PLTE", b"\0\0\0\xff\0\0")), "too_large"),
    "RGBA bomb": (lambda: png(6400, 6400, 8, 6, bits=32), "too_large"),
    "one row of 50 million": (lambda: png(50_000_000, 1, 1, 0), "too_large"),
    "one column of 50 million": (lambda: png(1, 50_000_000, 1, 0), "too_large"),
    "PNG of 2 147 483 647 squared": (lambda: PNG_START + header(0x7FFFFFFF, 0x7FFFFFFF) + chunk(b"IEND"), "too_large"),
    "PNG of 4 294 967 295 squared": (lambda: PNG_START + header(0xFFFFFFFF, 0xFFFFFFFF) + chunk(b"IEND"), "too_large"),
    "PNG of no width": (lambda: PNG_START + header(0, 5) + chunk(b"IEND"), "broken"),
    "PNG without rows": (lambda: PNG_START + header(50, 50) + chunk(b"IEND"), "broken"),
    "PNG with rows missing": (lambda: PNG_START + header(500, 500) + chunk(b"IDAT", zlib.compress(bytes(99))), "broken"),
    "PNG with garbage for rows": (lambda: PNG_START + header(50, 50) + chunk(b"IDAT", b"garbage") + chunk(b"IEND"), "broken"),
    "PNG with a wrong checksum": (lambda: small_png(chunk(b"gAMA", b"\0\0\xb1\x8f", crc=1)), "broken"),
    "PNG with a chunk of 2 GB": (lambda: small_png(chunk(b"tEXt", b"a\0b", length=0x7FFFFFFF)), "broken"),
    "PNG with a text of 200 MB": (lambda: small_png(chunk(b"zTXt", b"Comment\0\0" + zeros(200 << 20))), "broken"),
    "PNG with eighty texts of 1 MB": (lambda: small_png(*[chunk(b"zTXt", b"C\0\0" + zeros(1 << 20))] * 80), "broken"),
    "PNG of bit depth 3": (lambda: PNG_START + header(9, 9, 3) + chunk(b"IDAT", zlib.compress(bytes(400))) + chunk(b"IEND"), "broken"),
    "PNG of colour type 7": (lambda: PNG_START + header(9, 9, 8, 7) + chunk(b"IDAT", zlib.compress(bytes(400))) + chunk(b"IEND"), "broken"),
    "PNG header alone": (lambda: PNG_START, "broken"),
    "JPEG header alone": (lambda: b"\xff\xd8\xff\xe0", "broken"),
    "JPEG cut in half": (lambda: jpeg()[:-9000], "broken"),
    "JPEG that says 65500 squared": (lambda: with_size(jpeg(), 65500, 65500), "too_large"),
    "JPEG of no height": (lambda: with_size(jpeg(), 500, 0), "broken"),
    "JPEG with thousands of scans": (scan_bomb, "broken"),
    "WebP on a canvas of 256 million points": (wide_canvas, "broken"),
    "WebP of 25 million points": (lambda: save(Image.new("L", (5000, 5000)), "WEBP", method=0), "too_large"),
    "WebP of 16383 squared with nothing in it": (lambda: riff((b"VP8L", b"\x2f" + struct.pack("<I", 16382 | 16382 << 14) + b"\0" * 40)), "broken"),
    "WebP cut in half": (lambda: webp()[:1500], "broken"),
    "WebP without a frame": (lambda: riff((b"VP8X", b"\0" * 4 + b"\x3f\0\0" * 2)), "broken"),
    "WebP with garbage": (lambda: riff((b"VP8 ", b"garbage" * 9)), "broken"),
    "AVIF of 20 million points": (avif_large, "too_large"),
    "AVIF cut in half": (lambda: avif()[:600], "broken"),
    "AVIF brand alone": (lambda: b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", "broken"),
    "AVIF with a box of 16 EB": (lambda: b"\0\0\0\x14ftypavif\0\0\0\0avif" + b"\0\0\0\1meta" + b"\xff" * 8, "broken"),
    "nothing": (lambda: b"", "empty"),
    "15 MB and one byte": (lambda: jpeg() + bytes(15_000_001 - len(jpeg())), "heavy"),
    "zeros": (lambda: bytes(1_000_000), "unreadable"),
    "noise": (lambda: random.Random(7).randbytes(20_000), "unreadable"),
    "text": (lambda: b"Une photo du sol peint", "unreadable"),
    "HTML": (lambda: b"<!doctype html>" + SCRIPT, "unreadable"),
    "SVG": (lambda: SVG, "svg"),
    "SVG with a declaration and a comment": (lambda: b"\xef\xbb\xbf<?xml version='1.0'?><!-- " + b"x" * 900 + b" -->" + SVG, "svg"),
    "SVG in UTF-16": (lambda: SVG.decode().encode("utf-16"), "svg"),
    "SVG in gzip": (lambda: gzip.compress(SVG), "unreadable"),
    "SVG with entities": (lambda: b'<!DOCTYPE svg [<!ENTITY a "aaa"><!ENTITY b "&a;&a;">]>' + SVG, "svg"),
    "GIF": (lambda: save(drawing(), "GIF"), "gif"),
    "GIF of 65535 squared": (lambda: b"GIF89a\xff\xff\xff\xff\0\0\0", "gif"),
    "HEIC": (lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99), "heic"),
    "HEIC that calls itself mif1": (lambda: b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + bytes(99), "heic"),
    "film": (lambda: b"\0\0\0\x18ftypmp42\0\0\0\0isommp42" + bytes(99), "movie"),
    "sound in RIFF": (lambda: b"RIFF\x24\0\0\0WAVEfmt ", "movie"),
    "Matroska": (lambda: b"\x1a\x45\xdf\xa3" + bytes(99), "movie"),
    "TIFF": (lambda: save(drawing(), "TIFF"), "tiff"),
    "BMP": (lambda: save(drawing(), "BMP"), "other"),
    "ICO": (lambda: save(drawing(64, 64), "ICO"), "other"),
    "JPEG 2000": (lambda: save(drawing(), "JPEG2000"), "other"),
    "Photoshop": (lambda: b"8BPS\0\1" + bytes(99), "other"),
    "PPM": (lambda: save(drawing(), "PPM"), "unreadable"),
    "TGA": (lambda: save(drawing(), "TGA"), "unreadable"),
    "PCX": (lambda: save(drawing(), "PCX"), "unreadable"),
    "XBM, which Pillow reads as text": (lambda: b"#define a_width 9\n#define a_height 9\nstatic char a_bits[] = {0};", "unreadable"),
    "PostScript": (lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(/etc/passwd) run\n", "unreadable"),
    "PDF": (lambda: b"%PDF-1.7\n1 0 obj<</OpenAction<</JS(app.alert(1))>>>>", "pdf"),
    "Word, with a bomb in it": (zip_bomb, "document"),
    "program": (lambda: b"\x7fELF\2\1\1" + bytes(99), "unreadable"),
    "MVG that reads a file": (lambda: b"push graphic-context\nimage over 0,0 0,0 'label:@/etc/passwd'", "unreadable"),
}  # fmt: skip

HARMLESS: dict[str, Maker] = {
    "JPEG with the place where it was taken": gps,
    "JPEG with a script for a comment": lambda: after_soi(jpeg(), (0xFE, SCRIPT)),
    "JPEG with XMP": lambda: after_soi(jpeg(), (0xE1, b"http://ns.adobe.com/xap/1.0/\0" + SCRIPT)),
    "JPEG with broken EXIF": lambda: after_soi(jpeg(), (0xE1, b"Exif\0\0II*\0\xff\xff\xff\xff" + SCRIPT)),
    "JPEG with EXIF in circles": exif_that_turns_in_circles,
    "JPEG with orientation 99": lambda: after_soi(
        jpeg(), (0xE1, b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHII", 1, 0x0112, 3, 1, 99) + bytes(4))
    ),
    "JPEG with orientation as text": lambda: after_soi(
        jpeg(),
        (0xE1, b"Exif\0\0II*\0\x08\0\0\0" + struct.pack("<HHHI", 1, 0x0112, 2, 4) + b"six\0" + bytes(4)),
    ),
    "JPEG with garbage for a profile": lambda: jpeg(icc_profile=SCRIPT * 99),
    "JPEG with a profile of another kind": lambda: jpeg(icc_profile=lab_profile()),
    "JPEG with a page behind it": lambda: jpeg() + b"<html>" + SCRIPT,
    "JPEG with a package behind it": lambda: jpeg() + zip_bomb(),
    "JPEG with a second picture": two_pictures,
    "JPEG in CMYK": lambda: save(photo().convert("CMYK"), "JPEG"),
    "PNG with texts": lambda: small_png(chunk(b"tEXt", b"Comment\0" + SCRIPT)),
    "PNG with a page behind it": lambda: small_png() + b"<html>" + SCRIPT,
    "PNG with EXIF": lambda: small_png(chunk(b"eXIf", b"II*\0\x08\0\0\0\0\0" + GPS)),
    "PNG with a chunk of its own": lambda: small_png(chunk(b"evIl", SCRIPT)),
    "PNG with frames": many_frames,
    "WebP with EXIF and XMP": lambda: webp(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0" + GPS, xmp=SCRIPT),
    "WebP with frames": webp_film,
    "AVIF with EXIF and XMP": lambda: avif(exif=b"Exif\0\0II*\0\x08\0\0\0\0\0" + GPS, xmp=SCRIPT),
    "AVIF with frames": avif_film,
}

EITHER: dict[str, Maker] = {
    "PNG with two headers": lambda: small_png(header(30000, 30000)),
    "PNG with a header after its rows": lambda: small_png(after=header(30000, 30000)),
    "PNG with a profile of 200 MB": lambda: small_png(chunk(b"iCCP", b"p\0\0" + zeros(200 << 20))),
    "PNG with a palette too long": lambda: small_png(chunk(b"PLTE", bytes(3 * 400))),
    "PNG with transparency too long": lambda: small_png(chunk(b"tRNS", bytes(400))),
    "PNG with 40000 chunks": lambda: small_png(*[chunk(b"tIME", bytes(7))] * 40_000),
    "PNG with rows for ten": lambda: (
        PNG_START + header(32, 32) + chunk(b"IDAT", zeros(40_000_000)) + chunk(b"IEND")
    ),
    "AVIF that says it is small": avif_that_says_it_is_small,
    "WebP whose length lies": lambda: webp()[:4] + b"\xff\xff\xff\xff" + webp()[8:],
    **{f"JPEG, changed ({n})": lambda n=n: shuffled(jpeg(), n) for n in range(3)},
    **{f"PNG, changed ({n})": lambda n=n: shuffled(save(drawing(), "PNG"), n, 3) for n in range(3)},
    **{f"WebP, changed ({n})": lambda n=n: shuffled(webp(), n) for n in range(3)},
    **{f"AVIF, changed ({n})": lambda n=n: shuffled(avif(), n) for n in range(3)},
}
