"""A member's own classes, and his opinion of them."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from classes import operations, queries, wording
from classes.forms import JudgeForm
from classes.views.shared import attempt, class_or_404
from people.permissions import me


@require_safe
def mine(request: HttpRequest) -> HttpResponse:
    """Classes I am in, what I have to make up, and the menu of open ones."""
    asker = me(request)
    today = timezone.localdate()
    places = [
        (place, wording.place_sentence(place), queries.may_judge(place, today))
        for place in queries.my_places(asker)
    ]
    ahead = [row for row in places if row[0].training_class.is_ahead(today)]
    context = {
        "coming": list(reversed(ahead)),
        "past": [row for row in places if row not in ahead],
        "menu": queries.classes_open_to(asker, today),
        "tasks": queries.open_makeups(asker.pk),
    }
    return render(request, "classes/mine.html", context)


@require_http_methods(["GET", "POST"])
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """A participant judges a class once, without a name."""
    asker, now = me(request), timezone.now()
    of = class_or_404(asker, pk)
    place = queries.place_of(asker, of)
    if place is None:
        raise Http404
    form = JudgeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        attempt(
            request,
            lambda: operations.judge(
                place.pk, form.scores(), remark=form.cleaned_data["remark"], by=asker, now=now
            ),
            _("Thank you. Your answer was added to the sums; it is kept nowhere by itself."),
        )
        return redirect("classes:detail", pk)
    context = {
        "class": of,
        "form": form,
        "open": queries.may_judge(place, timezone.localdate(now)),
        "shown_from": queries.SHOWN_FROM,
    }
    return render(request, "classes/judge.html", context, status=422 if form.errors else 200)
