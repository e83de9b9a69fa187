"""Upload, look, correct, confirm: the same import in Wagtail's admin."""

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from wagtail.models import UploadedFile

from content import operations
from content.models import Edition, PolicyTextPage
from tests.factories.content import policy_bytes, published_policy

pytestmark = pytest.mark.django_db
UPLOAD = "content_import"


def upload(client, data, name="text.txt"):
    return client.post(reverse(UPLOAD), {"file": SimpleUploadedFile(name, data)})


def fields(response):
    form = response.context["form"]
    return {name: "" if (v := form[name].value()) is None else str(v) for name in form.fields}


def test_editor_uploads_looks_corrects_and_confirms(client, login, editor):
    login(client, editor)
    preview_url = upload(client, policy_bytes()).url
    preview = client.get(preview_url)
    assert "怎样读" in preview.text
    assert not PolicyTextPage.objects.exists()

    response = client.post(preview_url, fields(preview) | {"title": "读书班意见"})

    page = PolicyTextPage.objects.get()
    assert response.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert page.title == "读书班意见"
    assert page.workflow_in_progress
    assert not page.live
    assert not UploadedFile.objects.exists()
    assert client.get(response.url).status_code == 200


def test_new_wording_of_a_text_is_stored_as_its_next_edition(client, login, editor):
    page = published_policy()
    login(client, editor)
    preview_url = upload(client, policy_bytes(first="改。", day=6)).url

    client.post(preview_url, fields(client.get(preview_url)) | {"edition_of": page.pk})

    assert PolicyTextPage.objects.count() == 1
    assert list(Edition.objects.values_list("ordinal", flat=True)) == [1, 2]


def test_an_edition_that_is_no_later_is_refused_beside_its_date(client, login, editor):
    page = published_policy()
    login(client, editor)
    preview_url = upload(client, policy_bytes(first="改。")).url

    answer = client.post(preview_url, fields(client.get(preview_url)) | {"edition_of": page.pk})

    assert "施行日期" in answer.context["form"].errors["effective_on"][0]
    assert page.editions.count() == 1
    assert UploadedFile.objects.exists()


def test_upload_that_nobody_confirms_is_forgotten_after_a_day(client, login, editor):
    upload(login(client, editor), policy_bytes())
    file = UploadedFile.objects.get().file
    uploaded_at = file.storage.get_modified_time(file.name)

    operations.sweep(uploaded_at + timedelta(hours=23))
    assert UploadedFile.objects.exists()

    operations.sweep(uploaded_at + timedelta(hours=25))
    assert not UploadedFile.objects.exists()
    assert not file.storage.exists(file.name)


def test_confirming_with_an_empty_title_says_so_and_stores_nothing(client, login, editor):
    login(client, editor)
    preview_url = upload(client, policy_bytes()).url

    response = client.post(preview_url, fields(client.get(preview_url)) | {"title": ""})

    assert response.status_code == 200
    assert response.context["form"].errors["title"]
    assert not PolicyTextPage.objects.exists()


@pytest.mark.parametrize(
    "data", [b"", b" \n", bytes(range(256)) * 9, "无编号".encode(), b"x" * 5_300_000]
)
def test_bad_file_is_refused_beside_the_field_and_nothing_is_kept(client, login, editor, data):
    response = upload(login(client, editor), data)

    assert response.status_code == 200
    assert response.context["form"].errors["file"]
    assert not UploadedFile.objects.exists()


def test_file_imported_before_leads_to_its_page(client, login, editor):
    page = published_policy()

    response = upload(login(client, editor), policy_bytes())

    assert response.url == reverse("wagtailadmin_pages:edit", args=[page.pk])
    assert Edition.objects.count() == 1


def test_reviewer_and_learner_may_not_import(client, login, reviewer, person):
    assert login(client, reviewer).get(reverse(UPLOAD)).status_code in (302, 403)
    assert login(client, person).get(reverse(UPLOAD)).status_code in (302, 403)
    assert upload(client, policy_bytes()).status_code in (302, 403)
    assert not UploadedFile.objects.exists()


def test_another_editors_upload_is_not_found(client, login, editor, person):
    login(client, editor)
    preview_url = upload(client, policy_bytes()).url
    UploadedFile.objects.update(uploaded_by_user=person)

    assert client.get(preview_url).status_code == 404


def test_admin_is_in_chinese_by_default(client, login, editor):
    assert 'lang="zh-hans"' in login(client, editor).get(reverse("wagtailadmin_home")).text


def test_the_form_of_a_text_that_has_no_edition_yet_shows_a_dash(client, login, editor):
    parent = published_policy().get_parent()
    login(client, editor)

    page = client.get(
        reverse("wagtailadmin_pages:add", args=["content", "policytextpage", parent.pk])
    ).content.decode()

    assert ">None<" not in re.sub(r"\s+", "", page)


def test_what_to_compare_stands_first_and_a_text_of_the_same_title_is_named(client, login, editor):
    page = published_policy()
    login(client, editor)

    html = client.get(upload(client, policy_bytes(first="读书 and 用书。", day=6)).url).text

    assert f"文库中已有《{page.title}" in html
    first, _, rest = html.partition("对原文的其他处理")
    assert "请与原文核对" in first
    assert "读书和用书" in first
    assert "读书和用书" not in rest.partition("条款")[0]
