"""SQL over versions: it sees views and nothing else, within limits; what is wrong is told with its place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest

from modelyard.core.common.errors import InvalidInput, NotFound, Unavailable
from modelyard.core.datasets import queries
from modelyard.core.datasets.catalog import Catalog
from modelyard.core.datasets.ingest_batches import ingest_batches
from modelyard.core.datasets.queries import SqlResult, batches_of, run, views_of
from modelyard.core.datasets.sandbox import tables_of
from modelyard.core.storage.artifacts import ArtifactStore


@pytest.fixture
def asked(catalog: Catalog, store: ArtifactStore):
    """Ask in SQL of a dataset with two versions."""
    zone = pa.timestamp("us", "Europe/Berlin")
    columns = {
        "n": [1, 2, 3, None],
        "N": ["a", "b", "b", "c"],
        "took": pa.array([1, 2, 3, 4], pa.duration("us")),
        "moment": pa.array([0, 1, 2, 3], zone),
        "price": pa.array([Decimal("1.50")] * 4, pa.decimal128(9, 2)),
    }
    for rows in (4, 2):
        table = pa.table(columns).slice(0, rows)
        made = ingest_batches(iter(table.to_batches()), store, origin={"kind": "test"})
        catalog.create_version("my table", made, actor="ann")

    def ask(sql: str, **options: object) -> SqlResult:
        return run(sql, views_of(catalog, sql), **options)  # type: ignore[arg-type]

    return ask


def test_a_name_is_the_latest_version_and_another_has_its_number(asked) -> None:
    assert asked('SELECT count(*) FROM "my table"').rows() == [(2,)]
    assert asked('SELECT count(*) FROM "my table@1"').rows() == [(4,)]
    assert asked('WITH t AS (FROM "my table@1") SELECT max(n) FROM t; -- done').rows() == [(3,)]
    with pytest.raises(NotFound, match="my table"):
        asked("FROM mytable")
    with pytest.raises(NotFound, match="'9'"):
        asked('FROM "my table@9"')


def test_values_keep_their_types(asked) -> None:
    found = asked('SELECT N_2, took, moment, price, sum(n) OVER () AS all_n FROM "my table@1" ORDER BY moment', limit=3)
    assert [(column.name, column.type) for column in found.columns] == [
        ("N_2", "string"),
        ("took", "duration[us]"),
        ("moment", "timestamp[us, tz=Europe/Berlin]"),
        ("price", "decimal128(9, 2)"),
        ("all_n", "decimal128(38, 0)"),
    ]
    assert found.rows(1, 1)[0][1] == timedelta(microseconds=2)
    assert (len(found), found.more) == (3, True)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('{secret}')",
        "SELECT * FROM read_csv('{secret}')",
        "SELECT * FROM glob('{folder}/*')",
        "SELECT * FROM '{secret}'",
        "SELECT * FROM query('FROM read_text(''{secret}'')')",
        "ATTACH '{folder}/x.db'",
        "COPY (SELECT 1) TO '{folder}/out.csv'",
        "INSTALL httpfs",
        "PRAGMA database_list",
        "SET memory_limit = '100GB'",
        "CREATE TABLE t AS SELECT 1",
        'DELETE FROM "my table"',
        "SELECT 1; SELECT 2",
        "EXPORT DATABASE '{folder}'",
        "SELECT * FROM read_text('http://127.0.0.1:1/x')",
    ],
)
def test_nothing_but_datasets_is_seen_and_nothing_written(asked, tmp_path: Path, sql: str) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("hunter2\n")
    before = sorted(tmp_path.iterdir())
    with pytest.raises((InvalidInput, NotFound)) as caught:
        asked(sql.format(secret=secret, folder=tmp_path))
    assert "hunter2" not in str(caught.value)
    assert sorted(tmp_path.iterdir()) == before


def test_what_is_wrong_is_told_with_its_place(asked) -> None:
    for sql, said in (
        ("SELEC 1", r"cannot be read: syntax error at or near \"SELEC\"\. \(SQL, line 1, character 1\)"),
        ('SELECT\n  prize\nFROM "my table"', r"\(SQL, line 2, character 3\) Possible: price"),
        ("SELECT n\nFROM \"my table\"\nWHERE n = 'x'", r"Could not convert string 'x' .*\(SQL, line 3, character 11\)"),
        ("", "A query is one statement"),
    ):
        with pytest.raises(InvalidInput, match=said):
            asked(sql)


def test_a_query_has_limits_and_can_be_broken_off(asked) -> None:
    endless = "SELECT count(*) FROM range(1000000000000) t WHERE t.range % 7 = 3"
    with pytest.raises(Unavailable, match=r"broken off after 0.3 s.*make a dataset of it"):
        asked(endless, seconds=0.3)
    stops: list[threading.Timer] = []

    def soon(stop) -> None:
        stops.append(threading.Timer(0.2, stop))
        stops[0].start()

    with pytest.raises(Unavailable, match=r"broken off\.$"):
        asked(endless, seconds=60, on_start=soon)
    with pytest.raises(InvalidInput, match="0 rows cannot be returned"):
        asked("SELECT 1", limit=0)


def test_all_rows_come_as_batches(catalog: Catalog) -> None:
    with batches_of("SELECT range AS x FROM range(200000)", ()) as batches:
        sizes = [batch.num_rows for batch in batches]
    assert (sizes[0], sum(sizes), max(sizes) < 200_000) == (0, 200_000, True)


def test_tables_are_found_wherever_they_are() -> None:
    sql = "WITH a AS (FROM x) SELECT (SELECT max(v) FROM y) FROM a JOIN z USING (k) WHERE k IN (FROM w)"
    assert sorted(tables_of(sql)) == ["w", "x", "y", "z"]


def test_one_that_waits_is_broken_off_and_one_that_is_done_no_more(asked) -> None:
    stops: list[Callable[[], None]] = []
    with ExitStack() as others:
        for _ in range(2):
            others.enter_context(queries._turn(1, queries._Stop()))
        began = time.monotonic()
        with pytest.raises(Unavailable, match="broken off"):
            asked("SELECT 1", on_start=lambda stop: threading.Timer(0.1, stop).start())
        assert time.monotonic() - began < 10  # of the 30 s that it may wait
    assert asked("SELECT 1", on_start=stops.append).rows() == [(1,)]
    stops[0]()
