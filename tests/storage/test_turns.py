"""The queue of writers on SQLite."""

import fcntl
import os
import signal
import subprocess
import sys
import threading

import pytest

from modelyard.core.storage.database import Database, sqlite_url
from modelyard.core.storage.turns import TooLong, turn

HOLDER = """
import sys, time
from pathlib import Path
from modelyard.core.storage.turns import turn
with turn(Path(sys.argv[1]), 5):
    print("held", flush=True)
    time.sleep(60)
"""


def test_whoever_waits_comes_next_and_whoever_leaves_stops_nobody(tmp_path):
    path, order = tmp_path / "turn", []

    def wait(name):
        with turn(path, 10):
            order.append(name)

    with turn(path, 1):
        with pytest.raises(TooLong), turn(path, 0.05):
            pass
        threads = [threading.Thread(target=wait, args=(name,)) for name in "ab"]
        for thread in threads:
            thread.start()
        order.append("first")
    for thread in threads:
        thread.join(10)
    assert (order[0], sorted(order[1:])) == ("first", ["a", "b"])
    with turn(path, 0.5):  # the one that left holds nothing
        pass


def test_the_kernel_takes_it_from_a_killed_process(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "turn")]
    holder = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert holder.stdout.readline() == "held\n"
    with pytest.raises(TooLong), turn(tmp_path / "turn", 0.05):
        pass
    holder.send_signal(signal.SIGKILL)
    with turn(tmp_path / "turn", 10):
        pass
    holder.wait(10)
    holder.stdout.close()


def test_a_database_queues_its_writers_and_no_readers(tmp_path):
    database = Database(sqlite_url(tmp_path / "a.db"))
    file = os.open(tmp_path / "a.db-turn", os.O_CREAT | os.O_RDWR)
    with database.write(), pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with database.read():
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(file)
    database.close()


def test_without_locks_nothing_is_lost_but_the_queue(tmp_path, monkeypatch):
    monkeypatch.setattr("modelyard.core.storage.turns.fcntl", None)
    with turn(tmp_path / "turn", 1), turn(tmp_path / "turn", 1):
        pass
    with turn(tmp_path / "no" / "folder", 1):
        pass
