"""The migrations add up to the tables that the code declares."""

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import modelyard.core.data_sources.streams.tables
import modelyard.core.data_sources.tables
import modelyard.core.datasets.tables
import modelyard.core.jobs.tables
import modelyard.core.storage.tables
import modelyard.core.tracking.tables  # noqa: F401  (they declare)
from modelyard.core.common.errors import Conflict
from modelyard.core.storage import migrations
from modelyard.core.storage.database import Database, metadata
from tests.databases import on_each_database

pytestmark = on_each_database


@pytest.fixture
def database(empty_database_url):
    database = Database(empty_database_url)
    yield database
    database.close()


def test_the_newest_script_is_the_one_that_is_known():
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == migrations.HEAD


def test_they_make_exactly_the_declared_tables(database):
    assert migrations.revision(database) is None
    migrations.upgrade(database)
    assert migrations.revision(database) == migrations.HEAD
    with database.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_second_upgrade_does_nothing(database):
    migrations.upgrade(database)
    migrations.upgrade(database)


def test_a_newer_workspace_is_refused_and_left_alone(database):
    migrations.upgrade(database)
    with database.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(Conflict, match="made by a newer Modelyard"):
        migrations.upgrade(database)
    assert migrations.revision(database) == "9999"
