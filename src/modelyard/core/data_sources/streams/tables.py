"""Tables of streams: where each of them stands, what has landed and is in no version yet, and what was missed."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Float, ForeignKey, Integer, String, Table, Text

from modelyard.core.storage.database import UtcDateTime, metadata
from modelyard.core.storage.tables import GROWING_ID

streams = Table(
    "streams",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False, unique=True),
    Column("source_id", String(64), nullable=False),
    Column("source", String(60), nullable=False),
    Column("topic", Text, nullable=False),
    Column("options", JSON, nullable=False),
    Column("wanted", Boolean, nullable=False),
    Column("job_id", String(40)),
    Column("dataset_id", String(64)),
    Column("schema", Text),
    Column("position", JSON(none_as_null=True)),
    Column("landed", Integer, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("rate", Float),
    Column("lag", BigInteger),
    Column("error", Text),
    Column("landed_at", UtcDateTime),
    Column("sealed_at", UtcDateTime),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
)

stream_parts = Table(
    "stream_parts",
    metadata,
    Column("id", GROWING_ID, primary_key=True),
    Column("stream_id", String(64), ForeignKey("streams.id"), nullable=False, index=True),
    Column("number", Integer, nullable=False),
    Column("kind", String(10), nullable=False),
    Column("key", String(80), nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
)

stream_gaps = Table(
    "stream_gaps",
    metadata,
    Column("id", GROWING_ID, primary_key=True),
    Column("stream_id", String(64), ForeignKey("streams.id"), nullable=False, index=True),
    Column("began", Text, nullable=False),
    Column("ended", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
