"""Values survive the way from a file through the parts to a frame."""

from __future__ import annotations

import csv
import io
import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.datasets.frame import read_frame
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.options import CsvOptions
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.tables import Imported

# Control characters by the dozen are what tells binary data from text.
TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]) | st.sampled_from("\t\n\r\"',;|"), max_size=20
)
WORDS = st.lists(
    st.sampled_from(["red", "Größe", '5"', "a,b", "x;y", "it's", "line\nbreak", "|", "#", "(1)"]),
    min_size=1,
    max_size=4,
)
RECENT = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))


@contextmanager
def imported(data: bytes, name: str, **options: Any) -> Iterator[Imported]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        store = ArtifactStore(Path(folder) / "artifacts")
        found = ingest_file(path, store, options=CsvOptions(**options))
        yield Imported(found, [store.path(part.key) for part in found.parts])


def as_csv(header: list[str], rows: list[list[Any]], **dialect: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, **dialect).writerows([header, *rows])
    return text.getvalue().encode()


@given(st.lists(st.tuples(TEXT, TEXT), min_size=1, max_size=20), st.sampled_from([",", ";", "\t", "|"]))
@settings(max_examples=30)
def test_any_text_survives_csv(rows: list[tuple[str, str]], separator: str) -> None:
    data = as_csv(["one", "two"], [list(row) for row in rows], delimiter=separator, quoting=csv.QUOTE_ALL)
    with imported(data, "file.csv", separator=separator, quote='"', header=True, text=True) as found:
        assert found.values == {"one": [a or None for a, _ in rows], "two": [b or None for _, b in rows]}
        frame = read_frame(found.paths)
        assert [None if pd.isna(value) else value for value in frame["one"]] == [a or None for a, _ in rows]


@given(
    st.lists(st.tuples(st.integers(0, 10**6), WORDS.map(" ".join), st.floats(-1e6, 1e6)), min_size=3, max_size=30),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
)
@settings(max_examples=40)
def test_everything_is_found_in_an_ordinary_csv(
    rows: list[tuple[int, str, float]], separator: str, encoding: str
) -> None:
    cells = [[i, f"word {text}", real + 0.5] for i, text, real in rows]
    data = as_csv(["number", "words", "real"], cells, delimiter=separator).decode().encode(encoding)
    with imported(data, "file.csv") as found:
        assert list(found.values.items()) == [
            ("number", [row[0] for row in cells]),
            ("words", [row[1] for row in cells]),
            ("real", [row[2] for row in cells]),
        ]


@given(
    st.lists(
        st.tuples(
            st.integers(-(2**63), 2**63 - 1),
            st.floats(allow_nan=False, allow_infinity=False),
            RECENT,
            st.dates(date(1900, 1, 1), date(2100, 1, 1)),
            st.booleans(),
        ),
        min_size=1,
        max_size=30,
    ),
    st.data(),
)
@settings(max_examples=30)
def test_typed_values_and_gaps_survive_csv(rows: list[tuple[Any, ...]], data: st.DataObject) -> None:
    names = ["whole", "real", "moment", "day", "flag"]
    cells: list[list[Any]] = [list(row) for row in rows]
    for row in cells:  # keep one value in each row, since a row of nothing but gaps is a blank line
        for i in range(1, 5):
            if data.draw(st.booleans()):
                row[i] = None
    written = [[None if v is None else v.isoformat() if isinstance(v, date) else repr(v) for v in row] for row in cells]
    with imported(as_csv(names, written), "file.csv") as found:
        values = found.values
        for i, name in enumerate(names):
            expected = [row[i] for row in cells]
            got = values[name]
            assert [v is None for v in got] == [v is None for v in expected]
            if name == "moment":  # a column of midnights alone reads as dates
                got = [datetime(v.year, v.month, v.day) if type(v) is date else v for v in got]
            assert all(a == b for a, b in zip(got, expected, strict=True) if b is not None), (name, got, expected)


@given(
    st.lists(st.integers(-(2**63), 2**63 - 1) | st.none(), min_size=1, max_size=20),
    st.lists(st.integers(0, 2**64 - 1), min_size=20, max_size=20),
    st.lists(st.decimals(Decimal("-1e15"), Decimal("1e15"), places=3), min_size=20, max_size=20),
    st.lists(TEXT | st.none(), min_size=20, max_size=20),
    st.lists(RECENT | st.none(), min_size=20, max_size=20),
)
@settings(max_examples=25)
def test_values_survive_parquet(
    whole: list[int | None],
    unsigned: list[int],
    decimals: list[Decimal],
    texts: list[str | None],
    moments: list[datetime | None],
) -> None:
    n = len(whole)
    table = pa.table(
        {
            "whole": pa.array(whole, pa.int64()),
            "unsigned": pa.array(unsigned[:n], pa.uint64()),
            "decimal": pa.array(decimals[:n], pa.decimal128(20, 3)),
            "text": pa.array(texts[:n], pa.string()),
            "moment": pa.array(moments[:n], pa.timestamp("us")),
        }
    )
    sink = io.BytesIO()
    pq.write_table(table, sink)
    with imported(sink.getvalue(), "file.parquet") as found:
        assert found.values == table.to_pydict()
        frame = read_frame(found.paths)
        assert [None if pd.isna(v) else int(v) for v in frame["whole"]] == whole
        assert frame["unsigned"].tolist() == unsigned[:n]
        assert np.allclose(frame["decimal"], [float(d) for d in decimals[:n]], rtol=1e-15)
        assert [None if pd.isna(v) else v.to_pydatetime() for v in frame["moment"]] == moments[:n]


def parquet(tmp_path: Path, table: pa.Table, store: ArtifactStore, **how: Any) -> Imported:
    path = tmp_path / "file.parquet"
    pq.write_table(table, path, **how)
    found = ingest_file(path, store)
    return Imported(found, [store.path(part.key) for part in found.parts])


def test_parquet_types_are_normalized(tmp_path: Path, store: ArtifactStore) -> None:
    moment = datetime(2026, 1, 31, 10, 30, tzinfo=UTC)
    table = pa.table(
        {
            "dictionary": pa.array(["a", "b", None]).dictionary_encode(),
            "large": pa.array(["x", None, "z"], pa.large_string()),
            "zone": pa.array([moment, None, moment], pa.timestamp("ms", "Europe/Berlin")),
            "nanoseconds": pa.array([1, None, 1000], pa.timestamp("ns")),
            "clock": pa.array([time(1, 2), None, time(3)], pa.time32("s")),
            "span": pa.array([timedelta(seconds=1), None, timedelta(days=2)], pa.duration("ms")),
            "half": pa.array([np.float16(0.5), None, np.float16(2)], pa.float16()),
            "small": pa.array([1, None, 3], pa.int8()),
            "nothing": pa.nulls(3),
            "bytes": pa.array([b"\0", None, b"x"]),
            "list": pa.array([[1, 2], None, []]),
            "struct": pa.array([{"a": 1, "b": "é"}, None, {"a": None, "b": None}]),
            "wide": pa.array([Decimal("1.5"), None, Decimal("2.5")], pa.decimal256(50, 2)),
        }
    )
    found = parquet(tmp_path, table, store)
    assert found.types == {
        "dictionary": "string",
        "large": "string",
        "zone": "timestamp[us, tz=Europe/Berlin]",
        "nanoseconds": "timestamp[us]",
        "clock": "time64[us]",
        "span": "duration[us]",
        "half": "float",
        "small": "int8",
        "nothing": "string",
        "bytes": "binary",
        "list": "string",
        "struct": "string",
        "wide": "double",
    }
    assert found.kinds["list"] == found.kinds["struct"] == "nested"
    values = found.values
    assert values["zone"][0] == moment
    assert values["list"] == ["[1, 2]", None, "[]"]
    assert json.loads(values["struct"][0]) == {"a": 1, "b": "é"}
    assert values["wide"] == [1.5, None, 2.5]
    for word in ("JSON", "microsecond", "floating point"):
        assert word in found.notes


def test_nan_becomes_missing_and_is_told(tmp_path: Path, store: ArtifactStore) -> None:
    nan = float("nan")
    found = parquet(tmp_path, pa.table({"x": [nan, 1.0, None], "y": [1.0, 2.0, float("inf")]}), store)
    assert found.values == {"x": [None, 1.0, None], "y": [1.0, 2.0, float("inf")]}
    assert found.notes == "Column 'x': NaN was taken as missing."


def test_duplicate_names_in_parquet_are_repaired(tmp_path: Path, store: ArtifactStore) -> None:
    table = pa.table([pa.array([1]), pa.array(["x"]), pa.array([2])], names=["a", "a", ""])
    found = parquet(tmp_path, table, store)
    assert found.values == {"a": [1], "a_2": ["x"], "column_3": [2]}


def test_frame_dtypes_are_those_that_estimators_know(tmp_path: Path, store: ArtifactStore) -> None:
    table = pa.table(
        {
            "gaps": pa.array([1, None, 3]),
            "large gaps": pa.array([2**60 + 1, None, 3]),
            "flag gaps": pa.array([True, None, False]),
            "day": pa.array([date(2026, 1, 1), None, None]),
            "clock": pa.array([time(1), None, time(2)], pa.time64("us")),
            "text": pa.array(["a", None, "b"]),
            "dotted.name": pa.array([1, 2, 3]),
        }
    )
    frame = read_frame(parquet(tmp_path, table, store).paths)
    assert frame.dtypes.astype(str).to_dict() == {
        "gaps": "float64",
        "large gaps": "Int64",
        "flag gaps": "boolean",
        "day": "datetime64[us]",
        "clock": "timedelta64[us]",
        "text": "str",
        "dotted.name": "int64",
    }
    assert frame["large gaps"][0] == 2**60 + 1


def test_a_sample_is_spread_ordered_and_repeatable(tmp_path: Path, store: ArtifactStore) -> None:
    found = parquet(tmp_path, pa.table({"x": range(1_200_000)}), store, row_group_size=50_000)
    assert len(found.paths) == 2
    sample = read_frame(found.paths, rows=1000)["x"]
    assert sample.is_monotonic_increasing
    assert len(set(sample)) == 1000
    assert sample.max() > 1_190_000
    assert sample.diff().max() < 2 * 1200 + 1
    pd.testing.assert_series_equal(sample, read_frame(found.paths, rows=1000)["x"])
    assert not sample.equals(read_frame(found.paths, rows=1000, random_state=1)["x"])
    assert len(read_frame(found.paths)) == 1_200_000


def test_columns_of_a_frame_are_chosen_and_checked(tmp_path: Path, store: ArtifactStore) -> None:
    paths = parquet(tmp_path, pa.table({"a": [1], "b": [2], "c": [3]}), store).paths
    assert list(read_frame(paths, ["c", "a"]).columns) == ["c", "a"]
    with pytest.raises(ValueError, match=r"no column 'd'.*a, b, c"):
        read_frame(paths, ["d"])


def test_the_same_rows_give_the_same_bytes(tmp_path: Path, store: ArtifactStore) -> None:
    table = pa.table({"x": range(300_000), "t": [str(i % 7) for i in range(300_000)]})
    one = parquet(tmp_path, table, store, row_group_size=1000).ingested
    two = parquet(tmp_path, table, store, row_group_size=70_001).ingested
    assert one.parts == two.parts


def test_order_of_rows_is_kept(tmp_path: Path, store: ArtifactStore) -> None:
    path = tmp_path / "file.csv"
    path.write_text("i,x\n" + "".join(f"{i},{i % 13}.5\n" for i in range(600_000)))
    found = ingest_file(path, store)
    assert np.array_equal(read_frame([store.path(p.key) for p in found.parts], ["i"])["i"], np.arange(600_000))
