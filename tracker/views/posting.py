"""Posting a line by hand."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from people.enums import Role
from people.models import Person
from people.numbers import whole_number
from people.permissions import me, role_required
from people.queries import has_role
from tracker import operations, queries, wording
from tracker.enums import Bucket, ConfirmerKind
from tracker.forms.posting import PostingForm
from tracker.models import Entry
from tracker.rules import Confirmer, Form, Row
from tracker.rules.plain import amount


@require_http_methods(["GET", "POST"])
@role_required(Role.TRAINING_ADMIN, Role.INSTITUTION_STAFF)
def post(request: HttpRequest) -> HttpResponse:
    """Type a line, read what it will count for, then post it. The form's token posts once."""
    asker, now = me(request), timezone.now()
    assert isinstance(asker, Person)  # noqa: S101  every view needs a login
    persons = queries.persons_posted_for(asker)
    only_institution = not has_role(asker, Role.TRAINING_ADMIN)
    scope: dict[str, Any] = {
        "persons": persons,
        "institutions": queries.institutions_vouched_by(asker),
        "only_institution": only_institution,
        "today": timezone.localdate(now),
    }
    if request.method == "GET":
        initial: dict[str, Any] = {"token": uuid4()}
        if asked := whole_number(request.GET.get("person")):
            initial["who"] = get_object_or_404(persons, pk=asked).staff_number
        elif like := whole_number(request.GET.get("like")):
            initial |= _like(get_object_or_404(queries.lines_posted_for(asker), pk=like))
        form = PostingForm(initial=initial, **scope)
        return render(request, "tracker/post.html", {"form": form})
    form = PostingForm(request.POST, **scope)
    if not form.is_valid() or form.person is None:
        return render(request, "tracker/post.html", {"form": form}, status=422)
    chosen = form.cleaned_data
    before = _in_place_of(asker, form)
    posting = operations.Posting(
        source=f"tracker.manual:{chosen['token']}",
        bucket=chosen["bucket"],
        title=chosen["title"],
        occurred_from=chosen["first_day"],
        occurred_to=chosen["last_day"] + timedelta(days=1),
        measures=form.measures(),
        confirmer=chosen["confirmer"],
        person_id=form.person.pk,
        institution_id=chosen["institution"].pk if chosen["institution"] else None,
        confirmed_by_id=asker.pk,
        evidence={"note": chosen["note"], **({"corrects": before.pk} if before else {})},
        course=before.course if before else "",
    )
    step = request.POST.get("step")
    if step == "edit":
        return render(request, "tracker/post.html", {"form": form})
    if step != "post":
        context = {
            "form": form,
            "person": form.person,
            "posting": posting,
            "institution": chosen["institution"],
            "bucket": Bucket(posting.bucket).label,
            "confirmer": ConfirmerKind(posting.confirmer).label,
            "counts": _counts_for(posting, now, with_standing=not only_institution),
        }
        return render(request, "tracker/post_preview.html", context)
    try:
        line, fresh = operations.post_by_hand(posting, by=asker, now=now)
    except operations.MayNotPost:
        raise Http404 from None
    except operations.SourceTaken:
        messages.error(
            request, _("This form has posted a line for somebody else. Please begin anew.")
        )
        return redirect("tracker:post")
    said = {"title": line.title, "name": form.person.name}
    if fresh:
        messages.success(request, _("“%(title)s” is posted for %(name)s.") % said)
    else:
        messages.info(
            request,
            _(
                "This form was posted before, so nothing was posted a second time: “%(title)s”, %(name)s."
            )
            % said,
        )
    if only_institution:
        return redirect("tracker:post")
    return redirect("tracker:entry", pk=line.pk)


def _in_place_of(asker: Person, form: PostingForm) -> Entry | None:
    """The line the form began with, where it is one of this person that was taken back."""
    begun_with = form.cleaned_data["like"] or 0
    return queries.lines_posted_for(asker).filter(pk=begun_with, person=form.person).first()


def _like(line: Entry) -> dict[str, Any]:
    """What the form begins with where a line was taken back because its days were wrong."""
    assert line.person is not None  # noqa: S101  lines of organisations are not posted here
    figures = ("training_days", "hours", "credits")
    return {
        "like": line.pk,
        "who": line.person.staff_number,
        "bucket": line.bucket,
        "title": line.title,
        "institution": line.institution_id,
        "first_day": line.occurred_from,
        "last_day": line.occurred_to - timedelta(days=1),
        **{name: amount(value) for name in figures if (value := getattr(line, name))},
        "confirmer": line.confirmer,
        "note": line.evidence.get("note", ""),
    }


def _counts_for(
    posting: operations.Posting, now: datetime, *, with_standing: bool
) -> list[tuple[bool, str]]:
    """What the line would count for as of its last day, and why not for the rest.

    ``with_standing`` adds where the person would then stand, for those who see records.
    """
    assert posting.person_id is not None  # noqa: S101  a form names a person
    row = Row(
        key="new",
        form=Form(posting.bucket),
        title=posting.title,
        since=posting.occurred_from,
        after_last=posting.occurred_to,
        measures=posting.measures,
        recorded_at=now,
        confirmer=Confirmer(posting.confirmer),
        course=posting.course,
    )
    found = []
    for assessment in queries.assessments_with(
        posting.person_id,
        row,
        posting.institution_id,
        on=row.last_day,
        known_at=now,
    ):
        words = {"title": wording.title(assessment.duty.title)}
        if any(line.key == "new" for line in assessment.counted):
            sentence = _("It will count for “%(title)s”.") % words
            if with_standing:
                verdict = wording.verdict(assessment)
                sentence = _("%(one)s %(two)s") % {"one": sentence, "two": verdict}
            found.append((True, sentence))
            continue
        for refused in assessment.refused:
            if refused.row.key == "new":
                words["reasons"] = wording.in_a_row(wording.reasons(refused, assessment))
                found.append((False, _("Not for “%(title)s”: %(reasons)s") % words))
    return sorted(found, key=lambda pair: not pair[0])
