"""After the hand-in, at size: ``python -m benchmarks.grading [--attempts 1000 100000]``.

For each size so many attempts of fifty questions are graded by the sweep's own operation, the
statistics of the sitting are counted over them, and as many papers are drawn, one for each
candidate, from a bank of a thousand questions. CPU time is that of this process (PostgreSQL's own
is not in it) and drifts least; the memory is the most the process ever held.
"""

import gc
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import harness

AT_ONCE = 1000  # attempts a sweep takes


def _timed(work: Callable[[], Any]) -> tuple[Any, float, float]:
    gc.collect()
    cpu, wall = time.process_time(), time.monotonic()
    said = work()
    return said, time.process_time() - cpu, time.monotonic() - wall


def _memory_mib() -> int:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def measure(attempts: int, asked: Any) -> dict[str, Any]:
    load = harness.load_average()
    with harness.site() as site:
        scenes = site.scenes
        scene = scenes.sitting(1)
        _, _, laid = _timed(lambda: scenes.handed_in(scene, attempts))
        memory = _memory_mib()
        harness.say(f"{attempts} attempts, {attempts * 50} answers laid out in {laid:.0f} s")
        graded, cpu, wall = _timed(lambda: scenes.grade_all(AT_ONCE))
        row = {
            "attempts": attempts,
            "graded": graded,
            "grading_s": round(wall, 1),
            "grading_cpu_ms_each": round(cpu * 1000 / attempts, 2),
            "memory_before_mib": memory,
            "grading_memory_mib": _memory_mib(),
        }
        harness.say(f"graded in {wall:.0f} s")
        (persons, alpha), cpu, wall = _timed(lambda: scenes.figures(scene))
        row |= {
            "persons_in_statistics": persons,
            "alpha": None if alpha is None else round(alpha, 3),
            "statistics_s": round(wall, 1),
            "statistics_cpu_s": round(cpu, 1),
            "statistics_memory_mib": _memory_mib(),
        }
        harness.say(f"statistics in {wall:.0f} s")
        exam = scenes.paper_of_his_own(asked.bank)
        drawn, cpu, wall = _timed(lambda: scenes.draw_for_all(exam))
        row |= {
            "papers_drawn": drawn,
            "drawing_s": round(wall, 1),
            "drawing_cpu_ms_each": round(cpu * 1000 / attempts, 2),
            "drawing_memory_mib": _memory_mib(),
        }
        if not graded == persons == drawn == attempts:
            raise RuntimeError(f"not all were done: {row}")
        return row | {"load": load, "load_at_end": harness.load_average(), "vendor": site.vendor}


def main() -> int:
    parser = harness.arguments(__doc__ or "")
    parser.add_argument("--attempts", type=int, nargs="+", default=[1000])
    parser.add_argument("--bank", type=int, default=1000, help="questions papers are drawn from")
    asked = parser.parse_args()
    rows = harness.one_process_each(measure, sorted(asked.attempts), asked)
    vendor = rows[0]["vendor"]
    harness.write(asked.name or f"grading-{vendor}", vendor, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
