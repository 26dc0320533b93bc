"""Snowflake: the contract on fakesnow's server; what that cannot do is left out, each with its reason."""

import pyarrow as pa
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from modelyard.core.common.errors import InvalidInput, Unavailable
from modelyard.core.data_sources.registry import open_source
from modelyard.core.data_sources.types import Query
from tests.data_sources.contract import PLANTED, QueryContract

pytestmark = pytest.mark.filterwarnings("ignore:Arrow output on a DB-API result:UserWarning")  # in fakesnow


@pytest.fixture
def source(snowflake_server, monkeypatch):
    monkeypatch.setenv("YARD_PASSWORD", "f4ke p@ssword")
    params = {"account": "fakesnow", "database": snowflake_server.create(), "user": "ada"}
    return open_source("snowflake", {**params, "password": "env:YARD_PASSWORD", **snowflake_server.where}, name="cloud")


class TestSnowflake(QueryContract):
    home = ("PLACE",)

    @pytest.fixture
    def source(self, source):
        return source

    @pytest.mark.skip(reason="fakesnow runs in this process, and sends all rows in its first answer")
    def test_a_long_table_in_bounded_memory(self):
        """Not to be seen here."""

    @pytest.mark.skip(reason="fakesnow fails to describe a table where a column has a quote in its name")
    def test_hostile_names(self):
        """See `test_names_that_fakesnow_takes`."""

    def test_names_that_fakesnow_takes(self, source):
        names = ["select", "two words", "back`tick", "semi;--colon", "ünïcödé 表"]
        table = pa.table({"number": [0, 1], **{name: ["x", None] for name in names}})
        path = self.put(source, "two words", table)
        self.same(self.get(source, path), table)
        found = self.get(source, path, columns=names[::-1], filter=[(each, "=", "x") for each in names])
        assert (found.column_names, found.num_rows) == (names[::-1], 1)

    def test_queries(self, source, filtered):
        query = Query('SELECT "number" AS n, "price" * 2 AS "twice" FROM PLACE."filtered" WHERE "number" < 3 -- said\n')
        found = pa.Table.from_batches(source.read(query, filter=["N > 0"]))  # names without quotes are in capitals
        assert [(row["N"], float(row["twice"])) for row in found.to_pylist()] == [(1, 1.0), (2, 2.0)]
        with pytest.raises(InvalidInput, match="nonsense"):
            list(source.read(Query('SELECT "nonsense"')))

    def test_a_query_changes_nothing(self, source, filtered):
        for statement in ('DELETE FROM PLACE."filtered"', 'DROP TABLE PLACE."filtered"'):
            with pytest.raises(InvalidInput):
                list(source.read(Query(statement)))
        assert self.get(source, filtered).num_rows == 6


def test_a_table_that_cannot_take_its_name_is_told(source):
    with source._asking() as cursor, pytest.raises(Unavailable, match="All rows are in the table 'filled'"):
        source._replace(cursor, "PLACE/shop", "filled", 'PLACE."gone"', 'PLACE."shop"')


@pytest.mark.xfail(reason="fakesnow lets everybody in", strict=True)
def test_a_wrong_password(source, monkeypatch):
    monkeypatch.setenv("YARD_PASSWORD", PLANTED)
    assert not source.test().allowed


def test_nothing_answers(source):
    away = open_source("snowflake", {**source.params.model_dump(), "port": 9, "timeout": 2}, name="cloud")
    assert "does not answer" in away.test().message
    with pytest.raises(Unavailable, match="does not answer"):
        list(away.read("PLACE/x"))


def key(password=None):
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, form).decode()


def test_who_we_are(source, monkeypatch):
    def login(**params):
        return open_source("snowflake", {**source.params.model_dump(exclude={"password"}), **params})._login()

    monkeypatch.setenv("YARD_KEY", key(b"open sesame"))
    monkeypatch.setenv("YARD_KEY_PASSWORD", "open sesame")
    monkeypatch.setenv("YARD_TOKEN", PLANTED)
    found = login(private_key="env:YARD_KEY", private_key_password="env:YARD_KEY_PASSWORD")
    assert found["authenticator"] == "SNOWFLAKE_JWT"
    serialization.load_der_private_key(found["private_key"], None)
    assert login(token="env:YARD_TOKEN") == {"authenticator": "oauth", "token": PLANTED, "user": "ada"}
    assert login(password="env:YARD_TOKEN") == {"user": "ada", "password": PLANTED}
    for wrong in ({}, {"private_key_password": "env:YARD_TOKEN"}):
        with pytest.raises(InvalidInput, match="private key cannot be read") as caught:
            login(private_key="env:YARD_KEY", **wrong)
        assert PLANTED not in repr(caught.value.to_dict())
