"""Standings against size: ``python -m benchmarks.standings [--people 1000 10000 100000]``.

For each size a city of its own with twenty ledger rows a person: everybody judged, the figures
counted from the rows, one posting with all it refreshes, and the pages as the server's process
gives them (middleware, view and template; no network). The slope says how a figure grows with the
persons: 1 is linear, 0 is flat. ``--judge 10``: judge every tenth person and give the other nine
alike the same standing; the figure a person stays measured, the whole is not.
"""

import gc
import resource
import statistics
import subprocess
import sys
import time
from typing import Any

from benchmarks import harness
from benchmarks.chart import slope

POSTINGS = 20
VIEWS = 15


def judged(site: harness.Site, asked: Any) -> dict[str, Any]:
    """Every standing rebuilt by ``manage.py rebuild_standings`` in processes of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    subprocess.run(  # noqa: S603 - our own command
        [
            sys.executable, "manage.py", "rebuild_standings", "--processes", str(asked.processes),
            "--one-in", str(asked.judge),
        ],
        cwd=harness.ROOT, env=site.environment, check=True,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall": time.monotonic() - began,
        "cpu": spent,
        "memory_mib": round(after.ru_maxrss / 1024),
    }


def measure(people: int, asked: Any) -> dict[str, Any]:
    load = harness.load_average()
    with harness.site() as site:
        scenes = site.scenes
        began = time.monotonic()
        there = scenes.city(people, asked.entries)
        loaded = time.monotonic() - began
        harness.say(f"{people} persons, {there['entries']} rows: loaded in {loaded:.0f} s")
        judging = judged(site, asked)
        harness.say(f"judged one in {asked.judge} in {judging['wall']:.0f} s")
        began = time.monotonic()
        scenes.after_judging(asked.judge)
        counted = time.monotonic() - began
        harness.say(f"figures of all units counted from rows in {counted:.1f} s")
        gc.collect()
        row = {
            "people": people,
            "entries": there["entries"],
            "units": there["units"],
            "load_s": round(loaded, 1),
            "judged": people // asked.judge,
            "judging_s": round(judging["wall"], 1),
            "cpu_ms_a_person": round(judging["cpu"] * 1000 * asked.judge / people, 3),
            "memory_mib": judging["memory_mib"],
            "count_figures_s": round(counted, 2),
        }
        posted = [scenes.post_one(number) for number in range(POSTINGS)]
        row["one_posting_ms"] = round(statistics.median(posted), 1)
        row["one_posting_least_ms"] = round(min(posted), 1)
        for name, path in scenes.city_pages().items():
            statements, times = scenes.views_of(path, VIEWS)
            row[f"{name}_ms"] = round(statistics.median(times), 1)
            # The least says most on a machine where others compute as well.
            row[f"{name}_least_ms"] = round(min(times), 1)
            row[f"{name}_statements"] = statements
        return row | {"load": load, "vendor": site.vendor}


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--people", type=int, nargs="+", default=[1000])
    parser.add_argument("--entries", type=int, default=20, help="ledger rows a person")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--judge", type=int, default=1, choices=(1, 10), metavar="1|10")
    asked = parser.parse_args()
    if len(asked.people) > 1:
        harness.say("each size is measured in a process of its own, one after the other")
    rows = harness.one_process_each(measure, sorted(asked.people), asked)
    vendor = rows[0]["vendor"]
    growing = [key for key in rows[0] if key.endswith(("_ms", "_s", "_a_person", "_mib"))]
    slopes = {
        figure: slope([(row["people"], row[figure]) for row in rows])
        for figure in growing
        if "least" not in figure
    }
    harness.write(asked.name or f"standings-{vendor}", vendor, rows, slopes=slopes)
    harness.say(f"slopes: {slopes}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
