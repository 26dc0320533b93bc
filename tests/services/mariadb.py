"""A real MariaDB server for one test session: Debian's binaries, in a temporary folder, gone with the session."""

from __future__ import annotations

import atexit
import functools
import itertools
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.conftest import require_or_skip
from tests.services.s3 import _free_ports
from tests.waiting import until

USER = "yard"


def _binary() -> str | None:
    return shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


class Mariadb:
    """One server; `create` gives a fresh database."""

    def __init__(self, folder: Path, binary: str) -> None:
        self._binary = binary
        self.folder = folder
        self.password = f"p@ss/{secrets.token_hex(8)}%"
        self.port = _free_ports(1)[0]
        self._numbers = itertools.count(1)
        self._as_user: list[str] = []
        if os.geteuid() == 0:  # the server refuses to run as root
            user = pwd.getpwnam("mysql")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as_user = ["--user=mysql"]
        command = ["mariadb-install-db", "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"]
        subprocess.run([*command, f"--datadir={folder / 'data'}", *self._as_user], check=True, capture_output=True)
        self.start()
        self.execute(f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{self.password}'", f"GRANT ALL ON *.* TO '{USER}'@'%'")

    def start(self) -> None:
        """Start the server, also after it was killed."""
        dies_with_us = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
        options = [f"--datadir={self.folder / 'data'}", f"--socket={self.folder / 'socket'}", f"--port={self.port}"]
        options += ["--bind-address=127.0.0.1", "--innodb-flush-log-at-trx-commit=0", "--skip-log-bin"]
        options += [f"--pid-file={self.folder / 'pid'}", "--innodb-buffer-pool-size=64M", "--skip-name-resolve"]
        with (self.folder / "log").open("ab") as log:
            command = [*dies_with_us, self._binary, "--no-defaults", *options, *self._as_user]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._answers, 60)

    def kill(self) -> None:
        """End the server as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self) -> str:
        """Make a database and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
        return name

    def drop(self, name: str) -> None:
        """Remove a database."""
        self.execute(f"DROP DATABASE {name}")

    def execute(self, *statements: str) -> None:
        """Run statements as root."""
        import pymysql

        connection = pymysql.connect(unix_socket=str(self.folder / "socket"), user="root", autocommit=True)
        with connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text()[-3000:])
        ping = ["mariadb-admin", "--no-defaults", f"--socket={self.folder / 'socket'}", "--user=root", "ping"]
        return subprocess.run(ping, capture_output=True, check=False).returncode == 0


@functools.cache
def server() -> Mariadb:
    """Return the one server of this process, started at first use."""
    binary = _binary()
    if binary is None:
        require_or_skip("mariadb", "no MariaDB server is installed (on Debian: apt-get install mariadb-server)")
    started = Mariadb(Path(tempfile.mkdtemp(prefix="yard-my-", dir="/tmp")), binary)
    atexit.register(started.stop)
    return started


@pytest.fixture(scope="session")
def mariadb():
    """The server of this session."""
    return server()
