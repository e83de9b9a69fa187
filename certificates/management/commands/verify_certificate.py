"""Check a signed certificate file without the web site; with ``--key`` even without its database."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from certificates import credential
from certificates.queries import certificate_of_file, issuer_keys, verdict_on


class Command(BaseCommand):
    help = (
        "Check a certificate.json. With --key only the signature is checked, without the database."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--key", help="the issuer's public key, z6Mk…")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            raw = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"Cannot read {options['file']}: {error.strerror}.") from error
        keys = [options["key"]] if options["key"] else [k.multibase for k in issuer_keys()]
        document = self._signed_by(raw, keys)
        subject = document["credentialSubject"]
        self.stdout.write(f"{subject['licenseNumber']}: the signature fits, no byte was altered.")
        self.stdout.write(f"  {document['name']} · {subject['achievement']['name']}")
        if not options["key"]:
            verdict = verdict_on(certificate_of_file(raw))
            self.stdout.write(f"  in the record of this site: {verdict.value}")

    def _signed_by(self, raw: bytes, keys: list[str]) -> dict[str, Any]:
        for key in keys:
            try:
                return credential.verify_bytes(raw, credential.public_from_multibase(key))
            except credential.BadKey as error:
                raise CommandError(f"{key} is not an Ed25519 public key.") from error
            except credential.BadCredential:
                continue
        raise CommandError("This file is not one that this issuer signed, or it has been altered.")
