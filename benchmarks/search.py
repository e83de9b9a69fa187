"""How well and how fast the library is searched: ``python -m benchmarks.search``.

Three measurements, each on SQLite or, with ``DATABASE_URL``, on PostgreSQL:

``--squad FILE``     questions in the form of SQuAD (``data`` → ``paragraphs`` → ``context`` and ``qas``): is the passage
                     that answers the question found first, is it among the first ten?
``--relevance``      the queries of ``search_relevance.json`` over the texts of a folder (``--texts``): recall@10, MRR
``--size N …``       the time of a search among N entries the size of an article
Without any of these: relevance and size, as far as their input is there.
"""

import json
import random
import statistics
import sys
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks import harness

RELEVANCE = Path(__file__).with_name("search_relevance.json")
FIRST_TEN = 10


def passages_of(file: Path) -> tuple[list[tuple[str, str]], list[tuple[str, int]]]:
    """The passages (title, text) of a set in the form of SQuAD and its questions (words, passage's index).

    The same text under two names is one passage: either is the answer.
    """
    passages: list[tuple[str, str]] = []
    questions: list[tuple[str, int]] = []
    known: dict[str, int] = {}
    for part in json.loads(file.read_text("utf-8"))["data"]:
        for paragraph in part["paragraphs"]:
            text = paragraph["context"]
            title = paragraph.get("title") or part.get("title") or ""
            if text not in known:
                known[text] = len(passages)
                passages.append((title, text))
            questions += [(qa["question"], known[text]) for qa in paragraph["qas"]]
    return passages, questions


def squad(file: Path, *, titles: bool) -> dict[str, Any]:
    """Find the passages; the shares of questions whose passage is first, and in the first ten."""
    passages, questions = passages_of(file)
    ids = fill([(title if titles else "", text) for title, text in passages])
    ranks, times = [], []
    for words, passage in questions:
        found, spent = timed(lambda words=words: found_for(words))
        times.append(spent)
        ranks.append(found.index(ids[passage]) + 1 if ids[passage] in found[:FIRST_TEN] else 0)
    return {
        "set": file.name,
        "titles": titles,
        "passages": len(passages),
        "questions": len(questions),
        "first": round(100 * sum(rank == 1 for rank in ranks) / len(ranks), 1),
        "first_ten": round(100 * sum(rank > 0 for rank in ranks) / len(ranks), 1),
        "mrr": round(sum(1 / rank for rank in ranks if rank) / len(ranks), 4),
        **percentiles(times),
    }


def fill(passages: Sequence[tuple[str, str]]) -> list[int]:
    """Write the passages into an emptied index as pages of one kind; their entry ids, in order."""
    operations, models = import_module("content.operations"), import_module("content.models")
    transaction = import_module("django.db.transaction")
    fulltext = import_module("content.fulltext")
    root = import_module("wagtail.models").Page.objects.first()
    rows = []
    for number, (title, text) in enumerate(passages):
        entry = models.IndexEntry(
            page_id=root.pk,
            anchor=f"n{number}",
            kind="lesson",
            title=title[:300],
            text=text,
            public=True,
        )
        rows.append(operations.Indexed(entry, title, text))
    with transaction.atomic():
        models.IndexEntry.objects.all().delete()
        fulltext.clear()
        for start in range(0, len(rows), 2000):
            operations.store(rows[start : start + 2000])
    analyse()
    return [row.entry.pk for row in rows]


def analyse() -> None:
    connection = import_module("django.db").connection
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def found_for(words: str) -> list[int]:
    """Entry ids, best first, as the page of search orders them."""
    queries, fulltext = import_module("content.queries"), import_module("content.fulltext")
    return [found.pk for found in queries.places_for(words, fulltext.Narrowed(), enough=FIRST_TEN)]


def timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = work()
    return found, (time.perf_counter() - began) * 1000


def percentiles(times: list[float]) -> dict[str, float]:
    """Median, 95th and highest of milliseconds."""
    ordered = sorted(times)
    return {
        "p50_ms": round(statistics.median(ordered), 1),
        "p95_ms": round(ordered[int(len(ordered) * 0.95)], 1),
        "max_ms": round(ordered[-1], 1),
    }


# --- relevance over real texts --------------------------------------------------------------------


def relevance(folder: Path) -> dict[str, Any]:
    """Import the texts, ask the queries, compare with the places a reader expects.

    A query names its file and, as ``at``, the anchor of the place meant, "" for the text itself.
    """
    operations, models = import_module("content.operations"), import_module("content.models")
    timezone = import_module("django.utils.timezone")
    asked = json.loads(RELEVANCE.read_text("utf-8"))["queries"]
    pages: dict[str, int] = {}
    for file in sorted(folder.glob("*.txt")):
        imported = operations.import_policy(
            file.read_bytes(), source_name=file.name, now=timezone.now()
        )
        operations.publish_without_review(imported.page.pk, now=timezone.now())
        pages[file.name[:3]] = imported.page.pk
    analyse()
    recalls, reciprocal, times, missed = [], [], [], []
    for query in asked:
        found, spent = timed(partial(found_for, query["q"]))
        times.append(spent)
        places = models.IndexEntry.objects.in_bulk(found[:FIRST_TEN])
        rank = next(
            (n for n, pk in enumerate(found[:FIRST_TEN], 1) if _is_meant(places[pk], query, pages)),
            0,
        )
        recalls.append(float(rank > 0))
        reciprocal.append(1 / rank if rank else 0.0)
        if not rank:
            missed.append(query["q"])
    return {
        "queries": len(asked),
        "places": models.IndexEntry.objects.count(),
        "recall_at_10": round(statistics.mean(recalls), 4),
        "mrr": round(statistics.mean(reciprocal), 4),
        "missed": missed,
        **percentiles(times),
    }


def _is_meant(entry: Any, query: dict[str, str], pages: dict[str, int]) -> bool:
    """Whether the entry is the place meant or stands inside it; a whole text is meant by its own entry alone."""
    if entry.page_id != pages[query["file"]]:
        return False
    at = query["at"]
    return bool(entry.anchor == at or (at and entry.anchor.startswith(f"{at}-")))


# --- time at size -----------------------------------------------------------------------------------


def at_size(size: int, sources: Iterable[str]) -> list[dict[str, Any]]:
    """Times of searches among entries made of sentences drawn from the sources."""
    chance = random.Random(7)  # noqa: S311 - repeatable, not secret
    sentences = [
        sentence + "。"
        for text in sources
        for sentence in text.replace("\n", "").split("。")
        if 8 < len(sentence) < 120
    ]
    passages = [
        (chance.choice(sentences)[:20], "".join(chance.choices(sentences, k=7)))
        for _ in range(size)
    ]
    began = time.perf_counter()
    fill(passages)
    filled = time.perf_counter() - began
    kinds = {
        "two characters": lambda: pair(chance.choice(sentences), chance),
        "a phrase": lambda: cut(chance.choice(sentences), 6, chance),
        "two words": lambda: (
            f"{pair(chance.choice(sentences), chance)} {pair(chance.choice(sentences), chance)}"
        ),
        "a question": lambda: cut(chance.choice(sentences), 18, chance) + "是什么？",
        "one character": lambda: chance.choice(chance.choice(sentences)),
        "nothing there": lambda: "鑫淼" + cut(chance.choice(sentences), 2, chance),
    }
    rows = misspelt(size, sentences, chance)
    for name, make in kinds.items():
        found_for(make())
        times = [timed(partial(found_for, make()))[1] for _ in range(40)]
        rows.append(
            {"entries": size, "asked": name, **percentiles(times), "fill_s": round(filled, 1)}
        )
    return rows


def misspelt(size: int, sentences: Sequence[str], chance: random.Random) -> list[dict[str, Any]]:
    """Times of the page's search for words with one character that only sounds right, and of what it costs alone.

    ``found`` is the share for which the word meant was offered.
    """
    queries, nearest = import_module("content.queries"), import_module("content.nearest")
    reader = SimpleNamespace(is_authenticated=True)
    rows = []
    for name, length in (("two characters", 2), ("four characters", 4), ("ten characters", 10)):
        plain, forgiving, meant = [], [], 0
        for _ in range(40):
            word = cut(chance.choice(sentences), length, chance)
            at = chance.randrange(len(word))
            other = chance.choice(nearest.sounding_like(word[at]) or word[at])
            typed = word[:at] + other + word[at + 1 :]
            plain.append(timed(lambda typed=typed: queries.search(reader, typed))[1])
            found, spent = timed(lambda typed=typed: queries.search_forgiving(reader, typed))
            forgiving.append(spent)
            meant += found.meant == word
        rows.append(
            {
                "entries": size,
                "asked": f"misspelt, {name}",
                **percentiles(forgiving),
                "without_p50_ms": percentiles(plain)["p50_ms"],
                "without_p95_ms": percentiles(plain)["p95_ms"],
                "found": round(meant / 40, 2),
            }
        )
    return rows


def pair(sentence: str, chance: random.Random) -> str:
    return cut(sentence, 2, chance)


def cut(sentence: str, length: int, chance: random.Random) -> str:
    begin = chance.randrange(max(1, len(sentence) - length))
    return sentence[begin : begin + length]


def written_here() -> list[str]:
    """The project's own Chinese prose, when there are no other texts."""
    return [
        file.read_text("utf-8")
        for pattern in ("docs/guides/*.md", "demo/material/**/*.txt", "demo/material/**/*.md")
        for file in harness.ROOT.glob(pattern)
    ]


def main() -> int:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("--squad", type=Path, action="append", default=[])
    parser.add_argument("--titles", action="store_true", help="--squad: index the titles as well")
    parser.add_argument("--relevance", action="store_true")
    parser.add_argument("--texts", type=Path, help="folder with the five texts for --relevance")
    parser.add_argument("--size", type=int, nargs="+", default=[])
    parser.add_argument("--name", default="")
    asked = parser.parse_args()
    everything = not (asked.squad or asked.relevance or asked.size)
    result: dict[str, Any] = {}
    with harness.site() as site:
        if asked.squad:
            result["squad"] = [squad(file, titles=asked.titles) for file in asked.squad]
        if asked.size or everything:
            sources = [f.read_text("utf-8") for f in sorted((asked.texts or Path()).glob("0*.txt"))]
            sizes = sorted(asked.size or [50_000])
            result["size"] = [
                row for size in sizes for row in at_size(size, sources or written_here())
            ]
        if (asked.relevance or everything) and asked.texts:
            today = import_module("django.utils.timezone").localdate()
            import_module("content.operations").rebuild_index(today=today)
            result["relevance"] = relevance(asked.texts)
        name = asked.name or f"search_{site.vendor}"
        harness.say(json.dumps(result, ensure_ascii=False, indent=1))
        if everything or asked.name:
            (harness.RESULTS / f"{name}.json").write_text(
                json.dumps(result, ensure_ascii=False, indent=1) + "\n", "utf-8"
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
