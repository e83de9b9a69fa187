"""Whoever signs in with a password that somebody else made chooses his own before anything else."""

from allauth.account.stages import LoginStageController
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.password_validation import password_validators_help_texts
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import operations
from people.backends import ChoosePasswordStage
from people.forms import ChoosePasswordForm


@require_http_methods(["GET", "POST"])
@never_cache
@login_not_required
def choose_password(request: HttpRequest) -> HttpResponseBase:
    """The last step of a sign-in that is under way; until it is done nobody is signed in."""
    if request.user.is_authenticated:
        return redirect("/")
    stage = LoginStageController.enter(request, ChoosePasswordStage.key)
    if stage is None:
        messages.info(request, _("Please sign in once more."))
        return redirect("account_login")
    person = stage.login.user
    form = ChoosePasswordForm(person, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            stage.login.user = operations.choose_password(
                person.pk,
                form.cleaned_data["password1"],
                instead_of=stage.state["instead_of"],
                now=timezone.now(),
            )
        except operations.ChosenBefore:
            messages.info(
                request,
                _(
                    "Your password was changed in the meantime. Sign in with the one that holds now."
                ),
            )
            return stage.abort()
        messages.success(request, _("Your password is set. Only you know it."))
        return stage.exit()
    return render(
        request,
        "people/choose_password.html",
        {"form": form, "person": person, "rules": password_validators_help_texts()},
        status=422 if form.errors else 200,
    )
