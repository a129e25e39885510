"""A person with a device in tests of what it keeps and sends late: one page, and what stands in its IndexedDB."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Download, Error, Locator, Page, expect

from tests.support.filler import control
from tests.support.site import wait_until

# Everything that this origin keeps: {database: {store: rows}}; bytes as their length.
PROBE = """async () => {
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
  const out = {};
  for (const { name } of await indexedDB.databases()) {
    const db = await done(indexedDB.open(name));
    const stores = [...db.objectStoreNames];
    out[name] = {};
    for (const store of stores) out[name][store] = await done(db.transaction(store).objectStore(store).getAll());
    for (const file of out[name].files ?? []) file.bytes = file.bytes.byteLength;
    db.close();
  }
  return out;
}"""
# Changes one row of a store: [database, store, key, changes].
TAMPER = """async ([name, store, key, changes]) => {
  const done = (request) => new Promise((yes, no) => { request.onsuccess = () => yes(request.result); request.onerror = () => no(request.error); });
  const db = await done(indexedDB.open(name));
  const rows = db.transaction(store, 'readwrite').objectStore(store);
  const row = await done(rows.get(key));
  await done(rows.put(Object.assign(row, changes)));
  db.close();
}"""
# Once the worker answers for this page; `ready` alone may come before that.
SERVED = """async () => {
  const { serviceWorker: worker } = navigator;
  await worker.ready;
  if (!worker.controller) await new Promise((done) => worker.addEventListener('controllerchange', done, { once: true }));
}"""
WATCHED = """async () => {
  const page = [...document.scripts].find((s) => s.src.endsWith('/page.js')).src;
  await (await import(new URL('offline.js', page))).ready;
}"""
STORES = ("drafts", "outbox", "files", "receipts", "copies")


class Phone:
    """One page of one person. uid: the id of their account."""

    def __init__(self, page: Page, uid: str) -> None:
        self.page, self.uid = page, uid

    def another_tab(self) -> Phone:
        return Phone(self.page.context.new_page(), self.uid)

    # ---- what one does

    def open(self, path: str) -> Phone:
        """A page with a form, once its scripts have taken it over."""
        self.page.goto(path)
        return self.ready()

    def ready(self) -> Phone:
        self.page.locator("form[data-ready]").wait_for()
        return self

    def field(self, name: str) -> Locator:
        """The control that posts this name, of the part that is shown."""
        inside = self.page.locator(f'section:not([hidden]) [name="{name}"]')
        return inside if inside.count() else control(self.page, name)

    def add(self, group: str) -> str:
        """One more entry of a list of groups, once it is on the page; its name."""
        entries = self.field(group)
        before = entries.count()
        self.page.locator(f'button[value="add:{group}"]').click()
        expect(entries).to_have_count(before + 1)
        return entries.last.input_value()

    def type(self, name: str, text: str) -> Phone:
        """Write, and wait until the device has kept it."""
        self.field(name).last.fill(text)
        self.until(lambda held: any([name, text] in d["fields"] for d in held["drafts"]))
        self.page.locator("[data-kept]:not([hidden])").wait_for()
        return self

    def save(self, act: str = "later") -> None:
        self.page.locator(f'.savebar button[value="{act}"]').click()

    def served(self) -> Phone:
        """Once pages come without a network too."""
        self.page.evaluate(SERVED)
        return self

    def go_out(self) -> None:
        """Press « Sortir », once the page watches over it."""
        self.page.evaluate(WATCHED)
        self.page.evaluate("document.querySelector('form[data-leave]').requestSubmit()")

    def push(self) -> None:
        """What the browser says when the network is there again."""
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def choose_picture(
        self, name: str, data: bytes, called: str = "IMG 1.JPG", kind: str = "image/jpeg"
    ) -> None:
        file = {"name": called, "mimeType": kind, "buffer": data}
        self.field(f"{name}.file").set_input_files(file)

    # ---- what one sees

    def says(self, kind: str) -> Locator:
        """The strip with this sentence, once it is there."""
        found = self.page.locator(f'[data-strip] [data-as="{kind}"]')
        found.wait_for()
        return found

    def lines(self) -> Locator:
        return self.page.locator('[data-list="outbox"] > li')

    def press(self, act: str, within: Locator | None = None) -> None:
        """A button of the page of what is kept here; the folds around it are opened first."""
        shown = f'xpath=.//button[@data-act="{act}"][not(ancestor::*[@hidden])]'
        button = (within or self.page.locator("main")).locator(shown).first
        for summary in button.locator("xpath=ancestor::details[not(@open)]/summary").all():
            summary.click()
        button.click()

    def press_open(self, line: str) -> None:
        """Open what a line of that page is about."""
        item = self.page.locator(f'[data-line="{line}"]').first
        link = item.locator("a[data-open]").first
        for summary in link.locator("xpath=ancestor::details[not(@open)]/summary").all():
            summary.click()
        link.click()
        self.ready()

    def download(self, act: str) -> Download:
        with self.page.expect_download() as waiting:
            self.press(act)
        return waiting.value

    # ---- what is kept

    @property
    def database(self) -> str:
        return f"tablee-{self.uid}"

    def everything(self) -> dict[str, dict[str, list]]:
        return self.page.evaluate(PROBE)

    def held(self) -> dict[str, list]:
        """The stores of this person, empty where there is none."""
        return {store: [] for store in STORES} | self.everything().get(self.database, {})

    def until(self, what: Callable[[dict[str, list]], Any], seconds: float = 20) -> dict[str, list]:
        """What is kept, as soon as `what(kept)` is true."""
        seen: dict[str, list] = {}

        def look() -> Any:
            nonlocal seen
            try:
                seen = self.held()
            except Error as error:
                if "context was destroyed" not in str(error):
                    raise
                return False  # the page is going elsewhere
            return what(seen)

        wait_until(look, seconds)
        return seen

    def looked(self) -> None:
        """Once all that this person may change is here; the page asks nothing more by itself."""
        wait_until(lambda: self.page.evaluate("sessionStorage.getItem('looked')"))

    def empty(self, seconds: float = 20) -> dict[str, list]:
        """Once nothing waits here any more."""
        return self.until(lambda held: not held["outbox"] and not held["drafts"], seconds)

    def waits(self, state: str, seconds: float = 20) -> dict[str, Any]:
        """The first item in this state, once there is one."""
        return next(i for i in self.until(lambda h: any(i["state"] == state for i in h["outbox"]), seconds)["outbox"] if i["state"] == state)  # fmt: skip

    def tamper(self, store: str, key: Any, **changes: Any) -> None:
        self.page.evaluate(TAMPER, [self.database, store, key, changes])
