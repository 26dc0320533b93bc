"""A job that says when it speaks."""

import time

from modelyard.core.jobs.context import JobContext


def talk(context: JobContext) -> None:
    """Say the time, a few times a second."""
    for number in range(int(context.params["times"])):
        context.progress(number / context.params["times"], f"said {time.time():.4f}")
        time.sleep(context.params["pause"])
