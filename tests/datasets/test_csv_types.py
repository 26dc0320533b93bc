"""What text in cells becomes: the rules of `modelyard.core.datasets.formats`."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from tests.datasets.conftest import Import


def column(load: Import, *cells: str, **options: Any) -> tuple[list[Any], str, str]:
    """Import one column beside another; return its values, type and the notes."""
    quoted = "\n".join('"' + cell.replace('"', '""') + f'",{i}' for i, cell in enumerate(cells))
    found = load("x,i\n" + quoted + "\n", **options)
    return found.values["x"], found.types["x"], found.notes


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["1", "-2", "0"], [1, -2, 0]),
        (["9223372036854775807", "-9223372036854775808"], [2**63 - 1, -(2**63)]),
        ([" 3 ", "4"], [3, 4]),
        (["1.5", "2", ".5", "3.", "-1e-3"], [1.5, 2.0, 0.5, 3.0, -0.001]),
        (["1,234.5", "12"], [1234.5, 12.0]),
        (["1,234", "1,234,567"], [1234, 1234567]),
        (["1.234,5", "12"], [1234.5, 12.0]),
        (["1,5", "2,25"], [1.5, 2.25]),
        (["0,123", "1,234"], [0.123, 1.234]),
        (["$ 5", "$1,234"], [5, 1234]),
        (["€1.234,50", "3,00 €"], [1234.5, 3.0]),
        (["(5)", "7"], [-5, 7]),
        (["12 %", "7.5%"], [12.0, 7.5]),
        (["1 234,5", "2,5"], [1234.5, 2.5]),
        (["true", "FALSE", "True"], [True, False, True]),
        (["2026-01-31", "2025-12-01"], [date(2026, 1, 31), date(2025, 12, 1)]),
        (["31.01.2026", "1.2.2026"], [date(2026, 1, 31), date(2026, 2, 1)]),
        (["13/02/2026", "1/2/2026"], [date(2026, 2, 13), date(2026, 2, 1)]),
        (["2/13/2026", "2/1/2026"], [date(2026, 2, 13), date(2026, 2, 1)]),
        (["5-Jan-2026", "06-February-2026"], [date(2026, 1, 5), date(2026, 2, 6)]),
        (["Jan 5, 2026", "May 6, 2026"], [date(2026, 1, 5), date(2026, 5, 6)]),
        (["2026-01-31 10:30", "2026-01-31T10:30:05"], [datetime(2026, 1, 31, 10, 30, s) for s in (0, 5)]),
        (["2026-01-31 10:30:05.25"], [datetime(2026, 1, 31, 10, 30, 5, 250000)]),
        (["2026-01-31", "2026-01-31 10:30"], [datetime(2026, 1, 31), datetime(2026, 1, 31, 10, 30)]),
        (["1/31/2026 5:30 PM", "2/1/2026 12:05 AM"], [datetime(2026, 1, 31, 17, 30), datetime(2026, 2, 1, 0, 5)]),
        (["31.12.2025 23:59"], [datetime(2025, 12, 31, 23, 59)]),
        (["2026-01-31T10:00:00Z"], [datetime(2026, 1, 31, 10, tzinfo=UTC)]),
        (["2026-01-31T10:00:00+02:00"], [datetime(2026, 1, 31, 8, tzinfo=UTC)]),
        (["2026-01-31 10:00:00 -0130"], [datetime(2026, 1, 31, 11, 30, tzinfo=UTC)]),
        (["10:30", "23:59:59.5"], [time(10, 30), time(23, 59, 59, 500000)]),
    ],
)  # fmt: skip
def test_forms_of_values(load: Import, cells: list[str], values: list[Any]) -> None:
    assert column(load, *cells)[0] == values


@pytest.mark.parametrize(
    "cells",
    [
        ["00123", "00456"],
        ["12", "007"],
        ["12345678901234567890", "1"],
        ["1.2.3", "1.2.4"],
        ["yes", "no"],
        ["2026-02-30", "2026-01-01"],
        ["31/31/2026", "1/1/2026"],
        ["25:00", "10:00"],
        ["12%", "5"],
        ["1,5", "1.5"],
        ["12 apples", "5"],
        ["0x1F", "2"],
        ["1_000", "2"],
    ],
)
def test_forms_that_stay_text(load: Import, cells: list[str]) -> None:
    values, type_, _ = column(load, *cells)
    assert (values, type_) == (cells, "string")


def test_codes_of_digits_are_told(load: Import) -> None:
    assert "leading zeros" in column(load, "00123", "00456")[2]


@pytest.mark.parametrize("word", ["NA", "N/A", "null", "None", "NaN", "?", "-", ""])
def test_a_word_for_missing_is_missing_among_numbers_and_dates(load: Import, word: str) -> None:
    assert column(load, "1", word, "3")[0] == [1, None, 3]
    assert column(load, "2026-01-01", word)[0] == [date(2026, 1, 1), None]
    assert column(load, "true", word)[0] == [True, None]


@pytest.mark.parametrize("word", ["NA", "None", "?", "-"])
def test_the_same_word_is_a_category_among_texts(load: Import, word: str) -> None:
    assert column(load, "red", word, "blue")[0] == ["red", word, "blue"]
    assert column(load, word, word)[0] == [word, word]


def test_words_taken_as_missing_are_told(load: Import) -> None:
    assert "'?', 'NA' were taken as missing" in column(load, "1", "NA", "?", "2")[2]


def test_empty_is_missing_everywhere(load: Import) -> None:
    assert column(load, "red", "", "blue")[0] == ["red", None, "blue"]


def test_a_column_without_values_stays_and_is_missing(load: Import) -> None:
    found = load("a,b\n1,\n2,\n")
    assert found.values == {"a": [1, 2], "b": [None, None]}


def test_blanks_around_text_stay(load: Import) -> None:
    assert column(load, " red", "blue ")[0] == [" red", "blue "]


def test_day_or_month_first_is_decided_over_the_column(load: Import) -> None:
    days = [f"{day}/03/2026" for day in range(1, 29)]
    assert column(load, *days)[0][-1] == date(2026, 3, 28)


def test_day_or_month_first_is_told_where_it_stays_open(load: Import) -> None:
    values, _, notes = column(load, "01/02/2026", "03/04/2026")
    assert values == [date(2026, 1, 2), date(2026, 3, 4)]
    assert "month/day, day/month was as possible" in notes
    assert column(load, "01/02/2026", "03/04/2026", day_first=True)[0] == [date(2026, 2, 1), date(2026, 4, 3)]


def test_an_open_column_follows_one_that_is_clear(load: Import) -> None:
    found = load("a;b\n01/02/2026;13/02/2026\n03/04/2026;14/02/2026\n")
    assert found.values["a"] == [date(2026, 2, 1), date(2026, 4, 3)]


def test_decimal_comma_of_one_column_decides_for_the_others(load: Import) -> None:
    found = load("a;b\n1.234;1,5\n5.678;2,75\n")
    assert found.values == {"a": [1234, 5678], "b": [1.5, 2.75]}


def test_groups_or_decimals_are_told_where_it_stays_open(load: Import) -> None:
    values, _, notes = column(load, "1,234", "5,678")
    assert values == [1234, 5678]
    assert "decimal comma was as possible" in notes
    assert column(load, "1,234", "5,678", decimal=",")[0] == [1.234, 5.678]


def test_everything_as_text_on_request(load: Import) -> None:
    assert column(load, "1", "2", text=True)[0] == ["1", "2"]


@pytest.mark.parametrize(
    ("late", "type_", "last"),
    [
        ("1.5", "double", 1.5),
        ("x", "string", "x"),
        ("007", "string", "007"),
        ("9" * 20, "string", "9" * 20),
        ("1,234", "int64", 1234),
    ],
)
def test_a_value_after_the_sample_changes_the_type_of_all(load: Import, late: str, type_: str, last: Any) -> None:
    # Far more rows than the sample, which may be one block longer than its number of rows.
    found = load("x;i\n" + "".join(f"{i};{i}\n" for i in range(1, 400_001)) + f"{late};0\n")
    assert found.types["x"] == type_
    assert found.values["x"][-1] == last
    assert found.values["x"][:2] == ([1, 2] if type_ != "string" else ["1", "2"])
    assert found.values["i"][-1] == 0


def test_a_column_that_begins_after_the_sample_gets_its_type(load: Import) -> None:
    rows = "".join(f"{i},,\n" for i in range(200_000)) + "1,2.5,2026-01-01\n"
    found = load("i,late,when\n" + rows)
    assert found.types == {"i": "int64", "late": "double", "when": "date32[day]"}
    assert found.values["late"][-1] == 2.5
