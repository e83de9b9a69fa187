"""Pages of the record: the member's own, a person's for those who keep it, and the rule packs."""

from tracker.views.audit import audit_log
from tracker.views.changes import (
    change,
    change_approve,
    change_new,
    change_refuse,
    change_withdraw,
    changes,
    person_changes,
)
from tracker.views.claims import (
    claim,
    claim_confirm,
    claim_file,
    claim_mend,
    claim_new,
    claim_queue,
    claim_return,
    claim_withdraw,
    claims,
)
from tracker.views.imports import (
    import_,
    import_checking,
    import_post,
    import_progress,
    import_template,
    import_undo,
    imports,
)
from tracker.views.institutions import (
    institution,
    institutions,
    recognise,
    withdraw_recognition,
)
from tracker.views.lines import answer, contest, entry, proof, put_right, remarks
from tracker.views.packs import EFFECT_LIMIT, approve, draft, rulepack, rulepacks
from tracker.views.posting import post
from tracker.views.quality import (
    quality,
    quality_check,
)
from tracker.views.record import PER_PAGE, Bar, Line, Requirement, record, requirement

__all__ = [
    "EFFECT_LIMIT",
    "PER_PAGE",
    "Bar",
    "Line",
    "Requirement",
    "answer",
    "approve",
    "audit_log",
    "change",
    "change_approve",
    "change_new",
    "change_refuse",
    "change_withdraw",
    "changes",
    "claim",
    "claim_confirm",
    "claim_file",
    "claim_mend",
    "claim_new",
    "claim_queue",
    "claim_return",
    "claim_withdraw",
    "claims",
    "contest",
    "draft",
    "entry",
    "import_",
    "import_checking",
    "import_post",
    "import_progress",
    "import_template",
    "import_undo",
    "imports",
    "institution",
    "institutions",
    "person_changes",
    "post",
    "proof",
    "put_right",
    "quality",
    "quality_check",
    "recognise",
    "record",
    "remarks",
    "requirement",
    "rulepack",
    "rulepacks",
    "withdraw_recognition",
]
