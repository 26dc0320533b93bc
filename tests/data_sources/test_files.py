"""Files and folders: the contract, and many files as one table."""

import datetime as dt

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.feather
import pyarrow.orc
import pyarrow.parquet as pq
import pytest

from modelyard.core.common.errors import InvalidInput, NotAllowed, NotFound
from modelyard.core.data_sources.registry import open_source
from tests.data_sources.contract import SourceContract
from tests.data_sources.tables import HOSTILE, damaged

TABLE = pa.table({"number": pa.array(range(6), pa.int64()), "year": pa.array([2025, 2026] * 3, pa.int64())})


@pytest.fixture
def source(tmp_path):
    (tmp_path / "folder").mkdir()
    return open_source("files", {"path": str(tmp_path / "folder")}, name="shop")


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "folder"


class TestFiles(SourceContract):
    nul = True
    appends = False
    hostile_paths = tuple(name for name in HOSTILE if "/" not in name)

    @pytest.fixture
    def source(self, source):
        return source

    def put(self, source, name, table, mode="create"):
        return super().put(source, f"{name}.parquet", table, mode)


def numbers(source, path, **options):
    return sorted(pa.Table.from_batches(source.read(path, **options)).column("number").to_pylist())


def test_folders_partitions_and_globs_are_one_table(source, folder):
    ds.write_dataset(TABLE, folder / "parts", format="parquet", partitioning=["year"], partitioning_flavor="hive")
    assert numbers(source, "parts") == list(range(6))
    assert numbers(source, "parts", filter=["year = 2026"]) == [1, 3, 5]
    pq.write_table(TABLE.slice(0, 2), folder / "a-1.parquet")
    pq.write_table(TABLE.slice(2, 2), folder / "a-2.parquet")
    pq.write_table(TABLE.slice(4, 2), folder / "b-1.parquet")
    assert numbers(source, "a-*.parquet") == [0, 1, 2, 3]
    with pytest.raises(NotFound, match="no file at"):
        numbers(source, "c-*.parquet")


@pytest.mark.parametrize(
    "name", ["t.arrow", "t.feather", "t.orc", "t.csv", "t.csv.gz", "t.tsv", "t.tsv.bz2", "t.jsonl", "t.jsonl.gz"]
)
def test_formats(source, folder, name):
    lines = {"csv": "number,year\n", "tsv": "number\tyear\n"}.get(name.split(".")[1], "")
    rows = [(row["number"], row["year"]) for row in TABLE.to_pylist()]
    if name.endswith(("arrow", "feather")):
        pyarrow.feather.write_feather(TABLE, folder / name)
    elif name.endswith("orc"):
        pyarrow.orc.write_table(TABLE, folder / name)
    else:
        form = {"csv": "{},{}\n", "tsv": "{}\t{}\n", "jsonl": '{{"number": {}, "year": {}}}\n'}[name.split(".")[1]]
        packed = {"gz": "gzip", "bz2": "bz2"}.get(name.rsplit(".", 1)[1])
        with pa.output_stream(folder / name, compression=packed) as out:
            out.write((lines + "".join(form.format(*row) for row in rows)).encode())
    assert numbers(source, name, filter=["number < 4"], columns=["number"]) == [0, 1, 2, 3]
    assert source.preview(name, 2).num_rows == 2
    is_text = name.endswith(("csv", "tsv", "gz", "bz2", "jsonl"))
    assert (source.local_copy(name, folder) is not None) == is_text


def test_what_a_filter_and_columns_rule_out_is_not_read(source, folder):
    damaged(folder / "t.parquet")
    found = pa.Table.from_batches(source.read("t.parquet", columns=["kept"], filter=["number >= 5000"]))
    assert (found.num_rows, found.column("kept")[0].as_py()[:5]) == (5_000, "5000 ")
    for options in ({"columns": ["kept"]}, {"filter": ["number >= 5000"]}, {}):
        with pytest.raises(InvalidInput, match="damaged"):
            list(source.read("t.parquet", **options))


def test_a_partition_that_a_filter_rules_out_is_not_read(source, folder):
    ds.write_dataset(TABLE, folder / "parts", format="parquet", partitioning=["year"], partitioning_flavor="hive")
    for file in (folder / "parts" / "year=2026").iterdir():
        file.write_bytes(b"no Parquet")
    for path in ("parts", "parts/year=*/*.parquet"):
        assert numbers(source, path, filter=["year = 2025"]) == [0, 2, 4]
        with pytest.raises(InvalidInput, match="damaged"):
            numbers(source, path)


def test_times_with_a_zone_are_compared(source, folder):
    moments = pa.array(
        [dt.datetime(2026, 1, 1 + i, tzinfo=dt.UTC) for i in range(6)], pa.timestamp("us", "Europe/Berlin")
    )
    pq.write_table(TABLE.append_column("at", moments), folder / "t.parquet")
    assert numbers(source, "t.parquet", filter=["at >= 2026-01-05"]) == [4, 5]
    assert numbers(source, "t.parquet", filter=[("at", "in", ["2026-01-02T01:00:00+01:00"])]) == [1]


def test_nothing_outside_is_read(source, folder, tmp_path):
    (tmp_path / "outside.csv").write_text("a\n1\n")
    for path in ("../outside.csv", ("..", "outside.csv"), ("../outside.csv",)):
        with pytest.raises(InvalidInput):
            list(source.read(path))
    (folder / "link.csv").symlink_to(tmp_path / "outside.csv")
    with pytest.raises(NotAllowed):
        source.local_copy("link.csv", folder)
    with pytest.raises(NotAllowed):
        list(source.read("*.csv"))


def test_what_is_wrong_is_said(source, folder, tmp_path):
    (folder / "broken.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(InvalidInput, match="damaged"):
        list(source.read("broken.parquet"))
    (folder / "picture.png").write_bytes(b"x")
    with pytest.raises(InvalidInput, match="not of one kind"):
        list(source.read("picture.png"))
    pq.write_table(pa.table({"day": [dt.date(2026, 1, 1)]}), folder / "days.parquet")
    with pytest.raises(InvalidInput, match="cannot be compared with 'soon'"):
        list(source.read("days.parquet", filter=["day > soon"]))
    gone = open_source("files", {"path": str(tmp_path / "gone")}).test()
    assert (gone.healthy, "no such folder" in gone.message) == (False, True)
