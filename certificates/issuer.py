"""The key this site signs certificates with.

``CREDENTIAL_SIGNING_KEY`` (32 bytes in base64 or hexadecimal) when the operator sets it; otherwise
a key made once and kept in ``VAR_DIR/keys/credential.key``, readable by its owner alone. Who loses
it can still verify every old certificate: the public keys are rows of the database.
"""

import base64
import os
import secrets
from functools import lru_cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import settings

from certificates.credential import private_from_seed


def signing_key() -> Ed25519PrivateKey:
    """Return the site's signing key, making one on first use. Raises BadKey for a damaged one."""
    configured = getattr(settings, "CREDENTIAL_SIGNING_KEY", "")
    if configured:
        return _read(configured)
    path = Path(settings.VAR_DIR) / "keys" / "credential.key"
    if not path.exists():
        _make(path)
    return _read(path.read_text(encoding="ascii"))


@lru_cache(maxsize=4)
def _read(text: str) -> Ed25519PrivateKey:
    return private_from_seed(text)


def _make(path: Path) -> None:
    """Write a new key so that two processes starting together agree on one of them."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            # A link is refused when the other process was first, and is never half a file.
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
