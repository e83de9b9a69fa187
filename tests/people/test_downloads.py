"""Files to take away bear their name in any letters, and stay with whoever took them."""

from urllib.parse import unquote

from people.downloads import download


def test_a_file_bears_its_chinese_name_and_is_kept_by_nobody_else():
    answer = download(b"PK", "首次密码.xlsx", "application/zip")

    disposition = answer["Content-Disposition"]
    assert disposition.startswith("attachment; ")
    assert unquote(disposition).endswith("首次密码.xlsx")
    assert answer["Cache-Control"] == "private, no-store"


def test_a_name_cannot_end_the_header_it_stands_in():
    answer = download(b"", 'a"; filename="b.html', "text/plain")

    assert answer["Content-Disposition"] == 'attachment; filename="a\\"; filename=\\"b.html"'
