"""The contract of artifact stores: in a folder, and with a remote that needs no server."""

import itertools
import os

import pytest

from modelyard.core.common.errors import Integrity, InvalidInput, MissingExtra, NotFound, Unavailable
from modelyard.core.storage.artifacts import ArtifactStore
from tests.storage.artifact_contract import ArtifactContract

_numbers = itertools.count(1)


class TestFolder(ArtifactContract):
    @pytest.fixture
    def remote(self):
        return None


class TestMemory(ArtifactContract):
    @pytest.fixture
    def remote(self):
        return f"memory://yard-{os.getpid()}-{next(_numbers)}/artifacts"


class TestSharedFolder(ArtifactContract):
    @pytest.fixture
    def remote(self, tmp_path):
        return f"file://{tmp_path}/mnt/a b/artifacts"

    def test_changed_bytes_of_the_remote_are_noticed(self, store, other, tmp_path):
        key = store.put_bytes(b"hello").key
        (place,) = (tmp_path / "mnt").rglob(key)
        place.write_bytes(b"hullo")
        with pytest.raises(Integrity, match="was changed"):
            other.path(key)
        assert [path for path in other.root.rglob("*") if path.is_file()] == []
        assert store.read_bytes(key) == b"hello"  # its own copy is sound

    def test_an_upload_that_fails_stores_nothing(self, store, tmp_path, monkeypatch):
        def fail(*_, **__):
            raise OSError(5, "Input/output error")

        monkeypatch.setattr(type(store.remote._files), "put_file", fail)
        with pytest.raises(Unavailable, match="The store of files does not answer"):
            store.put_bytes(b"hello")
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []

    def test_a_copy_is_downloaded_once(self, store, other, tmp_path):
        key = store.put_bytes(b"hello").key
        path = other.path(key)
        (place,) = (tmp_path / "mnt").rglob(key)
        place.unlink()
        assert other.path(key) == path
        assert not other.exists(key)  # whether it is stored is what the remote says


@pytest.mark.parametrize("url", ["nosuch://bucket/x", "s3"])
def test_a_place_that_nothing_opens(tmp_path, url):
    if "://" in url:
        with pytest.raises((InvalidInput, MissingExtra)):
            ArtifactStore(tmp_path, url)


def test_a_full_disk(small_disk):
    store = ArtifactStore(small_disk / "artifacts")
    kept = store.put_bytes(b"kept").key
    with pytest.raises(Unavailable, match="The disk is full"):
        store.put_bytes(os.urandom(32 << 20))
    assert [each.key for each in store.list()] == [kept]
    assert list((small_disk / "artifacts" / "tmp").iterdir()) == []
    assert store.put_bytes(b"again")


def test_a_read_only_folder(read_only):
    store = ArtifactStore(read_only / "artifacts")
    with pytest.raises(Unavailable, match=r"may not be written to|is read-only"):
        store.put_bytes(b"hello")
    with pytest.raises(NotFound):
        store.path("a" * 64)
