"""A spreadsheet from anywhere: its limits, whatever list it holds."""

import io
import zipfile

import pytest
from django.utils import translation
from openpyxl import Workbook

from people.importing import tables


@pytest.fixture(autouse=True)
def _english():
    with translation.override("en"):
        yield


def rows_of(file, name):
    return list(tables.open_table(file, name).rows)


def workbook(**parts):
    """A sound workbook with a heading and a row, and more parts beside."""
    buffer, book = io.BytesIO(), Workbook()
    book.active.append(["姓名"])
    book.active.append(["王小明"])
    book.save(buffer)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return buffer


def test_as_many_rows_as_the_limit_are_read_and_one_more_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_ROWS", 2)

    assert len(rows_of(io.BytesIO("姓名\n甲\n乙\n".encode()), "a.csv")) == 2
    with pytest.raises(tables.FileRefused, match="more than 2 rows"):
        rows_of(io.BytesIO("姓名\n甲\n乙\n丙\n".encode()), "a.csv")


def test_a_workbook_of_thousands_of_parts_is_refused():
    assert rows_of(workbook(**{f"xl/{n}.bin": "" for n in range(100)}), "a.xlsx")
    with pytest.raises(tables.FileRefused, match="unpacks to more"):
        rows_of(workbook(**{f"xl/{n}.bin": "" for n in range(2000)}), "a.xlsx")


def test_shared_text_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_SHARED_TEXT", 1000)

    assert rows_of(workbook(**{"xl/SharedStrings2.xml": " " * 1000}), "a.xlsx")
    with pytest.raises(tables.FileRefused, match="unpacks to more"):
        rows_of(workbook(**{"xl/SharedStrings2.xml": " " * 1001}), "a.xlsx")


def test_entities_are_refused_by_their_name_wherever_they_stand():
    declared = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a/>'

    with pytest.raises(tables.FileRefused, match="declares entities"):
        rows_of(workbook(**{"xl/unread.xml": declared}), "a.xlsx")


def test_a_cell_of_text_that_begins_like_a_formula_is_not_taken_for_its_words():
    (row,) = rows_of(io.BytesIO("姓名\n@SUM(A1)\n".encode()), "a.csv")

    assert row == (2, [tables.Formula("@SUM(A1)")])
