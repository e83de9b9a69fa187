"""One demo account for each role, and a second training administrator: shown on the login page of the demo and in the README."""

from dataclasses import dataclass

from django.utils.translation import gettext

from people.enums import Role

# Not a secret: these accounts exist only where settings.DEMO is on, and seed_demo refuses elsewhere.
DEMO_PASSWORD = "qinghe-2025"  # noqa: S105


@dataclass(frozen=True)
class DemoAccount:
    """Who may be tried. ``role`` is a value of people.enums.Role, or "member" for a learner."""

    role: str
    staff_number: str
    name: str
    title: str  # the post held, in Chinese: data, not interface

    @property
    def label(self) -> str:
        """The role in the reader's language."""
        return gettext("learner") if self.role == "member" else str(Role(self.role).label)


DEMO_ACCOUNTS: list[DemoAccount] = [
    DemoAccount("member", "QH0001", "林晓禾", "三级主任科员"),
    DemoAccount(Role.LIAISON.value, "QH0002", "周慧敏", "办公室副主任"),
    DemoAccount(Role.TRAINING_ADMIN.value, "QH0003", "顾明远", "干部教育科科长"),
    DemoAccount(Role.EDITOR.value, "QH0004", "苏婉清", "信息科二级主任科员"),
    DemoAccount(Role.CONTENT_REVIEWER.value, "QH0005", "贺之遥", "理论科科长"),
    DemoAccount(Role.QUESTION_SETTER.value, "QH0006", "罗书宁", "教研室教师"),
    DemoAccount(Role.QUESTION_REVIEWER.value, "QH0007", "方以恒", "教务科科长"),
    DemoAccount(Role.MARKER.value, "QH0008", "叶青禾", "教研室教师"),
    DemoAccount(Role.INSTITUTION_STAFF.value, "QH0009", "沈文博", "教务科一级科员"),
    DemoAccount(Role.AUDITOR.value, "QH0010", "韩立群", "二级主任科员"),
    DemoAccount(Role.SYSTEM_ADMIN.value, "QH0011", "吴思远", "系统运维科科长"),
    # What the other training administrator writes, somebody else has to approve.
    DemoAccount(Role.TRAINING_ADMIN.value, "QH0012", "秦怀远", "干部教育科副科长"),
]
