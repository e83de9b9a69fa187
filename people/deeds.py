"""The deeds of the audit log in plain words."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from django.apps import apps
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from people.enums import Role

LOOKED = {
    "tracker.record.view": _("looked at a record"),
    "tracker.requirement.view": _("looked at an explanation"),
    "tracker.entry.view": _("looked at a line of the ledger"),
    "dashboards.person.view": _("looked at a person in the overview"),
    "people.audit.view": _("read the audit log"),
    "dashboards.archive.view": _("looked at a training archive"),
    "tracker.api.standings": _("read a standing through the interface"),
    "tracker.api.entries": _("read a ledger through the interface"),
    "exams.attempt.look": _("looked at an attempt"),
    "certificates.view": _("looked at a certificate"),
}
TAKEN_OUT = {
    "dashboards.people.export": _("exported a list of people"),
    "dashboards.overview.export": _("exported the figures of a unit"),
    "dashboards.statement.export": _("exported a statement"),
    "dashboards.plan.export": _("exported a seat plan"),
    "dashboards.claims.export": _("exported the claims of hours"),
    "dashboards.quality.export": _("exported findings on the records"),
    "dashboards.institutions.export": _("exported the institutions"),
    "dashboards.results.export": _("exported exam results by unit"),
    "dashboards.person_results.export": _("exported a list of exam results of persons"),
    "dashboards.questions.export": _("exported questions"),
    "exams.questions.export": _("exported a few questions"),
    "dashboards.paper.export": _("printed a paper"),
    "dashboards.sheets.export": _("printed answer sheets"),
    "dashboards.job.download": _("downloaded a file of a job"),
    "exams.results.export": _("exported exam results of persons"),
    "dashboards.own_data.download": _("downloaded the own record"),
    "tracker.entry.prove": _("downloaded the proof of a line"),
    "dashboards.archive.export": _("took out a training archive"),
    "dashboards.people_as_of.export": _("exported a list of people as of another day"),
    "dashboards.as_of.export": _("exported figures as of another day"),
    "dashboards.effect.export": _("exported the effect of a rule pack"),
    "certificates.download": _("downloaded a certificate"),
    "exams.sheets.print": _("printed answer sheets at once"),
    "exams.paper.print_key": _("printed a paper with its key"),
}
CHANGED = {
    "people.person.add": _("added a person"),
    "people.person.close": _("closed an account"),
    "people.person.reopen": _("reopened an account"),
    "people.password.issue": _("issued a password"),
    "people.password.choose": _("chose a password of his own"),
    "people.post.appoint": _("appointed to a post"),
    "people.duty.give": _("gave a party duty"),
    "people.duty.end": _("ended a party duty"),
    "people.stage.enter": _("entered a membership stage"),
    "people.role.grant": _("granted a role"),
    "people.role.revoke": _("revoked a role"),
    "people.unit.add": _("added a unit"),
    "people.unit.move": _("moved a unit"),
    "people.same.ask": _("proposed to merge two records"),
    "people.same.merge": _("merged two records"),
    "people.same.refuse": _("refused to merge or to separate two records"),
    "people.same.withdraw": _("withdrew a proposal about two records"),
    "people.same.ask_undo": _("asked for undoing a merge"),
    "people.same.undo": _("undid the merge of two records"),
    "dashboards.league.ask": _("asked for a ranking of units"),
    "dashboards.league.on": _("switched a ranking of units on"),
    "dashboards.league.refused": _("refused a ranking of units"),
    "dashboards.league.withdrawn": _("withdrew a ranking of units"),
    "dashboards.league.off": _("switched a ranking of units off"),
    "tracker.entry.post": _("posted a line of the ledger"),
    "tracker.entry.reverse": _("took back a line of the ledger"),
    "tracker.entry.correct": _("corrected a line of the ledger"),
    "tracker.event.approve": _("approved a career event"),
    "tracker.remark.answer": _("answered a remark"),
    "tracker.rulepack.load": _("loaded a rule pack"),
    "tracker.rulepack.approve": _("approved a rule pack"),
    "tracker.figures.drift": _("alarm: cached figures differed from the rows"),
    "exams.exam.open": _("opened an exam"),
    "exams.attempt.extend": _("gave an attempt more time"),
    "exams.attempt.void": _("voided an attempt"),
    "courses.completion.undo": _("took back the completion of a course"),
    "exams.paper.compose": _("composed a paper"),
    "exams.paper.draw": _("drew a paper"),
    "exams.paper.discard": _("discarded a paper"),
    "exams.paper.publish": _("published a paper"),
    "exams.question.create": _("wrote a question"),
    "exams.question.revise": _("revised a question"),
    "exams.question.submit": _("handed in a question for review"),
    "exams.question.retire": _("retired a question"),
    "exams.question.confirm_cites": _("confirmed the citations of a question"),
    "content.page.publish": _("published a page"),
    "content.policy.import": _("imported a policy text"),
    "content.citation.reviewed": _("looked through a citation"),
    "people.roster.import": _("took in a roster"),
    "tracker.change.ask": _("proposed a career event"),
    "tracker.change.approve": _("approved a proposed change"),
    "tracker.change.refuse": _("refused a proposed change"),
    "tracker.claim.confirm": _("confirmed claimed hours"),
    "tracker.claim.return": _("returned claimed hours"),
    "tracker.import.post": _("took in hours from a file"),
    "tracker.import.undo": _("took back an import of hours"),
    "tracker.institution.add": _("added an institution"),
    "tracker.institution.recognise": _("recognised an institution"),
    "tracker.institution.withdraw": _("withdrew the recognition of an institution"),
    "exams.question.approved": _("let a question pass review"),
    "exams.question.returned": _("sent a question back"),
    "exams.import.look": _("read a file of questions"),
    "exams.import.take": _("took in questions from a file"),
    "exams.import.undo": _("took back an import of questions"),
    "exams.exam.withdraw": _("withdrew an exam"),
    "exams.exam.set_marking": _("set how an exam is marked"),
    "exams.exam.make_up": _("opened a make-up exam"),
    "exams.series.open": _("opened a year's plan of exams"),
    "exams.candidates.add": _("added candidates"),
    "exams.candidates.remove": _("took candidates off"),
    "exams.attempt.extra": _("gave a candidate extra time before the start"),
    "exams.attempt.reopen": _("reopened an attempt"),
    "exams.sitting.extend": _("gave a whole sitting more time"),
    "exams.sitting.reopen": _("reopened a sitting"),
    "exams.appeal.answer": _("answered an appeal"),
    "exams.correction.propose": _("proposed to correct a key"),
    "exams.correction.approve": _("approved a corrected key"),
    "exams.correction.refuse": _("refused a corrected key"),
    "exams.statistics.hand_over": _("handed weak questions to their authors"),
    "exams.statistics.settle": _("left a weak question as it is"),
    "exams.contest.create": _("set up a contest"),
    "exams.contest.call": _("called the finalists of a contest"),
    "exams.contest.score": _("gave points in a contest"),
    "exams.contest.publish": _("published the result of a contest"),
    "courses.assignment.make": _("assigned a course"),
    "courses.assignment.end": _("ended an assignment"),
    "courses.assignment.remind": _("reminded those assigned"),
    "courses.enrolment.move": _("moved a learner to another edition"),
    "courses.sitting.answer": _("answered a remark on study time"),
    "classes.plan.write": _("wrote a plan of classes"),
    "classes.plan.approve": _("approved a plan of classes"),
    "classes.class.add": _("planned a class"),
    "classes.class.change": _("changed a class"),
    "classes.class.cancel": _("cancelled a class"),
    "classes.class.call_up": _("called up for a class"),
    "classes.class.confirm": _("confirmed the results of a class"),
    "classes.class.post": _("posted the hours of a class"),
    "classes.seats.set": _("gave seats to units"),
    "classes.session.add": _("added a session"),
    "classes.session.remove": _("removed a session"),
    "classes.place.name": _("named somebody for a class"),
    "classes.place.accept": _("accepted who was named"),
    "classes.place.substitute": _("put somebody in another's place"),
    "classes.place.take_off": _("took somebody off a class"),
    "classes.place.judge": _("gave a result of a class"),
    "classes.excuse.ask": _("asked to be excused from a class"),
    "classes.excuse.answer": _("answered a request to be excused"),
    "classes.presence.record": _("recorded who was present"),
    "classes.record.write": _("wrote the record of a session"),
    "classes.makeup.waive": _("waived a make-up task"),
    "classes.institution.review": _("reviewed an institution"),
    "certificates.issue": _("issued a certificate"),
    "certificates.revoke": _("revoked a certificate"),
    "dashboards.remind": _("reminded somebody of his unit"),
    "dashboards.plan.make": _("made a seat plan"),
    "dashboards.plan.call_up": _("made a class of a seat plan"),
    "dashboards.plan.discard": _("discarded a seat plan"),
    "dashboards.statement.order": _("ordered a statement"),
    "dashboards.statement.schedule": _("scheduled statements"),
    "dashboards.statement.seal": _("sealed a statement"),
    "dashboards.statement.withdraw": _("withdrew a statement"),
    "notices.manners.set": _("set the manners of reminders"),
    "notices.address.choose": _("chose where notices are mailed to"),
    "demo.seed": _("laid in demonstration data"),
}
KINDS = {
    "looked": (_("Looked at"), LOOKED),
    "out": (_("Taken out"), TAKEN_OUT),
    "changed": (_("Changed"), CHANGED),
}
# What a deed may be about.
SUBJECTS = {
    "exams.bank": pgettext_lazy("in the audit log", "question bank"),
    "exams.exam": pgettext_lazy("in the audit log", "exam"),
    "exams.paper": pgettext_lazy("in the audit log", "paper"),
    "exams.question": pgettext_lazy("in the audit log", "question"),
    "exams.attempt": pgettext_lazy("in the audit log", "attempt"),
    "exams.appeal": pgettext_lazy("in the audit log", "appeal"),
    "exams.correction": pgettext_lazy("in the audit log", "corrected key"),
    "exams.contest": pgettext_lazy("in the audit log", "contest"),
    "exams.finalist": pgettext_lazy("in the audit log", "finalist"),
    "exams.import": pgettext_lazy("in the audit log", "import of questions"),
    "exams.series": pgettext_lazy("in the audit log", "year's plan of exams"),
    "exams.weak": pgettext_lazy("in the audit log", "weak question"),
    "courses.assignment": pgettext_lazy("in the audit log", "assignment of a course"),
    "courses.enrolment": pgettext_lazy("in the audit log", "enrolment"),
    "courses.sitting": pgettext_lazy("in the audit log", "study time"),
    "courses.completion": pgettext_lazy("in the audit log", "completion of a course"),
    "classes.class": pgettext_lazy("in the audit log", "training class"),
    "classes.place": pgettext_lazy("in the audit log", "place in a class"),
    "classes.plan": pgettext_lazy("in the audit log", "plan of classes"),
    "classes.session": pgettext_lazy("in the audit log", "session of a class"),
    "certificates.certificate": pgettext_lazy("in the audit log", "certificate"),
    "content.page": pgettext_lazy("in the audit log", "page"),
    "content.citation": pgettext_lazy("in the audit log", "citation"),
    "dashboards.seatplan": pgettext_lazy("in the audit log", "seat plan"),
    "dashboards.statement": pgettext_lazy("in the audit log", "statement"),
    "dashboards.job": pgettext_lazy("in the audit log", "job"),
    "tracker.standing": pgettext_lazy("in the audit log", "standing"),
    "tracker.claim": pgettext_lazy("in the audit log", "claim of hours"),
    "tracker.entry": pgettext_lazy("in the audit log", "line of the ledger"),
    "tracker.import": pgettext_lazy("in the audit log", "import of hours"),
    "tracker.institution": pgettext_lazy("in the audit log", "training institution"),
    "tracker.rulepack": pgettext_lazy("in the audit log", "rule pack"),
    "people.rosterimport": pgettext_lazy("in the audit log", "import of a roster"),
    "people.auditentry": pgettext_lazy("in the audit log", "audit log"),
    "people.person": pgettext_lazy("in the audit log", "person"),
    "people.unit": pgettext_lazy("in the audit log", "unit"),
}
# What the details of a row are called. A name of their own kind: codes and numbers stay as they are.
PARTS = {
    "about": pgettext_lazy("detail in the audit log", "about whom"),
    "activity_on": pgettext_lazy("detail in the audit log", "day of the figures"),
    "answer": pgettext_lazy("detail in the audit log", "answer"),
    "appeal_days": pgettext_lazy("detail in the audit log", "days for appeals"),
    "articles": pgettext_lazy("detail in the audit log", "articles"),
    "attempts": pgettext_lazy("detail in the audit log", "attempts"),
    "because": pgettext_lazy("detail in the audit log", "reason"),
    "before": pgettext_lazy("detail in the audit log", "before"),
    "by": pgettext_lazy("detail in the audit log", "by whom"),
    "by_mail": pgettext_lazy("detail in the audit log", "by mail"),
    "called": pgettext_lazy("detail in the audit log", "called up"),
    "change": pgettext_lazy("detail in the audit log", "career change"),
    "changed": pgettext_lazy("detail in the audit log", "what changed"),
    "check": pgettext_lazy("detail in the audit log", "check"),
    "claim": pgettext_lazy("detail in the audit log", "claim of hours"),
    "code": pgettext_lazy("detail in the audit log", "requirement"),
    "compared": pgettext_lazy("detail in the audit log", "compared with another record"),
    "completed_at": pgettext_lazy("detail in the audit log", "completed at"),
    "course": pgettext_lazy("detail in the audit log", "course"),
    "digest": pgettext_lazy("detail in the audit log", "digest of the file"),
    "edition": pgettext_lazy("detail in the audit log", "edition"),
    "entry": pgettext_lazy("detail in the audit log", "line of the ledger"),
    "exam": pgettext_lazy("detail in the audit log", "exam"),
    "exams": pgettext_lazy("detail in the audit log", "exams"),
    "failed": pgettext_lazy("detail in the audit log", "not passed"),
    "file": pgettext_lazy("detail in the audit log", "file"),
    "finalists": pgettext_lazy("detail in the audit log", "finalists"),
    "form": pgettext_lazy("detail in the audit log", "form of the file"),
    "format": pgettext_lazy("detail in the audit log", "format"),
    "from": pgettext_lazy("detail in the audit log", "from"),
    "given": pgettext_lazy("detail in the audit log", "address given"),
    "granted": pgettext_lazy("detail in the audit log", "granted"),
    "half_year": pgettext_lazy("detail in the audit log", "half-yearly"),
    "kept": pgettext_lazy("detail in the audit log", "record that stays"),
    "kind": pgettext_lazy("detail in the audit log", "kind"),
    "known": pgettext_lazy("detail in the audit log", "as known on"),
    "late": pgettext_lazy("detail in the audit log", "too late"),
    "layout": pgettext_lazy("detail in the audit log", "layout"),
    "league": pgettext_lazy("detail in the audit log", "ranking of units"),
    "left": pgettext_lazy("detail in the audit log", "left out"),
    "level": pgettext_lazy("detail in the audit log", "level"),
    "lines": pgettext_lazy("detail in the audit log", "lines"),
    "markers": pgettext_lazy("detail in the audit log", "markers of each answer"),
    "metric": pgettext_lazy("detail in the audit log", "figure compared"),
    "note": pgettext_lazy("detail in the audit log", "note"),
    "number": pgettext_lazy("detail in the audit log", "question number"),
    "of": pgettext_lazy("detail in the audit log", "of the exam"),
    "on": pgettext_lazy("detail in the audit log", "day"),
    "other": pgettext_lazy("detail in the audit log", "other record"),
    "pack": pgettext_lazy("detail in the audit log", "rule pack"),
    "paper": pgettext_lazy("detail in the audit log", "paper"),
    "parent": pgettext_lazy("detail in the audit log", "unit above"),
    "people": pgettext_lazy("detail in the audit log", "people"),
    "person": pgettext_lazy("detail in the audit log", "person"),
    "persons": pgettext_lazy("detail in the audit log", "persons"),
    "plan": pgettext_lazy("detail in the audit log", "seat plan"),
    "points": pgettext_lazy("detail in the audit log", "points"),
    "posted_anew": pgettext_lazy("detail in the audit log", "posted anew as"),
    "query": pgettext_lazy("detail in the audit log", "conditions"),
    "questions": pgettext_lazy("detail in the audit log", "questions"),
    "reason": pgettext_lazy("detail in the audit log", "reason given"),
    "recognition": pgettext_lazy("detail in the audit log", "recognition"),
    "remark": pgettext_lazy("detail in the audit log", "remark"),
    "repaired": pgettext_lazy("detail in the audit log", "put right"),
    "replacement": pgettext_lazy("detail in the audit log", "replacement"),
    "requirement": pgettext_lazy("detail in the audit log", "requirement counted"),
    "review": pgettext_lazy("detail in the audit log", "reviewed"),
    "role": pgettext_lazy("detail in the audit log", "role"),
    "root_hash": pgettext_lazy("detail in the audit log", "root of the seal"),
    "rows": pgettext_lazy("detail in the audit log", "rows"),
    "ruling": pgettext_lazy("detail in the audit log", "ruling"),
    "same": pgettext_lazy("detail in the audit log", "pair of records"),
    "scores": pgettext_lazy("detail in the audit log", "scores"),
    "seats": pgettext_lazy("detail in the audit log", "seats"),
    "seconds": pgettext_lazy("detail in the audit log", "seconds"),
    "seed": pgettext_lazy("detail in the audit log", "seed of the draw"),
    "sent": pgettext_lazy("detail in the audit log", "sent"),
    "serial": pgettext_lazy("detail in the audit log", "serial number"),
    "sha256": pgettext_lazy("detail in the audit log", "SHA-256 of the file"),
    "since": pgettext_lazy("detail in the audit log", "since"),
    "source": pgettext_lazy("detail in the audit log", "where it came from"),
    "spared": pgettext_lazy("detail in the audit log", "spared"),
    "standings": pgettext_lazy("detail in the audit log", "standings"),
    "statement": pgettext_lazy("detail in the audit log", "statement"),
    "title": pgettext_lazy("detail in the audit log", "title"),
    "to": pgettext_lazy("detail in the audit log", "to"),
    "tolerance": pgettext_lazy("detail in the audit log", "difference allowed, percent"),
    "unit": pgettext_lazy("detail in the audit log", "unit"),
    "unit_figures": pgettext_lazy("detail in the audit log", "figures of units"),
    "units": pgettext_lazy("detail in the audit log", "units"),
    "until": pgettext_lazy("detail in the audit log", "until"),
    "version": pgettext_lazy("detail in the audit log", "version"),
    "way": pgettext_lazy("detail in the audit log", "way"),
    "weekly_cap": pgettext_lazy("detail in the audit log", "at most a week"),
    "year": pgettext_lazy("detail in the audit log", "year"),
    "year_end": pgettext_lazy("detail in the audit log", "at the end of the year"),
}
ALL = {**LOOKED, **TAKEN_OUT, **CHANGED}


def said(verb: str) -> str:
    """A deed in words; one that has none is shown by its code."""
    return str(ALL.get(verb, verb))


def about(subject: str) -> str:
    """What a row is about, in words and by its number; empty where there are none."""
    what, _colon, key = subject.partition(":")
    return f"{SUBJECTS[what]} {key}".strip() if what in SUBJECTS else ""


# Details that are a code somebody gave: of a unit, of a requirement.
CODED = {"unit", "parent", "code", "requirement"}


def codes(details: Iterable[Mapping[str, Any]]) -> set[str]:
    """The codes that stand in details and can be named, for one look at what they are called."""
    return {str(detail[key]) for detail in details for key in CODED & detail.keys()}


def details(
    verb: str, detail: Mapping[str, Any], named: Mapping[str, str]
) -> list[tuple[str, str]]:
    """The details of a row, each with what it is called; a part that has no name by its code.

    ``named`` says what codes of units and requirements are called. A value that a field of the same
    name may hold, in the app that wrote the row, is said as that field says it.
    """
    app = verb.partition(".")[0]
    return [
        (
            str(PARTS.get(key, key)),
            _worded(value, named if key in CODED else _choices(app, key)),
        )
        for key, value in detail.items()
    ]


@cache
def _choices(app: str, name: str) -> Mapping[str, Any]:
    """What the values of an app's fields of that name are called; none where two fields disagree.

    What changed is a list of such values with no field of its own: there all fields of the app speak.
    """
    if name == "role":
        return dict(Role.choices)
    said: dict[str, set[Any]] = defaultdict(set)
    for model in apps.get_app_config(app).get_models() if app in apps.app_configs else ():
        for field in model._meta.get_fields():
            if name in (field.name, "changed"):
                for value, label in getattr(field, "flatchoices", None) or ():
                    said[value].add(label)
    return {value: labels.pop() for value, labels in said.items() if len(labels) == 1}


def _worded(value: Any, called: Mapping[str, Any]) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, list):
        return (
            pgettext("between listed details", ", ").join(_worded(each, called) for each in value)
            or "–"
        )
    if isinstance(value, dict):
        return (
            pgettext("between listed details", "; ").join(
                f"{key}: {_worded(each, called)}" for key, each in value.items()
            )
            or "–"
        )
    text = str(value)
    return str(called[text]) if text == value and text in called else _dated(text)


def _dated(text: str) -> str:
    """A day or a moment as pages write it, whatever else as it is."""
    try:
        if day := parse_date(text):
            return date_format(day, "DATE_FORMAT")
        moment = parse_datetime(text)
        return date_format(localtime(moment), "DATETIME_FORMAT") if moment else text
    except ValueError:  # no such day, or a moment of no place
        return text
