"""kill -9 in the middle of imports of every kind: a dataset holds exactly the committed rows, once."""

import sqlite3
from contextlib import suppress

import psutil
import pytest

from modelyard.core.jobs.types import JobState
from tests.waiting import until
from tests.workspaces import Shared

ROWS = 20_000
MORE = 2_000
MOMENTS = ("Starting", "Read", "version")
"""What the job has said when it is killed; the last one when its version is there, and its profile is not."""


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    shared = Shared(tmp_path_factory.mktemp("killed") / "yard")
    yield shared
    shared.close()


class Growing:
    """A table that grows, and its file of text, with what a dataset must hold by now."""

    def __init__(self, yard, folder, kind):
        self.yard, self.kind, self.folder, self.rows = yard, kind, folder, 0
        self.name = f"killed-{kind}"
        self.connection = sqlite3.connect(folder / "shop.db")
        self.connection.execute("CREATE TABLE t (id INTEGER, moment INTEGER, text TEXT)")
        yard.sources.add(self.name, "sqlite", path=str(folder / "shop.db"))
        self.grow(ROWS)

    def grow(self, rows):
        """Add rows; where they have a key, change some old ones too."""
        now = self.rows + 1
        new = [(self.rows + i, now, f"text {self.rows + i}") for i in range(rows)]
        with self.connection:
            self.connection.executemany("INSERT INTO t VALUES (?, ?, ?)", new)
            if self.kind == "merge" and self.rows:
                self.connection.execute(f"UPDATE t SET moment = {now}, text = 'changed' WHERE id % 1000 = 7")
        self.rows += rows

    def start(self):
        if self.kind == "file":
            file = self.folder / "t.csv"
            lines = [f"{a},{b},{c}" for a, b, c in self.connection.execute("SELECT * FROM t ORDER BY id")]
            file.write_text("\n".join(["id,moment,text", *lines]))
            return self.yard.datasets.import_file(file, self.name, wait=False)
        growth = {"append": {"incremental": "moment"}, "merge": {"incremental": "moment", "key": "id"}}
        return self.yard.datasets.import_from(self.name, "t", name=self.name, wait=False, **growth.get(self.kind, {}))

    def held(self):
        """Return what the dataset holds, in order; nothing if it is not there."""
        if not self.yard.datasets.list(search=self.name).total:
            return []
        frame = self.yard.datasets.get(self.name).to_pandas().sort_values("id")
        return list(frame[["id", "moment", "text"]].itertuples(index=False, name=None))

    def there(self):
        return self.connection.execute("SELECT * FROM t ORDER BY id").fetchall()


@pytest.mark.parametrize("kind", ["file", "table", "append", "merge"])
def test_kill_an_import(shared, tmp_path, kind):
    yard = shared.yard
    growing = Growing(yard, tmp_path, kind)
    for moment in MOMENTS:
        before = growing.held()
        if before:
            growing.grow(MORE)
        handle = growing.start()
        job = killed(shared, handle.id, moment)
        now = growing.held()
        assert now in (before, growing.there()), f"{kind}, {moment}: {len(now)} rows after {job.message}"
        if kind in ("append", "merge") and now:
            recipe = yard.datasets.recipe(growing.name)
            assert recipe.version_id == yard.datasets.get(growing.name).version.id
            assert recipe.cursor["value"] == max(row[1] for row in now)  # neither ahead nor behind
    growing.start().result(timeout=120)
    assert growing.held() == growing.there()
    assert not list((yard.settings.run).glob("job_*"))
    growing.connection.close()


def killed(shared, job_id, moment):
    """Kill the process of a job once it has said something; return how it ended."""
    yard = shared.yard

    def said():
        job = yard.jobs.get(job_id)
        if job.state.ended:
            return True
        if moment == "version":
            return job.state is JobState.RUNNING and (job.progress or 0) >= 0.7
        return job.state is JobState.RUNNING and any(
            moment in str(event.payload.get("message", "")) for event in yard.jobs.events(job_id=job_id)
        )

    until(said, 60)
    for server in psutil.Process(shared.worker.process.pid).children():
        for process in server.children(recursive=True):
            with suppress(psutil.Error):
                process.kill()
    return yard.jobs.wait(job_id, timeout=60)
