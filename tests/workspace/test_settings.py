"""Where a workspace is: by argument, by a file of settings, by the environment."""

import json
import pickle

import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.workspace.settings import Settings

URL = "postgresql+psycopg://ada:hunter2@db.example:5433/yard?sslmode=require"


def config(folder, text):
    folder.mkdir(exist_ok=True)
    (folder / "modelyard.toml").write_text(text)
    return folder


def test_a_folder_alone_means_sqlite(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.at()
    assert settings.root == tmp_path / "modelyard-workspace"
    assert settings.database_url == f"sqlite:///{tmp_path}/modelyard-workspace/modelyard.db"
    assert settings.mlflow_url == f"sqlite:///{tmp_path}/modelyard-workspace/mlflow.db"
    assert (settings.remote, settings.secret_key) == (None, settings.root / "secret.key")


def test_a_url_means_postgresql_and_mlflow_gets_a_schema(tmp_path):
    settings = Settings.at(URL, tmp_path / "files")
    assert (settings.root, settings.database_url) == (tmp_path / "files", URL)
    assert settings.mlflow_url == URL.replace("?", "?options=-csearch_path%3Dmlflow&")
    assert "hunter2" not in repr(settings)


def test_options_of_the_url_are_kept(tmp_path):
    settings = Settings.at("postgresql://h/yard?options=-cstatement_timeout%3D5s", tmp_path)
    assert settings.mlflow_url.endswith("?options=-cstatement_timeout%3D5s+-csearch_path%3Dmlflow")


def test_the_file_of_settings(tmp_path):
    text = f'[storage]\ndatabase = "{URL}"\nartifacts = "s3://bucket/yard"\n[retention]\nunused_hours = 2\n'
    settings = Settings.at(config(tmp_path, text))
    assert (settings.database_url, settings.remote, settings.unused_hours) == (URL, "s3://bucket/yard", 2.0)


def test_the_url_may_lie_in_a_file_of_its_own(tmp_path):
    (tmp_path / "database.url").write_text(URL + "\n")
    settings = Settings.at(config(tmp_path, '[storage]\ndatabase_file = "database.url"'))
    assert settings.database_url == URL


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("storage = 3", "write \\[storage\\]"),
        ("[storge]", "no section \\[storge\\].*Possible: storage, retention"),
        ("[storage]\nurl = 'x'", "no setting 'url'.*Possible: database, database_file, artifacts"),
        ("[storage]\nartifacts = 3", "text in quotes"),
        ("[storage]\ndatabase = 'sqlite:////x.db'", "SQLite needs no setting"),
        ("[storage]\ndatabase = 'mysql://u:hunter2@h/d'", "of the kind 'mysql'"),
        ("[storage]\ndatabase_file = 'gone'", "cannot be read: No such file"),
        ("[storage]\ndatabase = 'x'\ndatabase_file = 'y'", "Keep one of them"),
        ("[retention]\nunused_hours = -1", "a number, 0 or more"),
        ("[retention]\nunused_hours = true", "a number, 0 or more"),
        ("[storage", "cannot be read"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(tmp_path, text, message):
    with pytest.raises(InvalidInput, match=message) as caught:
        Settings.at(config(tmp_path, text))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("location", ["sqlite:////x.db", "mysql://u@h/d", "s3://bucket"])
def test_other_urls_are_refused(location, tmp_path):
    with pytest.raises(InvalidInput):
        Settings.at(location, tmp_path)


def test_a_folder_goes_only_with_a_url(tmp_path):
    with pytest.raises(InvalidInput, match="only with the URL"):
        Settings.at(tmp_path, tmp_path)


def test_the_environment_names_the_key(tmp_path, monkeypatch):
    monkeypatch.setenv("MODELYARD_SECRET_KEY_FILE", str(tmp_path / "elsewhere.key"))
    settings = Settings.at(tmp_path / "yard")
    assert settings.secret_key == tmp_path / "elsewhere.key"
    monkeypatch.delenv("MODELYARD_SECRET_KEY_FILE")
    assert Settings.of_job(settings.location) == settings


def test_a_job_gets_the_same_settings(tmp_path):
    text = '[storage]\nartifacts = "s3://bucket/yard"\n[retention]\nunused_hours = 2\n'
    settings = Settings.at(URL, config(tmp_path, text))
    assert Settings.of_job(json.loads(json.dumps(settings.location))) == settings
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert Settings.of_job({"root": "/data/yard"}) == Settings.at("/data/yard")
