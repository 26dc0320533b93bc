"""Backups in the workspace's own folder, and what the workspace says of itself."""

import zipfile

import pytest

from modelyard.core.common.errors import NotFound
from modelyard.core.workspace.about import about


def test_a_backup_is_written_by_a_job_listed_and_deleted(yard):
    made = yard.backups.write().result(timeout=60)
    assert [file.name for file in yard.backups.list()] == [made.name]
    assert yard.backups.get(made.name).bytes == made.path.stat().st_size
    with zipfile.ZipFile(made.path) as archive:
        assert "manifest.json" in archive.namelist()
        assert "secret.key" not in archive.namelist()
    assert {use.kind: use.files for use in yard.disk.usage()}["backups"] == 1
    yard.disk.clean()
    assert yard.backups.list()
    for name in ("../modelyard.db", "backup-1.zip"):
        with pytest.raises(NotFound, match=made.name):
            yard.backups.get(name)
    yard.backups.delete(made.name)
    assert not yard.backups.list()
    assert [entry.verb for entry in yard.audit.list(limit=3)] == ["backups.delete", "disk.clean", "backups.write"]


def test_it_tells_where_it_lies_without_a_password_and_what_is_missing(yard, monkeypatch):
    monkeypatch.setattr("modelyard.core.workspace.about.installed", lambda name: None if name == "panel" else "1.0")
    monkeypatch.setattr(yard.database, "shown", "postgresql+psycopg://user:***@host/name")
    said = about(yard)
    assert said.folder == yard.root
    assert said.database == "postgresql+psycopg://user:***@host/name"
    assert said.libraries["duckdb"] == "1.0"
    extras = {extra.name: extra for extra in said.extras}
    assert extras["workbench"].missing == ("panel",)
    assert extras["workbench"].install == "pip install 'modelyard[workbench]'"
    assert extras["postgresql"].missing == ()
    assert "dev" not in extras
