"""Claims of hours: who confirms what, that it counts once, and that a returned one can be mended."""

import io
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from types import SimpleNamespace
from uuid import uuid4

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from PIL import Image, ImageFile

from people.enums import Role
from people.models import AuditEntry
from tests.factories.people import OrgUnitFactory, PersonFactory, holder
from tests.factories.tracker import InstitutionFactory, make_claim, post_hours
from tracker import operations, queries
from tracker.evidence_files import EvidenceRefused, check_evidence
from tracker.models import Claim, ClaimStep, Entry

NOW = datetime(2026, 6, 30, 4, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _midsummer(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    with time_machine.travel(NOW, tick=False):
        yield


def build():
    district = OrgUnitFactory(kind="system")
    unit = OrgUnitFactory(parent=district)
    place = OrgUnitFactory(kind="institution", parent=district)
    return SimpleNamespace(
        unit=unit,
        member=PersonFactory(unit=unit, name="王晓明", staff_number="QH0101"),
        school=InstitutionFactory(name="区委党校", unit=place),
        afar=InstitutionFactory(name="外省干部学院"),
        liaison=holder(Role.LIAISON, unit),
        admin=holder(Role.TRAINING_ADMIN, district),
        staff=holder(Role.INSTITUTION_STAFF, place),
        auditor=holder(Role.AUDITOR, district),
        stranger=holder(Role.LIAISON, OrgUnitFactory(parent=district)),
    )


@pytest.fixture
def house(db):
    return build()


@pytest.mark.parametrize(
    ("bucket", "confirmer", "where", "deciders"),
    [
        ("self_study", "unit", None, {"liaison", "admin"}),
        ("off_the_job", "institution", "school", {"staff"}),
        ("concentrated", "institution", "school", {"staff"}),
        # It has no place on this platform: the department holds its paper in hand.
        ("off_the_job", "institution", "afar", {"admin"}),
        ("overseas", "organiser", None, {"admin"}),
        ("overseas", "unit", None, {"liaison", "admin"}),
    ],
)
def test_each_form_is_decided_by_whom_the_domain_names(house, bucket, confirmer, where, deciders):
    institution = getattr(house, where) if where else None
    claim = make_claim(house.member, bucket=bucket, confirmer=confirmer, institution=institution)
    everybody = ("liaison", "admin", "staff", "auditor", "stranger", "member")

    assert {
        name for name in everybody if claim in queries.claims_waiting_for(getattr(house, name))
    } == deciders
    for name in everybody:
        if name not in deciders:
            with pytest.raises(operations.MayNotDecide):
                operations.confirm_claim(claim.pk, by=getattr(house, name), sending=1, now=NOW)
    assert not Entry.objects.exists()


@pytest.mark.parametrize(
    ("bucket", "confirmer"),
    [("self_study", "institution"), ("online", "platform"), ("off_the_job", "unit")],
)
def test_a_form_with_the_wrong_confirmer_cannot_be_claimed(house, bucket, confirmer):
    with pytest.raises(operations.InvalidPosting):
        make_claim(house.member, bucket=bucket, confirmer=confirmer, institution=house.school)


def test_nobody_confirms_his_own_claim_nor_one_he_made_for_another(house):
    own = make_claim(house.liaison)
    made = make_claim(house.member, by=house.liaison, title="集体读书")
    for claim in (own, made):
        with pytest.raises(operations.MayNotDecide):
            operations.confirm_claim(claim.pk, by=house.liaison, sending=1, now=NOW)
        operations.confirm_claim(claim.pk, by=house.admin, sending=1, now=NOW)
    with pytest.raises(operations.MayNotClaim):
        make_claim(house.member, by=house.stranger)


def test_a_confirmed_claim_is_credited_once_with_its_proof(house):
    claim = make_claim(house.member)
    entry = operations.confirm_claim(claim.pk, by=house.liaison, sending=1, now=NOW)
    with pytest.raises(operations.DecidedBefore):
        operations.confirm_claim(claim.pk, by=house.admin, sending=1, now=NOW)

    assert Entry.objects.get() == entry
    assert (entry.source, entry.hours, entry.confirmer) == (f"tracker.claim:{claim.pk}", 8, "unit")
    assert (entry.occurred_from, entry.occurred_to) == (date(2026, 3, 2), date(2026, 3, 7))
    assert entry.confirmed_by == house.liaison
    assert entry.evidence["note"] == "学习笔记，存支部"
    assert AuditEntry.objects.filter(verb="tracker.claim.confirm", actor=house.liaison).count() == 1


def test_a_returned_claim_is_mended_and_sent_again_and_its_first_words_stay(house):
    claim = make_claim(house.member, hours="80")
    with pytest.raises(operations.ReasonMissing):
        operations.return_claim(claim.pk, by=house.liaison, sending=1, reason=" ", now=NOW)
    operations.return_claim(claim.pk, by=house.liaison, sending=1, reason="学时有误", now=NOW)
    fields = {
        name: getattr(claim, name)
        for name in [
            "bucket",
            "title",
            "institution",
            "first_day",
            "last_day",
            "credits",
            "training_days",
            "confirmer",
            "note",
        ]
    }
    operations.mend_claim(claim.pk, by=house.member, fields=fields | {"hours": 8}, now=NOW)

    # A decision on what was sent first does not hit what was sent second.
    with pytest.raises(operations.DecidedBefore):
        operations.confirm_claim(claim.pk, by=house.liaison, sending=1, now=NOW)
    entry = operations.confirm_claim(claim.pk, by=house.liaison, sending=2, now=NOW)
    assert entry.hours == 8
    steps = ClaimStep.objects.filter(claim=claim)
    assert [step.state for step in steps] == ["sent", "returned", "sent", "confirmed"]
    assert [step.said.get("hours") for step in steps] == ["80", None, "8", None]


def test_what_is_withdrawn_or_confirmed_cannot_be_changed(house):
    claim = make_claim(house.member)
    with pytest.raises(operations.MayNotClaim):
        operations.withdraw_claim(claim.pk, by=house.liaison, now=NOW)
    operations.withdraw_claim(claim.pk, by=house.member, now=NOW)
    for deed in (
        lambda: operations.withdraw_claim(claim.pk, by=house.member, now=NOW),
        lambda: operations.confirm_claim(claim.pk, by=house.liaison, sending=1, now=NOW),
        lambda: operations.return_claim(
            claim.pk, by=house.liaison, sending=1, reason="迟了", now=NOW
        ),
    ):
        with pytest.raises(operations.DecidedBefore):
            deed()
    assert not Entry.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite writes one after another")
def test_two_confirmers_at_once_credit_one_line():
    house = build()
    claim = make_claim(house.member)
    start, heard = Barrier(2), []

    def confirm(by):
        start.wait()
        try:
            operations.confirm_claim(claim.pk, by=by, sending=1, now=NOW)
            heard.append("credited")
        except operations.DecidedBefore:
            heard.append("decided before")
        finally:
            connection.close()

    threads = [Thread(target=confirm, args=[by]) for by in (house.liaison, house.admin)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard) == ["credited", "decided before"]
    assert Entry.objects.count() == 1


# --- files ---------------------------------------------------------------------------------------


def document(catalog=b""):
    """A whole PDF, its index where it says: only what is in the catalog can be held against it."""
    body = b"%PDF-1.4\n1 0 obj<</Type/Catalog" + catalog + b">>endobj\n"
    index = b"xref\n0 1\ntrailer<</Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % len(body)
    return body + index


def picture(kind="PNG", mode="RGB", size=(40, 30)):
    buffer = io.BytesIO()
    Image.new(mode, size).save(buffer, kind)
    return buffer.getvalue()


PDF = document()


@pytest.mark.parametrize(
    ("name", "data"),
    [("证书.pdf", PDF), ("证书.PNG", picture()), ("scan.jpeg", picture("JPEG"))],
)
def test_documents_and_pictures_are_taken(name, data):
    assert check_evidence(io.BytesIO(data), name).data == data


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ("a.html", b"<html>"),
        ("a.png", PDF),
        ("a.pdf", picture()),
        ("a.pdf", b"%PDF-1.4\nnothing else"),
        ("a.pdf", PDF.replace(b"startxref\n", b"startxref\n1")),
        ("a.pdf", document(b"/OpenAction 2 0 R")),
        ("a.pdf", document(b"/Names<</JavaScript 2 0 R>>")),
        # Four thousand bytes that would be sixty-four million pixels.
        ("a.png", picture(mode="1", size=(8000, 8000))),
        ("a.png", picture()[:60]),
        ("a.jpg", b"\xff\xd8\xff" + b"<script>" * 30),
        ("a.png", b""),
        ("a.pdf", PDF + b"0" * (5 * 2**20)),
    ],
)
@pytest.mark.parametrize("lenient", [False, True])
def test_anything_else_is_refused(name, data, lenient, monkeypatch):
    # As WeasyPrint sets it for the whole process.
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", lenient)
    with pytest.raises(EvidenceRefused):
        check_evidence(io.BytesIO(data), name)


# --- in the browser --------------------------------------------------------------------------------


def sheet(**changed):
    return {
        "token": str(uuid4()),
        "bucket": "self_study",
        "title": "读书三十天",
        "first_day": "2026-03-02",
        "last_day": "2026-03-06",
        "hours": "8",
        "confirmer": "",
        "note": "笔记存支部",
    } | changed


def test_a_member_claims_with_a_file_the_liaison_returns_and_then_confirms(client, login, house):
    login(client, house.member)
    sent = sheet(papers=[SimpleUploadedFile("证书.png", picture())])
    where = client.post("/me/claims/new/", sent).url
    client.post("/me/claims/new/", sheet(token=sent["token"]))
    claim = Claim.objects.get()
    assert (claim.confirmer, claim.files.get().name) == ("unit", "证书.png")

    login(client, house.liaison)
    assert "读书三十天" in client.get("/ledger/claims/").content.decode()
    download = client.get(f"{where}files/{claim.files.get().pk}/")
    assert b"".join(download.streaming_content) == picture()
    assert download["Content-Disposition"].startswith("attachment")
    empty = client.post(f"{where}return/", {"sending": "1", "reason": ""})
    assert empty.status_code == 422
    client.post(f"{where}return/", {"sending": "1", "reason": "请写明书目"})

    login(client, house.member)
    assert "请写明书目" in client.get(where).content.decode()
    assert "请写明书目" in client.get("/me/claims/").content.decode()
    form = client.get(f"{where}mend/").context["form"]
    assert form["title"].value() == "读书三十天"
    client.post(f"{where}mend/", sheet(title="读《资本论》", drop=str(claim.files.get().pk)))

    login(client, house.liaison)
    for _ in range(2):
        client.post(f"{where}confirm/", {"sending": "2"})
    assert Entry.objects.get().title == "读《资本论》"
    assert not claim.files.exists()
    login(client, house.member)
    assert "已确认" in client.get("/me/claims/").content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"bucket": "online"}, "bucket"),
        ({"bucket": "overseas"}, "confirmer"),
        ({"confirmer": "institution"}, "confirmer"),
        ({"bucket": "off_the_job"}, "institution"),
        ({"note": ""}, "note"),
        ({"training_days": "6"}, "training_days"),
        ({"last_day": "2026-07-01"}, "last_day"),
        ({"hours": "0"}, "hours"),
        ({"papers": SimpleUploadedFile("a.svg", b"<svg/>")}, "papers"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(client, login, house, changed, field):
    login(client, house.member)
    page = client.post("/me/claims/new/", sheet(**changed))
    assert page.status_code == 422
    assert list(page.context["form"].errors) == [field]
    assert not Claim.objects.exists()


def test_a_liaison_claims_for_her_unit_and_for_nobody_else(client, login, house):
    login(client, house.liaison)
    client.post("/me/claims/new/?for=unit", sheet(who="QH0101"))
    assert Claim.objects.get().person == house.member
    other = house.stranger.staff_number
    page = client.post("/me/claims/new/?for=unit", sheet(who=other))
    assert list(page.context["form"].errors) == ["who"]
    login(client, house.member)
    assert client.get("/me/claims/new/?for=unit").status_code == 404


def test_another_s_claim_and_its_files_are_not_there(client, login, house):
    claim = make_claim(house.member)
    operations.return_claim(claim.pk, by=house.liaison, sending=1, reason="补件", now=NOW)
    login(client, house.member)
    client.post(f"/claims/{claim.pk}/mend/", sheet(papers=[SimpleUploadedFile("a.pdf", PDF)]))
    where = f"/claims/{claim.pk}/files/{claim.files.get().pk}/"
    for person in (house.stranger, house.staff, PersonFactory(unit=house.unit)):
        login(client, person)
        assert client.get(f"/claims/{claim.pk}/").status_code == 404
        assert client.get(where).status_code == 404
    login(client, house.auditor)
    assert client.get(f"/claims/{claim.pk}/").status_code == 200
    assert client.get(f"/claims/{claim.pk}/mend/").status_code == 404


def test_the_confirmer_is_told_of_lines_that_look_the_same(
    client, login, house, django_assert_max_num_queries
):
    line = post_hours(house.member, "x:1", on=date(2026, 3, 3), hours="8")
    claim = make_claim(house.member, title=line.title)
    login(client, house.liaison)
    with django_assert_max_num_queries(14):
        page = client.get(f"/claims/{claim.pk}/")
    assert page.context["alike"] == [line]
    for n in range(5):
        make_claim(house.member, title=f"第{n}本书")
    with django_assert_max_num_queries(8):
        assert client.get("/ledger/claims/").context["page"].paginator.count == 6
    with django_assert_max_num_queries(8):
        client.get("/me/claims/")
