"""The workbook people fill in: the headings the import knows, choices to pick from, an example."""

import io

import xlsxwriter

from tracker.importing.hours import COLUMNS, FORMS_IN_CHINESE, REQUIRED

_WIDTHS = {"title": 36, "institution": 26, "note": 34, "staff_number": 14}
_EXAMPLE = (
    "示例0001",
    "张三",
    "集中培训",
    "春季中层干部培训班",
    "（填机构名称或代码）",
    "2026-03-02",
    "2026-03-06",
    40,
    "",
    5,
    "培训机构",
    "结业证书编号及存放处",
    "",
)


def hours_template() -> bytes:
    """An XLSX file with the headings and a second sheet that explains them (Chinese)."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet("学时")
    needed = book.add_format({"bold": True, "bottom": 1, "font_color": "#9E2A2B"})
    plain = book.add_format({"bold": True, "bottom": 1})
    text = book.add_format({"num_format": "@"})
    day = book.add_format({"num_format": "yyyy-mm-dd"})
    for column, (name, headings) in enumerate(COLUMNS.items()):
        must = name in REQUIRED
        sheet.write_string(
            0, column, headings[0] + ("*" if must else ""), needed if must else plain
        )
        cells = {"staff_number": text, "record_number": text, "first_day": day, "last_day": day}
        sheet.set_column(column, column, _WIDTHS.get(name, 12), cells.get(name))
    names = list(COLUMNS)
    for name, choices in (
        ("bucket", [words[0] for words in FORMS_IN_CHINESE.values()]),
        ("confirmer", ["培训机构", "所在单位", "主办单位", "网络平台"]),
    ):
        column = names.index(name)
        sheet.data_validation(
            1, column, 50_000, column, {"validate": "list", "source": choices, "ignore_blank": True}
        )
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 16)
    notes.set_column(1, 1, 90)
    for row, (topic, said) in enumerate(_NOTES):
        notes.write_string(row, 0, topic, plain)
        notes.write_string(row, 1, said)
    start = len(_NOTES) + 1
    notes.write_string(start, 0, "示例", plain)
    for column, (headings, value) in enumerate(zip(COLUMNS.values(), _EXAMPLE, strict=True)):
        notes.write_string(start + 1 + column, 0, headings[0])
        notes.write_string(start + 1 + column, 1, str(value))
    book.close()
    return buffer.getvalue()


_NOTES = (
    ("带 * 的列", "必须填写；学时、学分、培训天数三列至少填一列。"),
    ("工号、姓名", "两者须与花名册一致；姓名中的空格和间隔号不影响核对。"),
    ("学习形式", "、".join(words[0] for words in FORMS_IN_CHINESE.values()) + "。"),
    ("培训机构", "填机构名称或机构代码；由培训机构确认的学习必须填写。"),
    ("日期", "写作 2026-03-02；只有一天的，结束日期可以空着。"),
    ("培训天数", "不能多于起止日期之间的天数。"),
    ("确认方", "可以空着，按学习形式取默认值；在职自学由所在单位确认。"),
    ("原记录编号", "原平台或纸质登记的编号，可以空着；内容完全相同的两条记录靠它区分。"),
    ("公式", "请勿使用公式，单元格里填写数值本身。"),
)
