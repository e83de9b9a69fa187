"""The look keeps its promises: one set of tokens, readable colours, no inline style, known icons."""

import re
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.contrib.staticfiles.storage import StaticFilesStorage
from django.template.loader import render_to_string
from django.utils import translation

from config.navigation import GROUPS  # noqa: TID251  the rail is part of the shell
from config.static_files import PlainFiles  # noqa: TID251  so are its styles

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "site" / "static"
TOKENS = (STATIC / "css" / "tokens.css").read_text()
APPS = [
    "people", "content", "tracker", "exams", "classes", "courses", "certificates", "dashboards", "notices",
]  # fmt: skip
TEMPLATES = sorted(
    path
    for folder in [ROOT / "site" / "templates", *(ROOT / app / "templates" for app in APPS)]
    for path in folder.rglob("*.html")
)


def _tokens(selector: str, css: str = TOKENS) -> dict[str, str]:
    """The declarations of the first block whose selector ends with the text given."""
    block = css[css.index(f"{selector} {{") :]
    block = block[block.index("{") + 1 : block.index("}")]
    return dict(re.findall(r"--([\w-]+): ([^;]+);", block))


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two #rrggbb colours. Source: WCAG 2.2, relative luminance."""
    light, dark = sorted([_luminance(one), _luminance(other)], reverse=True)
    return (light + 0.05) / (dark + 0.05)


LIGHT = _tokens(":root")
THEMES = {
    "light": LIGHT,
    "dark": LIGHT | _tokens(':root[data-theme="dark"]'),
    "contrast": LIGHT | _tokens(':root[data-theme="contrast"]'),
}
WORDS = ["ink", "ink-2", "accent"]
STATES = ["met", "on-course", "short", "overdue", "exempt"]


def test_contrast_of_black_on_white_is_21_and_of_a_pale_grey_too_little():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#999999", "#ffffff") < 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["paper", "surface", "sunken"])
def test_words_stand_out_from_every_ground(theme, ground):
    tokens = THEMES[theme]
    for name in [*WORDS, *(f"{state}-ink" for state in STATES)]:
        assert contrast(tokens[name], tokens[ground]) >= 4.5, (theme, name, ground)


@pytest.mark.parametrize("theme", THEMES)
def test_shapes_controls_and_buttons_stand_out(theme):
    tokens = THEMES[theme]
    for name in [*STATES, "control", "focus"]:
        assert contrast(tokens[name], tokens["paper"]) >= 3, (theme, name)
        assert contrast(tokens[name], tokens["surface"]) >= 3, (theme, name)
    for state in STATES:
        assert contrast(tokens[f"{state}-ink"], tokens[f"{state}-wash"]) >= 4.5, (theme, state)
    assert contrast(tokens["on-accent"], tokens["accent-fill"]) >= 4.5
    assert contrast(tokens["accent"], tokens["accent-wash"]) >= 4.5


def test_the_system_and_the_switch_give_the_same_dark_and_the_same_contrast():
    dark_by_system = _tokens(':root:not([data-theme="light"], [data-theme="contrast"])')
    contrast_by_system = _tokens(':root[data-theme="light"]')

    assert dark_by_system == _tokens(':root[data-theme="dark"]')
    assert contrast_by_system == _tokens(':root[data-theme="contrast"]')


def test_every_token_that_is_used_exists():
    defined = set(re.findall(r"--([\w-]+):", TOKENS))
    sheets = [*(STATIC / "css").glob("*.css")]
    for app in APPS:
        sheets += (ROOT / app / "static").rglob("*.css")
    unknown = []
    for sheet in sheets:
        css = sheet.read_text()
        known = (
            defined | set(re.findall(r"--([\w-]+):", css)) | {"state", "state-ink", "state-wash"}
        )
        # Names with "w-" are Wagtail's own.
        used = re.findall(r"var\(--(?!w-)([\w-]+)", css)
        unknown += [(sheet.name, name) for name in used if name not in known]
    assert unknown == []


class _Inline(HTMLParser):
    """Collects what the content security policy refuses."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag == "style":
            self.found.append("<style>")
        names = [name for name, _ in attrs]
        self.found += [
            f"<{tag} {name}>" for name in names if name == "style" or name.startswith("on")
        ]
        kind = dict(attrs).get("type", "")
        if tag == "script" and "src" not in names and kind != "application/json":
            self.found.append("<script> without src")


def _inline(html: str) -> list[str]:
    parser = _Inline()
    # Template tags inside a start tag are not HTML.
    parser.feed(re.sub(r"\{%.*?%\}|\{#.*?#\}", "", html, flags=re.DOTALL))
    return parser.found


@pytest.mark.parametrize(
    "html", ['<p style="x">', '<a onclick="x">', "<style>", "<script>x</script>"]
)
def test_the_search_for_inline_code_finds_a_planted_one(html):
    assert _inline(html)


def test_no_template_carries_inline_style_or_script():
    # A printed document (PDF) is no page of the site: it has its own style and no browser.
    pages = [path for path in TEMPLATES if "pdf" not in path.parts and "pdf" not in path.stem]
    found = {str(path.relative_to(ROOT)): _inline(path.read_text()) for path in pages}

    assert {path: what for path, what in found.items() if what} == {}


def test_the_way_up_stands_in_a_breadcrumb_and_is_called_one_thing():
    pages = {path.name: path.read_text() for path in TEMPLATES if path.name != "styleguide.html"}
    links = re.compile(r'class="eyebrow">(?:\{%[^%]*%\})*<a ')
    assert [name for name, html in pages.items() if "extends" in html and links.search(html)] == []
    labels = {
        label
        for html in pages.values()
        for label in re.findall(r'class="breadcrumb" aria-label="([^>]*)">', html)
    }
    assert labels == {"{% translate 'You are here' %}"}


def test_nothing_in_a_cell_is_one_short_dash():
    assert [path.name for path in TEMPLATES if re.search("(?<!—)—(?!—)", path.read_text())] == []


def test_on_paper_no_heading_is_left_of_a_form_that_is_not_printed():
    sections = [
        section
        for path in TEMPLATES
        for section in re.split("(?=<section)", path.read_text())
        if "partials/as_of.html" in section
    ]
    assert len(sections) == 3
    assert [each for each in sections if "no-print" not in each] == []


def _sprite() -> set[str]:
    root = ElementTree.fromstring((STATIC / "icons.svg").read_text())  # noqa: S314  our own file
    return {symbol.attrib["id"] for symbol in root.iter("{http://www.w3.org/2000/svg}symbol")}


def test_every_icon_that_a_template_names_is_in_the_sprite():
    sprite = _sprite()
    named = {
        (str(path.relative_to(ROOT)), name)
        for path in TEMPLATES
        for name in re.findall(r'partials/icon\.html"\s+with\s+name="([\w-]+)"', path.read_text())
    }
    assert len(named) > 10
    assert {item for item in named if item[1] not in sprite} == set()


def test_every_icon_of_the_rail_is_in_the_sprite():
    icons = {entry.icon for _, entries in GROUPS for entry in entries}
    assert icons - _sprite() == set()


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "429", "500"])
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_error_page_draws_without_request_session_or_database(code, language):
    with translation.override(language):
        page = render_to_string(f"{code}.html")

    assert f'lang="{language}"' in page
    assert code[:3] in page
    assert 'href="/"' in page


@pytest.mark.parametrize(
    ("value", "shown"), [(9, "9"), (9.0, "9"), (52.5, "52.5"), (9.875, "9.88")]
)
def test_an_amount_shows_no_needless_zero(value, shown):
    assert render_to_string("partials/amount.html", {"n": value}).strip() == shown


def test_the_stacked_bar_lays_its_parts_end_to_end():
    bar = render_to_string(
        "partials/stackbar.html", {"met": 71, "short": 3, "overdue": 4, "total": 86}
    )

    assert 'viewBox="0 0 86 1"' in bar
    assert 'data-state="short" x="71" width="3"' in bar
    assert 'data-state="overdue" x="74" width="4"' in bar
    assert "on_course" not in bar


def test_the_address_of_a_static_file_is_made_once_a_process(monkeypatch):
    made = []
    files = PlainFiles()
    plain = StaticFilesStorage.url
    monkeypatch.setattr(
        StaticFilesStorage, "url", lambda self, name: made.append(name) or plain(self, name)
    )

    assert [files.url("icons.svg") for _ in range(3)] == ["/static/icons.svg"] * 3
    assert made == ["icons.svg"]
