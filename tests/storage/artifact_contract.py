"""What every artifact store does, wherever the bytes lie: inherit, and give `remote`."""

import hashlib
import threading
import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from modelyard.core.common.errors import Integrity, InvalidInput, ModelyardError, NotFound
from modelyard.core.storage.artifacts import ArtifactStore


class ArtifactContract:
    """The suite."""

    @pytest.fixture
    def remote(self):
        """The URL behind the folder, None if there is none."""
        raise NotImplementedError

    @pytest.fixture
    def store(self, tmp_path, remote):
        return ArtifactStore(tmp_path / "artifacts", remote)

    @pytest.fixture
    def other(self, tmp_path, remote):
        """The same store, seen from another machine: without a remote, from another process."""
        return ArtifactStore(tmp_path / ("elsewhere" if remote else "artifacts"), remote)

    @pytest.fixture
    def model(self, tmp_path):
        folder = tmp_path / "model"
        (folder / "inner").mkdir(parents=True)
        (folder / "a.json").write_text("{}")
        (folder / "inner" / "b.bin").write_bytes(bytes(1000))
        return folder

    def test_a_file_is_named_by_its_bytes_and_kept_once(self, store):
        first, second = store.put_bytes(b"hello", ".txt"), store.put_bytes(b"hello", ".txt")
        assert first == second
        assert first.sha256 == hashlib.sha256(b"hello").hexdigest()
        assert first.size == 5
        assert store.read_bytes(first.key) == b"hello"
        assert [(each.key, each.size) for each in store.list()] == [(first.key, 5)]
        assert list((store.root / "tmp").iterdir()) == []

    @pytest.mark.parametrize("data", [b"", b"\0", bytes(range(256)) * 9, "zażółć".encode()], ids=len)
    def test_any_bytes_come_back(self, store, other, data):
        key = store.put_bytes(data).key
        assert store.read_bytes(key) == data
        assert other.read_bytes(key) == data

    def test_another_machine_sees_it(self, store, other):
        key = store.put_bytes(b"x" * 3_000_000, ".bin").key
        assert other.exists(key)
        assert [each.key for each in other.list()] == [key]
        with other.open(key) as file:
            assert hashlib.file_digest(file, "sha256").hexdigest() == key[:64]
        assert other.path(key).read_bytes() == b"x" * 3_000_000
        other.delete(key)
        assert not store.exists(key)
        assert list(store.list()) == []

    def test_when_it_was_written_is_known(self, store):
        store.put_bytes(b"hello")
        (found,) = store.list()
        assert abs(datetime.now(UTC) - found.modified) < timedelta(minutes=5)

    def test_nothing_is_left_of_a_write_that_failed(self, store):
        writers = []

        def fail():
            with store.write(".parquet") as writer:
                writers.append(writer)
                writer.path.write_bytes(b"half a file")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        assert [path for path in store.root.rglob("*") if path.is_file()] == []
        assert list(store.list()) == []
        with pytest.raises(RuntimeError, match="only after"):
            _ = writers[0].artifact

    @pytest.mark.parametrize("key", ["../../etc/passwd", "a" * 63, "g" * 64, "a" * 64 + "/x", "a" * 64 + ".TXT", ""])
    def test_a_key_is_a_hash_and_nothing_else(self, store, key):
        for act in (store.path, store.exists, store.delete, store.read_bytes, store.unpack):
            with pytest.raises(InvalidInput, match="is not the name of a stored file"):
                act(key)

    def test_what_is_missing_is_said(self, store):
        with pytest.raises(NotFound, match="is missing"):
            store.path("a" * 64)
        with pytest.raises(NotFound, match="is missing"), store.open("a" * 64):
            pass
        assert not store.exists("a" * 64)
        store.delete("a" * 64)
        assert list(store.list()) == []

    def test_a_folder_becomes_the_same_zip_each_time(self, store, other, model):
        first = store.put_folder(model)
        (model / "a.json").touch()
        assert store.put_folder(model) == first
        unpacked = store.unpack(first.key)
        assert (unpacked / "inner" / "b.bin").read_bytes() == bytes(1000)
        assert store.unpack(first.key) == unpacked
        assert zipfile.ZipFile(store.path(first.key)).namelist() == ["a.json", "inner/b.bin"]
        assert (other.unpack(first.key) / "a.json").read_text() == "{}"

    def test_changed_bytes_are_noticed_before_they_are_used(self, store, model):
        key = store.put_folder(model).key
        with store.path(key).open("ab") as file:
            file.write(b"evil")
        with pytest.raises(Integrity, match="was changed after it was written"):
            store.unpack(key)

    def test_many_threads_unpack_one_file(self, store, other, model):
        key = store.put_folder(model).key
        found = []
        threads = [
            threading.Thread(target=lambda: found.append((other.unpack(key) / "a.json").read_text())) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == ["{}"] * 8

    def test_delete_forgets_the_file_and_its_copy(self, store, model):
        key = store.put_folder(model).key
        unpacked = store.unpack(key)
        store.delete(key)
        assert not store.exists(key)
        assert not unpacked.exists()
        with pytest.raises(ModelyardError):
            store.path(key)

    def test_an_unused_file_goes_and_a_new_one_stays(self, store):
        key = store.put_bytes(b"hello").key
        (found,) = store.list()
        if store.remote is None:
            assert not store.delete_unused(key, found.modified - timedelta(seconds=1))
            assert store.exists(key)
        assert store.delete_unused(key, found.modified + timedelta(seconds=1))
        assert not store.exists(key)
