"""Questions written as a spreadsheet, and the template people fill in."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Final

from xlsxwriter import Workbook

from exams.engine import items as it
from exams.engine.formats.answers import DIFFICULTY_NAMES
from exams.engine.formats.base import (
    Collector,
    Note,
    Refused,
    Writing,
    place_of,
)
from exams.engine.formats.xlsx.columns import COLUMNS, TYPE_NAMES, cells_of
from exams.engine.formats.xlsx.rows import plain_of_row

WRITTEN = (
    ["编号", "题型", "题干"]
    + [f"选项{letter}" for letter in "ABCDEF"]
    + ["答案", "解析", "分值", "难度", "知识点", "分类", "标签", "依据", "有效期起", "有效期止"]
    + ["计分规则", "倒扣", "所属案例"]
)

CELL_LIMIT: Final = 32_767  # characters, Excel's own


def row_of(record: it.Record) -> dict[str, str]:
    """The columns of a question, with 补充 when they alone would not bring it back."""
    row = cells_of(record)
    if _back(row) != record:
        # Only what the columns do not say, so that whoever changes a cell changes the question.
        plain, said = it.record_to_dict(record), _said(row)
        missing: it.Plain = {k: v for k, v in plain.items() if k != "type" and said.get(k) != v}
        missing |= dict.fromkeys(said.keys() - plain.keys())
        row["补充"] = json.dumps(missing, ensure_ascii=False)
        if _back(row) != record:
            row["补充"] = json.dumps(plain, ensure_ascii=False)
    return row


def _said(row: dict[str, str]) -> it.Plain:
    """What the columns say in the exchange form; where they alone make no question, the plain facts."""
    back = _back(row)
    if back is not None:
        return it.record_to_dict(back)
    said: it.Plain = {"stem": row.get("题干", "").strip()}
    for name, key in (("编号", "code"), ("解析", "explanation"), ("知识点", "knowledge_point"),
                      ("分类", "category"), ("有效期起", "valid_from"), ("有效期止", "valid_to")):  # fmt: skip
        if name in row:
            said[key] = row[name].strip()
    return said


def _back(row: dict[str, str]) -> it.Record | None:
    """What a reader would make of a row."""
    options = [row.get(f"选项{letter}", "") for letter in it.LETTERS]
    cells = {
        COLUMNS[name.casefold()]: value.strip()
        for name, value in row.items()
        if name.casefold() in COLUMNS
    }
    points = {"points": cells["points"]} if cells.get("points") else {}
    try:
        return it.record_from_dict(plain_of_row(cells, options, "", Collector()) | points)
    except (Refused, it.InvalidItem):
        return None


def write(records: Sequence[it.Record]) -> Writing:
    """A workbook of these questions, one row each; lossless."""
    return _book([row_of(record) for record in records], records, template=False)


def template() -> bytes:
    """An empty workbook with headers, lists to choose from, examples and an explanation."""
    return _book([], [], template=True).content


_EXAMPLES = [
    {"题型": "单选题", "题干": "党的根本宗旨是（　）。", "选项A": "全心全意为人民服务", "选项B": "实事求是", "选项C": "独立自主", "选项D": "群众路线", "答案": "A", "解析": "见党章总纲。", "难度": "易", "知识点": "党的宗旨", "分类": "党章党规/党章"},
    {"题型": "多选题", "题干": "“四风”包括（　）。", "选项A": "形式主义", "选项B": "官僚主义", "选项C": "享乐主义", "选项D": "奢靡之风", "答案": "ABCD", "难度": "较易", "分类": "党章党规/纪律", "计分规则": "少选得一半"},
    {"题型": "判断题", "题干": "预备党员的预备期为一年。", "答案": "对", "难度": "易", "分类": "党章党规/党章"},
    {"题型": "填空题", "题干": "党的二十大于____年____月召开。", "答案": "2022/二〇二二；10/十", "难度": "中", "分类": "党史"},
    {"题型": "数值题", "题干": "1 168 除以 1 343，用百分数表示，保留两位小数。", "答案": "86.97±0.01%", "难度": "中", "分类": "能力"},
    {"题型": "匹配题", "题干": "请把会议与年份连起来。", "选项A": "1928", "答案": "遵义会议——1935\n古田会议——1929", "难度": "中", "分类": "党史"},
    {"题型": "排序题", "题干": "请按发展党员的先后排序。", "选项A": "确定发展对象", "选项B": "递交入党申请书", "选项C": "预备党员转正", "选项D": "确定入党积极分子", "答案": "BDAC", "难度": "中", "分类": "党章党规/发展党员"},
    {"题型": "简答题", "题干": "简述“三会一课”。", "答案": "支部党员大会（2分）\n支部委员会（2分）\n党小组会（2分）\n党课（2分）", "难度": "中", "分类": "党章党规/组织生活"},
    {"题型": "论述题", "题干": "联系实际，谈谈如何落实全面从严治党责任。", "答案": "从责任主体、制度、监督三方面展开。", "难度": "难", "分类": "党建"},
    {"题型": "案例题", "编号": "AL-001", "题干": "某支部一年未开支部党员大会，书记说大家都忙。", "难度": "较难", "分类": "党章党规/组织生活"},
    {"题型": "单选题", "所属案例": "AL-001", "题干": "支部党员大会一般多久召开一次？", "选项A": "每季度", "选项B": "每年", "答案": "A", "分值": "1"},
    {"题型": "简答题", "所属案例": "AL-001", "题干": "应当如何整改？", "答案": "补开会议\n健全制度", "分值": "2"},
]  # fmt: skip
_HELP = [
    "一行一道题；“题型”“题干”“答案”必填，其余可空。第一行是表头，列的先后不限，可以增删选项列。",
    "题型：单选题、多选题、判断题、填空题、数值题、匹配题、排序题、简答题、论述题、案例题。",
    "单选题、多选题：答案写选项字母，如 B、ACD。判断题：对、错、√、×、正确、错误均可。",
    "填空题：题干用四个以上下划线表示空；几个空的答案用分号隔开，同一空的几种写法用斜线隔开。比对时不计全角半角、标点、空格、繁简和数字写法。",
    "数值题：86.97±0.01%，或 3.141~3.142。匹配题：每行一对“左——右”，多余的右项写在选项列。排序题：选项任意排列，答案写正确的字母顺序。",
    "简答题：每行一个要点，末尾可写（2分）。论述题：答案为参考答案，由人阅卷。",
    "案例题：先写案例一行并给编号，随后各小题一行，“所属案例”填这个编号，“分值”为各小题的比重。",
    "分值（可空）：组卷时默认给这道题的分数，试卷上可以另定。",
    "计分规则（可空）：多选题用少选得一半、全对得分、每选对一项得分、对减错；填空题用每空得分、全对得分、不分顺序。",
    "难度：易、较易、中、较难、难，或 1 至 5。分类用斜线分层，没有的分类会自动建立。依据：每行写“文号或标题#条款锚点”。",
]


def _book(rows: list[dict[str, str]], records: Sequence[it.Record], *, template: bool) -> Writing:
    losses: list[Note] = []
    stream = io.BytesIO()
    book = Workbook(
        stream,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    sheet = book.add_worksheet("试题")
    letters = sorted(
        {name[2:] for row in rows for name in row if name.startswith("选项")} | set("ABCDEF")
    )
    headers = [h for h in WRITTEN if not h.startswith("选项")]
    headers[3:3] = [f"选项{letter}" for letter in letters]
    if any("补充" in row for row in rows):
        headers.append("补充")
    bold = book.add_format(
        {"bold": True, "bg_color": "#F3EEE5", "border": 1, "border_color": "#E4DDD2"}
    )
    wrap = book.add_format({"text_wrap": True, "valign": "top"})
    for column, header in enumerate(headers):
        sheet.write_string(0, column, header, bold)
        width = {"题干": 50, "解析": 30, "答案": 24, "分类": 20, "知识点": 16, "依据": 24}.get(
            header, 12
        )
        sheet.set_column(column, column, width, wrap)
    sheet.freeze_panes(1, 3)
    for number, row in enumerate(_EXAMPLES if template else rows, 1):
        for name, value in row.items():
            if len(value) > CELL_LIMIT:
                losses.append(
                    Note(
                        place_of(records[number - 1], number),
                        "not_carried",
                        (("value", f"{name}, {len(value)}"),),
                    )
                )
            sheet.write_string(number, headers.index(name), value[:CELL_LIMIT])
    if template:
        most = 5000
        for header, choices in (
            ("题型", list(TYPE_NAMES.values())),
            ("难度", list(DIFFICULTY_NAMES.values())),
        ):
            column = headers.index(header)
            sheet.data_validation(1, column, most, column, {"validate": "list", "source": choices})
        text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
        sheet.set_column(headers.index("答案"), headers.index("答案"), 24, text)
        helping = book.add_worksheet("填写说明")
        helping.set_column(0, 0, 110, wrap)
        for number, line in enumerate(_HELP):
            helping.write_string(number, 0, line)
    book.close()
    return Writing(stream.getvalue(), tuple(losses))
