"""Sources are watched: a server that was killed is noticed, and one that came back, without anybody asking."""

import sqlite3

import pytest

import modelyard as my
from modelyard.core.common.clock import ManualClock
from modelyard.core.common.errors import InvalidInput
from modelyard.core.data_sources.health import EVERY_S, KEPT, HealthStore, state
from modelyard.core.data_sources.types import Health
from modelyard.core.workspace.settings import Settings
from modelyard.core.workspace.workspace import Workspace
from tests.waiting import until


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def watched(tmp_path, clock):
    """A workspace whose time is moved by hand."""
    with Workspace(Settings.at(tmp_path / "yard"), actor=my.Actor("ada"), worker="shared", clock=clock) as yard:
        yield yard


def test_a_server_is_killed_and_started_again(watched, clock, mariadb):
    params = {"host": "127.0.0.1", "port": mariadb.port, "database": mariadb.create(), "user": "yard"}
    watched.sources.add("warehouse", "mysql", password=my.secret(mariadb.password), timeout=3, **params)

    def looked():
        """Let the time pass and see what is known, and what was told."""
        clock.move(EVERY_S)
        watched.sources.check_due()
        info = watched.sources.get("warehouse").info
        return state(info.health), info.since, [notice.title for notice in watched.notices.list().items]

    assert watched.sources.check_due() == ()  # not yet
    assert looked() == ("good", clock.now(), [])
    since = clock.now()
    assert looked() == ("good", since, [])
    mariadb.kill()
    try:
        assert looked() == ("away", died := clock.now(), ["warehouse does not answer"])
        assert looked() == ("away", died, ["warehouse does not answer"])  # told once
        assert "does not answer" in watched.sources.get("warehouse").info.health.message
    finally:
        mariadb.start()
    told = ["warehouse answers again", "warehouse does not answer"]
    assert looked() == ("good", clock.now(), told)
    last = watched.sources.get("warehouse").checks()
    assert [state(check.health) for check in last] == ["good", "away", "away", "good", "good"]
    assert all(0 < check.health.latency_s < 5 for check in last)
    assert mariadb.password not in repr(last)
    told = [(job.kind, job.state, job.actor) for job in watched.jobs.list(kinds=["source"]).items]
    assert told == [("source", "succeeded", "ada"), ("source", "failed", "ada")]


def test_how_often(watched, clock, tmp_path):
    for name in ("often", "never", "usual"):
        watched.sources.add(name, "files", path=str(tmp_path / "none"))
    assert watched.sources.watch("often", "10s").info.check_every == 10
    assert watched.sources.watch("never", None).info.check_every == 0
    for wrong, words in (("soon", "cannot be read"), (0.1, "at least"), ("48h", "a day at most")):
        with pytest.raises(InvalidInput, match=words):
            watched.sources.watch("usual", wrong)
    clock.move(10)
    assert [info.name for info in watched.sources.check_due()] == ["often"]
    clock.move(EVERY_S)
    assert {info.name for info in watched.sources.check_due()} == {"often", "usual"}
    assert [notice.title for notice in watched.notices.list().items] == [
        "usual does not answer",  # nobody knew, and nobody asked
        "often does not answer",
    ]
    watched.sources.get("never").test()
    assert watched.notices.list().total == 2  # who asked has seen it
    watched.sources.remove("often")
    assert watched.sources.check_due() == ()


def test_the_history_grows_no_further(watched, tmp_path):
    source = watched.sources.add("folder", "files", path=str(tmp_path))
    store = HealthStore(watched.database, watched.clock)
    for number in range(KEPT + 7):
        store.note(source.info.id, Health(True, True, float(number), "It answers."))
    kept = watched.sources.checks("folder", limit=1000)
    assert [check.health.latency_s for check in kept] == [float(KEPT + 6 - place) for place in range(KEPT)]
    watched.sources.remove("folder")
    assert store.last(source.info.id) == []


def test_a_worker_does_it(yard, tmp_path):
    """Nobody calls anything: the folder that holds a database is gone, and the list knows."""
    file = tmp_path / "shop.db"
    sqlite3.connect(file).close()
    yard.sources.add("shop", "sqlite", path=str(file))
    yard.sources.watch("shop", "1s")
    until(lambda: state(yard.sources.get("shop").info.health) == "good", 30)
    file.unlink()
    until(lambda: state(yard.sources.get("shop").info.health) == "away", 30)
    assert yard.notices.list().items[0].title == "shop does not answer"
    assert any(event.kind == "sources" for event in yard.jobs.events())
    yard.sources.remove("shop")
