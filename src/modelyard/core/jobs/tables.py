"""Tables of jobs, of what they say, of who has seen their ends, and of the workers that run them."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, Index, Integer, String, Table, Text

from modelyard.core.storage.database import UtcDateTime, metadata
from modelyard.core.storage.tables import GROWING_ID

jobs = Table(
    "jobs",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("title", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("params", JSON, nullable=False),
    Column("state", String(12), nullable=False),
    Column("weight", String(8), nullable=False),
    Column("hidden", Boolean, nullable=False),
    Column("unique_key", String(80)),
    Column("session", String(40)),
    Column("actor", String(100), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("progress", Float),
    Column("message", Text, nullable=False),
    Column("result", JSON(none_as_null=True)),
    Column("error", JSON(none_as_null=True)),
    Column("cancelled_by", String(100)),
    Column("worker_id", String(40)),
    Column("lease_until", UtcDateTime),
    Column("request_id", String(80)),
    Column("memory_limit", BigInteger),
    Column("peak_memory", BigInteger),
    Column("pruned_at", UtcDateTime),
    Index("ix_jobs_state_id", "state", "id"),
    Index("ix_jobs_ended_at", "ended_at"),
)

events = Table(
    "events",
    metadata,
    Column("id", GROWING_ID, primary_key=True),
    Column("job_id", String(40), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("kind", String(40), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("request_id", String(80)),
    Index("ix_events_job_id_id", "job_id", "id"),
    sqlite_autoincrement=True,  # ids are never used twice, so a reader that follows them misses nothing
)

workers = Table(
    "workers",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("host", String(255), nullable=False),
    Column("pid", Integer, nullable=False),
    Column("process_started", Float, nullable=False),
    Column("session", String(40)),
    Column("started_at", UtcDateTime, nullable=False),
    Column("heartbeat_at", UtcDateTime, nullable=False),
)

notices_seen = Table(
    "notices_seen",
    metadata,
    Column("actor", String(100), primary_key=True),
    Column("until", UtcDateTime, nullable=False),
)
