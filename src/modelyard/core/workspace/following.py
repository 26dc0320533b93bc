"""How a stream is followed: records are gathered, written to a file, and committed together with the position."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from modelyard.core.common.errors import Conflict, ModelyardError, NotFound, Unavailable
from modelyard.core.common.types import Json
from modelyard.core.data_sources.streams.base import BaseStream, Gap, StreamSource
from modelyard.core.data_sources.streams.devices import DevicesStream
from modelyard.core.data_sources.streams.records import Parsed, RecordReader, packed, unpacked
from modelyard.core.data_sources.streams.store import LandedPart, StreamStore
from modelyard.core.jobs.patience import patiently
from modelyard.core.jobs.retention import prune_said
from modelyard.core.workspace.receiving import spool_folder
from modelyard.core.workspace.sealing import seal

if TYPE_CHECKING:
    from modelyard.core.jobs.context import JobContext
    from modelyard.core.workspace.workspace import Workspace

BATCH_BYTES = 32 << 20
"""A batch is written when it is so large, whatever its rows and its age."""

LOOK_S = 0.5
"""Seconds between two looks at whether the stream is to stop."""

PAUSES_S = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between tries while the other side does not answer; the last one again and again."""

MOST_PARTS = 2_000
"""So many files that are in no version yet, and one is made before its time."""

SAID = timedelta(hours=1)
"""How long what the job said is kept while it runs; a stream may run for years."""


class Follower:
    """Follows one stream until it is told to stop.

    Parameters
    ----------
    context : JobContext
        Of its job.
    yard : Workspace
        Where records go.
    stream_id : str
        The stream.
    """

    def __init__(self, context: JobContext, yard: Workspace, stream_id: str) -> None:
        self._context = context
        self._yard = yard
        self._store = StreamStore(yard.database, yard.clock)
        self._store.set(stream_id, job_id=context.job.id)  # of several jobs for one stream only one runs at a time
        self._info = info = self._store.get(stream_id)
        options = info.options
        schema = unpacked(info.schema) if info.schema else None
        self._reader = RecordReader(schema, options["format"], options["extra"])
        self._batch_rows, self._batch_age = options["batch_rows"], options["batch_age"]
        self._seal_rows, self._seal_age = options["seal_rows"], options["seal_age"]
        self._position = info.position
        self._landed = info.landed
        self._heard: datetime | None = info.landed_at
        self._records: list[bytes] = []
        self._bytes = 0
        self._gaps: list[Gap] = []
        self._due: float | None = None
        self._looked = self._began = time.monotonic()
        self._said = 0.0
        self._unsaid: tuple[float, int | None] | None = None
        self._sealer = ThreadPoolExecutor(1, "seal")
        self._sealing: Future[None] | None = None
        self._refused = False
        self._sealed = time.monotonic() - (
            0 if info.sealed_at is None else min(self._seal_age, (yard.clock.now() - info.sealed_at).total_seconds())
        )
        self._pruned = time.monotonic()
        self._totals = [info.rows, info.rejected]

    def run(self) -> None:
        """Follow; what the other side does wrong is waited out, what we do wrong is raised."""
        tries = 0
        while self._wanted():
            try:
                self._land_rest()
                with self._open() as stream:
                    self._note(None)
                    tries = 0
                    self._follow(stream)
            except Unavailable as error:
                self._note(error)
                self._pause(PAUSES_S[min(tries, len(PAUSES_S) - 1)])
                tries += 1
        self._land_rest()
        self._land_received()
        self._sealer.shutdown()
        seal(self._yard, self._store, self._info.id)

    def _open(self) -> BaseStream:
        source = self._yard.sources.get(self._info.source_id).opened()
        assert isinstance(source, StreamSource)
        source.spool = spool_folder(self._yard, self._info)
        start = self._info.options["start"]
        stream = source.follow(
            self._info.topic, position=self._position, start=start, group=f"modelyard-{self._info.id}"
        )
        try:
            self._begin(stream)
        except BaseException:
            stream.close()
            raise
        return stream

    def _begin(self, stream: BaseStream) -> None:
        """Commit where the stream begins before any record comes, and what was missed since it was heard last."""
        self._gaps += stream.take_gaps()
        if not stream.resumes and self._heard is not None:
            began, ended = (f"{at:%Y-%m-%dT%H:%M:%S.%fZ}" for at in (self._heard, self._yard.clock.now()))
            self._gaps.append(Gap(began, ended, self._info.error or "Nobody listened."))
        if self._gaps or self._position is None:
            self._position = stream.position
            self._commit([], {})
            self._gaps = []
        self._heard = self._yard.clock.now()

    def _follow(self, stream: BaseStream) -> None:
        most = min(self._batch_rows, stream.window or self._batch_rows)
        while self._wanted():
            now = time.monotonic()
            wait = LOOK_S if self._due is None else min(LOOK_S, max(0.0, self._due - now))
            found = stream.poll(most - len(self._records), wait)
            self._position = stream.position
            self._gaps += stream.take_gaps()
            self._heard = self._yard.clock.now()
            self._take(found)
            if self._due is None and (self._records or self._gaps):
                self._due = time.monotonic() + self._batch_age
            if self._full(most) or (self._due is not None and time.monotonic() >= self._due):
                self._land(stream)
        self._land(stream)

    def _take(self, found: Sequence[bytes]) -> None:
        self._records += found
        self._bytes += sum(map(len, found))

    def _full(self, most: int) -> bool:
        return len(self._records) >= most or self._bytes >= BATCH_BYTES

    def _land_rest(self) -> None:
        if self._records or self._gaps:
            self._land(None)

    def _land_received(self) -> None:
        """Land what devices were told is kept, before the stream ends."""
        folder = spool_folder(self._yard, self._info)
        if not folder.is_dir():
            return
        stream = DevicesStream(folder, self._position)
        while found := stream.poll(self._batch_rows - len(self._records), 0.0):
            self._position = stream.position
            self._take(found)
            if self._full(self._batch_rows):
                self._land(stream)
        self._land(stream)

    def _land(self, stream: BaseStream | None) -> None:
        """Write what was gathered, commit it with the position, and tell the other side."""
        if not self._records and not self._gaps:
            self._due = None
            return
        lag = stream.lag() if stream is not None else None
        parsed = self._reader.read(self._records) if self._records else None
        parts = self._written(parsed) if parsed else []
        now = time.monotonic()
        rate = len(self._records) / max(now - self._began, 0.001)
        facts: Json = {"rate": rate, "lag": lag}
        if self._reader.schema is not None and self._info.schema is None:
            facts["schema"] = packed(self._reader.schema)
        self._commit(parts, facts)
        self._records, self._bytes, self._gaps, self._due, self._began = [], 0, [], None, now
        if stream is not None:
            stream.commit()
        for place, kind in enumerate(("rows", "rejected")):
            self._totals[place] += sum(part.rows for part in parts if part.kind == kind)
        self._unsaid = (rate, lag)
        self._say()
        self._seal_if_due()

    def _commit(self, parts: Sequence[LandedPart], facts: Json) -> None:
        number = self._landed + 1
        patiently(
            partial(
                self._store.land,
                self._info.id,
                number,
                parts,
                position=self._position,
                gaps=self._gaps,
                facts=facts,
            )
        )
        self._landed = number

    def _written(self, parsed: Parsed) -> list[LandedPart]:
        """Write the files of a batch; until their rows are committed they are nobody's."""
        import pyarrow as pa

        from modelyard.core.datasets.growing import land

        rejected = pa.table(
            {
                "received_at": pa.array([self._yard.clock.now()] * len(parsed.rejected), pa.timestamp("us", "UTC")),
                "reason": pa.array([each.reason for each in parsed.rejected], pa.string()),
                "record": pa.array([each.record for each in parsed.rejected], pa.string()),
            }
        )
        parts = []
        for kind, table in (("rows", parsed.rows), ("rejected", rejected)):
            if table.num_rows:
                part = land(table, self._yard.artifacts, f"{self._info.id}/{self._landed + 1}/{kind}")
                parts.append(LandedPart(kind, part.key, part.rows, part.bytes))
        return parts

    def _say(self) -> None:
        """Say how it goes, once a second at most."""
        now = time.monotonic()
        if self._unsaid is None or (now - self._said < 1.0 and self._info.wanted):
            return
        (rate, lag), self._unsaid, self._said = self._unsaid, None, now
        rows, rejected = self._totals
        self._context.say("stream", name=self._info.name, rows=rows, rejected=rejected, rate=rate, lag=lag, error=None)
        behind = "" if lag is None else f", {lag:,} behind"
        bad = f", {rejected:,} rejected" if rejected else ""
        self._context.progress(None, f"{rows:,} records, {rate:,.0f} a second{behind}{bad}")
        if now - self._pruned > 60:
            self._pruned = now
            prune_said(self._yard.job_store, self._context.job.id, self._yard.clock.now() - SAID)

    def _note(self, error: ModelyardError | None) -> None:
        """Keep why it does not get on, or that it does again."""
        text = None if error is None else str(error)
        if text == self._info.error:
            return
        patiently(partial(self._store.set, self._info.id, error=text))
        self._info = self._store.get(self._info.id)
        if error is not None:
            self._context.log(text or "")
            self._context.progress(None, text or "")
        rows, rejected = self._totals
        self._context.say("stream", name=self._info.name, rows=rows, rejected=rejected, rate=0.0, lag=None, error=text)

    def _wanted(self) -> bool:
        """Look now and then whether the stream is to stop, or another job has taken it over."""
        now = time.monotonic()
        if now - self._looked < LOOK_S and self._looked != self._began:
            return self._info.wanted
        self._looked = now
        try:
            self._info = patiently(partial(self._store.get, self._info.id))
        except NotFound:
            raise Conflict("The stream was removed.", where=self._info.name) from None
        self._totals = [self._info.rows, self._info.rejected]  # a version may have been made without some rows
        if self._info.job_id != self._context.job.id:
            raise Conflict("Another job follows this stream.", where=self._info.name)
        self._say()
        self._seal_if_due()
        return self._info.wanted

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._wanted() and (left := until - time.monotonic()) > 0:
            time.sleep(min(LOOK_S, left))

    def _seal_if_due(self) -> None:
        """Make a version in a thread of its own, while records go on coming."""
        if self._sealing is not None:
            if not self._sealing.done():
                return
            failed = self._sealing.exception()
            self._sealing = None
            self._refused = failed is not None  # then it waits for its time
            if failed is not None:
                if not isinstance(failed, Unavailable | Conflict):
                    raise failed
                self._context.log(f"No version could be made, which is tried again: {failed}")
        if not self._info.waiting_parts:
            return
        many = self._info.waiting_rows >= self._seal_rows or self._info.waiting_parts >= MOST_PARTS
        due = time.monotonic() - self._sealed >= self._seal_age
        if due or (many and not self._refused):
            self._sealed = time.monotonic()
            self._sealing = self._sealer.submit(seal, self._yard, self._store, self._info.id)
