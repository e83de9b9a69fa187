"""The import contracts hold, and each of them catches the violation it is there for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
APPS = [
    "people",
    "notices",
    "content",
    "tracker",
    "exams",
    "classes",
    "courses",
    "certificates",
    "dashboards",
]
pytestmark = pytest.mark.slow

# (file to plant it in, the line, the contract that must name it)
PLANTED = [
    ("people/queries.py", "import tracker.queries", "Apps import only the apps below"),
    ("content/queries/pages.py", "import tracker.queries", "Apps import only the apps below"),
    ("tracker/operations/ledger.py", "import exams.queries", "Apps import only the apps below"),
    ("exams/operations/bank.py", "import courses.queries", "Apps import only the apps below"),
    ("tracker/models/ledger.py", "import tracker.operations", "Inside an app"),
    ("people/queries.py", "import people.operations", "Inside an app"),
    ("courses/operations/study.py", "import exams.models", "Only exams imports exams.models"),
    ("certificates/views.py", "import classes.models", "Only classes imports classes.models"),
    ("certificates/views.py", "import notices.models", "Only notices imports notices.models"),
    ("exams/operations/bank.py", "import classes.queries", "Apps import only the apps below"),
    ("notices/queries.py", "import tracker.queries", "Apps import only the apps below"),
    ("classes/rules.py", "import django.db", "The cores know no framework"),
    ("notices/rules.py", "import django.db", "The cores know no framework"),
    (
        "dashboards/views/overview.py",
        "import tracker.models",
        "Only tracker imports tracker.models",
    ),
    (
        "dashboards/views/overview.py",
        "import courses.models",
        "Only courses imports courses.models",
    ),
    (
        "dashboards/views/overview.py",
        "import content.models",
        "Only content imports content.models",
    ),
    (
        "dashboards/views/overview.py",
        "import certificates.models",
        "Only certificates imports certificates.models",
    ),
    ("exams/engine/scoring.py", "import django.db", "The cores know no framework"),
    ("tracker/rules/__init__.py", "import django.utils.timezone", "The cores know no framework"),
    ("courses/study_time.py", "import rest_framework", "The cores know no framework"),
    ("content/articles/__init__.py", "import wagtail.models", "The cores know no framework"),
    ("tracker/verify_ledger.py", "import django.db", "The cores know no framework"),
    ("content/words.py", "import django.db", "The cores know no framework"),
]


def _lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-logo", "--no-cache"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for app in APPS:
        shutil.copytree(
            ROOT / app,
            folder / app,
            ignore=shutil.ignore_patterns("static", "templates", "locale", "__pycache__"),
        )
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def test_the_house_keeps_its_contracts(copy):
    answer = _lint(copy)
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize(("file", "line", "contract"), PLANTED, ids=lambda value: str(value)[:40])
def test_a_planted_violation_is_caught_by_its_contract(copy, file, line, contract):
    target = copy / file
    original = target.read_text()
    target.write_text(f"{original}\n{line}\n")
    try:
        answer = _lint(copy)
    finally:
        target.write_text(original)

    assert answer.returncode == 1
    # The report wraps long names; the space between words is not the point.
    broken = " ".join(answer.stdout.partition("Broken contracts")[2].split())
    assert contract in broken, answer.stdout
