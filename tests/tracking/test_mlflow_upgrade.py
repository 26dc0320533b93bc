"""MLflow's tables as an older MLflow made them."""

import shutil
import sqlite3
from contextlib import closing

import pytest
from sqlalchemy import create_engine, text

from modelyard.core.common.errors import Conflict, Unavailable
from modelyard.core.storage.database import sqlite_url
from modelyard.core.tracking.mirror_lock import mirror_lock
from modelyard.core.tracking.mlflow_upgrade import revision_of_mlflow, upgrade_apart
from modelyard.core.workspace.settings import Settings


def downgrade(url, steps="-5"):
    """Take the newest steps back, as MLflow's own migrations do it, and note an experiment there."""
    from alembic import command
    from mlflow.store.db import utils

    from modelyard.core.tracking import mlflow_client  # noqa: F401  (silences MLflow)

    engine = create_engine(url)
    config = utils._get_alembic_config("")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, steps)
    with engine.begin() as connection:
        values = "(77, 'old', 'active', 'default')"
        connection.execute(
            text(f"INSERT INTO experiments (experiment_id, name, lifecycle_stage, workspace) VALUES {values}")
        )
    engine.dispose()


@pytest.fixture
def url(empty_mlflow, tmp_path):
    shutil.copy(empty_mlflow, tmp_path / "mlflow.db")
    return sqlite_url(tmp_path / "mlflow.db")


def test_an_old_file_is_upgraded_when_it_is_opened_and_a_copy_is_kept(url, tmp_path):
    from modelyard.core.tracking.mlflow_client import open_client

    newest = revision_of_mlflow(url)
    downgrade(url)
    old = revision_of_mlflow(url)
    assert old != newest
    client = open_client(url, tmp_path / "files")
    assert client.get_experiment("77").name == "old"
    assert revision_of_mlflow(url) == newest
    assert revision_of_mlflow(f"{url}-{old}") == old
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert not list(tmp_path.glob("*tmp_*"))


def test_it_is_done_in_a_process_of_its_own_while_nobody_writes(url, tmp_path):
    downgrade(url, "-1")
    old = revision_of_mlflow(url)
    with mirror_lock(tmp_path / "files"), pytest.raises(Unavailable, match="Another process is writing to MLflow"):
        upgrade_apart(url, tmp_path / "files")
    done = upgrade_apart(url, tmp_path / "files")
    assert (done.before, done.after, done.backup) == (old, revision_of_mlflow(url), tmp_path / f"mlflow.db-{old}")
    assert done.after != old
    assert upgrade_apart(sqlite_url(tmp_path / "none.db"), tmp_path / "files") is None


def test_a_newer_mlflow_is_refused(url, tmp_path):
    from modelyard.core.tracking.mlflow_client import open_client

    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    with pytest.raises(Conflict, match=r"made by a newer MLflow .* at ffffffffffff"):
        open_client(url, tmp_path / "files")


@pytest.mark.nightly
@pytest.mark.timeout(120)
def test_on_postgresql_its_schema_is_upgraded(postgres, tmp_path):
    from modelyard.core.tracking.mlflow_client import open_client

    settings = Settings.at(postgres.url(postgres.create()), tmp_path / "yard")
    open_client(settings.mlflow_url, settings.mlflow_artifacts)
    newest = revision_of_mlflow(settings.mlflow_url)
    downgrade(settings.mlflow_url)
    done = upgrade_apart(settings.mlflow_url, settings.mlflow_artifacts)
    assert (done.after, done.backup) == (newest, None)
    assert done.before != newest
    client = open_client(settings.mlflow_url, settings.mlflow_artifacts)
    assert client.get_experiment("77").name == "old"
