"""A real Chromium for the tests: pages that tell what went wrong in them, and axe."""

import contextlib
import functools
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_core_python
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Playwright
from playwright.sync_api import TimeoutError as TooLong

from tests.support.site import ROOT

ARGUMENTS = [
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
]
HEIGHTS = {360: 740, 1280: 900}
# The policy's violations become errors of the console, where they are seen without scripts too.
REPORT_VIOLATIONS = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`CSP: ${event.effectiveDirective} refuses ${event.blockedURI} (${event.sourceFile})`));
"""
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def launch(playwright: Playwright) -> Browser:
    """Chromium without a window and without a way to another machine.

    Where Debian's `chromium-headless-shell` is here it is taken: the same engine without the browser around it,
    which takes less than half of the processor's time.
    """
    program = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
    return playwright.chromium.launch(executable_path=program, args=arguments)


def _until_read(act: Callable[..., None]) -> Callable[..., None]:
    """`act`, and then a wait until the page that it opened has been read to its end, five seconds at most.

    Playwright waits after a click for the answer to begin, not for the page to be whole: whatever asks the page at once
    what it shows would meet half of it now and then.
    """

    @functools.wraps(act)
    def acted(self: Locator, *args: Any, **options: Any) -> None:
        act(self, *args, **options)
        if not self.page.is_closed():
            with contextlib.suppress(TooLong):
                self.page.wait_for_load_state("domcontentloaded", timeout=5_000)

    return acted


Locator.click = _until_read(Locator.click)
Locator.press = _until_read(Locator.press)


def said(message: ConsoleMessage) -> str:
    """What the console says; of what could not be loaded, its address too."""
    where = message.location.get("url") if message.text.startswith("Failed to load") else ""
    return f"{message.text} {where}".strip()


class Watcher:
    """Collects what goes wrong in a context: console errors, uncaught exceptions, violations of the policy.

    `allow(pattern)` says that a test means it to happen; an allowance that met nothing is a mistake too.
    """

    def __init__(self, context: BrowserContext):
        self.context = context
        self.errors: list[str] = []
        self._allowed: dict[str, int] = {}
        context.on("console", lambda m: self._note(said(m), m.page) if m.type == "error" else None)
        context.on("weberror", lambda e: self._note(f"uncaught: {e.error.stack or e.error}", e.page))

    def _note(self, text: str, page: Page | None) -> None:
        for pattern in self._allowed:
            if re.search(pattern, text):
                self._allowed[pattern] += 1
                return
        self.errors.append(f"{page.url if page else '?'}: {text}")

    def allow(self, pattern: str) -> None:
        self._allowed.setdefault(pattern, 0)

    def problems(self) -> list[str]:
        unmet = [pattern for pattern, met in self._allowed.items() if not met]
        return self.errors + [f"“{pattern}” was allowed and never came" for pattern in unmet]


# What the console says where a road is broken on purpose.
ROAD = re.compile(
    r"Failed to load resource|net::ERR_|the server responded with a status|was allowed and never came"
)


# What a page brings to the device by itself, while the site, the network or the visit goes away: what is there serves.
BROUGHT = re.compile(
    r"net::ERR_\w+ \S+/(answers|text|live|session(\?mine=1|/held)?)$"
    r"|a status of 401 \(UNAUTHORIZED\) \S+/(answers|text|live)$"
)


def assert_calm(watching: list[Watcher], but: re.Pattern[str] = BROUGHT) -> None:
    """No watcher saw a problem, besides those that `but` fits."""
    problems = [p for watcher in watching for p in watcher.problems() if not but.search(p)]
    assert problems == [], "in the browser:\n  " + "\n  ".join(problems)


def open_context(browser: Browser, width=1280, *, js=True, scheme="light", **options) -> BrowserContext:
    """A new browser profile, French: `width` in CSS pixels, with or without scripts, in a colour scheme."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHTS.get(width, 900)},
        java_script_enabled=js,
        color_scheme=scheme,
        **{"locale": "fr-BE", "timezone_id": "Europe/Brussels", "reduced_motion": "reduce", **options},
    )
    context.set_default_timeout(15_000)
    context.add_init_script(REPORT_VIOLATIONS)
    return context


@functools.cache
def axe_source() -> str:
    return Path(axe_core_python.__file__).with_name("axe.min.js").read_text()


def axe(
    page: Page, *, within: str | None = None, without: tuple[str, ...] = (), only: tuple[str, ...] = ()
) -> list[str]:
    """What axe finds on the page as it stands: one line for each rule and element, empty for a sound page.

    `within` narrows it to a selector; `without` names rules that do not apply, with a reason in the test; `only`
    the rules to ask where others were asked before.
    """
    options = {
        "runOnly": {"type": "rule", "values": list(only)} if only else {"type": "tag", "values": AXE_TAGS},
        "rules": {rule: {"enabled": False} for rule in without},
        "resultTypes": ["violations"],
    }
    page.wait_for_load_state("domcontentloaded")
    page.evaluate(axe_source())
    scope = json.dumps(within) if within else "document"
    found = page.evaluate(f"axe.run({scope}, {json.dumps(options)}).then((result) => result.violations)")
    return [
        f"{violation['id']} ({violation['impact']}): {' '.join(node['target'])} {node['html'][:120]}"
        for violation in found
        for node in violation["nodes"]
    ]


def sideways_scroll(page: Page) -> int:
    """By how many CSS pixels the page is wider than its window; 0 for a page that fits."""
    page.wait_for_load_state("domcontentloaded")
    return page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")


def open_all(page: Page) -> None:
    """Open every fold, so that what is in it is looked at too."""
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true })")


SMALL = """() => [...document.querySelectorAll('a, button, summary, input, select, textarea')]
  .filter((e) => e.checkVisibility() && e.type !== 'hidden' && !e.closest('p, h3, h4, figcaption, .choice, .skip, .hidden-text'))
  .map((e) => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
  .filter(([, box]) => box.height < 44 || box.width < 44).map(([text]) => text)"""


def small_targets(page: Page) -> list[str]:
    """What is touched and smaller than 44 CSS pixels, links within a sentence aside."""
    return page.evaluate(SMALL)


def screenshot(page: Page, name: str) -> None:
    """The whole page as .cache/shots/NAME.png, when TABLEE_SHOTS is set; else nothing."""
    if os.environ.get("TABLEE_SHOTS"):
        folder = ROOT / ".cache" / "shots"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}.png", full_page=True)
