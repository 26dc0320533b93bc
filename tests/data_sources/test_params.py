"""Parameters, references of secrets, filters and paths, without any source."""

import pickle
import subprocess
import sys
from decimal import Decimal

import pytest

from modelyard.core.common.errors import InvalidInput, MissingExtra, NotAllowed, NotFound
from modelyard.core.common.registry import Entry
from modelyard.core.common.secret import reveal
from modelyard.core.data_sources.filters import conditions
from modelyard.core.data_sources.paths import format_path, parse_path
from modelyard.core.data_sources.registry import SOURCES, open_source, source_class
from modelyard.core.data_sources.secret_refs import SECRET_PLACES, SecretRef, resolve_outside

GOOD = {"database": "shop", "user": "ada"}


def read(**params):
    return open_source("postgresql", {**GOOD, **params}, name="warehouse").params


@pytest.mark.parametrize("value", ["hunter2", "hunter2:secret", {"value": "hunter2"}, 7, "env:"])
def test_a_secret_in_clear_is_refused_and_not_repeated(value):
    with pytest.raises(InvalidInput, match=r"'password'.*source 'warehouse'") as caught:
        read(password=value)
    assert "hunter2" not in str(caught.value) + repr(caught.value.to_dict())


def test_what_is_wrong_is_named():
    with pytest.raises(InvalidInput, match="'port'"):
        read(port=70_000)
    with pytest.raises(InvalidInput, match="There is no parameter 'hots', only timeout, host"):
        read(hots="x")
    with pytest.raises(InvalidInput, match="'database' is missing"):
        open_source("postgresql", {"user": "ada"})


def test_places_of_secrets(tmp_path, monkeypatch):
    (tmp_path / "key").write_text("of the file\n")
    monkeypatch.setenv("YARD_SECRET", "of the variable")
    found = [f"file:{tmp_path}/key", "env:YARD_SECRET"]
    assert [reveal(resolve_outside(SecretRef.model_validate(ref))) for ref in found] == [
        "of the file",
        "of the variable",
    ]
    for ref in ("file:/nowhere/key", "env:YARD_NOT_SET"):
        with pytest.raises(NotFound, match=ref.partition(":")[2]):
            resolve_outside(SecretRef.model_validate(ref))
    with pytest.raises(InvalidInput, match="known to the workspace alone"):
        resolve_outside(SecretRef.model_validate("secret:x"))


def test_another_place_of_secrets(monkeypatch):
    monkeypatch.setitem(SECRET_PLACES._entries, "vault", Entry("vault", "A vault.", "operator:itemgetter"))
    assert SecretRef.model_validate("vault:path/of:it").name == "path/of:it"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([("a", "like", "x")], "There is no operator 'like'"),
        ([("a", "=", None)], "use 'is null'"),
        ([("a", "in", "x")], "a list of values"),
        ([("a", "in", [])], "a list of values"),
        ([("a",)], "cannot be read"),
        (["no condition"], "cannot be read"),
        ([("a", "=", b"x")], "cannot compare with a bytes"),
    ],
)
def test_conditions_that_cannot_be_used(given, words):
    with pytest.raises(InvalidInput, match=words):
        conditions(given)


def test_conditions_as_text():
    found = conditions(
        ["a b = 1", "c != x > y", "d not in [1, 2]", "e is not null", 'f = "7"', ("g", "=", Decimal("1.5"))]
    )
    assert [one.to_json() for one in found] == [
        ["a b", "=", 1],
        ["c", "!=", "x > y"],
        ["d", "not in", [1, 2]],
        ["e", "is not null", None],
        ["f", "=", "7"],
        ["g", "=", "1.5"],
    ]


@pytest.mark.parametrize("parts", [(), ("a",), ("a/b", "c%2F", "%"), ("ü", "x y")])
def test_paths_there_and_back(parts):
    assert parse_path(format_path(parts)) == parts


def test_a_path_leads_nowhere_else():
    with pytest.raises(InvalidInput):
        parse_path("a/../../etc/passwd")


def test_an_unknown_kind_and_a_missing_driver(monkeypatch):
    with pytest.raises(NotFound, match="Possible: postgresql"):
        source_class("postgres")
    entry = Entry("lost", "Lost.", "modelyard.core.data_sources.sqlite:SqliteSource", "no_such_driver", "sources")
    monkeypatch.setitem(SOURCES._entries, "lost", entry)
    with pytest.raises(MissingExtra, match=r"pip install 'modelyard\[sources\]'"):
        open_source("lost", {"path": "x"})
    assert source_class("lost", installed=False).title == "SQLite"


def test_listing_imports_no_driver():
    code = (
        "import sys\n"
        "from modelyard.core.workspace.sources import kinds\n"
        "assert len(kinds()) > 2 and all(kind.params.model_json_schema() for kind in kinds())\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {
        "pyarrow",
        "duckdb",
        "psycopg",
        "adbc_driver_manager",
        "connectorx",
        "pymysql",
        "boto3",
        "snowflake.connector",  # its parent is an empty namespace, which looking for it imports
        "pandas",
    }
    assert not heavy & set(done.stdout.split())


def test_a_source_that_cannot_be_written_says_so():
    from modelyard.core.data_sources.base import BaseSource

    class Silent(BaseSource):
        kind = "silent"
        Params = source_class("sqlite").Params
        address = "nowhere"
        check = browse = read = lambda self: None

    with pytest.raises(NotAllowed, match="'silent' cannot be written to"):
        Silent(Silent.Params(path="x")).write("a", iter(()), None)


def test_a_pickled_source_takes_no_resolver_along():
    source = open_source("sqlite", {"path": "/data/x.db"}, lambda ref: 1 / 0, "shop")
    again = pickle.loads(pickle.dumps(source))
    assert (again.params, again.name) == (source.params, "shop")
    assert again._resolve is resolve_outside
