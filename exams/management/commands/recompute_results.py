"""``manage.py recompute_results [EXAM ...]``: are the stored results what the marking says (E6)?

Every graded attempt is marked anew from paper, final answers, marks by hand and corrected keys.
Differences are printed as JSON lines and nothing is changed. Exit status 1 when there is one.
"""

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exams import queries
from exams.models import Exam


class Command(BaseCommand):
    help = "Mark every graded attempt anew and name those whose stored result differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("exams", nargs="*", type=int, metavar="EXAM", help="ids; default all")

    def handle(self, *args: Any, **options: Any) -> None:
        wanted = options["exams"]
        exams = Exam.objects.order_by("pk")
        if wanted:
            exams = exams.filter(pk__in=wanted)
            unknown = sorted(set(wanted) - set(exams.values_list("pk", flat=True)))
            if unknown:
                raise CommandError(f"There is no exam {', '.join(map(str, unknown))}.")
        looked, wrong = 0, 0
        for exam in exams:
            looked += queries.graded_count(exam.pk)
            for anew in queries.wrong_results(exam):
                wrong += 1
                held = anew.attempt
                line = {
                    "exam": exam.pk,
                    "attempt": str(held.pk),
                    "stored": [str(held.score), str(held.worth), held.passed],
                    "recomputed": [str(anew.graded.points), str(anew.graded.worth), anew.passed],
                }
                self.stdout.write(json.dumps(line, ensure_ascii=False))
        self.stderr.write(f"{looked} results looked at, {wrong} differ.")
        if wrong:
            sys.exit(1)
