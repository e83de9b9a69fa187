"""What makes a certificate checkable: one canonical form, one signature, one serial number.

Values in, value out. Nothing here knows a database, a clock or a setting, so that the same module
can check a certificate years later and without the site that issued it.

Sources: RFC 8785 (JSON Canonicalization Scheme), RFC 8032 (Ed25519), W3C Data Integrity EdDSA
Cryptosuites 1.0 (eddsa-jcs-2022), Multikey and did:key for the form of the public key,
ISO/IEC 7064 MOD 37,36 for the check character.
"""

import base64
import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CRYPTOSUITE = "eddsa-jcs-2022"
PROOF_TYPE = "DataIntegrityProof"
# A certificate is a few kilobytes; anything much larger is not one of ours and is not parsed.
LARGEST_DOCUMENT = 64 * 1024

_LARGEST_INTEGER = 2**53 - 1
_ED25519_PUBLIC = b"\xed\x01"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58_VALUES = {character: value for value, character in enumerate(_BASE58)}


class NotCanonical(ValueError):
    """The value has no canonical JSON form, or the bytes given are not in it."""


class BadKey(ValueError):
    """The text is not an Ed25519 key in the form asked for."""


class BadCredential(ValueError):
    """The document is not what this key signed. The message is for a log, not for a page."""


class Randomness(Protocol):
    """Where a serial number's characters come from: secrets.SystemRandom, or a seeded Random."""

    def randrange(self, stop: int, /) -> int: ...


# --- Canonical JSON ---------------------------------------------------------------------------------


def canonical(value: Any) -> bytes:
    """Return the one UTF-8 form of a JSON value that RFC 8785 prescribes.

    Raises NotCanonical for what I-JSON cannot carry: NaN, infinities, integers beyond 2⁵³−1,
    lone surrogates, keys that are not strings, and anything that is not JSON at all.
    """
    try:
        return _canonical_text(value).encode("utf-8")
    except UnicodeEncodeError:
        raise NotCanonical("a lone surrogate has no UTF-8 form") from None
    except RecursionError:
        raise NotCanonical("nested too deeply") from None


def parse_canonical(raw: bytes) -> dict[str, Any]:
    """Read an object from bytes that must already be canonical: not one byte may differ.

    A name that occurs twice, a space, another spelling of a number: each raises NotCanonical,
    because a reader that forgives them would accept bytes that were never signed.
    """
    if len(raw) > LARGEST_DOCUMENT:
        raise NotCanonical("too large")
    try:
        value = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise NotCanonical("not JSON") from error
    if not isinstance(value, dict):
        raise NotCanonical("not an object")
    if canonical(value) != raw:
        raise NotCanonical("not in canonical form")
    return value


def _canonical_text(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, int):
        if abs(value) > _LARGEST_INTEGER:
            raise NotCanonical("integers end at 2^53 - 1")
        return str(value)
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        if not all(isinstance(name, str) for name in value):
            raise NotCanonical("names are strings")
        # RFC 8785 sorts by UTF-16 code units, which differs from code points beyond the BMP.
        names = sorted(value, key=lambda name: name.encode("utf-16-be", "surrogatepass"))
        return (
            "{" + ",".join(f"{_canonical_text(n)}:{_canonical_text(value[n])}" for n in names) + "}"
        )
    if isinstance(value, list | tuple):
        return "[" + ",".join(_canonical_text(item) for item in value) + "]"
    raise NotCanonical(f"{type(value).__name__} is not JSON")


def _number(value: float) -> str:
    """Write a double as ECMAScript does: shortest digits that read back, exponent outside 1e-6…1e21."""
    if not math.isfinite(value):
        raise NotCanonical("not a finite number")
    if value == 0:
        return "0"
    sign = "-" if value < 0 else ""
    mantissa, exponent_text = f"{abs(value)!r}e0".split("e")[:2]
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    # Where the decimal point stands, counted from the first significant digit.
    point = len(whole) + int(exponent_text) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if len(digits) <= point <= 21:
        return sign + digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{sign}{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    power = point - 1
    fraction = f".{digits[1:]}" if len(digits) > 1 else ""
    return f"{sign}{digits[0]}{fraction}e{'+' if power > 0 else '-'}{abs(power)}"


# --- Keys ---------------------------------------------------------------------------------------------


def base58(raw: bytes) -> str:
    """Encode in base58btc, without the multibase prefix."""
    number = int.from_bytes(raw, "big")
    characters = ""
    while number:
        number, rest = divmod(number, 58)
        characters = _BASE58[rest] + characters
    return "1" * (len(raw) - len(raw.lstrip(b"\0"))) + characters


def base58_decode(text: str) -> bytes:
    """Decode base58btc. Raises ValueError for a character outside the alphabet."""
    number = 0
    for character in text:
        if character not in _BASE58_VALUES:
            raise ValueError("not base58")
        number = number * 58 + _BASE58_VALUES[character]
    body = number.to_bytes((number.bit_length() + 7) // 8, "big")
    return b"\0" * (len(text) - len(text.lstrip("1"))) + body


def public_multibase(key: Ed25519PublicKey) -> str:
    """The public key as Multikey text: ``z6Mk…``."""
    return "z" + base58(_ED25519_PUBLIC + key.public_bytes(Encoding.Raw, PublicFormat.Raw))


def public_from_multibase(text: str) -> Ed25519PublicKey:
    """Read ``z6Mk…``. Raises BadKey."""
    try:
        raw = base58_decode(text.removeprefix("z"))
    except ValueError as error:
        raise BadKey("not base58") from error
    if not text.startswith("z") or raw[:2] != _ED25519_PUBLIC or len(raw) != 34:
        raise BadKey("not an Ed25519 Multikey")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def private_from_seed(text: str) -> Ed25519PrivateKey:
    """Read a signing key: 32 bytes in base64 (standard or URL-safe) or hexadecimal. Raises BadKey."""
    text = text.strip()
    try:
        if len(text) == 64:
            seed = bytes.fromhex(text)
        else:
            plain = text.replace("-", "+").replace("_", "/").rstrip("=")
            seed = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError as error:
        raise BadKey("neither base64 nor hexadecimal") from error
    if len(seed) != 32:
        raise BadKey("an Ed25519 signing key has 32 bytes")
    return Ed25519PrivateKey.from_private_bytes(seed)


def did_key(multibase: str) -> str:
    """The issuer's name that says its own key: ``did:key:z6Mk…``."""
    return f"did:key:{multibase}"


def verification_method(multibase: str) -> str:
    """The address of the one key in that did:key document."""
    return f"did:key:{multibase}#{multibase}"


# --- Proofs -------------------------------------------------------------------------------------------


def digest_to_sign(document: Mapping[str, Any], proof_options: Mapping[str, Any]) -> bytes:
    """Return the 64 bytes that are signed: SHA-256 of the proof's options, then of the document."""
    options_hash = hashlib.sha256(canonical(proof_options)).digest()
    return options_hash + hashlib.sha256(canonical(document)).digest()


def sign(document: Mapping[str, Any], key: Ed25519PrivateKey, *, created: str) -> dict[str, Any]:
    """Return the document with an ``eddsa-jcs-2022`` proof by the key.

    created: the instant of signing as RFC 3339 text ending in Z.
    """
    if "proof" in document:
        raise BadCredential("already signed")
    options: dict[str, Any] = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "created": created,
        "verificationMethod": verification_method(public_multibase(key.public_key())),
        "proofPurpose": "assertionMethod",
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = key.sign(digest_to_sign(document, options))
    return {**document, "proof": {**options, "proofValue": "z" + base58(signature)}}


def verify(secured: Mapping[str, Any], key: Ed25519PublicKey) -> dict[str, Any]:
    """Return the document without its proof, if exactly this key signed exactly this document.

    The key is the caller's: one that only the document itself names proves nothing.
    Raises BadCredential.
    """
    proof = secured.get("proof")
    if not isinstance(proof, Mapping):
        raise BadCredential("no proof")
    document = {name: value for name, value in secured.items() if name != "proof"}
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    expected = {
        "type": PROOF_TYPE,
        "cryptosuite": CRYPTOSUITE,
        "proofPurpose": "assertionMethod",
        "verificationMethod": verification_method(public_multibase(key)),
    }
    for name, value in expected.items():
        if options.get(name) != value:
            raise BadCredential(f"proof.{name} is not ours")
    if options.get("@context") != document.get("@context"):
        raise BadCredential("the proof speaks of another context")
    proof_value = proof.get("proofValue")
    if not isinstance(proof_value, str) or not proof_value.startswith("z"):
        raise BadCredential("no signature")
    try:
        signature = base58_decode(proof_value[1:])
        key.verify(signature, digest_to_sign(document, options))
    except (InvalidSignature, ValueError) as error:
        raise BadCredential("the signature does not fit") from error
    return document


def sealed(secured: Mapping[str, Any]) -> bytes:
    """The bytes to keep and to hand out: canonical, so that any altered byte is seen."""
    return canonical(secured)


def verify_bytes(raw: bytes, key: Ed25519PublicKey) -> dict[str, Any]:
    """Check a file handed in: every byte must be as it was sealed. Raises BadCredential."""
    try:
        return verify(parse_canonical(raw), key)
    except NotCanonical as error:
        raise BadCredential(str(error)) from error


# --- Serial numbers -----------------------------------------------------------------------------------

# Crockford's base 32: no I, L, O, U, which are misread on paper.
_SERIAL = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_BODY_LENGTH = 8
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_serial(year: int, random: Randomness) -> str:
    """Return a serial such as ``2026-7K3M-9QPD-4``: year of issue, 40 random bits, check character.

    Not a running number, so that no serial tells how many there are or what the next one is.
    """
    while True:
        body = "".join(_SERIAL[random.randrange(32)] for _ in range(_BODY_LENGTH))
        check = check_character(f"{year:04d}{body}")
        # A check character that is itself misread would spoil what it is for.
        if check in _SERIAL:
            return f"{year:04d}-{body[:4]}-{body[4:]}-{check}"


def check_character(text: str) -> str:
    """Return the ISO/IEC 7064 MOD 37,36 check character of letters and digits."""
    product = 36
    for character in text:
        total = (product + _CHECK.index(character)) % 36 or 36
        product = total * 2 % 37
    return _CHECK[(37 - product) % 36]


def normal_serial(text: str) -> str | None:
    """Bring a serial as people type it into its printed form; None if it cannot be one.

    Lower case, spaces, missing hyphens, full-width characters and O for 0 are forgiven; one wrong
    character or two neighbours exchanged are not.
    """
    plain = "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text)
    plain = "".join(c for c in plain.upper() if not c.isspace() and c not in "-‐‑‒–—")
    plain = plain.translate(_MISREAD)
    if len(plain) != 4 + _BODY_LENGTH + 1 or not plain[:4].isascii() or not plain[:4].isdigit():
        return None
    if any(character not in _SERIAL for character in plain[4:]):
        return None
    if check_character(plain[:-1]) != plain[-1]:
        return None
    return f"{plain[:4]}-{plain[4:8]}-{plain[8:12]}-{plain[12]}"


# --- Names ----------------------------------------------------------------------------------------------


def masked_name(name: str) -> str:
    """Hide the middle of a name so that who knows it recognises it: 王小明 → 王*明, 李明 → 李*.

    Never more than three stars: the length of a long name would give it away.
    """
    name = name.strip()
    if len(name) <= 1:
        return "*"
    if len(name) == 2:
        return name[0] + "*"
    return name[0] + "*" * min(len(name) - 2, 3) + name[-1]
