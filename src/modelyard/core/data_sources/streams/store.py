"""Where streams stand: positions are committed with what they stand for, so nothing is lost or there twice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, case, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from modelyard.core.common.clock import Clock
from modelyard.core.common.errors import AlreadyExists, Conflict, NotFound
from modelyard.core.common.ids import new_id
from modelyard.core.common.types import Json
from modelyard.core.data_sources.streams.base import Gap
from modelyard.core.data_sources.streams.tables import stream_gaps, stream_parts, streams
from modelyard.core.jobs.tables import jobs
from modelyard.core.jobs.types import JobState
from modelyard.core.storage.clock import DatabaseClock
from modelyard.core.storage.database import Database


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known of a stream.

    Parameters
    ----------
    id, name : str
        Its own id, and the name of the dataset that grows.
    source, source_id, topic : str
        What is followed.
    options : dict
        How it was asked for.
    wanted : bool
        Whether it is to run: False once it was stopped.
    job_id : str, optional
        The job that follows it, or did last.
    job_state : str, optional
        How that job is.
    dataset_id : str, optional
        The dataset that grows, once it has a version.
    schema : str, optional
        As a text; see `modelyard.core.data_sources.streams.records.unpacked`.
    position : dict, optional
        Where to go on; None where the source has no positions.
    landed : int
        How many batches are on disk.
    rows, rejected : int
        Records that are on disk, and those that did not fit and were set aside.
    waiting_rows : int
        Of `rows` those that are in no version yet.
    waiting_parts : int
        Files that are in no version yet, of records and of those that were set aside.
    waiting_rejected : int
        Of `rejected` those that are in no version yet.
    gaps : int
        How many pieces were missed.
    rate : float, optional
        Records per second in the last batch.
    lag : int, optional
        Records that waited at the source then.
    error : str, optional
        Why it does not get on now.
    failure : str, optional
        Why its job failed, where it is to run.
    landed_at, sealed_at : datetime, optional
        When the last batch was on disk, and when the last version was made.
    created_at, created_by : datetime, str
        When and by whom it was started first.
    """

    id: str
    name: str
    source: str
    source_id: str
    topic: str
    options: Json
    wanted: bool
    job_id: str | None
    job_state: str | None
    dataset_id: str | None
    schema: str | None
    position: Json | None
    landed: int
    rows: int
    rejected: int
    waiting_rows: int
    waiting_parts: int
    waiting_rejected: int
    gaps: int
    rate: float | None
    lag: int | None
    error: str | None
    failure: str | None
    landed_at: datetime | None
    sealed_at: datetime | None
    created_at: datetime
    created_by: str

    @property
    def rejected_name(self) -> str | None:
        """The name of the dataset that holds what was set aside, once there is a version of it."""
        return f"{self.name}-rejected" if self.rejected > self.waiting_rejected else None

    @property
    def state(self) -> str:
        """``running``, ``waiting`` (for a worker), ``stopping``, ``stopped``, or how its job ended."""
        if self.job_state == JobState.RUNNING:
            return "running" if self.wanted else "stopping"
        if not self.wanted:
            return "stopped"
        return "waiting" if self.job_state in (None, JobState.QUEUED) else str(self.job_state)


@dataclass(frozen=True, slots=True)
class LandedPart:
    """A file of records that is on disk.

    Parameters
    ----------
    kind : str
        ``rows``, or ``rejected``.
    key : str
        Its name in the artifact store.
    rows, bytes : int
        Its size.
    """

    kind: str
    key: str
    rows: int
    bytes: int


class StreamStore:
    """The tables of streams. Safe to share between threads and processes.

    Parameters
    ----------
    database : Database
        With the tables made.
    clock : Clock, optional
        The database's by default.
    """

    def __init__(self, database: Database, clock: Clock | None = None) -> None:
        self._database = database
        self._clock = clock or DatabaseClock(database)

    def add(
        self,
        name: str,
        source_id: str,
        source: str,
        topic: str,
        options: Json,
        *,
        schema: str | None = None,
        actor: str,
    ) -> StreamInfo:
        """Add a stream that nobody follows yet; `AlreadyExists` if the name is taken."""
        values: Json = {
            "source_id": source_id,
            "source": source,
            "topic": topic,
            "options": options,
            "created_by": actor,
        }
        values["schema"] = schema
        counters = {"wanted": True, "landed": 0, "rows": 0, "rejected": 0}
        try:
            with self._database.write() as connection:
                row = {"id": new_id("stream"), "name": name, "created_at": self._clock.now(), **values, **counters}
                connection.execute(insert(streams).values(row))
        except IntegrityError:
            raise AlreadyExists(
                f"There is already a stream {name!r}.", remedy="Resume that one, or choose another name."
            ) from None
        return self.get(name)

    def get(self, name: str) -> StreamInfo:
        """Return a stream by its name or id, or raise `NotFound`."""
        with self._database.read() as connection:
            return _info(_find(connection, name))

    def page(
        self, offset: int = 0, limit: int = 50, search: str = "", source_id: str | None = None
    ) -> tuple[list[StreamInfo], int]:
        """Return streams by name, of one source or all, and how many there are in all."""
        wanted = streams.c.name.icontains(search, autoescape=True)
        if source_id is not None:
            wanted &= streams.c.source_id == source_id
        query = _select().where(wanted).order_by(streams.c.name).offset(offset).limit(limit)
        with self._database.read() as connection:
            total = connection.execute(select(func.count()).select_from(streams).where(wanted)).scalar_one()
            return [_info(row) for row in connection.execute(query)], total

    def set(self, stream_id: str, **values: Any) -> None:
        """Change what is wanted or known of a stream, but not what has landed."""
        with self._database.write() as connection:
            connection.execute(update(streams).where(streams.c.id == stream_id).values(**values))

    def land(
        self,
        stream_id: str,
        number: int,
        parts: Sequence[LandedPart],
        *,
        position: Json | None,
        gaps: Sequence[Gap] = (),
        facts: Mapping[str, Any] | None = None,
    ) -> None:
        """Commit a batch that is on disk, and the position behind it, in one transaction.

        Parameters
        ----------
        stream_id : str
            The stream.
        number : int
            Of this batch, one more than of the last. Committing the same batch again changes nothing.
        parts : sequence of LandedPart
            Its files.
        position : dict, optional
            Where to go on.
        gaps : sequence of Gap
            What was missed before or within it.
        facts : mapping, optional
            Further columns of the stream, such as its rate.

        Raises
        ------
        Conflict
            If somebody else has landed a batch meanwhile; nothing was changed.
        """
        by_kind = {kind: sum(part.rows for part in parts if part.kind == kind) for kind in ("rows", "rejected")}
        with self._database.write() as connection:
            done = connection.execute(
                update(streams)
                .where(streams.c.id == stream_id, streams.c.landed == number - 1)
                .values(
                    landed=number,
                    position=position,
                    rows=streams.c.rows + by_kind["rows"],
                    rejected=streams.c.rejected + by_kind["rejected"],
                    landed_at=self._clock.now(),
                    **(facts or {}),
                )
            ).rowcount
            if not done:
                _check_same(connection, stream_id, number, parts)
                return
            for part in parts:
                row = {"kind": part.kind, "key": part.key, "rows": part.rows, "bytes": part.bytes}
                connection.execute(insert(stream_parts).values(stream_id=stream_id, number=number, **row))
            for gap in gaps:
                row = {"began": gap.began, "ended": gap.ended, "reason": gap.reason}
                connection.execute(insert(stream_gaps).values(stream_id=stream_id, **row))

    def waiting(self, stream_id: str, kind: str) -> list[tuple[int, LandedPart]]:
        """Return the files that are in no version yet, with the ids of their rows, in the order of the records."""
        mine = (stream_parts.c.stream_id == stream_id) & (stream_parts.c.kind == kind)
        with self._database.read() as connection:
            rows = connection.execute(select(stream_parts).where(mine).order_by(stream_parts.c.id)).all()
        return [(row.id, LandedPart(row.kind, row.key, row.rows, row.bytes)) for row in rows]

    def sealed(self, connection: Connection, ids: Sequence[int]) -> None:
        """Forget files that are in a version now, within the transaction that makes it.

        Raises
        ------
        Conflict
            If somebody else has made a version of them.
        """
        for start in range(0, len(ids), 500):
            some = ids[start : start + 500]
            if connection.execute(delete(stream_parts).where(stream_parts.c.id.in_(some))).rowcount != len(some):
                raise Conflict("These records are in a version already.")

    def set_aside(self, connection: Connection, stream_id: str, parts: Sequence[LandedPart]) -> None:
        """Count rows that had landed among the rejected ones, within the transaction that makes a version without."""
        rows = sum(part.rows for part in parts)
        for part in parts:
            facts = {"kind": "rejected", "key": part.key, "rows": part.rows, "bytes": part.bytes}
            connection.execute(insert(stream_parts).values(stream_id=stream_id, number=0, **facts))  # of no batch
        counted = {"rows": streams.c.rows - rows, "rejected": streams.c.rejected + rows}
        connection.execute(update(streams).where(streams.c.id == stream_id).values(**counted))

    def gaps(self, name: str, limit: int) -> list[Gap]:
        """Return what was missed last, oldest first."""
        with self._database.read() as connection:
            mine = stream_gaps.c.stream_id == _find(connection, name).id
            last = select(stream_gaps).where(mine).order_by(stream_gaps.c.id.desc()).limit(limit)
            rows = connection.execute(last).all()
        return [Gap(row.began, row.ended, row.reason) for row in reversed(rows)]

    def remove(self, name: str) -> None:
        """Forget a stream; the versions that were made of it stay."""
        with self._database.write() as connection:
            found = _find(connection, name)
            for table in (stream_parts, stream_gaps):
                connection.execute(delete(table).where(table.c.stream_id == found.id))
            connection.execute(delete(streams).where(streams.c.id == found.id))


def _check_same(connection: Connection, stream_id: str, number: int, parts: Sequence[LandedPart]) -> None:
    """Raise `Conflict` unless exactly this batch was committed before, by an attempt that was not answered."""
    mine = (stream_parts.c.stream_id == stream_id) & (stream_parts.c.number == number)
    keys = set(connection.execute(select(stream_parts.c.key).where(mine)).scalars())
    landed = connection.execute(select(streams.c.landed).where(streams.c.id == stream_id)).scalar()
    if landed != number or keys != {part.key for part in parts}:
        raise Conflict("Somebody else follows this stream.", remedy="Stop the stream and start it again.")


def _select() -> Select[Any]:
    mine = stream_parts.c.stream_id == streams.c.id
    waiting, rejected = (
        select(func.coalesce(func.sum(stream_parts.c.rows), 0)).where(mine, stream_parts.c.kind == kind)
        for kind in ("rows", "rejected")
    )
    parts = select(func.count()).select_from(stream_parts).where(mine)
    gaps = select(func.count()).select_from(stream_gaps).where(stream_gaps.c.stream_id == streams.c.id)
    return select(
        streams,
        jobs.c.state.label("job_state"),
        case((streams.c.wanted & (jobs.c.state == JobState.FAILED), jobs.c.message)).label("failure"),
        waiting.scalar_subquery().label("waiting_rows"),
        rejected.scalar_subquery().label("waiting_rejected"),
        parts.scalar_subquery().label("waiting_parts"),
        gaps.scalar_subquery().label("gaps"),
    ).join_from(streams, jobs, jobs.c.id == streams.c.job_id, isouter=True)


def _find(connection: Connection, name: str) -> Row[Any]:
    found = connection.execute(_select().where((streams.c.name == name) | (streams.c.id == name))).first()
    if found is None:
        names = connection.execute(select(streams.c.name).order_by(streams.c.name).limit(200)).scalars()
        raise NotFound.named("stream", name, names)
    return found


def _info(row: Row[Any]) -> StreamInfo:
    values = dict(row._mapping)
    values |= {name: int(values[name]) for name in ("waiting_rows", "waiting_rejected")}  # sums are decimals
    return StreamInfo(**values)
