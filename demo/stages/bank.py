"""The question bank, and the papers and course tests drawn from it."""

from datetime import timedelta
from decimal import Decimal

from django.apps import apps

import content.operations
import content.queries
import exams.operations
import exams.queries
from demo import library
from demo.ground import Ground
from exams.engine import items as engine
from people.enums import Role

FILE_WITH_ERRORS = """\
一、单选题（每题2分）
1. 支部集中学习需要改期的，应当提前几天告知党员？
A. 一天 B. 三天 C. 五天 D. 七天
答案：B
解析：确需改期的，提前三天通知党员。
2. 党员的学习笔记由谁查看？
A. 支部书记 B. 支部委员 C. 联络员
答案：D
3. 党小组讨论一般安排多长时间？
A. 二十分钟 B. 四十分钟 C. 六十分钟 D. 九十分钟
二、判断题（每题1分）
4. 请假的党员不必补学。
答案：错误
5. 学习记录应当在三个工作日内整理归档。
答案：也许
三、简答题（每题5分）
6. 怎样把集中学习的内容同本单位的工作结合起来？
答案：联系职责；找准问题；写明措施
"""


def fill(ground: Ground) -> str:
    """The setter writes the questions, the reviewer lets all but a few through."""
    setter = ground.account(Role.QUESTION_SETTER)
    reviewer = ground.account(Role.QUESTION_REVIEWER)
    written, approved = ground.past(226), ground.past(221)
    numbers = {}
    labels: dict[tuple[int, str], str] = {}
    for page_id in ground.texts.values():
        page = ground.page(page_id)
        numbers[page.number] = page_id
        for anchor, label in content.queries.articles_of(page_id):
            labels[page_id, anchor] = f"{page.title} {label}"
    records = [engine.record_from_dict(question) for question in library.questions()]
    cited = [
        [
            exams.operations.Article(
                numbers[cite.text],
                cite.anchor,
                labels.get((numbers[cite.text], cite.anchor), cite.text),
            )
            for cite in record.cites
        ]
        for record in records
    ]
    made = exams.operations.import_questions(records, cited, author=setter, now=written)
    # A few still wait for their second person, so that the reviewer's desk is not empty.
    waiting = {"CS-038", "CS-039", "CS-040"}
    for question in made:
        exams.operations.submit_question_for_review(question.pk, by=setter, now=written)
        if question.code not in waiting:
            exams.operations.approve_question(question.pk, by=reviewer, now=approved)
    # A file as it often comes: two answers that fit no option, one forgotten, one question known.
    exams.operations.look_at_file(
        FILE_WITH_ERRORS.encode(),
        "支部学习自测题（收集稿）.txt",
        "text",
        ["政策文件", "微党课和党支部学习"],
        by=setter,
        now=ground.past(1, hour=16),
    )
    return f"{len(made)} questions, {len(waiting)} of them still in review; a file with errors"


def blueprint(ground: Ground, title: str, rows: list[tuple[str, str, int, int]]) -> int:
    """Rows are category, type, how many, points each."""
    row_model = apps.get_model("exams", "BlueprintRow")
    category = apps.get_model("exams", "Category")
    blueprint = exams.operations.create_blueprint(
        title,
        [
            row_model(
                category=category.objects.get(full_name=name) if name else None,
                type=kind,
                count=count,
                points=Decimal(points),
            )
            for name, kind, count, points in rows
        ],
        by=ground.account(Role.QUESTION_SETTER),
        now=ground.past(216),
    )
    return int(blueprint.pk)


def paper(ground: Ground, blueprint_id: int, seed: str) -> int:
    setter = ground.account(Role.QUESTION_SETTER)
    paper = exams.operations.draw_paper(
        blueprint_id,
        seed=f"{ground.plan.seed}:{seed}",
        by=setter,
        now=ground.past(215),
        on=ground.plan.on - timedelta(days=215),
    )
    exams.operations.publish_paper(
        paper.pk, by=ground.account(Role.QUESTION_REVIEWER), now=ground.past(214)
    )
    return int(paper.pk)


def course_test(ground: Ground, course: library.CourseSpec) -> int:
    main = course.slug == library.MAIN_COURSE
    from_text = {
        "training-measures": "政策文件/干部教育培训实施办法",
        "branch-study-rules": "政策文件/微党课和党支部学习",
        "online-study-exams": "政策文件/在线学习和考试",
    }[course.cites[0][0]]
    if main:
        rows = [
            (from_text, "single", 5, 10), (from_text, "multiple", 2, 10),
            (from_text, "true_false", 1, 10), (f"课程/{course.title}", "single", 1, 10),
            (f"课程/{course.title}", "ordering", 1, 10),
        ]  # fmt: skip
    else:
        rows = [
            (f"课程/{course.title}", "single", 1, 20), (from_text, "single", 3, 20),
            (from_text, "true_false", 1, 20),
        ]  # fmt: skip
    paper_id = paper(ground, blueprint(ground, f"{course.title}：课程测试", rows), course.slug)
    exam = exams.operations.open_exam(
        title=f"{course.title}：{'结业测试' if main else '课程测试'}",
        description="完成前面的学习项目后参加。成绩在交卷后公布，最多参加三次，以最高成绩为准。",
        paper_id=paper_id,
        opens_at=ground.past(213),
        closes_at=ground.past(-730, hour=18),
        duration=timedelta(minutes=20 if main else 10),
        attempts_allowed=3,
        pass_percent=Decimal(60),
        review="key",
        review_when="at_once",
        audience="course",
        by=ground.account(Role.QUESTION_SETTER),
        now=ground.past(213),
    )
    return int(exam.pk)
