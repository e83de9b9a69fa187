"""The Merkle trees over the ledger and over the audit log (RFC 6962)."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from tracker.models.ledger import Entry


class Head(models.Model):
    """A signed head of a Merkle tree, linked to the one before."""

    number = models.PositiveIntegerField(_("number"), unique=True)
    tree_size = models.BigIntegerField(_("rows sealed"))
    root_hash = models.CharField(_("root hash"), max_length=64)
    previous_hash = models.CharField(_("hash of the head before"), max_length=64, blank=True)
    # Roots of the complete subtrees, largest first: enough to append without reading old leaves.
    frontier = models.JSONField(_("frontier"), default=list)
    sealed_at = models.DateTimeField(_("sealed at"))
    key_id = models.CharField(_("signing key"), max_length=64)
    signature = models.CharField(_("signature"), max_length=128)

    class Meta:
        abstract = True
        ordering = ["number"]

    def __str__(self) -> str:
        return f"#{self.number}: {self.tree_size}"


class LedgerHead(Head):
    """A head over the ledger."""

    class Meta(Head.Meta):
        verbose_name = _("ledger head")
        verbose_name_plural = _("ledger heads")


class AuditHead(Head):
    """A head over the audit log."""

    class Meta(Head.Meta):
        verbose_name = _("audit head")
        verbose_name_plural = _("audit heads")


class LedgerLeaf(models.Model):
    """The place of an entry in the tree. Given once, at its first seal."""

    position = models.BigIntegerField(_("place in the tree of seals"), primary_key=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.CharField(_("leaf hash"), max_length=64)

    class Meta:
        verbose_name = _("ledger leaf")
        verbose_name_plural = _("ledger leaves")

    def __str__(self) -> str:
        return f"{self.position}: {self.leaf_hash[:12]}"


class LedgerBlock(models.Model):
    """The root over a full block of leaves, so that one row is proven without reading all of them."""

    number = models.BigIntegerField(_("number"), primary_key=True)
    root_hash = models.CharField(_("root hash"), max_length=64)

    class Meta:
        verbose_name = _("block of leaves")
        verbose_name_plural = _("blocks of leaves")

    def __str__(self) -> str:
        return f"{self.number}: {self.root_hash[:12]}"


class AuditLeaf(models.Model):
    """The place of an audit entry in its tree. Given once, at its first seal."""

    position = models.BigIntegerField(_("place in the tree of seals"), primary_key=True)
    entry = models.OneToOneField("people.AuditEntry", on_delete=models.PROTECT, related_name="leaf")
    leaf_hash = models.CharField(_("leaf hash"), max_length=64)

    class Meta:
        verbose_name = _("audit leaf")
        verbose_name_plural = _("audit leaves")

    def __str__(self) -> str:
        return f"{self.position}: {self.leaf_hash[:12]}"
