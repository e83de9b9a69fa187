"""What is refused, and in which words; nothing half-imported; the same file twice changes nothing."""

import io
from datetime import date
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from content import importing, operations
from content.models import Article, Citation, Edition, PolicyTextPage
from content.signals import article_changed
from tests.factories.content import NOW, policy_bytes, published_policy

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
REAL_TEXT = SHARED / "texts" / "002_c0f8088965fc94c3.txt"


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", importing.EmptyFile),
        (b" \r\n\t \n", importing.EmptyFile),
        (b"\xef\xbb\xbf", importing.EmptyFile),
        (bytes(range(256)) * 40, importing.NotText),
        (b"%PDF-1.7\n\x00\x01\x02\x03" + bytes(300), importing.NotText),
        (b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00", importing.NotText),
        (b"a" * (importing.MAX_IMPORT_BYTES + 1), importing.TooLarge),
    ],
)
def test_read_text_refuses_what_is_no_text(data, refusal):
    with pytest.raises(refusal):
        importing.read_text(data)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_read_text_decodes_chinese_encodings(encoding):
    assert importing.read_text("第一条　读书。".encode(encoding)) == "第一条　读书。"


@given(st.binary(max_size=2000))
def test_read_text_gives_text_or_its_own_refusal(data):
    try:
        text = importing.read_text(data)
    except importing.ImportRefused:
        return
    assert isinstance(text, str)


def test_fifty_megabytes_are_refused_without_being_read():
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size=-1):
            assert 0 < size <= importing.MAX_IMPORT_BYTES + 1
            self.taken += size
            return b"x" * size

    stream = Endless()
    with pytest.raises(importing.TooLarge):
        importing.read_stream(stream)
    assert stream.taken == importing.MAX_IMPORT_BYTES + 1


@pytest.mark.django_db
def test_text_without_articles_is_refused_and_nothing_is_stored():
    with pytest.raises(importing.NoArticles):
        operations.import_policy("今天天气很好。".encode(), now=NOW)

    assert not PolicyTextPage.objects.exists()
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_import_stores_a_draft_with_its_title_block_and_articles():
    imported = operations.import_policy(policy_bytes(), source_name="a.txt", now=NOW)

    page = PolicyTextPage.objects.get()
    assert (page.title, page.number, page.mark, page.live) == (
        "关于办好机关读书班的意见", "晴委发〔2026〕7号", "public", False,
    )  # fmt: skip
    draft = page.get_latest_revision_as_object()
    assert draft.edition == imported.edition
    assert list(imported.edition.articles.values_list("anchor", flat=True)) == [
        "preamble", "p1", "i1", "i2", "p2", "i3",
    ]  # fmt: skip


@pytest.mark.django_db
def test_importing_the_same_file_twice_changes_nothing():
    first = operations.import_policy(policy_bytes(), now=NOW)
    second = operations.import_policy(policy_bytes(), now=NOW)

    assert first.created
    assert not second.created
    assert second.page == first.page
    assert (PolicyTextPage.objects.count(), Edition.objects.count(), Article.objects.count()) == (
        1,
        1,
        6,
    )


@pytest.mark.django_db
def test_two_texts_with_one_number_are_both_stored():
    operations.import_policy(policy_bytes(title="关于读书的意见"), now=NOW)
    operations.import_policy(policy_bytes(title="关于写作的意见"), now=NOW)

    assert PolicyTextPage.objects.filter(number="晴委发〔2026〕7号").count() == 2


@pytest.mark.django_db
def test_failure_in_the_middle_leaves_nothing_behind(monkeypatch):
    def fail(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(operations.importing, "audit", fail)
    with pytest.raises(RuntimeError):
        operations.import_policy(policy_bytes(), now=NOW)

    assert not PolicyTextPage.objects.exists()
    assert not Edition.objects.exists()


@pytest.mark.django_db
def test_editors_corrections_are_stored_instead_of_what_was_read():
    imported = operations.import_policy(
        policy_bytes(), corrections={"title": "读书班意见", "live": True}, now=NOW
    )

    assert imported.page.title == "读书班意见"
    assert not PolicyTextPage.objects.get().live


@pytest.mark.django_db
def test_unknown_parent_is_refused():
    with pytest.raises(operations.NoSuchParent):
        operations.import_policy(policy_bytes(), parent_slug="nowhere", now=NOW)
    assert not PolicyTextPage.objects.exists()


def cite(page, source, anchor, owner=None):
    return operations.cite(
        source=source,
        text_id=page.pk,
        anchor=anchor,
        label="题目",
        url="/x/",
        owner_id=owner and owner.pk,
        now=NOW,
    )


@pytest.mark.django_db
def test_new_edition_flags_citations_of_changed_and_lapsed_articles_once_it_is_published(
    person, django_capture_on_commit_callbacks
):
    page = published_policy()
    for anchor in ("i1", "i2", "i3"):
        cite(page, "exams.question:17", anchor, person)
    data = (
        policy_bytes(first="每季度读一本。", day=6)
        .decode()
        .replace("（三）谁来办。各机关办公室负责。\n", "")
    )
    heard = []

    def hear(sender, text_id, anchors, **kwargs):
        heard.append((text_id, anchors))

    article_changed.connect(hear)
    try:
        imported = operations.import_policy(data.encode(), edition_of=page.pk, now=NOW)
        assert (imported.changed, imported.lapsed) == (["i1"], ["i3"])
        assert heard == []
        assert not Citation.objects.exclude(flagged_at=None).exists()
        page.refresh_from_db()
        assert page.edition.ordinal == 1

        with django_capture_on_commit_callbacks(execute=True):
            operations.publish_without_review(page.pk, now=NOW)
    finally:
        article_changed.disconnect(hear)

    page.refresh_from_db()
    assert page.edition.ordinal == 2
    assert heard == [(page.pk, ["i1", "i3"])]
    assert dict(Citation.objects.values_list("anchor", "flagged_because")) == {
        "i1": "changed", "i2": "", "i3": "lapsed",
    }  # fmt: skip


@pytest.mark.django_db
def test_publishing_again_flags_nothing_a_second_time(person):
    page = published_policy()
    operations.import_policy(policy_bytes(first="改。", day=6), edition_of=page.pk, now=NOW)
    operations.publish_without_review(page.pk, now=NOW)
    citation = cite(page, "exams.question:1", "i1")

    operations.publish_without_review(page.pk, now=NOW)

    citation.refresh_from_db()
    assert citation.flagged_at is None


@pytest.mark.django_db
def test_citing_twice_is_one_citation_and_uncite_forgets_the_source(person):
    page = published_policy()
    cite(page, "exams.question:1", "i1")
    cite(page, "exams.question:1", "i1", person)
    cite(page, "exams.question:2", "i1")

    assert Citation.objects.filter(source="exams.question:1").get().owner == person
    assert operations.uncite("exams.question:1") == 1
    assert Citation.objects.count() == 1


@pytest.mark.django_db
def test_lesson_that_cites_an_article_posts_its_citation_when_published():
    page = published_policy()
    lesson = operations.create_page(
        "lesson", title="学意见", body=[("citation", {"text": page, "anchor": "i2", "remark": ""})]
    )
    assert not Citation.objects.exists()

    operations.publish_without_review(lesson.pk, now=NOW)

    citation = Citation.objects.get()
    assert (citation.source, citation.anchor, citation.label) == (
        f"content.page:{lesson.pk}", "i2", "学意见",
    )  # fmt: skip


@pytest.mark.django_db
def test_sweep_finishes_a_publication_that_was_cut_short(monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(operations, "page_was_published", lambda page, now: None)
        page = published_policy()
    assert page.live
    assert page.edition.published_at is None

    assert operations.sweep(NOW) == 1
    assert operations.sweep(NOW) == 0
    page.edition.refresh_from_db()
    assert page.edition.published_at == NOW


# --- the command


def run(tmp_path, data, *args):
    file = tmp_path / "text.txt"
    file.write_bytes(data)
    out = io.StringIO()
    call_command("import_policy", str(file), *args, stdout=out)
    return out.getvalue()


@pytest.mark.django_db
def test_command_imports_and_says_what_it_did(tmp_path, editor):
    out = run(tmp_path, policy_bytes(), "--by", editor.staff_number)

    page = PolicyTextPage.objects.get()
    assert "关于办好机关读书班的意见" in out
    assert page.workflow_in_progress


@pytest.mark.django_db
def test_command_with_dry_run_stores_nothing(tmp_path):
    assert "i3" in run(tmp_path, policy_bytes(), "--dry-run")
    assert not PolicyTextPage.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "data", [b"", bytes(range(256)) * 9, "无编号".encode(), b"x" * (50 * 1024 * 1024)]
)
def test_command_refuses_bad_input_in_one_sentence_and_stores_nothing(tmp_path, data):
    with pytest.raises(CommandError, match=r"text\.txt: \S"):
        run(tmp_path, data)
    assert not PolicyTextPage.objects.exists()


@pytest.mark.django_db
def test_command_reads_gb18030(tmp_path):
    run(tmp_path, policy_bytes().decode().encode("gb18030"))
    assert PolicyTextPage.objects.get().issuer == "晴川市委"


@pytest.mark.django_db
def test_command_names_what_it_does_not_find(tmp_path):
    for option in ("--parent", "--edition-of", "--by"):
        with pytest.raises(CommandError, match="nowhere"):
            run(tmp_path, policy_bytes(), option, "nowhere")
    with pytest.raises(CommandError, match="missing"):
        call_command("import_policy", str(tmp_path / "missing"))


@pytest.mark.django_db
@pytest.mark.skipif(not REAL_TEXT.exists(), reason="the shared texts are not beside the project")
def test_real_policy_text_is_imported_with_twenty_items_under_six_headings():
    imported = operations.import_policy(REAL_TEXT.read_bytes(), now=NOW)

    articles = imported.edition.articles
    assert articles.filter(kind="item").count() == 20
    assert articles.filter(kind="heading").count() == 6
    assert imported.page.number == "沪委发〔2019〕18号"


@pytest.mark.django_db
@pytest.mark.parametrize("day", [date(2026, 3, 5), date(2026, 3, 4), None])
def test_an_edition_that_would_hold_no_later_than_the_one_before_is_refused(day):
    page = published_policy()

    with pytest.raises(operations.NotAfterTheEditionBefore) as refused:
        operations.import_policy(
            policy_bytes(first="改。"),
            edition_of=page.pk,
            corrections={"issued_on": day, "effective_on": day},
            now=NOW,
        )

    assert "未保存" in str(refused.value)
    assert page.editions.count() == 1
    assert page.revisions.count() == 1
    later = operations.import_policy(policy_bytes(first="改。", day=6), edition_of=page.pk, now=NOW)
    assert later.edition.ordinal == 2


@pytest.mark.django_db
def test_the_command_says_that_an_edition_is_no_later_and_stores_nothing(tmp_path):
    page = published_policy()
    file = tmp_path / "text.txt"
    file.write_bytes(policy_bytes(first="改。"))

    with pytest.raises(CommandError, match="施行日期"):
        call_command("import_policy", str(file), edition_of=page.slug)
    assert page.editions.count() == 1
