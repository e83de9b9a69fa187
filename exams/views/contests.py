"""Contests and series for those who hold exams; the jury's page; the results for everybody."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from exams import operations, queries
from exams.forms.contests import ContestForm, ReleaseForm, ScoreForm, SeriesForm
from exams.models import Contest, Finalist
from exams.permissions import EXAM_ROLES
from people.permissions import me, role_required
from people.queries import has_role, names_told_apart

REFUSALS = {
    "first_round_open": gettext_lazy(
        "The first round is not over: wait until it has closed and everything is marked."
    ),
    "nobody": gettext_lazy("Nobody has a result in the first round."),
    "called": gettext_lazy("The finalists were called already."),
    "not_called": gettext_lazy("Call the finalists first."),
    "published": gettext_lazy("The results are published and stand."),
    "not_scored": gettext_lazy("Some scores of the jury are still missing."),
    "own": gettext_lazy("Nobody scores himself."),
    "points": gettext_lazy("Please check the points."),
    "no_reason": gettext_lazy("Please give a reason."),
    "not_juror": gettext_lazy("That person is not on the jury any more."),
    "last_juror": gettext_lazy("The jury needs at least one member."),
}


def _is_organiser(request: HttpRequest) -> bool:
    return has_role(me(request), *EXAM_ROLES)


def _contest(request: HttpRequest, pk: int) -> Contest:
    """Organisers see all; others those they judge, are in, or that are published."""
    known = (
        queries.contests_held()
        if _is_organiser(request)
        else queries.contests_known_to(me(request))
    )
    found: Contest = get_object_or_404(known, pk=pk)
    return found


def _homes(finalists: list[Finalist]) -> dict[int, str]:
    return names_told_apart({each.unit for each in finalists if each.unit is not None})


@require_safe
def contest_list(request: HttpRequest) -> HttpResponse:
    organiser = _is_organiser(request)
    found = queries.contests_held() if organiser else queries.contests_known_to(me(request))
    page = Paginator(found, 25).get_page(request.GET.get("page"))
    return render(
        request, "exams/contests/list.html", {"page_obj": page, "is_organiser": organiser}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXAM_ROLES)
def contest_new(request: HttpRequest) -> HttpResponse:
    form = ContestForm(request.POST or None, by=me(request))
    if request.method == "POST" and form.is_valid():
        contest = operations.create_contest(by=me(request), now=timezone.now(), **form.options())
        messages.success(request, _("The contest is set up."))
        return redirect("exams:contest", contest.pk)
    return render(
        request, "exams/contests/form.html", {"form": form}, status=422 if form.errors else 200
    )


@require_safe
def contest(request: HttpRequest, pk: int) -> HttpResponse:
    """First round, finalists, scores and awards; before publication without the standings for
    those who do not organise it."""
    return _contest_page(request, _contest(request, pk))


def _contest_page(
    request: HttpRequest, found: Contest, release_form: ReleaseForm | None = None
) -> HttpResponse:
    now = timezone.now()
    organiser = _is_organiser(request)
    is_juror = found.jury.filter(pk=me(request).pk).exists()
    # From a mean one reckons back what the others gave: whoever scores sees none before publication,
    # not even as the organiser.
    sees_standings = organiser and (found.published_at is not None or not is_juror)
    finalists = list(queries.finalists_of(found))
    standings = {s.id: s for s in queries.contest_standings(found)} if sees_standings else {}
    homes = _homes(finalists)
    rows = [(f, standings.get(f.pk), homes.get(f.unit_id or 0, "")) for f in finalists]
    if not found.published_at and sees_standings:
        rows.sort(
            key=lambda row: (
                row[1] is None or row[1].place is None,
                row[1].place if row[1] and row[1].place else 0,
            )
        )
    return render(
        request,
        "exams/contests/contest.html",
        {
            "contest": found,
            "rows": rows,
            "jury": queries.jury_progress(found) if organiser else [],
            "release_form": release_form or ReleaseForm(contest=found),
            "missing": queries.scores_missing(found) if organiser and found.called_at else 0,
            "is_organiser": organiser,
            "is_juror": is_juror,
            "first_is_over": now >= found.first_round.closes_at,
            "shows_totals": sees_standings or found.published_at is not None,
        },
        status=422 if release_form is not None else 200,
    )


@require_POST
@role_required(*EXAM_ROLES)
def contest_deed(request: HttpRequest, pk: int, deed: str) -> HttpResponse:
    found = _contest(request, pk)
    now, by = timezone.now(), me(request)
    try:
        if deed == "call":
            n = operations.call_finalists(pk, by=by, now=now)
            if n > found.finalists_wanted:
                said = _(
                    "%(n)s finalists are called for %(places)s places: the last ones are equal."
                )
            else:
                said = _("%(n)s finalists are called.")
            messages.success(request, said % {"n": n, "places": found.finalists_wanted})
        elif deed == "release":
            form = ReleaseForm(request.POST, contest=found)
            if not form.is_valid():
                return _contest_page(request, found, form)
            juror = form.cleaned_data["juror"]
            operations.release_juror(
                pk, juror.pk, because=form.cleaned_data["because"], by=by, now=now
            )
            messages.success(request, _("%(name)s is off the jury.") % {"name": juror.name})
        elif deed == "publish":
            operations.publish_contest(pk, by=by, now=now)
            messages.success(request, _("The results are published."))
        else:
            raise Http404
    except operations.ContestRefused as refusal:
        messages.error(request, REFUSALS[refusal.code])
    return redirect("exams:contest", pk)


@require_http_methods(["GET", "HEAD", "POST"])
def jury(request: HttpRequest, pk: int) -> HttpResponse:
    """A member of the jury scores the finalists; he sees nobody else's points."""
    person = me(request)
    found = get_object_or_404(Contest, pk=pk, jury=person, called_at__isnull=False)
    finalists = [f for f in queries.finalists_of(found) if f.person_id != person.pk]
    homes, given = _homes(finalists), queries.scores_by(person, found)
    rows: list[dict[str, Any]] = []
    for finalist in finalists:
        score = given.get(finalist.pk)
        form = ScoreForm(
            request.POST or None,
            criteria=found.criteria,
            initial={f"points{n}": p for n, p in enumerate(score.points)} if score else None,
            prefix=f"f{finalist.pk}",
        )
        home = homes.get(finalist.unit_id or 0, "")
        rows.append({"finalist": finalist, "home": home, "score": score, "form": form})
    # What was typed for several is kept or told together: one button, nothing lost.
    if request.method == "POST" and all(row["form"].is_valid() for row in rows):
        saved = 0
        try:
            for row in rows:
                if row["form"].has_changed():
                    operations.give_score(
                        row["finalist"].pk, row["form"].points(), by=person, now=timezone.now()
                    )
                    saved += 1
        except operations.ContestRefused as refusal:
            messages.error(request, REFUSALS[refusal.code])
        if saved:
            said = ngettext("%(n)s score is saved.", "%(n)s scores are saved.", saved)
            messages.success(request, said % {"n": saved})
        return redirect("exams:jury", pk)
    return render(
        request,
        "exams/contests/jury.html",
        {"contest": found, "rows": rows, "scored": len(given)},
        status=422 if request.method == "POST" else 200,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*EXAM_ROLES)
def series(request: HttpRequest) -> HttpResponse:
    """Plan a question a month and a test a quarter; below, what was planned."""
    form = SeriesForm(request.POST or None, by=me(request))
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            made = operations.open_series(
                title=data["title"],
                year=data["year"],
                month=data["month"],
                quarter=data["quarter"],
                unit_ids=[unit.pk for unit in data["units"]],
                month_minutes=data["month_minutes"],
                quarter_minutes=data["quarter_minutes"],
                quarter_hours=data["quarter_hours"],
                by=me(request),
                now=timezone.now(),
            )
        except operations.NotFeasible as refusal:
            for line in refusal.report:
                if line.short:
                    form.add_error(
                        None,
                        _(
                            "%(exam)s, line %(n)s: only %(ready)s questions are ready, %(wanted)s are wanted."
                        )
                        % {
                            "exam": refusal.what,
                            "n": line.row.number,
                            "ready": line.ready,
                            "wanted": line.wanted,
                        },
                    )
        else:
            messages.success(
                request,
                _("%(n)s exams are announced; each opens by itself.") % {"n": made.exams.count()},
            )
            return redirect("exams:series")
    plans = [(plan, plan.exams.order_by("opens_at", "pk")) for plan in queries.series_held()[:10]]
    return render(
        request,
        "exams/contests/series.html",
        {"form": form, "plans": plans, "now": timezone.now()},
        status=422 if form.errors else 200,
    )
