"""Versions as files: nothing is lost on the way out, and what is read again is the same."""

import json
import re
import tempfile
import zipfile
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from modelyard.core.common.errors import AlreadyExists, InvalidInput, Unavailable
from modelyard.core.datasets import excel_export
from modelyard.core.datasets.export import FORMATS, Target, export, target_of
from modelyard.core.datasets.ingest import ingest_file
from modelyard.core.datasets.types import ColumnInfo
from modelyard.core.storage.artifacts import ArtifactStore

CSV = Target("csv")
EXCEL = Target("xlsx")
WORDS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=8) | st.sampled_from(
    [
        "NA",
        "007",
        "12",
        "a,b",
        'say "no"',
        "two\nlines",
        "\r",
        " blank ",
        "2026-01-02",
        "true",
        '"',
        "=1+1",
        "http://a.b",
        "<r>x</r>",
    ]
)
DAYS = st.dates(date(1700, 1, 1), date(2200, 1, 1))
MOMENTS = st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1))
KINDS = {
    "text": (pa.string(), WORDS),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "real": (pa.float64(), st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False)),
    "truth": (pa.bool_(), st.booleans()),
    "day": (pa.date32(), DAYS),
    "moment": (pa.timestamp("us"), MOMENTS),
    "zoned": (pa.timestamp("us", "UTC"), MOMENTS.map(lambda each: each.replace(tzinfo=UTC))),
    "clock": (pa.time64("us"), st.times()),
}


def written(table, folder, target=CSV, name="out"):
    middle = table.num_rows // 2
    parts = [folder / "one.parquet", folder / "two.parquet"]
    pq.write_table(table.slice(0, middle), parts[0])
    pq.write_table(table.slice(middle), parts[1])
    columns = [ColumnInfo(field.name, str(field.type), "") for field in table.schema]
    return export(parts, columns, folder / f"{name}{target.suffix}", target)


def read_again(done, folder):
    store = ArtifactStore(folder / "store")
    found = ingest_file(done.path, store, options=done.reading)
    return pa.concat_tables([pq.read_table(store.path(part.key)) for part in found.parts])


@st.composite
def tables(draw):
    chosen = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4, unique=True))
    rows = draw(st.integers(1, 6))
    # the first row is full: what a column without any value holds, no text can tell
    values = {
        name: [draw(kind), *draw(st.lists(st.none() | kind, min_size=rows - 1, max_size=rows - 1))]
        for name, (_, kind) in ((name, KINDS[name]) for name in chosen)
    }
    return pa.table(values, schema=pa.schema([(name, KINDS[name][0]) for name in chosen]))


@given(tables(), st.sampled_from([CSV, Target("csv", "zstd"), Target("jsonl", "gzip"), Target("parquet")]))
@settings(max_examples=25, deadline=None)
def test_what_is_written_is_read_again(table, target):
    with tempfile.TemporaryDirectory() as folder:
        done = written(table, Path(folder), target)
        assert (done.rows, done.bytes) == (table.num_rows, done.path.stat().st_size)
        again = read_again(done, Path(folder))
        assert again.to_pylist() == table.to_pylist()
        assert again.schema.types == table.schema.types


@given(tables())
@settings(max_examples=25, deadline=None)
def test_a_workbook_is_read_again(table):
    if "real" in table.column_names:  # beyond that a reader finds more digits than a whole number has
        reals = [value if value is None or abs(value) < 2**53 else 1 / value for value in table["real"].to_pylist()]
        table = table.set_column(table.column_names.index("real"), "real", pa.array(reals, pa.float64()))
    with tempfile.TemporaryDirectory() as folder:
        done = written(table, Path(folder), EXCEL)
        again = read_again(done, Path(folder))
    for name in again.column_names:
        if again[name].type in (pa.date32(), pa.int64()) and table[name].type in (pa.timestamp("us"), pa.float64()):
            again = again.set_column(
                again.column_names.index(name), name, again[name].cast(table[name].type, safe=False)
            )
    assert again.schema.types == table.schema.types
    assert again.to_pylist() == [row for row in table.to_pylist() if any(value is not None for value in row.values())]


def test_what_excel_makes_of_values(tmp_path):
    moment = datetime(2026, 7, 1, 12, 30, 0, 125000)
    table = pa.table(
        {
            "text": ["=1+1", "http://a.b", "007", "<r>x</r>"],
            "whole": [2**53, 2**53 + 1, -(2**53) - 1, 1],
            "real": [0.1 + 0.2, 1 / 3, 1e-300, -2e-12],
            "endless": [float("inf"), float("-inf"), None, 1.0],
            "small": pa.array([0.1, 1.5, None, 2], pa.float32()),
            "money": pa.array(map(Decimal, ["1.10", "12345678901234567890.10", "0.30", "-5"]), pa.decimal128(22, 2)),
            "day": [date(2026, 1, 1), date(1900, 3, 1), date(9999, 12, 31), None],
            "old": [date(2026, 1, 1), date(1900, 2, 28), None, None],
            "moment": pa.array([moment, None, None, datetime(2026, 1, 1)], pa.timestamp("us")),
            "fine": pa.array([datetime(2026, 7, 1, 12, 0, 0, 1), None, None, None], pa.timestamp("us")),
            "zoned": pa.array([moment, None, None, None], pa.timestamp("us", "Europe/Zurich")),
            "clock": pa.array([time(0), time(10, 30), None, None], pa.time64("us")),
            "long": pa.array([-1_500_000, None, None, None], pa.duration("us")),
            "bytes": [b"\xff\x00", None, None, None],
            "truth": [True, False, None, None],
        }
    )
    done = written(table, tmp_path, EXCEL)
    with zipfile.ZipFile(done.path) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert not re.search("<f>|hyperlink", sheet)
    cells = [re.sub(r' (r|s|xml:space)="[^"]*"', "", row) for row in sheet.split("<row ")[2:]]
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    number = "<c><v>{}</v></c>".format
    assert [text("=1+1"), number(2**53), number(0.1 + 0.2), text("inf")] == _cells(cells[0])[:4]
    texts = {0: "http://a.b", 1: 2**53 + 1, 3: "-inf", 5: "12345678901234567890.10", 7: "1900-02-28"}
    assert {i: _cells(cells[1])[i] for i in texts} == {i: text(each) for i, each in texts.items()}
    assert _cells(cells[0])[4:] == [
        number(0.1),
        number(1.1),
        number(46023.0),
        text("2026-01-01"),
        number(46204.520834780094),
        text("2026-07-01T12:00:00.000001"),
        text("2026-07-01T12:30:00.125Z"),
        number(0.0),
        number(-1.5),
        text("/wA="),
        '<c t="b"><v>1</v></c>',
    ]
    again = read_again(done, tmp_path)
    for name in ("text", "whole", "real", "day", "old", "moment", "fine", "clock", "truth"):
        assert again[name].to_pylist() == table[name].to_pylist(), name
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".")]


def _cells(row):
    return re.findall("<c.*?</c>", row)


def test_what_fits_into_no_sheet_is_refused(tmp_path, monkeypatch):
    with pytest.raises(InvalidInput, match=r"at most 32,767 characters.*row 2 of the column 'long'"):
        written(pa.table({"long": ["x" * 32_767, "\U0001f600" * 16_384]}), tmp_path, EXCEL)
    monkeypatch.setattr(excel_export, "MOST_ROWS", 2)
    with pytest.raises(InvalidInput, match=r"at most 2 rows, and there are 3\..*Parquet"):
        written(pa.table({"x": [1, 2, 3]}), tmp_path, EXCEL)
    with pytest.raises(InvalidInput, match="at most 16,384 columns, and there are 16,385"):
        excel_export.check_fits(1, 16_385)
    assert {path.name for path in tmp_path.iterdir()} == {"one.parquet", "two.parquet"}


def test_what_text_makes_of_values(tmp_path):
    table = pa.table(
        {
            "A": ["", None],
            "a": pa.array([Decimal("12345678901234567890.10"), None], pa.decimal128(22, 2)),
            "o'clock": pa.array([datetime(2026, 7, 1, 12, tzinfo=UTC), None], pa.timestamp("us", "Europe/Zurich")),
            "t": [time(1, 2), None],
            "long": pa.array([-1_500_000, None], pa.duration("us")),
            "bytes": [b"\xff\x00", None],
            'in "f"': [float("-inf"), None],
        }
    )
    lines = written(table, tmp_path).path.read_text().splitlines()
    assert lines[0] == '"A","a","o\'clock","t","long","bytes","in ""f"""'
    assert lines[1] == '"",12345678901234567890.10,2026-07-01T12:00:00Z,01:02:00,-1.500000,"/wA=",-inf'
    assert lines[2] == ",,,,,,"
    first, second = map(json.loads, written(table, tmp_path, Target("jsonl")).path.read_text().splitlines())
    assert list(first.values())[2:] == ["2026-07-01T12:00:00Z", "01:02:00", -1.5, "/wA=", "-inf"]
    assert second == dict.fromkeys(table.column_names)
    for target in (Target("parquet"), Target("arrow")):
        path = written(table, tmp_path, target).path
        kept = pq.read_table(path) if target.format == "parquet" else pa.ipc.open_file(path).read_all()
        assert kept.equals(table)
    alone = written(pa.table({"x": [1, None]}), tmp_path, name="alone")
    assert alone.path.read_text() == '"x"\n1\n""\n'  # a blank line would be skipped


def test_a_file_is_whole_or_not_there(tmp_path):
    table = pa.table({"x": [1, 2]})
    done = written(table, tmp_path)
    before = done.path.read_bytes()
    with pytest.raises(AlreadyExists, match=r"out\.csv"):
        written(pa.table({"x": [3]}), tmp_path)
    assert done.path.read_bytes() == before
    with pytest.raises(RuntimeError):
        export([tmp_path / "two.parquet"], [ColumnInfo("x", "int64", "")], tmp_path / "no.csv", CSV, on_rows=stop)
    assert {path.name for path in tmp_path.iterdir()} == {"one.parquet", "two.parquet", "out.csv"}


@pytest.mark.parametrize("place", ["two.parquet/out.csv", "two.parquet/deep/out.csv", "/proc/out.csv"])
def test_a_place_where_no_file_can_be_is_told(tmp_path, place):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "two.parquet")
    with pytest.raises(Unavailable, match=r"(no file at this place|not be written to)\. \(.*out\.csv\) .*another"):
        export([tmp_path / "two.parquet"], [ColumnInfo("x", "int64", "")], tmp_path / place, CSV)
    assert [path.name for path in tmp_path.iterdir()] == ["two.parquet"]


def stop(rows):
    raise RuntimeError(rows)


def test_what_can_be_written():
    assert target_of(Path("a.b.ndjson.ZST")) == Target("jsonl", "zstd")
    assert target_of(Path("rows.txt"), "csv") == CSV
    with pytest.raises(InvalidInput, match=r"as \.xls") as caught:
        target_of(Path("rows.xls"))
    assert list(caught.value.possible) == list(FORMATS)
    with pytest.raises(InvalidInput, match="Only text is packed"):
        target_of(None, "parquet", "gzip")
    with pytest.raises(InvalidInput, match="packed by 'rar'"):
        target_of(None, "csv", "rar")
