"""Time against size, drawn: ``python -m benchmarks.chart [--vendor postgresql]``.

Reads what ``growth``, ``standings``, ``grading`` and ``search`` left under ``results/`` and draws
``results/growth-<vendor>.svg``: both axes by powers of ten, each line with its slope. 1 is linear in
the size, 0 is flat.
"""

import json
import math
import sys
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from benchmarks import harness

WIDTH, HEIGHT = 600, 330  # of a panel
LEFT, RIGHT, TOP, BOTTOM = 56, 230, 46, 40
LABEL = 15  # between two labels at least
COLOURS = ("#9b1c1c", "#1f4e79", "#2f6b3a", "#8a5a00", "#5b3a8c", "#0f6b70", "#6b6b6b")


@dataclass(frozen=True)
class Line:
    name: str
    points: tuple[tuple[float, float], ...]  # (size, figure), both above 0


@dataclass(frozen=True)
class Panel:
    title: str
    size: str  # what is counted along the axis
    lines: tuple[Line, ...]


def slope(points: Sequence[tuple[float, float]]) -> float | None:
    """The exponent of growth: least squares over the logarithms of size and figure.

    Nothing where there are fewer than two sizes, or a figure too small to have been measured.
    """
    if len({size for size, _ in points}) < 2 or any(figure <= 0 for _, figure in points):
        return None
    xs, ys = ([math.log10(each) for each in axis] for axis in zip(*points, strict=True))
    mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
    rise = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return round(rise / sum((x - mean_x) ** 2 for x in xs), 2)


# --- what is drawn ----------------------------------------------------------------------------------


def panel(title: str, size: str, rows: Iterable[dict[str, Any]], figures: dict[str, str]) -> Panel:
    """One line for each figure (key → name) of rows that bear their size under ``size``."""
    rows = sorted(rows, key=lambda row: row[size])
    lines = (
        Line(name, tuple((row[size], row[key]) for row in rows if row.get(key, 0) > 0))
        for key, name in figures.items()
    )
    return Panel(title, size, tuple(line for line in lines if line.points))


def panels(vendor: str) -> list[Panel]:
    served = {"saves": "answers, five a request", "ticks": "study ticks", "course": "course page", "item": "item page"}  # fmt: skip
    crowd = _rows(f"growth-{vendor}")
    people, papers = _rows(f"standings-growth-{vendor}"), _rows(f"grading-growth-{vendor}")
    entries = _rows(f"search-growth-{vendor}", "size")
    asked = dict.fromkeys(row["asked"] for row in entries)
    return [
        each
        for each in (
            panel("Processor of the server, ms a request", "crowd", crowd,
                  {f"{key}_cpu_ms": name for key, name in served.items()}),
            panel("Median until the answer, ms", "crowd", crowd,
                  {f"{key}_p50_ms": name for key, name in served.items()}),
            panel("Standings, ms", "people", people,
                  {"one_posting_ms": "one posting", "root_ms": "overview of the root",
                   "district_ms": "overview of a district", "list_of_root_ms": "list of 25",
                   "nearest_date_first_ms": "nearest date first", "explanation_ms": "explanation",
                   "cpu_ms_a_person": "full judging, processor a person"}),
            panel("Examinations, processor ms an attempt", "attempts", papers,
                  {"grading_cpu_ms_each": "grading of fifty answers",
                   "drawing_cpu_ms_each": "drawing a paper"}),
            Panel("Search, median ms", "entries",
                  tuple(Line(name, tuple((row["entries"], row["p50_ms"]) for row in entries
                                         if row["asked"] == name)) for name in asked)),
        )
        if each.lines
    ]  # fmt: skip


def _rows(name: str, key: str = "rows") -> list[dict[str, Any]]:
    """What a run left; nothing where it was not run."""
    path = harness.RESULTS / f"{name}.json"
    if not path.exists():
        return []
    found: list[dict[str, Any]] = json.loads(path.read_text("utf-8"))[key]
    return found


# --- drawing ----------------------------------------------------------------------------------------


def draw(drawn: Sequence[Panel]) -> str:
    """The panels, two in a row, as an SVG that stands alone."""
    rows = math.ceil(len(drawn) / 2)
    inside = "".join(
        f'<g transform="translate({at % 2 * WIDTH} {at // 2 * HEIGHT})">{_panel(each)}</g>'
        for at, each in enumerate(drawn)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * WIDTH} {rows * HEIGHT}" '
        'font-family="sans-serif" font-size="12" fill="#222">'
        f'<rect width="100%" height="100%" fill="#fff"/>{inside}</svg>\n'
    )


def _panel(drawn: Panel) -> str:
    sizes = [size for line in drawn.lines for size, _ in line.points]
    figures = [figure for line in drawn.lines for _, figure in line.points]
    across, up = _powers(sizes), _powers(figures)
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(size: float) -> float:
        return round(LEFT + wide * (math.log10(size) - across[0]) / (across[-1] - across[0]), 1)

    def y(figure: float) -> float:
        return round(TOP + high * (1 - (math.log10(figure) - up[0]) / (up[-1] - up[0])), 1)

    out = [
        f'<text x="{LEFT}" y="24" font-size="15" font-weight="bold">{escape(drawn.title)}</text>'
    ]
    for power in up:
        at = y(10.0**power)
        out.append(f'<path d="M{LEFT} {at}h{wide}" stroke="#ddd"/>')
        out.append(f'<text x="{LEFT - 8}" y="{at + 4}" text-anchor="end">{10.0**power:g}</text>')
    for power in across:
        at = x(10.0**power)
        out.append(f'<path d="M{at} {TOP}v{high}" stroke="#eee"/>')
        out.append(
            f'<text x="{at}" y="{TOP + high + 18}" text-anchor="middle">{_size(power)}</text>'
        )
    out.append(
        f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 6}" text-anchor="middle" fill="#666">'
        f"{escape(drawn.size)}</text>"
    )
    ends = sorted((y(line.points[-1][1]), at) for at, line in enumerate(drawn.lines))
    below = float(TOP - LABEL)
    for wanted, at in ends:
        line, colour = drawn.lines[at], COLOURS[at % len(COLOURS)]
        below = max(wanted, below + LABEL)
        places = [(x(size), y(figure)) for size, figure in line.points]
        out.append(f'<path d="M{" ".join(f"{a} {b}" for a, b in places)}" fill="none" stroke="{colour}" stroke-width="2"/>')  # fmt: skip
        out += [f'<circle cx="{a}" cy="{b}" r="3" fill="{colour}"/>' for a, b in places]
        steep = slope(line.points)
        said = line.name if steep is None else f"{line.name}: {steep:+.2f}"
        out.append(f'<text x="{places[-1][0] + 10}" y="{below + 4}" fill="{colour}">{escape(said)}</text>')  # fmt: skip
    return "".join(out)


def _powers(values: Sequence[float]) -> range:
    """The powers of ten around the values, two at least."""
    lowest = math.floor(math.log10(min(values)))
    return range(lowest, max(lowest + 1, math.ceil(math.log10(max(values)))) + 1)


def _size(power: int) -> str:
    return f"{10**power:,}".replace(",", " ") if power >= 0 else f"{10.0**power:g}"


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--vendor", default="postgresql", choices=("postgresql", "sqlite"))
    vendor = parser.parse_args().vendor
    drawn = panels(vendor)
    if not drawn:
        harness.say("nothing was measured at several sizes yet")
        return 1
    path = harness.RESULTS / f"growth-{vendor}.svg"
    path.write_text(draw(drawn), encoding="utf-8")
    for each in drawn:
        harness.say(each.title)
        for line in each.lines:
            harness.say(f"  {line.name}: {slope(line.points)}")
    harness.say(f"drawn: {path.relative_to(harness.ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
