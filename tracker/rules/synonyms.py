"""Other words for the keys and values of a case, so that one written elsewhere need not be rewritten.

Left what may be written, right what it means. Only words that can mean nothing else stand here.
"""

from tracker.rules.vocabulary import RANKS

# Said by many people of their files and of no consequence for the rules.
IGNORED = ("note", "notes", "comment", "remark", "description", "备注", "说明")
IGNORED_OF_CASE = (*IGNORED, "expect", "expected", "language", "id")
IGNORED_OF_PERSON = (*IGNORED, "id", "staff_number", "unit", "pinyin", "工号", "单位")
IGNORED_OF_POST = (*IGNORED, "id", "primary", "category")
IGNORED_OF_ENTRY = (*IGNORED, "evidence", "source", "person", "unit", "证据")

_DATED = {
    "since": "from",
    "start": "from",
    "starts_on": "from",
    "start_on": "from",
    "from_date": "from",
    "自": "from",
    "last_day": "to",
    "through": "to",
    "ends_on": "until",
    "until_date": "until",
}

CASE = {
    "title": "case",
    "name": "case",
    "案例": "case",
    "as_of": "on",
    "date": "on",
    "today": "on",
    "evaluate_on": "on",
    "activity_date": "on",
    "日期": "on",
    "known": "known_at",
    "known_on": "known_at",
    "knowledge_date": "known_at",
    "knowledge_at": "known_at",
    "known_by": "known_at",
    "judge": "window_on",
    "window": "window_on",
    "learner": "person",
    "subject": "person",
    "member": "person",
    "人员": "person",
    "unit": "organisation",
    "organization": "organisation",
    "组织": "organisation",
    "appointments": "posts",
    "任职": "posts",
    "party_duties": "duties",
    "党内职务": "duties",
    "membership": "stages",
    "membership_stages": "stages",
    "career_events": "events",
    "rows": "entries",
    "ledger": "entries",
    "records": "entries",
    "学时记录": "entries",
    "pack": "packs",
    "rule_packs": "packs",
    "rulepacks": "packs",
    "rules": "packs",
    "requirement": "requirements",
    "duty": "requirements",
}
PERSON = {
    "姓名": "name",
    "appointments": "posts",
    "任职": "posts",
    "post": "posts",
    "party_duties": "duties",
    "党内职务": "duties",
    "membership": "stages",
    "membership_stages": "stages",
    "career_events": "events",
}
ORGANISATION = {"type": "kind", "title": "name"}
ORGANISATION_KINDS = {
    "支部": "branch",
    "党支部": "branch",
    "party_branch": "branch",
    "总支": "general_branch",
    "党总支": "general_branch",
    "党委": "party_committee",
    "单位": "unit",
}
POST = {
    **_DATED,
    "position": "title",
    "职务": "title",
    "level": "rank",
    "职级": "grade",
    "级别": "rank",
    "leader": "leading",
    "is_leading": "leading",
    "managed_by": "authority",
    "management": "authority",
    "management_authority": "authority",
    "organisation": "unit",
    "organization": "unit",
}
DUTY = {**_DATED, "duty": "kind", "type": "kind", "title": "kind"}
STAGE = {**_DATED, "kind": "stage", "type": "stage"}
EVENT = {
    **_DATED,
    "type": "kind",
    "requirement": "requirements",
    "duty": "requirements",
    "duties": "requirements",
    "for": "requirements",
    "new_due": "due_on",
    "due": "due_on",
    "extended_to": "due_on",
    "new_due_on": "due_on",
    "approved": "known_at",
    "approved_at": "known_at",
    "approved_on": "known_at",
    "granted_on": "known_at",
    "recorded": "known_at",
    "recorded_at": "known_at",
    "because": "note",
    "reason": "note",
}
INSTITUTION = {
    "id": "code",
    "type": "kind",
    "recognition": "recognitions",
    "recognised": "recognitions",
    "recognized": "recognitions",
}
RECOGNITION = {**_DATED, "by": "level", "at": "level", "recognised_at": "level"}
ENTRY = {
    **_DATED,
    "key": "id",
    "bucket": "form",
    "kind": "form",
    "type": "form",
    "形式": "form",
    "date": "on",
    "day": "on",
    "occurred_on": "on",
    "earned_on": "on",
    "occurred_from": "from",
    "name": "title",
    "what": "title",
    "days": "training_days",
    "天数": "training_days",
    "学时": "hours",
    "学分": "credits",
    "times": "events",
    "count": "events",
    "at": "institution",
    "where": "institution",
    "培训机构": "institution",
    "confirmed_by": "confirmer",
    "signed_by": "confirmer",
    "确认": "confirmer",
    "passed": "course",
    "recorded_at": "recorded",
    "recorded_on": "recorded",
    "posted": "recorded",
    "posted_at": "recorded",
    "posted_on": "recorded",
    "known_at": "recorded",
    "reversal_of": "reverses",
    "corrects": "reverses",
    "reason": "because",
    "absent_hours": "leave_hours",
    "请假学时": "leave_hours",
    "duration_minutes": "minutes",
    "length_minutes": "minutes",
    "分钟": "minutes",
}

# "offline" is not here: it says nothing about being released from work.
FORMS = {
    "full_time": "off_the_job",
    "off-the-job": "off_the_job",
    "脱产": "off_the_job",
    "脱产培训": "off_the_job",
    "集中": "concentrated",
    "集中培训": "concentrated",
    "网络": "online",
    "网络学习": "online",
    "网络培训": "online",
    "self-study": "self_study",
    "on_the_job_self_study": "self_study",
    "自学": "self_study",
    "在职自学": "self_study",
    "study-group": "study_group",
    "中心组学习": "study_group",
    "集体学习": "study_group",
    "境外培训": "overseas",
    "abroad": "overseas",
    "lecture": "lecturing",
    "讲课": "lecturing",
    "讲党课": "lecturing",
    "授课": "lecturing",
}
CONFIRMERS = {
    "培训机构": "institution",
    "school": "institution",
    "单位": "unit",
    "主办单位": "organiser",
    "organizer": "organiser",
    "平台": "platform",
    "system": "platform",
}
STAGES = {
    "申请人": "applicant",
    "积极分子": "activist",
    "入党积极分子": "activist",
    "发展对象": "development_target",
    "预备党员": "probationary_member",
    "probationary": "probationary_member",
    "正式党员": "full_member",
    "党员": "full_member",
    "member": "full_member",
}
PARTY_DUTIES = {
    "支部书记": "branch_secretary",
    "党支部书记": "branch_secretary",
    "支委": "branch_committee",
    "支部委员": "branch_committee",
    "branch_committee_member": "branch_committee",
    "党委书记": "committee_secretary",
    "党组书记": "party_group_secretary",
    "党务工作者": "party_worker",
}
AUTHORITIES = {"市管": "city", "区管": "district", "单位管理": "unit"}
EVENT_KINDS = {
    "豁免": "exemption",
    "免训": "exemption",
    "exempt": "exemption",
    "延期": "extension",
    "extended": "extension",
    "请假": "leave",
    "休假": "leave",
    "外派": "posted_away",
    "挂职": "posted_away",
    "secondment": "posted_away",
    "posting_away": "posted_away",
}
INSTITUTION_KINDS = {
    "党校": "party_school",
    "行政学院": "school_of_administration",
    "干部学院": "cadre_academy",
    "高校": "university",
    "大学": "university",
    "网络平台": "online_platform",
    "部门": "department",
    "其他": "other",
}
LEVELS = {
    "单位": "unit",
    "区": "district",
    "区级": "district",
    "区县": "district",
    "区县级": "district",
    "大口": "district",
    "大口级": "district",
    "system": "district",
    "市": "city",
    "市级": "city",
    "municipal": "city",
    "省级": "province",
    "provincial": "province",
    "中央": "central",
    "national": "central",
}
_SHORT = {"厅局": "bureau", "厅": "bureau", "局": "bureau", "县处": "county", "处": "county"}
_SHORT |= {"乡科": "township", "科": "township"}
RANK_NAMES: dict[str, str] = {}
for _word, _code in _SHORT.items():
    RANK_NAMES |= {
        f"正{_word}级": f"{_code}_head",
        f"副{_word}级": f"{_code}_deputy",
        f"{_word}级正职": f"{_code}_head",
        f"{_word}级副职": f"{_code}_deputy",
        f"{_word}级正": f"{_code}_head",
        f"{_word}级副": f"{_code}_deputy",
        # Without saying which of the two: the lower, for every rule asks for "at least".
        f"{_word}级": f"{_code}_deputy",
    }
for _word, _code in {"division": "county", "section": "township"}.items():
    RANK_NAMES |= {f"{_word}_head": f"{_code}_head", f"{_word}_deputy": f"{_code}_deputy"}
    RANK_NAMES[_word] = RANK_NAMES[f"{_word}_leader"] = f"{_code}_deputy"
RANK_NAMES |= {"科员": "section_staff", "办事员": "section_staff"}
RANK_NAMES = {word: code for word, code in RANK_NAMES.items() if word not in RANKS}
