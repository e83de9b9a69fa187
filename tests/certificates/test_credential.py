"""C1–C3: canonical form, signature, serial and masked name, held to outside vectors and to laws."""

import json
import random
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from certificates import credential

VECTORS = Path(__file__).resolve().parents[2].parent / "shared/fixtures/credentials/eddsa-jcs-2022"
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "credentialSubject": {"name": "王小明", "achievement": {"name": "公文写作", "hours": "6"}},
    "validFrom": "2026-06-01T01:00:00Z",
}


@pytest.fixture
def vector():
    if not VECTORS.is_dir():
        pytest.skip("the W3C test vectors are not beside the project")
    return lambda name: (VECTORS / name).read_text(encoding="utf-8").strip()


def seeded(number: int) -> random.Random:
    return random.Random(number)  # noqa: S311  reproducible on purpose


# --- The outside vectors of the W3C specification ---


def test_canonical_form_of_the_published_document_is_the_published_one(vector):
    signed = json.loads(vector("signedJCS.json"))
    signed.pop("proof")

    assert credential.canonical(signed).decode() == vector("canonDocJCS.txt")


def test_bytes_to_sign_are_the_published_hashes(vector):
    signed = json.loads(vector("signedJCS.json"))
    signed.pop("proof")

    digest = credential.digest_to_sign(signed, json.loads(vector("proofConfigJCS.json")))

    assert digest.hex() == vector("combinedHashJCS.txt")


def test_published_signature_verifies_with_the_published_key(vector):
    signed = json.loads(vector("signedJCS.json"))
    name = signed["proof"]["verificationMethod"].partition("#")[2]

    document = credential.verify(signed, credential.public_from_multibase(name))

    assert document["credentialSubject"]["alumniOf"] == "The School of Examples"


def test_published_document_with_one_word_changed_fails(vector):
    signed = json.loads(vector("signedJCS.json"))
    name = signed["proof"]["verificationMethod"].partition("#")[2]
    signed["credentialSubject"]["alumniOf"] = "The School of Example"

    with pytest.raises(credential.BadCredential):
        credential.verify(signed, credential.public_from_multibase(name))


# --- Canonical JSON ---


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (5e-324, "5e-324"),
        (-5e-324, "-5e-324"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (9007199254740992.0, "9007199254740992"),
        (295147905179352830000.0, "295147905179352830000"),
        (9.999999999999997e22, "9.999999999999997e+22"),
        (1e23, "1e+23"),
        (999999999999999700000.0, "999999999999999700000"),
        (1e21, "1e+21"),
        (9.999999999999997e-7, "9.999999999999997e-7"),
        (0.000001, "0.000001"),
        (333333333.33333325, "333333333.33333325"),
        (-0.0000033333333333333333, "-0.0000033333333333333333"),
        (4.5, "4.5"),
    ],
)
def test_numbers_are_written_as_rfc_8785_appendix_b_lists_them(number, text):
    assert credential.canonical(number) == text.encode()


def test_names_are_sorted_by_utf_16_units():
    """The example of RFC 8785, 3.2.3: an emoji's surrogate pair comes before U+FB33."""
    value = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\u0080": 6, "ö": 7}

    assert list(json.loads(credential.canonical(value))) == [
        "\r",
        "1",
        "\u0080",
        "ö",
        "€",
        "😀",
        "\ufb33",
    ]


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), 2**53, "\ud800", {1: 2}, {"a": {1, 2}}, {"\udc00": 1}]
)
def test_what_is_not_json_has_no_canonical_form(value):
    with pytest.raises(credential.NotCanonical):
        credential.canonical(value)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff",
        b"[1]",
        b'{"a":1} ',
        b'{ "a":1}',
        b'{"a":1,"a":1}',
        b'{"b":1,"a":1}',
        b'{"a":1.0}',
        b'{"a":"\\u738b"}',
        b'{"a":NaN}',
        b"[" * 20_000,
        b'{"a":"' + b"x" * credential.LARGEST_DOCUMENT + b'"}',
    ],
)
def test_bytes_that_are_not_canonical_are_refused(raw):
    with pytest.raises(credential.NotCanonical):
        credential.parse_canonical(raw)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(
        allow_nan=False, allow_infinity=False
    ) | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.text(st.characters(exclude_categories=["Cs"])), inner
    ),
    max_leaves=12,
)  # fmt: skip


@given(json_values)
def test_canonical_form_reads_back_as_the_same_value(value):
    # A double beyond 2^53 is written as an integer; reading it as a double is what JSON means.
    assert json.loads(credential.canonical(value), parse_int=float) == value


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 9)))
def test_order_of_names_never_matters(value):
    backwards = dict(reversed(value.items()))

    assert credential.canonical(backwards) == credential.canonical(value)


# --- Signing ---


def signed_bytes() -> bytes:
    return credential.sealed(credential.sign(DOCUMENT, KEY, created="2026-06-01T01:00:00Z"))


def test_what_was_signed_verifies():
    assert credential.verify_bytes(signed_bytes(), KEY.public_key()) == DOCUMENT


def test_signing_twice_gives_the_same_bytes():
    assert signed_bytes() == signed_bytes()


def test_another_key_does_not_verify():
    with pytest.raises(credential.BadCredential):
        credential.verify_bytes(signed_bytes(), OTHER_KEY.public_key())


def test_forger_who_signs_with_his_own_key_under_our_name_fails():
    forged = credential.sign(DOCUMENT, OTHER_KEY, created="2026-06-01T01:00:00Z")
    ours = credential.public_multibase(KEY.public_key())
    forged["proof"]["verificationMethod"] = credential.verification_method(ours)

    with pytest.raises(credential.BadCredential):
        credential.verify(forged, KEY.public_key())


def test_every_altered_byte_fails():
    """C3, exhaustively: each byte of a sealed certificate, changed by one bit."""
    raw = signed_bytes()
    accepted = []
    for position in range(len(raw)):
        altered = bytearray(raw)
        altered[position] ^= 0x01
        try:
            credential.verify_bytes(bytes(altered), KEY.public_key())
        except credential.BadCredential:
            continue
        accepted.append(position)

    assert accepted == []


@given(st.data())
def test_insertions_and_deletions_fail(data):
    raw = signed_bytes()
    position = data.draw(st.integers(0, len(raw)))
    if data.draw(st.booleans()) and position < len(raw):
        altered = raw[:position] + raw[position + 1 :]
    else:
        altered = raw[:position] + data.draw(st.binary(min_size=1, max_size=3)) + raw[position:]

    with pytest.raises(credential.BadCredential):
        credential.verify_bytes(altered, KEY.public_key())


@pytest.mark.parametrize(
    "change",
    [
        {"type": "Ed25519Signature2020"},
        {"cryptosuite": "eddsa-rdfc-2022"},
        {"proofPurpose": "authentication"},
        {"created": "2027-06-01T01:00:00Z"},
        {"@context": ["https://example.org"]},
        {"expires": "2099-01-01T00:00:00Z"},
        {"proofValue": "z"},
        {"proofValue": None},
        {"proofValue": "z0OIl"},
    ],
)
def test_altered_proof_options_fail(change):
    signed = credential.sign(DOCUMENT, KEY, created="2026-06-01T01:00:00Z")
    signed["proof"].update(change)

    with pytest.raises(credential.BadCredential):
        credential.verify(signed, KEY.public_key())


def test_a_proof_of_another_context_fails_although_its_signature_fits():
    options = credential.sign(DOCUMENT, KEY, created="2026-06-01T01:00:00Z")["proof"]
    del options["proofValue"]
    options["@context"] = ["https://example.org"]
    signature = KEY.sign(credential.digest_to_sign(DOCUMENT, options))
    signed = {**DOCUMENT, "proof": {**options, "proofValue": "z" + credential.base58(signature)}}

    with pytest.raises(credential.BadCredential, match="another context"):
        credential.verify(signed, KEY.public_key())


def test_a_signed_document_is_not_signed_again():
    signed = credential.sign(DOCUMENT, KEY, created="2026-06-01T01:00:00Z")

    with pytest.raises(credential.BadCredential):
        credential.sign(signed, KEY, created="2026-06-01T01:00:00Z")


@given(st.binary(max_size=40))
def test_base58_reads_back(raw):
    assert credential.base58_decode(credential.base58(raw)) == raw


def test_public_key_reads_back_from_its_name():
    name = credential.public_multibase(KEY.public_key())

    assert name.startswith("z6Mk")
    assert credential.public_from_multibase(name) == KEY.public_key()


@pytest.mark.parametrize(
    "name", ["", "z", "z6Mk", "u6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt", "z0"]
)
def test_what_is_not_a_key_is_refused(name):
    with pytest.raises(credential.BadKey):
        credential.public_from_multibase(name)


@pytest.mark.parametrize(
    "text",
    [
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
        "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8\n",
    ],
)
def test_signing_key_is_read_from_hexadecimal_and_base64(text):
    assert credential.private_from_seed(text).public_key() == KEY.public_key()


@pytest.mark.parametrize("text", ["", "secret", "AAEC", "zz" * 32])
def test_signing_key_of_another_length_is_refused(text):
    with pytest.raises(credential.BadKey):
        credential.private_from_seed(text)


# --- Serials ---


def test_serial_has_year_body_and_check_character():
    serial = credential.new_serial(2026, seeded(1))

    year, first, second, check = serial.split("-")
    assert (year, len(first), len(second), len(check)) == ("2026", 4, 4, 1)
    assert credential.check_character(year + first + second) == check


def test_check_character_is_that_of_the_standard():
    """The worked example of ISO/IEC 7064 MOD 37,36 as GRid and ISO documents print it."""
    assert credential.check_character("A12425GABC1234002") == "M"


def test_serials_do_not_run_on():
    first, second = (credential.new_serial(2026, seeded(n)) for n in (1, 2))

    assert sum(a != b for a, b in zip(first, second, strict=True)) > 4


@given(
    st.integers(0, 2**32), st.integers(0, 12), st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
)
def test_one_wrong_character_is_always_noticed(seed, position, character):
    serial = credential.new_serial(2026, seeded(seed))
    plain = serial.replace("-", "")
    wrong = plain[:position] + character + plain[position + 1 :]

    assert credential.normal_serial(wrong) == (serial if wrong == plain else None)


@given(st.integers(0, 2**32))
def test_a_serial_is_its_own_normal_form(seed):
    serial = credential.new_serial(2026, seeded(seed))

    assert credential.normal_serial(serial) == serial


def test_serial_is_recognised_as_people_type_it():
    serial = "2026-" + "0101" + "-" + "0000" + "-" + credential.check_character("202601010000")

    assert credential.normal_serial(serial) == serial
    assert credential.normal_serial(f" {serial.lower().replace('-', ' ')} ") == serial
    assert credential.normal_serial("２０２６－" + serial[5:].replace("0", "O")) == serial
    assert credential.normal_serial(serial.replace("1", "l").replace("-", "–")) == serial


@pytest.mark.parametrize("text", ["", "2026", "2026-0000-0000-", "２²26-0000-0000-0", "王" * 13])
def test_what_cannot_be_a_serial_is_none(text):
    assert credential.normal_serial(text) is None


# --- Names ---


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("王小明", "王*明"),
        ("李明", "李*"),
        ("欧阳娜娜", "欧**娜"),
        ("买买提·艾力", "买***力"),
        ("阿", "*"),
        ("", "*"),
        (" 王小明 ", "王*明"),
    ],
)
def test_names_are_masked(name, shown):
    assert credential.masked_name(name) == shown
