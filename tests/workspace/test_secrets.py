"""A planted secret is found nowhere: in no file, log, event, audit row, backup or error."""

import logging
import os
import subprocess
import sys
import traceback

import pytest

import modelyard as my
from modelyard.core.common.errors import ModelyardError
from modelyard.core.common.secret import reveal
from modelyard.core.storage.secrets import SecretStore
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace

PLANTED = "plánted-hunter2-8c1f"


@pytest.fixture
def yard(ready):
    with Workspace(ready.settings, actor=my.Actor("ada"), worker="shared") as yard:
        yield yard


def traces(folder):
    """Return the files in which the planted secret can be read."""
    signs = [PLANTED.encode(), PLANTED.encode("utf-16-le"), repr(PLANTED).encode(), b"hunter2-8c1f"]
    return [path for path in folder.rglob("*") if path.is_file() and any(sign in path.read_bytes() for sign in signs)]


def test_verbs(yard):
    yard.secrets.set("warehouse", my.secret(PLANTED))
    yard.secrets.set("bucket", PLANTED)
    assert yard.secrets.names() == ("bucket", "warehouse")
    assert [(info.name, info.set_by) for info in yard.secrets.list()] == [("bucket", "ada"), ("warehouse", "ada")]
    yard.secrets.delete("bucket")
    assert yard.secrets.names() == ("warehouse",)
    assert not any("reveal" in name or name == "get" for name in dir(yard.secrets))


def test_it_is_found_nowhere(yard, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.DEBUG)
    yard.secrets.set("warehouse", PLANTED)
    assert reveal(SecretStore(yard.database, yard.settings.secret_key).get("warehouse")) == PLANTED
    yard.backup(tmp_path / "yard.zip")
    yard.backup(tmp_path / "with-key.zip", with_key=True)
    yard.disk.clean()
    said = [repr(yard.doctor(deep=True)), repr(yard.audit.list()), repr(yard.secrets.list()), repr(yard.settings)]
    said += [repr(event) for event in yard.jobs.events()]
    said += [caplog.text]
    for fail in (
        lambda: yard.secrets.set("a b", PLANTED),
        lambda: yard.secrets.set(PLANTED, "swapped"),
        lambda: yard.secrets.set("warehouse", PLANTED * 10_000),
        lambda: (yard.settings.secret_key.write_text(PLANTED), yard.secrets.set("warehouse", PLANTED)),
        lambda: yard.secrets.set("warehouse", PLANTED),
    ):
        with pytest.raises(ModelyardError) as caught:
            fail()
        said += ["".join(traceback.format_exception(caught.value))]
        said += [repr(caught.value.to_dict())]
    yard.settings.secret_key.unlink()
    yard.close()
    assert not any(PLANTED in text or "hunter2-8c1f" in text for text in said)
    assert traces(tmp_path) == []


def test_a_failing_database_does_not_tell_it(yard):
    """The row is refused by the database itself: its error must not quote the values."""
    from sqlalchemy import text

    with yard.database.write() as connection:
        connection.execute(text("DROP TABLE secrets"))
    with pytest.raises(Exception, match="no such table") as caught:
        yard.secrets.set("warehouse", PLANTED)
    assert PLANTED not in str(caught.value)


def test_the_password_of_the_database_is_told_nowhere(postgres, tmp_path):
    root = tmp_path / "yard"
    root.mkdir()
    (root / "modelyard.toml").write_text("[storage]\ndatabase_file = '../database.url'\n")
    (tmp_path / "database.url").write_text(postgres.url(postgres.create()))
    with Workspace(Settings.at(root), worker="shared") as yard:
        said = [repr(yard), repr(yard.settings), repr(yard.database), repr(yard.doctor())]
        yard.backup(tmp_path / "yard.zip")
    wrong = postgres.password[::-1]
    (tmp_path / "database.url").write_text(postgres.url("nowhere").replace(postgres.password, wrong))
    command = [sys.executable, "-c", "from modelyard.cli import main; main()", "doctor", "-w", str(root)]
    environment = {**os.environ, "MODELYARD_DETAILS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    said += [done.stdout, done.stderr]
    assert "refused" in done.stdout
    for password in (postgres.password, wrong):
        assert not any(password in text for text in said)
    (tmp_path / "database.url").unlink()
    assert [
        path for path in tmp_path.rglob("*") if path.is_file() and postgres.password.encode() in path.read_bytes()
    ] == []
