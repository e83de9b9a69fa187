"""manage.py verify_certificate."""

import pytest
from django.core.management import CommandError, call_command

from certificates import credential
from certificates.models import IssuerKey
from tests.factories.certificates import CertificateFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def file(tmp_path):
    certificate = CertificateFactory()
    path = tmp_path / "certificate.json"
    path.write_text(certificate.document, encoding="utf-8")
    return path


def test_a_good_file_is_confirmed_with_its_standing(file, capsys):
    call_command("verify_certificate", str(file))

    assert "in the record of this site: valid" in capsys.readouterr().out


def test_with_a_key_no_database_is_asked(file, django_assert_num_queries):
    key = IssuerKey.objects.get().multibase
    with django_assert_num_queries(0):
        call_command("verify_certificate", str(file), key=key)


@pytest.mark.parametrize("key", [None, "z6Mk", credential.public_multibase(
    credential.private_from_seed("00" * 31 + "05").public_key()
)])  # fmt: skip
def test_an_altered_file_or_a_wrong_key_is_refused(file, key):
    if key is None:
        file.write_bytes(file.read_bytes() + b"\n")

    with pytest.raises(CommandError):
        call_command("verify_certificate", str(file), key=key)


def test_a_missing_file_gets_one_sentence(tmp_path):
    with pytest.raises(CommandError, match="Cannot read"):
        call_command("verify_certificate", str(tmp_path / "none.json"))
