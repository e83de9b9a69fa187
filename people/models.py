"""Persons, the organisation tree, and what a person was and held over time.

Dated rows are half-open: ``starts_on`` is the first day, ``ends_on`` the first day no longer
(null while it lasts), both local calendar days.
"""

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node

from people.enums import (
    Authority,
    DutyKind,
    Grade,
    OrgKind,
    Rank,
    Role,
    RosterList,
    RosterState,
    SameState,
    Stage,
)


class OrgUnit(MP_Node):
    """A node of the one organisation tree. Nodes may be moved; facts keep the place they had."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=OrgKind)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("unit")
        verbose_name_plural = _("units")

    def __str__(self) -> str:
        return self.name


class PersonManager(BaseUserManager["Person"]):
    """Makes persons; one without a password is in the roster but cannot sign in."""

    def create_user(
        self, staff_number: str, name: str, password: str | None = None, **fields: object
    ) -> "Person":
        person = self.model(staff_number=staff_number, name=name, **fields)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def create_superuser(
        self, staff_number: str, name: str, password: str | None = None, **fields: object
    ) -> "Person":
        return self.create_user(staff_number, name, password, is_superuser=True, **fields)


class Person(AbstractBaseUser, PermissionsMixin):
    """A cadre or member, and at the same time the account. No more about a person than is needed."""

    staff_number = models.CharField(_("staff number"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=60)
    # Full spelling and initials, "wangxiaoming wxm", so that lists can be searched by keyboard.
    pinyin = models.CharField(_("pinyin"), max_length=160, blank=True, db_index=True)
    email = models.EmailField(_("email"), blank=True)
    unit = models.ForeignKey(
        OrgUnit, on_delete=models.PROTECT, null=True, related_name="persons", verbose_name=_("unit")
    )
    is_active = models.BooleanField(_("active"), default=True)
    joined_on = models.DateField(_("on the roster since"), null=True, blank=True)
    # Somebody else made the password: nobody is signed in with it before choosing another.
    must_choose_password = models.BooleanField(
        _("has yet to choose a password"), default=False, db_default=False
    )

    USERNAME_FIELD = "staff_number"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]
    objects = PersonManager()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("persons")
        indexes = [models.Index(fields=["unit", "is_active"], name="people_person_in_unit")]

    def __str__(self) -> str:
        return self.name

    @property
    def first_name(self) -> str:
        """The name Wagtail's sidebar greets with."""
        return self.name

    def get_full_name(self) -> str:
        """The name Wagtail puts beside what somebody wrote."""
        return self.name


class _Dated(models.Model):
    """Something that held from a day to the day before another."""

    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until (exclusive)"), null=True, blank=True)

    class Meta:
        abstract = True


class _Recorded(_Dated):
    """A dated fact with the moments it and its end became known, so that a day's figures can be
    shown as they were known on any other day. None: kept since before these moments were.

    An end is told once: ``end_recorded_at`` says when, unless it came with the fact itself.
    """

    recorded_at = models.DateTimeField(_("recorded at"), null=True, editable=False)
    end_recorded_at = models.DateTimeField(_("end recorded at"), null=True, editable=False)

    class Meta:
        abstract = True


def _ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name=name
    )


class Post(_Recorded):
    """A post held (任职). Several at once are possible; one of them is primary."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="posts")
    title = models.CharField(_("post title"), max_length=100)
    rank = models.SmallIntegerField(_("rank"), choices=Rank, default=Rank.OTHER)
    grade = models.SmallIntegerField(_("civil-service grade"), choices=Grade, default=Grade.NONE)
    leading = models.BooleanField(_("leading post"), default=False)
    authority = models.CharField(
        _("managed by"), max_length=20, choices=Authority, default=Authority.UNIT
    )
    primary = models.BooleanField(_("primary post"), default=True)

    class Meta:
        verbose_name = _("post")
        verbose_name_plural = _("posts")
        constraints = [
            _ends_after_start("people_post_ends_after_start"),
            # Two open primary posts would give a person two homes.
            models.UniqueConstraint(
                fields=["person"],
                condition=Q(primary=True, ends_on=None),
                name="people_post_one_open_primary",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PartyDuty(_Recorded):
    """An office held inside the party (党内职务)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="duties")
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="duties")
    kind = models.CharField(_("duty"), max_length=30, choices=DutyKind)

    class Meta:
        verbose_name = _("party duty")
        verbose_name_plural = _("party duties")
        constraints = [_ends_after_start("people_duty_ends_after_start")]

    def __str__(self) -> str:
        return self.get_kind_display()


class MembershipStage(_Recorded):
    """A stage on the way into the party, and membership itself."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="stages")
    stage = models.CharField(_("stage"), max_length=30, choices=Stage)

    class Meta:
        verbose_name = _("membership stage")
        verbose_name_plural = _("membership stages")
        constraints = [_ends_after_start("people_stage_ends_after_start")]

    def __str__(self) -> str:
        return self.get_stage_display()


class RoleGrant(_Dated):
    """A role for a part of the tree: the unit and everything below it."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="role_grants")
    role = models.CharField(_("role"), max_length=30, choices=Role)
    unit = models.ForeignKey(OrgUnit, on_delete=models.PROTECT, related_name="role_grants")
    granted_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, related_name="roles_given"
    )

    class Meta:
        verbose_name = _("role")
        verbose_name_plural = _("roles")
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=F("starts_on")),
                name="people_role_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["person", "role", "unit"],
                condition=Q(ends_on=None),
                name="people_role_granted_once",
            ),
        ]

    def __str__(self) -> str:
        return self.get_role_display()


class SamePerson(models.Model):
    """That two records are one person: proposed by one, decided by another, undone the same way.

    Nothing is moved or rewritten. From ``merged_at`` to ``undone_at`` whoever reads the record of
    ``kept`` reads that of ``other`` with it; a reading as of an earlier moment does not.
    """

    kept = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merges")
    other = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="merged_as")
    token = models.UUIDField(unique=True)
    note = models.CharField(_("why they are one person"), max_length=300)
    state = models.CharField(
        _("state of the merge"), max_length=20, choices=SameState, default=SameState.ASKED
    )
    asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(_("asked at"))
    # Of the merge, or of its refusal.
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(_("decided at"), null=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    merged_at = models.DateTimeField(_("merged at"), null=True)
    # Whether undoing reopens the account.
    account_was_open = models.BooleanField(default=False)
    undo_note = models.CharField(_("why they are two persons"), max_length=300, blank=True)
    undo_asked_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    undo_asked_at = models.DateTimeField(_("asked at"), null=True)
    undone_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    undone_at = models.DateTimeField(_("separated again at"), null=True)

    class Meta:
        verbose_name = _("same person")
        verbose_name_plural = _("same persons")
        indexes = [models.Index(fields=["state", "asked_at"], name="people_same_queue")]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("other")), name="people_same_are_two"),
            # Whose hours would count for two people otherwise?
            models.UniqueConstraint(
                fields=["other"],
                condition=Q(state__in=[SameState.MERGED, SameState.UNDO_ASKED]),
                name="people_same_merged_into_one",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SameState.MERGED, SameState.UNDO_ASKED, SameState.UNDONE])
                | Q(merged_at__isnull=False, decided_by__isnull=False),
                name="people_same_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(undone_at=None, undone_by=None)
                | Q(state=SameState.UNDONE, undone_at__gte=F("merged_at"), undone_by__isnull=False),
                name="people_same_undone_after_merged",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.other_id} is {self.kept_id}: {self.state}"


class RosterImport(models.Model):
    """A list of units or persons somebody sent. The file is kept: it says why the roster changed."""

    file = models.FileField(_("file"), upload_to="roster/%Y/")
    file_name = models.CharField(_("name of the file"), max_length=200)
    digest = models.CharField(_("digest"), max_length=64)
    kind = models.CharField(_("kind of list"), max_length=20, choices=RosterList)
    state = models.CharField(
        _("state of the list"), max_length=20, choices=RosterState, default=RosterState.CHECKED
    )
    # None: from the command line, which stands outside the tree.
    sent_by = models.ForeignKey(
        Person, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    received_at = models.DateTimeField(_("received at"))
    done_at = models.DateTimeField(_("carried out at"), null=True, blank=True)
    # As it was when last checked or carried out: counts, and the first of each kind of finding.
    report = models.JSONField(_("report"), default=dict)

    class Meta:
        verbose_name = _("list for the roster")
        verbose_name_plural = _("lists for the roster")
        ordering = ["-received_at", "-id"]

    def __str__(self) -> str:
        return self.file_name


class AuditEntry(models.Model):
    """Who looked at or changed what. Rows are only added; a database trigger holds that."""

    at = models.DateTimeField(_("recorded at"), db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    verb = models.CharField(_("verb"), max_length=60)
    subject = models.CharField(_("audit subject"), max_length=100, db_index=True)
    detail = models.JSONField(_("audit detail"), default=dict)

    class Meta:
        verbose_name = _("audit entry")
        verbose_name_plural = _("audit entries")

    def __str__(self) -> str:
        return f"{self.verb} {self.subject}"


class FailedSignIn(models.Model):
    """A try to sign in that failed or is under way, kept while it counts: see ``people.sign_in``."""

    account = models.CharField(_("mark of the account"), max_length=40)
    address = models.CharField(_("network address"), max_length=45)
    at = models.DateTimeField(_("tried at"))

    class Meta:
        verbose_name = _("failed sign-in")
        verbose_name_plural = _("failed sign-ins")
        indexes = [
            models.Index(fields=["account", "at"], name="people_failed_by_account"),
            models.Index(fields=["address", "at"], name="people_failed_by_address"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.at}"
