"""C1 and C4: one certificate each, frozen, signed, revoked at most once."""

import stat
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from certificates import credential, issuer, operations
from certificates.enums import Verdict
from certificates.models import AwardTemplate, Certificate, IssuerKey, VerificationCount
from certificates.queries import verdict_on
from people.enums import Role
from people.models import AuditEntry
from tests.factories.certificates import AwardTemplateFactory, CertificateFactory
from tests.factories.people import OrgUnitFactory, PersonFactory, RoleGrantFactory

NOW = datetime(2026, 6, 1, 1, 0, 0, 123456, tzinfo=UTC)


def award(person, **changed):
    values = {
        "source": "courses.completion:17",
        "learner_id": person.pk,
        "learner_name": "王晓明",
        "course_title": "公文写作",
        "hours": Decimal("6.50"),
        "completed_on": date(2026, 5, 31),
        "now": NOW,
    }
    return operations.award(**{**values, **changed})


# --- Issuing ---


def test_certificate_says_who_did_what_and_is_signed(person):
    AwardTemplateFactory(is_default=True)

    certificate = award(person)

    assert (
        certificate.wording
        == "王晓明同志于2026年5月31日学完课程《公文写作》，计6.5学时。\n特发此证。"
    )
    assert credential.normal_serial(certificate.serial) == certificate.serial
    assert certificate.serial.startswith("2026-")
    assert len(certificate.token) == 27
    assert verdict_on(certificate) == Verdict.VALID


def test_course_without_hours_does_not_speak_of_hours(person):
    AwardTemplateFactory(is_default=True)

    certificate = award(person, hours=Decimal("0.0"))

    assert certificate.hours is None
    assert "学时" not in certificate.wording
    assert verdict_on(certificate) == Verdict.VALID


def test_issuing_twice_gives_one_certificate(person):
    first, second = award(person), award(person, learner_name="另一名")

    assert first == second
    assert second.learner_name == "王晓明"
    assert Certificate.objects.count() == 1


def test_loser_of_a_race_returns_the_winners_certificate(person, monkeypatch):
    """The row appears between the look and the insert, as it does between two workers."""
    winner = award(person)
    looks = iter([Certificate.objects.none(), Certificate.objects.filter(pk=winner.pk)])
    monkeypatch.setattr(Certificate.objects, "filter", lambda **_: next(looks))

    assert award(person) == winner


def test_new_house_issues_in_its_own_language_without_preparation(person):
    award(person)

    template = AwardTemplate.objects.get()
    assert (template.is_default, template.language) == (True, "zh-hans")


def test_language_of_whoever_asks_does_not_change_the_words(person):
    AwardTemplateFactory(is_default=True)

    with translation.override("en"):
        certificate = award(person)

    assert "2026年5月31日" in certificate.wording


def test_issuing_leaves_an_audit_row(person):
    certificate = award(person)

    entry = AuditEntry.objects.get(verb="certificates.issue")
    assert entry.subject == f"certificates.certificate:{certificate.pk}"


def test_there_is_only_one_default_award(db):
    AwardTemplateFactory(is_default=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        AwardTemplateFactory(is_default=True)


# --- The key ---


def test_key_is_made_once_and_readable_by_its_owner_alone(tmp_path, settings):
    settings.VAR_DIR = tmp_path

    first, second = issuer.signing_key(), issuer.signing_key()

    file = tmp_path / "keys" / "credential.key"
    assert first.private_bytes_raw() == second.private_bytes_raw()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["credential.key"]


def test_configured_key_comes_first(tmp_path, settings):
    settings.VAR_DIR = tmp_path
    settings.CREDENTIAL_SIGNING_KEY = "00" * 31 + "01"

    assert issuer.signing_key().private_bytes_raw() == b"\0" * 31 + b"\1"
    assert list(tmp_path.iterdir()) == []


def test_certificate_stays_valid_when_the_key_changes(person, settings):
    certificate = award(person)
    settings.CREDENTIAL_SIGNING_KEY = "00" * 31 + "01"
    other = award(person, source="courses.completion:18")

    assert verdict_on(certificate) == Verdict.VALID
    assert verdict_on(other) == Verdict.VALID
    assert IssuerKey.objects.count() == 2


# --- Frozen ---


def altering(sql, *values):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, values)


def rewrite(certificate, **changed):
    with transaction.atomic():
        Certificate.objects.filter(pk=certificate.pk).update(**changed)


@pytest.mark.parametrize(
    "column",
    [
        "serial",
        "token",
        "source",
        "learner_name",
        "wording",
        "course_title",
        "document",
        "award_title",
    ],
)
def test_database_refuses_to_rewrite_a_certificate(person, column):
    certificate = award(person)

    with pytest.raises(IntegrityError):
        rewrite(certificate, **{column: "x"})


def test_database_refuses_to_delete_a_certificate(person):
    certificate = award(person)

    with pytest.raises(IntegrityError):
        altering("DELETE FROM certificates_certificate WHERE id = %s", certificate.pk)


def test_database_refuses_to_undo_a_revocation(person):
    certificate = award(person)
    altering(
        "UPDATE certificates_certificate SET revoked_at = %s, revoked_because = 'x', "
        "revoked_by_id = %s WHERE id = %s",
        NOW,
        person.pk,
        certificate.pk,
    )

    with pytest.raises(IntegrityError):
        altering(
            "UPDATE certificates_certificate SET revoked_at = NULL, revoked_because = '', "
            "revoked_by_id = NULL WHERE id = %s",
            certificate.pk,
        )


def test_revocation_without_a_reason_is_refused_by_the_database(person):
    certificate = award(person)

    with pytest.raises(IntegrityError):
        altering(
            "UPDATE certificates_certificate SET revoked_at = %s, revoked_by_id = %s WHERE id = %s",
            NOW,
            person.pk,
            certificate.pk,
        )


def test_public_keys_are_only_added(person):
    award(person)

    with pytest.raises(IntegrityError):
        altering("UPDATE certificates_issuerkey SET multibase = 'z6MkForged'")


def test_without_the_trigger_the_change_happens_and_is_still_noticed(person):
    """The negative control: the trigger is what refuses; the signature is what tells."""
    certificate = award(person)
    name = "append_only ON certificates_certificate"
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            name = "no_update"
        cursor.execute(f"DROP TRIGGER certificates_certificate_{name}")

    rewrite(certificate, learner_name="李代桃")

    assert verdict_on(Certificate.objects.get()) == Verdict.DAMAGED


def test_row_that_no_longer_says_what_was_signed_cannot_be_confirmed(person):
    certificate = award(person)
    certificate.learner_name = "李代桃"

    assert verdict_on(certificate) == Verdict.DAMAGED


def test_row_whose_signed_document_was_changed_with_it_cannot_be_confirmed(person):
    certificate = award(person)
    certificate.learner_name = "李代桃"
    certificate.document = certificate.document.replace("王晓明", "李代桃")

    assert verdict_on(certificate) == Verdict.DAMAGED


def test_document_signed_by_a_key_this_site_never_used_cannot_be_confirmed(person):
    certificate = award(person)
    stranger = credential.private_from_seed("00" * 31 + "07")
    document = credential.parse_canonical(certificate.document.encode())
    proof = document.pop("proof")
    signed = credential.sign(document, stranger, created=proof["created"])
    certificate.document = credential.sealed(signed).decode()

    assert verdict_on(certificate) == Verdict.DAMAGED


# --- Revoking ---


@pytest.fixture
def administrator(db):
    unit = OrgUnitFactory()
    person = PersonFactory(unit=unit)
    RoleGrantFactory(person=person, unit=unit, role=Role.TRAINING_ADMIN)
    return person


def revoke(certificate, by, because="课程记录有误"):
    operations.revoke(certificate.pk, because=because, by=by, now=NOW)


def test_revoked_certificate_stays_and_says_why(administrator):
    unit = OrgUnitFactory(parent=administrator.unit)
    certificate = CertificateFactory(learner=PersonFactory(unit=unit))

    revoke(certificate, administrator)

    certificate.refresh_from_db()
    assert certificate.revoked_because == "课程记录有误"
    assert verdict_on(certificate) == Verdict.REVOKED
    assert AuditEntry.objects.filter(verb="certificates.revoke", actor=administrator).count() == 1


def test_second_revocation_is_refused_and_changes_nothing(administrator):
    certificate = CertificateFactory(learner=PersonFactory(unit=administrator.unit))
    revoke(certificate, administrator)

    with pytest.raises(operations.NoValidCertificate):
        revoke(certificate, administrator, because="另一个理由")

    certificate.refresh_from_db()
    assert certificate.revoked_because == "课程记录有误"


def test_certificate_of_another_unit_cannot_be_revoked(administrator):
    certificate = CertificateFactory(learner=PersonFactory(unit=OrgUnitFactory()))

    with pytest.raises(operations.NoValidCertificate):
        revoke(certificate, administrator)

    certificate.refresh_from_db()
    assert certificate.revoked_at is None


def test_nobody_revokes_his_own_certificate(administrator):
    certificate = CertificateFactory(learner=administrator)

    with pytest.raises(operations.NoValidCertificate):
        revoke(certificate, administrator)


def test_liaison_sees_but_does_not_revoke(db):
    liaison = PersonFactory()
    RoleGrantFactory(person=liaison, role=Role.LIAISON)
    certificate = CertificateFactory(learner=PersonFactory(unit=liaison.unit))

    with pytest.raises(operations.NoValidCertificate):
        revoke(certificate, liaison)


def test_revocation_says_why(administrator):
    certificate = CertificateFactory(learner=PersonFactory(unit=administrator.unit))

    with pytest.raises(ValueError, match="why"):
        revoke(certificate, administrator, because="  ")


# --- The brake ---


def test_thirty_questions_a_minute_are_answered_and_the_next_is_not(db):
    answers = [operations.count_verification("192.0.2.1", now=NOW) for _ in range(31)]

    assert answers == [True] * 30 + [False]


def test_the_next_minute_and_another_address_begin_anew(db):
    for _ in range(31):
        operations.count_verification("192.0.2.1", now=NOW)

    assert operations.count_verification("192.0.2.2", now=NOW)
    assert operations.count_verification("192.0.2.1", now=datetime(2026, 6, 1, 1, 1, tzinfo=UTC))


def test_ipv6_addresses_of_one_network_are_one_asker(db):
    operations.count_verification("2001:db8:1:2::1", now=NOW)
    operations.count_verification("2001:db8:1:2:ffff::9", now=NOW)
    operations.count_verification("2001:db8:1:3::1", now=NOW)

    assert sorted(VerificationCount.objects.values_list("asked", flat=True)) == [1, 2]


def test_no_address_is_kept(db):
    operations.count_verification("192.0.2.1", now=NOW)

    assert "192" not in VerificationCount.objects.get().asker[:3]
    assert len(VerificationCount.objects.get().asker) == 64


def test_sweep_forgets_counts_after_an_hour(db):
    operations.count_verification("192.0.2.1", now=NOW)

    operations.sweep(now=datetime(2026, 6, 1, 2, 0, 59, tzinfo=UTC))
    assert VerificationCount.objects.count() == 1
    operations.sweep(now=datetime(2026, 6, 1, 2, 1, 0, tzinfo=UTC))
    assert VerificationCount.objects.count() == 0
