"""Wake-ups: what one process asks for, the worker of another does at once."""

import subprocess
import sys

from adapters import queue
from tests.support.site import ROOT

WAKE = "import sys; from pathlib import Path; from adapters import queue; queue.wake(Path(sys.argv[1]))"


def test_a_wake_up_of_another_process_reaches_the_worker_s_sweep(tmp_path):
    path, swept = tmp_path / "wake.db", []
    subprocess.run([sys.executable, "-c", WAKE, str(path)], cwd=ROOT, check=True, timeout=30)
    huey = queue.queue(path)
    assert huey.pending_count() == 1
    queue._task(huey, lambda: swept.append(1))
    huey.execute(huey.dequeue())
    assert swept == [1]


def test_a_worker_that_cannot_be_woken_stops_nobody(tmp_path, caplog):
    queue.wake(tmp_path / "nowhere" / "wake.db")
    assert "could not be woken" in caplog.text
