"""How long a lecture lasts is read from its file."""

import io
import struct
import wave

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from content.media_length import is_cut_short, length_seconds
from content.models import MediaFile


def box(name, body):
    return struct.pack(">I4s", 8 + len(body), name) + body


def mp4(seconds, *, scale=1000):
    head = box(b"ftyp", b"isom" + bytes(16))
    mvhd = box(b"mvhd", bytes(12) + struct.pack(">II", scale, seconds * scale) + bytes(80))
    return head + box(b"mdat", bytes(64)) + box(b"moov", mvhd)


def webm(seconds):
    def element(name, body):
        return bytes.fromhex(name) + bytes([0x80 | len(body)]) + body

    info = element("2ad7b1", (1_000_000).to_bytes(3, "big"))
    info += element("4489", struct.pack(">d", seconds * 1000.0))
    start = element("1a45dfa3", element("4282", b"webm"))
    return start + bytes.fromhex("18538067") + b"\x01" + b"\xff" * 7 + element("1549a966", info)


def wav(seconds):
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setparams((1, 1, 8000, 0, "NONE", ""))
        out.writeframes(bytes(8000 * seconds))
    return file.getvalue()


def ogg(seconds):
    def page(samples, body):
        return b"OggS\x00\x00" + struct.pack("<q", samples) + bytes(12) + body

    head = b"\x01vorbis" + struct.pack("<IBI", 0, 1, 44_100)
    return page(0, head) + page(seconds * 44_100, b"sound")


def mp3(seconds):
    # MPEG 1 layer III, 128 kbit/s, 44.1 kHz; the number of frames stands in the first.
    frames = round(seconds * 44_100 / 1152)
    return (
        b"ID3\x04\x00\x00\x00\x00\x00\x04abcd"
        + b"\xff\xfb\x90\x00"
        + bytes(32)
        + b"Xing"
        + struct.pack(">II", 1, frames)
        + bytes(400)
    )


FILES = [(".mp4", mp4), (".m4a", mp4), (".webm", webm), (".wav", wav), (".ogg", ogg), (".mp3", mp3)]


@pytest.mark.parametrize(("ending", "made"), FILES)
def test_length_is_read_from_every_kind_of_file(ending, made):
    assert length_seconds(io.BytesIO(made(372)), ending) == 372


@pytest.mark.parametrize(("ending", "made"), FILES)
def test_damaged_file_says_nothing_and_breaks_nothing(ending, made):
    whole = made(372)

    for cut in (0, 5, 12, len(whole) // 2):
        assert length_seconds(io.BytesIO(whole[:cut]), ending) in (None, *range(1, 373))
    assert length_seconds(io.BytesIO(b"\xff" * 400), ending) is None


@pytest.mark.parametrize(("ending", "made"), [f for f in FILES if f[0] not in (".ogg", ".mp3")])
def test_a_file_that_ends_before_its_parts_do_is_seen(ending, made):
    whole = made(372)

    assert not is_cut_short(io.BytesIO(whole), ending)
    if ending != ".webm":  # this one, as browsers record it, announces no size
        for cut in (40, len(whole) // 2, len(whole) - 1):
            assert is_cut_short(io.BytesIO(whole[:cut]), ending)


def test_a_webm_that_announces_its_size_is_held_to_it():
    head, body = webm(372).split(b"\x01" + b"\xff" * 7)
    whole = head + b"\x01" + len(body).to_bytes(7, "big") + body

    assert not is_cut_short(io.BytesIO(whole), ".webm")
    assert is_cut_short(io.BytesIO(whole[:-1]), ".webm")


def test_mp3_of_one_bitrate_is_measured_by_its_size():
    file = b"\xff\xfb\x90\x00" + bytes(128_000 // 8 * 60 - 4)

    assert length_seconds(io.BytesIO(file), ".mp3") == 60


def upload(client, data, name="talk.mp4", **fields):
    form = {"title": "谈读书", "file": SimpleUploadedFile(name, data)} | fields
    return client.post(reverse("wagtailsnippets_content_mediafile:add"), form)


def test_length_may_be_left_empty(client, login, editor):
    upload(login(client, editor), mp4(372))

    assert MediaFile.objects.get().length_seconds == 372


def test_length_that_is_not_the_files_is_refused_with_what_was_read(client, login, editor):
    html = upload(login(client, editor), mp4(372), length_seconds=600).text

    assert "文件时长为 372 秒，与所填的 600 秒不符" in html
    assert not MediaFile.objects.exists()


def test_file_that_does_not_say_needs_a_typed_length(client, login, editor):
    silent = mp4(0)  # as programs write it that send a film while it is made
    login(client, editor)

    assert "请填写秒数" in upload(client, silent).text
    upload(client, silent, length_seconds=300)

    assert MediaFile.objects.get().length_seconds == 300


def test_a_file_cut_short_is_refused_with_one_reason(client, login, editor):
    html = upload(login(client, editor), mp4(372)[:-20], length_seconds=372).text

    assert "文件不完整" in html
    assert "请填写秒数" not in html
    assert "请填写秒数" not in upload(client, b"MZ program", name="talk.exe").text
    assert not MediaFile.objects.exists()


def test_a_stored_file_says_who_brought_it_and_is_opened_but_never_exchanged(client, login, editor):
    upload(login(client, editor), mp4(372))
    media = MediaFile.objects.get()
    assert media.uploaded_by == editor
    address = reverse("wagtailsnippets_content_mediafile:edit", args=[media.pk])

    assert reverse("content:media", args=[media.pk]) in client.get(address).text
    form = {"title": "换一节", "file": SimpleUploadedFile("other.mp4", mp4(300))}
    html = client.post(address, form).text

    assert "已保存的音视频不能更换" in html
    assert MediaFile.objects.get().file.name == media.file.name
    client.post(address, {"title": "谈读书（修订）"})
    assert MediaFile.objects.get().title == "谈读书（修订）"
