"""My jobs: ask, leave, find again, fetch the file."""

from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    QueryDict,
)
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from dashboards import operations, queries, reports, tasks
from dashboards.enums import JobKind, JobState
from dashboards.files import printed, spreadsheet
from dashboards.forms import PeopleFilter
from dashboards.operations.jobs import folder
from exams.engine.formats import FORMATS
from people.permissions import me, role_required

PER_PAGE = 20
MEDIA_TYPES = {
    **{each.ending: each.mime for each in FORMATS.values()},
    ".xlsx": spreadsheet.MEDIA_TYPE,
    ".pdf": printed.MEDIA_TYPE,
    ".zip": "application/zip",
}


@require_POST
@role_required(*reports.ROLES_THAT_EXPORT)
def export(request: HttpRequest) -> HttpResponse:
    """Ask for a list as a file: ``kind``, ``form``, and what the kind needs."""
    kind, form = request.POST.get("kind", ""), request.POST.get("form", "")
    if kind not in reports.NEEDS or form not in reports.FORMS.get(kind, reports.LISTS):
        raise Http404
    parameters: dict[str, Any] = {
        name: request.POST.get(name, "")[:2000] for name in reports.NEEDS[kind]
    }
    try:
        title = reports.title_of(me(request), kind, parameters)
    except reports.NotEntrusted as error:
        raise Http404 from error
    if kind in (JobKind.PEOPLE, JobKind.PEOPLE_AS_OF):
        filters = PeopleFilter(
            QueryDict(parameters["query"]),
            requirements=queries.requirement_titles(),
            places=queries.places_in(queries.unit_for(me(request), parameters["unit"])),
        )
        parameters |= {"choice": filters.choice().as_json(), "said": filters.said()}
    job = operations.ask(
        me(request),
        kind=kind,
        form=form,
        title=title,
        parameters=parameters,
        language=get_language() or "zh-hans",
        now=timezone.now(),
    )
    tasks.run_job.enqueue(job.pk)
    return redirect("dashboards:jobs")


@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """What I asked for, newest first; what a killed worker left is woken again."""
    now = timezone.now()
    for job in queries.stale_jobs(me(request), now)[:5]:
        tasks.run_job.enqueue(job.pk)
    page = Paginator(queries.jobs_of(me(request)), PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "dashboards/jobs.html",
        {"page": page, "live": any(job.is_live for job in page.object_list)},
    )


@require_safe
def job_states(request: HttpRequest) -> JsonResponse:
    """Where my newest jobs stand, for the page that waits for them."""
    newest = queries.jobs_of(me(request))[:PER_PAGE]
    return JsonResponse(
        {
            "jobs": [
                {"id": job.pk, "state": job.state, "live": job.is_live, "share": job.share}
                for job in newest
            ]
        },
        headers={"Cache-Control": "no-store"},
    )


@require_safe
def job_file(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file of one of my jobs; it leaves an audit row."""
    job = get_object_or_404(queries.jobs_of(me(request)), pk=pk, state=JobState.DONE)
    path = folder() / Path(job.file).name
    if not job.file or not path.is_file():
        raise Http404
    operations.note_download(job, by=me(request), now=timezone.now())
    day = timezone.localdate(job.finished_at).isoformat() if job.finished_at else ""
    name = f"{job.title}-{day}{path.suffix}".replace("/", "-")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=name,
        content_type=MEDIA_TYPES[path.suffix],
        headers={"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"},
    )


@require_POST
def cancel_job(request: HttpRequest, pk: int) -> HttpResponse:
    """Give up a job of mine that is not done."""
    job = get_object_or_404(queries.jobs_of(me(request)), pk=pk)
    if operations.cancel(job.pk, owner=me(request), now=timezone.now()):
        messages.success(request, _("The job was cancelled."))
    return redirect("dashboards:jobs")
