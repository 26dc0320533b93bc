"""Pages: slices, order, search, and values as plain Python."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.datasets import parts
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.preview import MOST_CELLS, preview, preview_version
from modelyard.core.storage.artifacts import ArtifactStore
from tests.datasets.tables import Imported


@pytest.fixture
def table(tmp_path: Path, store: ArtifactStore, monkeypatch: pytest.MonkeyPatch) -> Imported:
    monkeypatch.setattr(parts, "ROWS_PER_PART", 4)
    monkeypatch.setattr(parts, "_ROWS_PER_GROUP", 4)
    monkeypatch.setattr(parts, "_BYTES_PER_GROUP", 1)
    n = 4000
    columns = {
        "i": list(range(n)),
        "group": [i % 7 if i % 11 else None for i in range(n)],
        "Name": [f"Row {i}" if i % 13 else None for i in range(n)],
        "name": ["100% \"sure\"; DROP TABLE x; --" if i == 5 else "x_y" for i in range(n)],
    }  # fmt: skip
    pq.write_table(pa.table(columns), tmp_path / "file.parquet")
    found = ingest_file(tmp_path / "file.parquet", store)
    assert len(found.parts) > 1
    return Imported(found, [store.path(part.key) for part in found.parts])


def test_a_page_of_a_version_is_read_once_and_a_large_one_is_not_kept(table: Imported) -> None:
    first = preview_version(table.paths, table.columns, limit=3, search="row 1")
    large = MOST_CELLS // len(table.columns) + 1
    with pytest.raises(InvalidInput):  # `preview` says it, as always
        preview_version(table.paths, table.columns, limit=large)
    read = list(first.rows)
    first.rows.clear()  # it is the caller's own
    for path in table.paths:
        path.unlink()
    assert preview_version(table.paths, table.columns, limit=3, search="row 1").rows == read != []
    with pytest.raises(Exception, match="No files found"):
        preview_version(table.paths, table.columns, limit=4, search="row 1")


def test_pages_cover_the_table_in_order(table: Imported) -> None:
    seen = []
    for offset in range(0, 4000, 1000):
        page = preview(table.paths, table.columns, offset, 1000)
        assert page.total == 4000
        assert page.columns == ("i", "group", "Name", "name")
        seen += [row[0] for row in page.rows]
    assert seen == list(range(4000))
    assert preview(table.paths, table.columns, 5000, 10).rows == []


@pytest.mark.parametrize("descending", [False, True])
def test_sorted_pages_are_stable_with_missing_last(table: Imported, descending: bool) -> None:
    rows = [
        row
        for offset in range(0, 4000, 500)
        for row in preview(table.paths, table.columns, offset, 500, sort="group", descending=descending).rows
    ]
    assert len({row[0] for row in rows}) == 4000
    there = [row for row in rows if row[1] is not None]
    assert all(row[1] is None for row in rows[len(there) :])
    assert there == sorted(there, key=lambda row: (-row[1] if descending else row[1], row[0]))


def test_search_finds_text_in_any_case_and_takes_it_literally(table: Imported) -> None:
    page = preview(table.paths, table.columns, search="rOW 39", limit=1000)
    assert page.total == len(page.rows) == sum(f"Row {i}".startswith("Row 39") for i in range(4000) if i % 13)
    assert preview(table.paths, table.columns, search='100% "sure"; DROP TABLE x; --').total == 1
    assert preview(table.paths, table.columns, search="%").total == 1
    assert preview(table.paths, table.columns, search="x_y").total == 3999
    assert preview(table.paths, table.columns, search="xzy").total == 0


def test_search_without_text_columns_finds_nothing(tmp_path: Path, store: ArtifactStore) -> None:
    pq.write_table(pa.table({"x": [1]}), tmp_path / "file.parquet")
    found = ingest_file(tmp_path / "file.parquet", store)
    page = preview([store.path(found.parts[0].key)], found.columns, search="1")
    assert (page.rows, page.total) == ([], 0)


def test_values_are_plain_python(tmp_path: Path, store: ArtifactStore) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    row = {
        "whole": 2**60 + 1,
        "real": 0.5,
        "flag": True,
        "text": "é",
        "day": date(2026, 1, 31),
        "moment": datetime(2026, 1, 31, 10, 30, 0, 5),
        "zone": datetime(2026, 7, 1, 10, tzinfo=UTC),
        "clock": time(10, 30),
        "span": timedelta(seconds=90),
        "decimal": Decimal("1.50"),
        "bytes": b"\0x",
    }
    types = {"zone": pa.timestamp("us", "Europe/Berlin"), "span": pa.duration("us"), "clock": pa.time64("us")}
    columns = {name: pa.array([value, None], types.get(name)) for name, value in row.items()}
    pq.write_table(pa.table(columns), tmp_path / "file.parquet")
    found = ingest_file(tmp_path / "file.parquet", store)
    page = preview([store.path(found.parts[0].key)], found.columns)
    assert page.rows == [tuple(row.values()), (None,) * len(row)]
    assert page.rows[0][6].utcoffset() == datetime(2026, 7, 1, tzinfo=berlin).utcoffset()
    assert [type(value) for value in page.rows[0]] == [type(value) for value in row.values()]


def test_what_cannot_be_shown(table: Imported) -> None:
    with pytest.raises(InvalidInput, match=r"no column 'nme'.*i, group, Name, name"):
        preview(table.paths, table.columns, sort="nme")
    for offset, limit in ((-1, 10), (0, 0), (0, 1001)):
        with pytest.raises(InvalidInput, match="1 to 1000 rows"):
            preview(table.paths, table.columns, offset, limit)


def test_a_path_with_wildcards_is_taken_literally(tmp_path: Path) -> None:
    folder = tmp_path / "we[ir]d * ?"
    folder.mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "plain.parquet")
    store = ArtifactStore(folder)
    found = ingest_file(tmp_path / "plain.parquet", store)
    assert preview([store.path(found.parts[0].key)], found.columns).rows == [(1,)]
