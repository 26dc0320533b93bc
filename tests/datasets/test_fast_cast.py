"""Casting by Arrow gives exactly what the formats' own SQL gives, or nothing."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.datasets.duck import connection
from modelyard.core.datasets.fast_cast import fast_cast
from modelyard.core.datasets.formats import Format, all_formats, missing

FORMS = {form.name: form for form in all_formats()}
FAST = ("integer", "number", "boolean", "y-m-d", "y-m-d time")

PIECES = st.lists(
    st.sampled_from(
        ["0", "1", "7", "00", "12", "345", "-", "+", ".", ",", "/", "e", "E", "e-", " ", ":", "T", "true", "False",
         "inf", "2026-01-31", "2026-02-30", "0000-01-01", "10:30", "24:00", ":05", ".25", ".1234567", "Z", "NA", "nan",
         "9223372036854775807", "9223372036854775808", "123456789012345678901234567890", "1e400", "1e-400", "_", "−"]
    ),
    max_size=4,
).map("".join)  # fmt: skip
REAL = st.one_of(
    st.integers(-(2**64), 2**64).map(str),
    st.floats().map(repr),
    st.dates().map(str),
    st.datetimes().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(timespec="minutes")),
    st.sampled_from(["true", "FALSE", "NA", "?", "", "."]),
)


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with connection() as opened:
        yield opened


def by_sql(con: duckdb.DuckDBPyConnection, values: pa.Array, form: Format) -> list[object] | None:
    """Return what the format's SQL gives; None where a value is neither of the format nor missing."""
    con.register("t", pa.table({"x": values}))
    sql = f"SELECT {form.value('x')}, {missing('x')} FROM t"
    rows = con.execute(sql).fetchall()
    return None if any(value is None and not gap for value, gap in rows) else [value for value, _ in rows]


@pytest.mark.parametrize("name", FAST)
@given(texts=st.lists(PIECES | REAL | st.none(), min_size=1, max_size=5), offset=st.integers(0, 2))
@settings(max_examples=150)
def test_it_never_gives_another_answer(
    con: duckdb.DuckDBPyConnection, name: str, texts: list[str | None], offset: int
) -> None:
    values = pa.array(["x9"] * offset + texts, pa.string()).slice(offset)
    found = fast_cast(values, FORMS[name])
    if found is not None:
        assert str(found.type) == FORMS[name].type
        expected = by_sql(con, values, FORMS[name])
        assert expected is not None
        assert [str(value) for value in found.to_pylist()] == [str(value) for value in expected]


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("integer", ["1", "-2", "0", None, "9223372036854775807"]),
        ("number", ["1.5", ".5", "3.", "-0.25", "1e5", "NA", None, "0.1000000000000000055511151231257827"]),
        ("boolean", ["true", "FALSE", None]),
        ("y-m-d", ["2026-01-31", None, "?"]),
        ("y-m-d time", ["2026-01-31 10:30", "2026-01-31T10:30:05.25", "2026-01-31"]),
    ],
)
def test_the_common_forms_are_fast(con: duckdb.DuckDBPyConnection, name: str, texts: list[str | None]) -> None:
    values = pa.array(texts, pa.string())
    found = fast_cast(values, FORMS[name])
    assert found is not None
    assert found.to_pylist() == by_sql(con, values, FORMS[name])


@pytest.mark.parametrize(
    ("name", "text"),
    [("integer", "007"), ("integer", "-0"), ("integer", "1.0"), ("integer", "9223372036854775808"), ("number", "007.5"),
     ("number", "-00.5"), ("number", "1234567890123456789"), ("number", "1e400"), ("number", "+1"), ("boolean", "1"),
     ("y-m-d", "2026-02-30"), ("y-m-d", "2026/01/01"), ("y-m-d time", "2026-01-31 25:00"), ("integer", "")],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_sql(name: str, text: str) -> None:
    assert fast_cast(pa.array([text]), FORMS[name]) is None or text == ""
