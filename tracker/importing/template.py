"""The workbook people fill in: the headings the import knows, choices to pick from, an example (Chinese)."""

from people.importing.workbook import Sheet, to_fill_in
from tracker.importing.hours import COLUMNS, FORMS_IN_CHINESE, REQUIRED

_FORMS = [words[0] for words in FORMS_IN_CHINESE.values()]
_NOTES = (
    ("带 * 的列", "必须填写；学时、学分、培训天数三列至少填一列。"),
    ("工号、姓名", "两者须与花名册一致；姓名中的空格和间隔号不影响核对。"),
    ("学习形式", "、".join(_FORMS) + "。"),
    ("培训机构", "填机构名称或机构代码；由培训机构确认的学习必须填写。"),
    ("日期", "写作 2026-03-02；只有一天的，结束日期可以空着。"),
    ("培训天数", "不能多于起止日期之间的天数。"),
    ("确认方", "可以空着，按学习形式取默认值；在职自学由所在单位确认。"),
    ("原记录编号", "原平台或纸质登记的编号，可以空着；内容完全相同的两条记录靠它区分。"),
    ("公式", "请勿使用公式，单元格里填写数值本身。"),
)
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
    """An XLSX file with one list and a second sheet that explains it."""
    sheet = Sheet(
        "学时",
        COLUMNS,
        REQUIRED,
        choices={
            "bucket": _FORMS,
            "confirmer": ["培训机构", "所在单位", "主办单位", "网络平台"],
        },
        days={"first_day", "last_day"},
        texts={"staff_number", "record_number"},
        widths={"title": 36, "institution": 26, "note": 34},
    )
    example = [
        (headings[0], str(value))
        for headings, value in zip(COLUMNS.values(), _EXAMPLE, strict=True)
    ]
    return to_fill_in([sheet], [*_NOTES, ("", ""), ("示例", ""), *example])
