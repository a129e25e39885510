"""The power goes, again and again, while six devices write and try again: nothing lost, nothing doubled."""

import random
import shutil
import threading
from collections import Counter
from uuid import uuid4

import pytest
from sqlalchemy import select, text

from models.fiche.fiche import Fiche
from models.store import db
from tests.support.cast import cookie_of
from tests.support.device import Device, NoAnswer
from tests.support.often import often
from tests.support.site import Site

DEVICES = 6


@pytest.fixture
def make_site(demo_template, tmp_path):
    """make_site() → a real server on an instance of its own, not started yet."""
    made = []

    def make() -> Site:
        folder = tmp_path / f"site-{len(made)}"
        shutil.copytree(demo_template, folder)
        made.append(Site(folder))
        return made[-1]

    yield make
    for one in made:
        one.stop()


class Count:
    """How many answers have come in all; somebody may wait for more, so that no kill comes before there was work."""

    def __init__(self) -> None:
        self.value, self._more = 0, threading.Condition()

    def add(self) -> None:
        with self._more:
            self.value += 1
            self._more.notify_all()

    def wait_for(self, more: int) -> None:
        with self._more:
            wanted = self.value + more
            assert self._more.wait_for(lambda: self.value >= wanted, 120), "no answers come"


class Writer(threading.Thread):
    """A device that makes one fiche after another; an operation that got no answer is sent again.

    lost: the share of answers that are lost on their way. fresh: the control, which asks under a new op_id each time,
    as a client without a journal would.
    """

    def __init__(
        self,
        name: str,
        device: Device,
        stop: threading.Event,
        answers: Count,
        seed: int,
        *,
        lost: float,
        fresh: bool,
    ) -> None:
        super().__init__(daemon=True)
        self.mark, self.device, self.stop, self.fresh = name, device, stop, fresh
        self.answers, self.lost, self.chance = answers, lost, random.Random(f"{seed} {name}")
        self.acknowledged: list[str] = []
        self.wrong: list[tuple[int, dict]] = []

    def run(self) -> None:
        n = 0
        while not self.stop.is_set():
            n += 1
            self.send(f"{self.mark} {n}")

    def send(self, title: str) -> None:
        op = str(uuid4())
        while True:
            fields = {"op_id": str(uuid4()) if self.fresh else op, "field": "titre", "titre": title}
            try:
                status, answer = self.device.post("/fiches/", fields, lose=self.chance.random() < self.lost)
            except NoAnswer:
                if self.stop.wait(0.05):
                    return
                continue
            self.answers.add()
            if status in (200, 201):
                self.acknowledged.append(title)
            elif status == 503:
                continue
            else:
                self.wrong.append((status, answer))
            return


def kill_often(
    site: Site, kills: int, seed: int, *, lost: float = 0.1, fresh: bool = False
) -> tuple[list[str], Counter, list]:
    """(titles acknowledged, how often each title is there, answers that should not be)."""
    rng, stop, answers = random.Random(seed), threading.Event(), Count()
    site.start()
    cookies = [cookie_of(site.application, "contributor", site.url) for _ in range(DEVICES)]
    writers = [
        Writer(
            f"D{n}",
            Device(site.port, f"{c['name']}={c['value']}"),
            stop,
            answers,
            seed,
            lost=lost,
            fresh=fresh,
        )
        for n, c in enumerate(cookies)
    ]
    for writer in writers:
        writer.start()
    pause = threading.Event()
    for _ in range(kills):
        answers.wait_for(rng.randint(1, 8))
        pause.wait(rng.uniform(0, 0.05))
        site.kill_server()
        site.start()
    answers.wait_for(DEVICES)
    stop.set()
    for writer in writers:
        writer.join(30)
    with site.application.app_context():
        there = Counter(db.session.scalars(select(Fiche.title).where(Fiche.title.startswith("D"))))
        assert db.session.execute(text("PRAGMA integrity_check")).scalar() == "ok"
    return [t for w in writers for t in w.acknowledged], there, [x for w in writers for x in w.wrong]


def verdict(acknowledged: list[str], there: Counter) -> tuple[int, int]:
    """(acknowledged but lost, there more than once)."""
    ours = {title: n for title, n in there.items() if title.split()[0][1:].isdecimal()}
    return sum(title not in ours for title in acknowledged), sum(n > 1 for n in ours.values())


@pytest.mark.parametrize("kills", often([10, 1000]))
def test_killed_again_and_again_nothing_is_lost_or_doubled(make_site, kills):
    acknowledged, there, wrong = kill_often(make_site(), kills, seed=kills)
    assert wrong == []
    assert len(acknowledged) > kills
    assert verdict(acknowledged, there) == (0, 0)


def test_the_control_without_its_journal_doubles(make_site):
    """A client that asks under a new op_id after each broken answer leaves doubles behind, and they are noticed."""
    acknowledged, there, _wrong = kill_often(make_site(), 5, seed=5, lost=0.5, fresh=True)
    lost, doubled = verdict(acknowledged, there)
    assert lost == 0
    assert doubled > 0
