"""Jobs: asked for once, done once, found again by whoever asked.

The row is the job. A message of the queue (or the sweep) calls ``run``, which takes a lease with a
token of its own; who was killed lets the lease run out, and who lost it can neither report nor end.
"""

import hashlib
import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import translation
from django.utils.translation import gettext_noop

from dashboards import reports
from dashboards.enums import LIVE, JobForm, JobKind, JobState
from dashboards.files import printed, spreadsheet
from dashboards.files.document import DeedProgress, Document, OwnFile
from dashboards.models import Job, JudgedPerson
from dashboards.operations import judging, statements
from people.models import Person
from people.operations import audit

LEASE = timedelta(minutes=3)
# A job nobody has begun for this long lost its message.
UNHEARD_AFTER = timedelta(minutes=10)
KEPT_FOR = timedelta(days=7)
# The people behind figures of another day; judged again, they are the same.
JUDGED_KEPT_FOR = timedelta(days=30)
TRIES = 3
# Progress is written this often at most; the lease is renewed with it.
REPORT_EVERY = timedelta(seconds=1)

Clock = Callable[[], datetime]

# Jobs that change something here rather than leave a file.
Deed = Callable[[Person, dict[str, Any], DeedProgress, Clock], dict[str, Any]]
DEEDS: dict[JobKind, Deed] = {
    JobKind.DRAW: statements.draw,
    JobKind.CHECK: statements.check,
    JobKind.AS_OF: judging.figures_as_of,
    JobKind.EFFECT: judging.effect,
}


class LostLease(Exception):
    """Somebody else works on the job, or its owner cancelled it."""


def ask(
    owner: Person,
    *,
    kind: str,
    form: str,
    title: str,
    parameters: dict[str, Any],
    language: str,
    now: datetime,
) -> Job:
    """Note what is wanted. The same request that is still in work is the same job."""
    wanted = json.dumps([owner.pk, kind, form, language, parameters], sort_keys=True)
    key = hashlib.sha256(wanted.encode()).hexdigest()
    for _attempt in range(3):
        live = Job.objects.filter(key=key, state__in=LIVE).first()
        if live is not None:
            return live
        try:
            with transaction.atomic():
                return Job.objects.create(
                    owner=owner,
                    kind=kind,
                    form=form,
                    title=title[:200],
                    parameters=parameters,
                    key=key,
                    language=language,
                    asked_at=now,
                )
        except IntegrityError:
            continue
    raise LostLease(key)


def run(job_id: int, *, clock: Clock) -> bool:
    """Do the job if nobody does; whether it was ended here.

    Raises what the work raises after noting it; three such ends and the job has failed.
    """
    now = clock()
    token = secrets.token_hex(16)
    free = Q(state=JobState.WAITING) | Q(state=JobState.WORKING, leased_until__lte=now)
    taken = Job.objects.filter(free, pk=job_id).update(
        state=JobState.WORKING,
        token=token,
        begun_at=now,
        leased_until=now + LEASE,
        tries=F("tries") + 1,
        done=0,
    )
    if not taken:
        return False
    job = Job.objects.select_related("owner").get(pk=job_id)
    if job.tries > TRIES:
        _fail(job, token, gettext_noop("The work was broken off several times."), clock())
        return False
    part = folder() / f"{job.pk}-{token}.part"
    try:
        with translation.override(job.language):
            return _work(job, token, part, clock)
    except LostLease:
        return False
    except reports.ReadingGone:
        gone = gettext_noop("The figures of that day are kept no more; please look at them again.")
        _fail(job, token, gone, clock())
        return False
    except reports.NotEntrusted:
        _fail(job, token, gettext_noop("This unit is no longer entrusted to you."), clock())
        return False
    except printed.TooLongToPrint:
        _fail(
            job,
            token,
            gettext_noop("The list is too long to print; please export it as a spreadsheet."),
            clock(),
        )
        return False
    except Exception:
        # Somebody must look at it (the log has the trace); until then it may be tried again.
        if job.tries >= TRIES:
            _fail(job, token, gettext_noop("Something went wrong; the reason is logged."), clock())
        else:
            Job.objects.filter(pk=job.pk, token=token, state=JobState.WORKING).update(
                state=JobState.WAITING, leased_until=None
            )
        raise
    finally:
        part.unlink(missing_ok=True)


def _work(job: Job, token: str, part: Path, clock: Clock) -> bool:
    mine = Job.objects.filter(pk=job.pk, token=token, state=JobState.WORKING)
    reported = clock()

    def progress(done: int, /, total: int = 0) -> None:
        nonlocal reported
        now = clock()
        if now - reported < REPORT_EVERY:
            return
        reported = now
        of_all = {"total": total} if total else {}
        if not mine.update(done=done, leased_until=now + LEASE, **of_all):
            raise LostLease(job.pk)

    if job.form == JobForm.DEED:
        result = DEEDS[JobKind(job.kind)](
            job.owner, {**job.parameters, "job": job.pk}, progress, clock
        )
        if "url" in job.parameters:
            result = {**result, "url": job.parameters["url"]}
        return _end(job, token, clock(), result=result)
    document = reports.REPORTS[job.kind](job.owner, job.parameters, clock())
    mine.update(total=_total(document))
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    ending = str(job.form)
    said: dict[str, Any] = {}
    if isinstance(document, OwnFile):
        ending, said = document.write(part, progress)
    elif job.form == JobForm.XLSX:
        spreadsheet.write(document, part, progress)
    else:
        ending = printed.write(document, part, progress)
    name = f"{job.pk}-{token}.{ending}"
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    size = part.stat().st_size
    # First the file, then the row that names it: a kill between leaves a file the sweep clears.
    part.replace(folder() / name)
    now = clock()
    with transaction.atomic():
        ended = _end(
            job,
            token,
            now,
            file=name,
            size_bytes=size,
            digest=digest,
            expires_at=now + KEPT_FOR,
            result=said,
        )
        if ended:
            audit(
                job.owner,
                f"dashboards.{job.kind}.export",
                f"dashboards.job:{job.pk}",
                {
                    **{name: job.parameters[name] for name in reports.NEEDS[job.kind]},
                    "form": ending,
                    "persons": document.persons,
                    "sha256": digest,
                    **document.detail,
                },
                now=now,
            )
    if not ended:
        (folder() / name).unlink(missing_ok=True)
    return ended


def _total(document: Document | OwnFile) -> int:
    if isinstance(document, OwnFile):
        return document.total
    return sum(table.total for table in document.tables)


def _end(job: Job, token: str, now: datetime, **values: Any) -> bool:
    mine = Job.objects.filter(pk=job.pk, token=token, state=JobState.WORKING)
    values = {"done": F("total"), **values}
    return bool(
        mine.update(state=JobState.DONE, finished_at=now, leased_until=None, trouble="", **values)
    )


def _fail(job: Job, token: str, trouble: str, now: datetime) -> None:
    Job.objects.filter(pk=job.pk, token=token, state=JobState.WORKING).update(
        state=JobState.FAILED, finished_at=now, leased_until=None, trouble=trouble
    )


def cancel(job_id: int, *, owner: Person, now: datetime) -> bool:
    """Give a job up that is not done. Who works on it notices at its next report."""
    return bool(
        Job.objects.filter(pk=job_id, owner=owner, state__in=LIVE).update(
            state=JobState.CANCELLED, finished_at=now, leased_until=None
        )
    )


def note_download(job: Job, *, by: Person, now: datetime) -> None:
    """That the file left the house."""
    audit(
        by,
        "dashboards.job.download",
        f"dashboards.job:{job.pk}",
        {"kind": job.kind, "sha256": job.digest},
        now=now,
    )


def forget_expired(*, now: datetime) -> int:
    """Delete files past their day, and files no row names. Returns how many rows expired."""
    expired = Job.objects.filter(state=JobState.DONE, expires_at__lte=now).exclude(file="")
    count = 0
    JudgedPerson.objects.filter(job__finished_at__lte=now - JUDGED_KEPT_FOR).delete()
    for job in expired:
        (folder() / job.file).unlink(missing_ok=True)
        count += Job.objects.filter(pk=job.pk).update(state=JobState.EXPIRED, file="")
    if folder().is_dir():
        named = set(Job.objects.exclude(file="").values_list("file", flat=True))
        for path in folder().iterdir():
            old = now.timestamp() - path.stat().st_mtime > KEPT_FOR.total_seconds()
            if path.is_file() and path.name not in named and old:
                path.unlink(missing_ok=True)
    return count


def sweep(now: datetime, *, clock: Clock | None = None) -> int:
    """Finish what a killed worker or a lost message left; clear what is past its day.

    Returns how many jobs were ended here.
    """
    forget_expired(now=now)
    for statement in statements.order_due_statements(now):
        ask(
            statement.drawn_by,
            kind=JobKind.DRAW,
            form=JobForm.DEED,
            title=statement.unit_name,
            parameters={"statement": statement.pk},
            language=settings.LANGUAGE_CODE,
            now=now - UNHEARD_AFTER,
        )
    left = Job.objects.filter(
        Q(state=JobState.WORKING, leased_until__lte=now)
        | Q(state=JobState.WAITING, asked_at__lte=now - UNHEARD_AFTER)
    ).order_by("asked_at")
    ended = 0
    for job_id in left.values_list("pk", flat=True)[:100]:
        ended += run(job_id, clock=clock or (lambda: now))
    return ended


def folder() -> Path:
    """Where the files of jobs lie; several servers share it as they share the media."""
    return Path(settings.VAR_DIR) / "exports"
