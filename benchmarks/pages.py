"""Pages of people who are signed in: ``python -m benchmarks.pages``.

In the demo district: a learner's home, a course, one of its items, and the overview of a
training department; for each the requests a second, the latency and the SQL statements.
"""

import sys
from typing import Any

from benchmarks import harness, load

LEARNER, ADMIN = "QH0001", "QH0003"
COURSE = "/courses/reading-policy-texts/"


class Reader(load.Client):
    """Loads one page over and over."""

    def __init__(self, request: bytes) -> None:
        self.request = request

    def ask(self) -> bytes:
        return self.request


def main() -> int:
    parser = harness.arguments(__doc__ or "", seconds=4.0)
    parser.add_argument("--people", type=int, default=300)
    asked = parser.parse_args()
    rows: list[dict[str, Any]] = []
    with harness.site() as site:
        site.scenes.district(asked.people)
        pages = {
            "home": ("/", LEARNER),
            "course": (COURSE, LEARNER),
            "item": (f"{COURSE}1/", LEARNER),
            "overview": (f"/overview/{site.scenes.top_unit(ADMIN)}/", ADMIN),
        }
        statements = {name: site.scenes.statements_of(*page) for name, page in pages.items()}
        with site.served(workers=asked.workers, threads=asked.threads) as server:
            signed_in = {
                number: harness.Browser(server.port).sign_in(number, site.scenes.DEMO_PASSWORD)
                for number in (LEARNER, ADMIN)
            }
            for name, (path, number) in pages.items():
                status, text = signed_in[number].get(path)
                if status != 200:
                    raise RuntimeError(f"{path} answers {status}")
                readers = [
                    Reader(signed_in[number].request("GET", path)) for _ in range(asked.clients)
                ]
                rows.append(
                    {
                        "page": name,
                        "clients": asked.clients,
                        "statements": statements[name],
                        "kilobytes": round(len(text.encode()) / 1000, 1),
                        **harness.drive(server, readers, asked.seconds),
                    }
                )
            memory = server.memory_mb()
        harness.write(
            asked.name or f"pages-{site.vendor}", site.vendor, rows,
            people=asked.people, server_memory_mib=memory,
        )  # fmt: skip
        harness.say(f"the server holds {memory} MiB after it")
    return 0


if __name__ == "__main__":
    sys.exit(main())
