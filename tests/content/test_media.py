"""Private files: who gets them, in which parts, and what may be stored."""

import pytest
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from content import operations
from content.models import MediaFile
from content.views.media import NotSatisfiable, Pieces, byte_range
from tests.factories.content import media_file, published_lecture


@pytest.fixture
def lecture(db):
    return published_lecture(media=media_file(size=1000))


@pytest.fixture
def get(client, login, person, lecture):
    login(client, person)

    def fetch(**headers):
        return client.get(reverse("content:media", args=[lecture.media_id]), headers=headers)

    return fetch


def whole(lecture):
    with lecture.media.file.open("rb") as file:
        return file.read()


def test_whole_file_is_sent_without_a_range(get, lecture):
    response = get()

    assert response.status_code == 200
    assert response["Accept-Ranges"] == "bytes"
    assert response["Content-Length"] == "1000"
    assert response.getvalue() == whole(lecture)


@pytest.mark.parametrize(
    ("asked", "content_range", "part"),
    [
        ("bytes=0-0", "bytes 0-0/1000", slice(0, 1)),
        ("bytes=0-", "bytes 0-999/1000", slice(0, 1000)),
        ("bytes=999-", "bytes 999-999/1000", slice(999, 1000)),
        ("bytes=100-199", "bytes 100-199/1000", slice(100, 200)),
        ("bytes=990-5000", "bytes 990-999/1000", slice(990, 1000)),
        ("bytes=-10", "bytes 990-999/1000", slice(990, 1000)),
        ("bytes=-5000", "bytes 0-999/1000", slice(0, 1000)),
    ],
)
def test_part_is_sent_for_a_range(get, lecture, asked, content_range, part):
    response = get(range=asked)

    assert response.status_code == 206
    assert response["Content-Range"] == content_range
    assert response.getvalue() == whole(lecture)[part]
    assert response["Content-Length"] == str(part.stop - part.start)


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_range_after_the_end_is_refused(get, asked):
    response = get(range=asked)

    assert response.status_code == 416
    assert response["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=5-2", "bytes=0-1,5-6", "lines=1-2", "x"]
)
def test_range_that_says_nothing_gives_the_whole(get, asked):
    response = get(range=asked)

    assert response.status_code == 200
    assert len(response.getvalue()) == 1000


def test_part_of_a_file_that_changed_gives_the_whole(get):
    response = get()
    etag = response["ETag"]
    response.getvalue()

    for if_range, status in ((etag, 206), ('"old"', 200)):
        response = get(range="bytes=0-9", if_range=if_range)
        assert response.status_code == status
        response.getvalue()


@given(
    st.text(max_size=30) | st.from_regex(r"bytes=\d{0,5}-\d{0,5}", fullmatch=True),
    st.integers(0, 3000),
)
def test_byte_range_stays_inside_the_file(header, size):
    try:
        wanted = byte_range(header, size)
    except NotSatisfiable:
        return
    if wanted:
        first, last = wanted
        assert 0 <= first <= last < size


def test_file_is_read_a_piece_at_a_time():
    class File:
        largest = 0
        closed = False

        def seek(self, place):
            pass

        def read(self, size):
            self.largest = max(self.largest, size)
            return b"x" * size

        def close(self):
            self.closed = True

    file = File()
    assert sum(len(piece) for piece in Pieces(file, 0, 10_000_000)) == 10_000_000
    assert file.largest == 64 * 1024
    assert file.closed


def test_visitor_is_asked_to_sign_in(client, lecture):
    response = client.get(reverse("content:media", args=[lecture.media_id]))

    assert response.status_code == 302


def test_answer_that_nobody_reads_closes_its_file(lecture):
    file = lecture.media.file.open("rb").file

    Pieces(file, 0, 1000).close()

    assert file.closed


def test_file_of_an_unpublished_lecture_is_for_editors_only(client, login, person, editor, db):
    media = media_file()
    url = reverse("content:media", args=[media.pk])

    assert login(client, person).get(url).status_code == 404
    response = login(client, editor).get(url)
    assert response.status_code == 200
    response.getvalue()


def test_stored_file_cannot_be_fetched_by_its_path(client, login, person, lecture):
    login(client, person)

    for name in (
        lecture.media.file.name,
        "../db.sqlite3",
        "images/../private/x",
        "images/none.png",
    ):
        assert client.get(f"/media/{name}").status_code == 404


MP4 = b"\x00\x00\x00\x18ftypisom" + bytes(100)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("talk.html", MP4),
        ("talk", MP4),
        ("talk.svg", b"<svg onload=alert(1)>"),
        ("talk.mp4", b"<html><script>alert(1)</script></html>"),
        ("talk.webm", MP4),
        ("talk.mp4.exe", MP4),
        ("talk.mp3", b"PK\x03\x04" + bytes(60)),
        ("talk.mp4", b""),
    ],
)
def test_upload_that_is_no_lecture_is_refused_and_not_kept(name, data, settings):
    with pytest.raises(ValidationError):
        operations.add_media(ContentFile(data, name=name), title="x", length_seconds=300)

    assert not MediaFile.objects.exists()
    assert not [path for path in settings.MEDIA_ROOT.rglob("*") if path.is_file()]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.mp4", MP4),
        ("a.MP4", MP4),
        ("a.webm", b"\x1a\x45\xdf\xa3" + bytes(60)),
        ("a.mp3", b"ID3" + bytes(60)),
        ("a.mp3", b"\xff\xfb" + bytes(60)),
        ("a.ogg", b"OggS" + bytes(60)),
        ("a.wav", b"RIFF\x00\x00\x00\x00WAVE" + bytes(60)),
        ("a.m4a", b"\x00\x00\x00\x18ftypM4A " + bytes(60)),
    ],
)
def test_lecture_of_each_kind_is_stored_under_a_name_that_says_nothing(name, data):
    media = operations.add_media(ContentFile(data, name=name), title="x", length_seconds=300)

    assert media.file.name.startswith("private/lectures/")
    assert "/a." not in media.file.name


@pytest.mark.django_db
def test_upload_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr("content.media_check.MAX_MEDIA_BYTES", 50)
    with pytest.raises(ValidationError):
        operations.add_media(ContentFile(MP4, name="a.mp4"), title="x", length_seconds=300)
