"""A real PostgreSQL server for one test session: Debian's binaries, in a temporary folder, gone with the session."""

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

import psycopg
from sqlalchemy.engine import URL

from tests.conftest import require_or_skip
from tests.waiting import until

USER = "yard"
SETTINGS = {
    "listen_addresses": "",  # a socket in its own folder: no port that could be taken
    "fsync": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "32MB",
}


def binaries() -> Path | None:
    """Return the folder of the newest server on this machine."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if debian:
        return debian[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


def _dies_with_us() -> list[str]:
    """Return a prefix for the command that ends the server even if the tests are killed."""
    return ["setpriv", "--pdeathsig", "QUIT"] if shutil.which("setpriv") else []


class Postgres:
    """One server; `create` gives a fresh database."""

    def __init__(self, folder: Path, home: Path) -> None:
        self._home = home
        self.folder = folder
        self.password = secrets.token_hex(12)
        self._numbers = itertools.count(1)
        self._as_user: dict[str, object] = {"cwd": "/"}
        if os.geteuid() == 0:  # the server refuses to run as root
            user = pwd.getpwnam("postgres")
            os.chown(folder, user.pw_uid, user.pw_gid)
            self._as_user |= {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
        self._data = folder / "data"
        self._init()
        self.process = self.start()

    def _init(self) -> None:
        password = self.folder / "password"
        password.write_text(self.password)
        password.chmod(0o644)
        command = [self._home / "initdb", "-D", self._data, "-U", USER, "--auth=scram-sha-256", "--no-sync"]
        command += [f"--pwfile={password}", "--encoding=UTF8", "--locale=C.UTF-8"]
        # how people's servers sort: blanks and punctuation weigh little
        command += ["--locale-provider=icu", "--icu-locale=en-US"]
        subprocess.run(command, check=True, capture_output=True, **self._as_user)  # type: ignore[call-overload]

    def start(self) -> subprocess.Popen[bytes]:
        """Start the server, also after it was killed."""
        options = [f"-c{name}={value}" for name, value in SETTINGS.items()]
        log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(  # type: ignore[call-overload]
            [*_dies_with_us(), self._home / "postgres", "-D", self._data, "-k", self.folder, *options],
            stdout=log,
            stderr=log,
            **self._as_user,
        )
        log.close()
        until(self._answers)
        return self.process

    def kill(self) -> None:
        """End the server with all its processes, as a power cut would."""
        self.process.send_signal(signal.SIGQUIT)  # immediate shutdown: nothing is written, the next start recovers
        self.process.wait(30)

    def stop(self) -> None:
        """End it for good."""
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def create(self, template: str = "template1") -> str:
        """Make a database like `template` and return its name."""
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def url(self, name: str) -> str:
        """Return the URL of a database, as people write it."""
        query = {"host": str(self.folder)}
        url = URL.create("postgresql+psycopg", USER, self.password, database=name, query=query)
        return url.render_as_string(hide_password=False)

    def execute(self, statement: str) -> None:
        """Run a statement outside of any transaction."""
        with self._connect() as connection:
            connection.execute(statement)  # type: ignore[arg-type]

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.folder), user=USER, password=self.password, dbname="postgres", autocommit=True
        )

    def _answers(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError((self.folder / "log").read_text())
        try:
            self._connect().close()
        except psycopg.OperationalError:
            return False
        return True


@functools.cache
def server() -> Postgres:
    """Return the one server of this process, started at first use."""
    home = binaries()
    if home is None:
        require_or_skip("postgresql", "no PostgreSQL server is installed (on Debian: apt-get install postgresql)")
    started = Postgres(Path(tempfile.mkdtemp(prefix="yard-pg-", dir="/tmp")), home)
    atexit.register(started.stop)
    return started
