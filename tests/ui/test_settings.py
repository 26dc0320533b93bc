"""State of the settings: every action is a verb, and what it says is what the verb did."""

import os

from modelyard.core.workspace.disk import Cleaned, DiskUse
from modelyard.ui.panels.settings.audit_model import Trail
from modelyard.ui.panels.settings.secrets_model import Secrets
from modelyard.ui.panels.settings.storage_model import Disk
from modelyard.ui.panels.settings.storage_view import can_go
from modelyard.ui.panels.settings.workers_model import Checks
from tests.waiting import until


def test_cleaning_shows_what_goes_before_it_goes(empty):
    old = empty.artifacts.path(empty.artifacts.put_bytes(b"x" * 5000, ".bin").key)
    os.utime(old, (1, 1))
    disk = Disk(empty)
    disk.look()
    assert disk.found is not None
    assert can_go(disk.found) == "5.0 kB of files can go."
    assert old.exists()
    disk.clean()
    assert not old.exists()
    assert disk.found is None
    assert [entry.verb for entry in empty.audit.list()] == ["disk.clean"]


def test_what_can_go_is_said_in_words():
    assert can_go(Cleaned((), 0, True)) == "Nothing can go."
    assert can_go(Cleaned((DiskUse("logs", "", 1, 20),), 1, True)) == "20 B of files and 1 event that jobs said can go."


def test_a_secret_is_set_and_its_value_forgotten(empty):
    model = Secrets(empty)
    model.param.update(secret_name=" warehouse ", value="hunter2")
    assert model.code == 'yard.secrets.set("warehouse", getpass.getpass())'
    model.set()
    assert [info.name for info in model.infos] == ["warehouse"]
    assert (model.secret_name, model.value) == ("", "")
    model.param.update(secret_name="two words", value="hunter2")
    model.set()
    assert "cannot have this name" in model.entry_problem["what"]
    assert "hunter2" not in str(model.entry_problem)
    model.delete("warehouse")
    assert model.infos == ()


def test_the_trail_is_narrowed_and_paged_by_the_database(empty):
    for number in range(3):
        empty.secrets.set(f"s{number}", "x")
    trail = Trail(empty, limit=2)
    trail.load()
    assert (trail.total, len(trail.items)) == (3, 2)
    trail.turn(2)
    trail.subject = "secret/s1"
    trail.narrow()
    assert (trail.offset, [entry.subject for entry in trail.items]) == (0, ["secret/s1"])
    assert trail.code == 'yard.audit.list(subject="secret/s1")'


def test_checks_run_aside_and_their_error_is_said(empty, session, monkeypatch):
    ticks = []
    one = session(empty)
    monkeypatch.setattr(
        one, "_document", type("Page", (), {"add_next_tick_callback": lambda self, act: ticks.append(act)})()
    )
    checks = Checks(empty, one.aside)
    checks.run()
    assert checks.busy
    until(lambda: ticks)
    ticks.pop()()
    assert not checks.busy
    assert checks.report.healthy
    monkeypatch.setattr(type(empty), "doctor", lambda self, **options: 1 / 0)
    checks.run()
    until(lambda: ticks)
    ticks.pop()()
    assert (checks.busy, "ZeroDivisionError" in checks.problem["what"]) == (False, True)
