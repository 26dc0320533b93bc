import hashlib
import threading
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modelyard.core.common.errors import Integrity, InvalidInput, NotFound
from modelyard.core.storage.artifacts import ArtifactStore


@pytest.fixture
def store(tmp_path):
    return ArtifactStore(tmp_path / "artifacts")


def test_a_file_is_named_by_its_bytes_and_kept_once(store):
    first, second = store.put_bytes(b"hello", ".txt"), store.put_bytes(b"hello", ".txt")
    assert first == second
    assert first.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert first.size == 5
    assert store.read_bytes(first.key) == b"hello"
    assert len([path for path in store.root.rglob("*") if path.is_file()]) == 1


@given(data=st.binary(max_size=2000))
def test_any_bytes_come_back(tmp_path_factory, data):
    store = ArtifactStore(tmp_path_factory.mktemp("artifacts"))
    assert store.read_bytes(store.put_bytes(data).key) == data


def test_nothing_is_left_of_a_write_that_failed(store):
    writers = []

    def fail():
        with store.write(".parquet") as writer:
            writers.append(writer)
            writer.path.write_bytes(b"half a file")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert [path for path in store.root.rglob("*") if path.is_file()] == []
    with pytest.raises(RuntimeError, match="only after"):
        _ = writers[0].artifact


@pytest.mark.parametrize("key", ["../../etc/passwd", "a" * 63, "g" * 64, "a" * 64 + "/x", "a" * 64 + ".TXT", ""])
def test_a_key_is_a_hash_and_nothing_else(store, key):
    with pytest.raises(InvalidInput, match="is not the name of a stored file"):
        store.path(key)


def test_what_is_missing_is_said(store):
    with pytest.raises(NotFound, match="is missing"):
        store.path("a" * 64)
    assert not store.exists("a" * 64)
    store.delete("a" * 64)


def test_a_folder_becomes_the_same_zip_each_time(store, tmp_path):
    folder = tmp_path / "model"
    (folder / "inner").mkdir(parents=True)
    (folder / "a.json").write_text("{}")
    (folder / "inner" / "b.bin").write_bytes(bytes(1000))
    first = store.put_folder(folder)
    (folder / "a.json").touch()
    assert store.put_folder(folder) == first
    unpacked = store.unpack(first.key)
    assert (unpacked / "inner" / "b.bin").read_bytes() == bytes(1000)
    assert store.unpack(first.key) == unpacked
    assert zipfile.ZipFile(store.path(first.key)).namelist() == ["a.json", "inner/b.bin"]


def test_changed_bytes_are_noticed_before_they_are_used(store, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.json").write_text("{}")
    key = store.put_folder(tmp_path / "model").key
    with store.path(key).open("ab") as file:
        file.write(b"evil")
    with pytest.raises(Integrity, match="was changed after it was written"):
        store.unpack(key)


def test_many_threads_unpack_one_file(store, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.json").write_text("{}")
    key = store.put_folder(tmp_path / "model").key
    found = []
    threads = [
        threading.Thread(target=lambda: found.append((store.unpack(key) / "a.json").read_text())) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["{}"] * 8


def test_delete_forgets_the_file_and_its_copy(store, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "a.json").write_text("{}")
    key = store.put_folder(tmp_path / "model").key
    unpacked = store.unpack(key)
    store.delete(key)
    assert not store.exists(key)
    assert not unpacked.exists()
