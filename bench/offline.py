"""What writing without a network costs: bytes of each file, bytes of a visit, and the time to keep a draft on a slow phone.

    .venv/bin/python bench/offline.py [--writes 200]

Prints one JSON line. `draft_ms` is the time from the call to the end of the IndexedDB transaction (durability strict) for
a part of 12,000 signs, in Chromium at a sixth of this machine's speed, beside the same transaction with one short text
(`bare_ms`), measured in turn. Bytes are those after gzip -9; fonts and pictures as they are.
"""

from __future__ import annotations

import argparse
import gzip
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from tests.browser.test_offline import came, weight
from tests.look.test_scripts import STATIC, loaded
from tests.support.browser import launch, open_context
from tests.support.cast import cookie_of
from tests.support.site import Site, close

WRITE = """async ([signs, times]) => {
  const base = [...document.scripts].map((s) => s.src).find((s) => s.endsWith('write.js'));
  const db = await import(new URL('db.js', base));
  const fields = [...Array(20)].map((_, n) => [`champ.${n}`, 'é'.repeat(signs / 20)]);
  const out = [];
  for (let n = 0; n < times; n += 1) {
    const from = performance.now();
    await db.put('drafts', { doc: 'bench', part: `p${n % 12}`, fields, at: new Date().toISOString() });
    out.push(performance.now() - from);
  }
  await Promise.all([...Array(12)].map((_, n) => db.remove('drafts', ['bench', `p${n}`])));
  return out;
}"""


def instance(folder: Path) -> Path:
    """A prepared demonstration in `folder`."""
    from app import create_app

    app = create_app({"INSTANCE": str(folder), "TESTING": True})
    app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
    close(app)
    return folder


def draft_times(page, writes: int) -> dict[str, float]:
    slow = page.context.new_cdp_session(page)
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 6})
    page.evaluate(WRITE, [12_000, 10])
    long, short = page.evaluate(WRITE, [12_000, writes]), page.evaluate(WRITE, [20, writes])
    slow.send("Emulation.setCPUThrottlingRate", {"rate": 1})
    out = {}
    for name, times in (("draft_ms", long), ("bare_ms", short)):
        out[f"{name}_median"] = round(statistics.median(times), 1)
        out[f"{name}_p95"] = round(statistics.quantiles(times, n=20)[18], 1)
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--writes", type=int, default=200)
    wanted = parser.parse_args()
    files = loaded("page.js", "write.js") | {STATIC / "sw.js"}
    sizes = {p.name: len(gzip.compress(p.read_bytes(), 9, mtime=0)) for p in sorted(files)}
    folder = Path(tempfile.mkdtemp())
    site = Site(instance(folder / "instance")).start()
    try:
        with sync_playwright() as playwright:
            browser = launch(playwright)
            context = open_context(browser, 360, base_url=site.url, service_workers="block")
            context.add_cookies([cookie_of(site.application, "contributor", site.url)])
            page = context.new_page()
            ref = page.request.get("/session?mine=1").json()["mine"][0][0]
            first, second = (weight(page, came(page, f"/fiches/{ref}/edit/structure")) for _ in range(2))
            page.locator("form[data-ready]").wait_for()
            said = {"form_bytes": sum(sizes.values()), "first_visit": first, "second_visit": second}
            print(json.dumps({**said, **draft_times(page, wanted.writes), "files": sizes}))
            browser.close()
    finally:
        site.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
