"""C2: who sees which certificate, and what the public is told."""

import json
import re
from datetime import UTC, datetime

import pytest

from certificates import credential, operations
from certificates.models import Certificate
from people.enums import Role
from people.models import AuditEntry
from tests.factories.certificates import CertificateFactory
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 6, 2, 1, 0, 0, tzinfo=UTC)


@pytest.fixture
def unit():
    return OrgUnitFactory()


@pytest.fixture
def certificate(unit):
    return CertificateFactory(learner=PersonFactory(unit=unit, name="王晓明"))


@pytest.fixture
def administrator(unit):
    person = PersonFactory(unit=unit)
    RoleGrantFactory(person=person, unit=unit, role=Role.TRAINING_ADMIN)
    return person


def revoke(certificate, administrator):
    operations.revoke(certificate.pk, because="课程记录有误", by=administrator, now=NOW)


def text(answer):
    return answer.content.decode()


# --- The owner and the department ---


@pytest.mark.parametrize("page", ["", "pdf/", "signed/"])
def test_owner_opens_his_certificate(client, login, certificate, page):
    address = f"/certificates/{certificate.serial}/{page}"

    assert login(client, certificate.learner).get(address).status_code == 200


@pytest.mark.parametrize("page", ["", "pdf/", "signed/", "revoke/"])
def test_a_colleague_finds_nothing(client, login, certificate, unit, page):
    colleague = PersonFactory(unit=unit)

    answer = login(client, colleague).get(f"/certificates/{certificate.serial}/{page}")

    assert answer.status_code == 404


@pytest.mark.parametrize("page", ["", "pdf/", "signed/", "revoke/"])
def test_a_training_administrator_of_another_unit_finds_nothing(client, login, certificate, page):
    stranger = PersonFactory()
    RoleGrantFactory(person=stranger, role=Role.TRAINING_ADMIN)

    answer = login(client, stranger).get(f"/certificates/{certificate.serial}/{page}")

    assert answer.status_code == 404


def test_looking_at_anothers_certificate_leaves_an_audit_row(
    client, login, certificate, administrator
):
    login(client, administrator).get(f"/certificates/{certificate.serial}/")
    login(client, certificate.learner).get(f"/certificates/{certificate.serial}/")

    assert [row.actor for row in AuditEntry.objects.filter(verb="certificates.view")] == [
        administrator
    ]


def test_my_list_holds_mine_and_costs_a_fixed_number_of_statements(
    client, login, certificate, django_assert_num_queries
):
    CertificateFactory(course_title="别人的课程")
    client = login(client, certificate.learner)
    with django_assert_num_queries(4):
        page = text(client.get("/certificates/"))
    assert certificate.serial in page
    assert "别人的课程" not in page
    for _ in range(10):
        CertificateFactory(learner=certificate.learner)
    with django_assert_num_queries(4):
        client.get("/certificates/")


@pytest.mark.parametrize("page", ["", "pdf/", "signed/"])
def test_detail_pages_cost_few_statements(
    client, login, certificate, django_assert_max_num_queries, page
):
    client = login(client, certificate.learner)
    with django_assert_max_num_queries(7):
        client.get(f"/certificates/{certificate.serial}/{page}")


def test_the_signed_file_is_byte_for_byte_what_was_signed(client, login, certificate):
    answer = login(client, certificate.learner).get(f"/certificates/{certificate.serial}/signed/")

    assert answer.content == certificate.document.encode()
    assert "attachment" in answer["Content-Disposition"]


def test_a_revoked_certificate_is_shown_but_no_longer_printed(
    client, login, certificate, administrator
):
    revoke(certificate, administrator)
    client = login(client, certificate.learner)

    answer = client.get(f"/certificates/{certificate.serial}/pdf/")

    assert answer.url == f"/certificates/{certificate.serial}/"
    assert "课程记录有误" in text(client.get(answer.url))


def test_administrator_revokes_with_a_reason(client, login, certificate, administrator):
    client = login(client, administrator)
    address = f"/certificates/{certificate.serial}/revoke/"

    assert client.post(address, {"because": ""}).status_code == 200
    assert Certificate.objects.get().revoked_at is None
    assert client.post(address, {"because": "课程记录有误"}).status_code == 302
    assert Certificate.objects.get().revoked_by == administrator


def test_issued_list_finds_by_number_as_people_type_it(
    client, login, certificate, administrator, unit
):
    CertificateFactory(learner=PersonFactory(unit=unit, name="李强"))
    typed = certificate.serial.lower().replace("-", " ")

    page = text(login(client, administrator).get("/certificates/issued/", {"q": typed}))

    assert "王晓明" in page
    assert "李强" not in page


@pytest.mark.parametrize("role", [Role.LIAISON, Role.AUDITOR, Role.SYSTEM_ADMIN])
def test_only_training_administrators_have_the_issued_list(client, login, unit, role):
    person = PersonFactory(unit=unit)
    RoleGrantFactory(person=person, unit=unit, role=role)

    assert login(client, person).get("/certificates/issued/").status_code == 404


# --- The public ---


def test_the_public_page_says_valid_and_masks_the_name(client, certificate):
    answer = client.get(f"/verify/{certificate.token}/")

    assert answer.status_code == 200
    assert 'data-verdict="valid"' in text(answer)
    assert "王*明" in text(answer)
    assert "王晓明" not in text(answer)
    assert answer["Cache-Control"] == "no-store"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"


def test_the_public_page_says_revoked_and_why(client, certificate, administrator):
    revoke(certificate, administrator)

    page = text(client.get(f"/verify/{certificate.token}/"))

    assert 'data-verdict="revoked"' in page
    assert "课程记录有误" in page


def without_what_changes(answer):
    """The page without what is new in every answer (token of forms, address it came from)."""
    lines = re.sub(r"\?next=[^\"]*", "", text(answer)).splitlines()
    return [line for line in lines if "csrf" not in line and 'name="next"' not in line]


def test_every_unknown_certificate_gets_the_same_answer(client, certificate):
    """Neither an almost right code nor a right number with a wrong name tells anything."""
    known, wrong = (
        certificate.serial,
        "2026-0000-0000-" + credential.check_character("202600000000"),
    )
    answers = [
        client.get(f"/verify/{certificate.token[:-1]}x/"),
        client.get("/verify/x/"),
        client.get(f"/verify/{'x' * 300}/"),
        client.post("/verify/", {"serial": known, "name": "李强"}),
        client.post("/verify/", {"serial": wrong, "name": "王晓明"}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    pages = [without_what_changes(answer) for answer in answers]
    assert all(page == pages[0] for page in pages)


def test_number_and_name_together_are_answered(client, certificate):
    answer = client.post("/verify/", {"serial": certificate.serial.lower(), "name": " 王 晓明 "})

    assert answer.status_code == 200
    assert 'data-verdict="valid"' in text(answer)


def test_a_mistyped_number_is_told_apart_before_anything_is_looked_up(client):
    answer = client.post("/verify/", {"serial": "2026-7K3M-9QPD-5", "name": "王晓明"})

    assert answer.status_code == 200
    assert "errorlist" in text(answer)


def test_the_thirty_first_question_of_a_minute_is_not_answered(client, certificate):
    address = f"/verify/{certificate.token}/"
    answers = [client.get(address).status_code for _ in range(31)]

    assert answers == [200] * 30 + [429]


def upload(client, raw, name="certificate.json"):
    from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

    return client.post("/verify/", {"file": SimpleUploadedFile(name, raw)})


def test_the_signed_file_is_verified(client, certificate):
    answer = upload(client, certificate.document.encode())

    assert 'data-verdict="valid"' in text(answer)


@pytest.mark.parametrize(
    "alter",
    [
        lambda raw: raw.replace("王晓明".encode(), "李代桃".encode()),
        lambda raw: raw + b" ",
        lambda raw: b"\xff\xfe" + raw,
        lambda raw: b"[" * 50_000,
        lambda raw: b"",
        lambda raw: b"x" * 70_000,
    ],
)
def test_an_altered_or_hostile_file_is_not_confirmed(client, certificate, alter):
    answer = upload(client, alter(certificate.document.encode()))

    assert answer.status_code in (200, 404)
    assert 'data-verdict="valid"' not in text(answer)


def test_the_public_key_verifies_the_signed_file_without_this_site(client, certificate):
    answer = json.loads(client.get("/verify/key/").content)
    key = credential.public_from_multibase(answer["verificationMethod"][0]["publicKeyMultibase"])

    document = credential.verify_bytes(certificate.document.encode(), key)

    assert document["credentialSubject"]["licenseNumber"] == certificate.serial


def test_verification_costs_three_statements(client, certificate, django_assert_num_queries):
    with django_assert_num_queries(3):
        client.get(f"/verify/{certificate.token}/")


def test_a_browser_may_post_the_public_form(client):
    # With "no-referrer" browsers post with "Origin: null", and every visitor was refused with 403.
    answer = client.get("/verify/")

    assert answer["Referrer-Policy"] == "same-origin"
