"""What lies on the desks of the demo district: claims, changes, a file of hours, lines to look at."""

import csv
import io
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import tracker.operations
import tracker.queries
from demo import history
from demo.ground import Ground
from people.enums import Role
from people.models import OrgUnit, Person
from people.queries import grants_of, posts_on
from tracker.rules import Measures

ZERO = Decimal(0)


def fill(ground: Ground) -> str:
    """Put believable work on the desks of the liaison, the administrator and the school."""
    member, liaison = ground.account("member"), ground.account(Role.LIAISON)
    admin, institutions = ground.account(Role.TRAINING_ADMIN), ground.institutions
    on, now = ground.plan.on, ground.now
    # One institution has staff on the platform, the other has none.
    school, elsewhere = history.SCHOOL, history.CITY_SCHOOL
    within = Person.objects.filter(unit__path__startswith=_kept(liaison).path, is_active=True)
    others = list(within.exclude(pk__in=[member.pk, liaison.pk]).order_by("staff_number")[:24])
    colleagues = [member, *others]
    claims = _claims(colleagues, liaison, institutions, school, elsewhere, on, now)
    changes = _changes(others, liaison, on, now)
    lines = _file_of_hours(others, admin, on, now)
    _lines_to_look_at(others, institutions[school], on, now)
    return f"{claims} claims, {changes} changes asked for, {lines} imported lines"


def _kept(liaison: Person) -> OrgUnit:
    """The unit whose records the liaison keeps."""
    return next(grant.unit for grant in grants_of(liaison) if grant.role == Role.LIAISON)


def _claims(
    people: list[Person],
    liaison: Person,
    institutions: Mapping[str, int],
    school: str,
    elsewhere: str,
    on: date,
    now: datetime,
) -> int:
    places = {each.pk: each for each in tracker.queries.institutions_known()}
    plans = (
        ("self_study", "unit", "", "自学《基层治理案例选读》", 24, 3, "8", "0", "读书笔记两万字，存办公室"),
        ("self_study", "unit", "", "自学《公文写作规范》", 40, 5, "12", "0", "自学记录表，本人保存"),
        ("off_the_job", "institution", school, "年轻干部能力提升班（补报）", 60, 5, "40", "5", "结业证书第 2117 号"),
        ("concentrated", "institution", school, "财政业务专题研讨班", 33, 2, "16", "2", "结业证书第 2164 号"),
        ("concentrated", "institution", elsewhere, "城市更新专题班", 47, 3, "24", "3", "市委党校结业证书复印件"),
        ("overseas", "organiser", "", "公共服务数字化境外研修", 95, 10, "60", "8", "出访总结，存组织科"),
        ("study_group", "unit", "", "理论学习中心组第三季度集中研讨", 20, 1, "4", "0", "会议记录第 9 号"),
        ("self_study", "unit", "", "自学《统计数据解读》", 70, 30, "90", "0", "自学笔记"),
    )  # fmt: skip
    made = 0
    for number, plan in enumerate(plans):
        if number >= len(people):
            break
        bucket, confirmer, place, title, ago, days, hours, training_days, note = plan
        first = on - timedelta(days=ago)
        person = people[number]
        claim = tracker.operations.send_claim(
            person.pk,
            by=person,
            token=uuid5(NAMESPACE_URL, f"demo.claim:{number}"),
            fields={
                "bucket": bucket,
                "title": title,
                "institution": places[institutions[place]] if place else None,
                "first_day": first,
                "last_day": first + timedelta(days=days - 1),
                "hours": Decimal(hours),
                "credits": ZERO,
                "training_days": Decimal(training_days),
                "confirmer": confirmer,
                "note": note,
            },
            now=now - timedelta(days=len(plans) - number, hours=number),
        )
        made += 1
        if number in (0, 7):
            reason = (
                "请补充读书笔记的页数与完成日期。"
                if number == 0
                else "30 天自学 90 学时过高，请核实后重报。"
            )
            tracker.operations.return_claim(
                claim.pk, by=liaison, sending=1, reason=reason, now=now - timedelta(hours=5)
            )
    return made


def _changes(people: list[Person], liaison: Person, on: date, now: datetime) -> int:
    if len(people) < 3:
        return 0
    kept = _kept(liaison)
    sibling = (
        OrgUnit.objects.filter(
            depth=kept.depth, kind=kept.kind, path__startswith=kept.path[: -OrgUnit.steplen]
        )
        .exclude(pk=kept.pk)
        .order_by("path")
        .first()
    )
    asked: list[tuple[Person, dict[str, Any]]] = [
        (
            people[0],
            {
                "kind": "leave",
                "starts_on": on - timedelta(days=3),
                "ends_on": on + timedelta(days=95),
                "note": "产假，人事科 2 号审批单",
            },
        ),
        (
            people[1],
            {
                "kind": "extension",
                "starts_on": on,
                "due_on": date(on.year + 1, 3, 31),
                "note": "抽调参加专项工作，年内无法参加集中培训，区委组织部同意延期",
            },
        ),
    ]
    present = posts_on(on).filter(person=people[2]).first()
    if sibling is not None and present is not None:
        asked.append(
            (
                people[2],
                {
                    "kind": "transfer",
                    "starts_on": on - timedelta(days=1),
                    "unit": sibling,
                    "post_title": present.title,
                    "rank": present.rank,
                    "grade": present.grade,
                    "leading": present.leading,
                    "authority": present.authority,
                    "note": "区委组织部调令第 58 号",
                },
            )
        )
    for number, (person, fields) in enumerate(asked):
        tracker.operations.ask_change(
            person.pk,
            by=liaison,
            token=uuid5(NAMESPACE_URL, f"demo.change:{number}"),
            fields=fields,
            now=now - timedelta(hours=20 - number),
        )
    return len(asked)


def _file_of_hours(people: list[Person], admin: Person, on: date, now: datetime) -> int:
    text = io.StringIO()
    sheet = csv.writer(text)
    sheet.writerow(["工号", "姓名", "学习形式", "学习内容", "开始日期", "学时", "凭据"])
    day = on - timedelta(days=52)
    for person in people[:18]:
        sheet.writerow(
            [person.staff_number, person.name, "集体学习", "支部集中学习日（纸质签到补录）", day, 2, "签到表，存支部"]
        )  # fmt: skip
    file = io.BytesIO(text.getvalue().encode("utf-8-sig"))
    posted, report = tracker.operations.receive_and_post(
        file, "支部学习签到补录.csv", by=admin, now=now, accept_near=True
    )
    return report.ready if posted else 0


def _lines_to_look_at(people: list[Person], school_id: int, on: date, now: datetime) -> None:
    """Two slips of the pen as they come from paper, for the data-quality desk to find."""
    if len(people) < 6:
        return
    for number, (person, ago, days, told) in enumerate(
        ((people[4], 130, 3, 5), (people[5], 118, 4, 4), (people[5], 116, 2, 2))
    ):
        first = on - timedelta(days=ago)
        tracker.operations.credit(
            source=f"demo.paper:{number}",
            person_id=person.pk,
            bucket="concentrated",
            title=("应急管理专题班", "基层治理业务班", "政务公开工作班")[number],
            occurred_from=first,
            occurred_to=first + timedelta(days=days),
            measures=Measures(Decimal(8 * days), ZERO, Decimal(told)),
            institution_id=school_id,
            confirmer="institution",
            evidence={"note": "纸质登记册第 14 页"},
            now=now,
        )
