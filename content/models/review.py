"""Two people see every text before it is published."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.forms import TaskStateCommentForm
from wagtail.models import AbstractGroupApprovalTask, PagePermissionTester, Revision, TaskState


class SelfApproval(PermissionDenied):
    """Whoever wrote or submitted a text may neither approve nor return it."""


def refuse_same_person(user_id: int | None, others: set[int | None]) -> None:
    """Raise SelfApproval when who decides is one of those whose work is decided on."""
    if user_id is not None and user_id in others:
        raise SelfApproval(_("Another person must approve this."))


def authors_of(task_state: TaskState) -> set[int | None]:
    """Who submitted the page, and who wrote what would be published."""
    state = task_state.workflow_state
    return {state.requested_by_id, state.content_object.get_latest_revision().user_id}


class TwoPersonTaskState(TaskState):
    """An approval that knows whose work it approves."""

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

    def approve(self, user: Any = None, update: bool = True, comment: str = "") -> TaskState:
        refuse_same_person(getattr(user, "pk", None), authors_of(self))
        return super().approve(user=user, update=update, comment=comment)

    def reject(self, user: Any = None, update: bool = True, comment: str = "") -> TaskState:
        refuse_same_person(getattr(user, "pk", None), authors_of(self))
        return super().reject(user=user, update=update, comment=comment)


class Reason(TaskStateCommentForm):
    """What Wagtail's editor asks of who returns a page."""

    comment = forms.CharField(
        label=_("What is to be changed"),
        help_text=_("The submitter reads it beside the returned page."),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TwoPersonApprovalTask(AbstractGroupApprovalTask):
    """A group approves; whoever submitted or wrote last does not count as the group."""

    task_state_class = TwoPersonTaskState

    class Meta:
        verbose_name = _("approval by a second person")
        verbose_name_plural = _("approvals by a second person")

    def get_actions(self, obj: Any, user: Any) -> list[tuple[str, Any, bool]]:
        task_state = obj.current_workflow_task_state
        if task_state is not None and user.pk in authors_of(task_state):
            return []
        # Approval first: Wagtail's editor makes the first action its main button.
        if not super().get_actions(obj, user):
            return []
        return [
            ("approve", _("Approve and publish"), False),
            ("approve", _("Approve with a comment"), True),
            ("reject", _("Return for changes"), True),
        ]

    def on_action(self, task_state: TaskState, user: Any, action_name: str, **kwargs: Any) -> None:
        super().on_action(task_state.specific, user, action_name, **kwargs)

    def get_form_for_action(self, action: str) -> Any:
        return Reason if action == "reject" else super().get_form_for_action(action)

    def may_decide(self, task_state: TaskState, user: Any) -> bool:
        """Whether the user may approve or return the page that waits on this task."""
        if user.pk in authors_of(task_state):
            return False
        return bool(user.is_superuser or self._user_in_groups(user))

    def get_task_states_user_can_moderate(self, user: Any, **kwargs: Any) -> models.QuerySet:
        states = super().get_task_states_user_can_moderate(user, **kwargs)
        return states.exclude(workflow_state__requested_by=user).exclude(revision__user=user)

    @classmethod
    def get_description(cls) -> Any:
        return _("A member of the chosen groups approves, other than who wrote or submitted it.")


class TwoPersonPermissions(PagePermissionTester):
    """Wagtail's page permissions, with one more: nobody publishes what he wrote last."""

    def can_publish(self) -> bool:
        if not super().can_publish():
            return False
        wrote = Revision.objects.filter(pk=self.page.latest_revision_id).values_list(
            "user_id", flat=True
        )
        return self.user.pk not in set(wrote)
