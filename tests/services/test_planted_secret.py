"""Secrets are planted in every way a user has, worked with, and found nowhere."""

import contextlib
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

import modelyard as my
from modelyard.core.common.errors import ModelyardError
from modelyard.core.storage.dump import dump
from modelyard.core.workspace.schema import KEPT
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace
from tests.ui.workbench import Workbench

pytestmark = pytest.mark.browser

PLANTED = "Plánted-hunter2+8c1f"


class Search:
    """Gathers what anybody could read, and finds secrets in it."""

    def __init__(self, *secrets):
        self.signs = set()
        for secret in secrets:
            plain = (secret, json.dumps(secret)[1:-1], quote(secret, safe=""), secret.encode().hex())
            self.signs.update(form.encode() for form in plain)
            self.signs.add(secret.encode("utf-16-le"))
        self.read = {}

    def add(self, where, said):
        self.read[f"{len(self.read)} {where}"] = said if isinstance(said, bytes) else str(said).encode()

    def fails(self, where, step):
        with pytest.raises((ModelyardError, ValueError)) as caught:
            step()
        error = caught.value
        self.add(where, f"{error} {error!r} {getattr(error, 'details', '')} {getattr(error, 'to_dict', str)()}")
        return error

    def runs(self, where, command, **environment):
        done = subprocess.run(
            [sys.executable, "-c", "from modelyard.cli import main; main()", *map(str, command)],
            capture_output=True,
            timeout=100,
            env={**os.environ, "MODELYARD_DETAILS": "1", **environment},
        )
        self.add(where, done.stdout + done.stderr)
        return done.returncode

    def asks(self, url, **options):
        request = urllib.request.Request(url, **options)
        with contextlib.suppress(urllib.error.HTTPError), urllib.request.urlopen(request) as answer:
            self.add(url, answer.read() + str(answer.headers).encode())
            return
        try:
            urllib.request.urlopen(request)
        except urllib.error.HTTPError as error:
            self.add(url, error.read() + str(error.headers).encode())

    def folder(self, root, *planted):
        for path in root.rglob("*"):
            if path.is_file() and path not in planted:
                self.add(path, path.read_bytes())
            if path.suffix == ".zip":
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        self.add(f"{path.name}:{name}", archive.read(name))

    @property
    def found(self):
        return sorted(where for where, said in self.read.items() if any(sign in said for sign in self.signs))


def work(search, yard, folder):
    """Do what people do, and let it fail as it fails for them."""
    yard.secrets.set("warehouse", my.secret(PLANTED))
    search.fails("a secret as a parameter", lambda: yard.submit("x", "x:y", {"deep": [my.secret(PLANTED)]}, title="X"))
    search.fails("the value as a name", lambda: yard.secrets.delete(PLANTED))
    search.fails("the value as a plain name", lambda: yard.secrets.delete(PLANTED.replace("á", "a").replace("+", "-")))
    search.fails("an address as a file", lambda: yard.datasets.import_file(f"s3://KEY:{PLANTED}@bucket/a.csv"))
    job = yard.submit(
        "connect", "tests.services.spilling:run", {"secret": "warehouse"}, title="Connect", weight="light"
    )
    failed = yard.jobs.wait(job.id, timeout=60)
    assert failed.state == "failed"
    assert "could not log in with …" in failed.message
    search.add("job", repr(failed))
    search.add("log", yard.jobs.log(job.id))
    assert "password=…" in yard.jobs.log(job.id)
    flights = yard.datasets.sample("flights")
    run = yard.experiments.automl(flights, "late", "5s", n_trials=1, estimators=["lightgbm"]).result(timeout=100)
    run.best.register("flights-late")
    search.add("repr", f"{yard!r} {yard.settings!r} {yard.database!r} {yard.secrets.list()!r} {my.secret(PLANTED)!r}")
    search.add("events", repr(yard.jobs.events()))
    search.add("audit", repr(yard.audit.list(limit=1000)))
    search.add("doctor", repr(yard.doctor(deep=True, repair=True)))
    yard.backup(folder / "yard.zip")
    with yard.database.read() as connection:
        for table in KEPT:
            search.add(f"dump of {table.name}", b"".join(dump(connection, table)))


def command_line(search, root, wrong):
    """Type what people type, with passwords where they do not belong."""
    assert search.runs("doctor", ["doctor", "-w", root]) == 0
    url = f"postgresql://ada:{PLANTED}@localhost/yard"
    assert search.runs("a URL as a folder", ["jobs", "-w", url]) == 2
    assert search.runs("a URL in the environment", ["jobs"], MODELYARD_WORKSPACE=url) == 2
    assert search.runs("import of an address", ["import", f"s3://K:{PLANTED}@b/a.csv", "-w", root]) == 2
    assert search.runs("restore", ["restore", root.parent / "yard.zip", "-w", root.parent / "restored"]) == 0
    assert search.runs("a wrong password", ["doctor", "-w", wrong]) == 1
    assert search.runs("a store that is away", ["jobs", "-w", wrong]) == 6


def browse(search, workbench, page):
    """Visit every screen of the workbench and keep all that goes over the wire."""

    def keep(answer):
        with contextlib.suppress(Exception):  # a body that was not kept, of a redirect for instance
            search.add(answer.url, answer.body())

    def listen(socket):
        for way in ("framereceived", "framesent"):
            socket.on(way, lambda frame: frames.append(frame))

    frames = []
    page.on("response", keep)
    page.on("websocket", listen)
    page.goto(workbench.url)
    page.get_by_role("heading", level=1).wait_for()
    for place in ("Data", "Experiments", "Models", "Jobs"):
        page.get_by_role("navigation").get_by_text(place, exact=True).first.click()
        page.get_by_role("heading", name=place, level=1).wait_for()
    page.get_by_text("Connect", exact=True).first.click()
    expect(page.get_by_text("could not log in with …").first).to_be_visible()
    search.add("page", page.content())
    assert len(frames) > 20
    for frame in frames:
        search.add("websocket", frame)


def test_a_planted_secret_is_found_nowhere(postgres, tmp_path, page, monkeypatch):
    monkeypatch.setenv("MODELYARD_SECRET", PLANTED)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", PLANTED)
    search = Search(PLANTED, PLANTED.replace("á", "a").replace("+", "-"), "hunter2", postgres.password)
    root, wrong = tmp_path / "yard", tmp_path / "wrong"
    for place, text in (
        (root, f'database = "{postgres.url(postgres.create())}"'),
        (wrong, f'artifacts = "ftp://ada:{quote(PLANTED)}@127.0.0.1:9/yard?token=hunter2-x"'),
        (tmp_path / "restored", f'database = "{postgres.url(postgres.create())}"'),
    ):
        place.mkdir()
        (place / "modelyard.toml").write_text(f"[storage]\n{text}\n")
    refused = postgres.url("nowhere").replace(postgres.password, "hunter2-wrong") + "&password=hunter2-query"
    search.fails("a wrong password", lambda: my.open(refused, folder=tmp_path / "refused"))
    search.fails("a store that is away", lambda: my.open(wrong))
    workbench = Workbench(root)
    try:
        with Workspace(Settings.at(root), actor=my.Actor("ada"), worker="shared") as yard:
            work(search, yard, tmp_path)
            browse(search, workbench, page)
            job_id = yard.jobs.list(kinds=["connect"]).items[0].id
        for path in ("api/health", f"api/jobs/{job_id}/result", "api/uploads?name=x"):
            search.asks(workbench.url + path)
        search.asks(f"{workbench.url}api/uploads?name=x", method="POST", data=b"")
    finally:
        workbench.close()
    command_line(search, root, wrong)
    planted = [place / "modelyard.toml" for place in (root, wrong, tmp_path / "restored")]
    search.folder(tmp_path, *planted)
    assert search.found == []
    assert len(search.read) > 100


def test_it_is_noticed_when_it_is_told(tmp_path):
    (tmp_path / "a.log").write_text(f"password={PLANTED}")
    search = Search(PLANTED)
    search.folder(tmp_path)
    search.add("event", json.dumps({"said": PLANTED}))
    assert len(search.found) == 2
