"""What a dossier costs: D3 with 10, 50 and 200 fiches, against WeasyPrint setting the same texts as bare paragraphs.

    .venv/bin/python bench/dossier.py [--fiches 10,50,200] [--peer COMMAND]

Each document is made in processes of its own; CPU seconds (user + system) and peak memory are those of the whole tree
of processes. `--peer` names a command that makes a document of N fiches ({n} stands for N); it is timed in the same
way, in the same run. Prints one JSON line for each size.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

BARE = """
import sys, weasyprint
html = sys.stdin.read()
weasyprint.HTML(string=html).write_pdf(sys.argv[1], pdf_variant="pdf/ua-1")
"""
TIMED = """
import json, resource, subprocess, sys
code = subprocess.run(sys.argv[1:], stdin=sys.stdin, stdout=subprocess.DEVNULL).returncode
use = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps({"code": code, "cpu": round(use.ru_utime + use.ru_stime, 2), "mb": use.ru_maxrss // 1024}))
"""


def timed(command: list[str], **options) -> dict:
    """CPU seconds and peak memory of a command with all that it starts."""
    out = subprocess.run(
        [sys.executable, "-c", TIMED, *command], capture_output=True, text=True, cwd=ROOT, **options
    )
    result = json.loads(out.stdout.splitlines()[-1])
    if result["code"]:
        raise SystemExit(f"{command[:6]}: {out.stderr[-500:]}")
    return result


def make(folder: Path, count: int) -> str:
    """An instance whose edition prints `count` fiches; returns their texts as a bare page of HTML."""
    from markupsafe import escape
    from sqlalchemy import select

    from app import create_app
    from bench.fill import fill
    from models.editions import call_by_code
    from models.fiche.content import texts
    from models.fiche.fiche import Fiche
    from models.store import db, writing

    app = create_app({"INSTANCE": str(folder)})
    app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
    with app.app_context():
        with writing():
            call = call_by_code("AP-2016-1")
            for fiche in db.session.scalars(select(Fiche)):
                fiche.call_id = None
        fill(count, call=call.id)
        chosen = db.session.scalars(select(Fiche).where(Fiche.call_id == call.id))
        bodies = [
            f"<h2>{escape(f.title)}</h2>" + "".join(f"<p>{escape(t)}</p>" for _key, t in texts(f.content))
            for f in chosen
        ]
    return f"<!doctype html><html lang=fr><title>D3</title><h1>D3</h1>{''.join(bodies)}</html>"


def measure(count: int, peer: str) -> dict:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        html = folder / "bare.html"
        html.write_text(make(folder / "instance", count))
        ours, bare = folder / "ours.pdf", folder / "bare.pdf"
        env = {**os.environ, "TABLEE_INSTANCE": str(folder / "instance")}
        build = [
            sys.executable,
            "-m",
            "app",
            "dossier",
            "build",
            "D3",
            "--edition",
            "BIE-2017",
            "--out",
            str(ours),
        ]
        result = {"fiches": count, "ours": timed(build, env=env)}
        with html.open() as source:
            result["bare"] = timed([sys.executable, "-c", BARE, str(bare)], stdin=source)
        if peer:
            result["peer"] = timed(peer.format(n=count).split())
        for key, path in (("ours", ours), ("bare", bare)):
            result[key] |= {"kb": path.stat().st_size // 1024, "pages": pages(path)}
        result["cpu_of_bare"] = round(result["ours"]["cpu"] / result["bare"]["cpu"], 2)
        result["cpu_per_page_of_bare"] = round(
            result["ours"]["cpu"]
            / result["ours"]["pages"]
            / (result["bare"]["cpu"] / result["bare"]["pages"]),
            2,
        )
    return result


def pages(path: Path) -> int:
    import pikepdf

    with pikepdf.open(path) as pdf:
        return len(pdf.pages)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--fiches", default="10,50,200")
    parser.add_argument("--peer", default="")
    options = parser.parse_args()
    if not re.fullmatch(r"[0-9,]+", options.fiches):
        raise SystemExit("--fiches 10,50,200")
    for count in options.fiches.split(","):
        print(json.dumps(measure(int(count), options.peer)), flush=True)


if __name__ == "__main__":
    main()
