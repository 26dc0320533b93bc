"""S3: the contract on a real server (SeaweedFS), wrong keys and a server that is away."""

import errno
import functools
import itertools
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pyarrow as pa
import pytest

from modelyard.core.common.errors import InvalidInput, NotAllowed, Unavailable
from modelyard.core.data_sources.registry import open_source
from tests.data_sources.contract import PLANTED, SourceContract
from tests.data_sources.tables import HOSTILE, damaged
from tests.services.s3 import OPEN, ROLE, S3, started

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


def test_where_only_a_key_is_given_the_machine_says_the_region(tmp_path, monkeypatch):
    (tmp_path / "config").write_text("[default]\nregion = eu-west-1\n[profile yard]\nregion = eu-north-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("YARD_SECRET_KEY", PLANTED)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    params = {"bucket": "b", "access_key": "ada", "secret_key": "env:YARD_SECRET_KEY"}
    for said, region in (({}, "eu-west-1"), ({"profile": "yard"}, "eu-north-1"), ({"region": "x-1"}, "x-1")):
        assert open_source("s3", {**params, **said})._filesystem()[0].region == region


def test_a_full_disk_is_no_damaged_file():
    source = open_source("s3", {"bucket": "b"})
    full = source._explain(OSError(errno.ENOSPC, "No space left on device"))
    assert isinstance(full, Unavailable)
    assert "cannot hold the file: No space left" in str(full)
    assert isinstance(source._explain(OSError("Not a Parquet file")), InvalidInput)


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


def test_what_a_filter_and_columns_rule_out_is_not_read(source, tmp_path):
    damaged(tmp_path / "t.parquet")
    source._put(tmp_path / "t.parquet", f"{source.params.bucket}/{source.params.prefix}/t.parquet")
    found = pa.Table.from_batches(source.read("t.parquet", columns=["kept"], filter=["number >= 5000"]))
    assert (found.num_rows, found.column("kept")[0].as_py()[:5]) == (5_000, "5000 ")
    for options in ({"columns": ["kept"]}, {"filter": ["number >= 5000"]}):
        with pytest.raises(InvalidInput, match="damaged"):
            list(source.read("t.parquet", **options))


def test_anybody_and_a_profile(source, s3, tmp_path, monkeypatch):
    s3._files().mkdir(OPEN)
    s3._files().pipe_file(f"{OPEN}/a.csv", b"number\n1\n")
    anybody = open_source("s3", {"bucket": OPEN, "endpoint": s3.endpoint, "anonymous": True})
    assert anybody.test().healthy, anybody.test().message
    assert anybody.preview("a.csv").to_pylist() == [{"number": 1}]
    with pytest.raises(NotAllowed):
        open_source("s3", {**anybody.params.model_dump(), "bucket": source.params.bucket}).browse()
    (tmp_path / "keys").write_text(f"[yard]\naws_access_key_id = {s3.key}\naws_secret_access_key = {s3.secret}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "keys"))
    profiled = {"bucket": source.params.bucket, "endpoint": s3.endpoint, "profile": "yard"}
    assert open_source("s3", profiled).test().healthy
    assert OPEN not in [item.name for item in open_source("s3", profiled).browse()]
    assert open_source("s3", {**profiled, "profile": "nobody"}, name="lake").test().message.count("lake")


def test_a_role_is_taken_on(source, s3):
    """SeaweedFS gives roles as AWS does; what this one may not do tells that its rights count, not the key's."""
    table = pa.table({"number": [1]})
    source.write("t.parquet", iter(table.to_batches()), table.schema)
    role = changed(source, role=ROLE, sts_endpoint=s3.endpoint)
    assert role.test().healthy, role.test().message
    assert role.preview("t.parquet").to_pylist() == [{"number": 1}]
    with pytest.raises(NotAllowed):
        role.write("mine.parquet", iter(table.to_batches()), table.schema)
    with pytest.raises(NotAllowed, match=r"may not take on the role 'arn:aws:iam::role/nobody'") as caught:
        changed(role, role="arn:aws:iam::role/nobody").browse()
    assert s3.secret not in repr(caught.value.to_dict())
    with pytest.raises(Unavailable, match="does not answer"):
        changed(role, sts_endpoint="http://127.0.0.1:9", timeout=2).browse()


def test_who_gives_roles_is_told_the_external_id(source):
    told = []

    class Refusing(BaseHTTPRequestHandler):
        def do_POST(self):
            told.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_error(403)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        endpoint = f"http://127.0.0.1:{server.server_port}"
        health = changed(source, role=ROLE, sts_endpoint=endpoint, external_id="a b").test()
        server.shutdown()
    assert "does not speak S3" in health.message  # but HTML
    assert (told[0]["RoleArn"], told[0]["ExternalId"]) == ([ROLE], ["a b"])


def test_no_file_is_asked_for_its_size_again(source, s3):
    for i in range(4):
        table = pa.table({"number": [i]})
        source.write(f"once/part-{i}.parquet", iter(table.to_batches()), table.schema)
    before = s3.asked(source.params.bucket)
    assert sum(batch.num_rows for batch in source.read_files("once", source.files("once"))) == 4
    asked = s3.asked(source.params.bucket) - before
    assert asked["GET"] + asked["HEAD"] <= 4 * 2 + 2  # its end and its rows, and whether the folder is a file


def test_it_is_gone_in_the_middle(monkeypatch):
    own = started()
    monkeypatch.setenv("YARD_SECRET_KEY", own.secret)
    params = {"bucket": own.bucket(), "endpoint": own.endpoint, "access_key": own.key, "timeout": 3}
    source = open_source("s3", {**params, "secret_key": "env:YARD_SECRET_KEY"}, name="lake")
    try:
        table = pa.table(
            {"bytes": [os.urandom(1 << 12) for _ in range(20_000)]}
        )  # nothing to pack: it is not sent at once
        source.write("t.parquet", iter(table.to_batches(max_chunksize=500)), table.schema)
        batches = source.read("t.parquet", batch_rows=500)
        next(batches)
        own.process.kill()
        with pytest.raises(Unavailable, match=r"broke off|does not answer") as caught:
            list(batches)
        assert own.secret not in repr(caught.value.to_dict())
    finally:
        own.stop()
