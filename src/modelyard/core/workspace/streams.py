"""Verbs on streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from modelyard.core.common.durations import seconds
from modelyard.core.common.errors import AlreadyExists, Conflict, InvalidInput, NotFound
from modelyard.core.common.types import Json
from modelyard.core.data_sources.registry import SOURCES, source_class
from modelyard.core.data_sources.streams.base import STARTS, Gap, StreamSource
from modelyard.core.data_sources.streams.records import EXTRA, check_format, packed, schema_of
from modelyard.core.data_sources.streams.store import StreamInfo, StreamStore
from modelyard.core.jobs.types import JobState
from modelyard.core.workspace.pages import Page
from modelyard.core.workspace.receiving import Receiver, Receivers, forgetting_received, has_received

if TYPE_CHECKING:
    from modelyard.core.workspace.sources import Source
    from modelyard.core.workspace.workspace import Workspace

MOST_BATCH_ROWS = 1_000_000


class StreamVerbs:
    """Follow streams into growing datasets: ``yard.streams``."""

    def __init__(self, yard: Workspace) -> None:
        self._yard = yard
        self._store = StreamStore(yard.database, yard.clock)
        self._receivers = Receivers()

    def start(
        self,
        source: str | Source,
        topic: str,
        *,
        dataset: str | None = None,
        start: str = "latest",
        schema: Mapping[str, str] | None = None,
        format: str = "json",
        extra: str = "reject",
        batch_rows: int = 100_000,
        batch_age: float | str = "5s",
        seal_rows: int = 10_000_000,
        seal_age: float | str = "15min",
    ) -> StreamInfo:
        """Follow a topic from now on: its records land in batches on disk, and now and then become a version.

        It is a job that runs until `stop`. After a crash of the job or the worker it goes on by itself, as soon as a
        worker lives, behind the last batch that was committed: no record is lost and none is there twice, where the
        source keeps records and has positions (see the guide on streams).

        Parameters
        ----------
        source : str or Source
            One of ``yard.sources``, of a kind that can be followed.
        topic : str
            What to follow there.
        dataset : str, optional
            The dataset that grows, and the name of the stream; by default the topic's. It must not be there yet.
        start : str
            ``latest`` begins with the next record that comes, ``earliest`` with the oldest that is still there.
        schema : mapping of str to str, optional
            The type of each column: ``integer``, ``number``, ``boolean``, ``text`` or ``datetime``. By default it is
            learned from the first batch, and then kept.
        format : str
            ``json`` (an object a message, or an array of them) or ``csv`` (lines without a header; needs a schema).
        extra : str
            What becomes of a record with a field that is not in the schema: ``reject`` or ``ignore`` the field.
        batch_rows, batch_age : int, float or str
            A batch is written when it has so many records, or its first one is so old: ``"5s"``.
        seal_rows, seal_age : int, float or str
            A version is made after so many records, or so much time: ``"15min"``.

        Raises
        ------
        NotFound
            If there is no such source.
        InvalidInput
            If it cannot be followed, or an option cannot be used.
        AlreadyExists
            If there is such a dataset or stream.
        """
        info = self._yard.sources.get(source).info if isinstance(source, str) else source.info
        name = dataset or topic
        options = {
            "start": _one_of(start, STARTS, "start"),
            "format": format,
            "extra": _one_of(extra, EXTRA, "extra"),
            "batch_rows": _between(batch_rows, MOST_BATCH_ROWS, "batch_rows"),
            "batch_age": seconds(batch_age, name="age of a batch"),
            "seal_rows": _between(seal_rows, 1 << 40, "seal_rows"),
            "seal_age": seconds(seal_age, name="age of a version"),
        }
        check_format(format, schema is not None)
        kept = None if schema is None else packed(schema_of(schema))
        self._check(info.name, info.kind, name)
        with self._yard.audit.recording("streams.start", f"stream/{name}", source=info.name, topic=topic):
            stream = self._store.add(name, info.id, info.name, topic, options, schema=kept, actor=self._yard.actor.name)
            return self._submit(stream)

    def list(self, offset: int = 0, limit: int = 50, search: str = "", *, source: str = "") -> Page[StreamInfo]:
        """Return streams by name, with how they are; with `search` those whose name holds it, or those of a source."""
        source_id = self._yard.sources.get(source).info.id if source else None
        items, total = self._store.page(offset, limit, search, source_id)
        return Page.of(items, total, offset)

    def get(self, name: str) -> StreamInfo:
        """Return a stream by its name, or raise `NotFound`."""
        return self._store.get(name)

    def gaps(self, name: str, limit: int = 1_000) -> Sequence[Gap]:
        """Return the last pieces of a stream that were missed, oldest first, each with its ends and the reason."""
        return tuple(self._store.gaps(name, limit))

    def receiving(self, name: str) -> AbstractContextManager[Receiver]:
        """Yield what keeps the records that devices send to a stream, for the endpoint of the web process.

        Raises
        ------
        InvalidInput
            If the stream follows something else.
        Conflict
            If it was stopped, or another process receives for it.
        """
        return self._receivers.sharing(self._yard, self._store.get(name))

    def stop(self, name: str, *, wait: bool = True) -> StreamInfo:
        """Stop a stream: what was received is written and becomes a version. `resume` goes on where it was.

        Parameters
        ----------
        name : str
            Of the stream.
        wait : bool
            Whether to return only when that is done.
        """
        stream = self._store.get(name)
        with self._yard.audit.recording("streams.stop", f"stream/{stream.name}"):
            self._store.set(stream.id, wanted=False)
            if stream.job_state != JobState.RUNNING:
                stream = self._submit(stream) if self._has_something(stream) else self._forget_job(stream)
        if wait and stream.job_id is not None:
            self._yard.job_store.wait(stream.job_id)
        return self._store.get(stream.id)

    def resume(self, name: str) -> StreamInfo:
        """Go on with a stream that was stopped, or whose job has ended; one that runs is left alone.

        Raises
        ------
        Conflict
            If it is just being stopped.
        """
        stream = self._store.get(name)
        if stream.state == "stopping":
            raise Conflict(f"The stream {name!r} is just being stopped.", remedy="Resume it in a moment.")
        if stream.state == "running":
            return stream
        with self._yard.audit.recording("streams.resume", f"stream/{stream.name}"):
            self._store.set(stream.id, wanted=True, error=None)
            return self._submit(stream)

    def remove(self, name: str) -> None:
        """Forget a stream that was stopped: its position and what it missed. The dataset stays.

        Raises
        ------
        Conflict
            If it runs, holds records that are in no version yet, or somebody still sends to it.
        """
        stream = self._store.get(name)
        if stream.state == "stopped" and stream.waiting_parts:
            raise Conflict(f"The stream {name!r} holds records that are in no version yet.", remedy="Stop it again.")
        if stream.state != "stopped":
            raise Conflict(f"The stream {name!r} is {stream.state}.", remedy="Stop it first.")
        recorded = self._yard.audit.recording("streams.remove", f"stream/{stream.name}")
        with recorded, forgetting_received(self._yard, stream):
            self._store.remove(stream.id)

    def _submit(self, stream: StreamInfo) -> StreamInfo:
        """Have a job follow it; another one that still waits, perhaps for a worker that is gone, is withdrawn."""
        stream = self._forget_job(stream)
        params: Json = {"stream": stream.id}
        job = self._yard.submit(
            "stream",
            "modelyard.core.workspace.tasks.stream:run",
            params,
            title=f"Follow {stream.topic} of {stream.source}",
            weight="standing",
            unique_key=f"stream/{stream.id}",
        )
        self._store.set(stream.id, job_id=job.id)
        return self._store.get(stream.id)

    def _forget_job(self, stream: StreamInfo) -> StreamInfo:
        if stream.job_id is not None and stream.job_state == JobState.QUEUED:
            self._yard.job_store.request_cancel(stream.job_id, actor=self._yard.actor.name)
        return self._store.get(stream.id)

    def _has_something(self, stream: StreamInfo) -> bool:
        return bool(stream.landed) or has_received(self._yard, stream)

    def _check(self, source: str, kind: str, name: str) -> None:
        """Raise an error unless the source can be followed into a dataset of that name."""
        from modelyard.core.datasets.catalog import check_name

        check_name(f"{name}-rejected")
        if not issubclass(source_class(kind), StreamSource):
            raise InvalidInput(
                f"The source {source!r} is of the kind {kind!r}, which cannot be followed.",
                possible=stream_kinds(),
                remedy="Import from it: yard.datasets.import_from(source, item).",
            )
        for taken in (name, f"{name}-rejected"):
            try:
                self._yard.catalog.get(taken)
            except NotFound:
                continue
            raise AlreadyExists(f"There is already a dataset {taken!r}.", remedy="Name another one with dataset=….")


def stream_kinds() -> tuple[str, ...]:
    """Return the kinds of sources that can be followed, whether or not their drivers are installed."""
    return tuple(name for name in SOURCES.names() if issubclass(source_class(name, installed=False), StreamSource))


def _one_of(value: str, possible: Sequence[str], name: str) -> str:
    if value not in possible:
        raise InvalidInput(f"The option {name!r} cannot be {value!r}.", possible=possible)
    return value


def _between(value: Any, most: int, name: str) -> int:
    if not isinstance(value, int) or not 1 <= value <= most:
        raise InvalidInput(f"The option {name!r} cannot be {value!r}.", possible=[f"1 to {most:,}"])
    return value
