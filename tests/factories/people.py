"""Units, persons, posts and roles for tests."""

from datetime import date

import factory
from django.contrib.auth.hashers import make_password

from people.enums import OrgKind, Rank, Role
from people.models import OrgUnit, Person, Post, RoleGrant


class OrgUnitFactory(factory.django.DjangoModelFactory):
    """A node; ``parent=None`` makes a root, otherwise a child of ``parent``."""

    class Meta:
        model = OrgUnit

    code = factory.Sequence(lambda n: f"U{n:05d}")
    name = factory.Sequence(lambda n: f"第{n}单位")
    kind = OrgKind.UNIT

    @classmethod
    def _create(cls, model_class, *args, parent=None, **kwargs):
        if parent is None:
            return OrgUnit.add_root(**kwargs)
        # The parent's numchild in memory goes stale as children are added.
        return OrgUnit.objects.get(pk=parent.pk).add_child(**kwargs)


class PersonFactory(factory.django.DjangoModelFactory):
    """A person whose ``password`` is given as it is typed."""

    class Meta:
        model = Person

    staff_number = factory.Sequence(lambda n: f"S{n:06d}")
    name = factory.Sequence(lambda n: f"学员{n}")
    unit = factory.SubFactory(OrgUnitFactory)
    joined_on = date(2020, 1, 1)
    password = "correct horse battery"

    @classmethod
    def _adjust_kwargs(cls, **kwargs):
        return kwargs | {"password": make_password(kwargs["password"])}


class PostFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Post

    person = factory.SubFactory(PersonFactory)
    unit = factory.SelfAttribute("person.unit")
    title = "科员"
    rank = Rank.SECTION_STAFF
    starts_on = date(2020, 1, 1)


class RoleGrantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RoleGrant

    person = factory.SubFactory(PersonFactory)
    unit = factory.SelfAttribute("person.unit")
    role = Role.TRAINING_ADMIN
    starts_on = date(2020, 1, 1)


def holder(role: Role, unit: OrgUnit, **fields) -> Person:
    """Somebody at home in a unit, with a role for it."""
    return RoleGrantFactory(role=role, unit=unit, person=PersonFactory(unit=unit, **fields)).person
