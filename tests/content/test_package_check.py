"""Packages from outside: what is taken for SCORM or H5P, and every hostile archive that is not."""

import io
import json
import stat
import struct
import zipfile

import pytest

from content import package_check
from content.enums import PackageKind
from content.forms import REFUSALS
from content.package_check import PackageRefused, Reason
from content.package_manifest import examined

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PAGE = "<!doctype html><title>八项规定</title>".encode()


def manifest(version="1.2", href="index.html", base="", extra=""):
    return f"""<?xml version="1.0"?>{extra}
<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2">
 <metadata><schema>ADL SCORM</schema><schemaversion>{version}</schemaversion></metadata>
 <organizations default="second">
  <organization identifier="first"><title>旧版</title><item identifierref="old"/></organization>
  <organization identifier="second"><title>作风建设小课件</title>
   <item identifier="chapter"><title>一</title><item identifierref="page"/></item></organization>
 </organizations>
 <resources><resource identifier="old" href="old.html"/>
  <resource identifier="page" xml:base="{base}" href="{href}"/></resources>
</manifest>""".encode()


def h5p(**changes):
    stated = {
        "title": "互动练习",
        "mainLibrary": "H5P.Text",
        "preloadedDependencies": [
            {"machineName": "H5P.Text", "majorVersion": 1, "minorVersion": 2},
            {"machineName": "H5P.Font", "majorVersion": 4, "minorVersion": 5},
        ],
    }
    return {
        "h5p.json": json.dumps(stated | changes).encode(),
        "content/content.json": b"{}",
        "H5P.Text-1.2/library.json": b"{}",
        "H5P.Font-4.5/library.json": b"{}",
    }


def packed(files, method=zipfile.ZIP_DEFLATED):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream


def scorm(more=None, **how):
    return {"imsmanifest.xml": manifest(**how), "index.html": PAGE} | (more or {})


def refusal(stream):
    with pytest.raises(PackageRefused) as caught:
        examined(stream)
    return caught.value.reason


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("1.2", PackageKind.SCORM_12),
        ("2004 4th Edition", PackageKind.SCORM_2004),
        ("CAM 1.3", PackageKind.SCORM_2004),
    ],
)
def test_scorm_is_known_by_its_version_and_opens_the_default_organisation(version, kind):
    found = examined(packed(scorm({"img/a.png": PNG, "img/": b""}, version=version)))

    assert (found.kind, found.title) == (kind, "作风建设小课件")
    assert [part.href for part in found.parts] == ["index.html"]
    assert found.file_count == 3


def test_scorm_without_a_version_is_known_by_its_namespace():
    data = manifest(version="").replace(
        b'xml:base=""',
        b'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" adlcp:scormType="sco"',
    )

    found = examined(packed({"imsmanifest.xml": data, "index.html": PAGE}))

    assert found.kind == PackageKind.SCORM_2004


def test_entry_is_found_below_its_base_and_keeps_its_query():
    files = scorm(
        {"课 件/index.html": PAGE}, base="%E8%AF%BE%20%E4%BB%B6/", href="index.html?a=1#b"
    )

    assert examined(packed(files)).parts[0].href == "课 件/index.html?a=1"


def parts_manifest(*items, resources):
    return f"""<?xml version="1.0"?>
<manifest xmlns="http://www.imsproject.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"
 xmlns:imsss="http://www.imsglobal.org/xsd/imsss">
 <metadata><schemaversion>2004 3rd Edition</schemaversion></metadata>
 <organizations default="o"><organization identifier="o"><title>两节课</title>{"".join(items)}</organization>
 </organizations><resources>{resources}</resources></manifest>""".encode()


def test_parts_are_read_in_order_with_mastery_launch_data_and_what_reports():
    measure = (
        '<imsss:sequencing><imsss:objectives><imsss:primaryObjective satisfiedByMeasure="true">'
        "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>"
        "</imsss:objectives></imsss:sequencing>"
    )
    data = parts_manifest(
        f'<item identifierref="b" parameters="?p=1"><title>第一节</title>{measure}'
        "<adlcp:dataFromLMS>开场</adlcp:dataFromLMS></item>",
        '<item><title>章</title><item identifierref="a"><title>阅读</title></item></item>',
        '<item identifierref="a" isvisible="false"><title>不显示</title></item>',
        resources='<resource identifier="a" adlcp:scormType="asset" href="a.html"/>'
        '<resource identifier="b" adlcp:scormType="sco" href="b.html"/>',
    )

    found = examined(packed({"imsmanifest.xml": data, "a.html": PAGE, "b.html": PAGE}))

    assert [part.plain() for part in found.parts] == [
        {
            "title": "第一节",
            "href": "b.html?p=1",
            "tracked": True,
            "mastery": 80.0,
            "launch_data": "开场",
        },
        {
            "title": "阅读",
            "href": "a.html",
            "tracked": False,
            "mastery": None,
            "launch_data": "",
        },
    ]


@pytest.mark.parametrize(
    ("stated", "mastery"), [("80", 80.0), ("", None), ("gut", None), ("140", None)]
)
def test_mastery_of_scorm_12_is_per_cent(stated, mastery):
    data = manifest().replace(
        b'<item identifierref="page"/>',
        b'<item identifierref="page">'
        b'<a:masteryscore xmlns:a="http://www.adlnet.org/xsd/adlcp_rootv1p2">'
        + stated.encode()
        + b"</a:masteryscore></item>",
    )
    assert b"masteryscore" in data

    found = examined(packed({"imsmanifest.xml": data, "index.html": PAGE}))

    assert found.parts[0].mastery == mastery


def test_every_reason_has_words_that_say_what_to_do():
    assert set(REFUSALS) == set(Reason)


def test_h5p_is_known_with_its_library_and_content():
    found = examined(packed(h5p()))

    assert (found.kind, found.title) == (PackageKind.H5P, "互动练习")
    assert [part.title for part in found.parts] == ["互动练习"]


@pytest.mark.parametrize(
    "missing", ["content/content.json", "H5P.Text-1.2/library.json", "H5P.Font-4.5/library.json"]
)
def test_h5p_without_what_it_plays_is_refused(missing):
    files = h5p()
    del files[missing]

    assert refusal(packed(files)) == Reason.NO_ENTRY


@pytest.mark.parametrize(
    "name",
    [
        "../outside.html",
        "a/../../outside.html",
        "/etc/passwd.txt",
        "C:/windows/a.txt",
        "a\\..\\b.html",
        "a//b.html",
        "./a.html",
        "a/b.html\n",
        "a. /b.html",
        "x" * 300 + ".html",
    ],
)
def test_name_that_leads_elsewhere_is_refused(name):
    assert refusal(packed(scorm({name: PAGE}))) == Reason.NAME


def test_name_with_a_hidden_end_is_refused():
    """Zip libraries cut a name at its zero byte: ``a.php\\0.html`` would be checked as one and stored as the other."""
    data = packed(scorm({"evilX.html": PAGE})).getvalue().replace(b"evilX.html", b"evil\0.html")

    assert refusal(io.BytesIO(data)) == Reason.NAME


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_link_or_device_is_refused(kind):
    stream = packed(scorm())
    with zipfile.ZipFile(stream, "a") as archive:
        member = zipfile.ZipInfo("link.html")
        member.external_attr = (kind | 0o777) << 16
        archive.writestr(member, "/etc/passwd")

    assert refusal(stream) == Reason.LINK


def test_same_name_in_other_case_is_refused():
    assert refusal(packed(scorm({"INDEX.html": PAGE}))) == Reason.TWICE


def test_folders_too_deep_are_refused():
    assert examined(packed(scorm({"a/" * 16 + "a.html": PAGE})))
    assert refusal(packed(scorm({"a/" * 17 + "a.html": PAGE}))) == Reason.TOO_DEEP


def test_archive_within_the_archive_is_refused_whatever_it_is_called():
    inner = packed(scorm()).getvalue()

    assert refusal(packed(scorm({"inner.zip": inner}))) == Reason.FORBIDDEN_FILE
    assert refusal(packed(scorm({"inner.js": inner}))) == Reason.NESTED


@pytest.mark.parametrize(
    "name", ["run.exe", "a.php", "a.swf", "inner.zip", "noending", ".htaccess"]
)
def test_file_no_browser_is_given_is_refused(name):
    assert refusal(packed(scorm({name: b"text"}))) == Reason.FORBIDDEN_FILE


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.png", b"MZ\x90\0"),
        ("a.png", PAGE),
        ("a.html", b"\x7fELF\2"),
        ("a.txt", b"#!/bin/sh\n"),
        ("a.pdf", b""),
    ],
)
def test_contents_that_are_not_those_of_the_name_are_refused(name, data):
    assert refusal(packed(scorm({name: data}))) == Reason.WRONG_CONTENTS


def test_bomb_is_refused_before_it_is_unpacked(monkeypatch):
    monkeypatch.setattr(package_check, "_check_contents", lambda *_: pytest.fail("unpacked"))

    assert refusal(packed(scorm({"a.txt": b"0" * 3_000_000}))) == Reason.BOMB


def test_well_filled_large_file_is_no_bomb():
    assert examined(packed(scorm({"a.txt": b"0" * 3_000_000}), zipfile.ZIP_STORED))


def test_length_that_lies_is_refused():
    """The directory promises less than the stream holds; no more than the promise is ever read."""
    data = bytearray(packed({"a.txt": b"0" * 500_000} | scorm()).getvalue())
    where = data.index(b"PK\x01\x02")
    data[where + 24 : where + 28] = struct.pack("<I", 10)

    assert refusal(io.BytesIO(bytes(data))) == Reason.DAMAGED


@pytest.mark.parametrize(
    ("limit", "value", "reason"),
    [
        ("FILES_TO", 2, Reason.TOO_MANY_FILES),
        ("PACKED_TO", 100, Reason.TOO_LARGE),
        ("UNPACKED_TO", 100, Reason.TOO_LARGE),
        ("DESCRIPTION_TO", 100, Reason.TOO_LARGE),
    ],
)
def test_limits_hold(monkeypatch, limit, value, reason):
    files = packed(scorm({"a.txt": b"a"}))
    assert examined(files)

    monkeypatch.setattr(package_check, limit, value)

    assert refusal(files) == reason


def test_encrypted_file_is_refused():
    data = bytearray(packed(scorm()).getvalue())
    data[data.index(b"PK\x01\x02") + 8] |= 1

    assert refusal(io.BytesIO(bytes(data))) == Reason.ENCRYPTED


def test_damaged_and_cut_archives_are_refused():
    data = packed(scorm({"a.txt": b"unbroken words"}), zipfile.ZIP_STORED).getvalue()

    assert refusal(io.BytesIO(data.replace(b"unbroken", b"broken!!"))) == Reason.DAMAGED
    assert refusal(io.BytesIO(data[: len(data) // 2])) == Reason.DAMAGED
    assert refusal(io.BytesIO(b"MZ" + data)) == Reason.NOT_A_ZIP
    assert refusal(io.BytesIO(b"")) == Reason.NOT_A_ZIP


def test_folder_packed_instead_of_its_contents_is_refused():
    wrapped = {f"folder/{name}": data for name, data in scorm().items()}

    assert refusal(packed(wrapped)) == Reason.NO_DESCRIPTION
    assert refusal(packed(scorm() | h5p())) == Reason.NO_DESCRIPTION


@pytest.mark.parametrize(
    "data",
    [
        b"<manifest",
        b"<manifest/>",
        manifest(version="9.9"),
        manifest(extra='<!DOCTYPE m [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>'),
        manifest(extra='<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
    ],
)
def test_manifest_that_is_none_or_is_a_trap_is_refused(data):
    files = {"imsmanifest.xml": data, "index.html": PAGE}

    assert refusal(packed(files)) == Reason.BAD_DESCRIPTION


@pytest.mark.parametrize("data", [b"{", b"[]", b"{}", b'"text"', b"[" * 200_000, b"\xff\xfe\0"])
def test_h5p_description_that_is_none_is_refused(data):
    assert refusal(packed(h5p() | {"h5p.json": data})) == Reason.BAD_DESCRIPTION


@pytest.mark.parametrize(
    "href",
    [
        "https://elsewhere.example/a.html",
        "//elsewhere.example/a.html",
        "../index.html",
        "gone.html",
        "javascript:alert(1)",
        "",
        "a.txt",
    ],
)
def test_entry_outside_the_package_is_refused(href):
    assert refusal(packed(scorm({"a.txt": b"a"}, href=href))) == Reason.NO_ENTRY
