"""Arrow files and streams, which Feather is too."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.feather as feather
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import InvalidInput
from tests.datasets.conftest import Import

TABLE = pa.table(
    {
        "i": pa.array([1, None, 3]),
        "text": pa.array(["a", None, "b"]).dictionary_encode(),
        "moment": pa.array([datetime(2026, 1, 31, 10, 30, tzinfo=UTC), None, None], pa.timestamp("ms", "UTC")),
        "list": pa.array([[1, 2], None, []]),
        "real": pa.array([0.5, float("nan"), None]),
    }
)
VALUES = {
    "i": [1, None, 3],
    "text": ["a", None, "b"],
    "moment": [datetime(2026, 1, 31, 10, 30, tzinfo=UTC), None, None],
    "list": ["[1, 2]", None, "[]"],
    "real": [0.5, None, None],
}


def as_file(table: pa.Table, compression: str | None = None) -> bytes:
    sink = io.BytesIO()
    feather.write_feather(table, sink, compression=compression or "uncompressed")
    return sink.getvalue()


def as_stream(table: pa.Table, compression: str | None = None) -> bytes:
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as writer:
        writer.write_table(table, max_chunksize=2)
    return sink.getvalue()


both_forms = pytest.mark.parametrize("write", [as_file, as_stream])


@both_forms
@pytest.mark.parametrize("compression", [None, "lz4", "zstd"])
@pytest.mark.parametrize("name", ["file.feather", "file.arrow", "file.csv"])
def test_values_and_types(load: Import, write, compression: str | None, name: str) -> None:  # type: ignore[no-untyped-def]
    found = load(write(TABLE, compression), name)
    assert found.values == VALUES
    assert found.types == {
        "i": "int64",
        "text": "string",
        "moment": "timestamp[us, tz=UTC]",
        "list": "string",
        "real": "double",
    }
    assert found.ingested.origin["kind"] == "arrow"
    assert "JSON text" in found.notes
    assert ("holds Arrow" in found.notes) == (name == "file.csv")


@both_forms
@given(values=st.lists(st.tuples(st.integers(-(2**63), 2**63 - 1) | st.none(), st.text() | st.none()), min_size=1))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_values_survive(load: Import, write, values: list[tuple[int | None, str | None]]) -> None:  # type: ignore[no-untyped-def]
    table = pa.table(
        {"i": pa.array([i for i, _ in values], pa.int64()), "t": pa.array([t for _, t in values], pa.string())}
    )
    assert load(write(table), "file.arrow").values == table.to_pydict()


@both_forms
def test_a_large_batch_is_cut(load: Import, write) -> None:  # type: ignore[no-untyped-def]
    table = pa.table({"i": range(200_000)})
    assert load(write(table), "file.arrow").values["i"] == list(range(200_000))


@both_forms
@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_file_that_was_cut_off(load: Import, write, kept: float) -> None:  # type: ignore[no-untyped-def]
    data = write(pa.table({"i": range(10_000), "t": [str(i) for i in range(10_000)]}))
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load(data[: int(len(data) * kept)], "file.arrow")


def test_offsets_that_point_outside_are_noticed(load: Import) -> None:
    data = bytearray(as_stream(pa.table({"t": ["abcd", "efgh"]})))
    at = data.index((0).to_bytes(4, "little") + (4).to_bytes(4, "little") + (8).to_bytes(4, "little"))
    data[at + 8 : at + 12] = (10**6).to_bytes(4, "little")
    with pytest.raises(InvalidInput, match="damaged or incomplete"):
        load(bytes(data), "file.arrow")


@both_forms
def test_no_rows(load: Import, write) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InvalidInput, match="no rows"):
        load(write(TABLE.slice(0, 0)), "file.arrow")
