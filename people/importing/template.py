"""The workbook people fill in: one sheet for units, one for persons, and one that explains them (Chinese)."""

import io
from typing import Any

import xlsxwriter
from django.utils import translation

from people.enums import Authority, DutyKind, OrgKind, Rank, Stage
from people.importing.roster import (
    PERSON_COLUMNS,
    PERSON_REQUIRED,
    UNIT_COLUMNS,
    UNIT_REQUIRED,
)

_CHOICES = {"kind": OrgKind, "rank": Rank, "authority": Authority, "duty": DutyKind, "stage": Stage}
_DAYS = {"post_from", "duty_from", "stage_from", "joined_on"}
_NOTES = (
    ("怎样使用", "单位与人员分两次导入：先把“单位”表另存为一个文件导入，再导入“人员”表。每次只读文件的第一张表。"),
    ("带 * 的列", "必须填写。"),
    ("单位（人员表）", "填单位代码；名称在您的管理范围内没有重复时也可以填名称。"),
    ("职务、任职日期", "填了职务就要填任职日期。已在册的人员，职务或单位与现在不同的，按新的任职登记，原任职到前一天为止。"),
    ("职务层次等四列", "随职务一起登记；没有职务的不填。"),
    ("党内职务、党组织", "党组织不填时，视为所在单位。"),
    ("空着的格子", "表示“不说”，已有的登记不变。名册里没有写到的人不会被停用。"),
    ("再次导入", "同一份文件再导入一次不会重复登记。"),
    ("公式", "请勿使用公式，单元格里填写数值本身。"),
)  # fmt: skip


def _words(column: str) -> list[str]:
    with translation.override("zh-hans"):
        choices: Any = _CHOICES.get(column, ())
        return [str(choice.label) for choice in choices]


def roster_template() -> bytes:
    """An XLSX file with the headings of both lists, choices to pick from, and what they mean."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    needed = book.add_format({"bold": True, "bottom": 1, "font_color": "#9E2A2B"})
    bold = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for title, columns, required in (
        ("人员", PERSON_COLUMNS, PERSON_REQUIRED),
        ("单位", UNIT_COLUMNS, UNIT_REQUIRED),
    ):
        sheet = book.add_worksheet(title)
        for column, (name, headings) in enumerate(columns.items()):
            must = name in required
            sheet.write_string(
                0, column, headings[0] + ("*" if must else ""), needed if must else bold
            )
            sheet.set_column(column, column, 14, day if name in _DAYS else text)
            words = ["是", "否"] if name == "leading" else _words(name)
            if words:
                sheet.data_validation(
                    1, column, 50_000, column, {"validate": "list", "source": words}
                )
        sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 18)
    notes.set_column(1, 1, 100)
    for number, (topic, said) in enumerate(_NOTES):
        notes.write_string(number, 0, topic, bold)
        notes.write_string(number, 1, said)
    book.close()
    return buffer.getvalue()
