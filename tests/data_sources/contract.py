"""What every source must do, against a real server: inherit the suite and supply `source`."""

import json
import pickle
import threading
from contextlib import suppress

import psutil
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import HealthCheck, given, settings

from modelyard.core.common.errors import AlreadyExists, InvalidInput, ModelyardError, NotAllowed, NotFound, Unavailable
from modelyard.core.data_sources.registry import SOURCES, open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.tables import HOSTILE, hard, long, tables

PLANTED = "hunter2-5ecret"


class SourceContract:
    """Every source. A subclass gives the fixture `source`, which can write; one that cannot overrides `put`."""

    nul = False
    """Whether a text may hold the character NUL."""

    def put(self, source, name, table, mode="create"):
        """Write a table and return its path."""
        path = (*self.home, name)
        assert source.write(path, iter(table.to_batches(max_chunksize=5_000)), table.schema, mode) == table.num_rows
        return path

    home = ()
    """Where tables are made."""

    def get(self, source, what, **options):
        batches = list(source.read(what, **options))
        assert len({str(batch.schema) for batch in batches}) == 1
        table = pa.Table.from_batches(batches)
        return table.sort_by("number") if "number" in table.column_names else table

    def expected(self, table):
        """Return a table as it comes back."""
        return table

    def same(self, found, table):
        expected = self.expected(table)
        assert found.column_names == expected.column_names
        for name in expected.column_names:
            assert found.column(name).to_pylist() == expected.column(name).to_pylist(), name
            assert str(found.schema.field(name).type) == str(expected.schema.field(name).type), name

    def test_it_is_listed(self, source):
        entry = SOURCES.get(source.kind)
        assert entry.load() is type(source)
        assert len(entry.summary) > 5

    def test_health(self, source):
        health = source.test()
        assert health.healthy, health.message
        assert 0 < health.latency_s < 10
        assert health.version

    def test_values_survive(self, source):
        table = hard(self.nul)
        self.same(self.get(source, self.put(source, "hard", table)), table)

    def test_generated_values_survive(self, source):
        @settings(max_examples=12, suppress_health_check=list(HealthCheck), deadline=None)
        @given(tables(self.nul))
        def check(table):
            self.same(self.get(source, self.put(source, "generated", table, mode="replace")), table)

        check()

    def test_times_of_any_zone_stay_the_same_moments(self, source):
        moments = pa.array([1_700_000_000_123_456, None, 951_782_399_999_999], pa.timestamp("us", "UTC"))
        table = pa.table({"number": pa.array(range(3), pa.int64()), "at": moments})
        zoned = table.set_column(1, "at", moments.cast(pa.timestamp("us", "Asia/Kolkata")))
        found = self.get(source, self.put(source, "zoned", zoned))
        assert found.column("at").to_pylist() == self.expected(table).column("at").to_pylist()

    def test_an_empty_table_has_a_schema(self, source):
        table = hard(self.nul)
        path = self.put(source, "empty", table.slice(0, 0))
        self.same(self.get(source, path), table.slice(0, 0))
        assert [column.name for column in source.schema(path)] == table.column_names
        assert source.preview(path, 5).num_rows == 0

    def test_a_wide_table(self, source):
        table = pa.table({"number": [0, 1], **{f"column {i}": [i, None] for i in range(300)}})
        path = self.put(source, "wide", table)
        self.same(self.get(source, path), table)
        assert self.get(source, path, columns=["column 299", "column 3"]).column_names == ["column 299", "column 3"]

    rows = 200_000
    """Of a long table, of some 200 bytes each."""

    def test_a_long_table_in_bounded_memory(self, source):
        table = long(self.rows)
        path = self.put(source, "long", table)
        size = table.nbytes
        total = pc.sum(table.column("number")).as_py()
        tenth = self.put(source, "tenth", table.slice(0, self.rows // 10))
        del table
        process = psutil.Process()
        assert sum(batch.num_rows for batch in source.read(tenth, batch_rows=10_000)) == self.rows // 10
        before = process.memory_info().rss
        rows = number = most = 0
        for batch in source.read(path, batch_rows=10_000):
            assert batch.num_rows <= 10_000
            rows += batch.num_rows
            number += pc.sum(batch.column("number")).as_py() or 0
            most = max(most, process.memory_info().rss - before)
        assert (rows, number) == (self.rows, total)
        assert most < size, f"{most >> 20} MB more for a table of {size >> 20} MB than for a tenth of it"
        assert source.preview(path, 7).num_rows == 7

    def test_hostile_names(self, source):
        table = pa.table({"number": [0, 1], **{name: ["x", None] for name in HOSTILE}})
        for name in self.hostile_paths:
            path = self.put(source, name, table)
            self.same(self.get(source, path), table)
            found = self.get(source, path, columns=HOSTILE[::-1], filter=[(each, "=", "x") for each in HOSTILE])
            assert (found.column_names, found.num_rows) == (HOSTILE[::-1], 1)
            items = [item for item in source.browse(self.home, limit=1000) if item.path == path]
            assert len(items) == 1
            self.same(self.get(source, items[0].text), table)

    hostile_paths = HOSTILE

    @pytest.mark.parametrize(
        ("condition", "rows"),
        [
            (("number", ">=", 3), [3, 4, 5]),
            (("number", "in", [1, 5, 99]), [1, 5]),
            (("number", "not in", [1, 5]), [0, 2, 3, 4]),
            (("price", "<", 1.5), [0, 1, 2]),
            (("text", "=", 'it\'s \\ "x"'), [2]),
            (("text", "!=", ""), [0, 2, 4]),
            (
                (
                    "text",
                    "is null",
                ),
                [3, 5],
            ),
            (
                (
                    "text",
                    "is not null",
                ),
                [0, 1, 2, 4],
            ),
            (("day", ">", "2026-01-03"), [3, 4, 5]),
            (("moment", "<=", "2026-01-02T00:00:00"), [0, 1]),
            (("flag", "=", True), [0, 2, 4]),
        ],
    )
    def test_filters(self, source, filtered, condition, rows):
        assert self.get(source, filtered, filter=[condition]).column("number").to_pylist() == rows

    def test_filters_together_and_columns(self, source, filtered):
        filter = ["number > 1", "text is not null"]
        found = self.get(source, filtered, columns=["price", "number"], filter=filter)
        assert found.to_pydict() == {"price": [1.0, 2.0], "number": [2, 4]}
        assert source.preview(filtered, 1, filter=filter).num_rows == 1

    @pytest.fixture
    def filtered(self, source):
        import datetime as dt

        days = [dt.date(2026, 1, 1 + i) for i in range(6)]
        table = pa.table(
            {
                "number": pa.array(range(6), pa.int64()),
                "price": [0.0, 0.5, 1.0, 1.5, 2.0, 2.5],
                "text": ["a", "", 'it\'s \\ "x"', None, "a\n", None],
                "day": days,
                "moment": pa.array([dt.datetime(2026, 1, 1 + i) for i in range(6)], pa.timestamp("us")),
                "flag": [True, False, True, False, True, False],
            }
        )
        return self.put(source, "filtered", table)

    def test_what_is_not_there(self, source, filtered):
        with pytest.raises(NotFound, match="filtered"):
            list(source.read((*self.home, "filterde")))
        with pytest.raises(NotFound, match="Possible: price"):
            list(source.read(filtered, columns=["prise"]))
        with pytest.raises(NotFound, match="number"):
            list(source.read(filtered, filter=["numbre > 3"]))

    def test_browsing(self, source):
        table = pa.table({"number": [1]})
        for name in ("alpha", "beta", "gamma"):
            self.put(source, name, table)
        names = [item.name for item in source.browse(self.home)]
        assert [name for name in names if name.startswith(("alpha", "beta", "gamma"))] == sorted(
            name for name in names if name.startswith(("alpha", "beta", "gamma"))
        )
        assert [item.name.split(".")[0] for item in source.browse(self.home, search="BET")] == ["beta"]
        first, rest = source.browse(self.home, limit=1), source.browse(self.home, offset=1)
        assert (len(first), first.more, first.items[0].name) == (1, True, names[0])
        assert [item.name for item in rest] == names[1:]
        assert source.browse("nowhere/at all").items == ()

    def test_writing_twice(self, source):
        table = pa.table({"number": pa.array([0, 1], pa.int64()), "other": pa.array([10, 11], pa.int64())})
        more = pa.table({"other": pa.array([12], pa.int64()), "number": pa.array([2], pa.int64())})
        path = self.put(source, "twice", table)
        with pytest.raises(AlreadyExists):
            self.put(source, "twice", more)
        if self.appends:
            self.put(source, "twice", more, mode="append")
            found = self.get(source, path)
            assert found.select(["number", "other"]).to_pydict() == {"number": [0, 1, 2], "other": [10, 11, 12]}
        self.put(source, "twice", more, mode="replace")
        assert self.get(source, path).num_rows == 1
        with pytest.raises(InvalidInput, match="append"):
            self.put(source, "twice", more, mode="upsert")

    appends = True

    def test_a_write_that_fails_leaves_nothing(self, source):
        def batches():
            yield from table.to_batches()
            raise Unavailable("The rows broke off.")

        table = pa.table({"number": [0, 1]})
        with pytest.raises(ModelyardError):
            source.write((*self.home, "half"), batches(), table.schema)
        assert source.browse(self.home, search="half").items == ()

    def test_threads_may_share_it(self, source):
        path = self.put(source, "shared", long(20_000))
        sums = []
        threads = [
            threading.Thread(target=lambda: sums.append(sum(batch.num_rows for batch in source.read(path))))
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sums == [20_000] * 3

    def test_it_reveals_nothing(self, source):
        source.test()
        shown = [json.dumps(source.describe()), repr(source), source.address, source.params.model_dump_json()]
        shown += [
            repr(source.params),
            pickle.dumps(source).decode("latin-1"),
            pickle.dumps(source.params).decode("latin-1"),
        ]
        assert not any(secret in text for secret in self.secrets(source) for text in shown)

    def secrets(self, source):
        """Return what must not be seen."""
        return [source.secret(getattr(source.params, name)) or "no secret" for name in source.params.secret_fields()]


class QueryContract(SourceContract):
    """A source that takes SQL."""

    def test_queries(self, source, filtered):
        table = ".".join(map(source.quote, filtered))
        query = Query(f"SELECT number AS n, price * 2 AS twice FROM {table} WHERE number < 3 -- said\n")
        found = pa.Table.from_batches(source.read(query, filter=["n > 0"]))
        assert [(row["n"], float(row["twice"])) for row in found.to_pylist()] == [(1, 1.0), (2, 2.0)]
        assert [column.name for column in source.schema(query)] == ["n", "twice"]
        with pytest.raises(InvalidInput, match="nonsense"):
            list(source.read(Query("SELECT nonsense")))

    def test_a_query_changes_nothing(self, source, filtered):
        table = ".".join(map(source.quote, filtered))
        drop = f"DROP TABLE {table}"
        for statement in (
            f"DELETE FROM {table}",
            drop,
            f"SELECT 1) AS x; {drop}; --",
            f"SELECT 1 AS a /*!) AS x; {drop}; -- */",  # texts and comments that each database ends elsewhere
            f"SELECT '\\'') AS x; {drop}; -- '",
            f"SELECT 1--1 AS a) AS x; {drop}",
            f"SELECT 1 AS [a'b]) AS x; {drop}; -- '",
        ):
            with suppress(ModelyardError):  # a few are a harmless statement to some
                list(source.read(Query(statement)))
                assert statement not in (drop, f"DELETE FROM {table}")
        assert self.get(source, filtered).num_rows == 6


class ServerContract(QueryContract):
    """A source behind a server; the subclass gives `kill` and `start`, which end and start it."""

    secret_field = "password"

    def changed(self, source, **params):
        return open_source(source.kind, {**source.params.model_dump(), **params}, name="warehouse")

    def test_a_wrong_password(self, source, monkeypatch):
        monkeypatch.setenv("YARD_WRONG", PLANTED)
        wrong = self.changed(source, **{self.secret_field: "env:YARD_WRONG"})
        health = wrong.test()
        assert (health.reachable, health.allowed) == (True, False), health.message
        assert health.latency_s < 10
        with pytest.raises(NotAllowed, match="warehouse") as caught:
            wrong.browse()
        with pytest.raises(NotAllowed) as again:
            list(wrong.read("public/x"))
        for error in (caught.value, again.value):
            assert PLANTED not in str(error) + repr(error.to_dict())
            assert error.__cause__ is None
            assert error.__suppress_context__

    def test_nothing_answers(self, source, nowhere):
        away = self.changed(source, timeout=3, **nowhere)
        health = away.test()
        assert (health.reachable, health.allowed) == (False, False)
        assert "does not answer" in health.message
        with pytest.raises(Unavailable, match="does not answer"):
            list(away.read("public/x"))

    def test_a_slow_question_ends(self, source):
        slow = self.changed(source, timeout=1, **{self.secret_field: getattr(source.params, self.secret_field)})
        with pytest.raises(Unavailable, match="longer than 1 s"):
            slow.preview(Query(self.sleep))

    def test_it_is_gone_in_the_middle(self, source):
        path = self.put(source, "gone", long(2 * self.rows))
        batches = source.read(path, batch_rows=1_000)
        next(batches)
        self.kill()
        try:
            with pytest.raises(Unavailable, match=r"broke off|does not answer") as caught:
                list(batches)
            assert not source.test().reachable
        finally:
            self.start()
        assert source.secret(source.params.password) not in repr(caught.value.to_dict())
        assert source.test().healthy
