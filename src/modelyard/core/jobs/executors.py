"""Where parallel pieces of a job run: all behind the standard `concurrent.futures.Executor`.

Threads or processes of this machine, or a Dask cluster where an operator has named its scheduler. What is sent to
processes and to a cluster goes there by pickle, so their workers need the same versions of everything.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from modelyard.core.common.errors import InvalidInput
from modelyard.core.common.optional import require
from modelyard.core.jobs.settings import JobSettings

KINDS = ("threads", "processes")


@contextmanager
def open_executor(kind: str = "threads", workers: int | None = None) -> Iterator[Executor]:
    """Yield an executor of this machine; at the end it is shut down, and what has not begun is dropped.

    Parameters
    ----------
    kind : str
        ``threads`` or ``processes``.
    workers : int, optional
        How many; one a core by default.

    Raises
    ------
    InvalidInput
        If there is no such kind.

    Examples
    --------
    >>> with open_executor("threads", 2) as executor:
    ...     list(executor.map(abs, [-1, -2]))
    [1, 2]
    """
    if kind not in KINDS:
        raise InvalidInput(f"There is no executor of the kind {kind!r}.", possible=KINDS)
    executor: Executor
    if kind == "threads":
        executor = ThreadPoolExecutor(workers)
    else:  # never forked from a process that has threads and boosters in it
        executor = ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("forkserver"))
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def open_cluster(scheduler: str) -> Iterator[Executor]:
    """Yield the executor of a Dask cluster.

    Parameters
    ----------
    scheduler : str
        Its scheduler's address, such as ``tcp://10.0.0.5:8786``.

    Raises
    ------
    MissingExtra
        If Dask is not installed.
    Unavailable
        If the scheduler does not answer.
    """
    require("distributed", extra="scale", purpose="a Dask cluster")
    from modelyard.core.jobs.dask_executor import connect

    with connect(scheduler) as executor:
        yield executor


@contextmanager
def configured(settings: JobSettings) -> Iterator[Executor | None]:
    """Yield the executor that an operator has configured, or None: the work is then done in the job's own process."""
    if settings.scheduler is None:
        yield None
        return
    with open_cluster(settings.scheduler) as executor:
        yield executor


def place(executor: Executor, value: Any) -> Any:
    """Bring a value to where an executor's workers are, once.

    Parameters
    ----------
    value : object
        Large, and needed by several calls.

    Returns
    -------
    object
        To be given to `Executor.submit` as an argument in place of the value; the value itself where there is nothing
        to be saved.
    """
    keep = getattr(executor, "place", None)
    return value if keep is None else keep(value)
