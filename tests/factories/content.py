"""Pages of the library as tests need them."""

from datetime import UTC, datetime

from django.core.files.base import ContentFile

from content import operations
from content.models import MediaFile, PolicyTextPage

NOW = datetime(2026, 6, 1, 1, 0, tzinfo=UTC)

POLICY = """晴川市委文件

晴委发〔2026〕{number}号

{title}

（此件公开发布）

为办好读书班，提出以下意见。

一、总体要求

（一）读什么。{first}

（二）怎样读。先自己读，再一起谈。

二、组织保障

（三）谁来办。各机关办公室负责。

2026年3月{day}日
"""


def policy_bytes(
    *,
    title: str = "关于办好机关读书班的意见",
    number: int = 7,
    first: str = "围绕岗位选书。",
    day: int = 5,
) -> bytes:
    """A small policy text as a file's bytes."""
    return POLICY.format(title=title, number=number, first=first, day=day).encode()


def published_policy(*, public: bool = True, by=None, **fields) -> PolicyTextPage:
    """A policy text, imported and published without review."""
    data = policy_bytes(**fields)
    if not public:
        data = data.replace("（此件公开发布）".encode(), "（此件不公开）".encode())
    imported = operations.import_policy(data, by=by, submit=False, now=NOW)
    operations.publish_without_review(imported.page.pk, now=NOW)
    return PolicyTextPage.objects.get(pk=imported.page.pk)


def media_file(size: int = 1000, name: str = "talk.mp4", seconds: int = 360) -> MediaFile:
    """A stored lecture file that begins like an MP4 and is then counted bytes."""
    head = b"\x00\x00\x00\x18ftypisom"
    body = bytes(i % 251 for i in range(size - len(head)))
    return operations.add_media(
        ContentFile(head + body, name=name), title="Talk", length_seconds=seconds
    )


VTT = """WEBVTT

00:00.000 --> 00:03.500
各位同志，大家好。

2
00:03.500 --> 00:08.000
今天谈怎样<b>读书</b>。
"""


def published_lecture(*, media: MediaFile | None = None, title: str = "怎样读书", **fields):
    """A lecture that is published."""
    page = operations.create_page(
        "lecture", title=title, speaker="王敏", media=media or media_file(), captions=VTT, **fields
    )
    operations.publish_without_review(page.pk, now=NOW)
    page.refresh_from_db()
    return page


def published_lesson(*, body=None, title: str = "先读规定", **fields):
    """A lesson that is published."""
    page = operations.create_page(
        "lesson", title=title, body=body or [("paragraph", "<p>读书要用心。</p>")], **fields
    )
    operations.publish_without_review(page.pk, now=NOW)
    page.refresh_from_db()
    return page
