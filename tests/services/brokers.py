"""Brokers of streams for tests: real servers in temporary folders, gone with the session."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from tests.conftest import require_or_skip
from tests.services.s3 import _free_ports
from tests.waiting import until

_MOCK = """
import sys
from confluent_kafka import Producer
producer = Producer({"bootstrap.servers": "unused", "test.mock.num.brokers": 1})
address = [f"{b.host}:{b.port}" for b in producer.list_topics(timeout=20).brokers.values()]
print(",".join(address), flush=True)
sys.stdin.read()
"""


class Kafka:
    """librdkafka's own mock cluster, in a process of its own; each topic has four partitions."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _MOCK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().decode().strip()

    def send(self, topic: str, records: list[bytes]) -> None:
        """Send records, one after another to each of the partitions."""
        from confluent_kafka import Producer

        producer = Producer({"bootstrap.servers": self.address, "linger.ms": 5, "allow.auto.create.topics": True})
        partitions = len(producer.list_topics(topic, timeout=20).topics[topic].partitions)
        for i, record in enumerate(records):
            producer.produce(topic, record, partition=i % partitions)
            producer.poll(0)
        assert producer.flush(30) == 0

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.communicate(timeout=10)  # closes the pipes, too


class _Server:
    """A server of one program; `kill` and `start` may follow one another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = _free_ports(1)[0]
        self.start()

    def command(self) -> list[str]:
        raise NotImplementedError

    def answers(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        """Start it, also after it was killed."""
        dies_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen([*dies_with_us, *self.command()], stdout=log, stderr=log)
        until(self.answers, 30)

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)


class Redis(_Server):
    """A Redis server that writes each change to its disk."""

    password = "p@ss/word%"

    def command(self) -> list[str]:
        options = ["--port", str(self.port), "--dir", str(self.folder), "--requirepass", self.password]
        return ["redis-server", *options, "--appendonly", "yes", "--save", "", "--bind", "127.0.0.1"]

    def client(self):
        import redis

        return redis.Redis(port=self.port, password=self.password)

    def answers(self) -> bool:
        import redis

        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False

    def send(self, topic: str, records: list[bytes]) -> None:
        """Add records to a stream."""
        with self.client() as client:
            pipe = client.pipeline(transaction=False)
            for record in records:
                pipe.xadd(topic, {"data": record})
            pipe.execute()


class Mosquitto(_Server):
    """An MQTT broker that wants a password and writes its state to disk."""

    password = "p@ss/word%"

    def command(self) -> list[str]:
        binary = shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or ""
        passwords = self.folder / "passwords"
        if not passwords.exists():
            subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, "yard", self.password], check=True)
            passwords.chmod(0o644)
        settings = [f"listener {self.port} 127.0.0.1", f"password_file {passwords}", "user root"]
        settings += ["persistence true", f"persistence_location {self.folder}/", "max_queued_messages 0"]
        (self.folder / "conf").write_text("\n".join(settings))
        return [binary, "-c", str(self.folder / "conf")]

    def answers(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def send(self, topic: str, records: list[bytes]) -> None:
        """Publish records with QoS 1."""
        import paho.mqtt.client as mqtt

        client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2)
        client.username_pw_set("yard", self.password)
        client.connect("127.0.0.1", self.port)
        client.loop_start()
        for told in [client.publish(topic, record, 1) for record in records]:
            told.wait_for_publish(30)
        client.disconnect()
        client.loop_stop()


class Feed:
    """A WebSocket server in a thread of this process: each of its paths sends what `send` is given to who listens."""

    token = "p@ss/word%"

    def __init__(self) -> None:
        self.listeners: dict[str, set] = {}
        self.port = _free_ports(1)[0]
        self.start()

    def start(self) -> None:
        """Serve, also after it was killed."""
        from websockets.sync.server import serve

        self._server = serve(self._handle, "127.0.0.1", self.port, process_request=self._let_in)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def kill(self) -> None:
        """End all connections, and listen no more."""
        self._server.shutdown()
        for some in list(self.listeners.values()):
            for each in list(some):
                each.socket.shutdown(socket.SHUT_RDWR)

    def send(self, topic: str, records: list[bytes]) -> None:
        """Send records to all that listen now."""
        for listener in list(self.listeners.get(f"/{topic}", ())):
            for record in records:
                listener.send(record.decode())

    def _let_in(self, connection, request):
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return connection.respond(401, "no")
        return None

    def _handle(self, connection) -> None:
        mine = self.listeners.setdefault(connection.request.path, set())
        mine.add(connection)
        try:
            for _ in connection:
                pass
        finally:
            mine.discard(connection)


@functools.cache
def mosquitto() -> Mosquitto:
    """Return the broker of this session."""
    if shutil.which("mosquitto", path=f"{os.environ.get('PATH', '')}:/usr/sbin") is None:
        require_or_skip("mosquitto", "no mosquitto is installed (on Debian: apt-get install mosquitto)")
    folder = Path(tempfile.mkdtemp(prefix="yard-mosquitto-"))
    found = Mosquitto(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(found.kill)
    return found


@functools.cache
def feed() -> Feed:
    """Return the feed of this session."""
    return Feed()


@functools.cache
def kafka() -> Kafka:
    """Return the cluster of this session."""
    found = Kafka()
    atexit.register(found.kill)
    return found


@functools.cache
def redis() -> Redis:
    """Return the server of this session."""
    if shutil.which("redis-server") is None:
        require_or_skip("redis", "no redis-server is installed (on Debian: apt-get install redis-server)")
    folder = Path(tempfile.mkdtemp(prefix="yard-redis-"))
    found = Redis(folder)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(found.kill)
    return found
