"""The workbook people fill in: one sheet for units, one for persons, and one that explains them (Chinese)."""

from typing import Any

from django.utils import translation

from people.enums import Authority, DutyKind, OrgKind, Rank, Stage
from people.importing.roster import (
    PERSON_COLUMNS,
    PERSON_REQUIRED,
    UNIT_COLUMNS,
    UNIT_REQUIRED,
)
from people.importing.workbook import Sheet, to_fill_in

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
    if column == "leading":
        return ["是", "否"]
    with translation.override("zh-hans"):
        choices: Any = _CHOICES.get(column, ())
        return [str(choice.label) for choice in choices]


def roster_template() -> bytes:
    """An XLSX file with the headings of both lists, choices to pick from, and what they mean."""
    lists = (
        ("人员", PERSON_COLUMNS, PERSON_REQUIRED),
        ("单位", UNIT_COLUMNS, UNIT_REQUIRED),
    )
    sheets = [
        Sheet(
            title,
            columns,
            required,
            choices={name: _words(name) for name in columns},
            days=_DAYS,
            texts=columns,
        )
        for title, columns, required in lists
    ]
    return to_fill_in(sheets, _NOTES)
