"""The same requests in a growing crowd: ``python -m benchmarks.growth [--crowd 1000 … 1000000]``.

For each size a site of its own with so many persons besides those who are measured, each with a
session, an enrolment, progress and a lease of study, and an attempt with some answers. Then four
people save answers, send ticks and open pages as fast as they are answered. ``chart`` draws it.
"""

import sys
from collections.abc import Sequence
from typing import Any

from benchmarks import answer_saves, harness, load, pages, study_ticks

AT_ONCE = 5  # answers a request


def measure(size: int, asked: Any) -> dict[str, Any]:
    before = harness.load_average()
    with harness.site() as site:
        journals = harness.RAW / f"growth-{site.vendor}-{harness.unique()}"
        journals.mkdir(parents=True)
        sitting = site.scenes.sitting(asked.clients)
        course = site.scenes.course(asked.clients)
        with site.served(workers=asked.workers, threads=asked.threads) as server:
            candidates = answer_saves.sign_in_and_start(server.port, sitting, journals)
            learners = study_ticks.sign_in_and_study(server.port, site, course, journals)
            rows = site.scenes.crowd(size, sitting, course)
            for candidate in candidates:
                candidate.at_once = AT_ONCE
            browser = harness.Browser(server.port).sign_in(next(iter(course.enrolments)))
            page = f"/courses/{course.slug}/"
            row = {"crowd": size, **rows}
            for name, clients in {
                "saves": candidates,
                "ticks": list(learners.values()),
                "course": _readers(browser, page, asked.clients),
                "item": _readers(browser, f"{page}1/", asked.clients),
            }.items():
                row |= _figures(name, harness.drive(server, clients, asked.seconds))
        checked = answer_saves.check(candidates, site.scenes)
        if checked["lost"]:
            raise RuntimeError(f"answers were lost: {checked}")
        return row | {"load": before, "vendor": site.vendor}


def _readers(browser: harness.Browser, path: str, count: int) -> Sequence[load.Client]:
    return [pages.Reader(browser.request("GET", path)) for _ in range(count)]


def _figures(name: str, found: dict[str, Any]) -> dict[str, Any]:
    if found["statuses"].keys() != {"200"}:
        raise RuntimeError(f"{name}: {found['statuses']}")
    return {
        f"{name}_p50_ms": found["p50_ms"],
        f"{name}_p99_ms": found["p99_ms"],
        f"{name}_cpu_ms": found["server_cpu_ms_a_request"],
    }


def main() -> int:
    parser = harness.arguments(__doc__ or "", seconds=4.0)
    sizes = [1000, 10_000, 100_000, 1_000_000]
    parser.add_argument("--crowd", type=int, nargs="+", default=sizes)
    parser.set_defaults(clients=4)
    asked = parser.parse_args()
    rows = harness.one_process_each(measure, sorted(asked.crowd), asked)
    vendor = rows[0]["vendor"]
    harness.write(asked.name or f"growth-{vendor}", vendor, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
