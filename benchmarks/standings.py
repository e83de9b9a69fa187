"""Standings against size: ``python -m benchmarks.standings [--people 1000 10000 100000]``.

For each size a district of its own: every standing rebuilt, one posting and what it refreshes, and
the overview as the server gives it. The slope says how the time grows: 1 is linear, 0 is flat.
"""

import math
import statistics
import sys
import time
from typing import Any

from benchmarks import harness
from benchmarks.pages import ADMIN

POSTINGS = 20
VIEWS = 20


def slope(rows: list[dict[str, Any]], figure: str) -> float | None:
    """The exponent of growth between the smallest and the largest size."""
    first, last = rows[0], rows[-1]
    if first is last or not first[figure] or not last[figure]:
        return None
    return round(
        math.log(last[figure] / first[figure]) / math.log(last["people"] / first["people"]), 2
    )


def measure(people: int, asked: Any) -> dict[str, Any]:
    before = harness.load_average()
    with harness.site() as site:
        scenes = site.scenes
        began = time.monotonic()
        scenes.district(people, ledger_only=True)
        seeded = time.monotonic() - began
        rebuilt = scenes.rebuild()
        posted = [scenes.post_one(number) for number in range(POSTINGS)]
        path = f"/overview/{scenes.top_unit(ADMIN)}/"
        statements = scenes.statements_of(path, ADMIN)
        with site.served(workers=asked.workers, threads=asked.threads) as server:
            browser = harness.Browser(server.port).sign_in(ADMIN, scenes.DEMO_PASSWORD)
            views = []
            for _ in range(VIEWS):
                began = time.perf_counter()
                status, _text = browser.get(path)
                views.append((time.perf_counter() - began) * 1000)
                if status != 200:
                    raise RuntimeError(f"{path} answers {status}")
        return {
            "people": people,
            "entries": scenes.entries(),
            "seeding_s": round(seeded, 1),
            "rebuild_s": round(rebuilt, 2),
            "rebuild_ms_a_person": round(rebuilt * 1000 / people, 3),
            "one_posting_ms": round(statistics.median(posted), 1),
            "one_posting_worst_ms": round(max(posted), 1),
            "overview_ms": round(statistics.median(views[2:]), 1),
            "overview_worst_ms": round(max(views[2:]), 1),
            "overview_statements": statements,
            "load": before,
            "vendor": site.vendor,
        }


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--people", type=int, nargs="+", default=[1000])
    asked = parser.parse_args()
    if len(asked.people) > 1:
        harness.say("each size is measured in a process of its own, one after the other")
    rows = harness.one_process_each(measure, sorted(asked.people), asked)
    vendor = rows[0]["vendor"]
    slopes = {
        figure: slope(rows, figure) for figure in ("rebuild_s", "one_posting_ms", "overview_ms")
    }
    harness.write(asked.name or f"standings-{vendor}", vendor, rows, slopes=slopes)
    harness.say(f"slopes: {slopes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
