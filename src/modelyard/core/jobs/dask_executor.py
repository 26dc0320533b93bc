"""A Dask cluster as an executor. Imported only where one is configured."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from distributed import Client
from distributed.cfexecutor import ClientExecutor

from modelyard.core.common.errors import Unavailable
from modelyard.core.common.secret import shown_url

TIMEOUT_S = 15
"""Seconds that a scheduler may take to answer."""


class DaskExecutor(ClientExecutor):
    """What `Client.get_executor` gives, and a way to bring large values to the cluster once."""

    def place(self, value: Any) -> Any:
        """Return a future of Dask's, which may be an argument of `submit`."""
        return self._client.scatter(value, hash=False)


@contextmanager
def connect(scheduler: str) -> Iterator[DaskExecutor]:
    """Yield the executor of the cluster at `scheduler`; see `executors.open_cluster`."""
    try:
        client = Client(scheduler, timeout=TIMEOUT_S, set_as_default=False)
    except (OSError, ValueError) as error:  # an address that is none is a ValueError
        raise Unavailable(
            "The Dask scheduler does not answer.",
            where=shown_url(scheduler),
            remedy="Start it, or correct the address in [jobs] scheduler of modelyard.toml.",
            details=str(error),
        ) from error
    try:
        executor = DaskExecutor(client, pure=False)  # the same call twice is two calls
        try:
            yield executor
        finally:
            executor.shutdown(wait=False)
    finally:
        client.close()
