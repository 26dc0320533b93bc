"""Waiting for what other processes do: bounded, and without guessing how long it takes."""

import time


def until(condition, seconds=30.0):
    """Poll until `condition()` is true and return what it gave; fail after `seconds`."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, "the condition never came true"
        time.sleep(0.01)
    return value
