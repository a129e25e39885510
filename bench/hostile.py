"""How long hostile posts take: spoilt forms, one after another, in one process.

    .venv/bin/python bench/hostile.py [--posts 10000] [--seed 1]

Every form that a contributor and the coordination can reach, spoilt as in tests/test_hostile.py. Prints one JSON line:
how often each status came, how many answers were errors of ours, the median, 99th percentile and slowest in ms.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    from app import create_app
    from tests.support.cast import sign_in
    from tests.support.everything import fill
    from tests.support.hostile import Outcome, doors, storm

    parser = argparse.ArgumentParser()
    parser.add_argument("--posts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app({"INSTANCE": folder, "TESTING": True, "RATELIMIT_ENABLED": False})
        app.test_cli_runner().invoke(args=["prepare"], catch_exceptions=False)
        names, met = fill(app), Outcome()
        for role in ("contributor", "coordination"):
            client = app.test_client()

            def renew(client=client, role=role) -> str:
                page = sign_in(client, role).get("/account").text
                return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]

            renew()
            targets = doors(
                client, ["/", f"/fiches/{names['shared']}", "/fiches/new", "/fiches/import", "/people"]
            )
            part = storm(client, targets, options.posts // 2, options.seed, token=renew(), renew=renew)
            met.statuses.update(part.statuses)
            met.broken += part.broken
            met.took += part.took
    took = sorted(met.took)
    print(json.dumps({
        "posts": len(took), "errors_of_ours": len(met.broken), "statuses": dict(sorted(met.statuses.items())),
        "median_ms": round(statistics.median(took) * 1000, 1), "p99_ms": round(took[int(len(took) * 0.99)] * 1000, 1),
        "slowest_ms": round(took[-1] * 1000, 1),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
