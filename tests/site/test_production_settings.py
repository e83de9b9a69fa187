"""What production refuses to start with, and how it says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "SECRET_KEY": "a-key-of-exactly-fifty-characters-0123456789abcdef",
    "ALLOWED_HOSTS": "study.example.org",
    "SITE_URL": "https://study.example.org",
}


def checked(given):
    return subprocess.run(
        [sys.executable, ROOT / "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        capture_output=True,
        text=True,
        env={
            "PATH": os.environ["PATH"],
            "DJANGO_SETTINGS_MODULE": "config.settings.production",
            **given,
        },
        check=False,
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"SECRET_KEY": ""}, "Set SECRET_KEY in the environment; production does not guess it."),
        (
            {"SECRET_KEY": "a-key-of-one-character-less-than-fifty-0123456789"},
            "SECRET_KEY must be a secret of at least 50 characters.",
        ),
        (
            {"SECRET_KEY": "dev-only-not-a-secret-0f1e2d3c4b5a69788796a5b4c3d2e1f0"},
            "SECRET_KEY must be a secret of at least 50 characters.",
        ),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts; '*' lets any name through."),
        (
            {"SITE_URL": "study.example.org"},
            "SITE_URL must begin with https://; cookies are sent no other way.",
        ),
        ({"TRUSTED_PROXIES": "one"}, "TRUSTED_PROXIES must be a whole number, not 'one'."),
        (
            {"DATABASE_URL": "mysql://x@y/z"},
            "DATABASE_URL must begin with postgres:// (or be left out).",
        ),
        (
            {"EMAIL_HOST": "mail.example.org"},
            "Set DEFAULT_FROM_EMAIL in the environment; production does not guess it.",
        ),
    ],
)
def test_production_names_what_it_cannot_start_with(change, said):
    refused = checked({**SOUND, **change})

    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].endswith(f"ImproperlyConfigured: {said}")


def test_production_starts_with_what_the_operations_page_asks_for_and_no_check_complains():
    answer = checked(SOUND)

    assert (answer.returncode, answer.stderr) == (0, "")


def options_with(database_url):
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "from config.settings.production import DATABASES; import json;"
            " print(json.dumps(DATABASES['default']['OPTIONS']))",
        ],
        capture_output=True,
        text=True,
        env={
            **SOUND,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{ROOT}:{ROOT / 'site'}",
            "DATABASE_URL": database_url,
        },
        check=True,
    )
    return json.loads(said.stdout)


def test_what_the_address_of_the_database_asks_for_is_kept():
    """Certificates of the server above all: a site that forgets them talks in the clear."""
    asked = "postgres://u@host/name?sslmode=verify-full&sslrootcert=/etc/ca.pem"
    options = options_with(asked)
    assert options["sslmode"] == "verify-full"
    assert options["sslrootcert"] == "/etc/ca.pem"
    assert options["options"] == "-c random_page_cost=1.1"
    own = options_with("postgres://u@host/name?options=-c%20random_page_cost%3D4")
    assert own["options"] == "-c random_page_cost=4"
