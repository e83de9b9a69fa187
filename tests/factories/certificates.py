"""Certificates for tests: made by the operation, so that they are signed like real ones."""

from datetime import UTC, date, datetime
from decimal import Decimal

import factory

from certificates.models import AwardTemplate, Certificate
from certificates.operations import award
from tests.factories.people import PersonFactory


class AwardTemplateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AwardTemplate

    code = factory.Sequence(lambda n: f"award-{n}")
    title = "结业证书"
    wording = "{name}同志于{completed_on}学完课程《{course}》[，计{hours}学时]。\n特发此证。"
    issuer_name = "某区委组织部"
    seal_text = "结业之章"
    language = "zh-hans"


class CertificateFactory(factory.django.DjangoModelFactory):
    """An issued certificate; ``learner`` and ``learner_name`` may be given."""

    class Meta:
        model = Certificate

    source = factory.Sequence(lambda n: f"tests.completion:{n}")
    learner = factory.SubFactory(PersonFactory, name="王晓明")
    learner_name = factory.SelfAttribute("learner.name")
    course_title = "公文写作十二讲"
    hours = Decimal("6.0")
    completed_on = date(2026, 6, 1)
    now = datetime(2026, 6, 1, 1, 0, 0, tzinfo=UTC)
    template = factory.LazyFunction(
        lambda: AwardTemplate.objects.first() or AwardTemplateFactory(is_default=True)
    )

    @classmethod
    def _create(cls, model_class, *args, learner, **kwargs):
        return award(learner_id=learner.pk, **kwargs)
