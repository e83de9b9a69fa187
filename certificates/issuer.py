"""The key this site signs certificates with.

``CREDENTIAL_SIGNING_KEY`` (32 bytes in base64 or hexadecimal) when the operator sets it; otherwise
a key made once and kept in ``VAR_DIR/keys/credential.key``, readable by its owner alone. Who loses
it can still verify every old certificate: the public keys are rows of the database.
"""

import base64
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from certificates.credential import private_from_seed
from people.key_files import kept_at


def signing_key() -> Ed25519PrivateKey:
    """Return the site's signing key, making one on first use. Raises BadKey for a damaged one."""
    return _read(
        settings.CREDENTIAL_SIGNING_KEY
        or kept_at(Path(settings.VAR_DIR) / "keys" / "credential.key", _new)
    )


@lru_cache(maxsize=4)
def _read(text: str) -> Ed25519PrivateKey:
    return private_from_seed(text)


def _new() -> str:
    return base64.b64encode(secrets.token_bytes(32)).decode()
