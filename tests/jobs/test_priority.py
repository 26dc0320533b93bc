"""Jobs give way to whoever clicks."""

from pathlib import Path

from modelyard.core.jobs.priority import NICE
from modelyard.core.jobs.store import outcome


def test_a_job_gives_way_and_so_does_its_session(store, submit, start_worker):
    start_worker()
    found = outcome(store.wait(submit("priority").id, timeout=30))
    assert found["nice"] >= NICE
    if Path("/proc/self/autogroup").exists():  # a nice value then counts within a session only
        assert int(found["session"]) == NICE
