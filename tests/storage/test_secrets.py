"""Secrets: sealed in the database, useless without their key, never shown."""

import copy
import json
import pickle
import re
import stat
import threading
import traceback
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from modelyard.core.common.errors import Integrity, InvalidInput, NotFound
from modelyard.core.common.secret import Secret, reveal
from modelyard.core.storage.secrets import MAX_BYTES, SecretStore
from modelyard.core.storage.tables import secrets
from tests.databases import on_each_database

pytestmark = on_each_database
SOURCES = Path(__file__).parents[2] / "src" / "modelyard"


@pytest.fixture
def key(tmp_path):
    return tmp_path / "keys" / "secret.key"


@pytest.fixture
def store(database, key):
    return SecretStore(database, key)


def test_what_was_set_comes_back(store, key):
    store.set("warehouse", "hunter2", actor="ada")
    store.set("bucket", Secret("pässwörd\n"), actor="bob")
    assert reveal(store.get("warehouse")) == "hunter2"
    assert reveal(store.get("bucket")) == "pässwörd\n"
    assert [(info.name, info.set_by) for info in store.list()] == [("bucket", "bob"), ("warehouse", "ada")]
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    store.set("warehouse", "other", actor="bob")
    assert reveal(store.get("warehouse")) == "other"
    store.delete("warehouse")
    with pytest.raises(NotFound, match="no secret of that name"):
        store.get("warehouse")
    with pytest.raises(NotFound):
        store.delete("warehouse")


def test_nothing_readable_reaches_the_database(store, database):
    store.set("warehouse", "hunter2", actor="ada")
    with database.read() as connection:
        assert "hunter2" not in repr(connection.execute(select(secrets)).all())
    # and the same secret twice does not look the same
    store.set("again", "hunter2", actor="ada")
    with database.read() as connection:
        assert len(set(connection.execute(select(secrets.c.token)).scalars())) == 2


def test_a_row_cannot_pass_for_another(store, database):
    store.set("harmless", "mine", actor="ada")
    store.set("root", "theirs", actor="ada")
    with database.write() as connection:
        token = connection.execute(select(secrets.c.token).where(secrets.c.name == "root")).scalar_one()
        connection.execute(update(secrets).where(secrets.c.name == "harmless").values(token=token))
    with pytest.raises(Integrity, match="'harmless' was changed in the database"):
        store.get("harmless")


def test_changed_bytes_are_noticed(store, database):
    store.set("warehouse", "hunter2", actor="ada")
    with database.write() as connection:
        connection.execute(update(secrets).values(token="x" + secrets.c.token))
    with pytest.raises(Integrity, match="was changed in the database"):
        store.get("warehouse")


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda key: key.unlink(), "The key of the secrets is missing"),
        (lambda key: key.write_bytes(Fernet.generate_key()), "encrypted with another key"),
        (lambda key: key.write_text("rubbish hunter3"), "holds no key of secrets"),
    ],
)
def test_a_lost_or_wrong_key_is_said(store, key, break_it, message):
    store.set("warehouse", "hunter2", actor="ada")
    store.check()
    kept = key.read_bytes()
    break_it(key)
    for act in (
        lambda: store.get("warehouse"),
        store.check,
        lambda: store.set("other", "x", actor="ada"),
    ):
        with pytest.raises(Integrity, match=message) as caught:
            act()
        assert "hunter" not in "".join(traceback.format_exception(caught.value))
    assert [info.name for info in store.list()] == ["warehouse"]
    key.write_bytes(kept)
    assert reveal(store.get("warehouse")) == "hunter2"


def test_after_the_key_is_lost_for_good_one_can_start_again(store, key):
    store.set("warehouse", "hunter2", actor="ada")
    key.unlink()
    store.delete("warehouse")
    store.set("warehouse", "hunter3", actor="ada")
    assert reveal(store.get("warehouse")) == "hunter3"


def test_threads_agree_on_one_key(store, database, key):
    threads = [
        threading.Thread(target=lambda n=n: SecretStore(database, key).set(f"s{n}", f"v{n}", actor="ada"))
        for n in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reveal(store.get(f"s{n}")) for n in range(6)] == [f"v{n}" for n in range(6)]
    assert [path.name for path in key.parent.iterdir()] == ["secret.key"]


@pytest.mark.parametrize("name", ["", "-x", "a b", "a/b", "x" * 101, "pa$$word"])
def test_a_bad_name_is_refused_and_not_repeated(store, name):
    with pytest.raises(InvalidInput, match="cannot have this name") as caught:
        store.set(name, "hunter2", actor="ada")
    assert "pa$$word" not in str(caught.value)


@pytest.mark.parametrize("value", ["", "x" * (MAX_BYTES + 1)])
def test_a_bad_value_is_refused(store, value):
    with pytest.raises(InvalidInput, match="cannot be empty or longer"):
        store.set("warehouse", value, actor="ada")


@given(
    st.text(min_size=1, max_size=50, alphabet=st.characters(codec="utf-8")).filter(
        lambda text: text not in "Secret('…')"
    )
)
def test_a_secret_shows_itself_to_nobody(value):
    secret = Secret(value)
    shown = f"{secret}{secret!r}{secret!s}{[secret]}{ {'password': secret} }"
    assert shown.replace("Secret('…')", "") == "[]{'password': }"
    for leak in (pickle.dumps, copy.copy, copy.deepcopy, json.dumps, hash):
        with pytest.raises(TypeError) as caught:
            leak(secret)
        assert "Secret" in str(caught.value) or "secret" in str(caught.value)
    assert not hasattr(secret, "__dict__")
    assert (secret == Secret(value), secret == Secret(value + "x"), secret == value) == (True, False, False)


def test_only_the_core_reveals():
    outside = [path for path in SOURCES.rglob("*.py") if "core" not in path.relative_to(SOURCES).parts]
    assert len(outside) > 10
    assert [path for path in outside if re.search(r"\breveal\b|_Secret__value", path.read_text())] == []
