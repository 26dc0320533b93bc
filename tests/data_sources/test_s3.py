"""S3: the contract on a real server (SeaweedFS), wrong keys and a server that is away."""

import functools
import itertools

import pyarrow as pa
import pytest

from modelyard.core.common.errors import NotAllowed, Unavailable
from modelyard.core.data_sources.registry import open_source
from tests.data_sources.contract import PLANTED, SourceContract
from tests.data_sources.tables import HOSTILE
from tests.services.s3 import S3

_bucket = functools.cache(S3.bucket)  # one for all: each takes some of the server's volumes
_folders = itertools.count()


@pytest.fixture
def source(s3, monkeypatch):
    monkeypatch.setenv("YARD_SECRET_KEY", s3.secret)
    for name in s3.environment():
        monkeypatch.delenv(name)
    params = {"bucket": _bucket(s3), "endpoint": s3.endpoint, "access_key": s3.key, "secret_key": "env:YARD_SECRET_KEY"}
    return open_source("s3", {**params, "prefix": f"some/folder-{next(_folders)}"}, name="lake")


class TestS3(SourceContract):
    nul = True
    appends = False
    hostile_paths = tuple(name for name in HOSTILE if "/" not in name)

    @pytest.fixture
    def source(self, source):
        return source

    def put(self, source, name, table, mode="create"):
        return super().put(source, f"{name}.parquet", table, mode)


def changed(source, **params):
    return open_source("s3", {**source.params.model_dump(), **params}, name="lake")


def test_a_wrong_key(source, monkeypatch):
    monkeypatch.setenv("YARD_WRONG", PLANTED)
    wrong = changed(source, secret_key="env:YARD_WRONG")
    health = wrong.test()
    assert (health.reachable, health.allowed) == (True, False), health.message
    with pytest.raises(NotAllowed) as caught:
        wrong.browse()
    assert PLANTED not in repr(caught.value.to_dict())


def test_nothing_answers(source):
    away = changed(source, endpoint="http://127.0.0.1:9", timeout=2)
    assert "does not answer" in away.test().message
    with pytest.raises(Unavailable, match="does not answer"):
        list(away.read("a.parquet"))


def test_a_file_of_text_is_fetched(source, s3, tmp_path):
    (tmp_path / "a.csv").write_text("a;b\n1;2\n")
    source._put(tmp_path / "a.csv", f"{source.params.bucket}/{source.params.prefix}/a.csv")
    copy = source.local_copy("a.csv", tmp_path / "scratch")
    assert copy.read_text() == "a;b\n1;2\n"


def test_many_files_are_one_table(source):
    for i in range(3):
        table = pa.table({"number": [i]})
        source.write(f"days/part-{i}.parquet", iter(table.to_batches()), table.schema)
    for path in ("days", "days/part-*.parquet"):
        assert sum(batch.num_rows for batch in source.read(path)) == 3
