"""Tables that are hard to carry from one system to another."""

import datetime as dt
import json
import string
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

HOSTILE = [
    "select",
    "two words",
    'qu"ote',
    "apo'strophe",
    "back`tick",
    "semi;--colon",
    "ünïcödé 表",
    "per%cent {0}",
    "a/b",
    "x.y",
]
"""Names of columns and tables."""

_BIG = 2**63 - 1
_ZONED = pa.timestamp("us", "UTC")


def hard(nul=False):
    """All types, with the values at their ends; the last row has none."""
    texts = ["", "ü\n\r\t 'q' \"d\" \\ % ,;", "表🙂", "NULL", "\\N", "  spaces  "] + (["a\0b"] if nul else ["end"])
    n = len(texts)
    moments = [
        dt.datetime(1970, 1, 1),
        dt.datetime(2026, 11, 24, 12, 30, 15, 123456),
        dt.datetime(1999, 12, 31, 23, 59, 59, 999999),
    ]

    def column(values, type_):
        return pa.array([values[i % len(values)] for i in range(n)] + [None], type_)

    return pa.table(
        {
            "number": pa.array(range(n + 1), pa.int64()),
            "whole": column([0, -_BIG - 1, _BIG, 7], pa.int64()),
            "float": column([0.0, -1.5, 1e308, 5e-324, 0.1], pa.float64()),
            "money": column(
                [Decimal("0.00"), Decimal("-12345678901234567890.12"), Decimal("0.10")], pa.decimal128(22, 2)
            ),
            "text": column(texts, pa.string()),
            "day": column([dt.date(1970, 1, 1), dt.date(2026, 11, 24), dt.date(1600, 2, 29)], pa.date32()),
            "moment": column(moments, pa.timestamp("us")),
            "zoned": column([each.replace(tzinfo=dt.UTC) for each in moments[1:]], _ZONED),
            "flag": column([True, False], pa.bool_()),
            "bytes": column([b"", b"\0\xff'\\\n\t", b"abc"], pa.binary()),
            "nothing": pa.nulls(n + 1, pa.int64()),
        }
    )


def _json(alphabet):
    """Return a strategy of JSON texts."""
    leaves = st.none() | st.booleans() | st.integers() | st.text(alphabet, max_size=5)
    inner = st.recursive(leaves, lambda values: st.lists(values, max_size=2) | st.dictionaries(st.just("k"), values))
    return inner.map(lambda value: json.dumps(value, ensure_ascii=False))


def tables(nul=False):
    """Return a strategy of tables with one column of each kind and up to 30 rows."""
    alphabet = st.characters(exclude_categories=["Cs"], exclude_characters="" if nul else "\0")
    kinds = {
        "i": (st.integers(-(2**63), 2**63 - 1), pa.int64()),
        "f": (st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False), pa.float64()),
        "d": (st.decimals(-(10**15), 10**15, places=4), pa.decimal128(20, 4)),
        "s": (st.text(alphabet, max_size=30), pa.string()),
        "day": (st.dates(dt.date(1000, 1, 1), dt.date(9999, 12, 31)), pa.date32()),
        "t": (st.datetimes(dt.datetime(1000, 1, 1), dt.datetime(9999, 12, 30)), pa.timestamp("us")),
        "z": (st.datetimes(dt.datetime(1970, 1, 2), dt.datetime(2037, 12, 30), timezones=st.just(dt.UTC)), _ZONED),
        "b": (st.booleans(), pa.bool_()),
        "x": (st.binary(max_size=30), pa.binary()),
        "j": (_json(alphabet), pa.string()),
    }
    rows = st.fixed_dictionaries({name: st.none() | values for name, (values, _) in kinds.items()})
    schema = pa.schema([(name, type_) for name, (_, type_) in kinds.items()])

    def table(found):
        number = pa.array(range(len(found)), pa.int64())
        return pa.Table.from_pylist(found, schema=schema).add_column(0, "number", number)

    return st.lists(rows, min_size=1, max_size=30).map(table)


def long(rows=200_000):
    """A table of some 40 MB."""
    filler = (string.ascii_letters * 4)[:180]
    numbers = pa.array(range(rows), pa.int64())
    texts = pa.array([f"{i} {filler}" for i in range(rows)], pa.string())
    return pa.table({"number": numbers, "text": texts})


def damaged(path):
    """Write a Parquet file of two row groups, 0-4999 and 5000-9999, all spoilt but two columns of the last."""
    text = pa.array([f"{i} " + "x" * 50 for i in range(10_000)])
    table = pa.table({"number": pa.array(range(10_000), pa.int64()), "kept": text, "other": text})
    pq.write_table(table, path, row_group_size=5_000, compression="zstd")
    data = bytearray(path.read_bytes())
    meta = pq.read_metadata(path)
    for group, column in ((0, 0), (0, 1), (0, 2), (1, 2)):
        found = meta.row_group(group).column(column)
        start = found.dictionary_page_offset or found.data_page_offset
        data[start : start + found.total_compressed_size] = b"\xff" * found.total_compressed_size
    path.write_bytes(data)
