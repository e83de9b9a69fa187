"""Lists on paper."""

import re
import subprocess
from decimal import Decimal

import pytest

from dashboards.files import printed
from dashboards.files.document import Document, Table, bare


def test_a_heading_stands_right_over_its_figures_and_left_over_words(tmp_path):
    rows = [["第一项", 1234567], ["第二项", None]]
    document = Document("清单", [Table("表", ["事项", "人数"], rows, 2)])
    path = tmp_path / "list.pdf"

    assert printed.write(document, path, lambda done: None) == "pdf"

    words = subprocess.run(
        ["pdftotext", "-bbox", path, "-"], check=True, capture_output=True, text=True
    ).stdout
    edges = {
        word: (round(float(left)), round(float(right)))
        for left, right, word in re.findall(
            r'<word xMin="([\d.]+)" yMin="[\d.]+" xMax="([\d.]+)" yMax="[\d.]+">([^<]+)<', words
        )
    }
    assert edges["人数"][1] == edges["1234567"][1]
    assert edges["事项"][0] == edges["第一项"][0]


@pytest.mark.parametrize(("amount", "said"), [("24.00", "24"), ("9.50", "9.5"), ("0.00", "0")])
def test_an_amount_in_a_list_has_no_noughts_behind(amount, said):
    assert str(bare(Decimal(amount))) == said
