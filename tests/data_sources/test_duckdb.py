"""DuckDB files: the contract, and that a query sees nothing else."""

import duckdb
import pytest

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import QueryContract


@pytest.fixture
def source(tmp_path):
    duckdb.connect(str(tmp_path / "shop.db")).close()
    return open_source("duckdb", {"path": str(tmp_path / "shop.db")}, name="shop")


class TestDuckdb(QueryContract):
    nul = True
    home = ("main",)

    @pytest.fixture
    def source(self, source):
        return source


def test_a_query_sees_no_other_file(source, tmp_path):
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for query in (f"SELECT * FROM '{tmp_path}/secret.csv'", f"SELECT * FROM read_text('{tmp_path}/secret.csv')"):
        with pytest.raises(InvalidInput):
            list(source.read(Query(query)))


def test_a_slow_question_ends(source):
    slow = open_source("duckdb", {"path": source.address, "timeout": 0.3})
    with pytest.raises(Unavailable, match=r"longer than 0\.3 s"):
        slow.preview(Query("SELECT count(*) AS c FROM range(100000000000) a WHERE range % 7 = 3"))


def test_large_whole_numbers_stay(source):
    found = source.preview(Query("SELECT 170141183460469231731687303715884105::HUGEINT AS h, uuid() AS u"))
    assert found.column("h").to_pylist() == [170141183460469231731687303715884105]
    assert str(found.schema.field("u").type) == "string"
