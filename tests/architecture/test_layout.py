"""Promises about the whole: what the layout must never become."""

import ast
import re
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_site_is_a_plain_folder_because_a_package_would_replace_the_standard_module():
    assert not (ROOT / "site" / "__init__.py").exists()


def test_git_does_not_ignore_our_settings():
    answer = subprocess.run(
        ["git", "check-ignore", "site/config/settings/base.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 1, "a .gitignore line swallows site/"


def test_the_lock_file_names_no_registry():
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
    for name in ("requirements.txt", "requirements-dev.txt"):
        assert "index-url" not in (ROOT / name).read_text()


def test_every_requirement_is_pinned():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    wanted = [line for line in lines if line and not line.startswith("#")]
    assert wanted
    assert [line for line in wanted if "==" not in line] == []


def test_templates_carry_no_inline_style_or_handler_because_the_policy_forbids_them():
    offences = []
    for template in ROOT.glob("*/templates/**/*.html"):
        text = template.read_text()
        # A PDF is no page: WeasyPrint reads its style sheet from the document itself.
        if template.parent.name == "pdf":
            continue
        offences += [
            f"{template.relative_to(ROOT)}: {sign}"
            for sign in (
                " style=",
                " onclick=",
                " onchange=",
                " onsubmit=",
                "<style",
                "javascript:",
            )
            if sign in text
        ]
    assert offences == []


def test_what_calls_itself_pure_is_held_to_it():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (pure,) = (each for each in contracts["contracts"] if each["id"] == "pure-cores")
    held = tuple(f"{name}." for name in pure["source_modules"])
    said = {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for app in contracts["root_packages"]
        for file in (ROOT / app).rglob("*.py")
        if re.search(r"\bPure[.:]", ast.get_docstring(ast.parse(file.read_text())) or "")
    }

    assert said
    assert sorted(name for name in said if not f"{name}.".startswith(held)) == []
