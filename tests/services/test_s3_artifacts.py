"""The contract of artifact stores on a real S3 server, and a workspace whose files lie there."""

import pytest

import modelyard as my
from modelyard.core.common.errors import Unavailable
from modelyard.core.storage.artifacts import ArtifactStore
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.worker_process import WorkerProcess
from modelyard.core.workspace.workspace import Workspace
from tests.storage.artifact_contract import ArtifactContract


class TestS3(ArtifactContract):
    @pytest.fixture
    def remote(self, s3):
        return f"s3://{s3.bucket()}/some/prefix"

    def test_many_files_are_listed(self, store):
        keys = {store.put_bytes(str(number).encode()).key for number in range(30)}
        assert {each.key for each in store.list()} == keys

    def test_a_wrong_secret_is_said(self, remote, tmp_path, monkeypatch):
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-hunter2")
        store = ArtifactStore(tmp_path / "wrong", remote)
        with pytest.raises(Unavailable, match=r"refuses this|does not answer") as caught:
            store.put_bytes(b"hello")
        assert "hunter2" not in str(caught.value) + str(caught.value.details)

    def test_a_server_that_is_away_is_said(self, remote, tmp_path, monkeypatch):
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        store = ArtifactStore(tmp_path / "away", remote)
        with pytest.raises(Unavailable, match="does not answer"):
            store.put_bytes(b"hello")
        assert [path for path in store.root.rglob("*") if path.is_file()] == []


def test_a_workspace_whose_files_lie_in_a_bucket(s3, postgres, tmp_path):
    """Two machines, with no folder in common: one database, one bucket."""
    text = f'[storage]\ndatabase = "{postgres.url(postgres.create())}"\nartifacts = "s3://{s3.bucket()}/yard"\n'
    places = [tmp_path / "here", tmp_path / "there"]
    for place in places:
        place.mkdir()
        (place / "modelyard.toml").write_text(text)
    here, there = (Settings.at(place) for place in places)
    with Workspace(here, worker="shared") as yard:
        worker = WorkerProcess(here)
        try:
            flights = yard.datasets.sample("flights")
            run = yard.experiments.automl(flights, "late", "15s", n_trials=2, estimators=["lightgbm"])
            run.result(timeout=100).best.register("flights-late", alias="champion")
        finally:
            worker.stop()
        assert yard.doctor(deep=True).healthy
        with Workspace(there, actor=my.Actor("bob"), worker="shared") as other:
            assert list(other.artifacts.copies()) == []
            model = other.models.get("flights-late@champion")
            assert len(model.predict(other.datasets.get("flights").to_pandas(4))) == 4
            assert list(other.artifacts.copies())
            info = other.backup(tmp_path / "yard.zip")
            assert (info.missing, info.files) == ((), len(list(yard.artifacts.list())))
            other.datasets.delete("flights")
        assert {use.kind for use in yard.disk.usage() if use.files} >= {"models", "copies"}
        assert {use.kind: use.files for use in yard.disk.usage()}["datasets"] == 0
