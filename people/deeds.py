"""The deeds of the audit log in plain words."""

from django.utils.translation import gettext_lazy as _

LOOKED = {
    "tracker.record.view": _("looked at a record"),
    "tracker.requirement.view": _("looked at an explanation"),
    "tracker.entry.view": _("looked at a line of the ledger"),
    "dashboards.person.view": _("looked at a person in the overview"),
    "people.audit.view": _("read the audit log"),
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
    "exams.questions.export": _("exported questions"),
    "dashboards.paper.export": _("printed a paper"),
    "dashboards.sheets.export": _("printed answer sheets"),
    "dashboards.job.download": _("downloaded a file of a job"),
    "exams.results.export": _("exported exam results of persons"),
    "dashboards.own_data.download": _("downloaded the own record"),
    "tracker.entry.prove": _("downloaded the proof of a line"),
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
}
KINDS = {
    "looked": (_("Looked at"), LOOKED),
    "out": (_("Taken out"), TAKEN_OUT),
    "changed": (_("Changed"), CHANGED),
}
ALL = {**LOOKED, **TAKEN_OUT, **CHANGED}


def said(verb: str) -> str:
    """A deed in words; one that has none is shown by its code."""
    return str(ALL.get(verb, verb))
