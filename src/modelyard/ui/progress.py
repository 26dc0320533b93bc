"""A job as the bar, the words and the times that people watch."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from modelyard.core.common.types import Json
from modelyard.core.jobs.types import Event, Job
from modelyard.ui import format as fmt
from modelyard.ui.routing import to

_SURE = 0.03
"""Share of the work before which no time left is told."""


PAUSE_S = 0.5
"""Between two looks at how far the jobs of a list are; one job that is watched moves with each event."""


class Ticker:
    """Keeps the jobs of a list up to date from what they say, without asking the database and not too often.

    Parameters
    ----------
    pause : float
        Seconds.
    """

    def __init__(self, pause: float = PAUSE_S) -> None:
        self._pause = pause
        self._next = 0.0

    def moved(self, jobs: Sequence[Job], events: Sequence[Event]) -> tuple[Job, ...] | None:
        """Return the jobs with their newest progress; None where nothing moved, or not yet again."""
        said = {event.job_id: event.payload for event in events if event.kind == "progress"}
        now = time.monotonic()
        if now < self._next or not any(job.id in said for job in jobs):
            return None
        self._next = now + self._pause
        return tuple(replace(job, **said[job.id]) if job.id in said else job for job in jobs)


def progress(job: Job, now: datetime | None = None, until: datetime | None = None) -> Json:
    """Return what a `Progress` shows.

    Parameters
    ----------
    until : datetime, optional
        When it will end, where that is known; else it is estimated from the share that is done.
    """
    now = now or datetime.now(UTC)
    return {
        "state": str(job.state),
        "label": fmt.state(job.state)["label"] if job.place is None else f"Waiting, place {job.place}",
        "message": "" if job.place is not None else job.message,
        "progress": job.progress,
        "ended": job.state.ended,
        "started": _ms(job.started_at),
        "stopped": _ms(job.ended_at),
        "until": _ms(until or _estimate(job, now)),
        "now": _ms(now),
        "cancelling": job.cancel_requested,
        "cancel": {
            "title": "Cancel this job?",
            "text": f"{job.title} will stop at once. What it has finished so far is kept.",
            "yes": "Cancel the job",
            "no": "Let it run",
        },
    }


def outcome(job: Job) -> tuple[str, str] | None:
    """Return the words and the place of what a job made, None where it made nothing to look at."""
    result = job.result or {}
    if job.kind == "import" and "dataset_id" in result:
        return "Open the dataset", to("data", dataset=result["dataset_id"])
    run_id = result.get("run_id") or job.params.get("run_id")
    if job.kind == "train" and run_id:
        return "Open the run", to("experiments", run=run_id)
    return None


def download(job: Job) -> str | None:
    """Return where the file that a job made can be fetched, None where there is none."""
    if not job.result:
        return None
    if job.kind == "backup":
        return f"api/backups/{job.result['name']}"
    if job.kind == "export":
        return f"api/exports/{job.id}" if "name" in job.params and job.params.get("path") is None else None
    return f"api/jobs/{job.id}/result" if job.kind == "predict" else None


def _estimate(job: Job, now: datetime) -> datetime | None:
    if job.state.ended or job.started_at is None or job.progress is None or not _SURE < job.progress < 1:
        return None
    gone = (now - job.started_at).total_seconds()
    return now + timedelta(seconds=gone * (1 - job.progress) / job.progress)


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else round(moment.timestamp() * 1000)
