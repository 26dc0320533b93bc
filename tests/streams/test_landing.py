"""Streams land in growing datasets: every record once, whatever is killed; stop, resume, versions, what is refused."""

import json
import threading
from collections import Counter

import psutil
import pytest

from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from modelyard.core.data_sources.streams.base import Gap
from modelyard.core.data_sources.streams.store import LandedPart, StreamStore
from tests.databases import on_each_database
from tests.services import brokers
from tests.streams.contract import numbered
from tests.waiting import until


@pytest.fixture(scope="module")
def bus(yard):
    yard.secrets.set("redis", brokers.redis().password)
    yard.sources.add("kafka", "kafka", brokers=brokers.kafka().address)
    yard.sources.add("redis", "redis", host="127.0.0.1", port=brokers.redis().port, password="secret:redis")
    return {"kafka": brokers.kafka(), "redis": brokers.redis()}


def job_processes(yard):
    """Return the processes of jobs: children of the warm server of the worker."""
    children = [psutil.Process(worker.pid).children() for worker in yard.jobs.workers() if worker.alive]
    servers = [each for some in children for each in some if "forkserver" in " ".join(each.cmdline())]
    found = [each for server in servers for each in server.children()]
    assert found, "no job runs, so none can be killed"
    return found


def column(yard, name, column="i"):
    return Counter(yard.datasets.get(name).to_pandas()[column])


@pytest.mark.parametrize("kind", ["kafka", "redis"])
def test_killed_in_the_middle_every_record_is_there_once(yard, bus, kind):
    topic, rows = f"killed-{kind}", 6_000
    bus[kind].send(topic, numbered(0, 1_000))
    options = {"batch_rows": 150, "batch_age": "0.05s", "seal_age": "0.4s"}
    yard.streams.start(kind, topic, start="earliest", **options)
    sender = threading.Thread(
        target=lambda: [bus[kind].send(topic, numbered(i, i + 500)) for i in range(1_000, rows, 500)]
    )
    sender.start()
    until(lambda: yard.streams.get(topic).landed > 3)
    for process in job_processes(yard):
        process.kill()
    sender.join()
    until(lambda: yard.streams.get(topic).rows == rows, 60)
    stopped = yard.streams.stop(topic)
    assert (stopped.state, stopped.waiting_rows, stopped.gaps, stopped.rejected) == ("stopped", 0, 0, 0)
    assert column(yard, topic) == Counter(range(rows))
    found = yard.datasets.get(topic).version
    assert (found.rows, len(found.parts), found.origin["stream"]) == (rows, 1, topic)


def test_the_life_of_a_stream(yard, bus):
    bus["redis"].send("life", [*numbered(0, 100), b"oops", b'{"i": "x"}'])
    yard.streams.start("redis", "life", dataset="grown", start="earliest", batch_age="0.1s")
    until(lambda: yard.streams.get("grown").rows == 100)
    info = yard.streams.list(search="GROW").items[0]
    assert (info.state, info.rejected, info.lag, info.waiting_rows) == ("running", 2, 0, 100)
    assert info.waiting_parts >= 2
    with pytest.raises(AlreadyExists, match="stream 'grown'"):
        yard.streams.start("redis", "life", dataset="grown")
    with pytest.raises(Conflict, match="running"):
        yard.streams.remove("grown")
    assert yard.streams.stop("grown").state == "stopped"
    bus["redis"].send("life", numbered(100, 130))
    yard.datasets.rename("grown", "renamed")
    yard.streams.resume("grown")
    until(lambda: yard.streams.get("grown").rows == 130)
    yard.streams.stop("grown")
    assert column(yard, "renamed") == Counter(range(130))
    version = yard.datasets.get("renamed").version
    assert (version.number, len(version.parts), len(version.parents)) == (2, 1, 1)
    reasons = yard.datasets.get("grown-rejected").to_pandas()
    assert list(reasons["record"]) == ["oops", '{"i": "x"}']
    said = [each.payload for each in yard.jobs.events(job_id=info.job_id) if each.kind == "stream"]
    assert said[-1].keys() == {"name", "rows", "rejected", "rate", "lag", "error"}
    yard.streams.remove("grown")
    assert not yard.streams.list(search="grown").total


def test_rules_of_the_dataset_sift_what_lands(yard, bus):
    options = {"start": "earliest", "batch_age": "0.05s"}
    bus["redis"].send("ruled", numbered(0, 100))
    yard.streams.start("redis", "ruled", **options)
    until(lambda: yard.streams.get("ruled").rows == 100)
    yard.streams.stop("ruled")
    dataset = yard.datasets.get("ruled")
    fails = dataset.add_rule("between", action="fail", column="i", least=0, most=150)
    warns = dataset.add_rule("one_of", action="warn", column="city", values=["Ulm"])
    bus["redis"].send("ruled", [*numbered(100, 200), b'{"i": 5, "city": "Bonn"}', b'{"i": "oops", "city": "Ulm"}'])
    yard.streams.resume("ruled")
    until(lambda: yard.streams.get("ruled").landed and yard.streams.get("ruled").rows == 201)
    stopped = yard.streams.stop("ruled")
    assert (stopped.rows, stopped.rejected, stopped.waiting_parts) == (152, 50, 0)
    assert column(yard, "ruled") == Counter([*range(151), 5])
    notes = " ".join(yard.datasets.get("ruled").version.notes)
    assert "Such rows were set aside" in notes
    assert "'Ulm'" in notes
    aside = yard.datasets.get("ruled-rejected").to_pandas()
    broken = aside[aside["reason"].str.contains("It breaks the rule that")]
    assert sorted(json.loads(each)["i"] for each in broken["record"]) == list(range(151, 200))
    last = {rule.id: rule.last for rule in dataset.rules()}
    assert (last[fails.id].state, last[fails.id].count, last[warns.id].state) == ("failed", 49, "warned")
    bus["redis"].send("ruled", numbered(900, 910))  # all of them
    yard.streams.resume("ruled")
    until(lambda: yard.streams.get("ruled").lag == 0 and yard.streams.get("ruled").landed > stopped.landed)
    assert yard.streams.stop("ruled").rejected == 60
    assert yard.datasets.get("ruled").version.number == 2


def test_a_broker_that_is_away_for_a_while(yard, bus):
    bus["redis"].send("away", numbered(0, 10))
    yard.streams.start("redis", "away", start="earliest", batch_age="0.1s")
    until(lambda: yard.streams.get("away").rows == 10)
    bus["redis"].kill()
    try:
        until(lambda: yard.streams.get("away").error)
        assert "does not answer" in yard.streams.get("away").error
    finally:
        bus["redis"].start()
    bus["redis"].send("away", numbered(10, 20))
    until(lambda: yard.streams.get("away").rows == 20)
    assert yard.streams.get("away").error is None
    yard.streams.stop("away")
    assert column(yard, "away") == Counter(range(20))


def test_what_ends_a_stream_is_said(yard, bus):
    yard.streams.start("redis", "no-such-key")
    until(lambda: yard.streams.get("no-such-key").state == "failed")
    job = yard.jobs.get(yard.streams.get("no-such-key").job_id)
    assert "There is no stream 'no-such-key'" in job.message
    assert yard.streams.stop("no-such-key").state == "stopped"
    yard.streams.remove("no-such-key")


@pytest.mark.parametrize(
    ("options", "kind", "words"),
    [
        ({"source": "folder"}, InvalidInput, "cannot be followed. *Possible: .*kafka"),
        ({"source": "nowhere"}, NotFound, "no source 'nowhere'"),
        ({"start": "yesterday"}, InvalidInput, "Possible: earliest, latest"),
        ({"batch_rows": 0}, InvalidInput, "1 to 1,000,000"),
        ({"batch_age": "soon"}, InvalidInput, "5min"),
        ({"format": "csv"}, InvalidInput, "Name them"),
        ({"schema": {"i": "int"}}, InvalidInput, "Possible: integer"),
        ({"dataset": "a/b"}, InvalidInput, "slash"),
    ],
)
def test_what_cannot_be_started(yard, bus, tmp_path, options, kind, words):
    if not yard.sources.list(search="folder").total:
        yard.sources.add("folder", "files", path=str(tmp_path))
    with pytest.raises(kind, match=words):
        yard.streams.start(**{"source": "redis", "topic": "refused", **options})
    assert not yard.streams.list(search="refused").total


@on_each_database
def test_a_batch_is_committed_once(database):
    store = StreamStore(database)
    info = store.add("s", "source_1", "bus", "topic", {}, actor="ada")
    part = LandedPart("rows", "a" * 64 + ".parquet", 5, 100)
    store.land(info.id, 1, [part], position={"0": 5}, gaps=[Gap("a", "b", "why")])
    store.land(info.id, 1, [part], position={"0": 5})  # not answered, so tried again
    for number in (1, 3):  # somebody else, with other records
        with pytest.raises(Conflict, match="Somebody else"):
            store.land(info.id, number, [LandedPart("rows", "b" * 64 + ".parquet", 9, 1)], position={"0": 9})
    found = store.get("s")
    assert (found.rows, found.landed, found.position, found.waiting_rows, found.gaps) == (5, 1, {"0": 5}, 5, 1)
    ((row_id, waiting),) = store.waiting(info.id, "rows")
    assert waiting == part
    assert found.waiting_parts == 1
    with database.write() as connection:
        store.sealed(connection, [row_id])
    with pytest.raises(Conflict, match="in a version already"), database.write() as connection:
        store.sealed(connection, [row_id])
    assert store.get("s").waiting_parts == 0
    store.remove("s")
    assert store.page()[1] == 0


def test_a_feed_has_gaps_with_both_ends(yard):
    feed = brokers.feed()
    yard.secrets.set("feed", feed.token)
    yard.sources.add("feed", "websocket", url=f"ws://127.0.0.1:{feed.port}", token="secret:feed")
    yard.streams.start("feed", "live", batch_age="0.1s")
    until(lambda: feed.listeners.get("/live"))
    feed.send("live", numbered(0, 10))
    until(lambda: yard.streams.get("live").rows == 10)
    feed.kill()
    feed.start()
    until(lambda: yard.streams.get("live").gaps == 1 and feed.listeners.get("/live"))
    feed.send("live", numbered(20, 30))
    until(lambda: yard.streams.get("live").rows == 20)
    yard.streams.stop("live")
    (gap,) = yard.streams.gaps("live")
    assert gap.began < gap.ended
    assert "'feed' closed the connection" in gap.reason
    assert column(yard, "live") == Counter([*range(10), *range(20, 30)])


def test_qos_1_loses_nothing_and_doubles_nothing(yard):
    broker = brokers.mosquitto()
    yard.secrets.set("mqtt", broker.password)
    params = {"host": "127.0.0.1", "port": broker.port, "user": "yard", "password": "secret:mqtt"}
    yard.sources.add("mqtt", "mqtt", **params)
    yard.streams.start("mqtt", "devices/+/temp", dataset="temp", batch_age="0.1s")
    until(lambda: yard.streams.get("temp").landed)  # subscribed
    broker.send("devices/7/temp", numbered(0, 100))
    until(lambda: yard.streams.get("temp").rows > 40)
    for process in job_processes(yard):
        process.kill()
    broker.send("devices/8/temp", numbered(100, 150))
    until(lambda: yard.streams.get("temp").rows == 150)
    yard.streams.stop("temp")
    assert column(yard, "temp") == Counter(range(150))
