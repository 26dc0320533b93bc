"""Any reasonable table in, a matrix out."""

from __future__ import annotations

import time
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import pandas as st_pandas

from modelyard.core.common.errors import InvalidInput
from modelyard.core.ml_engine.preprocessing import TableEncoder, to_frame
from tests.ml_engine.tables import messy, target


def kind(values: Any, **options: Any) -> str:
    """Return what one column is taken for."""
    return TableEncoder(**options).fit(pd.DataFrame({"x": values})).kinds_["x"]


def encoded(values: Any) -> list[float]:
    """Return the first encoded column."""
    made: list[float] = TableEncoder().fit_transform(pd.DataFrame({"x": values}))[:, 0].tolist()
    return made


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1, 2, 3], "number"),
        ([1.5, None, 3], "number"),
        (["1", "2", " 30 "], "number"),
        (["1,000", "2,500.5", "n/a"] * 7 + ["3"] * 100, "number"),
        (["$5", "$12.50", "7 %"], "number"),
        (["007", "012", "099"] * 5, "category"),
        ([True, False, True], "boolean"),
        ([True, None, False], "boolean"),
        (["True", "false", "TRUE"], "boolean"),
        (["yes", "no"] * 5, "category"),
        (["a", "b", None, "a"], "category"),
        ([f"u{place}" for place in range(300)], "identifier"),
        ([f"u{place // 2}" for place in range(600)], "many_categories"),
        ([f"some words number {place}" for place in range(300)], "text"),
        (pd.date_range("2020", periods=5), "datetime"),
        ([date(2020, 1, 1), date(2020, 1, 2), None], "datetime"),
        ([datetime(2020, 1, 1, tzinfo=timezone(timedelta(hours=2))), None], "datetime"),
        (["2020-01-01", "2020-02-30", "2020-03-01"] * 1 + ["2020-03-02"] * 60, "datetime"),
        (["1/31/2020", "12/1/2021"], "datetime"),
        (["31.12.2020", "01.02.2021"], "datetime"),
        (["3 Mar 2020", "14 Apr 2021"], "datetime"),
        (["2013", "2014", "2015"], "number"),
        (["1-2", "3-4", "5-6"] * 9, "category"),
        (pd.to_timedelta([1, 2, 3], unit="h"), "number"),
        (pd.period_range("2020-01", periods=3, freq="M"), "datetime"),
        ([[1, 2], [3], [1, 2]] * 9, "category"),
        ([b"x", b"y", b"x"], "category"),
        (["same"] * 5, "constant"),
        ([1.0] * 5, "constant"),
        ([1.0, None] * 5, "number"),
        ([None] * 5, "empty"),
        (["", " ", None], "empty"),
    ],
)
def test_what_a_column_is(values: Any, expected: str) -> None:
    assert kind(values) == expected


def test_up_to_so_many_categories() -> None:
    values = [f"c{place % 12}" for place in range(480)]
    assert kind(values) == "category"
    assert kind(values, max_categories=11) == "many_categories"


def test_numbers_in_any_clothes() -> None:
    assert encoded(["1,234.5", "($7)", "2 %"]) == [1234.5, -7.0, 2.0]
    assert encoded(["1.234,5", "7,25", "-3"]) == [1234.5, 7.25, -3.0]
    assert encoded([1.0, np.inf, -np.inf])[0] == 1.0
    assert np.isnan(encoded([1.0, np.inf, 2.0])[1])
    assert np.isfinite(np.float32(encoded([1e300, 1.0]))).all()
    assert encoded(pd.to_timedelta(["1h", "2h"])) == [3600.0, 7200.0]


def test_categories_missing_or_unknown_are_nan() -> None:
    encoder = TableEncoder().fit(pd.DataFrame({"x": ["b", "a", None, "b"]}))
    assert encoder.categorical_features_ == [0]
    out = encoder.transform(pd.DataFrame({"x": ["a", "b", "new", None]}))[:, 0]
    assert out[:2].tolist() == [0.0, 1.0]
    assert np.isnan(out[2:]).all()


def test_an_order_makes_numbers() -> None:
    values = pd.Categorical(["low", "high", "mid"], ["low", "mid", "high"], ordered=True)
    encoder = TableEncoder().fit(pd.DataFrame({"x": values}))
    assert encoder.categorical_features_ == []
    assert encoder.transform(pd.DataFrame({"x": ["high", "low", "mid"]}))[:, 0].tolist() == [2.0, 0.0, 1.0]


def test_a_whole_number_is_the_same_category_in_any_type() -> None:
    encoder = TableEncoder().fit(pd.DataFrame({"x": pd.Categorical([1, 2, 3, 1])}))
    for values in ([2, 3], [2.0, 3.0], ["2", "3"], pd.Categorical(["2", "3"]), pd.array([2, 3], dtype="Int64")):
        assert encoder.transform(pd.DataFrame({"x": values}))[:, 0].tolist() == [1.0, 2.0]


def test_a_moment_is_the_same_however_it_comes() -> None:
    zoned = pd.date_range("2021-03-27 20:00", periods=30, freq="h", tz="Europe/Berlin")
    encoder = TableEncoder().fit(pd.DataFrame({"x": zoned}))
    assert encoder.feature_names_out_ == ["x", "x day", "x weekday", "x day of year", "x hour"]
    expected = encoder.transform(pd.DataFrame({"x": zoned}))
    assert expected[:, 4].tolist()[:4] == [20.0, 21.0, 22.0, 23.0]
    for same in (zoned.tz_convert("UTC"), zoned.tz_convert("Asia/Tokyo").map(lambda moment: moment.isoformat())):
        assert np.array_equal(encoder.transform(pd.DataFrame({"x": same})), expected)


def test_dates_written_as_before_or_in_iso() -> None:
    days = pd.date_range("2020-01-05", periods=40, freq="9D")
    encoder = TableEncoder().fit(pd.DataFrame({"x": days.strftime("%d.%m.%Y")}))
    expected = encoder.transform(pd.DataFrame({"x": days.strftime("%d.%m.%Y")}))
    assert np.array_equal(encoder.transform(pd.DataFrame({"x": days})), expected)
    assert np.array_equal(encoder.transform(pd.DataFrame({"x": days.strftime("%Y-%m-%d")})), expected)
    assert np.isnan(encoder.transform(pd.DataFrame({"x": ["never"]}))).all()


def test_a_mean_does_not_know_its_own_row() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"x": [f"k{place}" for place in rng.permutation(np.repeat(np.arange(400), 2))]})
    y = rng.normal(size=800)
    encoder = TableEncoder(task="regression")
    learned = encoder.fit_transform(table, y)
    assert encoder.feature_names_out_ == ["x mean", "x frequency"]
    assert abs(np.corrcoef(learned[:, 0], y)[0, 1]) < 0.12
    assert np.corrcoef(encoder.transform(table)[:, 0], y)[0, 1] > 0.5
    unknown = encoder.transform(pd.DataFrame({"x": ["other", None]}))
    assert unknown[0].tolist() == pytest.approx([y.mean(), 0.0])
    assert np.isnan(unknown[1]).all()


def test_one_mean_for_each_class() -> None:
    table = pd.DataFrame({"x": [f"k{place // 3}" for place in range(900)]})
    names = [f"x mean {number}" for number in (1, 2, 3)] + ["x frequency"]
    assert TableEncoder().fit(table, list("abc") * 300).feature_names_out_ == names
    assert TableEncoder().fit(table, [0, 1] * 450).feature_names_out_ == ["x mean", "x frequency"]
    assert TableEncoder().fit(table).feature_names_out_ == ["x frequency"]


def test_every_column_knows_where_it_is_from() -> None:
    table = messy()
    encoder = TableEncoder().fit(table, target(table, "binary"))
    assert len(encoder.origin_) == len(encoder.feature_names_out_) == encoder.transform(table).shape[1]
    assert set(encoder.origin_) == set(table.columns) - {"constant", "empty", "id"}
    assert all(
        name.startswith(origin) for name, origin in zip(encoder.feature_names_out_, encoder.origin_, strict=True)
    )
    assert {encoder.origin_[place] for place in encoder.categorical_features_} == {"color", "group", "mixed"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"a": []}), r"0 sample\(s\)"),
        (pd.DataFrame(index=[0, 1]), r"0 feature\(s\)"),
        (pd.Series([1, 2]), "Expected 2D array"),
        ([1, 2], "Expected 2D array, got 1D"),
        (np.zeros((2, 2, 2)), "got 3D"),
        (np.array([[1j]]), "Complex data"),
        (pl.DataFrame({"a": [1]}).lazy(), "lazy frame"),
        (pl.Series([1]), "Expected 2D array"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "Several columns are called 'a'"),
        (pd.DataFrame([[1, 2]], columns=[1, "1"]), "Several columns are called '1'"),
    ],
)
def test_what_is_no_table(table: Any, message: str) -> None:
    with pytest.raises(InvalidInput, match=message):
        TableEncoder().fit(table)


def test_missing_columns_are_named() -> None:
    encoder = TableEncoder().fit(pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]}))
    with pytest.raises(InvalidInput, match=r"Missing columns: 'a', 'c'\. .* Possible: b, d"):
        encoder.transform(pd.DataFrame({"b": [1], "d": [2]}))


def test_a_thousand_columns_are_quick() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(200, 1000)), columns=[f"c{place}" for place in range(1000)])
    table = table.assign(**{f"w{place}": rng.choice(["x", "y"], 200) for place in range(200)})
    start = time.process_time()
    encoder = TableEncoder().fit(table)
    assert encoder.transform(table).shape == (200, 1200)
    encoder.transform(table.head(1))
    assert time.process_time() - start < 5


def test_many_rows_are_quick() -> None:
    rng = np.random.default_rng(0)
    n = 100_000
    table = pd.DataFrame({f"n{place}": rng.normal(size=n) for place in range(8)})
    table["city"] = rng.choice([f"city {place}" for place in range(90)], n)
    table["plane"] = rng.choice([f"N{place}" for place in range(4000)], n)
    table["note"] = pd.Series(rng.integers(0, 10**9, n)).map("note number {}".format)
    table["at"] = pd.Timestamp("2020") + pd.to_timedelta(rng.integers(0, 10**8, n), unit="s")
    start = time.process_time()
    TableEncoder().fit_transform(table, rng.normal(size=n))
    assert time.process_time() - start < 20


VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**18), 10**18),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["a", "b", "1", "2020-01-01", "1,5", "07", "nan", ""]),
    st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)),
    st.dates(date(1900, 1, 1), date(2100, 1, 1)),
    st.decimals(allow_nan=False, allow_infinity=False) | st.just(Decimal("NaN")),  # pandas fails on signaling ones
    st.timedeltas(timedelta(-999), timedelta(999)),
)
COLUMNS = st.one_of(
    st.just(VALUES),
    *(
        st.just(st.one_of(st.none(), part))
        for part in (st.booleans(), st.integers(-9, 9), st.floats(), st.text(max_size=3))
    ),
    st.just(st.datetimes(datetime(1800, 1, 1), datetime(2200, 1, 1))),
    st.just(st.sampled_from(["x", "y", "z w v"])),
)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw tables of untyped columns: anything that came out of a file or a database."""
    rows = draw(st.integers(1, 25))
    names = draw(st.lists(st.text(max_size=4), min_size=1, max_size=4, unique=True))
    return pd.DataFrame(
        {name: pd.Series(draw(st.lists(draw(COLUMNS), min_size=rows, max_size=rows)), dtype=object) for name in names}
    )


@pytest.mark.parametrize("number", [10**15, 2**53 + 1, 10**18 - 1, -(10**18), 10**400, 1e15, 1e300, np.int64(10**15)])
def test_a_large_number_among_words_is_the_same_word_alone(number: Any) -> None:
    table = pd.DataFrame({"code": pd.Series(["x", "y", "x", number], dtype=object)})
    encoder = TableEncoder().fit(table)
    assert encoder.transform(table.tail(1)).tolist() == encoder.transform(table)[-1:].tolist()
    assert not np.isnan(encoder.transform(table.tail(1))).any()


@settings(max_examples=150)
@given(tables())
def test_laws_of_any_table(table: pd.DataFrame) -> None:
    before = table.copy()
    encoder = TableEncoder()
    learned = encoder.fit_transform(table, np.arange(len(table)) % 2)
    again = encoder.transform(table)
    assert learned.shape == again.shape == (len(table), len(encoder.origin_))
    assert not np.isinf(learned).any()
    assert not np.isinf(again).any()
    assert np.array_equal(encoder.transform(table), again, equal_nan=True)
    assert np.array_equal(encoder.transform(table[table.columns[::-1]].assign(more=1)), again, equal_nan=True)
    assert np.allclose(encoder.transform(table.tail(1)), again[-1:], equal_nan=True)
    assert encoder.transform(pd.DataFrame({name: [None] for name in table})).shape[1] == again.shape[1]
    pd.testing.assert_frame_equal(table, before)


@settings(max_examples=60)
@given(
    st_pandas.data_frames(
        [
            st_pandas.column("n", dtype=float),
            st_pandas.column("i", dtype="int64"),
            st_pandas.column("t", elements=st.text(max_size=4)),
            st_pandas.column("b", dtype=bool),
        ],
        index=st_pandas.range_indexes(min_size=1, max_size=20),
    )
)
def test_polars_and_pandas_are_the_same(table: pd.DataFrame) -> None:
    other = pl.DataFrame({name: table[name].to_list() for name in table})
    encoder, encoder_of_other = TableEncoder(), TableEncoder()
    assert np.array_equal(encoder.fit_transform(table), encoder_of_other.fit_transform(other), equal_nan=True)
    assert np.array_equal(encoder.transform(other), encoder_of_other.transform(table), equal_nan=True)


def test_a_frame_is_not_copied() -> None:
    table = pd.DataFrame({"a": [1, 2]})
    assert to_frame(table) is table
