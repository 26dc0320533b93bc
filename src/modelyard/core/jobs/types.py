"""Jobs and events as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from modelyard.core.common.types import Json


class JobState(StrEnum):
    """Where a job stands.

    A job is queued, then running, then one of four ends; nothing ever leaves an end.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen.

        Examples
        --------
        >>> JobState.LOST.ended, JobState.RUNNING.ended
        (True, False)
        """
        return self not in (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it was when it was read.

    Parameters
    ----------
    id, kind, title : str
        ``title`` is for people; ``kind`` groups jobs that run the same function.
    state : JobState
        Where it stands.
    weight : str
        ``heavy`` (one at a time in a workspace), ``light``, or ``standing`` (goes on after a crash).
    progress : float or None
        From 0 to 1; None where it cannot be known.
    message : str
        What it does now, or how it ended.
    place : int or None
        Its place among the waiting jobs, from 1; None unless queued.
    result, error : dict or None
        What its function returned, or the error as of `ModelyardError.to_dict`.
    request_id : str or None
        Of the request that asked for it.
    memory_limit : int or None
        Resident bytes that it may use; None for the worker's limit.
    peak_memory : int or None
        Resident bytes that it and its processes used at most, shared libraries included; known once it has ended.
    """

    id: str
    kind: str
    title: str
    state: JobState
    params: Json
    actor: str
    weight: str
    hidden: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    progress: float | None
    message: str
    result: Json | None
    error: Json | None
    cancelled_by: str | None
    place: int | None = None
    request_id: str | None = None
    memory_limit: int | None = None
    peak_memory: int | None = None

    @property
    def cancel_requested(self) -> bool:
        """Whether somebody asked for its end."""
        return self.cancelled_by is not None

    @property
    def seconds(self) -> float | None:
        """How long it ran, None unless it has ended."""
        if self.started_at is None or self.ended_at is None:
            return None
        return (self.ended_at - self.started_at).total_seconds()


@dataclass(frozen=True, slots=True)
class Event:
    """Something that a job said; `id` grows, `request_id` is the job's."""

    id: int
    job_id: str
    at: datetime
    kind: str
    payload: Json
    request_id: str | None = None
