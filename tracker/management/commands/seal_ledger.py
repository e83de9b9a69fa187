"""Seal what was added to the ledger and the audit log since the last time."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from tracker import seals


class Command(BaseCommand):
    help = "Seal all new rows of the ledger and of the audit log under signed heads (nightly)."

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        for name, head in (
            ("Ledger", seals.seal_ledger(now=now)),
            ("Audit log", seals.seal_audit_log(now=now)),
        ):
            if head is None:
                self.stdout.write(f"{name}: nothing new to seal.")
            else:
                self.stdout.write(
                    f"{name}: head {head.number}, {head.tree_size} rows, root {head.root_hash}"
                )
