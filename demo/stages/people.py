"""Who is there: the tree, the persons with their posts, duties and stages, the roles of the demo accounts."""

from datetime import date

from django.contrib.auth.hashers import make_password

from demo import district, roster
from demo.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD
from demo.ground import Ground
from people.enums import Role
from people.models import (
    MembershipStage,
    OrgUnit,
    PartyDuty,
    Person,
    Post,
)
from people.operations import grant_role, pinyin_key

BATCH = 2000


def fill(ground: Ground) -> str:
    _plant(ground.roster.nodes)
    rows = [
        Person(
            staff_number=spec.staff_number,
            name=spec.name,
            pinyin=pinyin_key(spec.name),
            unit_id=ground.units[spec.unit],
            joined_on=spec.joined_on,
            password=make_password(DEMO_PASSWORD if spec.role else None),
        )
        for spec in ground.roster.persons
    ]
    Person.objects.bulk_create(rows, batch_size=BATCH)
    Post.objects.bulk_create(
        (
            Post(
                person_id=ground.ids[spec.staff_number],
                unit_id=ground.units[post.unit],
                title=post.title,
                rank=post.rank,
                grade=post.grade,
                leading=post.leading,
                authority=post.authority,
                primary=True,
                starts_on=post.starts_on,
                ends_on=post.ends_on,
            )
            for spec in ground.roster.persons
            for post in spec.posts
        ),
        batch_size=BATCH,
    )
    PartyDuty.objects.bulk_create(
        (
            PartyDuty(
                person_id=ground.ids[spec.staff_number],
                unit_id=ground.units[duty.unit],
                kind=duty.kind,
                starts_on=duty.starts_on,
                ends_on=duty.ends_on,
            )
            for spec in ground.roster.persons
            for duty in spec.duties
        ),
        batch_size=BATCH,
    )
    MembershipStage.objects.bulk_create(
        (
            MembershipStage(
                person_id=ground.ids[spec.staff_number],
                stage=stage.stage,
                starts_on=stage.starts_on,
                ends_on=stage.ends_on,
            )
            for spec in ground.roster.persons
            for stage in spec.stages
        ),
        batch_size=BATCH,
    )
    began = date(ground.plan.on.year - 2, 1, 4)
    for account in DEMO_ACCOUNTS:
        if account.role == "member":
            continue
        scope = roster.ROLE_SCOPE.get(account.role, district.DISTRICT)
        grant_role(
            Person.objects.get(staff_number=account.staff_number),
            Role(account.role),
            OrgUnit.objects.get(code=scope),
            by=None,
            now=ground.now,
            on=began,
        )
    return f"{len(rows)} persons in {len(ground.roster.nodes)} units"


def _plant(nodes: list[district.Node]) -> None:
    """Write the whole tree at once. Paths are treebeard's own; only their counting is ours."""
    root = OrgUnit.add_root(code=nodes[0].code, name=nodes[0].name, kind=nodes[0].kind)
    planted = {root.code: root}
    for node in nodes[1:]:
        parent = planted[node.parent]
        parent.numchild += 1
        planted[node.code] = OrgUnit(
            code=node.code,
            name=node.name,
            kind=node.kind,
            depth=parent.depth + 1,
            path=OrgUnit._get_path(parent.path, parent.depth + 1, parent.numchild),
        )
    OrgUnit.objects.filter(pk=root.pk).update(numchild=root.numchild)
    OrgUnit.objects.bulk_create(list(planted.values())[1:], batch_size=BATCH)
