"""What a device writes arrives once and in the right name, whatever breaks: randomised, seeded runs in real Chromium.

    .venv/bin/python bench/sync.py --runs 1000 --seed 1 [--workers 4] [--minutes 60] [--control]

Each run writes something on a device that keeps its profile (a new fiche, or one line more in one that was written
before), in the form of the server or in the one that opens without a network, and sends it over a road on which the
post or its answer is dropped, cut short, held back, answered by somebody else or refused; or the server is killed, or
the browser, or another person signs in, or a second tab sends too. What waits is sent in disorder, with what comes
later. In the end everything is let through, and what stands on the server is compared with what was typed.

Prints one JSON line. lost: what the page said was kept or sent, and is not there; doubled: what is there more than
once; wrong_account: what is there under another account than that which wrote it; stuck: what no retry brings away
(part of lost). With --control the server has no journal (bench/unjournalled.py) and doubles appear. Ends with 1 where
something was lost, doubled or under another name, without --control.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from playwright.sync_api import Error, sync_playwright  # noqa: E402

from tests.support import cast  # noqa: E402
from tests.support.phone import Phone  # noqa: E402
from tests.support.profile import Profile  # noqa: E402
from tests.support.proxy import Answer, DropAfter, DropBefore, Hold, Proxy, Truncate  # noqa: E402
from tests.support.site import Site, wait_until  # noqa: E402

PEOPLE = ("contributor", "group_member")
BATCH = 10  # runs between two times when everything is let through
PORTAL = Answer(200, b"<!doctype html><title>WiFi</title>", {"Content-Type": "text/html"})
ROADS = {
    "pass": 4, "drop before": 3, "drop after": 4, "cut": 2, "portal": 1, "busy": 1, "no session": 1, "down": 1,
}  # fmt: skip
EVENTS = {
    "nothing": 6, "kill browser kept": 1, "kill browser before": 1, "kill browser after": 1, "kill server before": 1,
    "kill server after": 1, "second tab": 1, "other person": 1, "double click": 1, "reload": 1,
}  # fmt: skip


@dataclass
class Typed:
    """Something that was written. said: the page said that it is kept, or sent."""

    token: str
    person: str
    doc: str
    new: bool
    said: bool = False


def picked(rng: random.Random, weights: dict[str, int]) -> str:
    return rng.choices(list(weights), list(weights.values()))[0]


class Runs:
    """One server, one road, one device; run() after run()."""

    def __init__(self, playwright: Any, folder: Path, seed: int, *, control: bool) -> None:
        prepared = subprocess.run(
            [sys.executable, "-m", "flask", "--app", "app", "prepare"],
            cwd=ROOT, env={**os.environ, "TABLEE_INSTANCE": str(folder / "instance")}, capture_output=True, text=True,
        )  # fmt: skip
        assert prepared.returncode == 0, prepared.stderr
        self.seed, self.control = seed, control
        self.site = Site(folder / "instance", "bench.unjournalled" if control else "app").start()
        self.road = Proxy(self.site.port)
        self.profile = Profile(playwright, folder / "profile")
        self.typed: list[Typed] = []
        self.count: Counter[str] = Counter()
        application = self.site.application
        self.cookies = {role: cast.cookie_of(application, role, self.site.url) for role in PEOPLE}
        with application.app_context():
            self.uids = {role: cast.person(role).id for role in PEOPLE}
        self.who = PEOPLE[0]
        self.context = self.phone = None
        self.browser()

    # ---- the parts, and how they die

    def browser(self) -> Phone:
        """The device, started where it does not run."""
        if self.context is None:
            self.context = self.profile.start()
            self.context.add_cookies([self.cookies[self.who]])
            self.phone = None
        if self.phone is None or self.phone.page.is_closed():
            page = self.context.pages[0] if self.context.pages else self.context.new_page()
            page.on("dialog", lambda dialog: dialog.accept())  # whoever leaves a form leaves it
            self.phone = Phone(page, self.uids[self.who])
        return self.phone

    def kill_browser(self) -> None:
        self.profile.kill()
        self.context = self.phone = None
        self.count["browser killed"] += 1

    def kill_server(self) -> None:
        if self.site.server is not None:
            self.site.kill_server()
            self.count["server killed"] += 1

    def server(self) -> None:
        if self.site.server is None:
            self.site.start()

    def enter(self, role: str) -> Phone:
        """Somebody is signed in on this device from now on: they came in, and saw their first page."""
        changed, self.who = role != self.who, role
        self.count["other person"] += changed
        self.browser()
        self.context.add_cookies([self.cookies[role]])
        self.phone.uid = self.uids[role]
        if changed:
            self.first_page()
        return self.phone

    def first_page(self) -> None:
        """Who comes in sees a page of their own, on a road that works: nobody comes in without one."""
        self.road.clear()
        self.road.up()
        self.server()
        for _again in range(3):
            with contextlib.suppress(Error):
                self.phone.page.goto("about:blank")
                self.phone.page.goto(f"{self.road.url}/")
                self.phone.page.locator(f'body[data-uid="{self.phone.uid}"]').wait_for()
                return

    # ---- one run

    def run(self, n: int) -> None:
        rng = random.Random(f"{self.seed} {n}")
        road, event = picked(rng, ROADS), picked(rng, EVENTS)
        self.count[road] += 1
        self.count[event] += 1
        self.server()
        phone = self.browser()
        try:
            self.steps(rng, n, phone, road, event)
        except (Error, AssertionError) as error:
            self.count["stumbled"] += 1
            if os.environ.get("SYNC_TELL"):
                print(n, road, event, phone.page.url, str(error)[:300], file=sys.stderr)
                with contextlib.suppress(Error):
                    print(phone.page.locator("main, [data-strip]").all_inner_texts(), file=sys.stderr)
                    print(
                        [(e.method, e.path, e.status, e.fate) for e in self.road.log[-12:]], file=sys.stderr
                    )
        self.road.clear()
        self.road.up()

    def steps(self, rng: random.Random, n: int, phone: Phone, road: str, event: str) -> None:
        typed = self.write(rng, n, phone)
        if event == "kill browser kept":
            self.kill_browser()
            return
        held = Hold(before=event.endswith("before")) if event.endswith((" before", " after")) else None
        if held and event.startswith("kill"):
            self.road.rule("POST", "/fiches/*", held)
        else:
            self.bend(rng, road)
        facts = {} if held is None or held.before else {"status": 201}
        seen = len(self.road.passed("POST", "/fiches/*", **facts))
        button = phone.page.locator('.savebar button[value="later"]')
        button.dblclick() if event == "double click" else button.click()
        if held and event.startswith("kill"):
            self.break_off(event, held, seen, facts)
            return
        self.went(phone, typed)
        if event == "second tab":
            tab = phone.another_tab()
            with contextlib.suppress(Error):
                tab.page.goto(f"{self.road.url}/outbox")
                phone.push()
                tab.push()
            tab.page.close()
        elif event == "reload":
            with contextlib.suppress(Error):
                phone.page.reload()
        elif event == "other person":
            other = self.enter(rng.choice(PEOPLE))
            with contextlib.suppress(Error):
                other.page.goto(f"{self.road.url}/outbox")
                other.push()
        if rng.random() < 0.3:
            self.road.clear()
            with contextlib.suppress(Error):
                phone.push()

    def write(self, rng: random.Random, n: int, phone: Phone) -> Typed:
        """Open a form and type something, until the page says that it is kept."""
        token = f"{self.who} {self.seed}-{n}"
        mine = [t.doc for t in self.typed if t.person == self.who and t.new and t.said]
        local = rng.random() < 0.35
        if mine and rng.random() < 0.4:
            doc = rng.choice(mine[-8:])
            path = f"/outbox/fiche#{doc}/objectifs" if local else f"/fiches/{doc}/edit/objectifs"
        else:
            doc, path = "", "/outbox/fiche#new" if local else "/fiches/new"
        phone.page.goto("about:blank")  # a new fragment alone is no new page
        phone.page.goto(self.road.url + path)
        if (
            doc and not phone.page.locator("form[data-offline]").count()
        ):  # it waits here still, the site has no page of it
            phone.page.goto(f"{self.road.url}/outbox/fiche#{doc}/objectifs")
        phone.ready()
        name = "objectifs" if doc else "titre"
        if doc and phone.field(name).last.input_value():
            phone.page.locator(
                'section:not([hidden]) button[value="add:objectifs"], form:not([data-local]) button[value="add:objectifs"]'
            ).first.click()
        if not doc:
            at = phone.page.locator("form[data-offline]").get_attribute("data-doc")
            doc = at or phone.page.url.partition("#")[2].partition("/")[0]
        typed = Typed(token, self.who, doc, name == "titre")
        self.typed.append(typed)
        # What the page said before, of the line that was added, is not what it says of this text.
        phone.page.evaluate(UNSAID)
        phone.field(name).last.fill(token)
        phone.page.locator("[data-kept]:not([hidden])").wait_for()
        typed.said = True
        # An answer that was under way may have brought the cookie of the other person back: the page says who writes.
        for role, uid in self.uids.items():
            if token in str(phone.everything().get(f"tablee-{uid}", {}).get("drafts")):
                self.count["the other wrote"] += role != typed.person
                typed.person = role
        return typed

    def bend(self, rng: random.Random, road: str) -> None:
        """What the road does to the next posts."""
        times = rng.choice((1, 1, 2, 3, None))
        actions = {
            "drop before": DropBefore(),
            "drop after": DropAfter(),
            "cut": Truncate(rng.randint(0, 60)),
            "portal": PORTAL,
        }
        if road in actions:
            self.road.rule("POST", "/fiches/*", actions[road], times=times)
        elif road == "busy":
            self.road.rule(
                "POST",
                "/fiches/*",
                Answer(503, b"{}", {"Retry-After": "1", "Content-Type": "application/json"}),
            )
        elif road == "no session":
            self.road.rule("GET", "/session", DropBefore(), times=times)
        elif road == "down":
            self.road.down()

    def break_off(self, event: str, held: Hold, seen: int, facts: dict[str, Any]) -> None:
        """The post is on its way, or was committed, and the one or the other dies."""
        with contextlib.suppress(AssertionError):  # nothing could leave
            self.road.wait_for("POST", "/fiches/*", count=seen + 1, seconds=4, **facts)
        if "browser" in event:
            self.kill_browser()
            held.drop()
        else:
            self.kill_server()
            held.release() if held.before else held.drop()

    def went(self, phone: Phone, typed: Typed) -> None:
        """The outbox has it, or it has gone."""

        def sealed() -> bool:
            try:
                kept = phone.everything().get(f"tablee-{self.uids[typed.person]}", {})
            except Error:
                return False
            return not any(typed.token in str(d["fields"]) for d in kept.get("drafts", []))

        wait_until(sealed, 15)

    # ---- the end

    def settle(self) -> None:
        """Let everything through, for everybody."""
        self.road.clear()
        self.road.up()
        self.server()
        for role in PEOPLE:
            if any(t.person == role for t in self.typed):
                self.enter(role)
                self.drain()

    def drain(self) -> None:
        phone = self.browser()
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                phone.page.goto("about:blank")
                phone.page.goto(f"{self.road.url}/outbox")
                kept = phone.held()
                for draft in kept["drafts"]:
                    phone.page.goto("about:blank")
                    phone.page.goto(self.road.url + draft["page"])
                    phone.ready()
                    phone.page.locator('.savebar button[value="later"]').click()
                    phone.until(
                        lambda now, d=draft: (
                            [d["doc"], d["part"]] not in [[x["doc"], x["part"]] for x in now["drafts"]]
                        ),
                        10,
                    )
                if not kept["drafts"]:
                    phone.push()
                    phone.until(
                        lambda now: (
                            not any(i["state"] in ("queued", "sending", "unknown") for i in now["outbox"])
                        ),
                        10,
                    )
                    left = [i["state"] for i in phone.held()["outbox"]]
                    self.count["stuck"] += len(left)
                    if left and os.environ.get("SYNC_TELL"):
                        print("stuck", phone.held()["outbox"], file=sys.stderr)
                    for item in phone.held()["outbox"]:
                        phone.page.evaluate(FORGET, [phone.database, item["op_id"]])
                    return
            except (Error, AssertionError) as error:
                self.count["drained again"] += 1
                if os.environ.get("SYNC_TELL"):
                    print("drain", str(error)[:300], file=sys.stderr)
                    with contextlib.suppress(Error):
                        left = [{k: v for k, v in i.items() if k != "parts"} for i in phone.held()["outbox"]]
                        print(phone.page.url, left, file=sys.stderr)
                        print(phone.page.locator("[data-strip]").all_inner_texts(), file=sys.stderr)
                        print(
                            [(e.method, e.path, e.status, e.fate) for e in self.road.log[-8:]],
                            file=sys.stderr,
                        )
        self.count["not drained"] += 1

    def verdict(self) -> dict[str, Any]:
        """Compare with the server's documents."""
        from sqlalchemy import select

        from models.fiche.content import get, normal
        from models.fiche.fiche import Fiche, Revision
        from models.store import db

        with self.site.application.app_context():
            titles = Counter(db.session.scalars(select(Fiche.title)))
            added: Counter[str] = Counter()
            writers: dict[str, set[str | None]] = {}
            for fiche_id in db.session.scalars(
                select(Fiche.id).where(Fiche.title.startswith(PEOPLE[0]) | Fiche.title.startswith(PEOPLE[1]))
            ):
                rows = db.session.scalars(
                    select(Revision).where(Revision.fiche_id == fiche_id).order_by(Revision.rev)
                )
                before: set[str] = set()
                for row in rows:
                    content = normal(row.content)
                    now = {*(get(content, "objectifs") or []), get(content, "titre")}
                    for token in now - before:
                        added[token] += 1
                        writers.setdefault(token, set()).add(row.person_id)
                    before = now
            lines = Counter(
                line
                for content in db.session.scalars(select(Fiche.content))
                for line in (normal(content)["objectifs"] or [])
            )
        there = {t.token: titles[t.token] if t.new else lines[t.token] for t in self.typed}
        lost = [t.token for t in self.typed if t.said and not there[t.token]]
        doubled = [t.token for t in self.typed if there[t.token] > 1 or added[t.token] > 1]
        wrong = [t.token for t in self.typed if writers.get(t.token, set()) - {self.uids[t.person]}]
        if os.environ.get("SYNC_TELL"):
            print({"lost": lost, "doubled": doubled, "wrong": wrong}, file=sys.stderr)
        return {
            "lost": len(lost), "doubled": len(doubled), "wrong_account": len(wrong), "typed": len(self.typed),
            "said": sum(t.said for t in self.typed), "arrived": sum(n > 0 for n in there.values()),
        }  # fmt: skip

    def stop(self) -> None:
        self.profile.kill()
        self.road.stop()
        self.site.stop()


UNSAID = "document.querySelectorAll('[data-kept]').forEach((line) => { line.hidden = true; })"
FORGET = """async ([name, key]) => {
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
  const db = await done(indexedDB.open(name));
  await done(db.transaction('outbox', 'readwrite').objectStore('outbox').delete(key));
  db.close();
}"""


def work(first: int, runs: int, seed: int, *, control: bool, minutes: float) -> dict[str, Any]:
    """The runs from `first` on, in this process; no new one begins after so many minutes."""
    begun, done = time.monotonic(), 0
    with (
        tempfile.TemporaryDirectory(prefix="sync-", ignore_cleanup_errors=True) as folder,
        sync_playwright() as playwright,
    ):
        bench = Runs(playwright, Path(folder), seed, control=control)
        try:
            bench.enter(PEOPLE[0])
            bench.browser().page.goto(f"{bench.road.url}/")
            bench.browser().page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            for n in range(first, first + runs):
                if time.monotonic() - begun > minutes * 60:
                    break
                bench.run(n)
                done += 1
                if (n - first) % BATCH == BATCH - 1:
                    bench.settle()
            for _again in range(3):
                before = bench.count["not drained"]
                bench.settle()
                if bench.count["not drained"] == before:
                    break
            out = bench.verdict()
        finally:
            bench.stop()
    return {"runs": done, **out, "events": dict(bench.count), "seconds": round(time.monotonic() - begun)}


def spread(runs: int, seed: int, workers: int, *, control: bool, minutes: float) -> dict[str, Any]:
    """The same over several processes, added up."""
    begun, size = time.monotonic(), -(-runs // workers)
    command = [
        sys.executable,
        __file__,
        "--seed",
        str(seed),
        "--minutes",
        str(minutes),
        *(["--control"] if control else []),
    ]
    parts = [
        subprocess.Popen([*command, "--first", str(at), "--runs", str(min(size, runs - at))], stdout=subprocess.PIPE, text=True)
        for at in range(0, runs, size)
    ]  # fmt: skip
    total: Counter[str] = Counter()
    events: Counter[str] = Counter()
    for part in parts:
        said = json.loads(part.communicate()[0])
        events.update(said.pop("events"))
        said.pop("seconds")
        total.update({k: v for k, v in said.items() if isinstance(v, int) and k not in ("seed", "control")})
    return {**total, "events": dict(events), "seconds": round(time.monotonic() - begun)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--runs", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=4)  # a run is mostly waiting
    parser.add_argument("--minutes", type=float, default=60, help="no new run begins after this")
    parser.add_argument("--control", action="store_true", help="a server without its journal")
    parser.add_argument("--first", type=int, default=None, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.first is not None or asked.workers < 2:
        said = work(asked.first or 0, asked.runs, asked.seed, control=asked.control, minutes=asked.minutes)
    else:
        said = spread(asked.runs, asked.seed, asked.workers, control=asked.control, minutes=asked.minutes)
    keys = ("lost", "doubled", "wrong_account", "runs")
    out = {**{k: said[k] for k in keys}, "seed": asked.seed, "control": asked.control, **said}
    print(json.dumps(out))
    return int(not asked.control and any(out[k] for k in keys[:3]))


if __name__ == "__main__":
    sys.exit(main())
