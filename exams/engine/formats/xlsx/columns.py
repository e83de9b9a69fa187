"""The columns of a sheet: what their headings are called, and a question written into them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from exams.engine import items as it
from exams.engine.formats.answers import DIFFICULTY_NAMES, quantity_said

TYPE_NAMES: Final = {
    "single": "单选题",
    "multiple": "多选题",
    "true_false": "判断题",
    "fill_in": "填空题",
    "numeric": "数值题",
    "matching": "匹配题",
    "ordering": "排序题",
    "short_answer": "简答题",
    "essay": "论述题",
    "case": "案例题",
}
RULE_NAMES: Final = {
    "half": "少选得一半",
    "exact": "全对得分",
    "per_option": "每选对一项得分",
    "balanced": "对减错",
    "weights": "按选项权重",
    "per_blank": "每空得分",
    "per_pair": "每对得分",
    "position": "位置正确得分",
    "neighbours": "相邻正确得分",
}

_HEADERS: Final = {
    "code": "编号 试题编号 题目编号 题号编码 code",
    "type": "题型 试题类型 题目类型 类型 题类 type questiontype",
    "stem": "题干 题目 试题 题目内容 试题内容 题干内容 问题 试题题干 题目描述 stem question questiontext",
    "options": "选项 备选项 备选答案 选项内容 options",
    "answer": "答案 正确答案 标准答案 参考答案 正确选项 试题答案 answer key correctanswer rightanswer",
    "explanation": "解析 答案解析 试题解析 题目解析 分析 解释 说明 explanation",
    "points": "分值 分数 得分 默认分值 points score",
    "difficulty": "难度 难易度 难易程度 难度等级 难度系数 difficulty",
    "knowledge_point": "知识点 考点 所属知识点 考查点",
    "category": "分类 类别 试题分类 所属分类 章节 所属章节 章节名称 目录 题库 所属题库 题库分类 category",
    "tags": "标签 关键词 关键字 tags",
    "cites": "依据 出处 引用条款 依据条款 文件依据",
    "valid_from": "有效期起 有效起 启用日期 生效日期 起用日期",
    "valid_to": "有效期止 有效止 停用日期 失效日期 截止日期",
    "rule": "计分规则 评分规则 得分规则",
    "penalty": "倒扣 倒扣比例 扣分比例",
    "parent": "所属案例 所属大题 上级编号 父题编号 材料题编号",
    "extra": "补充 扩展 补充（JSON）",
    "number": "序号 题号 行号",
}
COLUMNS = {word.casefold(): name for name, words in _HEADERS.items() for word in words.split()}


def cells_of(record: it.Record) -> dict[str, str]:
    """Every column that is filled, by its heading; what columns cannot say is left out."""
    item = record.item
    row = {
        "编号": record.code,
        "题型": TYPE_NAMES[item.type],
        "题干": item.stem,
        "解析": item.explanation,
        "难度": DIFFICULTY_NAMES[record.difficulty],
        "知识点": record.knowledge_point,
        "分类": "/".join(record.category),
        "分值": "" if record.points is None else str(it.plain_number(record.points)),
        "标签": "、".join(record.tags),
        "依据": "\n".join(f"{c.text}#{c.anchor}" if c.anchor else c.text for c in record.cites),
        "有效期起": record.valid_from.isoformat() if record.valid_from else "",
        "有效期止": record.valid_to.isoformat() if record.valid_to else "",
        "倒扣": f"{item.penalty.normalize():f}" if item.penalty else "",
    } | _cells(item)
    return {name: value for name, value in row.items() if value}


def _cells(item: it.Item) -> dict[str, str]:
    """Options, answer and rule as people write them."""

    def lettered(options: Iterable[it.Option]) -> dict[str, str]:
        return {f"选项{it.LETTERS[i]}": option.text for i, option in enumerate(options)}

    match item:
        case it.SingleChoice():
            return lettered(item.options) | {"答案": item.key}
        case it.MultipleChoice():
            key = "".join(option.id for option in item.options if option.id in item.key)
            return lettered(item.options) | {"答案": key, "计分规则": RULE_NAMES[item.rule]}
        case it.TrueFalse():
            return {"答案": "对" if item.key else "错"}
        case it.FillIn():
            texts = [
                "/".join(entry.text.replace("/", "\\/") for entry in blank.accept)
                for blank in item.blanks
            ]
            rule = "不分顺序" if item.any_order else RULE_NAMES[item.rule]
            return {"答案": "；".join(texts), "计分规则": rule}
        case it.Numeric():
            parts = [quantity_said(a) + item.unit for a in item.accept]
            return {"答案": "；".join(parts)}
        case it.Matching():
            right = {option.id: option.text for option in item.right}
            left = {option.id: option.text for option in item.left}
            used = {key for _l, key in item.key}
            extra = [option for option in item.right if option.id not in used]
            lines = [f"{left[a]}——{right[b]}" for a, b in item.key]
            return lettered(extra) | {"答案": "\n".join(lines), "计分规则": RULE_NAMES[item.rule]}
        case it.Ordering():
            letters = {option.id: it.LETTERS[i] for i, option in enumerate(item.options)}
            answer = "".join(letters[ident] for ident in item.key)
            return lettered(item.options) | {"答案": answer, "计分规则": RULE_NAMES[item.rule]}
        case it.ShortAnswer():
            lines = [
                f"{point.text}（{point.weight:f}分）" if point.weight != 1 else point.text
                for point in item.key_points
            ]
            return {"答案": "\n".join(lines)}
        case it.Essay():
            return {"答案": item.model_answer}
    return {}
