"""Fresh databases with our tables, on each database that a workspace can be kept in."""

import shutil

import pytest

import modelyard.core.data_sources.streams.tables
import modelyard.core.data_sources.tables
import modelyard.core.datasets.tables
import modelyard.core.jobs.tables
import modelyard.core.storage.tables
import modelyard.core.tracking.tables  # noqa: F401  (they declare)
from modelyard.core.storage.database import Database, sqlite_url
from modelyard.core.storage.migrations import upgrade
from tests.services.disks import read_only, small_disk  # noqa: F401  (fixtures)
from tests.services.mariadb import mariadb  # noqa: F401  (a fixture)
from tests.services.postgres import server
from tests.services.s3 import s3  # noqa: F401  (a fixture)
from tests.services.snowflake import snowflake_server  # noqa: F401  (a fixture)

pytest.register_assert_rewrite(
    "tests.storage.artifact_contract", "tests.data_sources.contract", "tests.streams.contract"
)
on_each_database = pytest.mark.on_each_database
"""Runs a test that uses a database, or with ``pytestmark`` all of a module, on SQLite and on PostgreSQL."""


def pytest_configure(config):
    config.addinivalue_line("markers", "on_each_database: run on SQLite and on PostgreSQL")


def pytest_generate_tests(metafunc):
    if "backend" in metafunc.fixturenames and metafunc.definition.get_closest_marker("on_each_database"):
        metafunc.parametrize("backend", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture
def backend(request):
    """The kind of database that `database_url` gives: SQLite unless the test says `on_each_database`."""
    return getattr(request, "param", "sqlite")


@pytest.fixture(scope="session")
def postgres():
    """The server of this session."""
    return server()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory):
    """A database with its tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("tables") / "modelyard.db"
    _make(sqlite_url(path))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres):
    """The same on the server."""
    name = postgres.create()
    _make(postgres.url(name))
    return name


@pytest.fixture
def empty_database_url(backend, request, tmp_path):
    """The URL of a database without any table."""
    if backend == "sqlite":
        yield sqlite_url(tmp_path / "modelyard.db")
        return
    server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database_url(backend, request, tmp_path):
    """The URL of a database with our tables, and nothing in them."""
    if backend == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "modelyard.db")
        yield sqlite_url(tmp_path / "modelyard.db")
        return
    server = request.getfixturevalue("postgres")
    name = server.create(request.getfixturevalue("postgres_template"))
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def database(database_url):
    """A database with our tables, opened."""
    database = Database(database_url)
    yield database
    database.close()


def _make(url):
    database = Database(url)
    upgrade(database)
    database.close()
