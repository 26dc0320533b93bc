"""How much a job may use, and what it did use."""

import re

import pytest

from modelyard.core.common.errors import InvalidInput
from modelyard.core.jobs.memory import bytes_of
from modelyard.core.jobs.settings import JobSettings
from modelyard.core.jobs.types import JobState


def test_the_peak_of_a_job_is_on_record(store, submit, start_worker):
    start_worker()
    small = store.wait(submit("add", a=1, b=1).id, timeout=30)
    large = store.wait(submit("hold_memory").id, timeout=30)
    assert 1_000_000 < small.peak_memory < 200_000_000
    assert 200_000_000 < large.peak_memory < 600_000_000


def test_a_job_may_be_given_more_or_less_than_the_worker_allows(store, submit, start_worker):
    start_worker(memory_limit=400_000_000)
    job = store.wait(submit("swallow", memory_limit=600_000_000).id, timeout=60)
    assert job.state is JobState.FAILED
    assert re.search(r"of memory, [\d.]+ MB of it before it began; 600 MB are allowed\.", job.message)
    assert (job.memory_limit, job.error["code"]) == (600_000_000, "job_failed")
    assert job.peak_memory > 600_000_000


@pytest.mark.parametrize("text", ["", "much", "4 TB", "-1", "1e9"])
def test_a_size_that_cannot_be_read_is_refused(text):
    with pytest.raises(InvalidInput, match=r"memory limit .* cannot be read. Possible: 500MB"):
        bytes_of(text, name="memory limit")


def test_a_limit_that_kills_every_job_is_refused():
    with pytest.raises(InvalidInput, match="Allow at least 400MB"):
        JobSettings.read({}, {"MODELYARD_MEMORY_LIMIT": "10MB"})
    assert JobSettings.read({}, {}) == JobSettings()
