"""The code a candidate keeps after handing in."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U


def digest_of(answers: Iterable[tuple[int, int, str, int | None]]) -> str:
    """SHA-256 over (item, seq, value, certainty if stated) of the answers held, in order of item."""
    state = hashlib.sha256()
    for item, seq, value, certainty in sorted(answers, key=lambda answer: answer[:2]):
        sure = "" if certainty is None else f"\x1f{certainty}"
        state.update(f"{item}\x1f{seq}\x1f{value}{sure}\x1e".encode())
    return state.hexdigest()


def code_for(secret: bytes, attempt: str, submitted_at: datetime, digest: str) -> str:
    """Sixteen characters in groups of four: fifteen of an HMAC over what was handed in, one check.

    75 bits: it cannot be guessed, and a changed answer would give another code.
    """
    message = f"{attempt}\x1f{submitted_at.isoformat()}\x1f{digest}".encode()
    number = int.from_bytes(hmac.new(secret, message, hashlib.sha256).digest(), "big")
    body = "".join(_ALPHABET[(number >> (5 * i)) & 31] for i in range(15))
    return grouped(body + _check(body))


def grouped(code: str) -> str:
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def tidy(typed: str) -> str | None:
    """A typed code in its printed form (case, spaces, I/L/O forgiven); None when mistyped."""
    letters = typed.upper().replace("O", "0").replace("I", "1").replace("L", "1")
    code = "".join(char for char in letters if char in _ALPHABET)
    rest = "".join(char for char in letters if char not in _ALPHABET and not char.isspace())
    if len(code) != 16 or rest.strip("-－—·") or _check(code[:15]) != code[15]:
        return None
    return grouped(code)


def _check(body: str) -> str:
    """One check character; catches a wrong character and two neighbours exchanged (modulo 31, so
    only 0 taken for Z escapes)."""
    total = 0
    for char in body:
        total = ((total + _ALPHABET.index(char)) * 2) % 31
    return _ALPHABET[total]
