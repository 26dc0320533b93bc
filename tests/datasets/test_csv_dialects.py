"""Separators, quotes, headers, blank lines and encodings."""

from __future__ import annotations

import csv
import io

import pytest

from modelyard.core.common.errors import InvalidInput
from tests.datasets.conftest import Import

ROWS = [["name", "height", "note"], ["Ann", "1.68", "x"], ["Bob", "1.81", "y z"], ["Cid", "1.75", "x"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " "])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separator_is_found(load: Import, separator: str, newline: str) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator=newline).writerows(ROWS)
    found = load(text.getvalue())
    assert found.values == {"name": ["Ann", "Bob", "Cid"], "height": [1.68, 1.81, 1.75], "note": ["x", "y z", "x"]}
    assert found.ingested.origin["options"]["separator"] == separator


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252", "latin-1"],
)
def test_encoding_is_found(load: Import, encoding: str) -> None:
    text = "name,city\nZoë,Köln\nFrançois,Orléans\nÅsa,Malmö\n" + "Jürgen,Lübeck\n" * 20
    found = load(text.encode(encoding))
    assert found.values["name"][:4] == ["Zoë", "François", "Åsa", "Jürgen"]
    assert list(found.values) == ["name", "city"]
    assert ("guess" in found.notes) == (encoding in ("cp1252", "latin-1"))


POLISH = """Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw|Są oni obdarzeni rozumem
i sumieniem|Powinni postępować wobec innych w duchu braterstwa|Każdy człowiek ma prawo do życia, wolności
i bezpieczeństwa swej osoby|Nie wolno nikogo czynić niewolnikiem ani nakładać na nikogo służebności"""
RUSSIAN = """Все люди рождаются свободными и равными в своем достоинстве и правах|Они наделены разумом и совестью
и должны поступать в отношении друг друга в духе братства|Каждый человек имеет право на жизнь, на свободу"""
CHINESE = (
    "人人生而自由在尊严和权利上一律平等|他们赋有理性和良心并应以兄弟关系的精神相对待|人人有权享有生命自由和人身安全"
)


@pytest.mark.parametrize(("encoding", "text"), [("cp1250", POLISH), ("cp1251", RUSSIAN), ("gb18030", CHINESE)])
def test_encodings_beyond_the_west(load: Import, encoding: str, text: str) -> None:
    sentences = text.replace("\n", " ").split("|")
    rows = "".join(f'"{sentence}";{i}\n' for i, sentence in enumerate(sentences))
    assert load(f"text;n\n{rows}".encode(encoding)).values["text"] == sentences


def test_a_letter_late_in_a_large_file_decides_the_encoding(load: Import) -> None:
    text = "name,n\n" + "Ann,1\n" * 400_000 + "Zoë,2\n"
    found = load(text.encode("cp1252"))
    assert found.values["name"][-1] == "Zoë"
    assert "cp1252" in found.notes


def test_given_encoding_wins_and_is_checked(load: Import) -> None:
    data = "name,n\nŁódź,1\n".encode("cp1250")
    assert load(data, encoding="cp1250").values["name"] == ["Łódź"]
    with pytest.raises(InvalidInput, match="not ascii"):
        load(data, encoding="ascii")
    with pytest.raises(InvalidInput, match="no encoding 'klingon'"):
        load(data, encoding="klingon")


def test_quoted_newlines_separators_and_doubled_quotes(load: Import) -> None:
    found = load('a,b\n1,"x\ny"\n2,"say ""hi"", you"\n3,"z\r\nw"\n')
    assert found.values == {"a": [1, 2, 3], "b": ["x\ny", 'say "hi", you', "z\r\nw"]}


def test_backslash_before_a_quote(load: Import) -> None:
    found = load('a,b\n"say \\"hi\\", you",1\n"x",2\n')
    assert found.values == {"a": ['say "hi", you', "x"], "b": [1, 2]}


def test_apostrophes_as_quotes(load: Import) -> None:
    assert load("a,b\n'x,y',2\n'z',3\n").values == {"a": ["x,y", "z"], "b": [2, 3]}


def test_inch_marks_inside_a_cell_are_no_quotes(load: Import) -> None:
    assert load('pipe,n\n5" pipe,1\n3" pipe,2\n').values == {"pipe": ['5" pipe', '3" pipe'], "n": [1, 2]}


def test_blanks_after_separators_belong_to_them(load: Import) -> None:
    found = load('39, State-gov, "a, b"\n50, Private, c\n38, Private, c\n')
    assert found.values == {"column_1": [39, 50, 38], "column_2": ["State-gov", "Private", "Private"],
                            "column_3": ["a, b", "c", "c"]}  # fmt: skip


def test_columns_aligned_by_blanks(load: Import) -> None:
    assert load("a    b\n1    2\n10   20\n").values == {"a": [1, 10], "b": [2, 20]}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2\n3,4\n", ["a", "b"]),
        ("1,2\n3,4\n", ["column_1", "column_2"]),
        ("x,1\ny,2\nx,3\n", ["column_1", "column_2"]),
        ("color,size\nred,big\nblue,big\n", ["color", "size"]),
        ("red,big\nred,small\nblue,big\n", ["column_1", "column_2"]),
        ("country,2019,2020\nx,1,2\ny,3,4\n", ["country", "2019", "2020"]),
        (",a\n0,1\n1,2\n", ["column_1", "a"]),
    ],
)
def test_header_is_found(load: Import, text: str, names: list[str]) -> None:
    assert list(load(text).values) == names


def test_header_can_be_told(load: Import) -> None:
    assert load("1,2\n3,4\n", header=True).values == {"1": [3], "2": [4]}
    assert load("a,b\n1,2\n", header=False).values == {"column_1": ["a", "1"], "column_2": ["b", "2"]}


def test_header_one_name_short_as_r_writes_it(load: Import) -> None:
    found = load("a,b\nr1,1,2\nr2,3,4\n")
    assert found.values == {"column_1": ["r1", "r2"], "a": [1, 3], "b": [2, 4]}
    assert "one name short" in found.notes


def test_lines_before_the_table_are_skipped_and_shown(load: Import) -> None:
    found = load("Report of May\n\nmade by hand\na,b,c\n1,2,3\n4,5,6\n")
    assert found.values == {"a": [1, 4], "b": [2, 5], "c": [3, 6]}
    assert "Report of May" in found.notes


def test_blank_lines_are_no_rows(load: Import) -> None:
    assert load("\n\na,b\n\n1,2\n\n\n3,4\n\n").values == {"a": [1, 3], "b": [2, 4]}


def test_no_newline_at_the_end(load: Import) -> None:
    assert load("a,b\n1,2").values == {"a": [1], "b": [2]}


@pytest.mark.parametrize("text", ["a,b,\n1,2,\n3,4,\n", "a,b\n1,2,\n3,4,\n"])
def test_trailing_separators(load: Import, text: str) -> None:
    found = load(text)
    assert found.values == {"a": [1, 3], "b": [2, 4]}
    assert "left out" in found.notes


def test_one_column(load: Import) -> None:
    found = load('remark\nhello world\nfoo, bar\n""\nbaz\n')
    assert found.values == {"remark": ["hello world", "foo, bar", None, "baz"]}


def test_decimal_commas_do_not_hide_the_separator(load: Import) -> None:
    assert load("x;y\n1,5;2,5\n3,25;4,75\n").values == {"x": [1.5, 3.25], "y": [2.5, 4.75]}


def test_commas_in_sentences_do_not_hide_the_separator(load: Import) -> None:
    found = load("id;text\n1;hello, my, friend\n2;what, is, this\n")
    assert found.values == {"id": [1, 2], "text": ["hello, my, friend", "what, is, this"]}


def test_names_are_repaired_and_told(load: Import) -> None:
    found = load("a,a,, b ,a_2\n1,2,3,4,5\n")
    assert list(found.values) == ["a", "a_3", "column_3", "b", "a_2"]
    assert "appears more than once" in found.notes
    assert "has no name" in found.notes


def test_names_that_differ_in_case_alone_stay(load: Import) -> None:
    assert load("v,V\n1,x\n2,y\n").values == {"v": [1, 2], "V": ["x", "y"]}


def test_short_rows_are_padded_and_told(load: Import) -> None:
    found = load("a,b,c\n1,2,3\n4,5\n6,7,8\n")
    assert found.values == {"a": [1, 4, 6], "b": [2, 5, 7], "c": [3, None, 8]}
    assert "1 row was shorter" in found.notes


def test_long_rows_are_refused_with_file_row_and_what(load: Import) -> None:
    with pytest.raises(InvalidInput, match=r"Row 3 has 3 cells .*'3,4,5'.*file\.csv, line 3"):
        load("a,b\n1,2\n3,4,5\n6,7\n")


def test_a_refused_file_leaves_nothing_in_the_store(load: Import, store) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput):
        load("a,b\n" + "1,2\n" * 300_000 + "3,4,5\n")
    assert [path for path in store.root.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("text", ['a,b\n1,"2\n3,4\n5,6\n', 'a,b,c\n1,"2\n3,4,5\n', 'a,b\n1,2\n3,"x\n'])
def test_a_quote_that_is_never_closed_swallows_nothing(load: Import, text: str) -> None:
    with pytest.raises(InvalidInput, match="never closed"):
        load(text)


def test_a_cell_longer_than_a_block(load: Import) -> None:
    long = "x" * 9_000_000
    found = load(f"a,b\n1,short\n2,{long}\n3,short\n")
    assert found.values == {"a": [1, 2, 3], "b": ["short", long, "short"]}


def test_separator_can_be_told_and_is_checked(load: Import) -> None:
    assert load("a:b\n1:2\n", separator=":").values == {"a": [1], "b": [2]}
    with pytest.raises(InvalidInput, match="separator must be one plain character"):
        load("a\n1\n", separator="::")
